"""Any history of consumption keeps the books sound: every fen in one bucket, nothing twice, pages that say what the ledger has.

`KAIPIAO_HISTORIES=500` tries that many histories on each database instead of a few.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from domain.choosing import RecordQuery
from domain.lifecycle import ApplicationState, InvoiceState
from tests.infra.books.histories import SERVER, SERVICES, Charge, History
from tests.infra.books.soundness import Groups, check
from tests.postgres import new_database

HISTORIES = int(os.environ.get("KAIPIAO_HISTORIES", "0"))
A_FEW = {"sqlite": 10, "postgresql": 6}
STEPS = 25
DAYS = 250
"""How far a clock goes: past the time limits, and no further than working days are known."""
CUTS = st.sampled_from([1_000_000_000, 20_000, 5_000])
"""Fen that one invoice may carry."""

_fen = st.integers(1, 60_000).map(lambda fen: Decimal(fen) / 100)
_exact = st.decimals("0.000000001", "20", places=9)
_charges = st.lists(
    st.builds(
        Charge,
        yuan=st.one_of(_fen, _fen, _exact, _fen.map(lambda yuan: -yuan / 4), _exact.map(lambda yuan: -yuan)),
        months_ago=st.sampled_from([0, 1, 1, 1, 2, 5, 6, 7, 11, 13]),
        late=st.sampled_from([0, 0, 0, 1]),
        day=st.integers(1, 28),
        service=st.sampled_from([SERVER, *SERVICES]),
        account=st.sampled_from([0, 0, 1, 2]),
        order=st.sampled_from([0, 0, 1, 2]),
        corrects=st.sampled_from([0, 0, 1, 2]),
        voucher=st.sampled_from([0, 0, 0, 3, 10]),
        currency=st.sampled_from(["CNY", "CNY", "CNY", "USD"]),
        seller=st.sampled_from([False, False, False, True]),
    ),
    min_size=1,
    max_size=8,
)


def _when(state: ApplicationState | InvoiceState) -> Callable[[Any], Any]:
    """A step that something in this state is needed for."""
    return precondition(lambda self: bool(self.history.in_state(state)))


class Histories(RuleBasedStateMachine):
    """Steps in any order; after each of them everything is checked."""

    opened: Callable[[], AbstractContextManager[Any]]

    def __init__(self) -> None:
        super().__init__()
        self._open = self.opened()
        self.history = History(self._open.__enter__())
        self._days = 0

    def teardown(self) -> None:
        self._open.__exit__(None, None, None)

    @invariant()
    def everything_is_sound(self) -> None:
        check(self.history.database, self.history.today)

    @initialize(charges=_charges)
    def begin(self, charges: list[Charge]) -> None:
        self.history.bring([Charge(Decimal("106.00")), Charge(Decimal("318.00"), months_ago=2, order=1), *charges])

    @rule(charges=_charges, packed=st.booleans())
    def bring(self, charges: list[Charge], packed: bool) -> None:
        self.history.bring(charges, packed=packed)

    @rule(service=st.sampled_from([SERVER, *SERVICES]), rate_bp=st.sampled_from([600, 900, 1300]))
    def change_class(self, service: str, rate_bp: int) -> None:
        self.history.change_class(service, rate_bp)

    @precondition(lambda self: self._days < DAYS)
    @rule(days=st.sampled_from([1, 4, 15, 31, 61]))
    def pass_days(self, days: int) -> None:
        self._days += days
        self.history.pass_days(days)

    @rule()
    def night(self) -> None:
        self.history.night()

    @rule()
    def statement_day(self) -> None:
        self.history.statement_day()

    @rule(account=st.integers(0, 2), amount=st.one_of(st.just(0), st.integers(1, 80_000)))
    def owe(self, account: int, amount: int) -> None:
        self.history.owe(account, amount)

    @rule(postpaid=st.booleans())
    def pay_later(self, postpaid: bool) -> None:
        self.history.pay_later(postpaid)

    @rule()
    def charge_all(self) -> None:
        self.history.charge_all()

    @rule(granted=st.booleans(), days=st.integers(1, 60))
    def grant(self, granted: bool, days: int) -> None:
        self.history.grant(granted=granted, days=days)

    @rule(account=st.integers(0, 2), ticks=st.integers(1, 2**12 - 1), data=st.data())
    def tick(self, account: int, ticks: int, data: st.DataObject) -> None:
        """Some of what can be ticked, whole or by amount: it is taken exactly as the rules say."""
        owner = self.history.accounts[account]
        ids = [each for place, each in enumerate(self.history.tickable(owner)) if ticks >> place % 12 & 1]
        if not ids:
            return
        most = self._most(owner.enterprise_id, ids)
        limit = data.draw(st.sampled_from([0, 0, 1, max(1, most // 3), most, most + 1]))
        _, answer = self.history.apply(owner, ids, limit_fen=limit)
        if most <= 0 or limit > most:
            assert answer.refused, (most, limit)
        else:
            assert (answer.amount_fen, answer.problems) == (limit or most, ())

    def _most(self, enterprise_id: int, ids: Sequence[int]) -> int:
        """What can be invoiced of ticked records: all but what arrears hold of them, or what arrears leave (I13)."""
        with self.history.database.read() as session:
            groups = Groups.read(session)
            ticked = sum(groups.net(groups.records[each]) for each in ids)
            held = sum(groups.records[each].held_fen for each in ids)
            owed = self.history.owed(session, enterprise_id)
        return min(ticked - held, ticked - owed)

    @rule(data=st.data())
    def tick_statements(self, data: st.DataObject) -> None:
        """Whole statements: what of them can be ticked, each record once, also when it is ticked by itself."""
        statements = self.history.statements()
        if not statements:
            return
        chosen = data.draw(st.lists(st.sampled_from(statements), min_size=1, max_size=3, unique=True))
        ids = self.history.ids_of(chosen)
        most = self._most(self.history.customer.enterprise_id, ids) if ids else 0
        _, answer = self.history.apply(self.history.customer, ids[:1], queries=tuple(chosen))
        assert answer.amount_fen == max(most, 0)
        assert answer.refused is (most <= 0)

    @rule(limit=st.integers(1, 100_000))
    def by_amount(self, limit: int) -> None:
        everything = RecordQuery()
        ids = self.history.ids_of([everything])
        most = self._most(self.history.customer.enterprise_id, ids) if ids else 0
        _, answer = self.history.apply(self.history.customer, queries=(everything,), limit_fen=limit)
        assert answer.amount_fen == (limit if limit <= most else 0)

    @rule(data=st.data())
    def tick_anything(self, data: st.DataObject) -> None:
        """Also what cannot be ticked, of anybody: what is taken is right, whatever it is."""
        records = self.history.all_records()
        ids = data.draw(st.lists(st.sampled_from(records), min_size=1, max_size=4))
        owner = data.draw(st.sampled_from(self.history.accounts))
        cannot = set(ids) - set(self.history.tickable(owner))
        _, answer = self.history.apply(owner, ids)
        assert answer.refused or not cannot

    @_when(ApplicationState.REVIEWING)
    @rule(data=st.data(), state=st.sampled_from([ApplicationState.CANCELLED, ApplicationState.REJECTED, ApplicationState.LAPSED]))
    def end_review(self, data: st.DataObject, state: ApplicationState) -> None:
        self.history.end(self._one(data, ApplicationState.REVIEWING), state)

    @_when(ApplicationState.REVIEWING)
    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        self.history.approve(self._one(data, ApplicationState.REVIEWING))

    @rule(limit=CUTS)
    def cut_invoices_at(self, limit: int) -> None:
        self.history.cut_fen = limit

    @_when(InvoiceState.ISSUING)
    @rule(data=st.data(), refused=st.sampled_from([False, False, True]))
    def issue(self, data: st.DataObject, refused: bool) -> None:
        invoice_id = self._one(data, InvoiceState.ISSUING)
        self.history.refuse(invoice_id) if refused else self.history.issue(invoice_id)

    @_when(InvoiceState.ISSUED)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        self.history.take_back(self._one(data, InvoiceState.ISSUED))

    @_when(InvoiceState.ISSUED)
    @rule(data=st.data())
    def take_back_and_reissue(self, data: st.DataObject) -> None:
        """With nothing in between the same amount is there again, whatever was owed or expired since."""
        invoice_id = self._one(data, InvoiceState.ISSUED)
        total = self.history.invoice(invoice_id).total_fen
        self.history.take_back(invoice_id)
        answer = self.history.reissue(invoice_id)
        assert (answer.amount_fen, answer.problems) == (total, ())

    @_when(InvoiceState.RETURNED)
    @rule(data=st.data())
    def reissue_later(self, data: st.DataObject) -> None:
        self.history.reissue(self._one(data, InvoiceState.RETURNED))

    def _one(self, data: st.DataObject, state: ApplicationState | InvoiceState) -> str:
        return data.draw(st.sampled_from(self.history.in_state(state)))


@pytest.mark.parametrize("kind", A_FEW)
def test_any_history_keeps_the_books_sound(kind: str) -> None:
    machine: Any = type("HistoriesOn", (Histories,), {"opened": staticmethod(lambda: new_database(kind))})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=HISTORIES or A_FEW[kind],
            stateful_step_count=STEPS,
            deadline=None,
            # Shrinking takes minutes; a history is short enough to be read as it was found.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_refund_billed_to_another_account_in_a_month_of_its_own_comes_along() -> None:
    """Found by chance: the statement of an account that has nothing in the refund's month."""
    with new_database("sqlite") as database:
        history = History(database)
        history.bring([Charge(Decimal("1.00"), months_ago=2, account=1, order=2)])
        history.statement_day()
        history.bring([Charge(Decimal("-0.40"), months_ago=13, account=0, corrects=2)])
        check(database, history.today)
