"""Lives that have to hear of a moved promise, the plan of peaks, and indexes by which promises and days of review are found."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_22"
down_revision = "20261121_20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moved_promise",
        sa.Column("application_number", sa.String(length=30), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_number"], ["application.number"]),
        sa.PrimaryKeyConstraint("application_number"),
    )
    op.create_table(
        "peak_plan",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("version"),
    )
    # Turns of customers and kept promises are counted among those of one promised moment or period.
    op.create_index("ix_application_promised_at", "application", ["promised_at"])
    op.create_index("ix_application_submitted_at", "application", ["submitted_at"])
    op.create_index("ix_application_decided_at", "application", ["decided_at"])


def downgrade() -> None:
    op.drop_index("ix_application_decided_at", "application")
    op.drop_index("ix_application_submitted_at", "application")
    op.drop_index("ix_application_promised_at", "application")
    op.drop_table("peak_plan")
    op.drop_table("moved_promise")
