"""Reserving: one transaction that takes every record of an application, or none and says why."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlmodel import Session, col, select

from domain.authentication import amount_problems
from domain.calendar import Promise, china_date
from domain.choosing import Choice, Free, Group, choose
from domain.errors import Problem
from domain.invoices import InvoiceKind, Medium
from domain.ledger import Bucket
from domain.lifecycle import ApplicationState
from domain.messages import ApplicationRequest, Reservation
from infra.books.agreements import agreement_problems
from infra.books.arrears import arrears_of, hold_for_arrears, let_go
from infra.books.customers import hold_customers
from infra.books.items import items_of, lock_records, move_items
from infra.books.life import Fact, application_life, tell
from infra.books.plans import note_plan, planned, problems_of_plan
from infra.books.reservation_problems import left, problems_of_choice, problems_of_records, problems_of_request, scope, unprintable
from infra.books.sign_offs import Wanted, begin, stored, wanted
from infra.consents import agree_for_application
from infra.database import Database
from infra.queries.calendar import calendar
from infra.queries.finding_records import ids_of_queries
from infra.queries.scope import utc_or_none
from infra.tables import (
    ApplicationItemRow,
    ApplicationRow,
    ConsumptionRecordRow,
    EnterpriseRow,
    LifeEventRow,
    ReceiverRow,
    TitleRow,
)
from infra.titles import valid_tax_id


def reserve(
    database: Database,
    request: ApplicationRequest,
    now: datetime,
    missing_characters: Callable[[str], set[str]],
    *,
    keys_there: bool = False,
    run: str = "",
) -> Reservation:
    """Take the records for the application, or refuse with every reason. The number makes a repeat give the first answer.

    `run` is the life's own: what one run of a life has reserved is its own for ever, however far it has come since.
    """
    with database.write() as session:
        hold_customers(session, (request.enterprise_id,))
        known = session.get(ApplicationRow, request.number)
        if known is not None:
            return _stored(session, known, request, run, now)
        ticked = _ticked(session, request, china_date(now))
        records = _with_negatives(session, request, ticked)
        if request.replaces:
            # A reissue puts on paper again what was invoiced before: arrears that came since do not stop it.
            let_go(session, records.values(), f"reissue:{request.number}", now)
            records = _with_negatives(session, request, ticked)
        problems = [
            *problems_of_request(session, request, china_date(now)),
            *problems_of_records(session, request, ticked, records, china_date(now)),
            *unprintable(session, request, records, missing_characters),
            *agreement_problems(session, request, keys_there=keys_there),
        ]
        choice = Choice((), 0, 0, 0) if problems else _choose(session, request, records)
        amount = choice.amount_fen
        if not problems:
            problems = problems_of_choice(choice, request)
        plan = planned(request, choice, records)
        if not problems:
            problems = problems_of_plan(request, plan)
        if not problems:
            customer = session.get_one(EnterpriseRow, request.enterprise_id)
            problems = list(amount_problems(customer.kind, amount, request.policy))
        sign_off: Wanted | None = None
        if not problems:
            sign_off, nobody = wanted(session, request, amount, now)
            problems = list(nobody)
        days = calendar(session)
        promise = days.promise(now, request.policy.review_working_days, request.policy.promise_hour)
        application = _application(session, request, problems, amount, promise, days.version, now)
        if application is None:
            return Reservation(problems=tuple(problems))
        if sign_off is not None:
            # Our promise begins when the enterprise has signed it off.
            application.state, application.promised_at = ApplicationState.AWAITING_APPROVAL, None
        note_plan(session, application, request, plan, {records[key].period for key, _ in choice.items}, scope(session, request))
        session.add(application)
        session.flush()
        agree_for_application(session, request, now)
        if not problems:
            _take(session, request, choice, now)
        if sign_off is not None:
            begin(session, application, sign_off, now)
        if request.replaces:
            hold_for_arrears(session, request.enterprise_id, f"reissue:{request.number}", now)
        if sign_off is not None:
            facts: dict[str, Fact] = {"amount_fen": amount, "moment": sign_off.asked.due_at.isoformat(), "run": run}
            tell(session, application_life(request.number), "reserved", "awaiting-approval", now, by=request.applicant_id, facts=facts)
            return Reservation(amount, sign_off=sign_off.asked)
        _tell(session, request, application, promise, run, now)
        return Reservation(problems=tuple(problems)) if problems else Reservation(amount, promise.due_at)


def _stored(session: Session, row: ApplicationRow, request: ApplicationRequest, run: str, now: datetime) -> Reservation:
    """The first answer, for a repeat of the step. A life that starts with a number of the past gets no second one (feature 16).

    A worker that dies in a life's first task has done its steps and told nobody: the same run does them again, each a repeat. What has
    ended meanwhile needs no life any more; what was approved, or waits for its customer, does.
    """
    if row.enterprise_id == request.enterprise_id and row.state == ApplicationState.AWAITING_APPROVAL:
        return Reservation(row.amount_fen, sign_off=stored(session, row.number))
    goes_on = row.state in (ApplicationState.AWAITING_MATERIAL, ApplicationState.ISSUING) and _is_of_run(session, row.number, run)
    first = row.state in (ApplicationState.REVIEWING, ApplicationState.REFUSED)
    if row.enterprise_id != request.enterprise_id or not (first or goes_on):
        return Reservation(problems=(Problem("number", "number-used"),))
    if row.state == ApplicationState.REFUSED:
        return Reservation(problems=tuple(Problem(**problem) for problem in json.loads(row.problems)))
    return Reservation(row.amount_fen, utc_or_none(row.promised_at) or now)


def _is_of_run(session: Session, number: str, run: str) -> bool:
    """Whether this run of a life has reserved it."""
    event = session.get(LifeEventRow, (application_life(number), "reserved"))
    return bool(run) and event is not None and json.loads(event.facts).get("run") == run


def _ticked(session: Session, request: ApplicationRequest, today: date) -> frozenset[int]:
    """The records that were ticked, one by one and by queries."""
    if not request.queries:
        return frozenset(request.record_ids)
    return frozenset((*request.record_ids, *ids_of_queries(session, scope(session, request), request.queries, today)))


def _with_negatives(session: Session, request: ApplicationRequest, ticked: frozenset[int]) -> dict[int, ConsumptionRecordRow]:
    """The ticked records and the negatives bound to them, which come along (feature 9), all locked.

    The negatives are read once their originals are locked: an import that binds one in between would be missed.
    """
    records = lock_records(session, ticked)
    bound = session.exec(
        select(ConsumptionRecordRow.id).where(
            col(ConsumptionRecordRow.original_id).in_(records), ConsumptionRecordRow.enterprise_id == request.enterprise_id
        )
    ).all()
    records |= lock_records(session, {found for found in bound if found is not None} - records.keys())
    return {key: row for key, row in records.items() if key in ticked or left(row) != 0}


def _application(
    session: Session,
    request: ApplicationRequest,
    problems: Sequence[Problem],
    amount_fen: int,
    promise: Promise,
    calendar_version: str,
    now: datetime,
) -> ApplicationRow | None:
    """The application's row, refused or under review. None when title or receiver are nobody's: then there is nothing to show."""
    title = session.get(TitleRow, request.title_id)
    receiver = session.get(ReceiverRow, request.receiver_id)
    if title is None or receiver is None or request.enterprise_id not in {title.enterprise_id} & {receiver.enterprise_id}:
        return None
    return ApplicationRow(
        number=request.number,
        enterprise_id=request.enterprise_id,
        account_id=request.account_id,
        applicant_id=request.applicant_id,
        state=ApplicationState.REFUSED if problems else ApplicationState.REVIEWING,
        kind=InvoiceKind(request.kind),
        medium=Medium(request.medium),
        title_id=request.title_id,
        title_name=title.name,
        title_tax_id=valid_tax_id(title, china_date(now)),
        title_address=title.address,
        title_phone=title.phone,
        title_bank=title.bank,
        title_bank_account=title.bank_account,
        receiver_id=request.receiver_id,
        amount_fen=amount_fen,
        replaces=request.replaces,
        problems=json.dumps([asdict(problem) for problem in problems], ensure_ascii=False),
        submitted_at=now,
        promised_at=None if problems else promise.due_at,
        promise_estimated=promise.estimated,
        calendar_version=calendar_version,
        terms_version=request.terms_version,
        agreed_at=request.agreed_at,
    )


def _choose(session: Session, request: ApplicationRequest, records: Mapping[int, ConsumptionRecordRow]) -> Choice:
    bound: dict[int, list[Free]] = defaultdict(list)
    for key, row in records.items():
        if row.original_id is not None:
            bound[row.original_id].append(Free(key, left(row)))
    ticked = sorted((row.day, key) for key, row in records.items() if row.original_id is None)
    groups = [Group(key, left(records[key]), records[key].held_fen, tuple(bound[key])) for _, key in ticked]
    arrears = 0 if request.replaces else sum(arrears_of(session, request.enterprise_id).values())
    return choose(groups, arrears, request.limit_fen)


def _take(session: Session, request: ApplicationRequest, choice: Choice, now: datetime) -> None:
    for record_id, amount_fen in choice.items:
        session.add(ApplicationItemRow(application_number=request.number, record_id=record_id, amount_fen=amount_fen))
    session.flush()
    items = items_of(session, application=request.number)
    move_items(session, f"reserve:{request.number}", items, now, source=Bucket.AVAILABLE, target=Bucket.RESERVED)


def _tell(session: Session, request: ApplicationRequest, application: ApplicationRow, promise: Promise, run: str, now: datetime) -> None:
    life = application_life(request.number)
    if application.state == ApplicationState.REFUSED:
        tell(session, life, "refused", "refused", now, by=request.applicant_id)
        return
    facts: dict[str, Fact] = {"amount_fen": application.amount_fen, "moment": promise.due_at.isoformat(), "run": run}
    tell(session, life, "reserved", "reserved", now, by=request.applicant_id, facts=facts)
