"""What the review desk keeps and reads, on both kinds of database: ready phrases, presence, resubmissions, approvals of several."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from domain.access import Role
from domain.errors import Refusal
from domain.evidence import EvidenceKind
from domain.files import CheckedFile
from domain.lifecycle import ApplicationState
from domain.messages import Note, ReviewDecision, Verdict
from domain.review_phrases import PhraseFor, reason_in
from domain.review_policy import FIRST
from infra.attachments import add_attachment
from infra.books.life import application_life
from infra.books.review import SqlReview
from infra.people import Person
from infra.presence import look_at
from infra.queries.beside import beside_of
from infra.queries.earlier_cases import earlier_of
from infra.queries.presence import GONE_AFTER, lookers
from infra.queries.resubmission import Resubmission, resubmission_of
from infra.queries.review_bulk import MOST, BulkItem, bulk_candidates, bulk_items, bulk_outcomes
from infra.queries.review_phrases import chosen_phrase, kept_phrases, offered_phrases
from infra.queries.review_queue import neighbours, queue
from infra.review_phrases import move_phrase, offer_phrase, retire_phrase, set_phrase
from infra.review_policy import set_policy
from infra.tables import ApplicationRow, AuditRow, ReviewPresenceRow, UserRow
from tests.factories import make_request, make_reviewer
from tests.infra.books.conftest import POLICY, Books


def checked(books: Books, *record_ids: int, at: int = 0, **more: Any) -> str:
    """An application under review, so many seconds after the books' now; gives its number."""
    request = replace(make_request(books.customer, *(record_ids or (books.record(),))), **more)
    assert not books.applications.reserve(request, books.later(seconds=at)).refused
    books.applications.check(request.number, POLICY, books.later(seconds=at))
    return request.number


def rejected(books: Books, number: str, reason: str = "", phrase: str = "") -> None:
    note = Note(application_life(number), f"{number}:n", "reject", books.reviewer, taken=True, reason=reason, phrase=phrase)
    books.applications.end(number, ApplicationState.REJECTED, note, books.now)


# Ready phrases


def codes(books: Books, *verdicts: PhraseFor) -> list[str]:
    with books.database.read() as session:
        return [each.code for each in offered_phrases(session, *verdicts)]


def test_kaipiao_comes_with_the_reasons_that_were_in_the_code(books: Books) -> None:
    assert codes(books) == ["title", "tax-id", "amount", "kind", "receiver", "twice"]
    assert codes(books, PhraseFor.APPROVE) == []


def test_a_decision_keeps_its_phrase_and_reads_well_after_it_got_other_words_and_was_retired(books: Books) -> None:
    number = checked(books)
    decision = ReviewDecision("k", books.reviewer, Verdict.REJECT, 1, reason="第 3 位", phrase="tax-id")
    SqlReview(books.database).decide(number, decision, books.now)
    made = set_phrase(books.database, "tax-id", "税号要改。", "Correct the tax ID.", "reject", books.reviewer, books.now)
    assert made == "tax-id-2"
    assert codes(books)[1] == "tax-id-2", "in the place of the old one"
    retire_phrase(books.database, made, books.reviewer, books.now)
    next_one = checked(books)
    with books.database.read() as session:
        row = session.get_one(ApplicationRow, number)
        chosen = chosen_phrase(session, row.reason_phrase)
        other = session.get_one(ApplicationRow, next_one)
        (earlier,) = earlier_of(session, other, books.now).newest
    assert (row.state, row.reason, row.reason_phrase) == ("rejected", "第 3 位", "tax-id")
    assert reason_in("zh", chosen, row.reason) == "税号与营业执照不一致，请在抬头里改正。 第 3 位"
    assert reason_in("en", earlier.phrase, "") == "The tax ID is not the one of the licence. Please correct it in your titles."
    assert books.violations() == {}


def test_an_approval_keeps_its_phrase_and_an_unknown_code_is_left_out(books: Books) -> None:
    set_phrase(books.database, "", "合同已核。", "The contract was checked.", "approve", books.reviewer, books.now)
    for phrase, kept in (("phrase-1", "phrase-1"), ("nonsense", "")):
        number = checked(books)
        decision = ReviewDecision(f"{number}:d", books.reviewer, Verdict.APPROVE, 1, phrase=phrase)
        books.applications.approve(number, decision, POLICY, books.now)
        assert books.application(number).reason_phrase == kept


