"""A picture of the licence fills the title form. It is read and forgotten; the person compares, then adds the title."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import Response

from domain.errors import Problem, Refusal
from domain.files import checked_file
from domain.invoices import Party
from infra.attachments import file_limits
from infra.licences import no_reading, read_licence
from infra.limits import take
from web.authentication_form import READINGS
from web.dependencies import CurrentTitleKeeper, Held, Now
from web.library import list_page
from web.limits import AttachmentRoute

router = APIRouter(prefix="/titles", route_class=AttachmentRoute)


@router.post("/licence")
async def fill_from_licence(
    request: Request,
    person: CurrentTitleKeeper,
    held: Held,
    now: Now,
    file: UploadFile | None = None,
    phone: Annotated[str, Form(max_length=60)] = "",
    bank: Annotated[str, Form(max_length=200)] = "",
    bank_account: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """The title form with what the picture says; nothing is stored. What was not recognised stays empty, to be typed."""
    typed = Party("", phone=phone, bank=bank, bank_account=bank_account)
    try:
        picture = checked_file(await file.read() if file else b"", (file.filename or "") if file else "", file_limits(held.settings))
    except Refusal as refusal:
        return await list_page(request, held, person, typed, refusal.problems)
    taken = await held.in_thread(take, held.database, [(READINGS, str(person.id))], now)
    if not taken.ids:
        minutes = max(1, int(taken.wait.total_seconds() // 60) + 1)
        often = Problem("file", "reading-often", {"minutes": str(minutes)})
        return await list_page(request, held, person, typed, (often,), status=429)
    read = read_licence if held.settings.read_licences else no_reading
    # Not in the pool of the pages: eight pictures would stop every page for as long as they take.
    found = await asyncio.to_thread(read, picture.content)
    party = Party(found.name, found.code, found.address, phone, bank, bank_account)
    return await list_page(request, held, person, party, reading=found)
