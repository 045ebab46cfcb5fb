"""Why what a customer chose cannot be reserved, as the rows stand."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date

from sqlmodel import Session, select

from domain.amounts import yuan
from domain.authentication import invoicing_problems
from domain.choosing import Choice, Place, parts_of
from domain.eligibility import PAST_LIMITS, RecordFacts, why_not
from domain.errors import Problem
from domain.invoices import InvoiceKind, Medium
from domain.messages import ApplicationRequest
from domain.split_choice import queries_by_order
from domain.titles import title_problems
from infra.queries.chosen import taking_applications
from infra.queries.finding_records import MOST_CHOSEN
from infra.queries.holders import holders
from infra.queries.open_months import out_of
from infra.queries.scope import Scope
from infra.tables import (
    AccountRow,
    ConsumptionRecordRow,
    EnterpriseRow,
    EntityRow,
    InvoiceRow,
    ReceiverRow,
    TitleRow,
)
from infra.titles import party_of, shown_state, usable

MOST_NAMED = 50
"""Problems named on one refusal; more of the same help nobody."""


def left(record: ConsumptionRecordRow) -> int:
    return record.invoiceable_fen - record.reserved_fen - record.invoiced_fen


def scope(session: Session, request: ApplicationRequest) -> Scope:
    return Scope(request.enterprise_id, None if _sees_whole_enterprise(session, request) else request.account_id)


def _sees_whole_enterprise(session: Session, request: ApplicationRequest) -> bool:
    account = session.get(AccountRow, request.account_id)
    return account is not None and account.is_master and account.enterprise_id == request.enterprise_id


def problems_of_request(session: Session, request: ApplicationRequest, today: date) -> list[Problem]:
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


def problems_of_records(
    session: Session, request: ApplicationRequest, ticked: frozenset[int], records: Mapping[int, ConsumptionRecordRow], today: date
) -> list[Problem]:
    sees_all = _sees_whole_enterprise(session, request)
    problems: list[Problem] = []
    if request.queries and not ticked:
        taken_by = taking_applications(session, scope(session, request), request.queries, today)
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
    named = holders(session, scope(session, request), [key for key, row in records.items() if row.reserved_fen or row.invoiced_fen])
    out = out_of(session, {(row.enterprise_id, row.period, row.entity) for row in records.values()})
    media = {row.code: row.offers_paper for row in session.exec(select(EntityRow)).all()}
    bound: Counter[int] = Counter()
    for row in records.values():
        if row.original_id is not None:
            bound[row.original_id] += left(row)
    for record_id in sorted(ticked):
        record = records.get(record_id)
        if record is None or record.enterprise_id != request.enterprise_id or not (sees_all or record.account_id == request.account_id):
            problems.append(Problem(f"record-{record_id}", "unknown-record"))
            continue
        opened = (record.enterprise_id, record.period, record.entity) in out
        reason = why_not(facts_of(record, opened=opened, taken_by=named.get(record_id, "")), today)
        if reason is not None and not (request.replaces and reason.code in PAST_LIMITS):
            problems.append(reason)
        elif left(record) + bound[record_id] < 0:
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


def unprintable(
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


def problems_of_choice(choice: Choice, request: ApplicationRequest) -> list[Problem]:
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
