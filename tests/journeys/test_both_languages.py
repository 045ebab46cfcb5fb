"""Every main page in Chinese and English, on a desktop and a phone: it fits, it is all in one language, axe finds no barrier."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Page

from infra.demo import authentications, tickets
from infra.demo.companies import SHIGUANG
from tests.journeys.browsers import PHONE, WIDE, Browsers, Language
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume, order_of, today
from tests.journeys.pictures import barriers, take, too_wide, untranslated
from tests.journeys.test_importing import PICTURE
from web.sentences.identity import IDENTITY_REFUSALS

ENTERED = re.compile(
    r"Rest of the story|Overseas nodes|^收件人$|^(?:lin|xu|shen|he|su|tang|qin)$|[\w.-]+@[\w.-]+|https?://\S+|[\w-]+\.(?:md|csv)"
    r"|Kaipiao|Temporal UI|CSV UTF-8|python-httpx|(?:Chrome|Linux)[ \d]*|"
    + "|".join(re.escape(phrase) for phrase in IDENTITY_REFUSALS.values())
)
"""What people typed, or chose in their own language as a reason, or the courier said, and what has the same name in both languages."""


@dataclass(frozen=True, slots=True)
class Things:
    """One of each thing that has a page."""

    reviewing: str
    issued: str
    invoice: str
    returned: str
    paper: str
    record: str


async def make_things(consume: Consume, visit: Visit) -> Things:
    lin, xu = await visit("lin"), await visit("xu")
    bills = [await consume(SHIGUANG, Charge("424.00"), Charge("-53.00", refund=True)) for _ in range(5)]
    reviewing = await lin.apply(bills[0].number, expedite="true")
    issued = await lin.apply(bills[1].number)
    returned = await lin.apply(bills[2].number)
    paper = await lin.apply(bills[3].number, medium="paper")
    for number in (issued, returned, paper):
        await xu.approve(number)
    invoices = [await lin.issued(number) for number in (issued, returned, paper)]
    for invoice in invoices[1:]:
        form = (await lin.get(f"/invoices/{invoice}")).form(f"/invoices/{invoice}/return")
        await lin.send(form, reason="Rest of the story", reissue=None)
    await lin.until(f"/invoices/{invoices[1]}", lambda page: "red.pdf" in page.text, "the red-letter documents")
    [record, *_] = (await lin.get(f"/consumption?show=can&order={bills[4].number}&tick=all")).form("/apply").all_of("record")
    return Things(reviewing, issued, invoices[0], invoices[1], invoices[2], record)


def pages_of(things: Things) -> dict[str, tuple[tuple[str, str], ...]]:
    """Name and address of each main page, by who opens it."""
    return {
        "lin": (
            ("home", "/"),
            ("picker", f"/consumption?show=all&record={things.record}"),
            ("apply", f"/apply?record={things.record}"),
            ("applications", "/applications"),
            ("application-reviewing", f"/applications/{things.reviewing}"),
            ("application-issued", f"/applications/{things.issued}"),
            ("invoices", "/invoices"),
            ("invoice", f"/invoices/{things.invoice}"),
            ("invoice-returned", f"/invoices/{things.returned}"),
            ("invoice-paper", f"/invoices/{things.paper}"),
            ("titles", "/titles"),
            ("receivers", "/receivers"),
            ("me", "/me"),
            ("people", "/people"),
            ("support", "/support"),
            ("ask", "/support/new"),
            ("authentication", "/authentication"),
            ("status", "/status"),
            ("catalogue", "/catalogue"),
            ("help", "/help"),
            ("help-article", "/help/changing"),
            ("own-data", "/me/data"),
            ("invoices-none", "/invoices?text=zz-nothing"),
            ("not-found", "/applications/KP-261101-ZZZZZZZZ"),
        ),
        "xu": (("review", "/review"), ("review-case", f"/review/{things.reviewing}"), ("review-over", f"/review/{things.issued}")),
        "he": (
            ("identity", "/identity"),
            ("identity-case", f"/identity/{authentications.NUMBER}"),
            ("title-desk", "/titles/desk"),
            ("tickets", "/desk/tickets"),
            ("ticket", f"/desk/tickets/{tickets.ANSWERED}"),
            ("acting", "/acting"),
        ),
        "tang": (("audit", "/audit"),),
        "shen": (
            ("announcements", "/announcements"),
            ("operations", "/operators"),
            ("receiving", "/receiving"),
            ("receiving-invoice", f"/receiving/{things.paper}"),
            ("receiving-nothing", "/receiving?q=00000000000000000000"),
            ("imports", "/imports"),
        ),
    }


async def dry_runs(visit: Visit) -> tuple[tuple[str, str], ...]:
    """Addresses of a good and a bad file's dry run."""
    shen = await visit("shen")
    order = order_of(SHIGUANG, Charge("12.00"), today=today())
    found = []
    for name, content in (("import-good", order.content), ("import-bad", PICTURE)):
        start = await shen.get("/imports")
        shown = await shen.send(start.form("/imports"), files={"file": (f"{name}.csv", content, "text/csv")})
        found.append((name, "/imports/files/" + shown.address.rpartition("/")[2]))
    return tuple(found)


async def faults_of(page: Page, language: Language) -> list[str]:
    found = [f"too wide: {one}" for one in await too_wide(page)]
    found += [f"words: {one}" for one in await untranslated(page, language, ENTERED)]
    return found + [f"axe: {one}" for one in await barriers(page)]


@pytest.mark.timeout(600)
@pytest.mark.feature(57, 38)
async def test_every_page_is_whole_in_both_languages_on_desktop_and_phone(
    browse: Browsers, consume: Consume, visit: Visit, shots: Path
) -> None:
    things = await make_things(consume, visit)
    listed = pages_of(things)
    listed["shen"] += await dry_runs(visit)
    faults: list[str] = []
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        for width in (WIDE, PHONE):
            page = await browse.visitor(language, width)
            await page.goto("/sign-in")
            faults += [f"sign-in {language} {width}: {one}" for one in await faults_of(page, language)]
            await take(page, shots, f"sign-in-{language}-{width}")
            for login, pages in listed.items():
                page = await browse(login, language, width)
                for name, path in pages:
                    await page.goto(path)
                    await take(page, shots, f"{name}-{language}-{width}")
                    faults += [f"{name} {language} {width}: {one}" for one in await faults_of(page, language)]
            await browse.close()
    lin = await visit("lin")  # it would stand in the queue of other stories
    await lin.send((await lin.get(f"/applications/{things.reviewing}")).form(f"/applications/{things.reviewing}/cancel"))
    assert faults == []


@pytest.mark.feature(57)
async def test_the_looks_themselves_find_what_they_look_for(browse: Browsers) -> None:
    """A control: what finds nothing on a page that is wrong on purpose proves nothing on the others."""
    page = await browse("lin", "en", PHONE)
    assert await faults_of(page, "en") == []
    assert any("Available to invoice" in one for one in await untranslated(page, "zh", ENTERED))
    await page.evaluate(
        """() => {
          document.querySelector("h1").textContent = "审核中";
          const wrong = `<p>{amount}</p><img src="/static/mark.svg"><p>${"x".repeat(400)}</p>`;
          document.querySelector("main").insertAdjacentHTML("beforeend", wrong);
        }"""
    )
    assert {one.partition(":")[0] for one in await faults_of(page, "en")} == {"too wide", "words", "axe"}
    assert await untranslated(page, "en", ENTERED) == ["{amount}", "审核中"]
