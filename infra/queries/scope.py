"""Whose rows a reader may see: the one place where a query is narrowed to a customer."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Select

_S = TypeVar("_S", bound=Select[Any])


@dataclass(frozen=True, slots=True)
class Scope:
    """A customer's whole enterprise, one account of it, or (staff) everybody."""

    enterprise_id: int | None
    account_id: int | None = None
    everybody: bool = False

    @property
    def whole(self) -> "Scope":
        """The enterprise that an account is of."""
        return replace(self, account_id=None)

    def narrow(self, statement: _S, table: Any) -> _S:
        """The statement for this scope's rows only; `table` has `enterprise_id` and `account_id` columns."""
        if self.everybody:
            return statement
        statement = statement.where(table.enterprise_id == self.enterprise_id)
        return statement if self.account_id is None else statement.where(table.account_id == self.account_id)


def utc(moment: datetime) -> datetime:
    """A stored moment as an aware one: SQLite gives UTC back without saying so."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def utc_or_none(moment: datetime | None) -> datetime | None:
    return None if moment is None else utc(moment)
