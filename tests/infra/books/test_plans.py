"""The split that was chosen is reserved, frozen and issued as it was shown; a template's check value is made once (12, 18, 19)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from domain.calendar import china_date
from domain.split_choice import OwnLine, SplitBy, SplitChoice, line_id
from domain.splitting import plan_digest
from infra.books.applications import SqlApplications
from infra.books.issuing import lines_of
from infra.books.plans import remark_of, value_of
from infra.check_keys import CheckKeys
from infra.queries.invoices import invoice_detail
from infra.queries.scope import Scope
from infra.queries.templates import checked_value
from infra.tables import AgreementRow, ApplicationItemRow, InvoiceRow
from infra.templates import TemplateForm, set_template
from tests.factories import make_request
from tests.infra.books.conftest import POLICY, Books

OLD, NEW = b"o" * 32, b"n" * 32


def invoices_of(books: Books, number: str) -> list[InvoiceRow]:
    with books.database.read() as session:
        return list(session.exec(select(InvoiceRow).where(InvoiceRow.application_number == number).order_by(InvoiceRow.id)))


def three(books: Books) -> tuple[int, ...]:
    newer = china_date(books.now) - timedelta(days=40)
    older = newer - timedelta(days=35)  # of another month, whatever the day
    return (
        books.record(10_600, day=older),
        books.record(5_300, day=newer),
        books.record(2_120, service="带宽", day=newer),
    )


@pytest.mark.parametrize(
    ("by", "totals"), [(SplitBy.FEWEST, [18_020]), (SplitBy.SERVICE, [15_900, 2_120]), (SplitBy.MONTH, [10_600, 7_420])]
)
def test_an_approval_freezes_the_invoices_that_were_reserved(books: Books, by: SplitBy, totals: list[int]) -> None:
    request = replace(make_request(books.customer, *three(books)), split=SplitChoice(by))
    assert not books.applications.reserve(request, books.now).refused
    books.applications.approve(request.number, None, POLICY, books.now)
    books.applications.approve(request.number, None, POLICY, books.later(minutes=1))
    rows = invoices_of(books, request.number)
    assert [row.total_fen for row in rows] == totals
    with books.database.read() as session:
        items = session.exec(select(ApplicationItemRow)).all()
        lines = [(row, lines_of(session, row.id)) for row in rows]
    assert {item.invoice_id for item in items} == {row.id for row in rows}
    assert sum(item.amount_fen for item in items) == 18_020
    assert all(sum(line.total_fen for line in own) == row.total_fen for row, own in lines)
    assert books.violations() == {}


def test_other_invoices_than_were_shown_are_refused_and_take_nothing(books: Books) -> None:
    records = three(books)
    request = replace(make_request(books.customer, *records), split=SplitChoice(SplitBy.SERVICE), expected_plan="0" * 16)
    assert [each.code for each in books.applications.reserve(request, books.now).problems] == ["split-changed"]
    assert books.violations() == {}


def test_a_line_moved_by_hand_is_moved_on_the_invoices_and_an_unknown_one_refused(books: Books) -> None:
    records = three(books)
    plain = replace(make_request(books.customer, *records), split=SplitChoice(own=(OwnLine("0" * 12, "B"),)))
    assert [each.code for each in books.applications.reserve(plain, books.now).problems] == ["split-line-unknown"]
    first = make_request(books.customer, *records)
    books.applications.reserve(first, books.now)
    books.applications.approve(first.number, None, POLICY, books.now)
    (row,) = invoices_of(books, first.number)
    with books.database.read() as session:
        line = next(each for each in lines_of(session, row.id) if each.name == "带宽")
    more = three(books)
    moved = replace(make_request(books.customer, *more), split=SplitChoice(own=(OwnLine(line_id(row.entity, line), "B"),)))
    assert not books.applications.reserve(moved, books.now).refused
    books.applications.approve(moved.number, None, POLICY, books.now)
    assert [each.total_fen for each in invoices_of(books, moved.number)] == [15_900, 2_120]
    assert books.application(moved.number).split == moved.split.text
    assert books.application(moved.number).plan_digest != plan_digest(())


def test_a_reissue_keeps_the_lines_of_the_invoice_on_one_invoice(books: Books) -> None:
    records = three(books)
    request = replace(make_request(books.customer, *records), split=SplitChoice(SplitBy.MONTH))
    books.applications.reserve(request, books.now)
    books.applications.approve(request.number, None, POLICY, books.now)
    newer = invoices_of(books, request.number)[1]
    with books.database.read() as session:
        found = invoice_detail(session, Scope(books.customer.enterprise_id), newer.id)
        lines = lines_of(session, newer.id)
    assert found is not None
    assert found.reissue_split.by is SplitBy.MONTH
    assert {each.invoice for each in found.reissue_split.own} == {"A"}
    assert {each.line for each in found.reissue_split.own} == {line_id(newer.entity, line) for line in lines}
    again = replace(make_request(books.customer, *three(books)[1:]), split=found.reissue_split)
    assert not books.applications.reserve(again, books.now).refused
    books.applications.approve(again.number, None, POLICY, books.now)
    (row,) = invoices_of(books, again.number)
    with books.database.read() as session:
        assert lines_of(session, row.id) == lines


def agreed(books: Books) -> int:
    set_template(books.database, TemplateForm("medical", "医疗", "Medical", "YB-####", ("buyer", "total")), 1, books.now, keys_there=True)
    with books.database.write() as session:
        row = AgreementRow(
            template_code="medical", enterprise_id=books.customer.enterprise_id, number="YB-2026", kept_by=None, kept_at=books.now
        )
        session.add(row)
        session.flush()
        return row.id or 0


def test_an_invoice_of_a_template_carries_agreement_and_check_value(books: Books) -> None:
    applications = SqlApplications(books.database, lambda _text: set(), CheckKeys([OLD]))
    request = replace(make_request(books.customer, books.record()), agreement_id=agreed(books))
    assert not applications.reserve(request, books.now).refused
    (order,) = applications.approve(request.number, None, POLICY, books.now)
    row = books.invoice(order.invoice_id)
    assert remark_of(row) == f"申请编号：{request.number} 协议编号：YB-2026 校验值：{row.check_value}"
    assert books.issuing.claim(order.invoice_id, 1, red=False).request.remark == remark_of(row)
    rotated = CheckKeys([NEW, OLD])
    with books.database.read() as session:
        found = checked_value(session, rotated, row.id)
        gone = checked_value(session, CheckKeys([NEW]), row.id)
    assert found is not None
    assert found.expected == row.check_value
    assert gone is not None
    assert gone.expected == ""
    row.total_fen += 1
    assert value_of(rotated, books.application(request.number), row) != row.check_value


def test_without_a_key_or_an_agreement_of_ones_own_nothing_is_reserved(books: Books) -> None:
    identity = agreed(books)
    request = replace(make_request(books.customer, books.record()), agreement_id=identity)
    assert [each.code for each in books.applications.reserve(request, books.now).problems] == ["template-not-ready"]
    unknown = replace(make_request(books.customer, books.record()), agreement_id=identity + 1)
    assert [each.code for each in books.applications.reserve(unknown, books.now).problems] == ["agreement-unknown"]
    with books.database.write() as session:
        row = session.get_one(AgreementRow, identity)
        row.ended_at = books.now
        session.add(row)
    ended = replace(make_request(books.customer, books.record()), agreement_id=identity)
    assert [each.code for each in books.applications.reserve(ended, books.now).problems] == ["agreement-ended"]


def test_an_application_without_a_template_keeps_its_remark(books: Books) -> None:
    order = books.ordered()
    assert remark_of(books.invoice(order.invoice_id)) == f"申请编号：{order.application_number}"
