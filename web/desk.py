"""What the staff's pages share: a message whose answer is shown on another page, and the way to a life's workflow."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from sqlmodel import Session
from temporalio.client import Client

from infra.queries.lives import NoteSeen
from infra.settings import Settings
from web import sentences
from web.dependencies import Services
from web.errors import form_fields
from web.lives import ShownNote, outcome, send, shown_note
from web.words import Words

LIFE_KINDS = ("application:", "invoice:", "authentication:")


async def send_and_see(
    request: Request, held: Services, temporal: Client, life: str, signal: str, message: Any, *, back: str
) -> NoteSeen | None:
    """Send a message that has a `key`, and wait a moment for its outcome; None when it is still to come.

    Raises NotPossibleNow and TemporalDown as `web.lives.send` does.
    """
    form = await form_fields(request)
    await send(temporal, life, signal, message, action=request.url.path, form=form, back=back)
    return await outcome(held, life, message.key)


def with_answer(path: str, life: str, key: str) -> str:
    """The address of a page that shows the answer of another life: `?m=` is the message's key, `of=` the life."""
    joint = "&" if "?" in path else "?"
    return f"{path}{joint}{urlencode({'m': key, 'of': life})}"


def answer_of(held: Services, request: Request, session: Session) -> tuple[str, ShownNote] | None:
    """The life and the answer that the address asks for; None without one."""
    life = request.query_params.get("of", "")[:60]
    if not life.startswith(LIFE_KINDS):
        return None
    note = shown_note(held, request, session, life)
    return None if note is None else (life, note)


def workflow_address(settings: Settings, life: str) -> str:
    """The life's workflow in the Temporal UI."""
    return f"{settings.temporal_ui_url}/namespaces/{quote(settings.temporal_namespace, safe='')}/workflows/{quote(life, safe='')}"


def answer_on(page: str, held: Services, request: Request, session: Session) -> ShownNote | None:
    """The answer to a decision, named with its number unless this is that one's own page under `page`."""
    found = answer_of(held, request, session)
    if found is None:
        return None
    life, note = found
    number = life.partition(":")[2]
    if request.url.path == f"{page}/{number}":
        return note
    return replace(note, text=f"{number} · {note.text}")


def reason_text(language: Words, reason: str, phrase: str, phrases: Mapping[str, str]) -> str:
    """What the customer reads: the chosen one of the ready phrases and what was typed. The script puts the phrase into the text."""
    chosen = language.gettext(phrases[phrase]) if phrase in phrases else ""
    typed = reason.strip()
    if not chosen or chosen in typed:
        return typed
    return chosen if not typed else f"{chosen} {typed}"


def check_rows(language: Words, family: str, checks: Iterable[tuple[bool, str, Mapping[str, str]]]) -> list[tuple[bool, str]]:
    """Checks (passed, code, values) as whether each passed and its sentence, doubts first."""
    told = (
        (passed, sentences.reason(language, f"{family}:{code}:{'fine' if passed else 'raised'}", params)) for passed, code, params in checks
    )
    return sorted(told, key=lambda row: row[0])
