"""What our own tables know about a billing line: whose it is, who issues, which tax class and which exchange rate."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, select

from domain.calendar import period_of
from domain.consumption import CNY, PricedLine, TaxClass, assisted_product, rate_day, rate_on, seller_of, tax_class_of
from domain.focus import SHOWN, BillingLine, RowProblem
from domain.focus_file import EXACT
from infra.tables import AccountRow, AssistedProductRow, EnterpriseRow, EntityRow, ExchangeRateRow, ServiceClassRow


@dataclass(slots=True)
class _Account:
    id: int
    enterprise_id: int
    is_master: bool


@dataclass(slots=True)
class References:
    """The tables that an import looks things up in, read once."""

    today: date
    enterprises: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, _Account] = field(default_factory=dict)
    masters: dict[int, _Account] = field(default_factory=dict)
    entities: dict[str, str] = field(default_factory=dict)
    """Code by the issuer's name in billing files."""
    our_names: set[str] = field(default_factory=set)
    classes: dict[str, TaxClass] = field(default_factory=dict)
    rates: dict[str, list[tuple[date, Decimal]]] = field(default_factory=lambda: defaultdict(list))
    assisted: dict[str, date | None] = field(default_factory=dict)
    """Products outside self-service, with the day before which they are."""
    _rate_cache: dict[tuple[str, str], Decimal | None] = field(default_factory=dict)

    @staticmethod
    def read(session: Session, today: date) -> "References":
        """Everything, from the database. Enterprises and accounts are a few thousand rows, far fewer than lines."""
        found = References(today)
        for enterprise in session.execute(select(col(EnterpriseRow.id), col(EnterpriseRow.billing_account_id))):
            found.enterprises[enterprise.billing_account_id] = enterprise.id
        columns = select(col(AccountRow.id), col(AccountRow.enterprise_id), col(AccountRow.sub_account_id), col(AccountRow.is_master))
        for row in session.execute(columns):
            found.add_account(row.sub_account_id, _Account(row.id, row.enterprise_id, row.is_master))
        for entity in session.exec(select(EntityRow)):
            found.entities[entity.issuer_name] = entity.code
            found.our_names |= {entity.issuer_name, entity.name, *filter(None, [entity.provider_name])}
        for service in session.exec(select(ServiceClassRow)):
            found.classes[service.match] = TaxClass(service.classification_code, service.category, service.rate_bp, service.unit)
        for product in session.exec(select(AssistedProductRow)):
            found.assisted[product.match] = product.bought_before
        for rate in session.exec(select(ExchangeRateRow)):
            found.rates[rate.currency].append((rate.day, Decimal(rate.rate)))
        return found

    def add_account(self, sub_account_id: str, account: _Account) -> None:
        self.accounts[sub_account_id] = account
        if account.is_master:
            self.masters[account.enterprise_id] = account

    def rate(self, currency: str, billed_in: str) -> Decimal | None:
        """Yuan for one unit of the currency, for a billing month; None when no rate is near enough."""
        if currency == CNY:
            return Decimal(1)
        key = (currency, billed_in)
        if key not in self._rate_cache:
            self._rate_cache[key] = rate_on(rate_day(billed_in, self.today), self.rates.get(currency, ()))
        return self._rate_cache[key]

    def price(self, line: BillingLine) -> PricedLine | list[RowProblem]:
        """The line with all that is known, or everything that is not.

        Codes: enterprise-unknown, account-unknown, account-elsewhere (of another payer), account-needed (no
        SubAccountId, and the payer has no master account), issuer-unknown, class-missing, month-ahead, day-ahead,
        rate-missing (currency, day).
        """
        problems: list[RowProblem] = []

        def wrong(column: str, value: str, code: str, **params: str) -> None:
            problems.append(RowProblem(line.line, column, value[:SHOWN], code, params))

        enterprise_id = self.enterprises.get(line.billing_account_id)
        account = self._account(line, enterprise_id)
        if enterprise_id is None:
            wrong("BillingAccountId", line.billing_account_id, "enterprise-unknown")
        elif account is None:
            wrong("SubAccountId", line.sub_account_id, "account-unknown" if line.sub_account_id else "account-needed")
        elif account.enterprise_id != enterprise_id:
            wrong("SubAccountId", line.sub_account_id, "account-elsewhere")
        entity = self.entities.get(line.issuer)
        if entity is None:
            wrong("InvoiceIssuerName", line.issuer, "issuer-unknown")
        tax_class = tax_class_of(line, self.classes)
        if tax_class is None:
            wrong("ServiceName", line.service, "class-missing")
        if line.billed_in > period_of(self.today):
            wrong("BillingPeriodStart", line.billed_in, "month-ahead")
        elif line.day > self.today:
            wrong("ChargePeriodStart", line.day.isoformat(), "day-ahead")
        rate = self.rate(line.currency, line.billed_in)
        if rate is None:
            day = rate_day(line.billed_in, self.today)
            wrong("BillingCurrency", line.currency, "rate-missing", currency=line.currency, day=day.isoformat())
        if problems or enterprise_id is None or account is None or entity is None or tax_class is None or rate is None:
            return problems
        return PricedLine(
            line=line,
            enterprise_id=enterprise_id,
            account_id=account.id,
            entity=entity,
            tax_class=tax_class,
            seller=(seller := seller_of(line, self.our_names)),
            assisted="" if seller else assisted_product(line.service, line.day, self.assisted),
            rate=rate,
            cost_yuan=EXACT.multiply(line.billed_cost, rate),
            parts_yuan=_in_yuan(line, rate),
        )

    def _account(self, line: BillingLine, enterprise_id: int | None) -> _Account | None:
        """A row without a sub account is the payer's own: it goes to the master account."""
        if line.sub_account_id:
            return self.accounts.get(line.sub_account_id)
        return None if enterprise_id is None else self.masters.get(enterprise_id)


