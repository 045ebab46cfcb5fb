"""Monthly statements as rows: what was on each when it was made, charged, confirmed or disputed; customers that pay after the month."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_9"
down_revision = "20261121_8"
branch_labels = None
depends_on = None

SUMS = ("consumed_fen", "excluded_fen", "seller_fen", "assisted_fen", "invoiceable_fen")
LINE_SUMS = ("consumed_fen", "excluded_fen", "elsewhere_fen", "invoiceable_fen")
WAITING = "NOT opened AND invoiceable_fen < 0"
# A month that was open has had its statement: it is made of what is there, as confirmed, for nobody was asked then.
MADE = """
INSERT INTO statement (enterprise_id, entity, period, state, postpaid, records, consumed_fen, excluded_fen, seller_fen, assisted_fen,
  invoiceable_fen, made_at, confirmed_at, ticket_number)
SELECT r.enterprise_id, r.entity, r.period, 'confirmed', FALSE, COUNT(*), SUM(r.gross_fen), SUM(r.excluded_fen),
  SUM(CASE WHEN r.seller <> '' THEN r.invoiceable_fen ELSE 0 END),
  SUM(CASE WHEN r.seller = '' AND r.assisted <> '' THEN r.invoiceable_fen ELSE 0 END),
  SUM(CASE WHEN r.seller = '' AND r.assisted = '' THEN r.invoiceable_fen ELSE 0 END), CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, ''
FROM consumption_record r
GROUP BY r.enterprise_id, r.entity, r.period
HAVING SUM(CASE WHEN r.opened AND r.seller = '' AND r.assisted = '' AND r.original_id IS NULL THEN 1 ELSE 0 END) > 0
"""
LINES = """
INSERT INTO statement_line (statement_id, account_id, service, rate_bp, records, consumed_fen, excluded_fen, elsewhere_fen, invoiceable_fen)
SELECT s.id, r.account_id, r.service, r.rate_bp, COUNT(*), SUM(r.gross_fen), SUM(r.excluded_fen),
  SUM(CASE WHEN r.seller <> '' OR r.assisted <> '' THEN r.invoiceable_fen ELSE 0 END),
  SUM(CASE WHEN r.seller = '' AND r.assisted = '' THEN r.invoiceable_fen ELSE 0 END)
FROM statement s
JOIN consumption_record r ON r.enterprise_id = s.enterprise_id AND r.entity = s.entity AND r.period = s.period
GROUP BY s.id, r.account_id, r.service, r.rate_bp
"""


def upgrade() -> None:
    op.add_column("enterprise", sa.Column("postpaid", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=20), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("postpaid", sa.Boolean(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("charged_on", sa.Date(), nullable=True),
        sa.Column("charged_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ticket_number", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"]),
        sa.ForeignKeyConstraint(["entity"], ["entity.code"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("enterprise_id", "period", "entity"),
    )
    op.create_index(op.f("ix_statement_period"), "statement", ["period"])
    op.create_table(
        "statement_line",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=200), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in LINE_SUMS),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"]),
        sa.PrimaryKeyConstraint("statement_id", "account_id", "service", "rate_bp"),
    )
    op.create_index("ix_balance_period", "balance", ["period", "enterprise_id", "entity"])
    waiting = sa.text(WAITING)
    op.create_index("ix_record_waiting", "consumption_record", ["enterprise_id"], postgresql_where=waiting, sqlite_where=waiting)
    op.execute(MADE)
    op.execute(LINES)


def downgrade() -> None:
    op.drop_index("ix_record_waiting", table_name="consumption_record")
    op.drop_index("ix_balance_period", table_name="balance")
    op.drop_table("statement_line")
    op.drop_index(op.f("ix_statement_period"), table_name="statement")
    op.drop_table("statement")
    op.drop_column("enterprise", "postpaid")
