"""What ended in vain leads whoever may apply to the same records again, whatever became of them since."""

import pytest

from domain.invoices import InvoiceKind, Medium
from domain.lifecycle import ApplicationState
from domain.messages import ApplicationRequest, Verdict
from infra.books.ending import end_application
from infra.database import Database
from infra.queries import applying_again
from infra.tables import ApplicationRow, SignOffRow
from tests.web.conftest import NOW, Visit
from tests.web.lives import MASTER, Lives

BUTTON = "Apply again for the same"
SAME = 'href="/apply?record=1"'


@pytest.fixture
def lives(database: Database) -> Lives:
    return Lives(database)


@pytest.fixture
def number(lives: Lives) -> str:
    return lives.application()


def end(database: Database, number: str, state: ApplicationState) -> None:
    with database.write() as session:
        end_application(session, number, state, None, NOW)


def settle(database: Database, number: str, state: ApplicationState, sign_off: str) -> None:
    """It ended while its company was asked."""
    with database.write() as session:
        session.get_one(ApplicationRow, number).state = state
        session.add(SignOffRow(application_number=number, enterprise_id=1, state=sign_off, by_oa=True, version=1, asked_at=NOW, due_at=NOW))


async def test_a_rejected_one_has_the_way_on_beside_the_reason(visit: Visit, lives: Lives, number: str) -> None:
    lives.decide(number, Verdict.REJECT, "抬头不对")
    for language, words in (("en", BUTTON), ("zh", "用同样的消费重新申请")):
        page = (await (await visit("master", language)).get(f"/applications/{number}")).text
        notice = page.split('class="kp-notice kp-notice-failed"')[1].split("</div></div>")[0]
        assert "抬头不对" in notice
        assert words in notice
        assert SAME in notice


async def test_one_that_we_did_not_decide_says_so_and_leads_on(visit: Visit, database: Database, number: str) -> None:
    end(database, number, ApplicationState.LAPSED)
    page = (await (await visit("master")).get(f"/applications/{number}")).text
    assert "We are sorry: we did not decide in time, so the application lapsed. CNY 100.00 is available again." in page
    assert (page.count(BUTTON), SAME in page) == (1, True)
    assert "我们没有在期限内审完" in (await (await visit("master", "zh")).get(f"/applications/{number}")).text


@pytest.mark.parametrize(("state", "sign_off"), [(ApplicationState.DECLINED, "declined"), (ApplicationState.LAPSED, "lapsed")])
async def test_one_that_the_company_declined_or_left_leads_on_in_its_own_card(
    visit: Visit, database: Database, number: str, state: ApplicationState, sign_off: str
) -> None:
    settle(database, number, state, sign_off)
    page = (await (await visit("master")).get(f"/applications/{number}")).text
    card = page.split('id="sign-off"')[1].split("</section>")[0]
    assert "The amount is available again." in card
    assert SAME in card
    assert page.count(BUTTON) == 1
    assert "we did not decide" not in page


@pytest.mark.parametrize("state", [ApplicationState.CANCELLED, ApplicationState.REVIEWING])
async def test_what_the_customer_cancelled_or_what_still_waits_has_no_such_button(
    visit: Visit, database: Database, number: str, state: ApplicationState
) -> None:
    if state.is_final:
        end(database, number, state)
    assert BUTTON not in (await (await visit("master")).get(f"/applications/{number}")).text


async def test_staff_see_what_happened_and_no_button(visit: Visit, lives: Lives, number: str) -> None:
    lives.decide(number, Verdict.REJECT, "抬头不对")
    page = (await (await visit("reviewer")).get(f"/applications/{number}")).text
    assert "Not approved" in page
    assert BUTTON not in page


async def test_records_that_were_taken_meanwhile_are_explained(visit: Visit, lives: Lives, number: str) -> None:
    lives.decide(number, Verdict.REJECT, "抬头不对")
    terms = {"terms_version": "2026-11", "privacy_version": "2026-11", "agreed_at": NOW}
    taken = ApplicationRequest("KP-261120-TAKENNNN", 1, 1, MASTER, (1,), 1, InvoiceKind.SPECIAL, Medium.ELECTRONIC, 1, **terms)  # type: ignore[arg-type]
    assert not lives.books.reserve(taken, NOW).refused
    browser = await visit("master")
    assert SAME in (await browser.get(f"/applications/{number}")).text
    answer = await browser.get("/apply?record=1")
    assert answer.status_code == 200
    assert taken.number in answer.text


async def test_more_records_than_an_address_names_are_chosen_anew(
    visit: Visit, lives: Lives, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives.decide(number, Verdict.REJECT, "抬头不对")
    monkeypatch.setattr(applying_again, "AGAIN_MOST", 0)
    page = (await (await visit("master")).get(f"/applications/{number}")).text
    notice = page.split('class="kp-notice kp-notice-failed"')[1].split("</div></div>")[0]
    assert 'href="/consumption?show=can"' in notice
