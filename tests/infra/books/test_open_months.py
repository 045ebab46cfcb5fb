"""Lists of what can be invoiced and what is not open yet, where the month says so and not the record."""

from datetime import UTC, date, datetime, timedelta

from sqlmodel import select

from domain.calendar import china_date
from domain.choosing import RecordQuery
from infra.billing_accounts import set_billing_mode
from infra.books.expiry import expire
from infra.books.opening import open_periods
from infra.books.statements import charge
from infra.queries.balances import balance
from infra.queries.consumption import choices, records_page
from infra.queries.finding_records import RecordFilter, ids_of_all, ids_of_queries
from infra.queries.open_months import months_of
from infra.queries.scope import Scope
from infra.tables import StatementRow
from tests.infra.books.conftest import Books

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
OCTOBER, NOVEMBER = date(2026, 10, 12), date(2026, 11, 9)


def shown(books: Books, show: str, period: str = "", *, own: bool = False) -> set[int]:
    scope = Scope(books.customer.enterprise_id, books.customer.account_id if own else None)
    with books.database.read() as session:
        return {record.id for record in records_page(session, scope, RecordFilter(show, period), TODAY).records}


def test_a_month_with_one_entity_out_and_one_not_is_open_in_part(books: Books) -> None:
    set_billing_mode(books.database, books.customer.enterprise_id, True, "合同 2026-118", books.reviewer, NOW)
    mine, other = books.record(opened=False, day=OCTOBER), books.record(opened=False, day=OCTOBER, entity="QYSH")
    november, paid = books.record(opened=False, day=NOVEMBER), books.record(0, opened=False, day=NOVEMBER, excluded_fen=5)
    open_periods(books.database, date(2026, 11, 3), 10)
    assert shown(books, "can") == set()
    assert shown(books, "not-open") == {mine, other, november, paid}
    with books.database.read() as session:
        found = session.exec(select(StatementRow.id).where(StatementRow.entity == "QY")).all()
    charge(books.database, [identity or 0 for identity in found], TODAY, books.reviewer, NOW)
    scope = Scope(books.customer.enterprise_id)
    for own in (False, True):
        assert shown(books, "can", own=own) == {mine}
        assert shown(books, "not-open", own=own) == {other, november, paid}
        assert shown(books, "cannot", own=own) == {other, november, paid}
        assert shown(books, "all", own=own) == {mine, other, november, paid}
    assert shown(books, "can", period="2026-11") == set()
    with books.database.read() as session:
        months = months_of(session, scope)
        assert months.out == {"2026-10": frozenset({"QY"})}
        assert months.closed == {"2026-10": frozenset({"QYSH"}), "2026-11": frozenset({"QY"})}
        assert choices(session, scope, TODAY).can == 1
        assert ids_of_all(session, scope, RecordFilter("all"), TODAY) == [mine]
        assert ids_of_queries(session, scope, [RecordQuery(), RecordQuery(entity="QYSH")], TODAY) == [mine]
    assert books.violations() == {}


def test_what_is_old_and_not_open_neither_expires_nor_counts_as_expired(books: Books) -> None:
    """A post-paid month that nobody charged for half a year, and the same once it is charged."""
    today = china_date(books.now)
    old = today - timedelta(days=200)
    set_billing_mode(books.database, books.customer.enterprise_id, True, "合同 2026-118", books.reviewer, NOW)
    record = books.record(100_00, opened=False, day=old)
    open_periods(books.database, today - timedelta(days=100), 10)
    scope = Scope(books.customer.enterprise_id)
    assert expire(books.database, today, 10) == 0
    with books.database.read() as session:
        assert balance(session, scope, today).of("not-open") == 100_00
        (statement,) = session.exec(select(StatementRow.id)).all()
        assert records_page(session, scope, RecordFilter("expired"), today).records == ()
    charge(books.database, [statement or 0], today, books.reviewer, NOW)
    with books.database.read() as session:
        assert balance(session, scope, today).of("expired") == 100_00
        assert [each.id for each in records_page(session, scope, RecordFilter("expired"), today).records] == [record]
    assert expire(books.database, today, 10) == 1
    assert books.violations() == {}
