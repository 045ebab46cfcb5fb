"""A month is open by its statement and no longer by a column of each record; what opens with it is one sum in the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_11"
down_revision = "20261121_10"
branch_labels = None
depends_on = None

STANDING = """CASE WHEN seller <> '' THEN 'seller' WHEN original_id IS NOT NULL THEN 'bound' WHEN assisted <> '' THEN 'assisted'
WHEN invoiceable_fen < 0 THEN 'waiting' WHEN invoiceable_fen - reserved_fen - invoiced_fen > 0
THEN CASE WHEN expired THEN 'expired' WHEN invoiceable_fen - reserved_fen - invoiced_fen - held_fen > 0 THEN 'free' ELSE 'held' END
WHEN reserved_fen <> 0 THEN 'reserved' WHEN invoiced_fen <> 0 THEN 'invoiced' ELSE 'nothing' END"""
STANDING_BEFORE = """CASE WHEN seller <> '' THEN 'seller' WHEN original_id IS NOT NULL THEN 'bound' WHEN assisted <> '' THEN 'assisted'
WHEN NOT opened AND invoiceable_fen < 0 THEN 'waiting' WHEN NOT opened THEN 'not-open'
WHEN invoiceable_fen - reserved_fen - invoiced_fen > 0
THEN CASE WHEN expired THEN 'expired' WHEN invoiceable_fen - reserved_fen - invoiced_fen - held_fen > 0 THEN 'free' ELSE 'held' END
WHEN reserved_fen <> 0 THEN 'reserved' WHEN invoiced_fen <> 0 THEN 'invoiced' ELSE 'nothing' END"""

BY_STANDING = {
    "ix_record_enterprise_standing": ("enterprise_id", "standing", "day", "id"),
    "ix_record_account_standing": ("account_id", "standing", "day", "id"),
    "ix_record_period_standing": ("enterprise_id", "period", "standing", "day", "id"),
}
NEW_BY_STANDING = {"ix_record_account_period": ("account_id", "period", "standing", "day", "id")}
WAITING = "original_id IS NULL AND invoiceable_fen < 0"
BEFORE = {
    "ix_record_to_open": (("period", "enterprise_id"), "NOT opened AND seller = ''"),
    "ix_record_waiting": (("enterprise_id",), "NOT opened AND invoiceable_fen < 0"),
}

# A record that is not open though its statement is out was waiting for the next run: it opens now, as that run would have opened it.
LEFT = """
SELECT 'open:' || s.id AS cause, r.enterprise_id, r.account_id, r.period, r.entity, r.rate_bp, SUM(r.invoiceable_fen) AS fen
FROM consumption_record r
LEFT JOIN consumption_record o ON o.id = r.original_id
JOIN statement s ON s.enterprise_id = r.enterprise_id AND s.period = COALESCE(o.period, r.period)
  AND s.entity = COALESCE(o.entity, r.entity)
WHERE NOT r.opened AND r.seller = '' AND (r.original_id IS NOT NULL OR (r.assisted = '' AND r.invoiceable_fen > 0))
  AND (NOT s.postpaid OR s.charged_on IS NOT NULL)
GROUP BY s.id, r.enterprise_id, r.account_id, r.period, r.entity, r.rate_bp
"""
OPENED = """
INSERT INTO ledger_transaction (cause, posted_at)
SELECT 'open:' || id, CURRENT_TIMESTAMP FROM statement WHERE NOT postpaid OR charged_on IS NOT NULL
ON CONFLICT DO NOTHING
"""
ENTRIES = f"""
INSERT INTO ledger_entry (cause, enterprise_id, account_id, period, entity, rate_bp, bucket, amount_fen)
SELECT l.cause, l.enterprise_id, l.account_id, l.period, l.entity, l.rate_bp, 'not-open', -l.fen FROM ({LEFT}) l WHERE l.fen <> 0
UNION ALL
SELECT l.cause, l.enterprise_id, l.account_id, l.period, l.entity, l.rate_bp, 'available', l.fen FROM ({LEFT}) l WHERE l.fen <> 0
"""  # noqa: S608 (constants of this file)
BALANCES = """
INSERT INTO balance (enterprise_id, account_id, period, entity, rate_bp, bucket, amount_fen)
SELECT enterprise_id, account_id, period, entity, rate_bp, bucket, SUM(amount_fen) FROM ledger_entry
GROUP BY enterprise_id, account_id, period, entity, rate_bp, bucket
"""

# Back: what opened with a month is named by its records again.
NAMED = """
INSERT INTO ledger_entry (cause, enterprise_id, account_id, period, entity, rate_bp, bucket, amount_fen, record_id)
SELECT 'open:' || s.id, r.enterprise_id, r.account_id, r.period, r.entity, r.rate_bp, b.bucket, b.sign * n.fen, r.id
FROM (SELECT record_id, SUM(amount_fen) AS fen FROM ledger_entry WHERE bucket = 'not-open' AND record_id IS NOT NULL
  GROUP BY record_id HAVING SUM(amount_fen) <> 0) n
