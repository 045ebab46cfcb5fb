"""A filled Kaipiao in one process: two enterprises with things of every kind, and somebody of every role signed in."""

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlmodel import select
from temporalio.common import TypedSearchAttributes

from domain.access import Role
from domain.audit import AuditAction
from domain.batches import BatchKind, batch_id
from domain.errors import Problem
from infra.audit import note_deed
from infra.books.batches import ApplicationPlan, CheckedBatch, CheckedEntry, keep_batch
from infra.books.import_report import ImportReport
from infra.books.statements import make_statements
from infra.database import Database
from infra.import_keys import make_key
from infra.queries.open_months import of_record
from infra.settings import Settings
from infra.tables import (
    AccountRow,
    AgreementRow,
    AnnouncementRow,
    ApplicationItemRow,
    AttachmentRow,
    AuthenticationRow,
    BackInvoicingRow,
    BalanceRow,
    EnterpriseRow,
    ImportRunRow,
    InvoiceRow,
    NoticeRow,
    ParcelEventRow,
    ParcelRow,
    ReceiverRow,
    ReviewAbsenceRow,
    SessionRow,
    StatementRow,
    TicketMessageRow,
    TicketRow,
    TitleRow,
    UserRow,
)
from infra.templates import TemplateForm, set_template
from infra.uploads import Uploads
from tests.databases import sqlite_database
from tests.fakes import FakeAttachments, FakeInbox
from tests.web.conftest import NoDocuments
from tests.web.rows import NOW, add_application, add_catalogue, add_invoice, add_record
from tests.web.temporal import RecordingTemporal
from web.app import create_app
from web.dependencies import SESSION_COOKIE
from web.pages import Pages
from workflows.names import import_workflow_id

LOGINS: dict[str, tuple[int, Role, int | None, int | None]] = {
    "master": (1, Role.CUSTOMER_MASTER, 1, 1),
    "member": (2, Role.CUSTOMER_MEMBER, 1, 2),
    "bare": (4, Role.CUSTOMER_MEMBER, 1, 2),
    "reviewer": (5, Role.REVIEWER, None, None),
    "supervisor": (6, Role.SUPERVISOR, None, None),
    "operator": (7, Role.OPERATOR, None, None),
    "service": (8, Role.CUSTOMER_SERVICE, None, None),
    "auditor": (9, Role.AUDITOR, None, None),
    "acting": (10, Role.CUSTOMER_SERVICE, None, None),
}
"""Login to id, role, enterprise and account. `bare` is a member whose permissions were taken, `acting` acts for enterprise 1."""

NOBODY = "nobody"
PLACES = ("A", "B", "F")
"""Where a thing stands: enterprise 1's master account, its other account, and the foreign enterprise."""
_ACCOUNTS = {"A": (1, 1, 1), "B": (1, 2, 2), "F": (2, 3, 3)}
"""Enterprise, account and person of each."""
_BILL = b"BillingAccountId\nb-1\n"

Things = dict[str, dict[str, str]]
"""Kind to place to id; the place `unknown` is an id of the right form that nothing has."""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def token_of(login: str) -> str:
    """The session cookie's value."""
    return f"token-of-{login}"


def csrf_of(login: str) -> str:
    return f"csrf-of-{login}"


