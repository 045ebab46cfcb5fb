"""What the automatic review looks at, read at the moment of the checks."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session

from domain.calendar import china_date
from domain.lifecycle import ApplicationState
from domain.messages import Policy
from domain.review import ReviewFacts
from domain.review_policy import ReviewPolicy
from domain.split_choice import read_choice
from infra.books.arrears import arrears_of
from infra.books.items import items_of, lock_records
from infra.books.plans import plan_of
from infra.queries.evidence import evidence_mark, evidence_of
from infra.queries.scope import utc
from infra.tables import ApplicationRow, ConsumptionRecordRow, EnterpriseRow, TitleRow
from infra.titles import valid_tax_id

A_YEAR = timedelta(days=365)
MOST_LATELY = 200
"""Of a customer's recent applications, so many are looked at for an unusual split."""
APPROVED = (ApplicationState.ISSUING, ApplicationState.ISSUED, ApplicationState.PARTLY_ISSUED)


def review_facts(session: Session, application: ApplicationRow, policy: Policy, weights: ReviewPolicy, now: datetime) -> ReviewFacts:
    """The facts of one application. `policy` is its life's; `weights` says how far back is recent."""
    enterprise = session.get_one(EnterpriseRow, application.enterprise_id)
    record: Any = ConsumptionRecordRow
    since = china_date(now) - timedelta(days=policy.alarm_days)
    consumed = select(func.coalesce(func.sum(record.gross_fen), 0)).where(record.enterprise_id == enterprise.id, record.day >= since)
    row: Any = ApplicationRow
    others = (row.enterprise_id == application.enterprise_id, row.number != application.number)
    rejected = case(((row.state == ApplicationState.REJECTED) & (row.submitted_at >= now - A_YEAR), 1), else_=0)
    before, rejections = session.execute(select(func.count(), func.coalesce(func.sum(rejected), 0)).where(*others)).one()
    lately = select(row.amount_fen).where(*others, row.submitted_at >= now - timedelta(days=weights.recent_days))
    lately = lately.where(row.state != ApplicationState.REFUSED).order_by(row.submitted_at.desc()).limit(MOST_LATELY)
    changed_days, name_before = _change_of_title(session, application, now)
    files = evidence_of(session, application.number)
    choice = read_choice(application.split)
    return ReviewFacts(
        amount_fen=application.amount_fen,
        consumed_90_days_fen=int(session.execute(consumed).scalar_one()),
        title_name=application.title_name,
        title_tax_id=application.title_tax_id,
        real_name=enterprise.name,
        real_tax_id=enterprise.tax_id,
        is_first=not before,
        rejected_before=int(rejections),
        title_changed_days=changed_days,
        name_before=name_before,
        owed_fen=sum(arrears_of(session, application.enterprise_id).values()),
        files=tuple(each.kind for each in files),
        files_mark=evidence_mark(files),
        lines_by_hand=len(choice.own),
        invoices_net_fen=() if choice.is_plain else _invoices(session, application, policy),
        invoice_limit_fen=policy.single_invoice_limit_fen,
        lately_fen=tuple(session.execute(lately).scalars()),
    )


def _change_of_title(session: Session, application: ApplicationRow, now: datetime) -> tuple[int | None, str]:
    """How many China days ago name or tax id became other than on the application before this one, and the name there.

    None where they are the same, where there was none before, and where this name and tax id were approved meanwhile.
    """
    row: Any = ApplicationRow
    others = (row.enterprise_id == application.enterprise_id, row.number != application.number, row.state != ApplicationState.REFUSED)
    newest = select(row.title_name, row.title_tax_id).where(*others).order_by(row.submitted_at.desc(), row.number.desc()).limit(1)
    before = session.execute(newest).first()
    same = (application.title_name, application.title_tax_id)
    if before is None or tuple(before) == same:
        return None, ""
    known = select(row.number).where(*others, row.title_name == same[0], row.title_tax_id == same[1], row.state.in_(APPROVED))
    if session.execute(known.limit(1)).first() is not None:
        return None, ""
    today = china_date(now)
    title = session.get_one(TitleRow, application.title_id)
    days = [china_date(utc(title.created_at))]
    if title.next_tax_id_from is not None and valid_tax_id(title, today) == title.next_tax_id:
        days.append(title.next_tax_id_from)
    return max((today - max(days)).days, 0), before.title_name


def _invoices(session: Session, application: ApplicationRow, policy: Policy) -> tuple[int, ...]:
    items = items_of(session, application=application.number)
    plan = plan_of(application, items, lock_records(session, (item.record_id for item in items)), policy)
    return tuple(invoice.net_fen for invoice in plan)
