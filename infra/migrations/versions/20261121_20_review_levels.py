"""Levels of review: who decided at which, who has taken an application; and material asked of the customer."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_20"
down_revision = "20261121_19"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("application", sa.Column("review_step", sa.Integer(), server_default="1", nullable=False))
    op.add_column("application", sa.Column("claimed_by", sa.Integer(), nullable=True))
    op.add_column("application", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("application", sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "review_decision",
        sa.Column("application_number", sa.String(length=30), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("phrase", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_number"], ["application.number"]),
        sa.ForeignKeyConstraint(["by"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("application_number", "step"),
    )
    op.create_index("ix_review_decision_by", "review_decision", ["by"])
    op.create_table(
        "material_request",
        sa.Column("application_number", sa.String(length=30), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("wanted", sa.String(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["application_number"], ["application.number"]),
        sa.ForeignKeyConstraint(["by"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["answered_by"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("application_number", "round"),
    )


def downgrade() -> None:
    op.drop_table("material_request")
    op.drop_index("ix_review_decision_by", "review_decision")
    op.drop_table("review_decision")
    for column in ("claimed_until", "claimed_at", "claimed_by", "review_step"):
        op.drop_column("application", column)
