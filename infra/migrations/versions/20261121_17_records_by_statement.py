"""Records of one statement (a month by issuing entity) are looked up by an index of their own: an entity's may all be of early days."""

from alembic import op

revision = "20261121_17"
down_revision = "20261121_16"
branch_labels = None
depends_on = None

COLUMNS = ("enterprise_id", "period", "entity", "standing", "day", "id")


def upgrade() -> None:
    op.create_index("ix_record_statement", "consumption_record", list(COLUMNS))


def downgrade() -> None:
    op.drop_index("ix_record_statement", table_name="consumption_record")
