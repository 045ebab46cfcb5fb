"""Ready phrases of decisions as data, in both languages; an application keeps the one that its decision chose."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "20261121_23"
down_revision = "20261121_22"
branch_labels = None
depends_on = None

FIRST = (
    (
        "title",
        "抬头与实名企业名称不一致，请改抬头，或更新实名。",
        "The title differs from the verified company name. Please correct the title, or update the verification.",
    ),
    (
        "tax-id",
        "税号与营业执照不一致，请在抬头里改正。",
        "The tax ID is not the one of the licence. Please correct it in your titles.",
    ),
    (
        "amount",
        "金额比近 90 天消费高出较多，请提供合同或订单。",
        "The amount is well above your consumption of the last 90 days. Please send us the contract or the order.",
    ),
    (
        "kind",
        "申请的是专票，但这个抬头不能开专票，请改选普票。",
        "A special invoice was asked for, but the title cannot receive one. Please choose an ordinary invoice.",
    ),
    (
        "receiver",
        "收件地址不完整，请在收件信息里补全。",
        "The receiver's address is incomplete. Please complete it in your receivers.",
    ),
    (
        "twice",
        "这些消费在另一份申请里也有，请只申请一次。",
        "This consumption stands in another application as well. Please apply for it once.",
    ),
)
"""With which Kaipiao comes, all for rejections. Others are made by a supervisor, never here."""

_MADE_AT = datetime(2026, 11, 21, tzinfo=UTC)


def upgrade() -> None:
    table = op.create_table(
        "review_phrase",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("chinese", sa.String(length=300), nullable=False),
        sa.Column("english", sa.String(length=300), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("code"),
    )
    offered = {"verdict": "reject", "retired_at": None, "changed_at": _MADE_AT, "changed_by": None}
    rows = enumerate(FIRST, start=1)
    op.bulk_insert(table, [{"code": code, "chinese": zh, "english": en, "position": place, **offered} for place, (code, zh, en) in rows])
    op.add_column("application", sa.Column("reason_phrase", sa.String(length=40), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("application", "reason_phrase")
    op.drop_table("review_phrase")
