"""A round of material may begin with a ready note."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_26"
down_revision = "20261121_25"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("material_request", sa.Column("phrase", sa.String(length=40), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("material_request", "phrase")
