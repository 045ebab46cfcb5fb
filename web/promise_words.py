"""A promise, why it stands there, and what it costs others, in sentences."""

from datetime import datetime

from domain.calendar import china_date
from domain.messages import Policy
from domain.promises import Passed
from infra.queries.calendar import Calendar
from infra.queries.promises import PromiseSeen
from infra.queries.queue_standing import Standing
from web import formats, sentences
from web.words import Words


def why(language: Words, now: datetime, promise: PromiseSeen, days: Calendar) -> list[str]:
    """What the promise is counted from, and what moved it, in the order in which it happened."""

    def moment(at: datetime) -> str:
        return formats.until(at, now, language.locale)

    due = moment(promise.due_at)
    told = []
    expedited_at = promise.expedited_at
    if expedited_at is not None and china_date(max(expedited_at, promise.since)) == china_date(promise.due_at):
        # Of what begins a promise, only material can come after an expedite.
        code = "promise:expedited" if expedited_at >= promise.since else "promise:material-expedited"
        told.append(sentences.reason(language, code, {"since": moment(promise.since), "at": moment(expedited_at), "due": due}))
    else:
        plain = days.promise(promise.since, 1, Policy().promise_hour).due_at == promise.due_at
        code = f"promise:{promise.begins}" if plain else f"promise:{promise.begins}-days"
        told.append(sentences.reason(language, code, {"since": moment(promise.since), "due": due}))
        if expedited_at is not None:
            told.append(sentences.reason(language, "promise:expedited-only-ahead", {"at": moment(expedited_at)}))
    if promise.moved is not None:
        code = "promise:moved" if promise.moved.note else "promise:moved-plain"
        facts = {"at": moment(promise.moved.at), "note": formats.visible(promise.moved.note.rstrip(".。"))}
        told.append(sentences.reason(language, code, facts))
    if promise.estimated:
        told.append(sentences.reason(language, "promise:estimated", {"year": str(china_date(promise.due_at).year)}))
    return told


def cost_then(language: Words, promise: PromiseSeen) -> str:
    """What its expedite cost others; empty without one, and of those from before it was counted."""
    return _counted(language, "promise:passed", promise.passed) if promise.passed is not None else ""


def cost_now(language: Words, standing: Standing) -> str:
    """What an expedite would cost others now."""
    return _counted(language, "expedite:cost", standing.passed)


def ahead(language: Words, standing: Standing) -> str:
    if not standing.ahead:
        return sentences.reason(language, "promise:ahead-none")
    code = "promise:ahead:one" if standing.ahead == 1 else "promise:ahead"
    return sentences.reason(language, code, {"count": formats.count(standing.ahead), "expedited": formats.count(standing.expedited)})


def _counted(language: Words, code: str, passed: Passed) -> str:
    if not passed.count:
        return sentences.reason(language, f"{code}-none")
    facts = {"count": formats.count(passed.count), "today": formats.count(passed.due_today)}
    return sentences.reason(language, f"{code}:one" if passed.count == 1 else code, facts)
