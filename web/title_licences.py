"""A picture of the licence fills the title form. It is read and forgotten; the person compares, then adds the title."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import Response

from domain.errors import Refusal
from domain.files import checked_file
from domain.invoices import Party
from infra.attachments import file_limits
from web.dependencies import CurrentTitleKeeper, Held, Now
from web.library import list_page
from web.licence_readings import reading_of
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
    try:
        found = await reading_of(held, person, picture.content, now)
    except Refusal as often:
        return await list_page(request, held, person, typed, often.problems, status=429)
    party = Party(found.name, found.code, found.address, phone, bank, bank_account)
    return await list_page(request, held, person, party, reading=found)
