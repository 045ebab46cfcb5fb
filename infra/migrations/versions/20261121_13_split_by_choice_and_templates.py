"""How a customer wants its invoices split, and industry templates with agreement number and check value."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_13"
down_revision = "20261121_12"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invoice_template",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("pattern", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.String(length=200), nullable=False),
        sa.Column("offered", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "template_agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("template_code", sa.String(length=20), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kept_by", sa.Integer(), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"]),
        sa.ForeignKeyConstraint(["kept_by"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["template_code"], ["invoice_template.code"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("template_code", "enterprise_id", "number"),
    )
    op.create_index(op.f("ix_template_agreement_enterprise_id"), "template_agreement", ["enterprise_id"])
    op.add_column("application", sa.Column("split", sa.String(), server_default="", nullable=False))
    op.add_column("application", sa.Column("plan_digest", sa.String(length=16), server_default="", nullable=False))
    op.add_column("application", sa.Column("seller_fen", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("application", sa.Column("template_code", sa.String(length=20), server_default="", nullable=False))
    op.add_column("application", sa.Column("agreement_id", sa.Integer(), nullable=True))
    op.add_column("application", sa.Column("agreement_number", sa.String(length=40), server_default="", nullable=False))
    op.add_column("invoice", sa.Column("agreement_number", sa.String(length=40), server_default="", nullable=False))
    op.add_column("invoice", sa.Column("check_key", sa.String(length=8), server_default="", nullable=False))
    op.add_column("invoice", sa.Column("check_facts", sa.String(length=200), server_default="", nullable=False))
    op.add_column("invoice", sa.Column("check_value", sa.String(length=40), server_default="", nullable=False))


def downgrade() -> None:
    for column in ("check_value", "check_facts", "check_key", "agreement_number"):
        op.drop_column("invoice", column)
    for column in ("agreement_number", "agreement_id", "template_code", "seller_fen", "plan_digest", "split"):
        op.drop_column("application", column)
    op.drop_index(op.f("ix_template_agreement_enterprise_id"), table_name="template_agreement")
    op.drop_table("template_agreement")
    op.drop_table("invoice_template")
