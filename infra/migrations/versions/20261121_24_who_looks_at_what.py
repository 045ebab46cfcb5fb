"""Who has which application open at the review desk."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_24"
down_revision = "20261121_23"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_presence",
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["application.number"]),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("number", "person_id"),
    )
    op.create_index("ix_review_presence_seen_at", "review_presence", ["seen_at"])


def downgrade() -> None:
    op.drop_index("ix_review_presence_seen_at", "review_presence")
    op.drop_table("review_presence")
