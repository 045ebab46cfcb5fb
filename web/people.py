"""The enterprise's people, for its master account: invite, permit, end, let in again."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from domain.access import WITHDRAWABLE, Right
from domain.errors import Problem, Refusal
from domain.ports import OutsideDisagrees, OutsideRefused, OutsideUnavailable
from infra.codes import minutes
from infra.letters.codes import invitation
from infra.limits import Limit, take
from infra.members import Invitation, Member, UnknownMember, accounts_of, end_access, invite, members_of, permit, resume_access
from infra.people import Person
from web.cursors import RecordId
from web.dependencies import CurrentPeopleKeeper, Held, Now, Reads, Services, Write
from web.errors import NotFound

router = APIRouter()

INVITED = Limit("invited", 50, timedelta(days=1))
"""Of one enterprise: each sends a letter to somebody who did not ask for it."""
DONE = ("invited", "unsent", "changed", "ended", "resumed", "consolidated", "apart")


def _enterprise(person: Person) -> int:
    assert person.enterprise_id is not None  # noqa: S101 (a master has one)
    return person.enterprise_id


async def _page(
    request: Request, held: Services, person: Person, new: Invitation, problems: tuple[Problem, ...] = (), done: str = ""
) -> Response:
    reads = Reads(held)
    enterprise_id = _enterprise(person)
    return held.pages.page(
        request,
        "people/members.html",
        422 if problems else 200,
        active="people",
        members=await reads(members_of, enterprise_id),
        accounts=await reads(accounts_of, enterprise_id),
        permissions=WITHDRAWABLE,
        new=new,
        problems=list(problems),
        done=done,
    )


@router.get("/people")
async def show_people(
    request: Request, person: CurrentPeopleKeeper, held: Held, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    return await _page(request, held, person, Invitation(), done=done if done in DONE else "")


@router.post("/people")
async def invite_member(
    request: Request,
    person: CurrentPeopleKeeper,
    held: Held,
    now: Now,
    name: Annotated[str, Form(max_length=200)] = "",
    address: Annotated[str, Form(max_length=300)] = "",
    account: Annotated[str, Form(max_length=20)] = "",
    permission: Annotated[list[str], Form()] = [],  # noqa: B006 (FastAPI copies it)
) -> Response:
    """Add a member and send the invitation. What cannot be sent is told; the member is there all the same."""
    new = Invitation(name, address, int(account) if account.isdecimal() and len(account) < 10 else 0, tuple(permission[:10]))
    taken = await held.in_thread(take, held.database, [(INVITED, str(_enterprise(person)))], now)
    if taken.wait:
        problem = Problem("address", "invited-wait", {"minutes": minutes(taken.wait)})
        return await _page(request, held, person, new, (problem,))
    try:
        member = await held.in_thread(invite, held.database, _enterprise(person), person.id, new, now)
    except Refusal as refusal:
        return await _page(request, held, person, new, refusal.problems)
    sent = await _send_invitation(held, person, member)
    return RedirectResponse(f"/people?done={'invited' if sent else 'unsent'}", 303)


async def _send_invitation(held: Services, person: Person, member: Member) -> bool:
    """In the deployment's language: nobody knows the invited person's yet."""
    letter = invitation(person.enterprise_name, held.settings.default_locale, f"{held.settings.public_url}/reset")
    try:
        await held.run_in(held.sending, held.post.send, f"invitation-{member.id}", member.login, letter)
    except (OutsideUnavailable, OutsideRefused, OutsideDisagrees):
        return False
    return True


@router.post("/people/{member_id}/permissions")
async def change_permissions(
    request: Request,
    member_id: RecordId,
    person: CurrentPeopleKeeper,
    held: Held,
    now: Now,
    version: Annotated[str, Form(max_length=300)] = "",
    permission: Annotated[list[str], Form()] = [],  # noqa: B006 (FastAPI copies it)
) -> Response:
    try:
        wanted = [Right(each) for each in permission if each in tuple(WITHDRAWABLE)]
        await held.in_thread(permit, held.database, _enterprise(person), person.id, member_id, wanted, version, now)
    except UnknownMember as error:
        raise NotFound from error
    except Refusal as refusal:
        return await _page(request, held, person, Invitation(), refusal.problems)
    return RedirectResponse("/people?done=changed", 303)


@router.post("/people/{member_id}/end")
async def end_member(member_id: RecordId, person: CurrentPeopleKeeper, writes: Write, now: Now) -> RedirectResponse:
    try:
        await writes(end_access, _enterprise(person), person.id, member_id, now)
    except UnknownMember as error:
        raise NotFound from error
    return RedirectResponse("/people?done=ended", 303)


@router.post("/people/{member_id}/resume")
async def resume_member(request: Request, member_id: RecordId, person: CurrentPeopleKeeper, held: Held, now: Now) -> Response:
    try:
        await held.in_thread(resume_access, held.database, _enterprise(person), person.id, member_id, now)
    except UnknownMember as error:
        raise NotFound from error
    except Refusal as refusal:
        return await _page(request, held, person, Invitation(), refusal.problems)
    return RedirectResponse("/people?done=resumed", 303)
