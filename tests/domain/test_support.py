"""Tickets: states, office hours, what a ticket may be about."""

from datetime import date, datetime, timedelta

import pytest

from domain.calendar import CHINA, WorkingDays
from domain.errors import Refusal
from domain.support import AboutKind, Deed, OfficeHours, TicketState, message_problems, split_about, state_after, ticket_problems

DAYS = WorkingDays(
    date(2026, 11, 1), date(2026, 12, 31), days_off=frozenset({date(2026, 11, 23)}), make_up_days=frozenset({date(2026, 11, 28)})
)
HOURS = OfficeHours(DAYS)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CHINA)


EVERY = {
    (state, deed): {
        Deed.WRITE: TicketState.REOPENED if state in {TicketState.CLOSED, TicketState.REOPENED} else TicketState.OPEN,
        Deed.ANSWER: TicketState.ANSWERED,
        Deed.ASK: TicketState.WAITING,
        Deed.CLOSE: TicketState.CLOSED,
        Deed.NOTE: state,
    }[deed]
    for state in TicketState
    for deed in Deed
    if not (state is TicketState.CLOSED and deed in {Deed.ANSWER, Deed.ASK, Deed.CLOSE})
}


@pytest.mark.parametrize(("state", "deed"), [(state, deed) for state in TicketState for deed in Deed])
def test_every_deed_in_every_state(state: TicketState, deed: Deed) -> None:
    if (state, deed) in EVERY:
        assert state_after(state, deed) is EVERY[state, deed]
    else:
        with pytest.raises(Refusal, match="ticket-closed"):
            state_after(state, deed)


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        pytest.param(at(20, 8, 59), False, at(20, 9), id="before opening"),
        pytest.param(at(20, 9), True, at(20, 9), id="at opening"),
        pytest.param(at(20, 16, 59), True, at(24, 9), id="Friday afternoon, Monday is off"),
        pytest.param(at(20, 17), False, at(24, 9), id="at closing"),
        pytest.param(at(22, 12), False, at(24, 9), id="Sunday"),
        pytest.param(at(27, 18), False, at(28, 9), id="a Saturday that is worked"),
        pytest.param(at(28, 10), True, at(30, 9), id="on that Saturday"),
    ],
)
def test_office_hours_follow_the_working_days(moment: datetime, is_open: bool, opens: datetime) -> None:
    assert HOURS.is_open(moment) is is_open
    assert HOURS.next_opening(moment) == opens


@pytest.mark.parametrize(
    ("since", "until", "waited"),
    [
        pytest.param(at(20, 10), at(20, 12, 30), timedelta(hours=2, minutes=30), id="within a day"),
        pytest.param(at(20, 16), at(24, 10), timedelta(hours=2), id="over a long weekend"),
        pytest.param(at(21, 10), at(22, 20), timedelta(0), id="on days off"),
        pytest.param(at(20, 20), at(24, 8), timedelta(0), id="outside of hours"),
        pytest.param(at(24, 9), at(26, 17), timedelta(hours=24), id="three whole days"),
        pytest.param(at(24, 9), at(24, 9), timedelta(0), id="no time"),
        pytest.param(at(24, 12), at(24, 9), timedelta(0), id="clock set back"),
    ],
)
def test_waiting_counts_office_time(since: datetime, until: datetime, waited: timedelta) -> None:
    assert HOURS.between(since, until) == waited


def test_what_a_ticket_is_about() -> None:
    assert split_about("invoice:KP-261120-ABCD1234-1") == (AboutKind.INVOICE, "KP-261120-ABCD1234-1")
    for text in ("", "invoice:", "invoice", "user:1", "title:3\n", "title:三", f"title:{'1' * 200}"):
        assert split_about(text) is None, text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "text-blank"),
        (" \n ", "text-blank"),
        ("a" * 5001, "ticket-text-long"),
        ("a\x00b", "ticket-text-control"),
        ("a\u202eb", "ticket-text-bidi"),
        ("a\u0301", "ticket-text-combining"),
    ],
)
def test_a_message_that_cannot_be_taken(text: str, code: str) -> None:
    assert [problem.code for problem in message_problems(text)] == [code]


def test_lines_pictures_and_rare_hanzi_are_fine_in_a_message_and_lines_are_not_in_a_subject() -> None:
    assert message_problems("第一行\n第二行 😀 𠮷") == ()
    assert [problem.code for problem in ticket_problems("a\nb", "text")] == ["ticket-text-line-break"]
    assert [problem.field for problem in ticket_problems("", "")] == ["subject", "text"]
