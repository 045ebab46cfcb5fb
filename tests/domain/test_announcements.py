"""Announcements' moments and words, editions of the terms, cells of spreadsheets."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.announcements import Level, Wording, china_moment, wording_problems
from domain.cells import safe_cell
from domain.status import Service, ServiceState, status_problems
from domain.terms import EDITIONS, Document, edition_named, edition_on, editions_of

FINE = Wording(Level.NEWS, "新功能", "New", "", "", datetime(2026, 11, 20, tzinfo=UTC), None)


def test_a_moment_of_a_form_is_china_time() -> None:
    moment = china_moment("2026-11-21T14:30")
    assert moment is not None
    assert moment.astimezone(UTC) == datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
    assert china_moment(" 2026-11-21 14:30:00 ") == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-11-21",
        "2026-13-01T10:00",
        "2026-02-29T10:00",
        "2026-11-21T24:00",
        "1999-01-01T00:00",
        "2026-11-21T14:30Z",
        "2026-11-21T14:30+08:00",
        "2026-11-21T14:30:61",
        "9" * 300,
    ],
)
def test_what_is_no_moment_is_none(text: str) -> None:
    assert china_moment(text) is None


@given(text=st.text(max_size=40))
def test_no_text_breaks_the_reading_of_moments(text: str) -> None:
    found = china_moment(text)
    assert found is None or found.tzinfo is not None


def test_a_whole_announcement_has_no_problems() -> None:
    assert wording_problems(FINE) == ()
    assert wording_problems(replace(FINE, body_zh="一\n二", body_en="one\ntwo")) == ()


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        (replace(FINE, level="loud"), "level", "choose-one"),
        (replace(FINE, title_zh=""), "title_zh", "field-needed"),
        (replace(FINE, body_zh="只有中文"), "body_en", "announcement-other-language"),
        (replace(FINE, body_en="x" * 2001, body_zh="长"), "body_en", "announcement-long"),
        (replace(FINE, title_en="two\nlines"), "title_en", "announcement-character"),
        (replace(FINE, title_en="a\x00b"), "title_en", "announcement-character"),
        (replace(FINE, starts_at=None), "starts", "field-needed"),
        (replace(FINE, ends_at=FINE.starts_at), "ends", "moment-order"),
        (replace(FINE, ends_at=datetime(2026, 11, 20, tzinfo=UTC) + timedelta(days=367)), "ends", "moment-span"),
    ],
)
def test_each_fault_is_named_with_its_field(changed: Wording, field: str, code: str) -> None:
    assert [(found.field, found.code) for found in wording_problems(changed)] == [(field, code)]


def test_a_state_other_than_works_says_what_is_the_matter_in_both_languages() -> None:
    assert status_problems(Service.MAIL, ServiceState.WORKS, "", "") == ()
    assert {found.code for found in status_problems(Service.MAIL, ServiceState.DOWN, "", "")} == {"note-needed"}
    assert [found.field for found in status_problems(Service.MAIL, ServiceState.DOWN, "停了", "")] == ["note_en"]
    assert status_problems("coffee", "gone", "", "")[0].field == "service"


def test_the_edition_of_a_day_is_the_newest_that_holds() -> None:
    for document in Document:
        listed = editions_of(document)
        assert edition_on(document, date(2030, 1, 1)) is listed[0]
        assert edition_on(document, date(2000, 1, 1)) is listed[-1]
        assert edition_named(document, listed[0].version) is listed[0]
        assert edition_named(document, "never") is None
    assert len({(each.document, each.version) for each in EDITIONS}) == len(EDITIONS)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"])
def test_a_cell_that_looks_like_a_formula_gets_a_quote(text: str) -> None:
    assert safe_cell(text) == "'" + text
    assert safe_cell("a" + text) == "a" + text
