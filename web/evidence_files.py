"""Files of a form that are evidence: each checked, stored and kept by itself, so that one that is refused costs no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request

from domain.errors import Problem, Refusal
from domain.evidence import kind_problem
from domain.files import checked_file, of_file
from domain.ports import OutsideUnavailable
from infra.attachments import file_limits, put_files
from infra.evidence import UnknownEvidence, add_evidence, take_back
from infra.limits import Limit, take
from infra.people import Person
from web.cursors import LARGEST_ID
from web.dependencies import Services
from web.errors import NotFound
from web.ticket_files import contents_of, forget, forget_bytes

SENDING = Limit("evidence", 100, timedelta(hours=1))
"""Files one person may send in, on whichever forms."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is wrong with the files that were not kept, and the status to answer with then."""

    problems: tuple[Problem, ...] = ()
    status: int = 200


async def keep_sent(request: Request, held: Services, person: Person, number: str, now: datetime, *, needed: bool = False) -> Outcome:
    """Keep the form's files, all of the kind it says; `needed` says so when there is none.

    Raises NotFound for somebody else's application.
    """
    try:
        contents = await contents_of(request)
    except Refusal as many:
        return Outcome(tuple(Problem(each.field, "evidence-files-many", each.params) for each in many.problems), 422)
    if needed and not contents:
        return Outcome((Problem("file", "file-needed"),), 422)
    kind = str((await request.form()).get("evidence_kind", ""))
    wrong = kind_problem(kind) if contents else None
    if wrong is not None:
        return Outcome((wrong,), 422)
    found = [await _keep(held, person, number, kind, content, name, now) for content, name in contents]
    return _together(found)


async def keep_part(request: Request, held: Services, person: Person, number: str, field: str, kind: str, now: datetime) -> Outcome:
    """Keep the files of one field of a form that has several; problems are about that field. Raises NotFound as `keep_sent` does."""
    try:
        contents = await contents_of(request, field)
    except Refusal as many:
        return Outcome(tuple(Problem(field, "evidence-files-many", each.params) for each in many.problems), 422)
    if contents and kind_problem(kind) is not None:
        return Outcome((Problem(field, "choose-one"),), 422)
    found = _together([await _keep(held, person, number, kind, content, name, now) for content, name in contents])
    return Outcome(tuple(Problem(field, each.code, each.params) for each in found.problems), found.status)


def _together(found: Sequence[Outcome]) -> Outcome:
    problems = tuple(problem for each in found for problem in each.problems)
    return Outcome(problems, max((each.status for each in found), default=200))


async def _keep(held: Services, person: Person, number: str, kind: str, content: bytes, name: str, now: datetime) -> Outcome:
    taken = await held.in_thread(take, held.database, [(SENDING, str(person.id))], now)
    if not taken.ids:
        minutes = max(1, int(taken.wait.total_seconds() // 60) + 1)
        return Outcome((Problem("file", "evidence-often", {"minutes": str(minutes), "file_name": name}),), 429)
    limits = file_limits(held.settings)
    try:
        file = await held.in_thread(lambda: put_files(held.attachments, [checked_file(content, name, limits)], limits, held.scanner)[0])
    except Refusal as refusal:
        return Outcome(of_file(refusal, name), 422)
    except OutsideUnavailable:
        return Outcome((Problem("file", "evidence-away", {"file_name": name}),), 503)
    try:
        await held.in_thread(add_evidence, held.database, person, number, kind, file, now)
    except UnknownEvidence as unknown:
        await forget(held, [file])
        raise NotFound from unknown
    except Refusal as refusal:
        await forget(held, [file])
        decided = any(problem.code in {"evidence-decided", "evidence-over"} for problem in refusal.problems)
        return Outcome(refusal.problems if decided else of_file(refusal, name), 409 if decided else 422)
    return Outcome()


async def take_out(held: Services, person: Person, number: str, attachment_id: str, now: datetime) -> Outcome:
    """Take a file back, row and bytes. Raises NotFound for what is not there, or not this person's to see."""
    if not attachment_id.isdecimal() or not attachment_id.isascii() or int(attachment_id) > LARGEST_ID:
        raise NotFound
    try:
        sha256 = await held.in_thread(take_back, held.database, person, number, int(attachment_id), now)
    except UnknownEvidence as unknown:
        raise NotFound from unknown
    except Refusal as refusal:
        return Outcome(refusal.problems, 409)
    await forget_bytes(held, [sha256])
    return Outcome()
