"""The OA's adapter against the real simulator, and the addresses that a customer may not lead us to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.invoices import InvoiceKind, Medium
from domain.messages import Verdict
from domain.ports import OfficeAddress, OfficeQuestion, OutsideDisagrees, OutsideRefused, OutsideUnavailable
from infra.courier import BadCallback, verify_callback
from infra.oa import HttpOffice, address_problem, office_answer, target_of
from tests.sign_offs import SECRET
from tests.simulators.receiver import Receiver
from tests.simulators.running import Simulator

TIMEOUT_SECONDS = 0.5
ID = "KP-261121-00000001:1"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Simulator]:
    simulator = Simulator("oa", tmp_path, "--secret", SECRET).start()
    yield simulator
    simulator.stop()


@pytest.fixture
def adapter() -> HttpOffice:
    return HttpOffice(TIMEOUT_SECONDS, development=True)


def question(callback_url: str = "http://127.0.0.1:1/callbacks") -> OfficeQuestion:
    return OfficeQuestion(
        request_id=ID,
        number=ID.partition(":")[0],
        version=1,
        amount_fen=123_456_78,
        kind=InvoiceKind.SPECIAL,
        medium=Medium.ELECTRONIC,
        title="北京拾光互动科技有限公司",
        applicant="孟瑶 <b>",
        account="拾光文化传媒",
        due_at=datetime.now(UTC) + timedelta(days=3),
        page_url="http://127.0.0.1:1/applications/KP-261121-00000001",
        callback_url=callback_url,
    )


def at(simulator: Simulator, secret: str = SECRET) -> OfficeAddress:
    return OfficeAddress(simulator.url, secret)


def decide(simulator: Simulator, verdict: str, reason: str = "") -> None:
    simulator.client.post(f"{simulator.url}/admin/approvals/{ID}/{verdict}", data={"reason": reason}).raise_for_status()


@pytest.mark.parametrize(("verdict", "expected"), [("approve", Verdict.APPROVE), ("refuse", Verdict.REJECT)])
def test_it_is_asked_once_and_its_decision_is_found(adapter: HttpOffice, office: Simulator, verdict: str, expected: Verdict) -> None:
    assert adapter.look(at(office), ID) is None
    asked = adapter.ask(at(office), question())
    assert (asked.verdict, asked.version) == (None, 1)
    assert adapter.ask(at(office), question()) == adapter.look(at(office), ID) == asked
    assert "孟瑶 &lt;b&gt;" in office.client.get(office.url).text
    decide(office, verdict, "预算不符")
    decide(office, "approve" if verdict == "refuse" else "refuse", "too late")
    found = adapter.look(at(office), ID)
    assert found is not None
    assert (found.verdict, found.reason, found.reference) == (expected, "预算不符", "BPM-000001")
    assert found.event_id.startswith("oa:oa_")


def test_a_wrong_secret_asks_nothing(adapter: HttpOffice, office: Simulator) -> None:
    wrong = at(office, "whsec_" + "b3RoZXI=" * 4)
    with pytest.raises(OutsideUnavailable):
        adapter.look(wrong, ID)
    with pytest.raises(OutsideUnavailable):
        adapter.ask(wrong, question())
    assert adapter.look(at(office), ID) is None


def test_a_malformed_question_is_refused(adapter: HttpOffice, office: Simulator) -> None:
    with pytest.raises(OutsideRefused):
        adapter.ask(at(office), question("http://127.0.0.1/" + "x" * 600))


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "away"},
        {"kind": "fail-before"},
        {"kind": "fail-after"},
        {"kind": "slow", "seconds": 1.5},
        {"kind": "late", "seconds": 1.5},
        {"kind": "drip", "seconds": 0.05},
        *({"kind": "garbage", "variant": variant} for variant in ("half", "html", "empty", "huge", "redirect", "error-inside")),
    ],
    ids=str,
)
def test_every_doubt_is_looked_up_and_asked_again_as_the_same_question(
    adapter: HttpOffice, office: Simulator, fault: dict[str, object]
) -> None:
    office.order(str(fault["kind"]), path="/approvals", method="POST", **{key: fault[key] for key in fault if key != "kind"})
    with pytest.raises((OutsideUnavailable, OutsideDisagrees)):
        adapter.ask(at(office), question())
    office.clear()
    assert adapter.ask(at(office), question()).reference == ""
    assert office.client.get(office.url).text.count("<td>KP-261121-00000001</td>") == 1


def test_an_answer_about_another_request_is_not_taken() -> None:
    said = {"request_id": "KP-261121-00000002:1", "version": 1, "state": "approved", "event_id": "x"}
    with pytest.raises(OutsideDisagrees):
        office_answer(said, ID)


@pytest.mark.parametrize(
    "change",
    [{"state": "yes"}, {"state": 1}, {"version": "1"}, {"version": None}, {"event_id": ""}, {"event_id": "a b"}, {"reference": "\n"}],
    ids=str,
)
def test_what_is_no_answer_is_a_doubt_and_never_an_approval(change: dict[str, object]) -> None:
    said = {"request_id": ID, "version": 1, "state": "approved", "event_id": "x", **change}
    with pytest.raises(OutsideUnavailable):
        office_answer(said, ID)


# Callbacks of the simulator


@pytest.mark.parametrize(
    ("fault", "verdicts"),
    [
        (None, ["ok"]),
        ({"kind": "callback-twice"}, ["ok", "ok"]),
        ({"kind": "callback-bad-signature"}, ["signature", "ok"]),
        ({"kind": "callback-old"}, ["old", "ok"]),
        ({"kind": "callback-wrong-version"}, ["ok", "ok"]),
        ({"kind": "callback-late", "seconds": 0.3}, ["ok"]),
    ],
    ids=str,
)
def test_its_callbacks_are_signed_as_we_check_them(
    adapter: HttpOffice, office: Simulator, receiver: Receiver, fault: dict[str, object] | None, verdicts: list[str]
) -> None:
    adapter.ask(at(office), question(receiver.url))
    if fault is not None:
        office.order(str(fault["kind"]), **{key: fault[key] for key in fault if key != "kind"})
    decide(office, "approve")
    found, versions = [], []
    for call in [receiver.next() for _ in verdicts]:
        try:
            said = verify_callback(call.headers, call.body, SECRET, datetime.now(UTC))
            found.append("ok")
            versions.append(said["version"])
        except BadCallback as bad:
            found.append(bad.code)
    assert found == verdicts
    assert versions[-1] == 1
    assert (2 in versions) is (fault is not None and fault["kind"] == "callback-wrong-version")


# Addresses


def leads_to(*addresses: str) -> object:
    return lambda _host, _port: list(addresses)


BLOCKED = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.8", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254"),
    *("100.64.0.1", "100.100.100.200", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1"),
    *("::ffff:10.0.0.8", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:8", "2002:7f00:1::1"),
    *("2002:a00:8::1", "2001:0:7f00:1::1", "2001:db8::1", "100::1"),
)


@pytest.mark.parametrize("address", BLOCKED)
def test_a_name_that_leads_inside_is_not_asked(address: str) -> None:
    with pytest.raises(OutsideUnavailable):
        target_of("https://oa.example.cn/x", leads_to(address))  # type: ignore[arg-type]
    with pytest.raises(OutsideUnavailable):
        target_of("https://oa.example.cn/x", leads_to("47.100.1.1", address))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "2130706433", "0x7f000001", "017700000001", "127.1", "0x7f.1", "0", "0.0.0.0", "169.254.169.254", "2852039166"),
        *(
            "0xa9fea9fe",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[0:0:0:0:0:ffff:7f00:1]",
            "[fe80::1]",
            "[fd00::1]",
            "10.1.1.1",
            "192.168.0.1",
        ),
    ],
)
def test_an_address_inside_is_refused_as_it_is_typed_in_every_spelling(host: str) -> None:
    problem = address_problem(f"https://{host}/oa")
    assert problem is not None
    assert problem.code == "oa-url-private"


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8443", "LocalHost", "localhost.", "foo.localhost", "oa.local", "oa.corp.internal"]
)
@pytest.mark.parametrize("development", [False, True])
def test_a_name_of_an_internal_network_is_refused_whatever_it_leads_to(host: str, development: bool) -> None:
    """In development as well: there this machine is asked by http alone, so what is saved is never asked in vain."""
    url = f"https://{host}/x"
    problem = address_problem(url, development=development)
    assert problem is not None
    assert problem.code == "oa-url-private"
    with pytest.raises(OutsideUnavailable, match="oa-url-private"):
        target_of(url, leads_to("47.100.1.1"), development=development)  # type: ignore[arg-type]


def test_a_name_that_only_contains_such_a_word_is_not_internal() -> None:
    for host in ("localhost.example.cn", "mylocalhost.cn", "internal.example.cn", "oa.notlocal"):
        assert address_problem(f"https://{host}/x") is None


@pytest.mark.parametrize(
    "url",
    [
        *("", "oa.example.cn", "//oa.example.cn", "https://", "https:///x", "file:///etc/passwd", "gopher://oa.example.cn", "javascript:x"),
        *(
            "http://oa.example.cn",
            "http://127.0.0.1:8104",
            "https://oa.example.cn:22",
            "https://oa.example.cn:0",
            "https://oa.example.cn:99999",
        ),
        *("https://user@oa.example.cn", "https://127.0.0.1@oa.example.cn", "https://oa.example.cn#@127.0.0.1", "https://oa.example.cn?x=1"),
        *(
            "https://oa.example.cn\\@127.0.0.1",
            "https://oa.example.cn/%2e%2e",
            "https://oa.example.cn/\r\nHost:x",
            "https://oa。example。cn",
        ),
        *("https://１２７.0.0.1", "https://oa.example.cn /", "https://[::1", "https://oa.example.cn/" + "x" * 600),
    ],
)
def test_what_is_no_address_of_an_oa_is_refused(url: str) -> None:
    assert address_problem(url) is not None
    with pytest.raises(OutsideUnavailable):
        target_of(url, leads_to("47.100.1.1"))  # type: ignore[arg-type]


def test_a_name_is_resolved_once_and_that_address_is_connected_to() -> None:
    """A second answer of the name server, which leads inside, is never asked for."""
    answers = [["47.100.1.1"], ["127.0.0.1"]]
    target = target_of("https://oa.example.cn/x/", lambda _host, _port: answers.pop(0))
    assert (target.address, target.host, target.port, target.path) == ("47.100.1.1", "oa.example.cn", 443, "/x")
    assert target.authority == "oa.example.cn"
    assert len(answers) == 1


def test_this_machine_may_be_asked_in_development_alone() -> None:
    assert address_problem("http://127.0.0.1:8104", development=True) is None
    assert target_of("http://localhost:8104", leads_to("127.0.0.1"), development=True).address == "127.0.0.1"  # type: ignore[arg-type]
    for url, address in (("http://oa.example.cn", "47.100.1.1"), ("http://10.0.0.8", "10.0.0.8"), ("https://oa.example.cn", "127.0.0.1")):
        with pytest.raises(OutsideUnavailable):
            target_of(url, leads_to(address), development=True)  # type: ignore[arg-type]
