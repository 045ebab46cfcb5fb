"""A billing line that spans months is a row for each of them."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_16"
down_revision = "20261121_15"
branch_labels = None
depends_on = None

_COLUMNS = (
    "batch_id, line, record_id, billed_cost, voucher_cost, coupon_cost, bonus_cost, currency, rate, charge_category, service, description"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("imported_line", sa.Column("part", sa.Integer(), nullable=False, server_default="0"))
        op.drop_constraint("imported_line_pkey", "imported_line")
        op.create_primary_key("imported_line_pkey", "imported_line", ["batch_id", "line", "part"])
    else:
        _again(with_part=True)


def downgrade() -> None:
    op.execute("DELETE FROM imported_line WHERE part <> 0")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("imported_line_pkey", "imported_line")
        op.create_primary_key("imported_line_pkey", "imported_line", ["batch_id", "line"])
        op.drop_column("imported_line", "part")
    else:
        _again(with_part=False)


def _again(*, with_part: bool) -> None:
    """SQLite cannot change a primary key: the table is made anew."""
    op.drop_index("ix_imported_line_record_id", "imported_line")
    op.rename_table("imported_line", "imported_line_before")
    part = [sa.Column("part", sa.Integer(), nullable=False, server_default="0")] if with_part else []
    op.create_table(
        "imported_line",
        sa.Column("batch_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        *part,
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("billed_cost", sa.String(length=60), nullable=False),
        sa.Column("voucher_cost", sa.String(length=60), nullable=False),
        sa.Column("coupon_cost", sa.String(length=60), nullable=False, server_default="0"),
        sa.Column("bonus_cost", sa.String(length=60), nullable=False, server_default="0"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rate", sa.String(length=40), nullable=False),
        sa.Column("charge_category", sa.String(length=30), nullable=False),
        sa.Column("service", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"]),
        sa.ForeignKeyConstraint(["record_id"], ["consumption_record.id"]),
        sa.PrimaryKeyConstraint("batch_id", "line", *(["part"] if with_part else [])),
    )
    op.execute(f"INSERT INTO imported_line ({_COLUMNS}) SELECT {_COLUMNS} FROM imported_line_before")  # noqa: S608 (our own names)
    op.drop_table("imported_line_before")
    op.create_index("ix_imported_line_record_id", "imported_line", ["record_id"])
