"""Reserving: one transaction that takes every record of an application, or none and says why."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlmodel import Session, col, select

from domain.amounts import yuan
from domain.authentication import amount_problems, invoicing_problems
from domain.calendar import Promise, china_date
from domain.choosing import Choice, Free, Group, Place, choose, parts_of
from domain.eligibility import PAST_LIMITS, RecordFacts, why_not
from domain.errors import Problem
from domain.invoices import InvoiceKind, Medium
from domain.ledger import Bucket
from domain.lifecycle import ApplicationState
from domain.messages import ApplicationRequest, Reservation
from domain.split_choice import queries_by_order
from domain.titles import title_problems
from infra.books.agreements import agreement_problems
from infra.books.arrears import arrears_of, hold_for_arrears, let_go
from infra.books.customers import hold_customers
from infra.books.items import items_of, lock_records, move_items
from infra.books.life import Fact, application_life, tell
from infra.books.plans import note_plan, planned, problems_of_plan
from infra.books.sign_offs import Wanted, begin, stored, wanted
from infra.consents import agree_for_application
from infra.database import Database
from infra.queries.calendar import calendar
from infra.queries.chosen import taking_applications
from infra.queries.finding_records import MOST_CHOSEN, ids_of_queries
from infra.queries.holders import holders
from infra.queries.open_months import out_of
from infra.queries.scope import Scope, utc_or_none
from infra.tables import (
    AccountRow,
    ApplicationItemRow,
    ApplicationRow,
    ConsumptionRecordRow,
    EnterpriseRow,
    EntityRow,
    InvoiceRow,
    LifeEventRow,
    ReceiverRow,
    TitleRow,
)
from infra.titles import party_of, shown_state, usable, valid_tax_id

MOST_NAMED = 50
"""Problems named on one refusal; more of the same help nobody."""


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
            *_problems_of_request(session, request, china_date(now)),
            *_problems_of_records(session, request, ticked, records, china_date(now)),
            *_unprintable(session, request, records, missing_characters),
            *agreement_problems(session, request, keys_there=keys_there),
        ]
        choice = Choice((), 0, 0, 0) if problems else _choose(session, request, records)
        amount = choice.amount_fen
        if not problems:
            problems = _problems_of_choice(choice, request)
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
        note_plan(session, application, request, plan, {records[key].period for key, _ in choice.items}, _scope(session, request))
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


def _left(record: ConsumptionRecordRow) -> int:
    return record.invoiceable_fen - record.reserved_fen - record.invoiced_fen


def _ticked(session: Session, request: ApplicationRequest, today: date) -> frozenset[int]:
    """The records that were ticked, one by one and by queries."""
    if not request.queries:
        return frozenset(request.record_ids)
    return frozenset((*request.record_ids, *ids_of_queries(session, _scope(session, request), request.queries, today)))


def _scope(session: Session, request: ApplicationRequest) -> Scope:
    return Scope(request.enterprise_id, None if _sees_whole_enterprise(session, request) else request.account_id)


def _sees_whole_enterprise(session: Session, request: ApplicationRequest) -> bool:
    account = session.get(AccountRow, request.account_id)
    return account is not None and account.is_master and account.enterprise_id == request.enterprise_id


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
    return {key: row for key, row in records.items() if key in ticked or _left(row) != 0}


def _problems_of_request(session: Session, request: ApplicationRequest, today: date) -> list[Problem]:
    """What is wrong with who applies, the title and where it goes. The form checked before; another may have changed it."""
    problems = []
    enterprise = session.get(EnterpriseRow, request.enterprise_id)
    if enterprise is None or not enterprise.verified:
        problems.append(Problem("enterprise", "not-verified"))
    # A reissue that was asked for before its form had the tick carries no edition.
    if not request.replaces and (request.agreed_at is None or not request.terms_version):
        problems.append(Problem("terms", "terms-needed"))
    title = session.get(TitleRow, request.title_id)
    if title is None or title.enterprise_id != request.enterprise_id or title.removed_at is not None:
        problems.append(Problem("title_id", "unknown-title"))
    elif not usable(title, today):
        problems.append(Problem("title_id", f"title-{shown_state(title, today)}"))
    else:
        problems += title_problems(party_of(title, today), request.kind)
        if enterprise is not None:
            problems += invoicing_problems(enterprise.kind, enterprise.name, party_of(title, today), InvoiceKind(request.kind))
    receiver = session.get(ReceiverRow, request.receiver_id)
    wanted = "postal" if request.medium is Medium.PAPER else "email"
    removed = receiver is not None and receiver.removed_at is not None and not request.replaces  # a reissue goes where the first one went
    if receiver is None or removed or receiver.enterprise_id != request.enterprise_id or receiver.kind != wanted:
        problems.append(Problem("receiver_id", "unknown-receiver"))
    if not request.record_ids and not request.queries:
        problems.append(Problem("records", "nothing-ticked"))
    if request.replaces:
        replaced = session.get(InvoiceRow, request.replaces)
        if replaced is None or replaced.enterprise_id != request.enterprise_id:
            problems.append(Problem("replaces", "unknown-invoice"))
        elif replaced.red_number is None:
            problems.append(Problem("replaces", "not-returned-yet"))
    return problems


def _problems_of_records(
    session: Session, request: ApplicationRequest, ticked: frozenset[int], records: Mapping[int, ConsumptionRecordRow], today: date
) -> list[Problem]:
    sees_all = _sees_whole_enterprise(session, request)
    problems: list[Problem] = []
    if request.queries and not ticked:
        taken_by = taking_applications(session, _scope(session, request), request.queries, today)
        return [Problem("records", "choice-taken", {"application": number}) for number in taken_by] or [Problem("records", "nothing-left")]
    if len(ticked) > MOST_CHOSEN:
        return [Problem("records", "too-many-ticked", {"max": str(MOST_CHOSEN)})]
    if len(set(request.record_ids)) != len(request.record_ids):
        problems.append(Problem("records", "ticked-twice"))
    own = [records[each] for each in request.record_ids if each in records and records[each].enterprise_id == request.enterprise_id]
    by_order = queries_by_order(request.queries, request.limit_fen)
    places = _places(ticked, records) if by_order else {}
    own += [records[key] for key, place in places.items() if any(query.finds(place) for query in by_order)]
    accounts = {record.account_id for record in own} if sees_all else set()
    if len(accounts) > 1 and not request.replaces and not _consolidates(session, request.enterprise_id):
        problems.append(Problem("records", "accounts-apart"))
    named = holders(session, _scope(session, request), [key for key, row in records.items() if row.reserved_fen or row.invoiced_fen])
    out = out_of(session, {(row.enterprise_id, row.period, row.entity) for row in records.values()})
    media = {row.code: row.offers_paper for row in session.exec(select(EntityRow)).all()}
    bound: Counter[int] = Counter()
    for row in records.values():
        if row.original_id is not None:
            bound[row.original_id] += _left(row)
    for record_id in sorted(ticked):
        record = records.get(record_id)
        if record is None or record.enterprise_id != request.enterprise_id or not (sees_all or record.account_id == request.account_id):
            problems.append(Problem(f"record-{record_id}", "unknown-record"))
            continue
        opened = (record.enterprise_id, record.period, record.entity) in out
        reason = why_not(facts_of(record, opened=opened, taken_by=named.get(record_id, "")), today)
        if reason is not None and not (request.replaces and reason.code in PAST_LIMITS):
            problems.append(reason)
        elif _left(record) + bound[record_id] < 0:
            # Its negatives exceed it: the split would refuse them after the approval (I12), so this is said now.
            problems.append(Problem(f"record-{record_id}", "nothing-to-invoice"))
        elif request.medium is Medium.PAPER and not media.get(record.entity, False):
            problems.append(Problem("medium", "electronic-only", {"entity": record.entity}))
        if len(problems) >= MOST_NAMED:
            break
    return problems


def _places(ticked: frozenset[int], records: Mapping[int, ConsumptionRecordRow]) -> dict[int, Place]:
    """What filters ask of the ticked records."""
    orders: dict[int, set[str]] = defaultdict(set)
    for key, row in records.items():
        orders[row.original_id or key].add(row.order_number)
    return {
        key: Place(row.period, row.account_id, row.entity, orders[key], row.rate_bp, _parts(row))
        for key, row in records.items()
        if key in ticked
    }


def _parts(row: ConsumptionRecordRow) -> frozenset[str]:
    return parts_of(row.excluded_fen, row.held_fen, row.reserved_fen, row.invoiced_fen)


def _consolidates(session: Session, enterprise_id: int) -> bool:
    """Whether one application may cover several accounts. A whole statement, or an amount, is the enterprise's anyway."""
    enterprise = session.get(EnterpriseRow, enterprise_id)
    return enterprise is not None and enterprise.consolidated_since is not None


