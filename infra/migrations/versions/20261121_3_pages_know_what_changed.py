"""Each enterprise counts the changes of its consumption, so that a page knows whether what it kept is still so."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_3"
down_revision = "20261121_2"
branch_labels = None
depends_on = None

ONE_CUSTOMERS = ("consumption_record", "account")
"""A change of these concerns the enterprise they belong to."""
EVERYBODYS = "entity"
CHANGES = (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
COUNT = "UPDATE enterprise SET consumption_version = consumption_version + 1"
THEIRS = f"{COUNT} WHERE id IN (SELECT DISTINCT enterprise_id FROM changed)"  # noqa: S608 (constants of this file)


def upgrade() -> None:
    op.add_column("enterprise", sa.Column("consumption_version", sa.BigInteger(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":
        _upgrade_postgresql()
        return
    for table in ONE_CUSTOMERS:
        for change, row in CHANGES:
            op.execute(
                f"CREATE TRIGGER {table}_counts_{change.lower()} AFTER {change} ON {table} "
                f"BEGIN {COUNT} WHERE id = {row}.enterprise_id; END"
            )
    op.execute(f"CREATE TRIGGER {EVERYBODYS}_counts_update AFTER UPDATE ON {EVERYBODYS} BEGIN {COUNT}; END")


def _upgrade_postgresql() -> None:
    # Once a statement and not once a row: an import of 100,000 records counts each of its chunks.
    op.execute(f"CREATE FUNCTION consumption_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {THEIRS}; RETURN NULL; END $$")
    op.execute(
        f"CREATE FUNCTION everybodys_consumption_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {COUNT}; RETURN NULL; END $$"
    )
    for table in ONE_CUSTOMERS:
        for change, row in CHANGES:
            op.execute(
                f"CREATE TRIGGER {table}_counts_{change.lower()} AFTER {change} ON {table} REFERENCING {row} TABLE AS changed "
                "FOR EACH STATEMENT EXECUTE FUNCTION consumption_changed()"
            )
    op.execute(
        f"CREATE TRIGGER {EVERYBODYS}_counts_update AFTER UPDATE ON {EVERYBODYS} "
        "FOR EACH STATEMENT EXECUTE FUNCTION everybodys_consumption_changed()"
    )


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    names = [(table, change) for table in ONE_CUSTOMERS for change in ("insert", "update", "delete")] + [(EVERYBODYS, "update")]
    for table, change in names:
        op.execute(f"DROP TRIGGER {table}_counts_{change}" + (f" ON {table}" if postgresql else ""))
    if postgresql:
        op.execute("DROP FUNCTION consumption_changed()")
        op.execute("DROP FUNCTION everybodys_consumption_changed()")
    op.drop_column("enterprise", "consumption_version")
