"""The review policy as data, with versions; an application keeps its score, its level and the version that gave them."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "20261121_18"
down_revision = "20261121_17"
branch_labels = None
depends_on = None

FIRST = """{"automatic_up_to_fen": 0, "level_2_from_fen": 50000000, "level_2_from_score": 50, "near_count": 3, "near_percent": 10,
"people_from_score": 1, "points": {"amount-within-90-days": 50, "evidence-is-there": 20, "no-arrears": 20, "not-rejected-before": 15,
"not-the-first-application": 10, "tax-id-check-digits": 40, "tax-id-is-registered": 30, "title-is-real-name": 30, "title-unchanged": 20,
"usual-split": 15}, "recent_days": 30, "supervisor_from_fen": 500000000, "supervisor_from_score": 100}"""
"""Version 1. Another one is made by a supervisor, never here."""

_MADE_AT = datetime(2026, 11, 21, tzinfo=UTC)


def upgrade() -> None:
    table = op.create_table(
        "review_policy",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("version"),
    )
    op.bulk_insert(table, [{"version": 1, "rules": FIRST, "made_at": _MADE_AT, "made_by": None, "reason": ""}])
    op.add_column("application", sa.Column("score", sa.Integer(), server_default="0", nullable=False))
    op.add_column("application", sa.Column("level", sa.Integer(), server_default="0", nullable=False))
    op.add_column("application", sa.Column("policy_version", sa.Integer(), nullable=True))
    # Who waits for a person waits for one of level 1, until the checks of a life say otherwise.
    op.execute("UPDATE application SET level = 1 WHERE state = 'reviewing' AND findings <> '[]'")


def downgrade() -> None:
    op.drop_column("application", "policy_version")
    op.drop_column("application", "level")
    op.drop_column("application", "score")
    op.drop_table("review_policy")
