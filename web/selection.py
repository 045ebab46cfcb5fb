"""What is ticked, and the invoices it would make: for the picker's side and for the application form. Nothing is reserved here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlencode

from sqlmodel import Session

from domain.amounts import yuan
from domain.choosing import Choice, choose
from domain.errors import Problem
from domain.messages import Policy
from domain.split_choice import AS_FEW, SplitChoice, choice_problems, is_statement, queries_by_order
from domain.splitting import NegativeAlone, PlannedInvoice, SplitItem, plan_digest, split, without_idle_moves
from infra.books.arrears import arrears_of
from infra.people import Person
from infra.queries.choice_sums import ChosenSums, choice_sums, is_more
from infra.queries.chosen import accounts_of_queries, taking_applications
from infra.queries.consumption import Record, chosen_records
from infra.queries.finding_records import MOST_CHOSEN, MOST_TICKED, ids_of_queries
from infra.queries.library import account_names, entity_names
from web.wanted import Wanted

MOST_NAMED = 50
"""Lost records named on one page; more of the same help nobody."""


@dataclass(frozen=True, slots=True)
class AccountPart:
    """One account's share of what is ticked, in fen, and the address of its own application."""

    name: str
    ticked_fen: int
    path: str
    stopped: Problem | None = None
    """Why it cannot be applied for as it is."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is ticked, and the invoices it would make. Amounts in fen."""

    records: tuple[Record, ...]
    choice: Choice
    negatives: int
    """That come along in the application and still bring something off."""
    plan: tuple[PlannedInvoice, ...]
    entities: dict[str, str]
    lost: tuple[Record, ...] = ()
    """Ticked and seen by this person, but not to be invoiced now: each says why not."""
    unknown: tuple[int, ...] = ()
    """Ticked, but not there for this person: made up, or somebody else's."""
    wanted: Wanted = field(default_factory=Wanted)
    """What was ticked, but for what is lost or unknown."""
    parts: tuple[AccountPart, ...] = ()
    """Of several accounts that are applied for apart: what each application would have. Empty for one application."""
    apart_only: bool = False
    """Records of several accounts were ticked, and one application over them is not switched on."""
    ticked: int = 0
    """How many records are ticked. `records` has them unless queries find them all: the database adds those up."""
    taken: int = 0
    """How many of them the application has: an amount needs only the oldest."""
    left_fen: int = 0
    """What could be invoiced of all that is ticked, without an amount."""
    upto: tuple[date, int] | None = None
    """Day and id of the newest record that queries tick."""
    more: bool = False
    """The queries find more than one application takes: the oldest are in it."""
    most: int = 0
    """How many one application takes."""
    items: tuple[SplitItem, ...] = ()
    """What the invoices are made of: records, or the sums of them."""
    taken_by: tuple[str, ...] = ()
    """Applications that have what the queries name, when they find nothing."""

    @property
    def stopped(self) -> Problem | None:
        """Why what is ticked cannot be applied for as it is: too many records, or an amount above what they bring."""
        count = self.ticked + len(self.lost) + len(self.unknown)
        return too_many(count, queried=bool(self.wanted.queries)) or self.too_much

    @property
    def too_much(self) -> Problem | None:
        """The amount is above what the ticked records bring, or what is there under the filters of an amount."""
        wanted, choice = self.wanted, self.choice
        if choice.missing_fen or not self.ticked or choice.amount_fen >= wanted.limit_fen:
            return None
        code = "amount-above-there" if wanted.by_amount else "amount-above-ticked"
        return Problem("amount", code, {"amount": yuan(wanted.limit_fen), "most": yuan(choice.amount_fen)})

    @property
    def amount_problem(self) -> Problem | None:
        """What the field of the amount says: that it cannot be read, or is too much."""
        return next((problem for problem in self.wanted.problems if problem.field == "amount"), self.too_much)

    @property
    def can_go_on(self) -> bool:
        """Whether there is something to apply for."""
        return self.amount_fen > 0 and bool(self.plan)

    @property
    def has_statements(self) -> bool:
        """Whether whole monthly statements are in it, which are not split by choice."""
        return not (self.wanted.limit_fen or self.wanted.by_amount) and any(is_statement(query) for query in self.wanted.queries)

    @property
    def plan_digest(self) -> str:
        """What says which invoices were shown."""
        return plan_digest(self.plan)

    @property
    def periods(self) -> tuple[str, ...]:
        """The months that are in it."""
        return tuple(sorted({item.period for item in self.items}))

    @property
    def amount_fen(self) -> int:
        return self.choice.amount_fen

    @property
    def net_fen(self) -> int:
        return sum(invoice.net_fen for invoice in self.plan)

    @property
    def tax_fen(self) -> int:
        return sum(invoice.tax_fen for invoice in self.plan)

    def ticks(self, record: Record) -> bool:
        """Whether a record of a page is ticked, by itself or by a query."""
        return record.why_not is None and (record.id in self.wanted.records or self.finds(record))

    def finds(self, record: Record) -> bool:
        """Whether a query ticks a record."""
        if record.why_not is not None or self.upto is None or (record.day, record.id) > self.upto:
            return False
        return any(query.finds(record.place) for query in self.wanted.queries)

    @property
    def nothing_left(self) -> bool:
        """Something was chosen, and nothing of it can be invoiced now."""
        return not self.ticked and not self.wanted.lacks_amount and bool(self.lost or self.unknown or self.wanted.queries)

    @property
    def lost_problems(self) -> list[Problem]:
        """Why each record that was ticked is not in it; of many the first only."""
        reasons = [record.why_not for record in self.lost if record.why_not is not None]
        reasons += [Problem(f"record-{identity}", "unknown-record") for identity in self.unknown]
        reasons += [Problem("records", "choice-taken", {"application": number}) for number in self.taken_by]
        reasons += self.wanted.problems
        more = len(reasons) - MOST_NAMED
        return reasons[:MOST_NAMED] + ([Problem("records", "more-lost", {"count": str(more)})] if more > 0 else [])


