"""The books of the automatic review: what it looks at, what it keeps, and the policy's versions."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from domain.errors import Refusal
from domain.files import CheckedFile
from domain.lifecycle import ApplicationState
from domain.messages import ApplicationRequest, Note
from domain.review import Outcome, read_checks
from domain.review_policy import FIRST, Level, ReviewPolicy
from domain.split_choice import SplitBy, SplitChoice
from infra.attachments import add_attachment
from infra.books.arrears import note_arrears
from infra.books.life import application_life
from infra.database import Database
from infra.queries.review_policy import current_policy, policy_versions, preview
from infra.review_policy import set_policy
from infra.tables import ApplicationRow, AuditRow, ReviewPolicyRow, TitleRow
from tests.factories import make_request
from tests.infra.books.conftest import POLICY, Books
from tests.infra.books.dump import changed, dump

UP_TO_200 = replace(FIRST, automatic_up_to_fen=20_000)


def outcomes(books: Books, number: str) -> dict[str, Outcome]:
    """The checks that found something, as they are kept."""
    return {check.code: check.outcome for check in read_checks(books.application(number).findings) if check.raised}


def checked(books: Books, *record_ids: int, **more: object) -> str:
    """Another application of the customer, checked; gives its number."""
    request = make_request(books.customer, *(record_ids or (books.record(),)))
    request = replace(request, **more)  # type: ignore[arg-type]
    reservation = books.applications.reserve(request, books.now)
    assert not reservation.refused, reservation
    books.applications.check(request.number, POLICY, books.now)
    return request.number


def ended(books: Books, state: ApplicationState = ApplicationState.CANCELLED) -> str:
    """An earlier application that has ended."""
    request = books.reserved()
    note = Note(application_life(request.number), f"{request.number}:n", "reject", books.reviewer, taken=True)
    books.applications.end(request.number, state, note, books.now)
    return request.number


def other_title(books: Books, name: str = "拾光文化传媒（北京）有限公司", *, days_ago: int = 3, **values: Any) -> int:
    values = {"tax_id": "91330106MACKX4QG41", "created_at": books.now - timedelta(days=days_ago), **values}
    with books.database.write() as session:
        row = TitleRow(enterprise_id=books.customer.enterprise_id, name=name, **values)
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def counted(database: Database, policy: ReviewPolicy, books: Books) -> int:
    with database.read() as session:
        seen = current_policy(session).version
    return set_policy(database, policy, "for this test", seen, books.reviewer, books.now)


def test_score_level_and_version_stand_with_the_application(books: Books) -> None:
    number = checked(books)
    row = books.application(number)
    assert (row.score, row.level, row.policy_version) == (10, Level.ONE, 1)
    assert outcomes(books, number) == {"not-the-first-application": Outcome.LOOK}
    assert sum(each["points"] for each in json.loads(row.findings)) == row.score
    assert books.violations() == {}


def test_a_clean_application_passes_up_to_the_policys_amount(books: Books) -> None:
    ended(books)
    counted(books.database, UP_TO_200, books)
    small, large = books.reserved(books.record(20_000)), books.reserved(books.record(20_001))
    assert books.applications.check(small.number, POLICY, books.now).passes is True
    assert books.applications.check(large.number, POLICY, books.now).passes is False
    assert (books.application(small.number).level, books.application(large.number).level) == (Level.NONE, Level.ONE)
    books.applications.approve(small.number, None, POLICY, books.now)
    assert books.violations() == {}


def test_a_lifes_own_limit_counts_where_it_is_higher(books: Books) -> None:
    ended(books)
    policy = replace(POLICY, automatic_approval_up_to_fen=10_600)
    request = books.reserved(policy=policy)
    assert books.applications.check(request.number, policy, books.now).passes is True
    assert books.violations() == {}


def test_a_repeat_gives_what_was_kept_also_after_the_policy_changed(books: Books) -> None:
    ended(books)
    request = books.reserved()
    first = books.applications.check(request.number, POLICY, books.now)
    counted(books.database, UP_TO_200, books)
    before = dump(books.database)
    assert books.applications.check(request.number, POLICY, books.later(days=1)) == first
    assert changed(before, dump(books.database)) == {}
    assert books.application(request.number).policy_version == 1


def test_an_amount_above_the_consumption_of_90_days_alarms(books: Books) -> None:
    ended(books)
    old = books.record(20_000, day=date.fromordinal(books.now.date().toordinal() - 120))
    number = checked(books, old)
    assert outcomes(books, number) == {"amount-within-90-days": Outcome.ALARM, "evidence-is-there": Outcome.LOOK}
    assert (books.application(number).score, books.application(number).level) == (70, Level.TWO)


def test_evidence_that_is_there_is_not_missed(books: Books) -> None:
    ended(books)
    old = books.record(20_000, day=date.fromordinal(books.now.date().toordinal() - 120))
    request = make_request(books.customer, old)
    with books.database.write() as session:
        file = CheckedFile("a" * 64, "合同.pdf", "application/pdf", b"%PDF")
        add_attachment(
            session,
            file,
            books.customer.enterprise_id,
            application_life(request.number),
            books.customer.user_id,
            books.now,
            "contract",
        )
    assert not books.applications.reserve(request, books.now).refused
    books.applications.check(request.number, POLICY, books.now)
    assert outcomes(books, request.number) == {"amount-within-90-days": Outcome.ALARM}


def test_what_the_customer_owes_is_seen(books: Books) -> None:
    ended(books)
    note_arrears(books.database, books.customer.account_id, 500, books.now.date(), books.now)
    number = checked(books, books.record(10_600), books.record(10_600))
    assert outcomes(books, number) == {"no-arrears": Outcome.LOOK}


def test_rejections_of_a_year_are_counted(books: Books) -> None:
    for _ in range(3):
        ended(books, ApplicationState.REJECTED)
    assert outcomes(books, checked(books)) == {"not-rejected-before": Outcome.ALARM}
    with books.database.write() as session:
        for row in session.exec(select(ApplicationRow).where(ApplicationRow.state == "rejected")):
            row.submitted_at = books.now - timedelta(days=366)
    assert outcomes(books, checked(books)) == {}


def test_a_title_that_changed_lately_is_seen_until_it_was_approved(books: Books) -> None:
    ended(books)
    title_id = other_title(books)
    first = checked(books, title_id=title_id)
    assert outcomes(books, first)["title-unchanged"] is Outcome.LOOK
    evidence = {check.code: check.evidence for check in read_checks(books.application(first).findings)}
    assert evidence["title-unchanged"] == {"days": "3", "name_before": "北京拾光互动科技有限公司"}
    books.applications.end(first, ApplicationState.CANCELLED, None, books.now)
    assert "title-unchanged" not in outcomes(books, checked(books, title_id=title_id)), "the same as on the application before"
    own = checked(books)
    assert outcomes(books, own)["title-unchanged"] is Outcome.LOOK, "back to the one before is a change, too"
    books.applications.approve(own, None, POLICY, books.now)
    checked(books, title_id=title_id)
    assert "title-unchanged" not in outcomes(books, checked(books)), "approved before"


def test_a_title_of_long_ago_is_no_change_but_its_new_tax_id_is(books: Books) -> None:
    ended(books)
    old = other_title(books, days_ago=31)
    assert "title-unchanged" not in outcomes(books, checked(books, title_id=old))
    announced = {
        "next_tax_id": "91330106MACKX4QG41",
        "next_tax_id_from": books.now.date() - timedelta(days=5),
        "next_tax_id_approved": True,
    }
    new = other_title(books, "另一家有限公司", days_ago=400, **announced)
    assert outcomes(books, checked(books, title_id=new))["title-unchanged"] is Outcome.LOOK


def test_lines_moved_by_hand_are_unusual_and_a_way_to_split_is_not(books: Books) -> None:
    ended(books)
    assert "usual-split" not in outcomes(books, checked(books, split=SplitChoice(SplitBy.SERVICE)))
    number = checked(books, books.record(service="云服务器"), books.record(service="数据库"))
    with books.database.write() as session:
        row = session.get_one(ApplicationRow, number)
        row.split, row.policy_version = "fewest 0f3a9c11e2b4.B", None
    books.applications.check(number, POLICY, books.now)
    assert outcomes(books, number) == {"usual-split": Outcome.LOOK}


def test_applications_just_under_the_limit_are_unusual_together(books: Books) -> None:
    ended(books)
    counted(books.database, UP_TO_200, books)
    numbers = [checked(books, books.record(19_500)) for _ in range(3)]
    assert [outcomes(books, number) for number in numbers] == [{}, {}, {"usual-split": Outcome.LOOK}]
    evidence = {check.code: check.evidence for check in read_checks(books.application(numbers[2]).findings)}
    assert evidence["usual-split"] == {"by_hand": "0", "count": "3", "limit_fen": "20000"}


def test_a_version_keeps_who_when_and_why_and_is_audited(books: Books) -> None:
    version = set_policy(books.database, UP_TO_200, "  Small ones need nobody ", 1, books.reviewer, books.now)
    with books.database.read() as session:
        newest, first = policy_versions(session)
        (deed,) = session.exec(select(AuditRow).where(AuditRow.action == "review-policy-set"))
    assert version == 2
    assert (newest.version, newest.by, newest.reason, newest.made_at) == (2, "周审", "Small ones need nobody", books.now)
    assert [(each.field, each.before, each.after) for each in newest.changed] == [("automatic_up_to_fen", "0.00", "200.00")]
    assert (first.version, first.by, first.changed, first.policy) == (1, "", (), FIRST)
    assert (deed.subject, deed.reason) == ("review-policy:2", "Small ones need nobody")
    assert json.loads(deed.facts) == {"version": 2, "changed": {"automatic_up_to_fen": ["0.00", "200.00"]}}


def test_the_same_figures_again_write_nothing(books: Books) -> None:
    before = dump(books.database)
    assert set_policy(books.database, FIRST, "", 1, books.reviewer, books.now) == 1
    assert changed(before, dump(books.database)) == {}


@pytest.mark.parametrize(("reason", "code"), [(" ", "policy-reason-needed"), ("因" * 501, "reason-long")])
def test_a_version_needs_a_reason(books: Books, reason: str, code: str) -> None:
    before = dump(books.database)
    with pytest.raises(Refusal) as refused:
        set_policy(books.database, UP_TO_200, reason, 1, books.reviewer, books.now)
    assert [(each.field, each.code) for each in refused.value.problems] == [("reason", code)]
    assert changed(before, dump(books.database)) == {}


def test_the_second_of_two_is_told_who_was_first(books: Books) -> None:
    set_policy(books.database, UP_TO_200, "first", 1, books.reviewer, books.now)
    before = dump(books.database)
    with pytest.raises(Refusal) as refused:
        set_policy(books.database, replace(FIRST, recent_days=7), "second", 1, books.reviewer, books.now)
    (problem,) = refused.value.problems
    assert (problem.code, problem.params) == ("policy-changed", {"by": "周审", "at": books.now.isoformat(), "version": "2"})
    assert changed(before, dump(books.database)) == {}


def test_of_many_at_the_same_moment_one_makes_the_next_version(books: Books) -> None:
    def make(days: int) -> str:
        try:
            set_policy(books.database, replace(FIRST, recent_days=days), "at once", 1, books.reviewer, books.now)
        except Refusal as refusal:
            return refusal.code
        return "made"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(make, range(40, 48)))
    assert sorted(answers) == ["made", *["policy-changed"] * 7]
    with books.database.read() as session:
        assert sorted(session.exec(select(ReviewPolicyRow.version))) == [1, 2]


def test_the_preview_weighs_the_kept_checks_anew(books: Books) -> None:
    """Three applications: the first one ever, a clean one, a clean large one."""
    checked(books)
    checked(books)
    checked(books, books.record(30_000))
    with books.database.read() as session:
        no_limit = preview(session, FIRST)
        up_to_200 = preview(session, UP_TO_200)
        first_free = preview(session, replace(UP_TO_200, people_from_score=11))
        heavy = preview(session, replace(FIRST, points={**FIRST.points, "not-the-first-application": 100}))
    assert (no_limit.applications, no_limit.people(no_limit.now), no_limit.people(no_limit.then)) == (3, 3, 3)
    assert (up_to_200.people(up_to_200.now), up_to_200.people(up_to_200.then)) == (3, 2)
    assert first_free.people(first_free.then) == 1
    assert {level: count for level, count in heavy.then.items() if count} == {Level.SUPERVISOR: 1, Level.ONE: 2}


def test_the_preview_reads_checks_of_before_there_were_points(books: Books) -> None:
    request: ApplicationRequest = books.reserved()
    old = [{"code": "not-the-first-application", "raised": True, "evidence": {}}]
    with books.database.write() as session:
        session.get_one(ApplicationRow, request.number).findings = json.dumps(old)
    with books.database.read() as session:
        found = preview(session, replace(UP_TO_200, people_from_score=11))
    assert (found.people(found.now), found.people(found.then)) == (1, 0)
