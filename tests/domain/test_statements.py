"""By when a statement is confirmed."""

from datetime import date

import pytest

from domain.statements import confirm_by


@pytest.mark.parametrize(
    ("made", "last_day"),
    [
        (None, date(2026, 11, 5)),
        (date(2026, 11, 3), date(2026, 11, 5)),
        (date(2026, 11, 5), date(2026, 11, 5)),
        (date(2026, 11, 6), date(2026, 12, 5)),
        (date(2026, 12, 2), date(2026, 12, 5)),
        (date(2026, 12, 31), date(2027, 1, 5)),
    ],
)
def test_a_statement_that_is_made_late_is_confirmed_by_the_next_5th(made: date | None, last_day: date) -> None:
    assert confirm_by("2026-10", made) == last_day
