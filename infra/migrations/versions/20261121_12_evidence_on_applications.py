"""A file on an application says what it shows."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_12"
down_revision = "20261121_11"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attachment", sa.Column("kind", sa.String(length=20), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("attachment", "kind")
