"""Whatever can happen to consumption, as steps on the real books, on a clock that goes forward from today."""

import gzip
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, func, select

from domain.back_invoicing import Verdict
from domain.calendar import CHINA, china_date
from domain.choosing import RecordQuery
from domain.lifecycle import ApplicationState, InvoiceState
from domain.messages import ApplicationRequest, Policy, Reservation
from infra import back_invoicing
from infra.back_invoicing import Asked, Decision
from infra.billing_accounts import set_billing_mode
from infra.books.arrears import note_arrears
from infra.books.expiry import expire
from infra.books.imports import Imports
from infra.books.opening import open_periods
from infra.books.statements import charge
from infra.database import Database
from infra.queries.back_invoicing import expired_months
from infra.queries.finding_records import ids_of_queries
from infra.queries.scope import Scope
from infra.tables import (
    AccountRow,
    ApplicationItemRow,
    ApplicationRow,
    ArrearsRow,
    AssistedProductRow,
    EnterpriseRow,
    EntityRow,
    ExchangeRateRow,
    InvoiceRow,
    LedgerEntryRow,
    ServiceClassRow,
    StatementRow,
)
from infra.tables import ConsumptionRecordRow as Record
from tests.billing import billing_csv
from tests.factories import Customer, make_customer, make_request, next_number
from tests.fakes import record_for
from tests.infra.books.conftest import Books

SERVER, LINE, OLD_PLAN = "云服务器 ECS", "云专线", "旧版订阅"
SERVICES = (SERVER, LINE, OLD_PLAN)
"""6 % from Hangzhou, 9 % from Shanghai, and one outside self-service."""
SELLER = "某某软件"
MONTHS_BACK = 14
KNOWN = {"order-known", "order-elsewhere"}


@dataclass(frozen=True, slots=True)
class Charge:
    """A row of a bill. Months count back from this one; `late` months later it was billed, but never in the future."""

    yuan: Decimal
    months_ago: int = 1
    late: int = 0
    day: int = 10
    service: str = SERVER
    account: int = 0
    order: int = 0
    """Which of three order numbers, 0 for usage."""
    corrects: int = 0
    """The order that a negative row corrects."""
    voucher: int = 0
    """Tenths that a voucher paid."""
    currency: str = "CNY"
    seller: bool = False


