"""The sweep of files: pictures of forms never sent, and bytes that no row speaks of; what is used and what is new stays."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from activities.housekeeping import AttachmentActivities, SweepStep
from domain.authentication import AuthenticationState
from domain.files import checked_file
from domain.ports import OutsideUnavailable
from infra.attachments import add_attachment
from infra.books.attachments import SqlAttachments
from infra.evidence import hold_drafts
from infra.store import S3Attachments, prepare_plain_bucket
from infra.tables import AttachmentRow, AuthenticationRow, EnterpriseRow
from tests.fakes import FakeAttachments
from tests.infra.books.conftest import Books
from tests.infra.test_attachments import picture
from workflows.housekeeping import UNSENT_FOR

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LONG_AGO = timedelta(days=2)


def add(books: Books, store: FakeAttachments, colour: int, subject: str, ago: timedelta, enterprise_id: int = 0) -> str:
    """A file with its row, put so long ago; gives its hash."""
    file = checked_file(picture(colour), "a.png")
    store.put(file.content, file.media_type)
    store.moments[file.sha256] = books.now - ago
    with books.database.write() as session:
        add_attachment(session, file, enterprise_id or books.customer.enterprise_id, subject, books.customer.user_id, books.now - ago)
    return file.sha256


def sent(books: Books, number: str, picture_hash: str) -> None:
    with books.database.write() as session:
        session.add(
            AuthenticationRow(
                number=number,
                enterprise_id=books.customer.enterprise_id,
                kind="company",
                name="x",
                licence_number="x",
                legal_person="x",
                contact="x",
                phone="x",
                email="x",
                picture=picture_hash,
                state=AuthenticationState.SUBMITTED,
                submitted_by=books.customer.user_id,
                submitted_at=books.now,
            )
        )


def steps(books: Books, store: FakeAttachments | S3Attachments) -> AttachmentActivities:
    return AttachmentActivities(SqlAttachments(books.database), store)


def day_ago(books: Books) -> SweepStep:
    return SweepStep(books.now - UNSENT_FOR)


def subjects(books: Books) -> set[str]:
    with books.database.read() as session:
        return set(session.exec(select(AttachmentRow.subject)))


def test_a_picture_whose_form_was_not_sent_within_a_day_goes_with_its_bytes(books: Books) -> None:
    store = FakeAttachments()
    unsent = add(books, store, 1, "authentication:RN-1", LONG_AGO)
    new = add(books, store, 2, "authentication:RN-2", UNSENT_FOR - timedelta(minutes=1))
    used = add(books, store, 3, "authentication:RN-3", LONG_AGO)
    sent(books, "RN-3", used)
    ticket = add(books, store, 4, "ticket:KT-1:1", LONG_AGO)
    both = add(books, store, 5, "authentication:RN-4", LONG_AGO)
    add(books, store, 5, "ticket:KT-1:2", LONG_AGO)
    housekeeping = steps(books, store)
    assert housekeeping.forget_unsent(day_ago(books)) == 2
    assert housekeeping.forget_unsent(day_ago(books)) == 0
    assert subjects(books) == {"authentication:RN-2", "authentication:RN-3", "ticket:KT-1:1", "ticket:KT-1:2"}
    assert housekeeping.remove_unused(day_ago(books)) is None
    assert set(store.files) == {new, used, ticket, both}
    assert unsent not in store.files


def test_evidence_of_a_form_that_was_not_sent_within_a_day_goes_and_that_of_an_application_stays(books: Books) -> None:
    store = FakeAttachments()
    add(books, store, 1, "application:KP-261120-NEVERSNT", LONG_AGO)
    new = add(books, store, 2, "application:KP-261120-RIGHTNOW", UNSENT_FOR - timedelta(minutes=1))
    number = books.reserved().number
    used = add(books, store, 3, f"application:{number}", LONG_AGO)
    with books.database.write() as session:  # a stranger's draft under the number of somebody's application is on nothing
        session.add(EnterpriseRow(id=77, billing_account_id="b-77", name="x"))
        session.flush()
    strange = add(books, store, 4, f"application:{number}", LONG_AGO, enterprise_id=77)
    housekeeping = steps(books, store)
    assert housekeeping.forget_unsent(day_ago(books)) == 2
    assert housekeeping.forget_unsent(day_ago(books)) == 0
    assert subjects(books) == {"application:KP-261120-RIGHTNOW", f"application:{number}"}
    assert housekeeping.remove_unused(day_ago(books)) is None
    assert set(store.files) == {new, used}
    assert strange not in store.files


def test_a_form_that_is_sent_keeps_its_evidence_for_another_day(books: Books) -> None:
    store = FakeAttachments()
    add(books, store, 1, "application:KP-261120-SENTLATE", LONG_AGO)
    hold_drafts(books.database, books.customer.user_id, "KP-261120-SENTLATE", books.now)
    assert steps(books, store).forget_unsent(day_ago(books)) == 0
    assert subjects(books) == {"application:KP-261120-SENTLATE"}


def test_bytes_without_a_row_go_after_a_day_and_those_sent_again_meanwhile_stay(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FakeAttachments()
    old, new, again = (store.put(picture(colour), "image/png") for colour in (1, 2, 3))
    for sha256 in (old, again):
        store.moments[sha256] = books.now - LONG_AGO
    listed = store.listed

    def and_then_sent(after: str, most: int) -> list[tuple[str, datetime]]:
        found = listed(after, most)
        store.put(picture(3), "image/png")
        return found

    monkeypatch.setattr(store, "listed", and_then_sent)
    steps(books, store).remove_unused(day_ago(books))
    assert set(store.files) == {new, again}


def test_a_store_that_is_away_is_asked_again_later(books: Books) -> None:
    with pytest.raises(Exception, match="does not answer"):
        steps(books, FakeAttachments(down=1)).remove_unused(day_ago(books))


def test_the_real_store_lists_in_pages_and_knows_when(s3_client: "S3Client", books: Books) -> None:
    prepare_plain_bucket(s3_client, "swept")
    store = S3Attachments(s3_client, "swept")
    hashes = sorted(store.put(picture(colour), "image/png") for colour in range(5))
    seen: list[str] = []
    while page := store.listed(seen[-1] if seen else "", 2):
        seen += [sha256 for sha256, _ in page]
        assert all(abs(put_at - datetime.now(UTC)) < timedelta(minutes=5) for _, put_at in page)
    assert seen == hashes
    assert store.put_at(hashes[0]) is not None
    assert store.put_at("0" * 64) is None
    books.now += LONG_AGO
    steps(books, store).remove_unused(day_ago(books))
    assert store.listed("", 10) == []
    with pytest.raises(OutsideUnavailable):
        store.read(hashes[0])
