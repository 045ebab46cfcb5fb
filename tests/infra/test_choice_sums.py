"""What the database adds up for queries is what the records give one by one: the same amounts, the same invoices, to the fen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from domain.calendar import period_of
from domain.choosing import Choice, RecordQuery, choose
from domain.split_choice import SplitBy, SplitChoice
from domain.splitting import PlannedInvoice, split
from infra.database import Database
from infra.queries.choice_sums import choice_sums, is_more
from infra.queries.consumption import chosen_records
from infra.queries.finding_records import ids_of_queries
from infra.queries.scope import Scope
from infra.tables import AccountRow, BalanceRow, ConsumptionRecordRow, EnterpriseRow, ImportBatchRow, StatementRow
from tests.factories import make_entities
from tests.postgres import database  # noqa: F401 - pytest finds fixtures by their names here

TODAY = date(2026, 11, 20)
MOMENT = datetime(2026, 11, 20, tzinfo=UTC)
_numbers = count(1)


@dataclass(frozen=True)
class Stored:
    """A record to be written; `negatives` come bound to it."""

    account: int
    entity: str
    rate_bp: int
    service: str
    days_ago: int
    fen: int
    invoiced_fen: int
    held_fen: int
    opened: bool
    negatives: tuple[int, ...]


@st.composite
def stored(draw: st.DrawFn) -> Stored:
    fen = draw(st.one_of(st.integers(1, 300), st.integers(1, 900_000)))
    invoiced = draw(st.sampled_from([0, 0, 0, fen // 3, fen]))
    return Stored(
        account=draw(st.integers(0, 1)),
        entity=draw(st.sampled_from(["QY", "QYSH"])),
        rate_bp=draw(st.sampled_from([600, 900])),
        service=draw(st.sampled_from(["云服务器", "对象存储", "带宽"])),
        days_ago=draw(st.sampled_from([31, 40, 40, 60, 75, 300])),
        fen=fen,
        invoiced_fen=invoiced,
        held_fen=draw(st.sampled_from([0, 0, 0, (fen - invoiced) // 2, fen - invoiced])),
        opened=draw(st.sampled_from([True, True, True, False])),
        # Some take all of it, some more than there is.
        negatives=draw(st.sampled_from([(), (), (), (-(fen // 4),), (-(fen - invoiced),), (-1, -(fen // 3)), (-(fen + 7),)])),
    )


@dataclass(frozen=True)
class Given:
    records: list[Stored]
    queries: list[tuple[str, int | None, str, int | None]]
    """Month, account (0 or 1), entity, rate."""
    arrears: int
    limit: int
    most: int
    invoice_limit: int
    member: bool
    by: SplitBy


cases = st.builds(
    Given,
    records=st.lists(stored(), max_size=14),
    queries=st.lists(
        st.tuples(
            st.sampled_from(["", "2026-10", "2026-09"]),
            st.sampled_from([None, None, 0, 1]),
            st.sampled_from(["", "QY"]),
            st.sampled_from([None, None, 600]),
        ),
        min_size=1,
        max_size=3,
    ),
    arrears=st.one_of(st.just(0), st.integers(0, 2_000_000)),
    limit=st.one_of(st.just(0), st.integers(1, 2_000_000)),
    most=st.sampled_from([20_000, 3]),
    invoice_limit=st.sampled_from([10_000_000, 200_000, 997]),
    member=st.booleans(),
    by=st.sampled_from(list(SplitBy)),
)


def write(database: Database, wanted: list[Stored]) -> tuple[int, list[int]]:  # noqa: F811
    """A new customer with these records; its id and its two accounts'."""
    number = next(_numbers)
    with database.write() as session:
        make_entities(session)
        batch = f"{number:064d}"
        session.add(ImportBatchRow(id=batch, file_name="x.csv", lines=1, records=1, imported_at=MOMENT, totals="{}"))
        customer = EnterpriseRow(billing_account_id=f"sums-{number}", name="甲", tax_id="", verified=True)
        session.add(customer)
        session.flush()
        accounts = [
            AccountRow(enterprise_id=customer.id or 0, sub_account_id=f"sums-{number}-{n}", name=f"账号 {n}", is_master=not n)
            for n in (0, 1)
        ]
        session.add_all(accounts)
        session.flush()
        ids = [account.id or 0 for account in accounts]
        originals: list[tuple[Stored, ConsumptionRecordRow]] = []
        for place, each in enumerate(wanted):
            original = _row(batch, f"{place}", customer.id or 0, ids[each.account], each, each.fen)
            original.invoiced_fen, original.held_fen = each.invoiced_fen, each.held_fen
            session.add(original)
            session.flush()
            originals.append((each, original))
            for which, fen in enumerate(each.negatives):
                negative = _row(batch, f"{place}-{which}", customer.id or 0, ids[which], each, fen)
                negative.original_id = original.id
                session.add(negative)
        _make_statements(session, originals)
        return customer.id or 0, ids


