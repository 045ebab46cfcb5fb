"""The steps of a life as the life bar shows them, and its events as a story."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.lifecycle import UNDECIDED, ApplicationState, DeliveryState, InvoiceState
from domain.sign_off import SignOffState
from infra.queries.applications import ApplicationDetail
from infra.queries.invoices import InvoiceDetail
from infra.queries.lives import LifeEvent
from web import formats, sentences
from web.words import Words

Status = Literal["done", "now", "todo"]
_ENDED = {
    ApplicationState.REFUSED,
    ApplicationState.DECLINED,
    ApplicationState.REJECTED,
    ApplicationState.CANCELLED,
    ApplicationState.LAPSED,
}
AMONG_US = {"claimed", "let-go", "handed-over", "passed-on", "passed-back"}
DELIVERED = {DeliveryState.SENT, DeliveryState.RECEIVED}


@dataclass(frozen=True, slots=True)
class Step:
    """A dot of the life bar. `moment` and `hint` are ready to show."""

    word: str
    status: Status
    moment: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the timeline."""

    text: str
    moment: datetime
    detail: str = ""


def timeline(language: Words, clock: Callable[[], datetime], events: Sequence[LifeEvent]) -> list[Told]:
    """The events as sentences, newest first. Which of us has it is ours alone."""
    return [
        Told(sentences.event(language, clock, event.kind, event.facts), event.at, _detail(language, event))
        for event in events
        if event.kind not in AMONG_US
    ]


def _detail(language: Words, event: LifeEvent) -> str:
    """The tax platform's reason, with its code, under a refusal."""
    code = event.facts.get("code")
    if event.kind not in {"refused-by-bureau", "red-refused"} or not isinstance(code, str) or not code:
        return ""
    return f"{sentences.bureau(language, code)} ({code})"


def application_steps(language: Words, now: datetime, found: ApplicationDetail) -> list[Step]:
    """Submitted, review, issued, delivered, end of the correction window; a short bar when it ended early."""
    say, each, locale = language.gettext, found.summary, language.locale

    def moment(at: datetime | None) -> str:
        return formats.prose_moment(at, now, locale) if at else ""

    first = Step(say("Submitted"), "done", moment(each.submitted_at), found.applicant)
    state = ApplicationState(each.state)
    before = [first, *_sign_off_steps(language, now, found)]
    if state in _ENDED:
        ended = next((event.at for event in found.events if event.kind in (state, f"sign-off-{state}")), found.decided_at)
        return [*before, Step(sentences.state(language, "application", state).word, "now", moment(ended))]
    if state is ApplicationState.AWAITING_APPROVAL:
        review = Step(say("Under review"), "todo")
    elif state is ApplicationState.AWAITING_MATERIAL:
        review = Step(say("Waits for material"), "now")
    elif state is ApplicationState.REVIEWING:
        due = formats.before(each.promised_at, now, locale) if each.promised_at else ""
        left = formats.left(each.promised_at, now, locale).text if each.promised_at else ""
        review = Step(say("Under review"), "now", due, left)
    else:
        kept = each.promised_at is not None and found.decided_at is not None and found.decided_at <= each.promised_at
        review = Step(say("Approved"), "done", moment(found.decided_at), say("before the promised time") if kept else "")
    issued = [invoice for invoice in found.invoices if invoice.number]
    total = len(found.invoices)
    count = f"{len(issued)}/{total}" if total else ""
    last = max((invoice.issued_at for invoice in issued if invoice.issued_at), default=None)
    if state is ApplicationState.NOT_ISSUED:
        return [*before, review, Step(say("Not issued"), "now")]
    issuing: Status = "todo" if state in UNDECIDED else ("now" if state is ApplicationState.ISSUING else "done")
    delivered = [invoice for invoice in issued if invoice.delivery in DELIVERED]
    everything = bool(issued) and len(delivered) == len(issued) and issuing == "done"
    delivery: Status = "done" if everything else ("now" if issuing == "done" else "todo")
    return [
        *before,
        review,
        Step(say("Issued"), issuing, moment(last) if issuing == "done" else "", count),
        Step(say("Delivered"), delivery, "", f"{len(delivered)}/{len(issued)}" if issued else ""),
        _window(language, now, [invoice.window_closes_at for invoice in issued], "now" if everything else "todo"),
    ]


def _sign_off_steps(language: Words, now: datetime, found: ApplicationDetail) -> list[Step]:
    """Its own enterprise's approval, when one was asked for and still counts."""
    asked = found.sign_off
    if asked is None:
        return []
    if asked.is_open:
        left = formats.left(asked.due_at, now, language.locale).text
        return [Step(language.gettext("Approval by the company"), "now", formats.before(asked.due_at, now, language.locale), left)]
    if asked.state != SignOffState.APPROVED:
        return []
    return [Step(language.gettext("Approved by the company"), "done", formats.prose_moment(asked.said[-1].at, now, language.locale))]


def _window(language: Words, now: datetime, ends: Sequence[datetime | None], status: Status) -> Step:
    end = max((moment for moment in ends if moment), default=None)
    word = language.gettext("Correction window over")
    if end is None:
        return Step(word, "todo")
    if end <= now:
        return Step(word, "done", formats.until(end, now, language.locale))
    return Step(word, status, formats.until(end, now, language.locale), formats.left(end, now, language.locale).text)


def invoice_steps(language: Words, now: datetime, found: InvoiceDetail) -> list[Step]:
    """Ordered, issued, documents, delivered, and then either the end of the window or the red-letter."""
    say, each, locale = language.gettext, found.summary, language.locale

    def moment(at: datetime | None) -> str:
        return formats.prose_moment(at, now, locale) if at else ""

    first = Step(say("Approved"), "done", moment(each.created_at))
    state = InvoiceState(each.state)
    if state in {InvoiceState.REFUSED, InvoiceState.PARKED}:
        return [first, Step(sentences.state(language, "invoice", state).word, "now")]
    if state is InvoiceState.ISSUING:
        return [first, Step(say("Being issued"), "now"), Step(say("Delivered"), "todo"), Step(say("Correction window over"), "todo")]
    delivered = each.delivery in DELIVERED
    tag = sentences.state(language, "delivery", each.delivery)
    sent = found.sent[-1].at if found.sent and delivered else None
    steps = [
        first,
        Step(say("Issued"), "done", moment(each.issued_at)),
        Step(tag.word, "done" if delivered else "now", moment(sent)),
    ]
    if each.red_number:
        return [*steps, Step(say("Reversed"), "done", moment(found.red_issued_at))]
    if each.return_state != "none":
        return [*steps, Step(sentences.state(language, "return", each.return_state).word, "now", moment(found.return_requested_at))]
    return [*steps, _window(language, now, [each.window_closes_at], "now" if delivered else "todo")]
