"""Codes to sentences. The rules speak in codes that never change; the words, in both languages, are here.

Each table maps a code to an English text with {params}; the Chinese stands in `web/locale/zh/*.po`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.calendar import china_date
from domain.errors import Problem
from web import formats
from web.sentences.back_invoicing import BACK_STATES
from web.sentences.batches import BATCH_STATES
from web.sentences.bureau import BUREAU, OTHER
from web.sentences.events import EVENTS
from web.sentences.identity import IDENTITY_STATES
from web.sentences.labels import FIELDS, LABELS
from web.sentences.problems import PROBLEMS
from web.sentences.reasons import NOTES, REASONS
from web.sentences.states import STATES, Tone
from web.words import Locale, Words

__all__ = ["BUREAU", "EVENTS", "FIELDS", "LABELS", "NOTES", "PROBLEMS", "REASONS", "STATES", "StateTag", "every_text"]


STATES.update(IDENTITY_STATES)
STATES.update(BACK_STATES)
STATES.update(BATCH_STATES)


@dataclass(frozen=True, slots=True)
class StateTag:
    """A state as shown: the word, an icon's name, and one of six tones."""

    word: str
    icon: str
    tone: Tone


_COUNTED = ("count", "left", "length")
"""Params that count things: for 1 the sentence of `<code>:one` is taken, where there is one."""


def problem(language: Words, clock: Callable[[], datetime], found: Problem, when: str = "") -> str:
    """What is wrong and what to do, without the field's name; of several files, which. An unknown code shows itself.

    `when` is `refused` on the page of a refused application, where there is nothing to submit again: `<code>:refused`, where there is one.
    """
    shown = {"code": found.code, **_shown(found.params, china_date(clock()), language.locale)}
    unsure = f"{found.code}:unsure" if not shown.get("suggestion") else found.code
    one = f"{found.code}:one" if "1" in (found.params.get(name) for name in _COUNTED) else ""
    sentence = PROBLEMS.get(f"{found.code}:{when}") or PROBLEMS.get(one) or PROBLEMS.get(unsure) or PROBLEMS.get(found.code)
    said = language.say(sentence or "Not accepted ({code}).", shown)
    named = formats.visible(found.params.get("file_name", ""))
    return f"{named}{'：' if language.locale == 'zh' else ': '}{said}" if named else said


def _shown(params: Mapping[str, str], today: date, locale: Locale) -> dict[str, object]:
    """A problem's params as people read them: `x_fen` is also {x}, a day is also {day}, `period` is also {month}."""
    shown: dict[str, object] = dict(params)
    for name, value in params.items():
        if name.endswith("_fen") and value.lstrip("-").isdigit():
            shown[name.removesuffix("_fen")] = formats.money(int(value))
        elif name in {"opens_on", "last_day"}:
            shown["day"] = formats.prose_day(date.fromisoformat(value), today, locale)
        elif name == "period":
            shown["month"] = formats.month(value, locale)
    return shown


def field_name(language: Words, field: str) -> str:
    """The label of a field, as the form shows it; an unknown one has none."""
    return language.gettext(FIELDS[field]) if field in FIELDS else ""


def label(language: Words, name: str) -> str:
    """The word for a kind, medium or role, `special:electronic`, `role:reviewer`."""
    return language.gettext(LABELS.get(name, name))


def note(language: Words, kind: str, taken: bool, code: str) -> str:
    """What a life made of a message: taken, or refused and why."""
    outcome = "taken" if taken else code
    keys = (f"{kind}:{code}", f"{kind}:{outcome}", f"*:{outcome}")
    text = next((NOTES[key] for key in keys if key in NOTES), "Not taken ({code}).")
    return language.say(text, {"code": code})


def reason(language: Words, code: str, params: Mapping[str, object] | None = None) -> str:
    """Why something cannot be done, and what can."""
    return language.say(REASONS.get(code, code), params)


def state(language: Words, kind: str, name: str) -> StateTag:
    """A state of `application`, `invoice`, `delivery`, `return` or `parcel` as a tag."""
    word, icon, tone = STATES.get(f"{kind}:{name}", (name, "circle", Tone.CLOSED))
    return StateTag(language.gettext(word), icon, tone)


def page_state(language: Words, kind: str, name: str) -> StateTag:
    """The same on the page of one application or invoice, where states have the customers' full words (docs/glossary.md)."""
    return state(language, f"{kind}-page" if f"{kind}-page:{name}" in STATES else kind, name)


def event(language: Words, clock: Callable[[], datetime], kind: str, facts: Mapping[str, object]) -> str:
    """One line of a life's story. Facts: amount_fen, number, waybill, place, count, moment, evidence."""
    shown: dict[str, object] = dict(facts)
    amount = facts.get("amount_fen")
    if isinstance(amount, int):
        shown["amount"] = formats.money(amount)
    moment = facts.get("moment")
    if isinstance(moment, str):
        shown["moment"] = formats.until(datetime.fromisoformat(moment), clock(), language.locale)
    number = facts.get("number")
    if isinstance(number, str):
        shown["last4"] = number[-4:]
    shows = facts.get("evidence")
    if isinstance(shows, str):
        shown["evidence"] = label(language, f"evidence:{shows}")
    if kind == "issued" and not number:
        kind = "all-issued"  # an application's end has the same name as an invoice's number
    if kind == "split" and facts.get("count") == 1:
        kind = "split-one"
    if kind == "handed-over" and facts.get("meant_name"):
        kind = "handed-over-instead"
    text = EVENTS.get(kind, "{kind}")
    return language.say(text, {"kind": kind, **shown})


def bureau(language: Words, code: str) -> str:
    """Why the tax platform refused, by its code."""
    return language.gettext(BUREAU.get(code, OTHER))


def every_text() -> set[str]:
    """All English texts of the tables: each needs a translation."""
    states = {word for word, _, _ in STATES.values()}
    extra = {"Not accepted ({code}).", "Not taken ({code}).", OTHER}
    tables = (PROBLEMS, NOTES, REASONS, EVENTS, FIELDS, LABELS, BUREAU)
    return {text for table in tables for text in table.values()} | states | extra
