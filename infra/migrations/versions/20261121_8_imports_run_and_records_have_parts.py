"""Imports as lives with their progress, what paid a record, top-ups, and our brand as FOCUS 1.3 names it."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_8"
down_revision = "20261121_7"
branch_labels = None
depends_on = None

PARTS = ("voucher_fen", "coupon_fen", "bonus_fen")


def upgrade() -> None:
    for part in PARTS:
        op.add_column("consumption_record", sa.Column(part, sa.BigInteger(), nullable=False, server_default="0"))
    # Until now everything excluded came as x_VoucherCost.
    op.execute("UPDATE consumption_record SET voucher_fen = excluded_fen WHERE excluded_fen <> 0")
    for column in ("coupon_cost", "bonus_cost"):
        op.add_column("imported_line", sa.Column(column, sa.String(length=60), nullable=False, server_default="0"))
    op.add_column("entity", sa.Column("provider_name", sa.String(length=200), nullable=False, server_default=""))
    op.create_table(
        "import_run",
        sa.Column("batch_id", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=300), nullable=False),
        sa.Column("phase", sa.String(length=20), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("started_by", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["started_by"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("batch_id"),
    )
    op.create_table(
        "top_up",
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=100), nullable=False),
        sa.Column("noted_by", sa.Integer(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_top_up_enterprise", "top_up", ["enterprise_id", "day", "number"])


def downgrade() -> None:
    op.drop_index("ix_top_up_enterprise", table_name="top_up")
    op.drop_table("top_up")
    op.drop_table("import_run")
    op.drop_column("entity", "provider_name")
    for column in ("bonus_cost", "coupon_cost"):
        op.drop_column("imported_line", column)
    for part in reversed(PARTS):
        op.drop_column("consumption_record", part)
