"""An account is found by the number of its real-name authentication, where that number stands."""

from alembic import op

revision = "20261121_5"
down_revision = "20261121_4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_authentication_licence_number"), "authentication", ["licence_number"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_authentication_licence_number"), table_name="authentication")
