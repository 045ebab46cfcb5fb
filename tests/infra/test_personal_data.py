"""A person's copy and deletion, on both databases: own rows only, what the law keeps stays, the ledger is untouched."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlmodel import SQLModel

from domain.access import Role
from domain.errors import Refusal
from infra.audit import broken_entries
from infra.database import Database
from infra.invariants import violations
from infra.people import open_session
from infra.personal_data import delete_account, hand_over, obstacles, write_export
from infra.queries.personal_data import Whose, held_about
from infra.tables import (
    AccountRow,
    ApplicationRow,
    AttachmentRow,
    AuthenticationRow,
    CodeRow,
    ConsentRow,
    EnterpriseRow,
    MaterialRequestRow,
    NoticeRow,
    ReceiverRow,
    ReviewAbsenceRow,
    ReviewDecisionRow,
    SessionRow,
    SignOffDecisionRow,
    SignOffRow,
    TicketMessageRow,
    TicketRow,
    TitleRow,
    TryRow,
    UserRow,
)
from tests.postgres import database  # noqa: F401 (pytest finds fixtures by their names here)
from tests.web.rows import add_application, add_catalogue, add_invoice, add_record

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
SECRET = "$argon2id$secret"
NUMBER = "KP-261120-AAAAAAAA"


@pytest.fixture
def filled(database: Database) -> Database:  # noqa: F811
    """A personal account (1) with a bit of everything, and another company (2) with a master and a member."""
    with database.write() as session:
        session.add(EnterpriseRow(id=1, billing_account_id="b-1", name="林澈", tax_id="", kind="personal", verified=True))
        session.add(EnterpriseRow(id=2, billing_account_id="b-2", name="上海远山贸易有限公司", verified=True))
        session.flush()
        session.add(AccountRow(id=1, enterprise_id=1, sub_account_id="a-1", name="林澈", is_master=True))
        session.add(AccountRow(id=2, enterprise_id=2, sub_account_id="a-2", name="远山贸易", is_master=True))
        session.add(AccountRow(id=3, enterprise_id=2, sub_account_id="a-3", name="远山二部"))
        session.flush()
        people: list[tuple[int, str, Role, int | None, int | None]] = [
            (1, "lin", Role.CUSTOMER_MASTER, 1, 1),
            (2, "chen", Role.CUSTOMER_MASTER, 2, 2),
            (3, "wu", Role.CUSTOMER_MEMBER, 2, 3),
            (4, "shen", Role.OPERATOR, None, None),
        ]
        for number, login, role, enterprise_id, account_id in people:
            session.add(
                UserRow(
                    id=number,
                    login=login,
                    password_hash=SECRET,
                    name=f"name of {login}",
                    role=role,
                    enterprise_id=enterprise_id,
                    account_id=account_id,
                    phone=f"1380013000{number}",
                    email=f"{login}@example.cn",
                    totp_secret="TOTPSECRET",
                )
            )
        session.flush()
        for number in (1, 2):
            session.add(CodeRow(purpose="sign-in", address=f"1380013000{number}", code_hash="hashed-code", created_at=NOW))
            session.add(ConsentRow(user_id=number, document="terms", version="2026-11", agreed_at=NOW))
            ticket = TicketRow(
                number=f"T-{number}",
                enterprise_id=number,
                opened_by=number,
                topic="other",
                subject=f"subject of {number}",
                state="open",
                opened_at=NOW,
                changed_at=NOW,
            )
            session.add(ticket)
            session.flush()
            message: dict[str, Any] = {"ticket_number": f"T-{number}", "key": f"k{number}", "author_id": number, "written_at": NOW}
            session.add(TicketMessageRow(**message, text=f"=cmd of {number}"))
            session.add(
                AttachmentRow(
                    sha256=str(number) * 64,
                    file_name="a.png",
                    media_type="image/png",
                    size=1,
                    enterprise_id=number,
                    subject=f"ticket:T-{number}:1",
                    uploaded_by=number,
                    uploaded_at=NOW,
                )
            )
        session.add(TryRow(key="sign-in:lin", at=NOW))
        session.add(TryRow(key="sign-in:berlin", at=NOW))
        session.add(
            AuthenticationRow(
                number="A-1",
                enterprise_id=1,
                kind="personal",
                name="林澈",
                licence_number="110101199001011237",
                contact="林澈",
                phone="13800130001",
                email="lin@example.cn",
                picture="1" * 64,
                state="approved",
                submitted_by=1,
                submitted_at=NOW,
            )
        )
    open_session(database, 1, NOW)
    open_session(database, 2, NOW)
    add_catalogue(database)
    with database.write() as session:
        session.add(TitleRow(id=91, enterprise_id=1, name="从未用过", created_at=NOW))
        session.add(ReceiverRow(id=91, enterprise_id=1, kind="email", email="never@used.cn", created_at=NOW))
        session.add(TitleRow(id=92, enterprise_id=2, name="远山", created_at=NOW))
    add_record(database, 1)
    add_application(database, NUMBER, "issued")
    add_invoice(database, NUMBER, "closed")
    with database.write() as session:
        session.add(NoticeRow(id="n1", life=f"invoice:{NUMBER}-1", channel="mail", sent_to="lin@example.cn", sent_at=NOW))
    return database


def exported(database: Database, whose: Whose) -> tuple[dict[str, list[dict[str, Any]]], bytes]:  # noqa: F811
    file = io.BytesIO()
    write_export(database, whose, NOW, file)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        found = {name.removesuffix(".json"): json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
        for name, rows in found.items():
            if name != "about":
                lines = list(csv.reader(io.StringIO(archive.read(f"{name}.csv").decode("utf-8-sig"))))
                assert len(lines) == len(rows) + 1, name
        return found, b"".join(archive.read(name) for name in archive.namelist())


def test_the_copy_has_every_class_and_nothing_of_anybody_else(filled: Database) -> None:
    found, content = exported(filled, Whose(1, 1, keeps_titles=True))
    assert found["person"][0]["email"] == "lin@example.cn"
    assert found["person"][0]["second_factor"] is True
    assert [row["text"] for row in found["tickets"]] == ["=cmd of 1"]
    assert {row["name"] for row in found["titles"]} == {"北京拾光互动科技有限公司", "从未用过"}
    assert [row["number"] for row in found["applications"]] == [NUMBER]
    assert [row["number"] for row in found["invoices"]] == ["26332000000418203947"]
    assert [row["action"] for row in found["audit"]] == ["export-data"]
    assert b"'=cmd of 1" in content  # the cell of the CSV is no formula
    for foreign in ("chen", "subject of 2", "远山", SECRET, "TOTPSECRET", "hashed-code", "token_hash", "csrf"):
        assert foreign.encode() not in content, foreign
    counts = found["about"]["rows"]  # type: ignore[call-overload]
    assert counts == {name: len(rows) for name, rows in found.items() if name != "about"}


def test_a_member_gets_own_rows_and_not_the_companys(filled: Database) -> None:
    found, content = exported(filled, Whose(3, 2, keeps_titles=False))
    assert "titles" not in found
    assert found["tickets"] == []
    assert b"chen" not in content


def test_our_own_people_get_a_copy_too(filled: Database) -> None:
    with filled.read() as session:
        held = held_about(session, Whose(4, None, keeps_titles=False))
        assert set(held) == {"person", "sessions", "codes", "consents", "material", "reviews", "absences", "audit"}


def test_decisions_and_absences_are_in_the_copy_of_whoever_made_them(filled: Database) -> None:
    with filled.write() as session:
        asked: dict[str, Any] = {"state": "approved", "by_oa": False, "version": 1, "asked_at": NOW, "due_at": NOW}
        session.add(SignOffRow(application_number=NUMBER, enterprise_id=1, **asked))
        session.flush()
        said: dict[str, Any] = {"application_number": NUMBER, "verdict": "approve", "reason": "预算内", "at": NOW}
        session.add(SignOffDecisionRow(level=1, by=1, key="s-1", **said))
        session.add(ReviewDecisionRow(step=1, by=4, version=1, key="d-1", **said))
        round_: dict[str, Any] = {"application_number": NUMBER, "round": 1, "by": 4, "wanted": '["contract"]', "note": "请补合同"}
        came: dict[str, Any] = {"state": "answered", "answered_by": 1, "answered_at": NOW, "text": "见附件"}
        session.add(MaterialRequestRow(asked_at=NOW, remind_at=NOW, due_at=NOW, **round_, **came))
        day = NOW.date()
        session.add(ReviewAbsenceRow(person=4, from_day=day, until_day=day, note="年假", made_by=4, made_at=NOW))
    assert [row["reason"] for row in exported(filled, Whose(1, 1, keeps_titles=True))[0]["sign_offs"]] == ["预算内"]
    assert exported(filled, Whose(2, 2, keeps_titles=True))[0]["sign_offs"] == []
    assert [row["text"] for row in exported(filled, Whose(1, 1, keeps_titles=True))[0]["material"]] == ["见附件"]
    assert exported(filled, Whose(2, 2, keeps_titles=True))[0]["material"] == []
    ours, _ = exported(filled, Whose(4, None, keeps_titles=False))
    assert [row["note"] for row in ours["material"]] == ["请补合同"]
    assert [row["reason"] for row in ours["reviews"]] == ["预算内"]
    assert [row["note"] for row in ours["absences"]] == ["年假"]


def test_deleting_erases_the_person_and_keeps_the_vouchers(filled: Database) -> None:
    gone = delete_account(filled, 1, NOW)
    assert gone == ("1" * 64,)
    with filled.read() as session:
        user = session.get_one(UserRow, 1)
        assert (user.login, user.name, user.phone, user.email, user.password_hash, user.totp_secret) == (
            "deleted-1",
            "deleted-1",
            *[""] * 4,
        )
        assert user.disabled
        assert session.execute(select(func.count()).select_from(SessionRow).where(SessionRow.user_id == 1)).scalar_one() == 0  # type: ignore[arg-type]
        assert session.execute(select(TryRow.key)).scalars().all() == ["sign-in:berlin"]  # type: ignore[call-overload]
        assert session.execute(select(CodeRow.address)).scalars().all() == ["13800130002"]  # type: ignore[call-overload]
        titles = session.execute(select(TitleRow.name)).scalars().all()  # type: ignore[call-overload]
        assert sorted(titles) == ["北京拾光互动科技有限公司", "远山"]
        emails = session.execute(select(ReceiverRow.email).where(ReceiverRow.kind == "email")).scalars().all()  # type: ignore[call-overload]
        assert emails == ["finance@shiguang.cn"]
        authentication = session.get_one(AuthenticationRow, "A-1")
        said = (authentication.licence_number, authentication.contact, authentication.phone, authentication.email, authentication.picture)
        assert said == ("",) * 5
        assert session.get_one(EnterpriseRow, 1).name == "deleted-1"
        assert session.get_one(EnterpriseRow, 2).name == "上海远山贸易有限公司"
        assert session.get_one(TicketRow, "T-1").subject == "deleted-1"
        assert session.get_one(TicketRow, "T-2").subject == "subject of 2"
        assert session.get_one(NoticeRow, "n1").sent_to == "deleted-1"
        application = session.get_one(ApplicationRow, NUMBER)
        assert application.title_name == "北京拾光互动科技有限公司"  # part of the voucher
        assert broken_entries(session, 1) == []
        assert not violations(session)
    assert delete_account(filled, 1, NOW) == ()


def test_nothing_that_was_erased_is_anywhere_in_the_database(filled: Database) -> None:
    checks = '[{"code": "%s", "passed": false, "facts": {"%s": "林澈"}}]'
    with filled.write() as session:
        row = session.get_one(AuthenticationRow, "A-1")
        row.checks, row.reason = checks % ("name-agrees", "read"), "林澈, 13800130001"
        by_another: dict[str, Any] = {"enterprise_id": 2, "kind": "personal", "name": "吴", "submitted_by": 3, "submitted_at": NOW}
        by_another |= {"licence_number": row.licence_number, "checks": checks % ("not-used-elsewhere", "name")}
        session.add(AuthenticationRow(number="A-2", state="refused", **by_another))
        for name in ("lin@10.0.0.1", "13800130001@10.0.0.1", "lin@example.cn@2001:db8::/64"):
            session.add(TryRow(key=f"sign-in:{name}", at=NOW))
    delete_account(filled, 1, NOW)
    with filled.read() as session:
        session.get_one(AuthenticationRow, "A-2").licence_number = ""  # the other customer's own entry
        session.flush()
        dump = [
            f"{table.name}: {tuple(row)}"
            for table in SQLModel.metadata.sorted_tables
            for row in session.execute(select(table))
            if any(erased in str(tuple(row)) for erased in ("林澈", "name of lin", "13800130001", "lin@", "110101199001011237"))
        ]
        session.rollback()
        assert dump == []
        assert session.execute(select(TryRow.key)).scalars().all() == ["sign-in:berlin"]  # type: ignore[call-overload]


def test_an_open_authentication_is_named_as_what_it_is(filled: Database) -> None:
    with filled.write() as session:
        session.get_one(AuthenticationRow, "A-1").state = "waiting-for-person"
    with pytest.raises(Refusal) as refused:
        delete_account(filled, 1, NOW)
    assert [each.code for each in refused.value.problems] == ["authentication-waits"]


def test_a_file_that_somebody_else_sent_in_too_stays_in_the_store(filled: Database) -> None:
    with filled.write() as session:
        session.execute(update(AttachmentRow).values(sha256="7" * 64))
    assert delete_account(filled, 1, NOW) == ()


def add_evidence(database: Database, number: str, sha256: str) -> None:  # noqa: F811
    with database.write() as session:
        row: dict[str, Any] = {"sha256": sha256, "file_name": "合同.pdf", "media_type": "application/pdf", "size": 1, "kind": "contract"}
        session.add(AttachmentRow(**row, enterprise_id=1, subject=f"application:{number}", uploaded_by=1, uploaded_at=NOW))


def test_evidence_is_in_the_copy_and_stays_with_the_voucher_alone(filled: Database) -> None:
    rejected = "KP-261120-CCCCCCCC"
    add_application(filled, rejected, "rejected")
    add_evidence(filled, NUMBER, "5" * 64)
    add_evidence(filled, rejected, "6" * 64)
    found, _ = exported(filled, Whose(1, 1, keeps_titles=True))
    assert [(row["subject"], row["kind"]) for row in found["evidence"]] == [
        (f"application:{NUMBER}", "contract"),
        (f"application:{rejected}", "contract"),
    ]
    assert [row["subject"] for row in found["attachments"]] == ["ticket:T-1:1"]
    assert exported(filled, Whose(2, 2, keeps_titles=True))[0]["evidence"] == []
    assert delete_account(filled, 1, NOW) == ("1" * 64, "6" * 64)
    with filled.read() as session:
        left = session.execute(select(AttachmentRow.subject).where(AttachmentRow.enterprise_id == 1)).scalars().all()  # type: ignore[call-overload]
        assert left == [f"application:{NUMBER}"]


def test_an_account_with_something_under_way_waits(filled: Database) -> None:
    add_application(filled, "KP-261120-BBBBBBBB", "reviewing")
    with pytest.raises(Refusal, match="applications-open"):
        delete_account(filled, 1, NOW)
    with filled.read() as session:
        assert obstacles(session, 1).under_way == 1
        assert session.get_one(UserRow, 1).name == "name of lin"


def test_the_only_master_hands_over_first(filled: Database) -> None:
    with filled.read() as session:
        assert obstacles(session, 2).successors == ((3, "name of wu"),)
    with pytest.raises(Refusal, match="hand-over-first"):
        delete_account(filled, 2, NOW)
    for nobody in (1, 4, 99):
        with pytest.raises(Refusal, match="choose-one"):
            hand_over(filled, 2, nobody, NOW)
    open_session(filled, 3, NOW)
    hand_over(filled, 2, 3, NOW)
    with filled.read() as session:
        new = session.get_one(UserRow, 3)
        assert (new.role, new.account_id, new.withdrawn) == (Role.CUSTOMER_MASTER, 2, "")
        assert session.execute(select(func.count()).select_from(SessionRow).where(SessionRow.user_id == 3)).scalar_one() == 0  # type: ignore[arg-type]
    assert delete_account(filled, 2, NOW) == ()
    with filled.read() as session:
        assert session.get_one(EnterpriseRow, 2).name == "上海远山贸易有限公司"
        assert session.get_one(TicketRow, "T-2").subject == "subject of 2"  # the company's
        assert session.get_one(UserRow, 2).login == "deleted-2"
    with pytest.raises(Refusal, match="hand-over-first"):
        delete_account(filled, 3, NOW)


def test_a_member_leaves_without_asking_and_our_own_people_do_not(filled: Database) -> None:
    delete_account(filled, 3, NOW)
    with filled.read() as session:
        assert session.get_one(UserRow, 3).disabled
        assert obstacles(session, 2).successors == ()
    with pytest.raises(Refusal, match="staff-account"):
        delete_account(filled, 4, NOW)
