"""The identity desk: who waits for a real-name authentication, the evidence, and the decision."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.audit import AuditAction
from domain.authentication import AuthenticationKind, IdentityCheck
from domain.errors import Problem
from domain.messages import ReviewDecision, Verdict
from domain.ports import OutsideUnavailable
from infra.audit import note_deed
from infra.books.life import authentication_life
from infra.database import Database
from infra.people import Person
from infra.queries.authentications import IdentityCase, Waiting, identity_case, identity_queue, picture_of
from web import sentences
from web.dependencies import CurrentIdentityChecker, Held, Now, Read, Reads, Services, Show, Temporal, Write
from web.desk import answer_on, check_rows, reason_text, send_and_see, with_answer, workflow_address
from web.errors import NotFound, NotPossibleNow
from web.lives import ShownNote
from web.sentences.identity import IDENTITY_REFUSALS
from web.words import Words
from workflows.names import authentication_workflow_id

router = APIRouter(prefix="/identity")

REASON_LENGTH = 500


@router.get("")
async def desk(request: Request, held: Held, _checker: CurrentIdentityChecker, reads: Read, show: Show) -> Response:
    """The queue: who waits longest?"""

    def read(session: Session) -> tuple[tuple[Waiting, ...], ShownNote | None]:
        return identity_queue(session), answer_on("/identity", held, request, session)

    queue, message = await reads(read)
    return show.page(request, "authentications/desk.html", active="identity", queue=queue, message=message)


@router.get("/{number}")
async def case(request: Request, number: str, held: Held, checker: CurrentIdentityChecker, reads: Read) -> Response:
    """One authentication: is it who it says?"""
    return await _page(request, held, reads, checker, number)


@router.get("/{number}/picture")
async def picture(number: str, checker: CurrentIdentityChecker, held: Held, reads: Read, writes: Write, now: Now) -> Response:
    """The licence or card as it was sent. Looking at a person's card is noted, because it shows the whole number."""
    found = await reads(picture_of, number)
    if found is None:
        raise NotFound
    if found.kind == AuthenticationKind.PERSONAL:
        await writes(_note_look, checker.id, number, found.enterprise_id, now)
    try:
        content = await held.in_thread(held.attachments.read, found.sha256)
    except OutsideUnavailable as error:
        raise NotFound from error
    return Response(content, media_type=found.media_type, headers={"content-disposition": "inline", "x-content-type-options": "nosniff"})


def _note_look(database: Database, staff_id: int, number: str, enterprise_id: int, now: datetime) -> None:
    with database.write() as session:
        note_deed(session, staff_id, AuditAction.IDENTITY_PICTURE, authentication_life(number), now, tenant=enterprise_id)


@router.post("/{number}/decision", status_code=303)
async def decide(
    request: Request,
    number: str,
    held: Held,
    checker: CurrentIdentityChecker,
    reads: Read,
    temporal: Temporal,
    verdict: Annotated[Verdict, Form()],
    key: Annotated[uuid.UUID, Form()],
    version: Annotated[int, Form(ge=1)],
    reason: Annotated[str, Form(max_length=5000)] = "",
    phrase: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Send the decision; the queue opens and says what became of it. One that was not taken opens the same case again."""
    if await reads(identity_case, number) is None:
        raise NotFound
    language = held.pages.words(request)
    text = reason_text(language, reason, phrase, IDENTITY_REFUSALS)
    problems = []
    if verdict is Verdict.REJECT and not text:
        problems.append(Problem("reason", "reason-needed"))
    if len(text) > REASON_LENGTH:
        problems.append(Problem("reason", "reason-long", {"max": str(REASON_LENGTH)}))
    if problems:
        return await _page(request, held, reads, checker, number, status=422, problems=problems, reason=text, key=key)
    life = authentication_workflow_id(number)
    message = ReviewDecision(key=str(key), by=checker.id, verdict=verdict, version=version, reason=text)
    try:
        note = await send_and_see(request, held, temporal, life, "decide", message, back=f"/identity/{number}")
    except NotPossibleNow:
        over = ShownNote(
            language.gettext("This authentication has ended before. Your decision changed nothing."), taken=False, waiting=False
        )
        return await _page(request, held, reads, checker, number, status=409, message=over)
    target = f"/identity/{number}" if note is not None and not note.taken else "/identity"
    return RedirectResponse(with_answer(target, life, str(key)), 303)


async def _page(
    request: Request,
    held: Services,
    reads: Reads,
    checker: Person,
    number: str,
    *,
    status: int = 200,
    problems: list[Problem] | None = None,
    reason: str = "",
    key: uuid.UUID | None = None,
    message: ShownNote | None = None,
) -> Response:
    def read(session: Session) -> tuple[IdentityCase | None, ShownNote | None]:
        return identity_case(session, number), answer_on("/identity", held, request, session)

    found, answer = await reads(read)
    if found is None:
        raise NotFound
    language = held.pages.words(request)
    return held.pages.page(
        request,
        "authentications/case.html",
        status_code=status,
        active="identity",
        case=found,
        each=found.shown,
        check_rows=check_rows(language, "identity", ((check.passed, check.code, _params(language, check)) for check in found.checks)),
        own=found.submitted_by == checker.id,
        phrases=[(code, language.gettext(text)) for code, text in IDENTITY_REFUSALS.items()],
        workflow=workflow_address(held.settings, authentication_workflow_id(number)),
        key=key or uuid.uuid4(),
        problems=problems or [],
        reason=reason,
        message=message or answer,
    )


def _params(language: Words, check: IdentityCheck) -> Mapping[str, str]:
    """A check's values as its sentence needs them: why a picture was not read is a sentence of its own."""
    if check.code == "picture-readable" and check.facts.get("why"):
        return {"why": sentences.reason(language, f"not-read:{check.facts['why']}")}
    return {name: value or "—" for name, value in check.facts.items()}