def too_many(count: int, *, queried: bool) -> Problem | None:
    """Where so many records do not fit into one application; those of queries take fewer fields than those ticked one by one."""
    most = MOST_CHOSEN if queried else MOST_TICKED
    return Problem("records", "too-many-ticked", {"max": str(most)}) if count > most else None


def select_records(session: Session, person: Person, wanted: Wanted, today: date, *, apart: bool = False) -> Selection:
    """The ticked records this person may have and that can be invoiced today, with their negatives and the split.

    `apart`: each account is to have an application of its own.
    """
    if wanted.lacks_amount:
        left = _sums(session, person, wanted, today).left_fen if wanted.queries else 0
        return Selection((), Choice((), 0, 0, 0), 0, (), {}, wanted=wanted, most=MOST_CHOSEN, left_fen=left)
    if wanted.queries:
        sums = _select_sums(session, person, wanted, today, apart=apart)
        beside = chosen_records(session, person.scope, wanted.records, today)
        if len(beside) == len(wanted.records) and all(sums.finds(record) for record in beside):
            several = {record.account_id for record in beside} | set(_queried_accounts(session, person, wanted, today))
            return replace(sums, apart_only=len(several) > 1 and not person.consolidated)
    queried = ids_of_queries(session, person.scope, wanted.queries, today, MOST_CHOSEN)
    seen = chosen_records(session, person.scope, {*wanted.records, *queried}, today)
    records = tuple(record for record in seen if record.why_not is None)
    unknown = tuple(sorted(set(wanted.records) - {record.id for record in seen}))
    able = {record.id: record for record in records}
    kept = replace(wanted, records=tuple(identity for identity in wanted.records if identity in able))
    entries = {entry.id: entry for record in records for entry in (record, *record.negatives)}
    arrears = _arrears(session, person) if records else 0
    groups = [record.group for record in records]
    choice = choose(groups, arrears, wanted.limit_fen)
    items = [replace(entries[identity].item, amount_fen=amount) for identity, amount in choice.items]
    negatives = sum(1 for identity, _ in choice.items if identity not in able)
    lost = tuple(record for record in seen if record.why_not is not None)
    ticked_accounts = {record.account_id for record in records if record.id in set(kept.records)}
    ticked_accounts |= set(_queried_accounts(session, person, wanted, today))
    accounts: dict[int, int] = {}
    for record in records:
        accounts[record.account_id] = accounts.get(record.account_id, 0) + record.group_fen
    plan, split_choice = _plan(items, wanted)
    kept = replace(kept, split=split_choice)
    newest = able.get(queried[-1]) if queried else None
    upto = (newest.day, newest.id) if newest else None
    return Selection(
        records,
        choice,
        negatives,
        plan,
        entity_names(session),
        lost,
        unknown,
        kept,
        _parts(session, accounts, records, kept) if apart else (),
        len(ticked_accounts) > 1 and not person.consolidated,
        len(records),
        len(items) - negatives,
        choose(groups, arrears).amount_fen if wanted.limit_fen else choice.amount_fen,
        upto,
        upto is not None and len(queried) >= MOST_CHOSEN and is_more(session, person.scope, wanted.queries, today, upto),
        items=tuple(items),
        most=MOST_CHOSEN,
    )