def _unprintable(
    session: Session,
    request: ApplicationRequest,
    records: Mapping[int, ConsumptionRecordRow],
    missing_characters: Callable[[str], set[str]],
) -> list[Problem]:
    title = session.get(TitleRow, request.title_id)
    texts = [("title_id", title.name)] if title is not None else []
    texts += [(f"record-{key}", record.service + record.category + record.unit) for key, record in records.items()]
    return [
        Problem(field, "characters-not-printable", {"characters": "".join(sorted(missing))})
        for field, text in texts
        if (missing := missing_characters(text))
    ]


def facts_of(record: ConsumptionRecordRow, *, opened: bool, taken_by: str = "") -> RecordFacts:
    """What the rules of eligibility need to know of a stored record; `opened`: its statement is out."""
    return RecordFacts(
        record_id=record.id or 0,
        day=record.day,
        period=record.period,
        invoiceable_fen=record.invoiceable_fen,
        reserved_fen=record.reserved_fen,
        invoiced_fen=record.invoiced_fen,
        opened=opened,
        seller=record.seller,
        assisted=record.assisted,
        original_id=record.original_id,
        taken_by=taken_by,
        extended_to=record.extended_to,
    )


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
            bound[row.original_id].append(Free(key, _left(row)))
    ticked = sorted((row.day, key) for key, row in records.items() if row.original_id is None)
    groups = [Group(key, _left(records[key]), records[key].held_fen, tuple(bound[key])) for _, key in ticked]
    arrears = 0 if request.replaces else sum(arrears_of(session, request.enterprise_id).values())
    return choose(groups, arrears, request.limit_fen)


def _problems_of_choice(choice: Choice, request: ApplicationRequest) -> list[Problem]:
    if choice.missing_fen or (not choice.amount_fen and choice.arrears_fen):
        params = {"arrears": yuan(choice.arrears_fen + choice.missing_fen), "ticked": yuan(choice.ticked_fen)}
        return [Problem("records", "arrears-not-covered", params)]
    if choice.amount_fen <= 0:
        return [Problem("records", "nothing-to-invoice")]
    if choice.amount_fen < request.limit_fen and not request.replaces:
        return [Problem("amount", "amount-above-ticked", {"amount": yuan(request.limit_fen), "most": yuan(choice.amount_fen)})]
    if request.expected_fen and request.expected_fen != choice.amount_fen:
        return [Problem("amount", "amount-changed", {"old_fen": str(request.expected_fen), "new_fen": str(choice.amount_fen)})]
    return []


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