def _fill_people(database: Database) -> None:
    with database.write() as session:
        names = (("b-1", "北京拾光互动科技有限公司", "91110105MA7K3R2P5R"), ("b-2", "上海远山贸易有限公司", "91310115MA1K4T7X2R"))
        for number, (account, name, tax_id) in enumerate(names, start=1):
            session.add(EnterpriseRow(id=number, billing_account_id=account, name=name, tax_id=tax_id, verified=True))
        session.flush()
        session.add(AccountRow(id=1, enterprise_id=1, sub_account_id="a-1", name="拾光互动", is_master=True))
        session.add(AccountRow(id=2, enterprise_id=1, sub_account_id="a-2", name="拾光文化"))
        session.add(AccountRow(id=3, enterprise_id=2, sub_account_id="a-3", name="远山贸易", is_master=True))
        session.flush()
        people = {**LOGINS, "foreign": (3, Role.CUSTOMER_MASTER, 2, 3)}
        for login, (number, role, enterprise_id, account_id) in people.items():
            session.add(
                UserRow(
                    id=number,
                    login=login,
                    password_hash="-",
                    name=f"林{login}",
                    role=role,
                    level=1,
                    withdrawn="apply,keep-titles" if login == "bare" else "",
                    enterprise_id=enterprise_id,
                    account_id=account_id,
                    phone=f"1380013882{number % 10}",
                    email=f"{login}@kaipiao.example",
                    totp_secret="" if enterprise_id else "JBSWY3DPEHPK3PXP",
                )
            )
        session.flush()
        for login, (number, *_rest) in people.items():
            session.add(
                SessionRow(
                    token_hash=_hash(token_of(login)),
                    user_id=number,
                    csrf_token=csrf_of(login),
                    created_at=NOW,
                    seen_at=NOW,
                    public_id=f"session{login}",
                    address="10.0.0.7",
                    browser="Mozilla/5.0 (X11; Linux x86_64) Chromium/140",
                    acting_for=1 if login == "acting" else None,
                    acting_reason="来电：帮忙取消一份申请" if login == "acting" else "",
                    acting_since=NOW if login == "acting" else None,
                )
            )
        note_deed(session, 8, AuditAction.ACT_FOR, "enterprise:1", NOW, tenant=1, reason="来电：帮忙取消一份申请", facts={"minutes": 30})
        note_deed(session, 5, AuditAction.REVEAL, "title:1", NOW, tenant=1, reason="核对开户行", facts={"field": "bank_account"})
        note_deed(session, 7, AuditAction.SET_STATUS, "service:tax-bureau", NOW)


def _fill_library(database: Database) -> None:
    """Titles 1 and 2 and receivers 1 to 3 of enterprise 1; title 3 and receivers 4 and 5 of enterprise 2."""
    add_catalogue(database)
    with database.write() as session:
        filled = session.get_one(TitleRow, 1)
        filled.address, filled.phone, filled.bank, filled.bank_account = (
            "北京市朝阳区望京东路 6 号",
            "010-85620000",
            "招商银行",
            "110912345678906612",
        )
        session.add(TitleRow(id=2, enterprise_id=1, name="北京拾光互动科技有限公司", tax_id="", state="pending", created_at=NOW))
        session.add(
            TitleRow(id=3, enterprise_id=2, name="上海远山贸易有限公司", tax_id="91310115MA1K4T7X2R", is_default=True, created_at=NOW)
        )
        session.add(TitleRow(id=4, enterprise_id=2, name="上海远山贸易有限公司", tax_id="", state="pending", created_at=NOW))
        session.add(ReceiverRow(id=3, enterprise_id=1, kind="email", email="tax@shiguang.cn", created_at=NOW))
        session.add(ReceiverRow(id=4, enterprise_id=2, kind="email", email="finance@yuanshan.cn", is_default=True, created_at=NOW))


def _fill_lives(database: Database, things: Things) -> None:
    for index, place in enumerate(PLACES, start=1):
        enterprise_id, account_id, person_id = _ACCOUNTS[place]
        owner: dict[str, Any] = {"enterprise_id": enterprise_id, "account_id": account_id}
        library: dict[str, Any] = {"title_id": 3, "receiver_id": 4} if place == "F" else {}
        by: dict[str, Any] = {**owner, **library, "applicant_id": person_id}
        for record in range(1, 4):
            add_record(database, index * 100 + record, **owner)
        things.setdefault("record", {})[place] = str(index * 100 + 3)
        number = f"KP-261120-0000000{index}"
        details = {"title_address": "望京东路 6 号 12 层", "title_phone": "010-85620000", "title_bank_account": "110912345678906612"}
        add_application(database, number, **{**by, **details})
        things.setdefault("application", {})[place] = number
        issued = f"KP-261113-0000001{index}"
        add_application(database, issued, "issued", **by)
        invoice = add_invoice(database, issued, **owner)
        _number(database, invoice, f"2633200000041820394{index}")
        things.setdefault("invoice", {})[place] = invoice
        paper = f"KP-261113-0000002{index}"
        add_application(database, paper, "issued", **{**by, "medium": "paper"})
        sheet = add_invoice(database, paper, medium="paper", pdf_sha256="", xml_sha256="", **owner)
        _number(database, sheet, f"2633200000041820395{index}")
        things.setdefault("paper", {})[place] = f"{paper}-1"
        with database.write() as session:
            session.add(ApplicationItemRow(application_number=number, record_id=index * 100 + 1, amount_fen=106_00))
            session.add(
                NoticeRow(id=f"mail:{invoice}", life=f"invoice:{invoice}", channel="mail", sent_to="finance@shiguang.cn", sent_at=NOW)
            )
            session.add(ParcelRow(order_key=f"{paper}-1", invoice_id=f"{paper}-1", waybill=f"SF10{index}", state="sent", created_at=NOW))
            session.flush()
            session.add(ParcelEventRow(event_id=f"e-{index}", waybill=f"SF10{index}", state="sent", place="杭州", at=NOW))


