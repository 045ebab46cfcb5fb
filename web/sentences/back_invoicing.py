"""Words of back-invoicing."""

from web.sentences.states import Tone

BACK_PROBLEMS: dict[str, str] = {
    "past-one-year": "Older than one year: only a difference adjustment is left, with a supplementary agreement and the system seal.",
    "back-reason-needed": "Say why it was not invoiced in time.",
    "back-reason-long": "At most {max} characters.",
    "back-refusal-needed": "Say why: the customer has to know.",
    "back-until": "Choose a day after today, until {last} at the latest.",
    "back-number": "This is not one of our numbers. Reload the page to get a new one.",
    "back-nothing": "Choose a month, or tick records.",
    "back-many": "At most {max} records in one request. Ask for the whole month instead.",
    "back-open": "Request {number} for this month waits already.",
    "back-not-expired": "Nothing of it is past its 6 months: it can be invoiced without asking, or was.",
    "back-decided": "It was decided or withdrawn meanwhile. Nothing was changed by you.",
    "adjustment-files": "Add both the supplementary agreement and a page with the system seal.",
}

BACK_LABELS: dict[str, str] = {
    "deed:back-invoicing-granted": "Back-invoicing granted",
    "deed:back-invoicing-refused": "Back-invoicing refused",
    "topic:difference-adjustment": "Difference adjustment (older than a year)",
}

BACK_STATES: dict[str, tuple[str, str, Tone]] = {
    "back:asked": ("Waits for us", "progress", Tone.PROGRESS),
    "back:granted": ("Granted", "check", Tone.DONE),
    "back:refused": ("Not granted", "circle-x", Tone.FAILED),
    "back:withdrawn": ("Withdrawn", "circle", Tone.CLOSED),
}
