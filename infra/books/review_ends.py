"""Who is told that a review ended without invoices, by mail (`domain.review_notices.ReviewEndBooks`)."""

from collections.abc import Sequence
from datetime import datetime

from domain.lifecycle import ApplicationState
from domain.material import MaterialState
from domain.review_notices import ReviewEndNotice
from domain.review_phrases import reason_in
from infra.books.contacts import contact_of
from infra.books.life import application_life
from infra.books.material import newest_round
from infra.database import Database, insert_once
from infra.queries.review_phrases import chosen_phrase
from infra.tables import ApplicationRow, EnterpriseRow, NoticeRow, UserRow


class SqlReviewEnds:
    """One transaction a call. The applicant is told, or whom the company is reached by when the applicant cannot be."""

    def __init__(self, database: Database, default_locale: str) -> None:
        self._database = database
        self._default_locale = default_locale

    def owed(self, key: str, now: datetime) -> Sequence[ReviewEndNotice]:  # noqa: ARG002 (as the other books of notices)
        with self._database.read() as session:
            row, notice_id = session.get(ApplicationRow, key), f"review-end.{key}"
            told = session.get(NoticeRow, notice_id)
            if row is None or told is not None or row.state not in {ApplicationState.REJECTED, ApplicationState.LAPSED}:
                return ()
            last = newest_round(session, key)
            if last is not None and last.state == MaterialState.LAPSED:
                return ()  # what lapsed for want of material is told with the material
            applicant = session.get_one(UserRow, row.applicant_id)
            contact = contact_of(session, row.enterprise_id, self._default_locale)
            own = applicant.email if applicant.email_confirmed and not applicant.disabled else ""
            locale = (applicant.locale or self._default_locale) if own else contact.locale
            to = own or contact.email
            if not to:
                return ()
            return (
                ReviewEndNotice(
                    id=notice_id,
                    number=key,
                    to=to,
                    locale=locale,
                    state=row.state,
                    customer=session.get_one(EnterpriseRow, row.enterprise_id).name,
                    title=row.title_name,
                    amount_fen=row.amount_fen,
                    reason=reason_in(locale, chosen_phrase(session, row.reason_phrase), row.reason),
                ),
            )

    def record(self, notice: ReviewEndNotice, now: datetime) -> None:
        life = application_life(notice.number)
        values = {"id": notice.id, "life": life, "channel": "mail", "sent_to": notice.to, "sent_at": now}
        with self._database.write() as session:
            insert_once(session, NoticeRow, values)