def _statements(database: Database) -> dict[str, str]:
    """A statement of October for each place, with something of its account."""
    with database.write() as session:
        make_statements(session, "2026-10", [1, 2], NOW)
        total: Any = BalanceRow
        found = select(total.account_id, StatementRow.id).join(BalanceRow, of_record(total)).where(StatementRow.period == "2026-10")
        made = {account: str(identity) for account, identity in session.exec(found)}
    return {place: made[account] for place, (_enterprise, account, _person) in _ACCOUNTS.items()}


def _agreement(database: Database) -> None:
    """An industry template and the first enterprise's agreement under it, with the id 1."""
    form = TemplateForm("medical", "医疗", "Medical", "YB-####", ("total",))
    set_template(database, form, 7, NOW, keys_there=True)
    with database.write() as session:
        session.add(AgreementRow(id=1, template_code="medical", enterprise_id=1, number="YB-2026", kept_by=7, kept_at=NOW))


def _import_run(database: Database) -> str:
    """An import that is being checked; gives its batch."""
    batch = "1" * 64
    report = ImportReport(batch, "november.csv", 1).with_problems()
    with database.write() as session:
        session.add(
            ImportRunRow(
                batch_id=batch,
                file_name="november.csv",
                phase="checking",
                rows=40,
                total=100,
                report=report,
                started_by=7,
                started_at=NOW,
                changed_at=NOW,
            )
        )
    return batch


def _sheet(database: Database, place: str, kind: BatchKind) -> str:
    """A dry run with a row that has a problem."""
    enterprise_id, account_id, person_id = _ACCOUNTS[place]
    identity = batch_id(kind, enterprise_id, account_id, b"rows")
    cells = {"reference": "A-1", "title": "拾光", "name": "拾光", "tax_id": "", "remarks": "", "receiver": "finance@shiguang.cn"}
    wrong = CheckedEntry(2, cells, "A-1", "", problems=(Problem("orders", "batch-what-needed", {"at": "B2"}),))
    rows = (wrong, CheckedEntry(3, cells, "A-2", f"KP-261120-9000000{account_id}", ApplicationPlan(), amount_fen=100, invoices=1))
    keep_batch(database, CheckedBatch(identity, kind, enterprise_id, account_id, "rows.xlsx", person_id, rows), NOW)
    return identity


def _number(database: Database, invoice_id: str, number: str) -> None:
    with database.write() as session:
        session.get_one(InvoiceRow, invoice_id).number = number


