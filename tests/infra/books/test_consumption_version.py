"""What a kept page rests on: every change of an enterprise's consumption is counted, whoever makes it."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from domain.calendar import china_date
from infra.books.opening import open_periods
from infra.tables import EnterpriseRow
from tests.factories import make_customer
from tests.infra.books.conftest import Books


def version(books: Books, enterprise_id: int) -> int:
    with books.database.read() as session:
        return session.exec(select(EnterpriseRow.consumption_version).where(col(EnterpriseRow.id) == enterprise_id)).one()


def test_a_new_record_and_each_step_of_an_application_are_counted(books: Books) -> None:
    ours = books.customer.enterprise_id
    before = version(books, ours)
    record = books.record()
    imported = version(books, ours)
    books.reserved(record)
    reserved = version(books, ours)
    assert before < imported < reserved


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consumption_record SET expired = expired",
        "UPDATE statement SET charged_on = charged_on",
        "UPDATE account SET name = 'another'",
        "INSERT INTO account (enterprise_id, sub_account_id, name, is_master) VALUES ({ours}, 'new', 'new', {no})",
        "UPDATE entity SET name = name",
    ],
)
def test_what_a_page_of_records_shows_is_counted_also_when_changed_by_hand(books: Books, change: str) -> None:
    books.record()
    ours = books.customer.enterprise_id
    before = version(books, ours)
    with books.database.write() as session:
        no = "false" if session.get_bind().dialect.name == "postgresql" else "0"
        session.connection().execute(text(change.format(ours=ours, no=no)))
    assert version(books, ours) > before


def test_a_month_that_opens_is_counted(books: Books) -> None:
    ours, past = books.customer.enterprise_id, china_date(books.now) - timedelta(days=40)
    books.record(opened=False, day=past)
    before = version(books, ours)
    assert open_periods(books.database, china_date(books.now), 10) == 1
    assert version(books, ours) > before


def test_a_strangers_change_is_not_ours(books: Books) -> None:
    stranger = make_customer(books.database, name="别的公司", tax_id="")
    before = version(books, stranger.enterprise_id)
    books.reserved(books.record())
    assert version(books, stranger.enterprise_id) == before


def test_a_change_that_was_rolled_back_is_not_counted(books: Books) -> None:
    record = books.record()
    ours = books.customer.enterprise_id
    before = version(books, ours)
    with books.database.engine.connect() as connection:
        connection.execute(text(f"UPDATE consumption_record SET reserved_fen = 1 WHERE id = {record}"))
        connection.rollback()
    assert version(books, ours) == before
