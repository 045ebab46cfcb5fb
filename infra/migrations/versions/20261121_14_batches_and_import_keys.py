"""Batches of applications and titles by Excel, and the keys by which billing systems send orders."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_14"
down_revision = "20261121_13"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["checked_by"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"]),
        sa.ForeignKeyConstraint(["submitted_by"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_batch_enterprise", "batch", ["enterprise_id", "kind", "checked_at"])
    op.create_table(
        "batch_entry",
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("cells", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("invoices", sa.Integer(), nullable=False),
        sa.Column("problems", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"]),
        sa.PrimaryKeyConstraint("batch_id", "line"),
    )
    op.create_index("ix_batch_entry_reference", "batch_entry", ["enterprise_id", "reference"])
    op.create_index(op.f("ix_batch_entry_number"), "batch_entry", ["number"])
    op.create_table(
        "import_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["ended_by"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("prefix"),
        sa.UniqueConstraint("secret_hash"),
    )
    op.create_table(
        "api_answer",
        sa.Column("import_key_id", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["import_key_id"], ["import_key.id"]),
        sa.PrimaryKeyConstraint("import_key_id", "route", "key"),
    )
    op.create_index(op.f("ix_api_answer_begun_at"), "api_answer", ["begun_at"])
    op.create_index(op.f("ix_api_answer_subject"), "api_answer", ["subject"])


def downgrade() -> None:
    op.drop_index(op.f("ix_api_answer_subject"), table_name="api_answer")
    op.drop_index(op.f("ix_api_answer_begun_at"), table_name="api_answer")
    op.drop_table("api_answer")
    op.drop_table("import_key")
    op.drop_index(op.f("ix_batch_entry_number"), table_name="batch_entry")
    op.drop_index("ix_batch_entry_reference", table_name="batch_entry")
    op.drop_table("batch_entry")
    op.drop_index("ix_batch_enterprise", table_name="batch")
    op.drop_table("batch")
