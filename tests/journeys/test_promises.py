"""A promise in one story: it says why, an expedite says its cost, the calendar moves it and back, and the supervisor sees it all."""

import re
from datetime import date

import pytest

from infra.demo.companies import YANXI
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume
from tests.journeys.visitor import Visitor


async def set_day(operator: Visitor, day: date, worked: str, note: str) -> None:
    """By the page's own form."""
    form = (await operator.get(f"/calendar?year={day.year}")).form("/calendar/days")
    done = await operator.send(form.with_(day=day.isoformat(), worked=worked, note=note))
    assert "done=day" in done.address, done.words


@pytest.mark.feature(21, 25, 44)
async def test_a_promise_says_why_and_moves_with_the_calendar(consume: Consume, visit: Visit) -> None:
    gu, operator, qin = await visit("gu"), await visit("shen"), await visit("qin")
    first = await gu.apply((await consume(YANXI, Charge("212.00"))).number)
    second = await gu.apply((await consume(YANXI, Charge("318.00"))).number)
    page = await gu.get(f"/applications/{second}")
    assert "Submitted today" in page.words
    assert "the next working day is" in page.words
    assert re.search(r"You would go before \d+ applications? that", page.words)

    export = (await qin.get("/desk/promises/days.csv")).text
    assert "Expedited and special: kept" in export
    due = date.fromisoformat(re.findall(r"\d{4}-\d\d-\d\d", (await qin.get("/applications/export.csv")).text.split(second)[1])[1])
    try:
        await set_day(operator, due, "off", "Move of the office")
        moved = await gu.until(
            f"/applications/{second}", lambda seen: "because the calendar changed: Move of the office" in seen.words, "why it moved"
        )
        assert "Moved today" in moved.words
    finally:
        await set_day(operator, due, "published", "Back again")
    await gu.until(f"/applications/{second}", lambda seen: "because the calendar changed: Back again" in seen.words, "back where it was")

    await gu.send((await gu.get(f"/applications/{second}")).form(f"/applications/{second}/expedite"))
    after = await gu.until(f"/applications/{second}", lambda seen: "When it was expedited" in seen.words, "what it cost others")
    assert re.search(r"it went before \d+ applications? that waited", after.words)
    assert (
        "of them expedited" in (await gu.get(f"/applications/{first}")).words
        or "expedited: " in (await gu.get(f"/applications/{first}")).words
    )

    desk = await qin.get("/desk/promises")
    for words in ("Age of the queue", "Throughput by day", "Promises kept", "The next 120 days"):
        assert words in desk.words
    tried = await qin.send(desk.form("/desk/promises/peaks#f-peaks").with_(month_last="1", action="try"))
    assert "Nothing is changed yet." in tried.words
