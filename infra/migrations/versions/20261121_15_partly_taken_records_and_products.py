"""Records of which a part is excluded, held, reserved or invoiced are looked up by day and by month; so are an account's services."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_15"
down_revision = "20261121_14"
branch_labels = None
depends_on = None

BY_DAY = ("enterprise_id", "day", "id")
BY_MONTH = ("enterprise_id", "period", "day", "id")
PRODUCT = ("account_id", "service", "classification_code", "rate_bp", "category", "unit", "entity")
INDEXES = {
    "ix_record_excluded_period": (BY_MONTH, "excluded_fen <> 0"),
    "ix_record_held": (BY_DAY, "held_fen <> 0"),
    "ix_record_held_period": (BY_MONTH, "held_fen <> 0"),
    "ix_record_reserved": (BY_DAY, "reserved_fen <> 0"),
    "ix_record_reserved_period": (BY_MONTH, "reserved_fen <> 0"),
    "ix_record_invoiced": (BY_DAY, "invoiced_fen <> 0"),
    "ix_record_invoiced_period": (BY_MONTH, "invoiced_fen <> 0"),
    "ix_record_product": (PRODUCT, "seller = ''"),
}


def upgrade() -> None:
    op.drop_index("ix_record_held", table_name="consumption_record")
    for name, (columns, condition) in INDEXES.items():
        _index(name, columns, condition)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name="consumption_record")
    _index("ix_record_held", ("enterprise_id",), "held_fen <> 0")


def _index(name: str, columns: tuple[str, ...], condition: str) -> None:
    only = sa.text(condition)
    op.create_index(name, "consumption_record", list(columns), postgresql_where=only, sqlite_where=only)
