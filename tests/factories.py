"""Rows and messages for tests: valid by default, override what matters."""

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session, select

from domain.access import Role
from domain.calendar import china_date, period_of
from domain.invoices import InvoiceKind, Medium
from domain.ledger import Bucket, Posting, home_of
from domain.messages import ApplicationRequest, Policy, Verdict
from infra.books.ledger import place_of, post
from infra.books.statements import make_statements
from infra.database import Database
from infra.queries.open_months import out_of
from infra.tables import (
    AccountRow,
    ApplicationRow,
    ConsumptionRecordRow,
    EnterpriseRow,
    EntityRow,
    ImportBatchRow,
    LedgerEntryRow,
    ReceiverRow,
    ReviewDecisionRow,
    TitleRow,
    UserRow,
)

BUYER_NAME = "北京拾光互动科技有限公司"
BUYER_TAX_ID = "91110000600037341L"
"""A real, well-formed USCC (`domain.md` 1.10)."""

_numbers = itertools.count(1)


@dataclass
class Customer:
    """An enterprise with a master account, one person, a title and both kinds of receiver; ids of their rows."""

    enterprise_id: int
    account_id: int
    user_id: int
    title_id: int
    email_id: int
    postal_id: int


def next_number() -> str:
    """A new application number."""
    return f"KP-261121-{next(_numbers):08d}"


def make_entities(session: Session) -> None:
    """Two issuing entities, of two provinces; the second offers electronic invoices only."""
    for code, name, tax_id, province, paper in (
        ("QY", "青屿云计算（杭州）有限公司", "91330106MACKX4QG41", "33", True),
        ("QYSH", "青屿数据（上海）有限公司", "91330000142942095H", "31", False),
    ):
        if session.get(EntityRow, code) is None:
            session.add(
                EntityRow(code=code, name=name, issuer_name=name, tax_id=tax_id, province=province, drawer="沈一舟", offers_paper=paper)
            )
    session.flush()


def make_customer(database: Database, *, name: str = BUYER_NAME, tax_id: str = BUYER_TAX_ID, verified: bool = True) -> Customer:
    unique = next(_numbers)
    now = datetime.now(UTC)
    with database.write() as session:
        make_entities(session)
        enterprise = EnterpriseRow(billing_account_id=f"bill-{unique}", name=name, tax_id=tax_id, verified=verified)
        session.add(enterprise)
        session.flush()
        account = AccountRow(enterprise_id=_id(enterprise), sub_account_id=f"sub-{unique}", name="主账号", is_master=True)
        session.add(account)
        session.flush()
        user = UserRow(
            login=f"user-{unique}",
            password_hash="-",
            name="林澈",
            role="customer-master",
            enterprise_id=_id(enterprise),
            account_id=_id(account),
            phone="13800008826",
        )
        title = TitleRow(enterprise_id=_id(enterprise), name=name, tax_id=tax_id, is_default=True, created_at=now)
        email = ReceiverRow(enterprise_id=_id(enterprise), kind="email", email="finance@shiguang.example", is_default=True, created_at=now)
        postal = ReceiverRow(
            enterprise_id=_id(enterprise),
            kind="postal",
            recipient="林澈",
            phone="13800008826",
            address="北京市朝阳区望京街 1 号",
            postcode="100102",
            created_at=now,
        )
        session.add_all([user, title, email, postal])
        session.flush()
        return Customer(_id(enterprise), _id(account), _id(user), _id(title), _id(email), _id(postal))


def make_reviewer(database: Database, *, level: int = 1, role: str = "reviewer") -> int:
    """A reviewer; gives the id."""
    with database.write() as session:
        user = UserRow(login=f"reviewer-{next(_numbers)}", password_hash="-", name="周审", role=role, level=level)
        session.add(user)
        session.flush()
        return _id(user)


def make_review(database: Database, number: str, by: int, key: str, now: datetime) -> None:
    """The approvals of an application's levels before the books' own: the last by this person, those before by others."""
    with database.read() as session:
        levels = max(session.get_one(ApplicationRow, number).level, 1)
    people = [make_reviewer(database, role=Role.SUPERVISOR) for _ in range(1, levels)]
    with database.write() as session:
        for step, person in enumerate((*people, by), start=1):
            own = key if step == levels else f"{key}-{step}"
            session.add(
                ReviewDecisionRow(application_number=number, step=step, by=person, verdict=Verdict.APPROVE, version=1, key=own, at=now)
            )
        application = session.get_one(ApplicationRow, number)
        application.review_step = levels
        session.add(application)