class History(Books):
    """The books of a customer with two accounts that invoice together, and of a stranger."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.stranger = make_customer(database)
        self.imports = Imports(database)
        self.lines = 0
        self.cut_fen = 1_000_000_000
        """What one invoice of the applications to come may carry."""
        self.policies: dict[str, Policy] = {}
        self._numbers = itertools.count(1)
        with database.write() as session:
            member = AccountRow(enterprise_id=self.customer.enterprise_id, sub_account_id="sub-member", name="成员账号")
            session.add(member)
            session.get_one(EnterpriseRow, self.customer.enterprise_id).consolidated_since = self.now
            _catalogue(session, self.today)
            session.flush()
            assert member.id is not None
            self.member = replace(self.customer, account_id=member.id)
        self.accounts = (self.customer, self.member, self.stranger)

    @property
    def today(self) -> date:
        return china_date(self.now)

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)

    # What comes in

    def bring(self, charges: Sequence[Charge], *, packed: bool = False) -> None:
        """Import a file; and once more, which must change nothing."""
        content = billing_csv(*(self._row(charge) for charge in charges))
        content = gzip.compress(content, mtime=0) if packed else content
        repeated = self.imports.dry_run(content, "bill.csv", self.today).repeated
        report = self.imports.import_file(content, "bill.csv", None, self.today)
        if {problem.code for problem in report.problems} & KNOWN:  # a row of an order that is booked: nothing of the file is
            assert {problem.code for problem in report.problems} <= KNOWN
            return
        assert (report.ok, report.repeated) == (True, repeated), report.problems
        assert report.lines == len(charges)
        assert self.imports.import_file(content, "again.csv", None, self.today).repeated

    def _row(self, charge: Charge) -> dict[str, str]:
        consumed = _months_before(self.today, charge.months_ago)
        billed = _months_before(self.today, max(charge.months_ago - charge.late, 0))
        on = min(date.fromisoformat(f"{consumed}-{charge.day:02d}"), self.today)
        whose = 50 if self.accounts[charge.account] is self.stranger else 0  # nobody else has an order of the same number
        of, entity = self._account(charge.account), "QYSH" if charge.service == LINE else "QY"
        negative = charge.yuan < 0
        with self.database.read() as session:
            issuer = session.get_one(EntityRow, entity).issuer_name
        return {
            **of,
            "BilledCost": f"{charge.yuan:f}",
            "BillingCurrency": charge.currency,
            "BillingPeriodStart": _z(date.fromisoformat(f"{billed}-01")),
            "ChargePeriodStart": _z(on),
            "ChargeCategory": "Adjustment" if negative else "Usage",
            "ServiceName": charge.service,
            "InvoiceIssuerName": issuer,
            "PublisherName": SELLER if charge.seller else issuer,
            "x_VoucherCost": f"{charge.yuan * charge.voucher / 10:f}" if charge.voucher else "",
            "x_OrderNumber": order_number(charge.order + whose) if charge.order and not negative else "",
            "x_OriginalOrderNumber": order_number(charge.corrects + whose) if charge.corrects and negative else "",
        }

    def _account(self, number: int) -> dict[str, str]:
        owner = self.accounts[number]
        with self.database.read() as session:
            enterprise = session.get_one(EnterpriseRow, owner.enterprise_id)
            account = session.get_one(AccountRow, owner.account_id)
            return {"BillingAccountId": enterprise.billing_account_id, "SubAccountId": account.sub_account_id}

    def change_class(self, service: str, rate_bp: int) -> None:
        """What comes from now on is of this rate; what is booked stays as it was."""
        with self.database.write() as session:
            session.merge(ServiceClassRow(match=service, classification_code=f"30402{rate_bp:014d}", category="信息服务", rate_bp=rate_bp))

    def owe(self, account: int, amount_fen: int) -> None:
        note_arrears(self.database, self.accounts[account].account_id, amount_fen, self.today, self.now)

    # What time brings

    def night(self) -> None:
        while expire(self.database, self.today, 100):
            pass

    def statement_day(self) -> None:
        while open_periods(self.database, self.today, 100):
            pass

    def pay_later(self, postpaid: bool) -> None:
        set_billing_mode(self.database, self.customer.enterprise_id, postpaid, "合同 2026-118", self.reviewer, self.now)

    def charge_all(self) -> None:
        with self.database.read() as session:
            due = session.exec(select(StatementRow.id).where(col(StatementRow.postpaid), col(StatementRow.charged_on).is_(None))).all()
        charge(self.database, [each for each in due if each is not None], self.today, self.reviewer, self.now)

    def grant(self, *, granted: bool, days: int) -> None:
        """The customer asks for the newest month that can be granted; a supervisor decides."""
        scope = Scope(self.customer.enterprise_id)
        with self.database.read() as session:
            months = [month.period for month in expired_months(session, scope, self.today) if month.grantable]
        if not months:
            return
        number = f"BK-261121-{next(self._numbers):08d}"
        back_invoicing.ask(self.database, scope, Asked(number, months[0], (), "合同迟到，现在才补开"), self.customer.user_id, self.now)
        verdict = Verdict.GRANT if granted else Verdict.REFUSE
        decision = Decision(verdict, self.today + timedelta(days=days), "" if granted else "太晚了，请核对合同", 1)
        back_invoicing.decide(self.database, number, decision, self.reviewer, self.now)

    # What is chosen

    def tickable(self, owner: Customer) -> list[int]:
        """Records that an account can tick today, oldest first: a master's are all of its enterprise."""
        scope = Scope(owner.enterprise_id, owner.account_id if owner is self.member else None)
        with self.database.read() as session:
            return ids_of_queries(session, scope, [RecordQuery()], self.today)

    def statements(self) -> list[RecordQuery]:
        with self.database.read() as session:
            rows = session.exec(
                select(StatementRow).where(StatementRow.enterprise_id == self.customer.enterprise_id).order_by(col(StatementRow.id))
            )
            return [RecordQuery(row.period, None, row.entity) for row in rows]

    def ids_of(self, queries: Sequence[RecordQuery]) -> list[int]:
        with self.database.read() as session:
            return ids_of_queries(session, Scope(self.customer.enterprise_id), queries, self.today)

    def owed(self, session: Session, enterprise_id: int) -> int:
        """The newest word on each account, added up."""
        rows = session.exec(select(ArrearsRow).where(ArrearsRow.enterprise_id == enterprise_id))
        newest = {row.account_id: row.amount_fen for row in sorted(rows, key=lambda row: (row.as_of, row.id or 0))}
        return sum(newest.values())

    def all_records(self) -> list[int]:
        with self.database.read() as session:
            return [each for each in session.exec(select(Record.id).order_by(col(Record.id))) if each is not None]

    def apply(self, owner: Customer, records: Iterable[int] = (), **values: Any) -> tuple[ApplicationRequest, Reservation]:
        """Reserve; a refusal must have moved nothing, and a repeat gives the same answer."""
        policy = Policy(single_invoice_limit_fen=self.cut_fen)
        request = replace(make_request(owner, *records, number=next_number()), policy=policy, **values)
        self.policies[request.number] = policy
        before = self._entries()
        answer = self.applications.reserve(request, self.now)
        if answer.refused and not request.replaces:  # a reissue lets go of what arrears hold, whatever comes of it
            assert self._entries() == before
        again = self.applications.reserve(request, self.now)
        assert (again.amount_fen, again.problems) == (answer.amount_fen, answer.problems)
        return request, answer

    def _entries(self) -> int:
        with self.database.read() as session:
            return session.exec(select(func.count()).select_from(LedgerEntryRow)).one()

    # What becomes of applications and invoices

    def in_state(self, state: ApplicationState | InvoiceState) -> list[str]:
        """Numbers of applications, or ids of invoices."""
        with self.database.read() as session:
            if isinstance(state, InvoiceState):
                return list(session.exec(select(InvoiceRow.id).where(InvoiceRow.state == state).order_by(col(InvoiceRow.id))))
            row = ApplicationRow
            return list(session.exec(select(row.number).where(row.state == state).order_by(col(row.number))))

    def end(self, number: str, state: ApplicationState) -> None:
        self.applications.end(number, state, None, self.now)

    def approve(self, number: str) -> None:
        orders = self.applications.approve(number, None, self.policies[number], self.now)
        assert orders

    def issue(self, invoice_id: str) -> None:
        record = record_for(self.issuing.claim(invoice_id, 1, red=False).request, self._number(), self.now)
        for _ in range(2):  # the second one is a repeat
            self.issuing.record_issued(invoice_id, record, Policy(), self.now)
        self._end_application_of(invoice_id)

    def refuse(self, invoice_id: str) -> None:
        for _ in range(2):
            self.issuing.record_refused(invoice_id, "buyer-unknown", 1, self.now)
        self._end_application_of(invoice_id)

    def take_back(self, invoice_id: str) -> None:
        record = record_for(self.issuing.claim(invoice_id, 1, red=True).request, self._number(), self.now)
        for _ in range(2):
            self.issuing.record_red_issued(invoice_id, record, self.now)

    def reissue(self, invoice_id: str) -> Reservation:
        """The corrected application, as the return form makes it."""
        with self.database.read() as session:
            invoice = session.get_one(InvoiceRow, invoice_id)
            items = session.exec(select(ApplicationItemRow).where(ApplicationItemRow.invoice_id == invoice_id)).all()
            originals = {item.record_id for item in items if session.get_one(Record, item.record_id).original_id is None}
        owner = next(each for each in self.accounts if each.account_id == invoice.account_id)
        return self.apply(owner, sorted(originals), replaces=invoice_id, limit_fen=invoice.total_fen)[1]

    def _end_application_of(self, invoice_id: str) -> None:
        number = invoice_id.rpartition("-")[0]
        with self.database.read() as session:
            states = list(session.exec(select(InvoiceRow.state).where(InvoiceRow.application_number == number)))
        if InvoiceState.ISSUING not in states:
            refused = states.count(InvoiceState.REFUSED)
            some = ApplicationState.PARTLY_ISSUED if refused else ApplicationState.ISSUED
            self.end(number, ApplicationState.NOT_ISSUED if refused == len(states) else some)

    def _number(self) -> str:
        return f"26332{next(self._numbers):015d}"


def _catalogue(session: Session, today: date) -> None:
    session.add(ServiceClassRow(match="*", classification_code="3040203000000000000", category="信息技术服务", rate_bp=600))
    session.add(ServiceClassRow(match=LINE, classification_code="3030100000000000000", category="电信服务", rate_bp=900))
    session.add(AssistedProductRow(match=OLD_PLAN, reason_zh="旧版", reason_en="Old plan", manager="王经理", hotline="400"))
    first = today - timedelta(days=31 * (MONTHS_BACK + 1))
    for week in range(31 * 2 * MONTHS_BACK // 7):
        day = first + timedelta(days=7 * week)
        session.add(ExchangeRateRow(currency="USD", day=day, rate=f"7.{1000 + 37 * week % 900}", source="test"))


def _months_before(day: date, count: int) -> str:
    months = day.year * 12 + day.month - 1 - count
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def _z(day: date) -> str:
    return datetime.combine(day, time(9), tzinfo=CHINA).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def order_number(number: int) -> str:
    return f"2026101500000000{number:02d}"
