"""The library of titles on both databases: adding, deciding, correcting, announcing, and what the reservation takes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from domain.calendar import china_date
from domain.errors import Refusal
from domain.invoices import Party
from domain.title_states import TitleState
from infra.announced_tax_ids import announce_tax_id, withdraw_tax_id
from infra.audit import broken_entries
from infra.queries.library import Title, first_title, title, titles
from infra.queries.title_desk import title_case, waiting_titles
from infra.tables import AuditRow, EnterpriseRow, TitleRow
from infra.title_decisions import TitleDecision, Verdict, clear_title, decide_title
from infra.titles import (
    UnknownTitle,
    add_title,
    approve_what_is_verified,
    choose_default_title,
    correct_title,
    fingerprint,
    remove_title,
    restore_title,
)
from tests.factories import make_request
from tests.infra.books.conftest import Books

OTHER_TAX_ID = "91330106MACKX4QG41"


def verified(books: Books) -> Party:
    with books.database.read() as session:
        found = session.get_one(EnterpriseRow, books.customer.enterprise_id)
        return Party(found.name, found.tax_id)


def row(books: Books, title_id: int) -> TitleRow:
    with books.database.read() as session:
        return session.get_one(TitleRow, title_id)


def seen(books: Books, title_id: int) -> str:
    return fingerprint(row(books, title_id))


def listed(books: Books, days: int = 0) -> dict[int, Title]:
    with books.database.read() as session:
        found = titles(session, books.customer.enterprise_id, china_date(books.now) + timedelta(days=days))
    return {each.id: each for each in found}


def codes(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Refusal) as refusal:
        act()
    return [problem.code for problem in refusal.value.problems]


def add(books: Books, party: Party, *, check: bool = False) -> int:
    return add_title(books.database, books.customer.enterprise_id, party, books.now, check=check)


def pending(books: Books, name: str = "拾光互动（北京）文化有限公司") -> int:
    return add(books, Party(name, OTHER_TAX_ID), check=True)


def decide(books: Books, title_id: int, verdict: Verdict, reason: str = "", note: str = "") -> None:
    decide_title(books.database, title_id, TitleDecision(verdict, seen(books, title_id), reason, note), books.reviewer, books.now)


def audited(books: Books) -> list[tuple[str, str, str]]:
    with books.database.read() as session:
        assert broken_entries(session, books.customer.enterprise_id) == []
        statement = select(AuditRow).where(AuditRow.tenant == books.customer.enterprise_id).order_by(col(AuditRow.position))
        return [(each.action, each.subject, each.reason) for each in session.exec(statement)]


def test_what_was_verified_is_approved_at_once(books: Books) -> None:
    party = verified(books)
    new = add(books, Party(party.name, "", phone="010-85620000"))
    assert row(books, new).state == TitleState.APPROVED
    assert listed(books)[new].is_usable


def test_what_differs_is_refused_with_the_difference_or_waits_for_a_person(books: Books) -> None:
    party = Party(verified(books).name + "分公司", OTHER_TAX_ID)
    assert codes(lambda: add(books, party)) == ["title-name-differs", "title-tax-id-differs"]
    assert len(listed(books)) == 1
    new = add(books, party, check=True)
    assert listed(books)[new].state == TitleState.PENDING
    with books.database.read() as session:
        [line] = waiting_titles(session, china_date(books.now))
        case = title_case(session, new, china_date(books.now))
    assert line.title.id == new
    assert case is not None
    assert [each.code for each in case.found] == ["title-name-differs", "title-tax-id-differs"]
    decide(books, new, Verdict.APPROVE)
    assert listed(books)[new].is_usable
    assert audited(books) == [("decide-title", f"title:{new}", "")]


def test_a_refused_title_names_the_error_and_is_corrected_and_sent_in_anew(books: Books) -> None:
    new = pending(books)
    assert codes(lambda: decide(books, new, Verdict.REFUSE)) == ["choose-one"]
    assert codes(lambda: decide(books, new, Verdict.REFUSE, "other")) == ["text-blank"]
    decide(books, new, Verdict.REFUSE, "name-not-proved", "执照上没有“文化”")
    refused = listed(books)[new]
    assert (refused.state, refused.refusal, refused.is_usable) == (TitleState.REFUSED, "name-not-proved: 执照上没有“文化”", False)
    party = Party(verified(books).name, "", bank="招商银行")
    assert correct_title(books.database, books.customer.enterprise_id, new, party, refused.seen, books.now) == new
    assert (row(books, new).state, row(books, new).refusal, row(books, new).bank) == (TitleState.APPROVED, "", "招商银行")


def test_of_two_who_decide_the_first_counts(books: Books) -> None:
    new = pending(books)
    looked_at = seen(books, new)
    decide(books, new, Verdict.APPROVE)
    late = TitleDecision(Verdict.REFUSE, looked_at, "name-not-proved")
    assert codes(lambda: decide_title(books.database, new, late, books.reviewer, books.now)) == ["title-decided"]
    other = pending(books, "拾光互动（北京）游戏有限公司")
    looked_at = seen(books, other)
    changed = Party("拾光互动（北京）戏曲有限公司", OTHER_TAX_ID)
    correct_title(books.database, books.customer.enterprise_id, other, changed, looked_at, books.now, check=True)
    stale = TitleDecision(Verdict.APPROVE, looked_at)
    assert codes(lambda: decide_title(books.database, other, stale, books.reviewer, books.now)) == ["title-changed"]


def test_two_decisions_at_once_are_one(books: Books) -> None:
    new = pending(books)
    looked_at = seen(books, new)
    verdicts = [TitleDecision(Verdict.APPROVE, looked_at), TitleDecision(Verdict.REFUSE, looked_at, "name-not-proved")] * 4

    def attempt(decision: TitleDecision) -> int:
        try:
            decide_title(books.database, new, decision, books.reviewer, books.now)
        except Refusal:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, verdicts)) == 1
    assert len(audited(books)) == 1


def test_the_same_title_sent_at_once_is_one_row(books: Books) -> None:
    party = Party(verified(books).name, "", phone="010-85620000")

    def attempt(_number: int) -> int:
        try:
            return add(books, party)
        except Refusal:
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert len({found for found in pool.map(attempt, range(8)) if found}) == 1
    assert len(listed(books)) == 2


def test_an_approved_title_is_changed_only_after_customer_service_opened_it(books: Books) -> None:
    title_id = books.customer.title_id
    books.reserved()
    party = Party(verified(books).name, verified(books).tax_id, bank="招商银行北京望京支行")
    asked = (books.database, books.customer.enterprise_id, title_id, party)
    assert codes(lambda: correct_title(*asked, seen(books, title_id), books.now)) == ["title-approved"]
    assert codes(lambda: clear_title(books.database, title_id, seen(books, title_id), " ", books.reviewer, books.now)) == ["text-blank"]
    clear_title(books.database, title_id, seen(books, title_id), "客户来电：开户行变更", books.reviewer, books.now)
    cleared = listed(books)[title_id]
    assert (cleared.state, cleared.is_usable, cleared.is_default) == (TitleState.CLEARED, False, False)
    assert audited(books) == [("clear-title", f"title:{title_id}", "客户来电：开户行变更")]
    again = codes(lambda: clear_title(books.database, title_id, seen(books, title_id), "再来一次", books.reviewer, books.now))
    assert again == ["title-not-approved"]
    assert correct_title(*asked, cleared.seen, books.now) == title_id
    assert listed(books)[title_id].is_usable
    assert listed(books)[title_id].is_default


def test_a_new_name_after_use_makes_a_new_row_and_the_copy_stays_true(books: Books) -> None:
    title_id = books.customer.title_id
    request = books.reserved()
    before = books.application(request.number)
    clear_title(books.database, title_id, seen(books, title_id), "更名", books.reviewer, books.now)
    party = Party("拾光互动（更名）有限公司", OTHER_TAX_ID)
    new = correct_title(books.database, books.customer.enterprise_id, title_id, party, seen(books, title_id), books.now, check=True)
    assert new != title_id
    assert set(listed(books)) == {new}
    after = books.application(request.number)
    assert (after.title_name, after.title_tax_id, after.title_id) == (before.title_name, before.title_tax_id, title_id)
    assert row(books, title_id).name == before.title_name


@pytest.mark.parametrize("state", [TitleState.PENDING, TitleState.REFUSED, TitleState.CLEARED])
def test_only_an_approved_title_is_taken_by_an_application(books: Books, state: TitleState) -> None:
    request = make_request(books.customer, books.record())
    with books.database.write() as session:
        session.get_one(TitleRow, books.customer.title_id).state = state
    assert [problem.code for problem in books.applications.reserve(request, books.now).problems] == [f"title-{state}"]
    assert books.violations() == {}


def test_a_removed_title_is_not_taken_and_can_be_put_back(books: Books) -> None:
    enterprise_id, title_id = books.customer.enterprise_id, books.customer.title_id
    remove_title(books.database, enterprise_id, title_id, books.now)
    remove_title(books.database, enterprise_id, title_id, books.now)
    assert listed(books) == {}
    refused = books.applications.reserve(make_request(books.customer, books.record()), books.now)
    assert [problem.code for problem in refused.problems] == ["unknown-title"]
    restore_title(books.database, enterprise_id, title_id)
    assert listed(books)[title_id].is_default
    assert not books.applications.reserve(make_request(books.customer, books.record()), books.now).refused


def test_adding_a_removed_title_again_puts_it_back_with_what_was_typed(books: Books) -> None:
    party = verified(books)
    remove_title(books.database, books.customer.enterprise_id, books.customer.title_id, books.now)
    assert add(books, Party(party.name, party.tax_id, bank="招商银行")) == books.customer.title_id
    assert listed(books)[books.customer.title_id].bank == "招商银行"


def test_the_kinds_template_comes_first_then_the_default(books: Books) -> None:
    from domain.invoices import InvoiceKind

    enterprise_id = books.customer.enterprise_id
    plain = add(books, Party(verified(books).name, ""))
    other = pending(books)
    decide(books, other, Verdict.APPROVE)

    def first(kind: InvoiceKind) -> int:
        found = first_title(tuple(listed(books).values()), kind)
        return found.id if found else 0

    assert first(InvoiceKind.SPECIAL) == first(InvoiceKind.ORDINARY) == books.customer.title_id
    assert codes(lambda: choose_default_title(books.database, enterprise_id, plain, "special", books.now)) == ["tax-id-needed"]
    choose_default_title(books.database, enterprise_id, plain, "ordinary", books.now)
    choose_default_title(books.database, enterprise_id, other, "special", books.now)
    assert (first(InvoiceKind.SPECIAL), first(InvoiceKind.ORDINARY)) == (other, plain)
    choose_default_title(books.database, enterprise_id, other, "", books.now)
    choose_default_title(books.database, enterprise_id, plain, "none", books.now)
    assert (first(InvoiceKind.SPECIAL), first(InvoiceKind.ORDINARY)) == (other, other)
    waiting = pending(books, "拾光互动（北京）游戏有限公司")
    assert codes(lambda: choose_default_title(books.database, enterprise_id, waiting, "", books.now)) == ["title-pending"]


def announced(books: Books, days: int = 10, tax_id: str = OTHER_TAX_ID) -> None:
    starts_on = china_date(books.now) + timedelta(days=days)
    announce_tax_id(books.database, books.customer.enterprise_id, books.customer.title_id, tax_id, starts_on, books.now)


def test_an_announced_tax_id_holds_for_applications_from_its_china_day_on(books: Books) -> None:
    title_id, old = books.customer.title_id, verified(books).tax_id
    announced(books, days=1)
    decide(books, title_id, Verdict.APPROVE)
    today = books.reserved()
    assert books.application(today.number).title_tax_id == old
    assert (listed(books)[title_id].tax_id, listed(books)[title_id].next_tax_id) == (old, OTHER_TAX_ID)
    tomorrow = books.later(days=1)
    request = make_request(books.customer, books.record())
    assert not books.applications.reserve(request, tomorrow).refused
    assert books.application(request.number).title_tax_id == OTHER_TAX_ID
    assert books.application(today.number).title_tax_id == old
    shown = listed(books, days=1)[title_id]
    assert (shown.tax_id, shown.old_tax_id, shown.is_usable) == (OTHER_TAX_ID, old, True)
    withdrawing = codes(lambda: withdraw_tax_id(books.database, books.customer.enterprise_id, title_id, tomorrow))
    assert withdrawing == ["tax-id-in-effect"]


def test_an_announced_tax_id_that_nobody_checked_makes_the_title_wait(books: Books) -> None:
    announced(books, days=1)
    assert listed(books)[books.customer.title_id].is_usable
    assert listed(books, days=1)[books.customer.title_id].state == TitleState.PENDING
    refused = books.applications.reserve(make_request(books.customer, books.record()), books.later(days=1))
    assert [problem.code for problem in refused.problems] == ["title-pending"]
    with books.database.read() as session:
        [line] = waiting_titles(session, china_date(books.now))
    assert line.announced
    decide(books, books.customer.title_id, Verdict.REFUSE, "tax-id-not-proved")
    back = listed(books, days=1)[books.customer.title_id]
    assert (back.is_usable, back.tax_id, back.refusal) == (True, verified(books).tax_id, "tax-id-not-proved")


def test_an_announced_tax_id_can_be_withdrawn(books: Books) -> None:
    announced(books)
    withdraw_tax_id(books.database, books.customer.enterprise_id, books.customer.title_id, books.now)
    withdraw_tax_id(books.database, books.customer.enterprise_id, books.customer.title_id, books.now)
    assert listed(books, days=20)[books.customer.title_id].tax_id == verified(books).tax_id


def test_after_a_verification_the_rule_looks_again(books: Books) -> None:
    waiting = pending(books)
    announced(books)
    with books.database.write() as session:
        enterprise = session.get_one(EnterpriseRow, books.customer.enterprise_id)
        enterprise.name, enterprise.tax_id = "拾光互动（北京）文化有限公司", OTHER_TAX_ID
        session.add(enterprise)
        session.flush()
        approve_what_is_verified(session, books.customer.enterprise_id, books.now)
    assert listed(books)[waiting].is_usable
    assert listed(books)[books.customer.title_id].next_tax_id_approved


def test_a_customer_without_a_title_gets_the_verified_one(books: Books) -> None:
    with books.database.write() as session:
        session.delete(session.get_one(TitleRow, books.customer.title_id))
        session.flush()
        approve_what_is_verified(session, books.customer.enterprise_id, books.now)
        approve_what_is_verified(session, books.customer.enterprise_id, books.now)
    [found] = listed(books).values()
    assert (found.party.name, found.tax_id, found.is_default, found.is_usable) == (verified(books).name, verified(books).tax_id, True, True)


def test_another_enterprises_title_is_unknown(books: Books) -> None:
    stranger = Books(books.database).customer.enterprise_id
    title_id = books.customer.title_id
    for act in (
        lambda: correct_title(books.database, stranger, title_id, Party("x"), "", books.now),
        lambda: choose_default_title(books.database, stranger, title_id, "", books.now),
        lambda: announce_tax_id(books.database, stranger, title_id, OTHER_TAX_ID, None, books.now),
        lambda: withdraw_tax_id(books.database, stranger, title_id, books.now),
        lambda: remove_title(books.database, stranger, title_id, books.now),
        lambda: restore_title(books.database, stranger, title_id),
    ):
        with pytest.raises(UnknownTitle):
            act()
    with books.database.read() as session:
        assert title(session, stranger, title_id, china_date(books.now)) is None
        assert session.exec(select(func.count()).select_from(TitleRow).where(TitleRow.enterprise_id == stranger)).one() == 1
