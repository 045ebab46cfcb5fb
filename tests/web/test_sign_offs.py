"""The pages of an enterprise's own approval: its rule, what waits for a person, the decision, and the OA's callback."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlmodel import select
from standardwebhooks import Webhook
from temporalio.common import TypedSearchAttributes

from domain.audit import AuditAction
from domain.messages import SignOffDecision, Verdict
from infra.database import Database
from infra.factor_keys import factor_keys
from infra.settings import Settings
from infra.sign_off_rules import oa_secret_of, rule_seen
from infra.tables import ApplicationRow, AuditRow, SignOffRow, SignOffRuleRow, SignOffSeatRow, UserRow
from tests.web.conftest import NOW, PASSWORD, Browser, Visit, hashed
from tests.web.rows import add_application, add_catalogue
from tests.web.temporal import RecordingTemporal

NUMBER = "KP-261120-ABCDEFGH"
LIFE = f"application:{NUMBER}"
KEY = "0190c2f4-8b1e-7c3d-9a55-3f4f0c8b7a11"
MASTER, MEMBER, ASKED = 1, 2, 6
OA = "https://oa.shiguang.cn/kaipiao"


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal(lives={LIFE: TypedSearchAttributes([])})


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    with database.write() as session:
        session.add(
            UserRow(
                id=ASKED, login="asked", password_hash=hashed(PASSWORD), name="许岚", role="customer-member", enterprise_id=1, account_id=2
            )
        )


def add_waiting(database: Database, *, people: tuple[int, ...] = (ASKED,), by_oa: bool = False) -> None:
    """An application of the master's account that waits for its enterprise."""
    add_application(database, NUMBER, state="awaiting-approval", applicant_id=MASTER)
    with database.write() as session:
        due = NOW + timedelta(days=2)
        session.add(SignOffRow(application_number=NUMBER, enterprise_id=1, state="open", by_oa=by_oa, version=1, asked_at=NOW, due_at=due))
        session.flush()
        for person in people:
            session.add(SignOffSeatRow(application_number=NUMBER, level=1, user_id=person, waits=True))


def form(**change: object) -> dict[str, object]:
    people = {"mode": "people", "from_1": "1,000.00", "people_1": [str(MEMBER), str(ASKED)], "days": "3", "version": "0"}
    return {**people, **change}


# The rule


async def test_the_master_names_who_approves(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    answer = await browser.post_form("/people/approval", form(from_2="50000", people_2=[str(MASTER)]))
    assert answer.headers["location"] == "/people/approval?done=kept"
    with database.read() as session:
        rule = rule_seen(session, 1).rule
        assert [(level.from_fen, level.people) for level in rule.levels] == [(1_000_00, (MEMBER, ASKED)), (50_000_00, (MASTER,))]
        assert session.exec(select(AuditRow.action)).all() == [AuditAction.SIGN_OFF_RULE]
    page = await browser.get("/people/approval")
    assert 'value="1000.00"' in page.text
    assert re.search(rf'name="people_2" value="{MASTER}" checked', page.text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"people_1": []}, "Tick at least one person"),
        ({"people_1": ["3"]}, "cannot sign in any more"),
        ({"people_1": ["x"]}, "cannot sign in any more"),
        ({"from_1": "many"}, "Write digits"),
        ({"from_1": "-1"}, "cannot be negative"),
        ({"from_2": "999.99", "people_2": [str(MASTER)]}, "begins at the amount of the first one"),
        ({"people_1": [str(MASTER)], "from_2": "2000", "people_2": [str(MASTER)]}, "Nobody approves twice"),
        ({"days": "40"}, "Choose one"),
        ({"mode": "both"}, "Choose one"),
        ({"version": "4"}, "Somebody changed this page"),
        ({"mode": "oa", "oa_from": "0", "oa_url": "ftp://oa.shiguang.cn"}, "begins with https"),
        ({"mode": "oa", "oa_from": "0", "oa_url": "https://oa.shiguang.cn:22"}, "443 and 8443"),
        ({"mode": "oa", "oa_from": "0", "oa_url": "https://10.0.0.8/oa"}, "internal network"),
        ({"mode": "oa", "oa_from": "0", "oa_url": "https://localhost:8443/x"}, "internal network"),
        ({"mode": "oa", "oa_from": "", "oa_url": OA}, "Fill in an amount"),
    ],
)
async def test_a_rule_that_does_not_work_is_refused_with_what_was_typed(
    visit: Visit, database: Database, change: dict[str, object], said: str
) -> None:
    answer = await (await visit("master")).post_form("/people/approval", form(**change))
    assert answer.status_code == 422
    assert said in answer.text
    assert str(change.get("oa_url", "")) in answer.text
    with database.read() as session:
        assert session.get(SignOffRuleRow, 1) is None


