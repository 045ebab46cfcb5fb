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
    at: datetime = Field(index=True)
    actor_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    action: str = Field(max_length=40, index=True)
    """One of domain.audit.AuditAction."""
    subject: str = Field(max_length=120)
    """`title:12`, `user:3`, `application:KP-...`."""
    reason: str = Field(default="", max_length=500)
    facts: str = "{}"
    """JSON object; never the personal value itself."""
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class AuditCheckRow(SQLModel, table=True):
    """How a tenant's chain was found when it was verified last."""

    __tablename__ = "audit_check"

    tenant: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int
    """The last entry that was looked at."""
    hash: str = Field(max_length=64)
    """That entry's."""
    broken: str = Field(default="[]", max_length=1000)
    """JSON: positions that do not fit, the first ones of many."""
    missing_to: int = 0
    """Where the chain ended once, when it was anchored: entries after `position` up to this one are cut off. 0: none."""
    checked_at: datetime
