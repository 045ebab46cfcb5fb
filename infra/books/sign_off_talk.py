"""What an enterprise's OA is asked about an application, and who is told of a sign-off by mail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.invoices import InvoiceKind, Medium
from domain.messages import Policy, SignOffDecision, SignOffOutcome
from domain.ports import OfficeAddress, OfficeQuestion
from domain.sign_off import SignOffMode, SignOffNews, SignOffNotice, SignOffState
from infra.books.contacts import contact_of
from infra.books.life import application_life, tell
from infra.books.sign_offs import settle
from infra.database import Database, insert_once
from infra.factor_keys import FactorKeys
from infra.queries.scope import utc
from infra.tables import (
    AccountRow,
    ApplicationRow,
    EnterpriseRow,
    NoticeRow,
    SignOffDecisionRow,
    SignOffRow,
    SignOffRuleRow,
    SignOffSeatRow,
    UserRow,
)


def request_id(number: str, version: int) -> str:
    """Our id of a question: one version of one application."""
    return f"{number}:{version}"


def secret_name(enterprise_id: int) -> str:
    """What an OA's sealed secret is bound to."""
    return f"OA of enterprise {enterprise_id}"


class SqlSignOffs:
    """One transaction a call. `keys` open the OAs' secrets."""

    def __init__(self, database: Database, keys: FactorKeys, public_url: str, default_locale: str) -> None:
        self._database = database
        self._keys = keys
        self._public_url = public_url
        self._default_locale = default_locale

    def settle(self, number: str, decision: SignOffDecision, policy: Policy, now: datetime) -> SignOffOutcome:
        return settle(self._database, number, decision, policy, now)

    def question(self, number: str) -> tuple[OfficeAddress, OfficeQuestion] | None:
        with self._database.read() as session:
            row = session.get_one(SignOffRow, number)
            rule = session.get(SignOffRuleRow, row.enterprise_id)
            if row.state != SignOffState.OPEN or not row.by_oa or rule is None or rule.mode != SignOffMode.OA or not rule.oa_url:
                return None
            application = session.get_one(ApplicationRow, number)
            applicant = session.get_one(UserRow, application.applicant_id)
            account = session.get_one(AccountRow, application.account_id)
            address = OfficeAddress(rule.oa_url, self._keys.open_text(rule.oa_secret, secret_name(row.enterprise_id)))
        question = OfficeQuestion(
            request_id=request_id(number, row.version),
            number=number,
            version=row.version,
            amount_fen=application.amount_fen,
            kind=InvoiceKind(application.kind),
            medium=Medium(application.medium),
            title=application.title_name,
            applicant=applicant.name,
            account=account.name,
            due_at=utc(row.due_at),
            page_url=f"{self._public_url}/applications/{number}",
            callback_url=f"{self._public_url}/callbacks/oa/{number}",
        )
        return address, question

    def record_asked(self, number: str, now: datetime) -> None:
        with self._database.write() as session:
            row = session.get_one(SignOffRow, number, with_for_update=True)
            if row.oa_asked_at is None:
                row.oa_asked_at, row.oa_trouble = now, ""
                session.add(row)
                tell(session, application_life(number), "oa-asked", "oa-asked", now)

    def record_trouble(self, number: str, code: str, now: datetime) -> None:
        with self._database.write() as session:
            row = session.get_one(SignOffRow, number, with_for_update=True)
            if row.state == SignOffState.OPEN and row.oa_asked_at is None and row.oa_trouble != code:
                row.oa_trouble = code
                session.add(row)
                tell(session, application_life(number), f"oa-trouble-{code}", "oa-trouble", now, facts={"code": code})

    def owed(self, number: str, news: SignOffNews) -> Sequence[SignOffNotice]:
        with self._database.read() as session:
            row = session.get_one(SignOffRow, number)
            # What waits no more is not asked for again, and how it ended is told once it has.
            ended = news in (SignOffNews.DECLINED, SignOffNews.LAPSED)
            if (row.state != SignOffState.OPEN) is not ended:
                return ()
            told = set(session.execute(select(col(NoticeRow.id)).where(col(NoticeRow.life) == application_life(number))).scalars())
            notices = self._notices(session, row, news)
        return [notice for notice in notices if notice.to and notice.id not in told]

    def record_notice(self, notice: SignOffNotice, now: datetime) -> None:
        life = application_life(notice.number)
        values = {"id": notice.id, "life": life, "channel": "mail", "sent_to": notice.to, "sent_at": now}
        with self._database.write() as session:
            insert_once(session, NoticeRow, values)

    def _notices(self, session: Session, row: SignOffRow, news: SignOffNews) -> list[SignOffNotice]:
        application = session.get_one(ApplicationRow, row.application_number)
        applicant = session.get_one(UserRow, application.applicant_id)
        said = session.get(SignOffDecisionRow, (row.application_number, row.level))
        reason = said.reason if said is not None and news is SignOffNews.DECLINED else ""
        customer = session.get_one(EnterpriseRow, row.enterprise_id)

        def notice(to: str, locale: str, whom: object) -> SignOffNotice:
            return SignOffNotice(
                id=f"sign-off.{row.application_number}.{news}-{row.level}.{whom}",
                number=row.application_number,
                news=news,
                to=to,
                locale=locale or self._default_locale,
                customer=customer.name,
                applicant=applicant.name,
                title=application.title_name,
                amount_fen=application.amount_fen,
                due_at=utc(row.due_at),
                reason=reason,
                by_oa=row.by_oa,
            )

        if news in (SignOffNews.ASKED, SignOffNews.REMINDER) and not row.by_oa:
            return [notice(user.email, user.locale, user.id) for user in _seated(session, row) if user.email_confirmed]
        if news is SignOffNews.ASKED:
            return []  # the OA tells its own people
        address = applicant.email if applicant.email_confirmed and not applicant.disabled else ""
        contact = contact_of(session, row.enterprise_id, self._default_locale)
        return [notice(address, applicant.locale, applicant.id)] if address else [notice(contact.email, contact.locale, "contact")]


def _seated(session: Session, row: SignOffRow) -> Sequence[UserRow]:
    """Those whose turn it is."""
    seat: Any = SignOffSeatRow
    statement = (
        select(UserRow)
        .join(SignOffSeatRow, seat.user_id == col(UserRow.id))
        .where(seat.application_number == row.application_number, seat.waits, ~col(UserRow.disabled))
        .order_by(col(UserRow.id))
    )
    return session.execute(statement).scalars().all()