JOIN consumption_record r ON r.id = n.record_id AND r.opened
JOIN consumption_record o ON o.id = COALESCE(r.original_id, r.id)
JOIN statement s ON s.enterprise_id = o.enterprise_id AND s.period = o.period AND s.entity = o.entity
CROSS JOIN (SELECT 'not-open' AS bucket, -1 AS sign UNION ALL SELECT 'available', 1) b
"""

COUNT = "UPDATE enterprise SET consumption_version = consumption_version + 1"


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    _places_of_entries(postgresql=postgresql)
    op.execute(OPENED)
    op.execute(ENTRIES)
    op.execute("DELETE FROM balance")
    op.execute(BALANCES)
    for name in (*BY_STANDING, *BEFORE):
        op.drop_index(name, table_name="consumption_record")
    op.drop_column("consumption_record", "standing")
    op.drop_column("consumption_record", "opened")
    _compute(STANDING, {**BY_STANDING, **NEW_BY_STANDING}, postgresql=postgresql)
    waiting = sa.text(WAITING)
    op.create_index("ix_record_waiting", "consumption_record", ["enterprise_id"], postgresql_where=waiting, sqlite_where=waiting)
    _count_statements(postgresql=postgresql)


def _places_of_entries(*, postgresql: bool) -> None:
    """An entry says by itself what running totals it is in; it may name no record."""
    op.add_column("ledger_entry", sa.Column("account_id", sa.Integer(), nullable=True))
    op.add_column("ledger_entry", sa.Column("period", sa.String(length=7), nullable=True))
    _let_change(postgresql=postgresql)
    op.execute(
        "UPDATE ledger_entry SET account_id = (SELECT r.account_id FROM consumption_record r WHERE r.id = ledger_entry.record_id), "
        "period = (SELECT r.period FROM consumption_record r WHERE r.id = ledger_entry.record_id)"
    )
    _alter_entries(named=False)
    _only_grows(postgresql=postgresql)


def _alter_entries(*, named: bool) -> None:
    with op.batch_alter_table("ledger_entry") as batch:
        batch.alter_column("record_id", existing_type=sa.Integer(), nullable=not named)
        if named:
            batch.drop_column("account_id")
            batch.drop_column("period")
        else:
            batch.alter_column("account_id", existing_type=sa.Integer(), nullable=False)
            batch.alter_column("period", existing_type=sa.String(length=7), nullable=False)


def _let_change(*, postgresql: bool) -> None:
    if postgresql:
        op.execute("DROP TRIGGER ledger_entry_only_grows ON ledger_entry")
        return
    for change in ("update", "delete"):
        op.execute(f"DROP TRIGGER ledger_entry_no_{change}")


def _only_grows(*, postgresql: bool) -> None:
    if postgresql:
        op.execute(
            "CREATE TRIGGER ledger_entry_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_grows()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER ledger_entry_no_{change.lower()} BEFORE {change} ON ledger_entry "
            "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
        )


def _compute(standing: str, indexes: dict[str, tuple[str, ...]], *, postgresql: bool) -> None:
    # SQLite can add only a virtual column, PostgreSQL 15 has only stored ones.
    kind = "STORED" if postgresql else "VIRTUAL"
    op.execute(f"ALTER TABLE consumption_record ADD COLUMN standing VARCHAR(20) GENERATED ALWAYS AS ({standing}) {kind}")
    for name, columns in indexes.items():
        op.create_index(name, "consumption_record", list(columns))


def _count_statements(*, postgresql: bool) -> None:
    """What a page of records shows changes with the statement, too."""
    if not postgresql:
        for name, change in (("insert", "INSERT"), ("update", "UPDATE OF postpaid, charged_on")):
            op.execute(
                f"CREATE TRIGGER statement_counts_{name} AFTER {change} ON statement BEGIN {COUNT} WHERE id = NEW.enterprise_id; END"
            )
        return
    op.execute(
        "CREATE FUNCTION statement_charged() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {COUNT} WHERE id = NEW.enterprise_id; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER statement_counts_insert AFTER INSERT ON statement REFERENCING NEW TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION consumption_changed()"
    )
    op.execute(
        "CREATE TRIGGER statement_counts_update AFTER UPDATE OF postpaid, charged_on ON statement "
        "FOR EACH ROW EXECUTE FUNCTION statement_charged()"
    )


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name in ("insert", "update"):
        op.execute(f"DROP TRIGGER statement_counts_{name}" + (" ON statement" if postgresql else ""))
    if postgresql:
        op.execute("DROP FUNCTION statement_charged()")
    op.drop_index("ix_record_waiting", table_name="consumption_record")
    for name in (*BY_STANDING, *NEW_BY_STANDING):
        op.drop_index(name, table_name="consumption_record")
    op.drop_column("consumption_record", "standing")
    op.add_column("consumption_record", sa.Column("opened", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE consumption_record SET opened = TRUE WHERE seller = '' AND (original_id IS NOT NULL OR (assisted = '' AND "
        "invoiceable_fen >= 0)) AND EXISTS (SELECT 1 FROM statement s JOIN consumption_record o "
        "ON o.id = COALESCE(consumption_record.original_id, consumption_record.id) WHERE s.enterprise_id = o.enterprise_id "
        "AND s.period = o.period AND s.entity = o.entity AND (NOT s.postpaid OR s.charged_on IS NOT NULL))"
    )
    _compute(STANDING_BEFORE, BY_STANDING, postgresql=postgresql)
    for name, (columns, condition) in BEFORE.items():
        only = sa.text(condition)
        op.create_index(name, "consumption_record", list(columns), postgresql_where=only, sqlite_where=only)
    _let_change(postgresql=postgresql)
    op.execute(NAMED)
    op.execute("DELETE FROM ledger_entry WHERE record_id IS NULL")
    _alter_entries(named=True)
    _only_grows(postgresql=postgresql)