def _in_yuan(line: BillingLine, rate: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    voucher, coupon, bonus = (EXACT.multiply(part, rate) for part in line.excluded_parts)
    return voucher, coupon, bonus


class Newcomers:
    """Makes the enterprises, accounts and entities that a foreign file names and we do not know: for trying a file.

    What is made can do nothing: enterprises are not verified, entities have no tax id and no province, so neither
    apply nor issue. Without a session (dry run) they get ids below 0 that never leave the report.
    """

    def __init__(self, references: References, session: Session | None) -> None:
        self.references = references
        self.session = session
        self._next_id = -1

    def make(self, lines: Iterable[BillingLine]) -> None:
        for line in lines:
            self._entity(line.issuer)
            enterprise_id = self._enterprise(line)
            if line.sub_account_id:
                self._account(line.sub_account_id, line.sub_account_name, enterprise_id, is_master=False)
            elif enterprise_id not in self.references.masters:
                self._account(line.billing_account_id, line.billing_account_name, enterprise_id, is_master=True)

    def _entity(self, issuer: str) -> None:
        if issuer in self.references.entities:
            return
        number = 1
        while (code := f"EXT{number}") in self.references.entities.values():
            number += 1
        self.references.entities[issuer] = code
        self.references.our_names.add(issuer)
        self._store(EntityRow(code=code, name=issuer, issuer_name=issuer, tax_id="", province="", offers_paper=False))

    def _enterprise(self, line: BillingLine) -> int:
        known = self.references.enterprises.get(line.billing_account_id)
        if known is not None:
            return known
        name = line.billing_account_name or line.billing_account_id
        row = EnterpriseRow(billing_account_id=line.billing_account_id, name=name, verified=False)
        return self.references.enterprises.setdefault(line.billing_account_id, self._store(row))

    def _account(self, sub_account_id: str, name: str, enterprise_id: int, *, is_master: bool) -> None:
        if sub_account_id in self.references.accounts:
            return
        row = AccountRow(enterprise_id=enterprise_id, sub_account_id=sub_account_id, name=name or sub_account_id, is_master=is_master)
        self.references.add_account(sub_account_id, _Account(self._store(row), enterprise_id, is_master))

    def _store(self, row: EntityRow | EnterpriseRow | AccountRow) -> int:
        """The new row's id (an entity has none)."""
        if self.session is not None:
            self.session.add(row)
            self.session.flush()
            return 0 if isinstance(row, EntityRow) else row.id or 0
        self._next_id -= 1
        return self._next_id