def _row(batch: str, key: str, enterprise_id: int, account_id: int, each: Stored, fen: int) -> ConsumptionRecordRow:
    day = TODAY - timedelta(days=each.days_ago)
    return ConsumptionRecordRow(
        batch_id=batch,
        natural_key=key,
        enterprise_id=enterprise_id,
        account_id=account_id,
        entity=each.entity,
        rate_bp=each.rate_bp,
        service=each.service,
        category="信息技术服务",
        classification_code="3040203000000000000",
        day=day,
        period=period_of(day + timedelta(days=31 if each.days_ago % 3 == 0 else 0)),  # some were billed late
        gross_fen=fen,
        invoiceable_fen=fen,
    )


def _make_statements(session: Session, originals: Sequence[tuple[Stored, ConsumptionRecordRow]]) -> None:
    """Of the months and entities of which the first record is open; all of them have running totals."""
    opened: dict[tuple[int, str, str], bool] = {}
    for each, row in originals:
        opened.setdefault((row.enterprise_id, row.period, row.entity), each.opened)
    for (enterprise_id, period, entity), is_out in opened.items():
        rows = [row for _, row in originals if (row.period, row.entity) == (period, entity)]
        for account_id, rate_bp in {(row.account_id, row.rate_bp) for row in rows}:
            place: dict[str, Any] = {
                "enterprise_id": enterprise_id,
                "account_id": account_id,
                "period": period,
                "entity": entity,
                "rate_bp": rate_bp,
            }
            session.add(BalanceRow(**place, bucket="consumed", amount_fen=-1))
        if is_out:
            sums: dict[str, Any] = dict.fromkeys(
                ("records", "consumed_fen", "excluded_fen", "seller_fen", "assisted_fen", "invoiceable_fen"), 0
            )
            session.add(StatementRow(enterprise_id=enterprise_id, period=period, entity=entity, made_at=MOMENT, **sums))


def printed(plan: tuple[PlannedInvoice, ...]) -> list[object]:
    """Everything of the invoices but which records they took."""
    return [replace(invoice, taken=()) for invoice in plan]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases)
def test_sums_give_the_amounts_and_invoices_that_the_records_give(database: Database, case: Given) -> None:  # noqa: F811
    customer, accounts = write(database, case.records)
    scope = Scope(customer, accounts[1] if case.member else None)
    queries = [
        RecordQuery(period, None if account is None else accounts[account], entity, "", rate)
        for period, account, entity, rate in case.queries
    ]
    with database.read() as session:
        ids = ids_of_queries(session, scope, queries, TODAY, case.most)
        records = chosen_records(session, scope, ids, TODAY)
        everything = ids_of_queries(session, scope, queries, TODAY)
        sums = choice_sums(session, scope, queries, TODAY, case.arrears, case.limit, case.most)
        more = sums.upto is not None and is_more(session, scope, queries, TODAY, sums.upto)
    entries = {entry.id: entry for record in records for entry in (record, *record.negatives)}
    choice = choose([record.group for record in records], case.arrears, case.limit)
    items = [replace(entries[identity].item, amount_fen=fen) for identity, fen in choice.items]
    assert sums.choice == Choice((), choice.amount_fen, choice.ticked_fen, choice.arrears_fen, choice.missing_fen)
    by = SplitChoice(case.by)
    of_sums = split(sums.items, limit_net_fen=case.invoice_limit, choice=by)
    assert printed(of_sums) == printed(split(items, limit_net_fen=case.invoice_limit, choice=by))
    assert sums.records == len(records) == len(ids) <= case.most
    originals = {record.id for record in records}
    taken = [identity for identity, _ in choice.items]
    assert sums.taken == sum(1 for identity in taken if identity in originals)
    assert sums.negatives == sum(1 for identity in taken if identity not in originals)
    assert sums.left_fen == choose([record.group for record in records], case.arrears).amount_fen
    by_account: dict[int, int] = {}
    for record in records:
        by_account[record.account_id] = by_account.get(record.account_id, 0) + record.group_fen
    assert dict(sums.by_account) == by_account
    assert sums.upto == max(((record.day, record.id) for record in records), default=None)
    assert more is (len(everything) > len(ids))
