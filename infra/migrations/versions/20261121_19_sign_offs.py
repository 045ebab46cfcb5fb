"""An enterprise's own approval before an application reaches us."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_19"
down_revision = "20261121_18"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_off_rule",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("levels", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("oa_url", sa.String(length=500), nullable=False),
        sa.Column("oa_from_fen", sa.BigInteger(), nullable=False),
        sa.Column("oa_secret", sa.String(length=200), nullable=False),
        sa.Column("secret_made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"]),
        sa.PrimaryKeyConstraint("enterprise_id"),
    )
    op.create_table(
        "sign_off",
        sa.Column("application_number", sa.String(length=30), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("by_oa", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("levels", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("oa_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("oa_trouble", sa.String(length=200), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["application_number"], ["application.number"]),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"]),
        sa.PrimaryKeyConstraint("application_number"),
    )
    op.create_table(
        "sign_off_seat",
        sa.Column("application_number", sa.String(length=30), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["application_number"], ["sign_off.application_number"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("application_number", "level", "user_id"),
    )
    # "Waits for you" reads what waits for one person, however much they have signed off before.
    op.create_index(
        "ix_sign_off_seat_waiting", "sign_off_seat", ["user_id"], sqlite_where=sa.text("waits"), postgresql_where=sa.text("waits")
    )
    op.create_table(
        "sign_off_decision",
        sa.Column("application_number", sa.String(length=30), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_number"], ["sign_off.application_number"]),
        sa.ForeignKeyConstraint(["by"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("application_number", "level"),
    )


def downgrade() -> None:
    op.drop_table("sign_off_decision")
    op.drop_index("ix_sign_off_seat_waiting", "sign_off_seat")
    op.drop_table("sign_off_seat")
    op.drop_table("sign_off")
    op.drop_table("sign_off_rule")
