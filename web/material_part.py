"""The part of a case's page about material: what was typed there, and until when a customer who is asked now has time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.material import MaterialCode
from domain.messages import Policy
from infra.books.material import due_moments
from infra.queries.calendar import Calendar

REVIEWER_ASKS = tuple(code for code in MaterialCode if code is not MaterialCode.DEAL)
"""The alarm's own question is left to the alarm: a person says which of the papers it is."""


@dataclass(frozen=True, slots=True)
class TypedMaterial:
    """What was typed into either form; `is_open`: the one that asks is shown."""

    wanted: tuple[str, ...] = ()
    note: str = ""
    waiver: str = ""
    phrase: str = ""
    is_open: bool = False


def material_part(days: Calendar, now: datetime, typed: TypedMaterial | None) -> dict[str, Any]:
    return {
        "material_codes": REVIEWER_ASKS,
        "material_due": due_moments(days, now, Policy().material_working_days).due_at - timedelta(seconds=1),
        "typed_material": typed or TypedMaterial(),
    }
