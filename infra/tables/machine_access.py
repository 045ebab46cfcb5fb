"""Access of programs: the keys by which billing systems send orders, and the answers they were given."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class ImportKeyRow(SQLModel, table=True):
    """A key of a billing system. Only the hash of the secret is kept; `prefix` is what people know it by."""

    __tablename__ = "import_key"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=100)
    prefix: str = Field(unique=True, max_length=12)
    secret_hash: str = Field(unique=True, max_length=64)
    """SHA-256 in hex: the secret is 256 random bits, so a slow hash would add nothing."""
    made_at: datetime
    made_by: int = Field(foreign_key="user_account.id")
    used_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: int | None = Field(default=None, foreign_key="user_account.id")


class ApiAnswerRow(SQLModel, table=True):
    """What a request with an Idempotency-Key was answered, for 30 days; without an answer it is under way."""

    __tablename__ = "api_answer"

    import_key_id: int = Field(primary_key=True, foreign_key="import_key.id")
    route: str = Field(primary_key=True, max_length=60)
    key: str = Field(primary_key=True, max_length=255)
    body_sha256: str = Field(max_length=64)
    begun_at: datetime = Field(index=True)
    subject: str = Field(default="", max_length=64, index=True)
    """What the request was about: the import's id, which its key alone may ask for."""
    status: int = 0
    """0 while the request is under way."""
    answer: str = ""
    """JSON, as it was sent."""
