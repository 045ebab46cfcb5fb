"""Real-name authentications: what was submitted, what was checked, how it ended."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class AuthenticationRow(SQLModel, table=True):
    """One submission. `number` is drawn with the form and names the life `authentication:<number>`."""

    __tablename__ = "authentication"

    number: str = Field(primary_key=True, max_length=40)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    kind: str = Field(max_length=20)
    """`enterprise`, `individual-business` or `personal`."""
    name: str = Field(max_length=200)
    """The name on the licence or the identity card."""
    licence_number: str = Field(max_length=20, index=True)
    """Unified social credit code, or the identity number of a person, which signs in by it: looked up here, kept nowhere else."""
    legal_person: str = Field(default="", max_length=100)
    contact: str = Field(default="", max_length=100)
    phone: str = Field(default="", max_length=30)
    email: str = Field(default="", max_length=200)
    picture: str = Field(default="", max_length=64)
    """SHA-256 of the picture of the licence or card, an attachment."""
    state: str = Field(max_length=20, index=True)
    """One of domain.authentication.AuthenticationState."""
    checks: str = "[]"
    """JSON array of {code, passed, facts}: the automatic checks with their evidence."""
    reason: str = Field(default="", max_length=500)
    submitted_by: int = Field(foreign_key="user_account.id")
    submitted_at: datetime
    decided_by: int | None = Field(default=None, foreign_key="user_account.id")
    decided_at: datetime | None = None
    version: int = 1