async def test_an_oa_gets_a_secret_that_is_shown_once(visit: Visit, database: Database, settings: Settings) -> None:
    browser = await visit("master")
    answer = await browser.post_form("/people/approval", form(mode="oa", oa_url=OA, oa_from="0"))
    first = re.search(r'id="secret">(whsec_[^<]+)<', answer.text)
    assert first is not None
    assert "whsec_" not in (await browser.get("/people/approval")).text
    with database.read() as session:
        row = session.get_one(SignOffRuleRow, 1)
        assert first[1] not in row.oa_secret
        assert oa_secret_of(session, factor_keys(settings), 1) == first[1]
    again = await browser.post_form("/people/approval/secret", {})
    second = re.search(r'id="secret">(whsec_[^<]+)<', again.text)
    assert second is not None
    assert second[1] != first[1]
    with database.read() as session:
        assert oa_secret_of(session, factor_keys(settings), 1) == second[1]
        assert AuditAction.OA_SECRET_MADE in session.exec(select(AuditRow.action)).all()
        assert not [each for each in session.exec(select(AuditRow.facts)) if "whsec_" in each]


@pytest.mark.parametrize("login", ["member", "reviewer", "operator"])
async def test_only_the_master_sets_it(visit: Visit, database: Database, login: str) -> None:
    browser = await visit(login)
    for answer in (await browser.get("/people/approval"), await browser.post_form("/people/approval", form())):
        assert answer.status_code in (403, 404)
    with database.read() as session:
        assert session.get(SignOffRuleRow, 1) is None


# Deciding


async def test_who_is_asked_sees_it_and_nobody_else_of_another_account(visit: Visit, database: Database) -> None:
    add_waiting(database)
    asked = await visit("asked")
    assert f"/applications/{NUMBER}" in (await asked.get("/")).text
    page = await asked.get(f"/applications/{NUMBER}")
    assert page.status_code == 200
    assert 'value="approve"' in page.text
    assert f"/applications/{NUMBER}/cancel" not in page.text
    assert (await asked.post_form(f"/applications/{NUMBER}/cancel", {"key": KEY})).status_code == 404
    other = await visit("member")
    assert NUMBER not in (await other.get("/")).text
    assert (await other.get(f"/applications/{NUMBER}")).status_code == 404
    assert (await other.post_form(f"/applications/{NUMBER}/sign-off", _said("approve"))).status_code == 404


async def test_the_applicant_sees_who_is_asked_and_can_cancel(visit: Visit, database: Database) -> None:
    add_waiting(database)
    page = (await (await visit("master")).get(f"/applications/{NUMBER}")).text
    assert "许岚" in page
    assert 'value="approve"' not in page
    assert f"/applications/{NUMBER}/cancel" in page
    assert f"/applications/{NUMBER}/expedite" not in page


def _said(verdict: str, reason: str = "", version: int = 1) -> dict[str, object]:
    return {"key": KEY, "verdict": verdict, "reason": reason, "version": str(version)}


@pytest.mark.parametrize(("verdict", "reason"), [("approve", ""), ("reject", "预算不符")])
async def test_a_decision_is_a_signal(visit: Visit, database: Database, temporal: RecordingTemporal, verdict: str, reason: str) -> None:
    add_waiting(database)
    answer = await (await visit("asked")).post_form(f"/applications/{NUMBER}/sign-off", _said(verdict, reason))
    assert answer.headers["location"] == f"/applications/{NUMBER}?m={KEY}"
    assert temporal.signals == [(LIFE, "sign_off", SignOffDecision(KEY, ASKED, Verdict(verdict), 1, reason))]


@pytest.mark.parametrize(("verdict", "reason"), [("reject", "  "), ("reject", "长" * 501), ("maybe", "")])
async def test_a_decision_that_is_none_is_not_sent(
    visit: Visit, database: Database, temporal: RecordingTemporal, verdict: str, reason: str
) -> None:
    add_waiting(database)
    answer = await (await visit("asked")).post_form(f"/applications/{NUMBER}/sign-off", _said(verdict, reason))
    assert answer.status_code == 422
    assert reason.strip() in answer.text
    assert temporal.signals == []


async def test_what_asks_nobody_takes_no_decision(visit: Visit, database: Database, temporal: RecordingTemporal) -> None:
    add_application(database, NUMBER, state="reviewing")
    assert (await (await visit("master")).post_form(f"/applications/{NUMBER}/sign-off", _said("approve"))).status_code == 404
    assert temporal.signals == []