def test_the_same_words_again_write_nothing_and_each_change_is_in_the_audit(books: Books) -> None:
    first = offered_of(books)[0]
    same = (first.code, first.chinese, first.english, "reject")
    assert set_phrase(books.database, *same, books.reviewer, books.now) == "title"
    set_phrase(books.database, "", "请补合同。", "Please add the contract.", "ask", books.reviewer, books.now)
    retire_phrase(books.database, "title", books.reviewer, books.now)
    offer_phrase(books.database, "title", books.reviewer, books.now)
    move_phrase(books.database, "twice", books.reviewer, books.now, up=True)
    move_phrase(books.database, "tax-id", books.reviewer, books.now, up=True)  # it is the first
    with books.database.read() as session:
        deeds = session.exec(select(AuditRow.action, AuditRow.subject).order_by(col(AuditRow.position))).all()
    assert [tuple(deed) for deed in deeds] == [
        ("review-phrase-set", "review-phrase:phrase-1"),
        ("review-phrase-retired", "review-phrase:title"),
        ("review-phrase-offered", "review-phrase:title"),
        ("review-phrase-moved", "review-phrase:twice"),
    ]
    assert codes(books, PhraseFor.REJECT) == ["tax-id", "amount", "kind", "twice", "receiver", "title"]


def offered_of(books: Books) -> tuple[Any, ...]:
    with books.database.read() as session:
        return offered_phrases(session)


