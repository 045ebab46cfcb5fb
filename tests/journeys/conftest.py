"""One running Kaipiao for all stories, with the demo's people; each story brings consumption of its own."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from cli.stack import Stack
from infra.demo.companies import DemoEnterprise
from tests.journeys.browsers import Browsers, launch
from tests.journeys.consumption import Charge, Consume, Order, import_order, order_of, today
from tests.journeys.outside import Outside
from tests.journeys.visitor import Visitor

Visit = Callable[..., Awaitable[Visitor]]

_folder: list[Path] = []
_failed = pytest.StashKey[bool]()


@pytest.fixture(scope="package")
def shots() -> Path:
    """Where screenshots go; named at the end of the run."""
    _folder.append(Path(tempfile.mkdtemp(prefix="kaipiao-journeys-")))
    return _folder[-1]


@pytest.fixture(scope="package")
async def stack() -> AsyncIterator[Stack]:
    """Every part, on free ports, with data that is gone afterwards."""
    async with Stack(demo=True) as running:
        yield running


@pytest.fixture(scope="package")
async def chromium(stack: Stack) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch(playwright, stack.settings)
        yield browser
        await browser.close()


@pytest.fixture
async def browse(stack: Stack, chromium: Browser, request: pytest.FixtureRequest, shots: Path) -> AsyncIterator[Browsers]:
    """`await browse("lin", "zh")` is a page in which she is signed in; `await browse.visitor()` one in which nobody is."""
    browsers = Browsers(chromium, stack.urls["web"])
    yield browsers
    if request.node.stash.get(_failed, False):
        await browsers.save_pictures(shots, f"failed-{request.node.name}"[:120].replace("/", "-"))
    await browsers.close()
    assert browsers.wrong == []


@pytest.fixture
async def visit(stack: Stack) -> AsyncIterator[Visit]:
    """`await visit("xu")` is signed in without a browser, for steps that a story only needs to have happened."""
    opened: list[Visitor] = []

    async def open_session(login: str, language: str = "en") -> Visitor:
        opened.append(Visitor(stack.urls["web"], language))
        return await opened[-1].sign_in(login)

    yield open_session
    for visitor in opened:
        await visitor.close()


@pytest.fixture
def consume(visit: Visit) -> Consume:
    """`await consume(SHIGUANG, Charge("106.00"))`: an operator has imported this bill."""

    async def bill(enterprise: DemoEnterprise, *charges: Charge) -> Order:
        order = order_of(enterprise, *charges, today=today())
        await import_order(await visit("shen"), order)
        return order

    return bill


@pytest.fixture(scope="package")
def outside(stack: Stack) -> Iterator[Outside]:
    """Mail sink, courier and tax bureau."""
    made = Outside(stack)
    yield made
    made.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Feature numbers go into the JUnit report, from which `make features` reads them."""
    for item in items:
        numbers = {number for marker in item.iter_markers("feature") for number in marker.args}
        item.user_properties += [("feature", str(number)) for number in sorted(numbers)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    running = getattr(item, "funcargs", {}).get("stack")
    if report.failed and isinstance(running, Stack):
        report.sections += [(f"end of {part}'s log", running.tail(part)) for part in ("web", "worker")]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for folder in _folder:
        terminalreporter.write_line(f"screenshots of the journeys: {folder}")
