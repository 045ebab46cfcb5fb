"""Switching "one application over several accounts" on and off, by the enterprise's master (feature 17)."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from infra.consolidation import consolidate
from web.dependencies import CurrentPeopleKeeper, Now, Write

router = APIRouter()


@router.post("/people/consolidation")
async def switch(
    person: CurrentPeopleKeeper, writes: Write, now: Now, state: Annotated[str, Form(alias="switch", max_length=3)] = ""
) -> RedirectResponse:
    """`on` switches it on, anything else off."""
    assert person.enterprise_id is not None  # noqa: S101 (a master has one)
    on = state == "on"
    await writes(consolidate, person.enterprise_id, on, person.id, now)
    return RedirectResponse(f"/people?done={'consolidated' if on else 'apart'}#consolidation", 303)
