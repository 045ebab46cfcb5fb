"""Amounts that come as binary doubles: from Excel, and from exports to Parquet without decimals."""

import math
from decimal import Decimal

from domain.focus_values import APPROXIMATE

FLOAT_DIGITS = 15
"""Every decimal of so many significant digits survives a binary double; of more, two may become the same one."""


def float_text(value: float) -> str:
    """The amount that a binary number was written as, when that is certain (see `FLOAT_DIGITS`), else with `APPROXIMATE` before.

    What is no number (`nan`, `inf`) is said as it is: no amount, and so refused.
    """
    if not math.isfinite(value):
        return str(value)
    shortest = Decimal(repr(value))
    text = format(shortest, "f")
    return text if len(shortest.normalize().as_tuple().digits) <= FLOAT_DIGITS else APPROXIMATE + text
