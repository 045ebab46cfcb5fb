"""`/health`: whether this process can do its work. For a proxy or `make run` to ask; says nothing personal."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from web.dependencies import Read

router = APIRouter()


def _answers(session: Session) -> bool:
    session.connection().execute(text("SELECT 1"))
    return True


@router.get("/health")
async def health(reads: Read) -> JSONResponse:
    """200 when the database answers, else 503. Temporal is not asked: pages are served without it."""
    try:
        await reads(_answers)
    except SQLAlchemyError:
        return JSONResponse({"status": "database does not answer"}, status_code=503)
    return JSONResponse({"status": "ok"})
