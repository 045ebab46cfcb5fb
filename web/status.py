"""How the services are: what operators say, beside what we have just measured. Open to everybody, also without the database."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from domain.access import Right
from domain.status import Service
from infra.queries.announcements import Announcement, ServiceWord, announcements_not_over, service_history, service_words
from web.cursors import LARGEST_ID, whole_number
from web.dependencies import Anybody, Held, Now, Read, Show
from web.measuring import Measuring, measuring

router = APIRouter()


@dataclass(frozen=True, slots=True)
class _Said:
    """What operators have said."""

    words: dict[str, ServiceWord]
    history: list[ServiceWord]
    older: int | None
    announced: list[Announcement]


@router.get("/status")
async def status(
    request: Request,
    person: Anybody,
    held: Held,
    reads: Read,
    show: Show,
    now: Now,
    measures: Annotated[Measuring, Depends(measuring)],
    before: str = "",
) -> Response:
    """Each service with its state, what was measured, what is announced, and the history."""
    below = whole_number(before, LARGEST_ID)

    def read(session: Session) -> _Said:
        history, older = service_history(session, below)
        return _Said(service_words(session), history, older, list(announcements_not_over(session, now)))

    try:
        said = await reads(read)
    except SQLAlchemyError:
        said = None
    return show.page(
        request,
        "status/status.html",
        active="status",
        services=list(Service),
        said=said,
        measured=await measures.now(held),
        newer="/status#history" if below else "",
        may_set=person is not None and person.may(Right.ANNOUNCE),
    )