def _fill_support(database: Database, things: Things, attachments: FakeAttachments) -> None:
    sha256 = attachments.put(b"%PDF-1.7\n%%EOF\n", "application/pdf")
    with database.write() as session:
        for index, place in enumerate(PLACES, start=1):
            enterprise_id, _account, person_id = _ACCOUNTS[place]
            day = date(2027, 1, index)
            session.add(ReviewAbsenceRow(id=index, person=5, from_day=day, until_day=day, made_by=5, made_at=NOW))
            things.setdefault("absence", {})[place] = str(index)
            submitted = f"RZ-261120-0000000{index}"
            session.add(
                AuthenticationRow(
                    number=submitted,
                    enterprise_id=enterprise_id,
                    kind="enterprise",
                    name="北京拾光互动科技有限公司",
                    licence_number="91110105MA7K3R2P5R",
                    legal_person="林澈",
                    contact="林澈",
                    phone="13800138826",
                    email="finance@shiguang.cn",
                    picture=sha256,
                    state="waiting-for-person",
                    submitted_by=person_id,
                    submitted_at=NOW,
                )
            )
            things.setdefault("authentication", {})[place] = submitted
            ticket = f"GD-261120-0000000{index}"
            session.add(
                TicketRow(
                    number=ticket,
                    enterprise_id=enterprise_id,
                    opened_by=person_id,
                    topic="other",
                    subject="发票什么时候寄到",
                    state="open",
                    opened_at=NOW,
                    changed_at=NOW,
                )
            )
            session.flush()
            session.add(
                TicketMessageRow(id=index, ticket_number=ticket, key=f"m-{index}", author_id=person_id, text="你好", written_at=NOW)
            )
            things.setdefault("ticket", {})[place] = ticket
            back = f"BK-261120-0000000{index}"
            session.add(
                BackInvoicingRow(
                    number=back,
                    enterprise_id=enterprise_id,
                    account_id=_account,
                    asked_by=person_id,
                    asked_at=NOW,
                    period="2026-04",
                    reason="合同晚签",
                    amount_fen=106_00,
                    state="asked",
                )
            )
            things.setdefault("back", {})[place] = back
            evidence = f"application:{things['application'][place]}"
            sent_in = ((f"ticket:{ticket}:{index}", index), (f"authentication:{submitted}", index + 10), (evidence, index + 20))
            for subject, number in sent_in:
                session.add(
                    AttachmentRow(
                        id=number,
                        sha256=sha256,
                        file_name="licence.pdf",
                        media_type="application/pdf",
                        size=15,
                        enterprise_id=enterprise_id,
                        subject=subject,
                        kind="contract" if subject == evidence else "",
                        uploaded_by=person_id,
                        uploaded_at=NOW,
                    )
                )
            things.setdefault("ticket-file", {})[place] = str(index)
            things.setdefault("identity-file", {})[place] = str(index + 10)
        session.add(
            AnnouncementRow(
                id=1, level="news", title_zh="系统升级", title_en="Upgrade", starts_at=NOW, ends_at=None, created_by=7, created_at=NOW
            )
        )


class Answering:
    """The part of the Temporal client that the status page asks."""

    async def check_health(self, **_options: Any) -> bool:
        return True


@dataclass
class World:
    """The app over its filled database. `reset()` puts everything back as it was filled."""

    folder: Path
    database: Database
    app: FastAPI
    temporal: RecordingTemporal
    things: Things
    _watch: sqlite3.Connection
    _filled: sqlite3.Connection
    _browser: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        self._browser = httpx.AsyncClient(transport=transport, base_url="http://kaipiao.test")

    async def ask(self, login: str, method: str, path: str, form: dict[str, Any] | None = None, language: str = "en") -> httpx.Response:
        """One request of this person, without following redirects; a POST carries the session's token."""
        headers = {"accept-language": language}
        if login != NOBODY:
            headers["cookie"] = f"{SESSION_COOKIE}={token_of(login)}"
        self._browser.cookies.clear()
        if method == "GET":
            return await self._browser.get(path, headers=headers)
        fields, files = (
            {"csrf": csrf_of(login), **(form or {})},
            {name: each for name, each in (form or {}).items() if isinstance(each, tuple)},
        )
        data = {name: value for name, value in fields.items() if name not in files}
        return await self._browser.request(method, path, headers=headers, data=data, files=files or None)

    def written(self) -> tuple[int, int]:
        """Changes with every write: of the database, and of what was told to the lives."""
        (version,) = self._watch.execute("PRAGMA data_version").fetchone()
        return version, len(self.temporal.signals) + len(self.temporal.started)

    def reset(self) -> None:
        with sqlite3.connect(self.folder / "kaipiao.db") as live:
            self._filled.backup(live)
        live.close()
        self.temporal.signals.clear()
        self.temporal.started.clear()
        _keep_upload(self.folder)
        self.written()

    async def close(self) -> None:
        await self._browser.aclose()
        self.app.state.services.executor.shutdown()
        self.database.engine.dispose()
        self._watch.close()
        self._filled.close()


