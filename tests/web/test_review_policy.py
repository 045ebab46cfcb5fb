"""The automatic review on its pages: explained line by line at the desk, and the supervisor's policy behind it."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from domain.access import Role
from domain.invoices import InvoiceKind
from domain.messages import Verdict
from domain.review_policy import FIRST, ReviewPolicy, typed_policy
from infra.database import Database
from infra.queries.review_policy import current_policy
from infra.review_policy import set_policy
from infra.tables import ApplicationRow, AttachmentRow, EnterpriseRow, ReviewPolicyRow, UserRow
from tests.web.conftest import NOW, PASSWORD, Visit, hashed
from tests.web.lives import MASTER, Lives

PATH = "/desk/review-policy"


@pytest.fixture
def lives(database: Database) -> Lives:
    return Lives(database)


@pytest.fixture(autouse=True)
def supervisors(database: Database) -> None:
    with database.write() as session:
        for number, name in ((90, "高原"), (91, "罗岚")):
            login = f"supervisor-{number}"
            session.add(UserRow(id=number, login=login, password_hash=hashed(PASSWORD), name=name, role=Role.SUPERVISOR))


def form(policy: ReviewPolicy = FIRST, **more: str) -> dict[str, str]:
    return {**typed_policy(policy), "seen": "1", "reason": "Small ones need nobody", "action": "save", **more}


def counting(database: Database) -> tuple[int, ReviewPolicy]:
    with database.read() as session:
        found = current_policy(session)
    return found.version, found.policy


def points_of(page: str) -> list[int]:
    """The points in the lines of the checks, and last the score."""
    (card,) = re.findall(r'<section class="card" id="f-risk">.*?</section>', page, re.DOTALL)
    return [int(points) for points in re.findall(r'<td class="kp-num">(\d+)</td>', card)]


async def test_the_lines_add_up_to_the_score_on_the_page(visit: Visit, lives: Lives) -> None:
    earlier = lives.application(5_000)
    lives.decide(earlier, Verdict.REJECT, "抬头不对")
    number = lives.application(106_000, title_id=2, kind=InvoiceKind.ORDINARY)
    page = (await (await visit("reviewer")).get(f"/review/{number}")).text
    lines = points_of(page)
    raised, score = lines[: lines.index(115)], 115
    assert raised == [30, 30, 20, 20, 15]
    assert sum(raised) == score
    assert "30 + 30 + 20 + 20 + 15" in page
    assert "Score 115; this level begins at 100" in page
    assert "Weighed by version 1 of the review policy" in page
    assert "5 checks found nothing" in page
    assert "Missing: licence of the company in the title; files: 0" in page


async def test_every_line_is_there_in_both_languages(visit: Visit, lives: Lives) -> None:
    number = lives.application()
    english = (await (await visit("reviewer")).get(f"/review/{number}")).text
    chinese = (await (await visit("reviewer", "zh")).get(f"/review/{number}")).text
    assert "The customer&#39;s first application" in english
    assert "Score 10; this level begins at 1" in english
    assert "首次申请" in chinese
    assert "风险分 10，此级别从 1 分起" in chinese
    assert "按审核策略第 1 版计分" in chinese
    assert len(points_of(english)) == len(points_of(chinese)) == 11, "ten checks and the score"


async def test_the_queue_shows_the_level(visit: Visit, lives: Lives, database: Database) -> None:
    number = lives.application()
    set_policy(database, replace(FIRST, level_2_from_fen=500_00), "lower", 1, 90, NOW)
    lives.application(60_000)
    page = (await (await visit("reviewer")).get("/review")).text
    assert page.count('<span class="kp-kind">Level 1</span>') == 1
    assert page.count('<span class="kp-kind">Level 2</span>') == 1
    assert number in page


async def test_a_decided_application_shows_what_was_true_then(visit: Visit, lives: Lives, database: Database) -> None:
    number = lives.application(kind=InvoiceKind.ORDINARY)
    lives.decide(number, Verdict.APPROVE)
    set_policy(database, replace(FIRST, points={**FIRST.points, "not-the-first-application": 99}), "later", 1, 90, NOW)
    with database.write() as session:
        session.get_one(EnterpriseRow, 1).name = "改名后的公司"
    page = (await (await visit("reviewer")).get(f"/review/{number}")).text
    assert "Score 10; this level begins at 1" in page
    assert "Weighed by version 1 of the review policy" in page
    sides = page.split('class="kp-table kp-sides"')[1].split("</table>")[0]
    assert "改名后的公司" not in sides
    assert "北京拾光互动科技有限公司" in sides


async def test_files_that_came_after_the_checks_are_said(visit: Visit, lives: Lives, database: Database) -> None:
    number = lives.application()
    browser = await visit("reviewer")
    words = "Files were added or taken back since these checks."
    assert words not in (await browser.get(f"/review/{number}")).text
    row: dict[str, Any] = {"sha256": "a" * 64, "file_name": "合同.pdf", "media_type": "application/pdf", "size": 1, "kind": "contract"}
    with database.write() as session:
        session.add(AttachmentRow(**row, enterprise_id=1, subject=f"application:{number}", uploaded_by=MASTER, uploaded_at=NOW))
    assert words in (await browser.get(f"/review/{number}")).text


async def test_checks_of_before_there_were_points_have_none(visit: Visit, lives: Lives, database: Database) -> None:
    number = lives.application()
    old = '[{"code": "not-the-first-application", "raised": true, "evidence": {}}]'
    with database.write() as session:
        row = session.get_one(ApplicationRow, number)
        row.findings, row.policy_version = old, None
    page = (await (await visit("reviewer")).get(f"/review/{number}")).text
    assert "The customer&#39;s first application" in page
    assert points_of(page) == []
    assert "Weighed by" not in page


@pytest.mark.parametrize("login", ["master", "member", "reviewer", "operator"])
async def test_the_policy_is_the_supervisors_alone(visit: Visit, database: Database, login: str) -> None:
    browser = await visit(login)
    assert (await browser.get(PATH)).status_code == 404
    assert (await browser.post_form(PATH, form(replace(FIRST, recent_days=7)))).status_code == 404
    assert counting(database) == (1, FIRST)


async def test_a_new_version_counts_and_stands_in_the_list(visit: Visit, database: Database) -> None:
    browser = await visit("supervisor-90")
    page = (await browser.get(PATH)).text
    assert "Version 1 counts." in page
    assert 'name="level_2_from_fen" type="text" value="500,000.00"' in page
    policy = replace(FIRST, automatic_up_to_fen=20_000, points={**FIRST.points, "no-arrears": 25})
    answer = await browser.post_form(PATH, form(policy))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?done=2")
    assert counting(database) == (2, policy)
    page = (await browser.get(f"{PATH}?done=2")).text
    assert "Version 2 counts from now on." in page
    for words in ("高原", "Small ones need nobody", "20 → 25", "0.00 → 200.00", "Kaipiao came with it"):
        assert words in page


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"points-no-arrears": "many"}, "points-no-arrears", "Write a whole number from 0 to 100."),
        ({"level_2_from_score": "200"}, "supervisor_from_score", "This has to come after “Level 2 from (points)”"),
        ({"automatic_up_to_fen": "-1"}, "automatic_up_to_fen", "below"),
        ({"near_percent": ""}, "near_percent", "Fill this in."),
        ({"recent_days": "7", "reason": " "}, "reason", "Say why: the reason stays with this version."),
        ({"recent_days": "7", "reason": "x" * 501}, "reason", "At most 500 characters."),
    ],
)
async def test_a_wrong_entry_is_named_at_its_field_and_everything_typed_stays(
    visit: Visit, database: Database, typed: dict[str, Any], field: str, words: str
) -> None:
    answer = await (await visit("supervisor-90")).post_form(PATH, form() | {"points-usual-split": "17"} | typed)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert f'id="f-{field}-error"' in answer.text
    if words != "below":
        assert words in answer.text
    assert 'name="points-usual-split" type="text" value="17"' in answer.text
    for name, value in typed.items():
        assert f'value="{value}"' in answer.text or f">{value}</textarea>" in answer.text, name
    assert counting(database) == (1, FIRST)


async def test_the_second_of_two_tabs_is_told_who_was_first_and_keeps_its_entries(visit: Visit, database: Database) -> None:
    first, second = await visit("supervisor-90"), await visit("supervisor-91")
    await first.post_form(PATH, form(replace(FIRST, recent_days=7)))
    late = form(replace(FIRST, near_count=9), reason="typed by the second")
    answer = await second.post_form(PATH, late)
    assert answer.status_code == 409
    assert "高原 changed the policy meanwhile, today 14:32: version 2." in answer.text
    assert 'name="near_count" type="text" value="9"' in answer.text
    assert "typed by the second" in answer.text
    assert "30 → 7" in answer.text, "what the first one changed stands in the list"
    assert counting(database)[1].near_count == FIRST.near_count
    seen = re.findall(r'name="seen" value="(\d+)"', answer.text)
    again = await second.post_form(PATH, {**late, "seen": seen[0]})
    assert again.status_code == 303
    assert counting(database)[0] == 3


async def test_a_preview_says_how_many_would_go_to_people_and_changes_nothing(visit: Visit, lives: Lives, database: Database) -> None:
    lives.application()
    lives.application()
    lives.application(60_000)
    browser = await visit("supervisor-90")
    answer = await browser.post_form(PATH, form(replace(FIRST, automatic_up_to_fen=20_000), action="try", reason="kept reason"))
    assert answer.status_code == 200
    assert "Of the last 3 applications 2 would go to people, instead of 3." in answer.text
    assert "kept reason" in answer.text
    assert 'name="automatic_up_to_fen" type="text" value="200.00"' in answer.text
    assert counting(database) == (1, FIRST)
    with database.read() as session:
        assert len(session.exec(select(ReviewPolicyRow)).all()) == 1
    chinese = await (await visit("supervisor-90", "zh")).post_form(PATH, form(action="try"))
    assert "最近 3 份申请中，有 3 份会转人工，原来是 3 份。" in chinese.text


async def test_a_form_without_anything_names_every_field(visit: Visit, database: Database) -> None:
    answer = await (await visit("supervisor-90")).post_form(PATH, {"action": "save"})
    assert answer.status_code == 422
    assert answer.text.count("-error") >= len(typed_policy(FIRST))
    assert counting(database) == (1, FIRST)
