"""What a query for violations finds, as sentences."""

from sqlalchemy import text
from sqlmodel import Session


def rows(session: Session, statement: str) -> list[str]:
    """Each row of a query that looks for violations, as a sentence of its columns."""
    result = session.connection().execute(text(statement))
    names = list(result.keys())
    return [", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True)) for row in result]