def _keep_upload(folder: Path) -> str:
    return Uploads(folder / "uploads").keep(_BILL, "bill.csv", NOW)


def _unknown(known: str) -> str:
    """An id of the same form that nothing has."""
    if known.isdecimal():
        return "987654"
    number, dash, end = known.rpartition("-")
    return f"{number}{dash}99999999" if len(end) == 8 else f"{number[:-1]}9{dash}{end}" if dash else "f" * len(known)


def fill_people(database: Database) -> None:
    """The two enterprises with their people, staff, titles and receivers."""
    _fill_people(database)
    _fill_library(database)


def fill_things(database: Database, folder: Path, attachments: FakeAttachments, temporal: RecordingTemporal) -> Things:
    """Things of every kind, once the people are there. Their ids are below 1,000."""
    things: Things = {}
    _fill_lives(database, things)
    _fill_support(database, things, attachments)
    things["title"] = {"A": "1", "B": "2", "F": "3"}
    things["receiver"] = {"A": "1", "B": "3", "F": "4"}
    things["user"] = {"A": "1", "B": "2", "F": "3"}
    things["member"] = {"A": "2", "B": "4", "F": "3"}
    things["enterprise"] = {"A": "1", "B": "1", "F": "2"}
    things["announcement"] = {"A": "1"}
    things["batch"] = {"A": "0" * 64}
    things["run"] = {"A": _import_run(database)}
    things["statement"] = _statements(database)
    things["sheet"] = {place: _sheet(database, place, BatchKind.APPLICATIONS) for place in PLACES}
    things["title-sheet"] = {place: _sheet(database, place, BatchKind.TITLES) for place in PLACES}
    make_key(database, "Billing", 7, NOW)
    things["key"] = {"A": "1"}
    _agreement(database)
    things["agreement"] = {"A": "1"}
    things["upload"] = {"A": _keep_upload(folder)}
    for kind, known in things.items():
        known["unknown"] = _unknown(next(iter(known.values()))) if kind != "session" else "nosuchsession"
    things["session"] = {login: f"session{login}" for login in (*LOGINS, "foreign")} | {"unknown": "nosuchsession"}
    for kind, names in (("application:", ("application",)), ("invoice:", ("invoice", "paper"))):
        for name in names:
            for place in PLACES:
                temporal.lives[kind + things[name][place]] = TypedSearchAttributes([])
    temporal.lives[import_workflow_id(things["run"]["A"])] = TypedSearchAttributes([])
    for place in PLACES:
        temporal.lives["authentication:" + things["authentication"][place]] = TypedSearchAttributes([])
    return things


def make_world(folder: Path, *, now: Callable[[], datetime] = lambda: NOW) -> World:
    """Fill a database in `folder` and open the app over it. Nothing outside is needed: Temporal and the stores are stand-ins."""
    database = sqlite_database(folder)
    attachments, documents, temporal = FakeAttachments(), NoDocuments(), RecordingTemporal()
    temporal.service_client = Answering()  # type: ignore[attr-defined]
    documents.content = {"a" * 64: b"%PDF-1.7", "b" * 64: b"<x/>"}
    fill_people(database)
    things = fill_things(database, folder, attachments, temporal)
    settings = Settings(data_dir=folder, default_locale="en")
    client: Any = temporal
    pages = Pages(settings, now)
    app = create_app(
        settings, database=database, documents=documents, attachments=attachments, inbox=FakeInbox(), temporal=client, pages=pages
    )
    live = folder / "kaipiao.db"
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(live, folder / "filled.db")
    return World(folder, database, app, temporal, things, sqlite3.connect(live), sqlite3.connect(folder / "filled.db"))
