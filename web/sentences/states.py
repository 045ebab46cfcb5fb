"""States as words, icons and tones. `kind:state` to all three; the kinds are those of domain/lifecycle.py and the parcel's.

`kind-page:state` is the word on the page of one thing, where it is a longer one than in lists.
"""

from enum import StrEnum


class Tone(StrEnum):
    """The six looks a state can have (look, section 5)."""

    NEEDS_YOU = "needs-you"
    PROGRESS = "progress"
    DONE = "done"
    FAILED = "failed"
    CLOSED = "closed"
    EXPEDITED = "expedited"


STATES: dict[str, tuple[str, str, Tone]] = {
    "application:received": ("Received", "progress", Tone.PROGRESS),
    "application:awaiting-approval": ("With its company", "clock", Tone.PROGRESS),
    "application:declined": ("Declined by its company", "circle-x", Tone.FAILED),
    "application:reviewing": ("Under review", "progress", Tone.PROGRESS),
    "application:awaiting-material": ("Waits for material", "clock", Tone.NEEDS_YOU),
    "application:issuing": ("Being issued", "progress", Tone.PROGRESS),
    "application:issued": ("Issued", "check", Tone.DONE),
    "application:partly-issued": ("Partly issued", "alert-circle", Tone.NEEDS_YOU),
    "application:not-issued": ("Not issued", "circle-x", Tone.FAILED),
    "application:refused": ("Not accepted", "circle-x", Tone.FAILED),
    "application:rejected": ("Not approved", "circle-x", Tone.FAILED),
    "application:cancelled": ("Cancelled", "circle", Tone.CLOSED),
    "application:lapsed": ("Lapsed", "circle", Tone.CLOSED),
    "invoice:issuing": ("Being issued", "progress", Tone.PROGRESS),
    "invoice:parked": ("Being checked", "alert-circle", Tone.NEEDS_YOU),
    "invoice:refused": ("Refused by the tax platform", "circle-x", Tone.FAILED),
    "invoice:issued": ("Issued", "check", Tone.DONE),
    "invoice:returned": ("Reversed", "minus", Tone.CLOSED),
    "invoice:closed": ("Final", "check", Tone.DONE),
    "statement:open": ("To confirm", "clock", Tone.NEEDS_YOU),
    "statement:confirmed": ("Confirmed", "check", Tone.DONE),
    "statement:disputed": ("Disputed", "alert-circle", Tone.PROGRESS),
    "statement:uncharged": ("Not charged yet", "clock", Tone.PROGRESS),
    "delivery:pending": ("On its way", "progress", Tone.PROGRESS),
    "delivery:sent": ("Delivered", "check", Tone.DONE),
    "delivery:in-transit": ("In the post", "truck", Tone.PROGRESS),
    "delivery:received": ("Delivered", "check", Tone.DONE),
    "delivery:lost": ("Lost in the post", "circle-x", Tone.FAILED),
    "return:none": ("No return", "circle", Tone.CLOSED),
    "return:requested": ("Return: original missing", "clock", Tone.NEEDS_YOU),
    "return:original-here": ("Return: request missing", "clock", Tone.NEEDS_YOU),
    "return:reversing": ("Being reversed", "progress", Tone.PROGRESS),
    "return:done": ("Reversed", "minus", Tone.CLOSED),
    "application-page:awaiting-approval": ("Waits for the company's approval", "clock", Tone.PROGRESS),
    "application-page:reviewing": ("Application under review", "progress", Tone.PROGRESS),
    "application-page:awaiting-material": ("Waits for material", "clock", Tone.NEEDS_YOU),
    "application-page:issuing": ("Being invoiced", "progress", Tone.PROGRESS),
    "application-page:issued": ("Invoiced", "check", Tone.DONE),
    "invoice-page:issuing": ("Being invoiced", "progress", Tone.PROGRESS),
    "invoice-page:issued": ("Invoiced", "check", Tone.DONE),
    "invoice-page:returned": ("Returned", "minus", Tone.CLOSED),
    "delivery-page:in-transit": ("Mailed", "truck", Tone.PROGRESS),
    "delivery-page:received": ("Signed for", "check", Tone.DONE),
    "parcel:ordered": ("Courier ordered", "progress", Tone.PROGRESS),
    "parcel:collected": ("Collected", "truck", Tone.PROGRESS),
    "parcel:in-transit": ("In transit", "truck", Tone.PROGRESS),
    "parcel:delivering": ("Out for delivery", "truck", Tone.PROGRESS),
    "parcel:delivered": ("Signed for", "check", Tone.DONE),
    "parcel:received": ("Signed for", "check", Tone.DONE),
    "parcel:returned": ("Sent back", "circle-x", Tone.FAILED),
    "parcel:lost": ("Lost in the post", "circle-x", Tone.FAILED),
    "ticket:open": ("Waits for our answer", "progress", Tone.PROGRESS),
    "ticket:answered": ("Answered", "check", Tone.DONE),
    "ticket:waiting": ("Waits for you", "alert-circle", Tone.NEEDS_YOU),
    "ticket:closed": ("Ended", "circle", Tone.CLOSED),
    "ticket:reopened": ("Open again", "progress", Tone.PROGRESS),
    "desk-ticket:open": ("To be answered", "alert-circle", Tone.NEEDS_YOU),
    "desk-ticket:answered": ("Answered", "check", Tone.DONE),
    "desk-ticket:waiting": ("Waits for the customer", "progress", Tone.PROGRESS),
    "desk-ticket:closed": ("Ended", "circle", Tone.CLOSED),
    "desk-ticket:reopened": ("Open again", "alert-circle", Tone.NEEDS_YOU),
    "title:pending": ("Title being checked", "clock", Tone.PROGRESS),
    "title:approved": ("Can be used", "check", Tone.DONE),
    "title:refused": ("Not accepted", "circle-x", Tone.FAILED),
    "title:cleared": ("To be corrected", "pencil", Tone.NEEDS_YOU),
}
