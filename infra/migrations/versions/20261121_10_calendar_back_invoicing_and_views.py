"""Operators' working days, back-invoicing past the six months, and applications over several accounts as a service."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_10"
down_revision = "20261121_9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "working_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("worked", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("of_notice", sa.Boolean(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "calendar_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("days", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "back_invoicing",
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=False),
        sa.Column("extended_to", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["asked_by"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_back_invoicing_enterprise_id"), "back_invoicing", ["enterprise_id"])
    op.create_index(op.f("ix_back_invoicing_state"), "back_invoicing", ["state"])
    op.create_table(
        "back_invoicing_record",
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["back_invoicing.number"]),
        sa.ForeignKeyConstraint(["record_id"], ["consumption_record.id"]),
        sa.PrimaryKeyConstraint("number", "record_id"),
    )
    op.add_column("consumption_record", sa.Column("extended_to", sa.Date(), nullable=True))
    op.add_column("enterprise", sa.Column("consolidated_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("enterprise", sa.Column("consolidated_by", sa.Integer(), nullable=True))
    # Customers with several accounts could apply over all of them: nobody loses what it could do.
    op.execute(
        "UPDATE enterprise SET consolidated_since = CURRENT_TIMESTAMP "
        "WHERE (SELECT COUNT(*) FROM account WHERE account.enterprise_id = enterprise.id) > 1"
    )


def downgrade() -> None:
    op.drop_column("enterprise", "consolidated_by")
    op.drop_column("enterprise", "consolidated_since")
    op.drop_column("consumption_record", "extended_to")
    op.drop_table("back_invoicing_record")
    op.drop_index(op.f("ix_back_invoicing_state"), table_name="back_invoicing")
    op.drop_index(op.f("ix_back_invoicing_enterprise_id"), table_name="back_invoicing")
    op.drop_table("back_invoicing")
    op.drop_table("calendar_change")
    op.drop_table("working_day")
