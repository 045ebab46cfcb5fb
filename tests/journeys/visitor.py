"""A person without a browser: fetches pages and sends their own forms, for the steps that a story only needs to have happened."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from lxml import html

from domain.calendar import china_date
from domain.consents import agreed_value, editions_to_agree
from infra.demo.people import DEMO_PASSWORD
from tests.journeys.staff import STAFF_LOGINS, codes, shared_session

PATIENCE_S = 40.0
"""Two parts that restart and an activity's longest first pause fit into it, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as a browser would send it. `fields` are its values as shown; names may repeat."""

    action: str
    method: str
    fields: tuple[tuple[str, str], ...]

    def with_(self, **changes: str | None) -> "Form":
        """The form with other values; None leaves a field out."""
        kept = [(name, value) for name, value in self.fields if name not in changes]
        return Form(self.action, self.method, (*kept, *((name, value) for name, value in changes.items() if value is not None)))

    def all_of(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    @property
    def body(self) -> dict[str, list[str]]:
        gathered: dict[str, list[str]] = {}
        for name, value in self.fields:
            gathered.setdefault(name, []).append(value)
        return gathered


class Shown:
    """A page that came back."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.text = answer.text
        self.address = str(answer.url)

    @cached_property
    def tree(self) -> Any:
        return html.fromstring(self.text)

    def form(self, action: str) -> Form:
        """The page's form whose action begins so."""
        for found in self.tree.forms:
            if (found.action or "").startswith(action):
                return Form(found.action, (found.method or "GET").upper(), tuple(found.form_values()))
        raise AssertionError(f"no form for {action} on {self.address}: {self.words}")

    @property
    def turn(self) -> tuple[int, int] | None:
        """On a reviewer's page: the level that is asked now, and how many there are; None once it is decided."""
        found = self.tree.xpath("//*[@data-step]")
        return (int(found[0].get("data-step")), int(found[0].get("data-levels"))) if found else None

    @property
    def words(self) -> str:
        """The text of the page's content, blanks evened out."""
        main = self.tree.xpath("//main") or [self.tree]
        return " ".join(main[0].text_content().split())


class Visitor:
    """A signed-in person. All of it goes through the pages' own addresses and forms."""

    def __init__(self, base_url: str, language: str = "en") -> None:
        self.client = httpx.AsyncClient(
            base_url=base_url, headers={"accept-language": language}, follow_redirects=True, timeout=30, trust_env=False
        )

    async def sign_in(self, login: str) -> Self:
        if login in STAFF_LOGINS:
            cookie = await shared_session(str(self.client.base_url), login, lambda: self._sign_in(login))
            self.client.cookies.set("kaipiao", cookie, domain=self.client.base_url.host)
        else:
            await self._sign_in(login)
        return self

    async def _sign_in(self, login: str) -> str:
        """By the forms; staff with a second factor. The session's cookie."""
        start = await self.get("/sign-in")
        inside = await self.send(start.form("/sign-in").with_(login=login, password=DEMO_PASSWORD))
        for code in codes(login) if "/second-factor" in inside.address else ():
            inside = await self.send(inside.form("/second-factor").with_(code=code))
            if "/second-factor" not in inside.address:
                break
        assert "/sign-in" not in inside.address, inside.words
        assert "/second-factor" not in inside.address, inside.words
        cookie = self.client.cookies.get("kaipiao") or ""
        self.client.cookies.clear()
        self.client.cookies.set("kaipiao", cookie, domain=self.client.base_url.host)
        return cookie

    async def close(self) -> None:
        await self.client.aclose()

    async def get(self, path: str) -> Shown:
        return Shown(await self.client.get(path))

    async def send(self, form: Form, files: Mapping[str, tuple[str, bytes, str]] | None = None, **changes: str | None) -> Shown:
        """Send a form, with some fields changed."""
        sent = form.with_(**changes)
        if sent.method == "GET":
            return await self.get(f"{sent.action}?{urlencode(sent.fields)}")
        fields = {name: value for name, value in sent.body.items() if not (files and name in files)}
        return Shown(await self.client.post(sent.action, data=fields, files=dict(files) if files else None))

    async def until(self, path: str, seen: Callable[[Shown], bool], what: str) -> Shown:
        """Look at a page until it shows something. Fails with the page's last words."""
        ends_at = time.monotonic() + PATIENCE_S
        while True:
            page = await self.get(path)
            if seen(page):
                return page
            assert time.monotonic() < ends_at, f"{what} did not come on {path} within {PATIENCE_S:.0f} s; it says: {page.words[:1500]}"
            await asyncio.sleep(0.1)

    # Steps

    async def fill_in(self, order_number: str) -> Form:
        """Tick everything of an order in the picker; the application form that follows."""
        picker = await self.get(f"/consumption?show=can&order={order_number}&tick=all")
        page = await self.send(Form("/apply", "GET", tuple(("record", one) for one in picker.form("/apply").all_of("record"))))
        return page.form("/applications").with_(terms=agreed_value(editions_to_agree(china_date(datetime.now(UTC)))))

    async def apply(self, order_number: str, **changes: str) -> str:
        """Apply for an order; the application's number, once it is under review."""
        form = await self.fill_in(order_number)
        [number] = form.all_of("number")
        await self.send(form.with_(**changes))
        await self.until(f"/applications/{number}", lambda page: "Under review" in page.words, "under review")
        return number

    async def answer_material(self, number: str, text: str) -> None:
        """Where an alarm has asked: answer with words alone, until it is under review."""
        asking = await self.until(f"/applications/{number}", lambda page: 'id="material-form-' in page.text, "what is asked for")
        await self.send(asking.form(f"/applications/{number}/material").with_(text=text, action="send"))
        await self.until(f"/applications/{number}", lambda page: "Under review" in page.words, "under review")

    async def approve(self, number: str) -> None:
        """As a reviewer; what needs more levels is then approved by others of ours."""
        path = f"/review/{number}"
        step = (await self.until(path, lambda found: found.status == 200, "the case")).turn
        await self._decide(number, verdict="approve")
        for login in ("su", "qin"):
            page = await self.until(path, lambda found, before=step: found.turn is None or found.turn != before, "the next level")  # type: ignore[misc]
            if page.turn is None:
                return
            step = page.turn
            other = await Visitor(str(self.client.base_url)).sign_in(login)
            await other._decide(number, verdict="approve")
            await other.close()

    async def reject(self, number: str, reason: str) -> None:
        """As a reviewer."""
        await self._decide(number, verdict="reject", reason=reason)

    async def _decide(self, number: str, **decision: str) -> None:
        page = await self.until(f"/review/{number}", lambda found: found.status == 200, "the case")
        await self.send(page.form(f"/review/{number}/decision").with_(**decision))

    async def issued(self, number: str, position: int = 1) -> str:
        """Wait until an application's invoice is issued and its documents are there; the invoice's id."""
        invoice_id = f"{number}-{position}"
        await self.until(f"/invoices/{invoice_id}", lambda page: "blue.pdf" in page.text, "the document")
        return invoice_id

    async def invoice_number(self, invoice_id: str) -> str:
        """The 20 digits."""
        page = await self.get(f"/invoices/{invoice_id}")
        groups = page.tree.xpath("//h1//span[@class='kp-groups']/span")
        return "".join(group.text_content() for group in groups)

    async def balance(self) -> dict[str, int]:
        """The formula of the home page, in fen, by the filter each line leads to."""
        page = await self.get("/")
        return {link.get("href").partition("show=")[2]: fen(link.text_content()) for link in page.tree.xpath("//ul[@class='kp-tree']//a")}


def fen(text: str) -> int:
    """The amount at the end of a text, such as `Available to invoice 1,234.50`."""
    found = re.search(r"(−?)([\d,]+)\.(\d\d)$", text.strip())
    assert found is not None, text
    amount = int(found[2].replace(",", "") + found[3])
    return -amount if found[1] else amount


def money(amount_fen: int) -> str:
    """The amount as pages show it."""
    sign = "−" if amount_fen < 0 else ""
    return f"{sign}{abs(amount_fen) // 100:,}.{abs(amount_fen) % 100:02d}"
