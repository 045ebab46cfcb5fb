"""Exchange rates of the demo: one real day, for trying real files, and a series that repeats by day of month."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from infra.tables import ExchangeRateRow

_FILE = Path(__file__).parent / "rates.csv"
_DAYS = 130
"""Four months and a week: the oldest closed month of the demo, and the ten days a rate may lag."""


def demo_rates(today: date) -> Iterator[ExchangeRateRow]:
    """Rates of working days up to `today`. A day always has the same rate, so that seeding again changes nothing."""
    by_day_of_month: list[tuple[str, int, str, str]] = []
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if "-" in row["day"]:
                yield ExchangeRateRow(currency=row["currency"], day=date.fromisoformat(row["day"]), rate=row["rate"], source=row["source"])
            else:
                by_day_of_month.append((row["currency"], int(row["day"]), row["rate"], row["source"]))
    for back in range(_DAYS):
        day = today - timedelta(days=back)
        if day.weekday() >= 5:  # no rate is published at weekends; a month that ends on one takes Friday's
            continue
        for currency, day_of_month, rate, source in by_day_of_month:
            if day_of_month == day.day:
                yield ExchangeRateRow(currency=currency, day=day, rate=rate, source=source)
