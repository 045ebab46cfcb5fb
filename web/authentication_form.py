"""The form of a real-name authentication: what was typed, and the picture that came with it or was kept before."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from fastapi import Request

from domain.authentication import NUMBER_KIND, Submission
from domain.calendar import china_date
from domain.errors import Problem, Refusal
from domain.files import CheckedFile
from domain.licences import LicenceReading
from domain.numbers import RANDOM_BYTES, drawn_number
from infra.authentications import keep_picture, picture_for
from infra.people import Person
from infra.queries.authentications import own_picture
from web.cursors import LARGEST_ID
from web.dependencies import Reads, Services
from web.licence_readings import reading_of
from web.ticket_files import stored_files


@dataclass(frozen=True, slots=True)
class Entries:
    """What stands in the form. `picture_id` is the picture kept for this number, 0 without one."""

    number: str
    submission: Submission
    agree: bool = False
    picture_id: int = 0
    picture_name: str = ""


def draw_number(now: datetime) -> str:
    """A new number of today."""
    return drawn_number(NUMBER_KIND, secrets.token_bytes(RANDOM_BYTES), china_date(now))


async def with_picture(
    request: Request, held: Services, person: Person, entries: Entries, now: datetime
) -> tuple[Entries, CheckedFile | None, tuple[Problem, ...], int]:
    """The entries with the picture that was sent now, or the one that was kept before; and what is wrong with it, and the status."""
    assert person.enterprise_id is not None  # noqa: S101 (customers have one)
    files, problems, status = await stored_files(request, held)
    if problems:
        return await _with_kept(held, person, entries), None, problems, status
    if files:
        try:
            kept = await held.in_thread(keep_picture, held.database, files[0], entries.number, person.enterprise_id, person.id, now)
        except Refusal as refusal:
            return await _with_kept(held, person, entries), None, refusal.problems, 422
        return replace(entries, picture_id=kept, picture_name=files[0].file_name), files[0], (), 200
    return await _with_kept(held, person, entries), None, (), 200


async def _with_kept(held: Services, person: Person, entries: Entries) -> Entries:
    """The entries with the picture that was kept before for their number, or without one."""
    assert person.enterprise_id is not None  # noqa: S101 (customers have one)
    if 0 < entries.picture_id <= LARGEST_ID:
        row = await Reads(held)(own_picture, person.enterprise_id, entries.number, entries.picture_id)
        if row is not None:
            return replace(entries, picture_name=row.file_name)
    return replace(entries, picture_id=0)


async def anew(request: Request, held: Services, person: Person, entries: Entries, now: datetime) -> Entries:
    """The entries of a used form under a new number, with the picture that was sent with it or kept for it."""
    assert person.enterprise_id is not None  # noqa: S101 (customers have one)
    number = draw_number(now)
    sent, file, _, _ = await with_picture(request, held, person, replace(entries, number=number, picture_id=0), now)
    if file is not None or not 0 < entries.picture_id <= LARGEST_ID:
        return sent
    old = (person.enterprise_id, entries.number, entries.picture_id)
    picture_id, name = await held.in_thread(picture_for, held.database, *old, number, person.id, now)
    return replace(sent, picture_id=picture_id, picture_name=name)


async def read_into(
    held: Services, person: Person, entries: Entries, file: CheckedFile, now: datetime
) -> tuple[Entries, LicenceReading, tuple[Problem, ...]]:
    """The entries with what the picture says; a field that was not recognised keeps what was typed."""
    try:
        found = await reading_of(held, person, file.content, now)
    except Refusal as often:
        return entries, LicenceReading(), often.problems
    typed = entries.submission
    filled = replace(
        typed,
        name=found.name or typed.name,
        licence_number=found.code or typed.licence_number,
        legal_person=found.legal_person or typed.legal_person,
    )
    return replace(entries, submission=filled), found, ()