def test_who_changes_what_another_changed_meanwhile_is_told_who(books: Books) -> None:
    retire_phrase(books.database, "kind", books.reviewer, books.now)
    for act in (
        lambda: set_phrase(books.database, "kind", "改选普票。", "Choose ordinary.", "reject", books.reviewer, books.now),
        lambda: retire_phrase(books.database, "kind", books.reviewer, books.now),
        lambda: move_phrase(books.database, "kind", books.reviewer, books.now, up=True),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        (problem,) = refused.value.problems
        assert (problem.code, problem.params["by"]) == ("phrase-changed", "周审")
    with pytest.raises(Refusal):
        retire_phrase(books.database, "nobody", books.reviewer, books.now)
    with books.database.read() as session:
        (last,) = [each for each in kept_phrases(session) if each.phrase.retired]
    assert (last.phrase.code, last.by) == ("kind", "周审")


# Who looks


def test_who_looks_is_seen_by_the_others_until_the_page_is_gone(books: Books) -> None:
    number, other = checked(books), make_reviewer(books.database)
    look_at(books.database, number, books.reviewer, books.now)
    look_at(books.database, number, books.reviewer, books.later(seconds=10))
    with books.database.read() as session:
        (seen,) = lookers(session, number, other, books.later(seconds=12))
        assert (seen.name, seen.since) == ("周审", books.now)
        assert lookers(session, number, books.reviewer, books.later(seconds=12)) == ()
        assert lookers(session, number, other, books.later(seconds=11) + GONE_AFTER) == ()
    back = books.later(minutes=5)
    look_at(books.database, number, books.reviewer, back)
    with books.database.read() as session:
        assert lookers(session, number, other, back)[0].since == back, "not since the visit before"


def test_rows_of_those_who_left_do_not_pile_up(books: Books) -> None:
    numbers = [checked(books) for _ in range(3)]
    for number in numbers:
        look_at(books.database, number, books.reviewer, books.now)
    look_at(books.database, numbers[0], books.reviewer, books.later(hours=2))
    with books.database.read() as session:
        assert len(session.exec(select(ReviewPresenceRow)).all()) == 1


def viewer(books: Books) -> Person:
    return Person(books.reviewer, "xu", "周审", Role.REVIEWER, None, None, "", "", verified=True, csrf_token="")


def test_the_moving_part_says_how_it_ended_and_what_comes_next(books: Books) -> None:
    first, second = sorted(checked(books) for _ in range(2))
    with books.database.read() as session:
        before = beside_of(session, first, "all", viewer(books), books.now)
    assert before is not None
    assert (before.decided, before.ahead) == (None, second)
    rejected(books, first)
    request = books.reserved()
    cancel = Note(application_life(request.number), "c", "cancel", books.customer.user_id, taken=True)
    books.applications.end(request.number, ApplicationState.CANCELLED, cancel, books.now)
    with books.database.read() as session:
        after = beside_of(session, first, "all", viewer(books), books.now)
        cancelled = beside_of(session, request.number, "all", viewer(books), books.now)
    assert after is not None
    assert after.decided is not None
    assert (after.decided.state, after.decided.by, after.decided.at) == ("rejected", "周审", books.now)
    assert after.stamp != before.stamp
    assert (after.ahead, after.ahead_stamp) == (second, before.ahead_stamp)
    assert cancelled is not None
    assert cancelled.decided is not None
    assert (cancelled.decided.by, cancelled.decided.at) == ("林澈", books.now)


def test_every_place_of_the_queue_knows_its_neighbours_also_where_it_does_not_wait_any_more(books: Books) -> None:
    for place in range(5):
        checked(books, at=place)
    with books.database.read() as session:
        numbers = [row.number for row in queue(session, "all", books.now).rows]
        found = [neighbours(session, "all", books.now, number) for number in numbers]
    assert found == [(before, after) for before, after in zip(["", *numbers[:-1]], [*numbers[1:], ""], strict=True)]
    rejected(books, numbers[2])
    with books.database.read() as session:
        assert neighbours(session, "all", books.now, numbers[2]) == (numbers[1], numbers[3])
        assert neighbours(session, "all", books.now, "KP-261121-99999999") == ("", "")


# A resubmission


def against(books: Books, number: str) -> Resubmission | None:
    with books.database.read() as session:
        return resubmission_of(session, session.get_one(ApplicationRow, number))


def test_a_first_application_is_compared_with_nothing(books: Books) -> None:
    assert against(books, checked(books)) is None


def test_the_same_records_after_a_rejection_are_compared_as_sums(books: Books) -> None:
    both, gone, new = books.record(10_600), books.record(5_300), books.record(2_120)
    before = checked(books, both, gone)
    rejected(books, before, reason="缺合同", phrase="amount")
    checked(books, at=1)  # another one in between, of other records
    number = checked(books, both, new, at=2)
    found = against(books, number)
    assert found is not None
    assert (found.why, found.number, found.state, found.decided_by) == ("records", before, "rejected", "周审")
    assert (found.reason, found.phrase.code if found.phrase else "") == ("缺合同", "amount")
    change = found.records
    assert (change.kept, change.kept_fen, change.kept_before_fen) == (1, 10_600, 10_600)
    assert (change.added, change.added_fen, change.removed, change.removed_fen) == (1, 2_120, 1, 5_300)
    assert not change.same


def test_the_order_of_what_is_compared_with(books: Books) -> None:
    """The same title after an end comes before a mere earlier decision; one that still waits is nothing to compare with."""
    approved = checked(books)
    books.applications.approve(approved, None, POLICY, books.now)
    checked(books, at=1)
    newest = against(books, checked(books, at=2))
    assert newest is not None
    assert (newest.why, newest.number) == ("newest", approved)
    ended = checked(books, at=3)
    books.applications.end(ended, ApplicationState.LAPSED, None, books.now)
    cancelled = checked(books, at=4)
    books.applications.end(cancelled, ApplicationState.CANCELLED, None, books.now)  # nobody judged it
    titled = against(books, checked(books, at=5))
    assert titled is not None
    assert (titled.why, titled.number) == ("title", ended)
    assert (titled.records.kept, titled.records.added, titled.records.removed) == (0, 1, 1)


def test_a_reissue_is_compared_with_the_one_that_was_approved(books: Books) -> None:
    invoice = books.issued()
    rejected(books, checked(books, at=1))
    number = checked(books, at=2)
    with books.database.write() as session:
        session.get_one(ApplicationRow, number).replaces = invoice
    found = against(books, number)
    assert found is not None
    assert (found.why, found.number) == ("replaces", invoice.rpartition("-")[0])


def test_files_are_the_same_by_their_bytes(books: Books) -> None:
    before = checked(books)
    for name, digest in (("合同.pdf", "1" * 64), ("订单.pdf", "2" * 64)):
        _attach(books, before, name, digest)
    rejected(books, before)
    number = checked(books, at=1)
    _attach(books, number, "框架合同.pdf", "1" * 64)
    found = against(books, number)
    assert found is not None
    assert [file.sha256[0] for file in found.before.files] == ["1", "2"]
    assert [(file.sha256[0], file.file_name) for file in found.now.files] == [("1", "框架合同.pdf")]


def _attach(books: Books, number: str, name: str, digest: str) -> None:
    file = CheckedFile(digest, name, "application/pdf", b"x")
    with books.database.write() as session:
        customer = books.customer
        add_attachment(session, file, customer.enterprise_id, application_life(number), customer.user_id, books.now, EvidenceKind.CONTRACT)


# Several at once


def offered(books: Books, person: int = 0, at: int = 0) -> list[str]:
    with books.database.read() as session:
        return [item.number for item in bulk_candidates(session, person or books.reviewer, books.later(seconds=at))]


def judged(books: Books, number: str, person: int = 0) -> BulkItem:
    with books.database.read() as session:
        (item,) = bulk_items(session, [number], person or books.reviewer, books.now)
    return item


def code_of(item: BulkItem) -> str:
    return item.left_out.code if item.left_out is not None else ""


def clean(books: Books, count: int = 1) -> list[str]:
    """Applications without any points, after a first one."""
    checked(books)
    return [checked(books, at=place) for place in range(1, count + 1)]


def test_only_level_1_within_the_line_and_without_an_alarm_is_offered(books: Books) -> None:
    first = checked(books)
    (plain,) = clean(books)
    with books.database.write() as session:
        high = session.get_one(ApplicationRow, checked(books, at=2))
        high.level = 2
    assert code_of(judged(books, first)) == "score", "10 points of a first application"
    assert code_of(judged(books, high.number)) == "level"
    assert first not in offered(books)
    assert plain in offered(books)
    set_policy(books.database, replace(FIRST, bulk_up_to_score=10), "first ones too", 1, books.reviewer, books.now)
    assert {first, plain} <= set(offered(books))
    assert high.number not in offered(books)


def test_an_alarm_is_never_offered_whatever_the_line_says(books: Books) -> None:
    policy = replace(FIRST, bulk_up_to_score=1000, level_2_from_score=999, supervisor_from_score=1000, alarm_asks=False)
    set_policy(books.database, policy, "all of them", 1, books.reviewer, books.now)
    day = (books.now - timedelta(days=150)).date()
    number = checked(books, books.record(10_600, day=day))
    assert code_of(judged(books, number)) == "alarm"
    assert number not in offered(books)


def test_ones_own_and_what_others_are_at_work_on_is_left_out(books: Books) -> None:
    (number,) = clean(books)
    other = make_reviewer(books.database)
    assert code_of(judged(books, number, books.customer.user_id)) == "own"
    look_at(books.database, number, other, books.now)
    assert code_of(judged(books, number)) == "looked-at"
    assert code_of(judged(books, number, other)) == ""
    with books.database.write() as session:
        row = session.get_one(ApplicationRow, number)
        row.claimed_by, row.claimed_at, row.claimed_until = other, books.now, books.later(minutes=30)
    assert code_of(judged(books, number)) == "claimed"
    assert number not in offered(books)
    assert number in offered(books, at=3600), "neither looks nor holds any more"


def test_what_changed_since_it_was_seen_is_left_out(books: Books) -> None:
    number, decided = clean(books, 2)
    seen = {each: judged(books, each).pick for each in (number, decided)}
    _attach(books, number, "合同.pdf", "3" * 64)
    rejected(books, decided)
    with books.database.read() as session:
        items = {item.number: item for item in bulk_items(session, tuple(seen), books.reviewer, books.now, seen)}
    assert code_of(items[number]) == "changed"
    assert code_of(judged(books, number)) == "files", "also of one that is seen anew"
    left = items[decided].left_out
    assert left is not None
    assert (left.code, left.by, left.state) == ("decided", "周审", "rejected")


def test_at_most_so_many_are_offered_in_the_queues_order(books: Books) -> None:
    with books.database.write() as session:
        model = session.get_one(ApplicationRow, clean(books)[0])
        for place in range(MOST + 5):
            values = model.model_dump() | {"number": f"KP-261121-A{place:07d}"}
            session.add(ApplicationRow(**values))
    with books.database.read() as session:
        numbers = [row.number for row in queue(session, "all", books.now, limit=500).rows if row.score == 0]
    assert offered(books) == numbers[:MOST]


def test_outcomes_are_read_by_the_messages_keys(books: Books) -> None:
    taken, refused, waiting = clean(books, 3)
    review = SqlReview(books.database)
    for number, key in ((taken, "k-1"), (refused, "other")):
        decision = ReviewDecision(key, books.reviewer, Verdict.APPROVE, 1)
        assert review.decide(number, decision, books.now).approved
        books.applications.approve(number, decision, POLICY, books.now)
    late = Note(application_life(refused), "k-2", "approve", books.reviewer, taken=False, code="already-issuing")
    books.applications.note(late, books.now)
    with books.database.read() as session:
        keys = {taken: "k-1", refused: "k-2", waiting: "k-3", "KP-261121-99999999": "k-4"}
        found = {each.number: each for each in bulk_outcomes(session, keys)}
        name = session.get_one(UserRow, books.reviewer).name
    assert {number: each.taken for number, each in found.items()} == {taken: True, refused: False, waiting: None}
    assert (found[refused].decided_by, found[refused].state, found[refused].code) == (name, "issuing", "already-issuing")
