"""Why something cannot be done now, and what can; and what a life made of a message."""

from web.sentences.api import JSON_SENTENCES
from web.sentences.identity import IDENTITY_NOTES, IDENTITY_REASONS
from web.sentences.imports import SENTENCES
from web.sentences.levels import LEVEL_NOTES, LEVEL_REASONS
from web.sentences.material import MATERIAL_NOTES, MATERIAL_REASONS
from web.sentences.promises import PROMISE_REASONS
from web.sentences.records import RECORD_NOTES
from web.sentences.review_desk import DESK_REASONS
from web.sentences.sign_offs import SIGN_OFF_NOTES, SIGN_OFF_REASONS
from web.sentences.splitting import SPLIT_REASONS
from web.sentences.staff import STAFF_REASONS
from web.sentences.titles import TITLE_REASONS

REASONS: dict[str, str] = {
    "cancel-issuing": "Being issued, so it cannot be cancelled. You can return the invoice once it is issued.",
    "cancel-issued": "Already issued. For a wrong title or amount, return the invoice and have it issued anew.",
    "cancel-over": "This application has ended; its amount is available again.",
    "expedite-already": "Already expedited.",
    "expedite-late": "The review is over, so there is nothing left to expedite.",
    "expedite-over": "This application has ended.",
    "return-not-issued": "Not issued yet. While the review runs you can cancel the application.",
    "return-window-over": "The correction window is over. With a statement and the original it takes 3 to 5 working days: "
    "call 400-660-0102.",
    "return-already": "The return is already under way.",
    "return-done": "Already reversed; the amount is available again.",
    "return-refused": "The tax platform refused this invoice; its amount is available again.",
    "not-verified": "Verify your company first, then apply.",
    "nothing-ticked": "Tick at least one record above 0.",
    "no-amount": "Fill in an amount.",
    "nothing-there": "Nothing under these filters can be invoiced now. Choose another month or entity.",
    "nothing-left": "Other applications have what was chosen, or its time limit has passed.",
    "paper-not-offered": "Not every issuing entity of the ticked records still issues on paper.",
    "special-needs-tax-id": "This title has no 18-character tax ID, which a special invoice needs.",
    "documents-pending": "The documents are being made. This page shows them when they are ready.",
}

NOTES: dict[str, str] = {
    "cancel:taken": "Cancelled. The amount is available again.",
    "expedite:taken": "Expedited: it goes ahead of the others. The promised date stands below.",
    "approve:taken": "Approved: the invoices are being issued.",
    "reject:taken": "Rejected: the amount is released, the customer sees your reason.",
    "return:taken": "The return is recorded.",
    "original:taken": "The original is recorded as received.",
    "look-again:taken": "The tax platform's book is being asked again.",
    "*:taken": "Done.",
    "cancel:already-issuing": "Being issued, so it cannot be cancelled. You can return the invoice once it is issued.",
    "cancel:already-issued": "Already issued. For a wrong title or amount, return the invoice and have it issued anew.",
    "*:already-issuing": "The review of this application is over: it is being issued.",
    "*:already-issued": "The review of this application is over: it is issued.",
    "*:already-partly-issued": "The review of this application is over: it is partly issued.",
    "*:already-not-issued": "The review of this application is over: the tax platform refused it.",
    "*:already-refused": "This application was not accepted; nothing is reserved for it.",
    "*:already-rejected": "This application was not approved; its amount is available again.",
    "*:already-cancelled": "This application is cancelled; its amount is available again.",
    "*:already-lapsed": "This application ended without a decision; its amount is available again.",
    "*:already-expedited": "Already expedited.",
    "*:own-application": "Your own application is for somebody else to decide.",
    "*:stale-version": "The application changed while you looked at it. Check it again, then decide.",
    "*:already-requested": "A return is already under way; the first request counts.",
    "*:already-received": "The original was recorded as received before.",
    "*:already-returned": "Already reversed; the amount is available again.",
    "*:return-under-way": "The red-letter invoice is being issued already.",
    "*:not-issued": "The tax platform refused this invoice; its amount is available again.",
    "*:not-issued-yet": "This invoice is not issued yet.",
    "*:window-closed": "The correction window is over.",
    "*:nothing-to-send-back": "An electronic invoice has no original to send back; the online return is enough.",
    "*:not-parked": "This invoice is not parked any more.",
}

REASONS.update(STAFF_REASONS)
REASONS.update(DESK_REASONS)
REASONS.update(SPLIT_REASONS)
REASONS.update(SIGN_OFF_REASONS)
REASONS.update(LEVEL_REASONS)
NOTES.update(LEVEL_NOTES)
NOTES.update(SIGN_OFF_NOTES)
REASONS.update(MATERIAL_REASONS)
NOTES.update(MATERIAL_NOTES)
REASONS.update(IDENTITY_REASONS)
NOTES.update(IDENTITY_NOTES)
NOTES.update(RECORD_NOTES)
REASONS.update(PROMISE_REASONS)
REASONS.update(TITLE_REASONS)
REASONS.update({f"import:{code}": text for code, text in (SENTENCES | JSON_SENTENCES).items()})