def _select_sums(session: Session, person: Person, wanted: Wanted, today: date, *, apart: bool) -> Selection:
    """The same for queries, of sums that the database makes: they may find 20,000 records. What is ticked beside them is not in it."""
    found = _sums(session, person, wanted, today)
    if not found.records:
        found = replace(found, choice=Choice((), 0, 0, 0))
    plan, split_choice = _plan(found.items, wanted)
    taken_by = () if found.records else taking_applications(session, person.scope, wanted.queries, today)
    wanted = replace(wanted, split=split_choice)
    return Selection(
        (),
        found.choice,
        found.negatives,
        plan,
        entity_names(session),
        wanted=wanted,
        parts=_parts(session, dict(found.by_account), (), wanted) if apart else (),
        ticked=found.records,
        taken=found.taken,
        left_fen=found.left_fen,
        upto=found.upto,
        more=bool(found.upto and found.records >= MOST_CHOSEN and is_more(session, person.scope, wanted.queries, today, found.upto)),
        items=found.items,
        most=MOST_CHOSEN,
        taken_by=taken_by,
    )


def _sums(session: Session, person: Person, wanted: Wanted, today: date) -> ChosenSums:
    return choice_sums(session, person.scope, wanted.queries, today, _arrears(session, person), wanted.limit_fen, MOST_CHOSEN)


def _queried_accounts(session: Session, person: Person, wanted: Wanted, today: date) -> tuple[int, ...]:
    """Accounts whose records are chosen by order, as all under filters: those go together only by the service (decision 0017)."""
    by_order = queries_by_order(wanted.queries, wanted.limit_fen)
    return accounts_of_queries(session, person.scope, by_order, today) if by_order and not person.consolidated else ()


def _arrears(session: Session, person: Person) -> int:
    return sum(arrears_of(session, person.enterprise_id).values()) if person.enterprise_id else 0


def _plan(items: Sequence[SplitItem], wanted: Wanted) -> tuple[tuple[PlannedInvoice, ...], SplitChoice]:
    """The invoices, and the choice of the split without moves that change nothing. A choice that is not possible makes the plain ones."""
    limit, choice = Policy().single_invoice_limit_fen, wanted.split
    if choice_problems(choice, wanted.queries, wanted.limit_fen):
        return _plan(items, replace(wanted, split=AS_FEW))[0], choice
    try:
        unmoved = split(items, limit_net_fen=limit, choice=replace(choice, own=()))
        choice = without_idle_moves(choice, unmoved)
        return split(items, limit_net_fen=limit, choice=choice) if choice.own else unmoved, choice
    except NegativeAlone:
        return (), choice  # more refunded than paid: nothing to invoice, which the page says by its sum


def _parts(session: Session, accounts: Mapping[int, int], records: Sequence[Record], wanted: Wanted) -> tuple[AccountPart, ...]:
    """What each account would have of its own, from its ticked fen; nothing when there is only one."""
    if len(accounts) < 2:
        return ()
    names = account_names(session, accounts)
    return tuple(_part(identity, names.get(identity, ""), accounts[identity], records, wanted) for identity in sorted(accounts))


def _part(account_id: int, name: str, ticked_fen: int, records: Sequence[Record], wanted: Wanted) -> AccountPart:
    own = {record.id for record in records if record.account_id == account_id}
    queries = tuple(replace(query, account_id=account_id) for query in wanted.queries if query.account_id in (None, account_id))
    narrowed = replace(wanted, records=tuple(identity for identity in wanted.records if identity in own), queries=queries)
    path = "/apply?" + urlencode([*narrowed.fields, *narrowed.split_fields])
    return AccountPart(name, ticked_fen, path, too_many(len(own & set(narrowed.records)), queried=bool(queries)))
