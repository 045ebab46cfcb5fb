"""Which tasks go first, and that customers take turns: the one rule for applications and invoices, however they begin.

Temporal takes tasks with a smaller key first, and of one key the customers in turn. Steps of a life have its priority.
"""

from temporalio.common import Priority

EXPEDITED, SPECIAL, ORDINARY = 1, 2, 3


def priority_of(*, expedited: bool, kind: str, enterprise_id: int) -> Priority:
    """Expedited first, then special invoices, which will be deducted (feature 25), then the others."""
    key = EXPEDITED if expedited else SPECIAL if kind == "special" else ORDINARY
    return Priority(priority_key=key, fairness_key=str(enterprise_id))
