"""The tax bureau's own rules."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.simulators.bodies import BUYER, line_body, red_body, request_body
from tests.simulators.running import Simulator


def issue(bureau: Simulator, body: dict[str, Any]) -> dict[str, Any]:
    answer = bureau.post("/invoices", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_number_has_year_province_channel_and_a_sequence(bureau: Simulator) -> None:
    electronic = issue(bureau, request_body())
    paper = issue(bureau, request_body(medium="paper"))
    year = datetime.now(timezone(timedelta(hours=8))).strftime("%y")
    assert re.fullmatch(rf"{year}332\d{{15}}", electronic["number"])
    assert re.fullmatch(rf"{year}337\d{{15}}", paper["number"])
    assert int(paper["number"][5:]) == int(electronic["number"][5:]) + 1
    assert (electronic["total"], electronic["tax"], electronic["buyer_tax_id"]) == ("106.00", "6.00", BUYER["tax_id"])


def test_a_known_request_id_is_refused_and_can_be_looked_up(bureau: Simulator) -> None:
    body = request_body(request_id="2026-000123/1 甲")
    first = issue(bureau, body)
    again = bureau.post("/invoices", body)
    assert (again.status_code, again.json()["code"]) == (409, "duplicate-request")
    assert bureau.get(f"/invoices/by-request/{quote(body['request_id'], safe='')}") == first


def test_an_unknown_request_id_is_said_to_be_unknown(bureau: Simulator) -> None:
    answer = bureau.client.get(f"{bureau.url}/invoices/by-request/never-asked")
    assert (answer.status_code, answer.json()["code"], answer.json()["request_id"]) == (404, "unknown-request", "never-asked")


def test_a_bureau_that_forgets_issues_a_second_number_and_its_book_shows_both(bureau: Simulator) -> None:
    started = datetime.now(UTC)
    bureau.post("/admin/forget", {"on": True})
    body = request_body()
    first, second = issue(bureau, body), issue(bureau, body)
    assert first["number"] != second["number"]
    book = bureau.get(f"/book?since={quote(started.isoformat())}")["entries"]
    assert [entry["number"] for entry in book if entry["request_id"] == body["request_id"]] == [first["number"], second["number"]]
    assert bureau.get(f"/invoices/by-request/{body['request_id']}")["number"] == first["number"]
    bureau.post("/admin/forget", {"on": False})
    assert issue(bureau, body)["number"] not in (first["number"], second["number"])  # it was not remembered then
    assert bureau.post("/invoices", body).status_code == 409


REFUSALS: list[tuple[str, dict[str, Any]]] = [
    ("sums", {"total": "106.01"}),
    ("sums", {"tax": "6.01"}),
    ("sums", {"lines": [line_body(), line_body()]}),
    ("tax-of-line", {"lines": [line_body(tax="6.07")], "total": "106.07", "tax": "6.07"}),
    ("tax-of-whole", {"lines": [line_body(tax="6.06")] * 22, "total": "2333.32", "tax": "133.32"}),
    ("rate", {"lines": [line_body(rate="0.07", tax="7.00")], "total": "107.00", "tax": "7.00"}),
    ("unknown-province", {"province": "99"}),
    ("buyer-tax-id-missing", {"buyer": {"name": "乙"}}),
    ("buyer-tax-id", {"buyer": {"name": "乙", "tax_id": "91500106MA2CE71F65"}}),
    ("seller-tax-id", {"seller": {"name": "甲", "tax_id": "9133"}}),
    ("not-positive", {"lines": [line_body("0.00", "0.00")], "total": "0.00", "tax": "0.00"}),
    ("discount", {"lines": [line_body("-100.00", "-6.00"), line_body(), line_body()]}),
    ("discount", {"lines": [line_body(), line_body("-100.01", "-6.00"), line_body()], "total": "105.99"}),
    ("reason", {"reason": "01"}),
    ("original-unknown", {"original_number": "26332000000000000000", "reason": "02"}),
    ("malformed", {"total": "106"}),
    ("malformed", {"total": "1e2"}),
    ("malformed", {"total": 106}),
    ("malformed", {"lines": []}),
    ("malformed", {"lines": [line_body(net="NaN")]}),
    ("malformed", {"lines": [line_body(classification_code="304")]}),
    ("malformed", {"request_id": ""}),
    ("malformed", {"amount": "106.00"}),
]


@pytest.mark.parametrize(("code", "wrong"), REFUSALS)
def test_what_breaks_a_rule_is_refused_and_not_issued(bureau: Simulator, code: str, wrong: dict[str, Any]) -> None:
    body = request_body(**wrong)
    answer = bureau.post("/invoices", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    if body["request_id"]:
        assert bureau.client.get(f"{bureau.url}/invoices/by-request/{body['request_id']}").status_code == 404


@pytest.mark.parametrize("tax", ["5.94", "6.00", "6.06"])
def test_tax_may_be_six_cents_off_on_a_line(bureau: Simulator, tax: str) -> None:
    issue(bureau, request_body(lines=[line_body(tax=tax)], total=f"10{tax}", tax=tax))


def test_a_discount_directly_after_its_line_is_accepted(bureau: Simulator) -> None:
    issue(bureau, request_body(lines=[line_body(quantity="2"), line_body("-50.00", "-3.00")], total="53.00", tax="3.00"))


def test_an_ordinary_invoice_needs_no_tax_id_of_the_buyer(bureau: Simulator) -> None:
    assert issue(bureau, request_body(kind="ordinary", buyer={"name": "个人"}))["buyer_tax_id"] == ""


def test_a_red_invoice_names_the_blue_one_and_a_confirmation_sheet(bureau: Simulator) -> None:
    blue = issue(bureau, request_body())
    red = issue(bureau, red_body(blue["number"]))
    day = datetime.now(timezone(timedelta(hours=8))).strftime("%y%m%d")
    assert red["original_number"] == blue["number"]
    assert re.fullmatch(rf"33\d{{4}}{day}\d{{8}}", red["red_sheet_number"])
    assert (red["total"], red["tax"], red["red_sheet_state"]) == ("-106.00", "-6.00", "01")


def test_partial_reds_never_exceed_the_blue_invoice(bureau: Simulator) -> None:
    blue = issue(bureau, request_body())
    part = {"lines": [line_body("-60.00", "-3.60")], "total": "-63.60", "tax": "-3.60"}
    issue(bureau, red_body(blue["number"], **part))
    above = bureau.post("/invoices", red_body(blue["number"], **part))
    assert (above.status_code, above.json()["code"]) == (422, "above-original")
    issue(bureau, red_body(blue["number"], lines=[line_body("-40.00", "-2.40")], total="-42.40", tax="-2.40"))


def test_two_full_reds_at_the_same_moment_give_one(bureau: Simulator) -> None:
    blue = issue(bureau, request_body())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bureau.post("/invoices", red_body(blue["number"])), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 7


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("reason", {"reason": ""}),
        ("sign", {"lines": [line_body()], "total": "106.00", "tax": "6.00"}),
        ("sign", {"lines": [line_body("-100.00", "-6.00", quantity="1")]}),
        ("quantity", {"lines": [line_body("-100.00", "-6.00", quantity="-1")], "reason": "04"}),
        ("not-whole", {"lines": [line_body("-60.00", "-3.60")], "total": "-63.60", "tax": "-3.60", "reason": "01"}),
        ("original-differs", {"kind": "ordinary"}),
        ("original-differs", {"buyer": BUYER | {"name": "丙科技有限公司"}}),
    ],
)
def test_a_red_invoice_that_does_not_fit_the_blue_one_is_refused(bureau: Simulator, code: str, wrong: dict[str, Any]) -> None:
    blue = issue(bureau, request_body())
    answer = bureau.post("/invoices", red_body(blue["number"], **wrong))
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_red_invoice_is_not_corrected_by_another(bureau: Simulator) -> None:
    red = issue(bureau, red_body(issue(bureau, request_body())["number"]))
    assert bureau.post("/invoices", red_body(red["number"])).json()["code"] == "original-unknown"


def test_the_book_is_read_in_pages_that_add_up(bureau: Simulator) -> None:
    since = quote(datetime.now(UTC).isoformat())
    issued = [issue(bureau, request_body())["number"] for _ in range(5)]
    read: list[str] = []
    after: int | None = 0
    while after is not None:
        part = bureau.get(f"/book?since={since}&after={after}&limit=2")
        read += [entry["number"] for entry in part["entries"]]
        after = part["next"]
    assert read == issued


def test_what_was_answered_survives_a_kill_in_the_middle(own_bureau: Simulator) -> None:
    """Asked again after the restart as we would, each request has exactly one number, and no answered one changed."""
    bodies = [request_body() for _ in range(150)]
    answered: dict[str, str] = {}

    def ask(body: dict[str, Any]) -> None:
        try:
            answer = own_bureau.post("/invoices", body)
        except httpx.TransportError:
            return
        answered[body["request_id"]] = answer.json()["number"]
        if len(answered) == 40 and own_bureau.process is not None:
            own_bureau.process.kill()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ask, bodies))
    assert 40 <= len(answered) < len(bodies)
    own_bureau.restart()
    for body in bodies:
        assert own_bureau.post("/invoices", body).status_code in (201, 409)
    book = own_bureau.get("/book?limit=1000")["entries"]
    assert len(book) == len({entry["number"] for entry in book}) == len(bodies)
    numbers = {entry["request_id"]: entry["number"] for entry in book}
    assert numbers.keys() == {body["request_id"] for body in bodies}
    assert answered.items() <= numbers.items()


def test_forgetting_survives_a_restart_and_faults_do_not(own_bureau: Simulator) -> None:
    own_bureau.post("/admin/forget", {"on": True})
    own_bureau.order("away", times=0)
    own_bureau.restart()
    assert own_bureau.get("/admin/forget") == {"on": True}
    assert own_bureau.faults() == []
    body = request_body()
    assert issue(own_bureau, body)["number"] != issue(own_bureau, body)["number"]


def test_the_page_shows_numbers_and_faults_and_escapes_names(bureau: Simulator) -> None:
    issued = issue(bureau, request_body(buyer={"name": "<script>alert(1)</script>", "tax_id": BUYER["tax_id"]}))
    form = {"kind": "slow", "path": "/book", "times": "3", "seconds": ""}
    answer = bureau.client.post(f"{bureau.url}/admin/faults", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = bureau.client.get(bureau.url).text
    assert issued["number"] in page
    assert "/book" in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
