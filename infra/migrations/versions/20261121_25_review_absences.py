"""Reviewers who are away, and who stands in for them; reviews from before there were levels are marked as such."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_25"
down_revision = "20261121_24"
branch_labels = None
depends_on = None

PEOPLE = ("person", "substitute", "made_by", "ended_by")


def upgrade() -> None:
    op.create_table(
        "review_absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("substitute", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.ForeignKeyConstraint([name], ["user_account.id"]) for name in PEOPLE),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_review_absence_person", "review_absence", ["person"])
    op.create_index("ix_review_absence_days", "review_absence", ["until_day", "from_day"])
    # Their lives take one decision, whatever level was weighed.
    op.execute("UPDATE application SET review_step = 0 WHERE findings <> '[]' OR state NOT IN ('awaiting-approval', 'reviewing')")


def downgrade() -> None:
    op.drop_index("ix_review_absence_days", "review_absence")
    op.drop_index("ix_review_absence_person", "review_absence")
    op.drop_table("review_absence")
