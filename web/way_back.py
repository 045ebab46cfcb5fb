"""From the application form back to where its consumption was chosen: the tab, its filters, and what is ticked."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from domain.split_choice import is_statement
from web.wanted import Wanted

LONGEST_FILTERS = 200
_FILTERS = ("show", "period", "account", "entity", "order", "rate", "view")


def filters_of(pairs: Iterable[tuple[str, str]]) -> str:
    """The picker's filters among the parts of an address, as an address has them; empty from another tab."""
    kept = [(name, value) for name, value in dict(pairs).items() if name in _FILTERS and value]
    text = urlencode(kept)
    return text if len(text) <= LONGEST_FILTERS and any(name == "show" for name, _ in kept) else ""


def way_back(wanted: Wanted, filters: str) -> str:
    """The address at which the same is chosen; `filters` as `filters_of` gives them."""
    asked = parse_qsl(filters)
    said = [*wanted.fields, *wanted.split_fields[:1]]
    if wanted.by_amount and not wanted.records and len(wanted.queries) == 1 and not asked:
        query = wanted.queries[0]
        parts = [("every", "amount"), ("amount", wanted.amount), ("period", query.period), ("entity", query.entity)]
        if not query.order and not query.show and query.rate_bp is None:
            return "/consumption/amount?" + urlencode([*parts, ("account", query.account_id or ""), *wanted.split_fields[:1]])
    if not asked and not wanted.records and wanted.queries and all(is_statement(query) for query in wanted.queries):
        return "/consumption/statements?" + urlencode(said)
    return "/consumption?" + urlencode([*(asked or [("show", "can")]), *said])
