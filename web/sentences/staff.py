"""Sentences of the staff's pages: what is stuck and what to do."""

from web.sentences.review import CHECKS

STUCK: dict[str, str] = {
    "stuck:parked": "The tax platform's answer does not fit what was asked",
    "doing:parked": "Stopped; waits for a person. It will not be issued twice.",
    "stuck:red-parked": "The tax platform's answer to the red-letter invoice does not fit",
    "doing:red-parked": "Stopped; waits for a person. The invoice stays valid.",
    "stuck:issuing": "Not issued after {minutes} min",
    "doing:issuing": "Looks into the tax platform's book, and asks again only if it is not there",
    "stuck:reversing": "Red-letter invoice not issued after {minutes} min",
    "doing:reversing": "Looks into the tax platform's book, and asks again only if it is not there",
    "stuck:documents": "Issued, but its documents are not stored",
    "doing:documents": "Renders and stores again, with growing pauses",
    "stuck:red-documents": "The red-letter invoice's documents are not stored",
    "doing:red-documents": "Renders and stores again, with growing pauses",
    "stuck:mail": "Issued, but the mail has not gone out",
    "doing:mail": "Sends again with growing pauses; a refused address is not tried again",
    "stuck:parcel": "Issued, but the courier has not taken it over",
    "doing:parcel": "Asks the courier again by the same order number",
    "stuck:review": "The promised date of the review has passed",
    "doing:review": "Waits for a reviewer; ends after 30 days and releases the amount",
    "difference:not-ours": "The tax platform has it, we do not",
    "difference:not-theirs": "We have it, the tax platform does not",
    "difference:amount": "Other amounts",
    "receive:not-issued": "The tax platform refused this invoice: there is no original of it. Return the sheets to the sender.",
    "receive:not-issued-yet": "This invoice is not issued yet: there is no original of it. Compare the number on the sheets.",
    "receive:already-returned": "Reversed already; keep the sheets with the red-letter invoice.",
    "receive:window-closed": "The correction window is over. Do not book the sheets; customer service calls the customer.",
    "receive:nothing-to-send-back": "An electronic invoice has no original: a print is no original. The online return is enough.",
    "receive:return-under-way": "Both halves are here; the red-letter invoice is being issued.",
    "receive:already-received": "The original is here already. A second one cannot exist: show the sheets to your supervisor.",
}

STAFF_PROBLEMS: dict[str, str] = {
    "reason-needed": "Say why: the customer has to know what to mend.",
    "reason-long": "At most {max} characters.",
    "original-on-its-way": "The courier has not delivered this invoice yet. Compare it again, and tick that you have it in your hands.",
    "original-incomplete": "Not taken, nothing was changed. Keep the sheets together, call the customer and ask for what is missing.",
    "original-damaged": "Not taken, nothing was changed. Photograph the damage and call the customer; the sheets go back by post.",
    "waybill-form": "A waybill has 6 to 40 letters and digits. Scan it again, or leave it empty.",
    "file-needed": "Choose a file.",
    "file-too-large": "The file is larger than {limit} MB. Split it by month or account. Nothing was imported.",
}

STAFF_LABELS: dict[str, str] = {
    "service:temporal": "Temporal UI",
    "service:tax": "Tax platform",
    "service:mail": "Mails",
    "service:courier": "Courier",
    "service:sms": "SMS gateway",
    "service:store": "Document store (S3)",
    "group:expedited": "Expedited",
    "group:special": "Special",
    "group:ordinary": "Ordinary",
    "show:all": "All",
    "show:expedited": "Expedited",
    "show:special": "Special",
    "show:overdue": "Overdue",
}

STAFF_REASONS: dict[str, str] = {**CHECKS, **STUCK}
