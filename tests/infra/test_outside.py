"""The reading of answers that may be anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ports import OutsideUnavailable
from infra.outside import Answer, fen, moment, text, yuan


@given(st.integers(-(10**14), 10**14))
def test_amounts_come_back_as_they_went(amount_fen: int) -> None:
    assert fen({"total": yuan(amount_fen)}, "total") == amount_fen


@pytest.mark.parametrize(
    "said",
    [
        "",
        "1",
        "1.0",
        "1.000",
        "1,000.00",
        "+1.00",
        "1e2",
        "NaN",
        "Infinity",
        ".50",
        "1.",
        " 1.00",
        "1.00\n",
        "１.00",
        "１２.３４",
        1,
        1.0,
        None,
    ],
)
def test_what_is_no_amount_is_a_doubt(said: object) -> None:
    with pytest.raises(OutsideUnavailable):
        fen({"total": said}, "total")


@pytest.mark.parametrize("said", ["", "yesterday", "2026-11-21", "2026-11-21T10:00:00", 1700000000, None])
def test_what_is_no_moment_with_a_zone_is_a_doubt(said: object) -> None:
    with pytest.raises(OutsideUnavailable):
        moment({"at": said}, "at")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"{", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000, b'{"a": 1} {"b": 2}'])
def test_what_is_no_json_object_is_a_doubt(body: bytes) -> None:
    with pytest.raises(OutsideUnavailable):
        Answer(200, body).object()
    assert Answer(404, body).code() == ""


@pytest.mark.parametrize("said", [{}, {"number": ""}, {"number": 1}, {"number": None}, {"number": ["1"]}])
def test_a_field_that_is_missing_empty_or_no_text_is_a_doubt(said: dict[str, object]) -> None:
    with pytest.raises(OutsideUnavailable):
        text(said, "number")
