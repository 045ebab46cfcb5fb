"""Where each record stands, for lists to look up; running totals by account and month; arrears; products outside self-service."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261121_7"
down_revision = "20261121_6"
branch_labels = None
depends_on = None

STANDING = """CASE WHEN seller <> '' THEN 'seller' WHEN original_id IS NOT NULL THEN 'bound' WHEN assisted <> '' THEN 'assisted'
WHEN NOT opened AND invoiceable_fen < 0 THEN 'waiting' WHEN NOT opened THEN 'not-open'
WHEN invoiceable_fen - reserved_fen - invoiced_fen > 0
THEN CASE WHEN expired THEN 'expired' WHEN invoiceable_fen - reserved_fen - invoiced_fen - held_fen > 0 THEN 'free' ELSE 'held' END
WHEN reserved_fen <> 0 THEN 'reserved' WHEN invoiced_fen <> 0 THEN 'invoiced' ELSE 'nothing' END"""

INDEXES = {
    "ix_record_enterprise_standing": (("enterprise_id", "standing", "day", "id"), None),
    "ix_record_account_standing": (("account_id", "standing", "day", "id"), None),
    "ix_record_period_standing": (("enterprise_id", "period", "standing", "day", "id"), None),
    "ix_record_order": (("order_number",), "order_number <> ''"),
    "ix_record_excluded": (("enterprise_id", "day", "id"), "excluded_fen <> 0"),
    "ix_record_held": (("enterprise_id",), "held_fen <> 0"),
    "ix_record_to_open": (("period", "enterprise_id"), "NOT opened AND seller = ''"),
}
REPLACED = ("enterprise_id", "account_id", "period")


def _balance(*more: sa.Column[Any]) -> None:
    keys = [sa.Column("enterprise_id", sa.Integer(), nullable=False), *more]
    keys += [sa.Column("entity", sa.String(length=20), nullable=False), sa.Column("rate_bp", sa.Integer(), nullable=False)]
    keys += [sa.Column("bucket", sa.String(length=20), nullable=False)]
    amount = sa.Column("amount_fen", sa.BigInteger(), nullable=False)
    op.create_table("balance", *keys, amount, sa.PrimaryKeyConstraint(*(key.name for key in keys)))


def upgrade() -> None:
    op.drop_table("balance")
    _balance(sa.Column("account_id", sa.Integer(), nullable=False), sa.Column("period", sa.String(length=7), nullable=False))
    op.execute(
        "INSERT INTO balance (enterprise_id, account_id, period, entity, rate_bp, bucket, amount_fen) "
        "SELECT l.enterprise_id, r.account_id, r.period, l.entity, l.rate_bp, l.bucket, SUM(l.amount_fen) "
        "FROM ledger_entry l JOIN consumption_record r ON r.id = l.record_id "
        "GROUP BY l.enterprise_id, r.account_id, r.period, l.entity, l.rate_bp, l.bucket"
    )
    op.add_column("consumption_record", sa.Column("held_fen", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("consumption_record", sa.Column("expired", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("consumption_record", sa.Column("assisted", sa.String(length=200), nullable=False, server_default=""))
    # SQLite can add only a virtual column, PostgreSQL 15 has only stored ones.
    kind = "STORED" if op.get_bind().dialect.name == "postgresql" else "VIRTUAL"
    op.execute(f"ALTER TABLE consumption_record ADD COLUMN standing VARCHAR(20) GENERATED ALWAYS AS ({STANDING}) {kind}")
    for name, (columns, condition) in INDEXES.items():
        only = sa.text(condition) if condition else None
        op.create_index(name, "consumption_record", list(columns), postgresql_where=only, sqlite_where=only)
    for column in REPLACED:
        op.drop_index(op.f(f"ix_consumption_record_{column}"), table_name="consumption_record")
    op.create_table(
        "arrears",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_arrears_enterprise_id"), "arrears", ["enterprise_id"])
    op.create_table(
        "assisted_product",
        sa.Column("match", sa.String(length=200), nullable=False),
        sa.Column("bought_before", sa.Date(), nullable=True),
        sa.Column("reason_zh", sa.String(length=300), nullable=False),
        sa.Column("reason_en", sa.String(length=300), nullable=False),
        sa.Column("manager", sa.String(length=100), nullable=False),
        sa.Column("hotline", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("match"),
    )


def downgrade() -> None:
    op.drop_table("assisted_product")
    op.drop_index(op.f("ix_arrears_enterprise_id"), table_name="arrears")
    op.drop_table("arrears")
    for name in INDEXES:
        op.drop_index(name, table_name="consumption_record")
    for column in REPLACED:
        op.create_index(op.f(f"ix_consumption_record_{column}"), "consumption_record", [column])
    for column in ("standing", "assisted", "expired", "held_fen"):
        op.drop_column("consumption_record", column)
    op.drop_table("balance")
    _balance()
    op.execute(
        "INSERT INTO balance (enterprise_id, entity, rate_bp, bucket, amount_fen) "
        "SELECT enterprise_id, entity, rate_bp, bucket, SUM(amount_fen) FROM ledger_entry GROUP BY enterprise_id, entity, rate_bp, bucket"
    )
