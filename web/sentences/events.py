"""A life's events as sentences. Kinds are those that workflows write into LifeEventRow."""

from web.sentences.evidence import EVIDENCE_EVENTS
from web.sentences.identity import IDENTITY_EVENTS
from web.sentences.levels import LEVEL_EVENTS
from web.sentences.material import MATERIAL_EVENTS
from web.sentences.sign_offs import SIGN_OFF_EVENTS

EVENTS: dict[str, str] = {
    "reserved": "Reserved {amount}; review promised by {moment}",
    "refused": "Not accepted",
    "checked": "Automatic checks done",
    "expedited": "Expedited: review by {moment}",
    "promise-moved": "The calendar of working days changed: review promised by {moment}",
    "approved": "Approved",
    "rejected": "Not approved",
    "cancelled": "Cancelled, the amount is available again",
    "lapsed": "Nobody decided in time: ended, the amount is available again",
    "overdue": "The promised date has passed: with the supervisor now",
    "split-one": "It becomes one invoice",
    "split": "Split into {count} invoices",
    "asked": "Sent to the tax platform",
    "issued": "Issued, ending {last4}",
    "all-issued": "All its invoices are issued",
    "partly-issued": "Some invoices are issued, some were refused by the tax platform",
    "not-issued": "The tax platform refused every invoice",
    "queued": "Waiting to be issued",
    "refused-by-bureau": "Refused by the tax platform, the amount is available again",
    "parked": "The tax platform's answer needs a person: being checked, it will not be issued twice",
    "documented": "Documents made and stored",
    "mailed": "Sent by e-mail",
    "texted": "Told by SMS",
    "parcel-ordered": "Handed to the courier, waybill {waybill}",
    "parcel-moved": "Parcel {waybill}: {place}",
    "received": "Parcel signed for",
    "lost": "Parcel lost",
    "return-requested": "Return requested",
    "original-received": "Original received back",
    "red-asked": "Red-letter invoice sent to the tax platform",
    "red-refused": "The tax platform refused the red-letter: the invoice stays valid",
    "red-issued": "Red-letter invoice issued, ending {last4}",
    "released": "Available again: {amount}",
    "reissue-not-started": "The new application was not started, its number was used; the amount is available, apply again",
    "reissue-started": "New application {application} started",
    "window-closed": "Correction window over",
}

EVENTS.update(IDENTITY_EVENTS)
EVENTS.update(EVIDENCE_EVENTS)
EVENTS.update(SIGN_OFF_EVENTS)
EVENTS.update(LEVEL_EVENTS)
EVENTS.update(MATERIAL_EVENTS)
