"""The balance's tree on both databases: levels add up, agree with the ledger, and lead to who holds them."""

from datetime import date

import pytest
from sqlmodel import select

from domain.calendar import china_date
from domain.ledger import Bucket
from infra.books.expiry import expire
from infra.queries.applications import ApplicationFilter, applications_page
from infra.queries.balance_tree import LEVELS, BalancePath, balance_tree, sums
from infra.queries.balances import balance
from infra.queries.holding import Holding, read_holding
from infra.queries.invoices import InvoiceFilter, invoices_page
from infra.queries.scope import Scope
from infra.tables import ConsumptionRecordRow, LedgerEntryRow
from tests.infra.books.conftest import Books


def place(books: Books, record_id: int) -> Holding:
    with books.database.read() as session:
        row = session.get_one(ConsumptionRecordRow, record_id)
        return Holding(row.period, row.entity, row.rate_bp, row.account_id)


def test_levels_add_up_and_agree_with_the_ledger(books: Books) -> None:
    free, reserved, invoiced = books.record(106_00), books.record(53_00, entity="QYSH", rate_bp=1300), books.record(20_00)
    books.record(9_00, day=date(2025, 1, 10))  # past its limit; no night's run came
    books.reserved(reserved)
    books.issued(invoiced)
    scope, today = Scope(books.customer.enterprise_id), china_date(books.now)
    with books.database.read() as session:
        tree = balance_tree(session, scope, today, BalancePath())
        top = {key[0]: amount for key, amount in tree.levels[0].items()}
        ledger: dict[str, int] = {}
        for entry in session.exec(select(LedgerEntryRow).where(LedgerEntryRow.enterprise_id == books.customer.enterprise_id)):
            ledger[entry.bucket] = ledger.get(entry.bucket, 0) + entry.amount_fen
        for level in (1, 2, 3):
            columns = tuple(name for each in LEVELS[: level + 1] for name in each)
            cells = sums(session, scope, today, BalancePath(), columns)
            assert {bucket: sum(fen for key, fen in cells.items() if key[0] == bucket) for bucket in top} == top
        where = place(books, free)
        whole = BalancePath("available", where.period, where.entity, where.rate_bp)
        deepest = balance_tree(session, scope, today, whole).levels[-1]
    assert top == {"consumed": -188_00, "available": 106_00, "reserved": 53_00, "invoiced": 20_00, "expired": 9_00}
    assert ledger["available"] == 115_00  # what passed its limit since is still there until the night
    assert sum(top.values()) == 0
    assert deepest == {(Bucket.AVAILABLE.value, books.customer.account_id): 106_00}


def test_it_leads_to_who_holds_a_part(books: Books) -> None:
    reserved, other, invoiced = (
        books.record(53_00, entity="QYSH", rate_bp=1300),
        books.record(1_00),
        books.record(20_00, service="对象存储"),
    )
    number = books.reserved(reserved).number
    books.reserved(other)
    invoice = books.issued(invoiced)
    scope = Scope(books.customer.enterprise_id)
    with books.database.read() as session:
        held = applications_page(session, scope, ApplicationFilter(holds=place(books, reserved)))
        bills = invoices_page(session, scope, InvoiceFilter(holds=place(books, invoiced)))
        none = invoices_page(session, scope, InvoiceFilter(holds=place(books, reserved)))
    assert [each.number for each in held.applications] == [number]
    assert [each.id for each in bills.invoices] == [invoice]
    assert none.invoices == ()


def test_a_place_is_read_back_from_its_text_and_nothing_else_is() -> None:
    holding = Holding("2026-10", "QY", 600, 12)
    assert read_holding(holding.text) == holding
    for text in ("", "2026-13.QY.600.12", "2026-10.QY.600", "2026-10.QY.x.12", "2026-10.QY;.600.12", "２０26-10.QY.600.12"):
        assert read_holding(text) is None


@pytest.mark.parametrize("night", [False, True])
def test_refunds_of_another_month_are_listed_where_the_picker_lists_nothing(books: Books, night: bool) -> None:
    today = date(2026, 11, 20)
    late, recent = books.record(50_00, day=date(2026, 3, 10)), books.record(106_00, day=date(2026, 9, 10))
    of_late = books.record(-10_00, day=date(2026, 10, 10), original_id=late)
    of_recent = books.record(-20_00, day=date(2026, 10, 11), original_id=recent)
    waits = books.record(-7_00, day=date(2026, 10, 12), opened=False)
    if night:
        expire(books.database, today, 10)
    scope, own = Scope(books.customer.enterprise_id), books.customer.account_id
    with books.database.read() as session:
        for bucket, show, refund, amount in (
            ("available", "can", of_recent, -20_00),
            ("expired", "expired", of_late, -10_00),
            ("waiting", "not-open", waits, -7_00),
        ):
            tree = balance_tree(session, scope, today, BalancePath(bucket, "2026-10", "QY", 600), show)
            assert dict(tree.levels[-1]) == {(bucket, own): amount}
            assert tree.refunds is not None
            assert [(each.id, each.amount_fen) for each in tree.refunds.newest] == [(refund, amount)]
            assert (tree.refunds.sums, tree.empty, tree.refunds.more) == ({own: amount}, frozenset({own}), False)
        whole = balance(session, scope, today)
        assert (whole.of("waiting"), whole.of("not-open")) == (-7_00, 0)
        assert whole.consumed_fen == sum(fen for bucket, fen in whole.buckets.items() if bucket != "consumed")
