"""Who did what that must be answered for: append-only, a hash chain for each tenant."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint


class AuditRow(SQLModel, table=True):
    """One entry. `hash` covers its fields and the hash before it, so that none can be taken out or changed unseen."""

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("tenant", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    tenant: int
    """The enterprise's id, or 0 for what concerns none."""
    position: int
    """In the tenant's chain, from 1."""
    at: datetime
    actor_id: int | None = Field(default=None, foreign_key="user_account.id")
    action: str = Field(max_length=40)
    """`reveal`, `act-for`, `clear-title`, `decide-authentication`, `change-permissions`, ..."""
    subject: str = Field(max_length=120)
    """`title:12`, `user:3`, `application:KP-...`."""
    reason: str = Field(default="", max_length=500)
    facts: str = "{}"
    """JSON object; never the personal value itself."""
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)