def make_record(
    database: Database,
    customer: Customer,
    amount_fen: int = 10_600,
    *,
    entity: str = "QY",
    rate_bp: int = 600,
    service: str = "云服务器",
    day: date | None = None,
    opened: bool = True,
    original_id: int | None = None,
    excluded_fen: int = 0,
    seller: str = "",
) -> int:
    """A consumption record with its posting; `amount_fen` is what can be invoiced. Gives its id.

    `opened`: its month's statement is made, unless it is there.
    """
    unique = next(_numbers)
    day = day or china_date(datetime.now(UTC)) - timedelta(days=40)
    with database.write() as session:
        batch = ImportBatchRow(id=f"{unique:064d}", file_name="test.csv", lines=1, records=1, imported_at=datetime.now(UTC), totals="{}")
        session.add(batch)
        session.flush()
        record = ConsumptionRecordRow(
            batch_id=batch.id,
            natural_key=f"record-{unique}",
            enterprise_id=customer.enterprise_id,
            account_id=customer.account_id,
            entity=entity,
            rate_bp=rate_bp,
            service=service,
            category="信息技术服务",
            classification_code="3040203000000000000",
            day=day,
            period=period_of(day),
            seller=seller,
            gross_fen=amount_fen + excluded_fen,
            excluded_fen=excluded_fen,
            voucher_fen=excluded_fen,
            invoiceable_fen=amount_fen,
            original_id=original_id,
        )
        session.add(record)
        session.flush()
        target = home_of(seller=seller, assisted="", opened=is_in_open_month(session, record), expired=False)
        place = place_of(record)
        postings = [Posting(place, Bucket.CONSUMED, -amount_fen - excluded_fen), Posting(place, target, amount_fen)]
        if excluded_fen:
            postings.append(Posting(place, Bucket.EXCLUDED, excluded_fen))
        post(session, f"import:test-{unique}", postings, datetime.now(UTC))
        if opened and original_id is None:
            # The statement that it is on, unless it is there. A record that comes later does not change its sums.
            make_statements(session, record.period, [record.enterprise_id], datetime.now(UTC))
        return _id(record)


def is_in_open_month(session: Session, record: ConsumptionRecordRow) -> bool:
    """Whether it goes to a month that is open; a negative does with its original, and waits without one."""
    of = record if record.original_id is None else session.get_one(ConsumptionRecordRow, record.original_id)
    place = (of.enterprise_id, of.period, of.entity)
    return place in out_of(session, [place]) and of.invoiceable_fen >= 0


def held_of(session: Session, record_id: int) -> dict[Bucket, int]:
    """What the ledger has of a record in each bucket. What opened with its month, or its original's, is in a sum that names no record."""
    held: dict[Bucket, int] = {}
    for entry in session.exec(select(LedgerEntryRow).where(LedgerEntryRow.record_id == record_id)):
        held[Bucket(entry.bucket)] = held.get(Bucket(entry.bucket), 0) + entry.amount_fen
    record = session.get(ConsumptionRecordRow, record_id)
    if record is not None and is_in_open_month(session, record):
        opened = held.pop(Bucket.NOT_OPEN, 0)
        held[Bucket.AVAILABLE] = held.get(Bucket.AVAILABLE, 0) + opened
    return held


def make_request(
    customer: Customer,
    *record_ids: int,
    number: str = "",
    kind: InvoiceKind = InvoiceKind.SPECIAL,
    medium: Medium = Medium.ELECTRONIC,
    policy: Policy | None = None,
    expedite: bool = False,
    replaces: str = "",
) -> ApplicationRequest:
    return ApplicationRequest(
        number=number or next_number(),
        enterprise_id=customer.enterprise_id,
        account_id=customer.account_id,
        applicant_id=customer.user_id,
        record_ids=record_ids,
        title_id=customer.title_id,
        kind=kind,
        medium=medium,
        receiver_id=customer.postal_id if medium is Medium.PAPER else customer.email_id,
        expedite=expedite,
        replaces=replaces,
        terms_version="2026-11",
        privacy_version="2026-11",
        agreed_at=datetime.now(UTC),
        policy=policy or Policy(),
    )


def _id(row: object) -> int:
    found = getattr(row, "id", None)
    if not isinstance(found, int):
        raise TypeError(f"{row!r} has no id yet")
    return found