async def test_review_desk_and_live_part_know_the_state(visit: Visit, database: Database) -> None:
    add_waiting(database)
    assert NUMBER not in (await (await visit("reviewer")).get("/review")).text
    assert (await (await visit("reviewer")).get(f"/applications/{NUMBER}")).status_code == 200
    part = await (await visit("asked")).get(f"/applications/{NUMBER}/live?v=other")
    assert "sign-off-form" in part.text


# The OA's callback


@pytest.fixture
async def secret(visit: Visit) -> str:
    answer = await (await visit("master")).post_form("/people/approval", form(mode="oa", oa_url=OA, oa_from="0"))
    found = re.search(r'id="secret">(whsec_[^<]+)<', answer.text)
    assert found is not None
    return found[1]


def body(**change: object) -> bytes:
    said = {"event_id": "oa_1", "request_id": f"{NUMBER}:1", "version": 1, "state": "approved", "reference": "BPM-000001", "reason": ""}
    return json.dumps({**said, **change}).encode()


def headers(content: bytes, secret: str, at: datetime = NOW, event: str = "oa_1") -> Mapping[str, str]:
    signature = Webhook(secret).sign(event, at, content.decode())
    return {"webhook-id": event, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


async def call(browser: Browser, content: bytes, signed: Mapping[str, str], number: str = NUMBER) -> int:
    return (await browser.post(f"/callbacks/oa/{number}", content=content, headers=dict(signed))).status_code


async def test_the_oas_word_becomes_a_signal(visit: Visit, database: Database, temporal: RecordingTemporal, secret: str) -> None:
    add_waiting(database, people=(), by_oa=True)
    browser = await visit()
    for _ in range(2):  # a replay within the tolerance is the same message under the same key
        assert await call(browser, body(), headers(body(), secret)) == 200
    decision = SignOffDecision("oa:oa_1", 0, Verdict.APPROVE, 1, "", "BPM-000001")
    assert temporal.signals == [(LIFE, "sign_off", decision)] * 2
    refusal = body(state="refused", reason="超出预算\n")
    assert await call(browser, refusal, headers(refusal, secret)) == 200
    assert temporal.signals[-1][2] == SignOffDecision("oa:oa_1", 0, Verdict.REJECT, 1, "超出预算", "BPM-000001")


async def test_signed_wrongly_old_future_or_for_another_customer_it_is_not_believed(
    visit: Visit, database: Database, temporal: RecordingTemporal, secret: str
) -> None:
    add_waiting(database, people=(), by_oa=True)
    browser, late = await visit(), timedelta(minutes=6)
    wrong = [
        headers(body(), "whsec_" + "b3RoZXI=" * 4),
        headers(body(), secret, NOW - late),
        headers(body(), secret, NOW + late),
        headers(body(version=2), secret),
        headers(body(), secret, event="oa_2"),
        {},
    ]
    assert [await call(browser, body(), signed) for signed in wrong] == [401] * len(wrong)
    with database.write() as session:
        other = session.get_one(ApplicationRow, NUMBER)
        other.enterprise_id = 2
        session.add(other)
    assert await call(browser, body(), headers(body(), secret)) == 401
    assert temporal.signals == []


@pytest.mark.parametrize("number", ["KP-261120-ZZZZZZZZ", "nothing", "KP-261120-ABCDEFGH%00"])
async def test_an_unknown_number_is_a_wrong_signature(visit: Visit, secret: str, number: str) -> None:
    assert await call(await visit(), body(), headers(body(), secret), number) == 401


@pytest.mark.parametrize(
    "change",
    [
        {"request_id": "KP-261120-ZZZZZZZZ:1"},
        {"request_id": f"{NUMBER}:2"},
        {"request_id": 7},
        {"version": "1"},
        {"version": True},
        {"state": "open"},
        {"state": "yes"},
        {"reference": "x" * 100},
    ],
)
async def test_content_that_is_not_about_this_version_is_refused(
    visit: Visit, database: Database, temporal: RecordingTemporal, secret: str, change: dict[str, object]
) -> None:
    add_waiting(database, people=(), by_oa=True)
    content = body(**change)
    assert await call(await visit(), content, headers(content, secret)) == 422
    assert temporal.signals == []


async def test_without_temporal_the_oa_is_asked_to_repeat(
    visit: Visit, database: Database, temporal: RecordingTemporal, secret: str
) -> None:
    add_waiting(database, people=(), by_oa=True)
    temporal.down = True
    assert await call(await visit(), body(), headers(body(), secret)) == 503
    temporal.down = False
    temporal.lives.clear()
    assert await call(await visit(), body(), headers(body(), secret)) == 200
