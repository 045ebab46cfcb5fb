"""Cells of tables that a spreadsheet opens."""

_FORMULA_SIGNS = frozenset("=+-@\t\r\n＝＋－＠")


def safe_cell(text: str) -> str:
    """Text that a spreadsheet would take for a formula gets a quote in front (ASVS 1.2.10)."""
    return "'" + text if text[:1] in _FORMULA_SIGNS else text
