"""People's second factor and permissions, states of titles, authentications, tickets, announcements, the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_4"
down_revision = "20261121_3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "limited_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_limited_try_key"), "limited_try", ["key"], unique=False)

    op.create_table(
        "one_time_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_one_time_code_address"), "one_time_code", ["address"], unique=False)

    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("body_zh", sa.String(length=2000), nullable=False),
        sa.Column("body_en", sa.String(length=2000), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.id"],
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_attachment_enterprise_id"), "attachment", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_attachment_sha256"), "attachment", ["sha256"], unique=False)
    op.create_index(op.f("ix_attachment_subject"), "attachment", ["subject"], unique=False)

    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant", "position"),
    )
    op.create_table(
        "authentication",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("licence_number", sa.String(length=20), nullable=False),
        sa.Column("legal_person", sa.String(length=100), nullable=False),
        sa.Column("contact", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("picture", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("checks", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("submitted_by", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["user_account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.id"],
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_authentication_enterprise_id"), "authentication", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_authentication_state"), "authentication", ["state"], unique=False)

    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application_number", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_consent_user_id"), "consent", ["user_id"], unique=False)

    op.create_table(
        "service_status",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("note_zh", sa.String(length=500), nullable=False),
        sa.Column("note_en", sa.String(length=500), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_by"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_service_status_service"), "service_status", ["service"], unique=False)

    op.create_table(
        "ticket",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("assigned_to", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assigned_to"],
            ["user_account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.id"],
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_ticket_enterprise_id"), "ticket", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_ticket_state"), "ticket", ["state"], unique=False)

    op.create_table(
        "ticket_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_number", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=5000), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user_account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["ticket_number"],
            ["ticket.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_ticket_message_ticket_number"), "ticket_message", ["ticket_number"], unique=False)

    op.add_column("enterprise", sa.Column("kind", sa.String(length=20), server_default="enterprise", nullable=False))

    op.add_column("session", sa.Column("passed", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("session", sa.Column("public_id", sa.String(length=32), server_default="", nullable=False))
    op.add_column("session", sa.Column("address", sa.String(length=45), server_default="", nullable=False))
    op.add_column("session", sa.Column("browser", sa.String(length=300), server_default="", nullable=False))
    op.add_column("session", sa.Column("acting_for", sa.Integer(), nullable=True))
    op.add_column("session", sa.Column("acting_reason", sa.String(length=500), server_default="", nullable=False))
    op.add_column("session", sa.Column("acting_since", sa.DateTime(timezone=True), nullable=True))

    op.add_column("title", sa.Column("default_for", sa.String(length=20), server_default="", nullable=False))
    op.add_column("title", sa.Column("state", sa.String(length=20), server_default="approved", nullable=False))
    op.add_column("title", sa.Column("refusal", sa.String(length=500), server_default="", nullable=False))
    op.add_column("title", sa.Column("decided_by", sa.Integer(), nullable=True))
    op.add_column("title", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("title", sa.Column("next_tax_id", sa.String(length=20), server_default="", nullable=False))
    op.add_column("title", sa.Column("next_tax_id_from", sa.Date(), nullable=True))
    op.add_column("title", sa.Column("next_tax_id_approved", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("title", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))

    op.add_column("receiver", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))

    op.add_column("user_account", sa.Column("level", sa.Integer(), server_default="1", nullable=False))
    op.add_column("user_account", sa.Column("withdrawn", sa.String(length=200), server_default="", nullable=False))
    op.add_column("user_account", sa.Column("email", sa.String(length=200), server_default="", nullable=False))
    op.add_column("user_account", sa.Column("phone_confirmed", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("user_account", sa.Column("email_confirmed", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("user_account", sa.Column("locale", sa.String(length=5), server_default="", nullable=False))
    op.add_column("user_account", sa.Column("disabled", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("user_account", sa.Column("totp_secret", sa.String(length=64), server_default="", nullable=False))
    op.add_column("user_account", sa.Column("totp_used_step", sa.BigInteger(), server_default="0", nullable=False))

    _audit_only_grows()


def _audit_only_grows() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit trail only grows'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END"
        )


def downgrade() -> None:
    op.drop_column("user_account", "totp_used_step")
    op.drop_column("user_account", "totp_secret")
    op.drop_column("user_account", "disabled")
    op.drop_column("user_account", "locale")
    op.drop_column("user_account", "email_confirmed")
    op.drop_column("user_account", "phone_confirmed")
    op.drop_column("user_account", "email")
    op.drop_column("user_account", "withdrawn")
    op.drop_column("user_account", "level")

    op.drop_column("receiver", "removed_at")

    op.drop_column("title", "removed_at")
    op.drop_column("title", "next_tax_id_approved")
    op.drop_column("title", "next_tax_id_from")
    op.drop_column("title", "next_tax_id")
    op.drop_column("title", "decided_at")
    op.drop_column("title", "decided_by")
    op.drop_column("title", "refusal")
    op.drop_column("title", "state")
    op.drop_column("title", "default_for")

    op.drop_column("session", "acting_since")
    op.drop_column("session", "acting_reason")
    op.drop_column("session", "acting_for")
    op.drop_column("session", "browser")
    op.drop_column("session", "address")
    op.drop_column("session", "public_id")
    op.drop_column("session", "passed")

    op.drop_column("enterprise", "kind")

    op.drop_table("ticket_message")

    op.drop_table("ticket")

    op.drop_table("service_status")

    op.drop_table("consent")

    op.drop_table("authentication")
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_only_grows()")

    op.drop_table("attachment")
    op.drop_table("announcement")

    op.drop_table("one_time_code")

    op.drop_table("limited_try")
