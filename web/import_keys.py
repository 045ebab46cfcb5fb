"""Import keys: operators make them for billing systems, see when each was used last, and end them. The secret is shown once."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from domain.errors import Problem, Refusal
from infra.import_keys import LONGEST_NAME, UnknownKey, end_key, import_keys, make_key
from web.cursors import RecordId
from web.dependencies import CurrentKeyKeeper, Held, Now, Read, Reads, Services, Write
from web.errors import NotFound

router = APIRouter(prefix="/import-keys")


@router.get("")
async def keys(request: Request, _keeper: CurrentKeyKeeper, held: Held, reads: Read) -> Response:
    return await _page(request, held, reads)


@router.post("")
async def make(
    request: Request,
    keeper: CurrentKeyKeeper,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    name: Annotated[str, Form(max_length=100_000)] = "",
) -> Response:
    """Make a key and show its secret, on this answer alone: no address leads to it, and it is not kept."""
    try:
        secret = await writes(make_key, name, keeper.id, now)
    except Refusal as refusal:
        return await _page(request, held, reads, name=name, problems=refusal.problems)
    return await _page(request, held, reads, secret=secret)


@router.post("/{key_id}/end", status_code=303)
async def end(key_id: RecordId, keeper: CurrentKeyKeeper, writes: Write, now: Now) -> RedirectResponse:
    """From now on the key opens nothing."""
    try:
        await writes(end_key, key_id, keeper.id, now)
    except UnknownKey as error:
        raise NotFound from error
    return RedirectResponse("/import-keys", 303)


async def _page(
    request: Request, held: Services, reads: Reads, *, name: str = "", secret: str = "", problems: Sequence[Problem] = ()
) -> Response:
    return held.pages.page(
        request,
        "imports/keys.html",
        status_code=422 if problems else 200,
        active="imports",
        keys=await reads(import_keys),
        name=name,
        secret=secret,
        problems=list(problems),
        longest=LONGEST_NAME,
        address=f"{held.settings.public_url}/api/orders",
    )
