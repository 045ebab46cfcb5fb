"""Sentences of real-name authentication: the form, the automatic checks, the picture, the states, the desk."""

from web.sentences.states import Tone

IDENTITY_PROBLEMS: dict[str, str] = {
    "licence-number-needed": "Fill in the 18 characters from the licence or the identity card.",
    "licence-number-person": "This is the identity number of a person. A company gives the unified social credit code of its licence.",
    "licence-number-company": "This is no identity number. Give the 18 characters of your identity card, or choose a company.",
    "licence-number-old": "This is an older number. Give the 18-character unified social credit code of today's licence.",
    "kind-stays-company": "This account is a verified company's; it cannot become a person's. Register a personal account for that.",
    "identity-form-used": "This form was used already: what it sent first stands above. Your entries are in a new form now; send that.",
    "authentication-open": "{number} is still under way. Wait for its result, or withdraw it first.",
    "identity-agree": "Tick that you agree, so that we may check what you sent.",
    "reading-often": "Many pictures were read for you just now. Try again in {minutes} min, or type the fields yourself.",
    "personal-company-title": "A personal account cannot use a company title. Verify your company, or choose a personal title.",
    "personal-special": "A personal account gets ordinary invoices only. Choose an ordinary invoice, or verify your company.",
    "personal-minimum": "Personal accounts are invoiced from CNY {min} on. Tick more consumption.",
}

_CHECKS: dict[str, str] = {
    "name-form:fine": "The name looks like a name",
    "name-form:raised": "The name does not look like one of this kind",
    "code-check-digits:fine": "Both check digits of the code fit",
    "code-check-digits:raised": "A check digit of the code does not fit, or is unusual",
    "kind-fits-code:fine": "The code is of this kind of business",
    "kind-fits-code:raised": "The code begins with {start}: codes of individual businesses, and only those, begin with 92",
    "identity-check-digit:fine": "The check digit of the identity number fits",
    "identity-check-digit:raised": "The check digit of the identity number does not fit",
    "birth-date:fine": "The identity number holds a possible day of birth",
    "birth-date:raised": "The day of birth in the identity number is impossible",
    "of-age:fine": "Of age: {age} years",
    "of-age:raised": "Not of age: {age} years, {least} are needed",
    "not-used-elsewhere:fine": "No other verified customer has this number",
    "not-used-elsewhere:raised": "Another verified customer has this number: {name}",
    "picture-there:fine": "A picture was sent",
    "picture-there:raised": "No picture was sent",
    "picture-readable:fine": "The text of the picture was recognised",
    "picture-readable:raised": "The picture was not read by machine: {why}",
    "name-agrees:fine": "The picture has the same name",
    "name-agrees:raised": "The picture has another name, or it was not recognised: {read}",
    "number-agrees:fine": "The picture has the same number",
    "number-agrees:raised": "The picture has another number, or it was not recognised: {read}",
    "legal-person-agrees:fine": "The picture has the same legal representative",
    "legal-person-agrees:raised": "The picture has another legal representative, or it was not recognised: {read}",
}

READINGS: dict[str, str] = {
    "reading-off": "Pictures are not read by machine here. Type the fields yourself.",
    "reading-busy": "Other pictures are being read right now. Type the fields yourself, or try again.",
    "reading-slow": "Reading took too long. Type the fields yourself.",
    "reading-failed": "The picture could not be read. Type the fields yourself.",
    "picture-form": "The picture cannot be opened. Type the fields yourself, and choose another picture.",
    "picture-large": "The picture is too large to be read. Type the fields yourself.",
    "nothing-read": "No field of a licence was recognised. Type the fields yourself, and see that the picture is sharp.",
}
"""Why a form was not filled in from its picture."""

_NOT_READ: dict[str, str] = {
    "reading-off": "pictures are not read by machine here",
    "reading-busy": "other pictures were being read",
    "reading-slow": "it took too long",
    "reading-failed": "the reading failed",
    "picture-form": "it cannot be opened",
    "picture-large": "it is too large",
    "nothing-read": "no field of a licence was recognised",
    "store-unavailable": "the store of the pictures did not answer",
}
"""The same for the person who decides."""

IDENTITY_REFUSALS: dict[str, str] = {
    "picture": "The picture is not readable. Please send a sharp one that shows the whole licence.",
    "name": "The name differs from the licence. Please write it exactly as it stands there.",
    "number": "The number differs from the licence or card. Please compare each character.",
    "expired": "The licence or card has expired. Please send the one that is valid now.",
    "kind": "This is another kind of licence. Please choose the kind that fits it.",
    "used": "Another account is verified with this number already. Please sign in there, or call us.",
}
"""Ready phrases, written to the customer."""

IDENTITY_REASONS: dict[str, str] = {
    "personal-special": "A personal account gets ordinary invoices only. Choose an ordinary invoice, or verify your company.",
    **{f"identity:{code}": text for code, text in _CHECKS.items()},
    **{f"reading:{code}": text for code, text in READINGS.items()},
    **{f"not-read:{code}": text for code, text in _NOT_READ.items()},
    **{f"identity-refusal:{code}": text for code, text in IDENTITY_REFUSALS.items()},
}

IDENTITY_NOTES: dict[str, str] = {
    "withdraw:taken": "Withdrawn. You can submit it anew at any time.",
    "identity-approve:taken": "Approved: the customer can apply for invoices now, and is told so.",
    "identity-reject:taken": "Refused: the customer is told why, and can submit it anew.",
    "*:still-checking": "The automatic checks still run. Decide in a moment.",
    "*:own-authentication": "You submitted this yourself: somebody else has to decide.",
    "*:already-approved": "This authentication was approved before.",
    "*:already-withdrawn": "The customer has withdrawn this authentication.",
    "withdraw:already-refused": "This authentication was refused before; you can submit it anew.",
    "identity-approve:already-refused": "This authentication was refused before.",
    "identity-reject:already-refused": "This authentication was refused before.",
    "withdraw:already-lapsed": "This authentication has ended; you can submit it anew.",
    "identity-approve:already-lapsed": "This authentication has ended, because nobody decided in time.",
    "identity-reject:already-lapsed": "This authentication has ended, because nobody decided in time.",
}

IDENTITY_EVENTS: dict[str, str] = {
    "identity-submitted": "Submitted",
    "identity-checked": "What was typed is checked",
    "picture-read": "The picture is compared",
    "identity-waiting": "With customer service; decision by {moment}",
    "identity-overdue": "The promised date has passed",
    "identity-approved": "Approved",
    "identity-refused": "Not approved",
    "identity-withdrawn": "Withdrawn",
    "identity-lapsed": "Nobody decided in time: ended",
}

IDENTITY_STATES: dict[str, tuple[str, str, Tone]] = {
    "authentication:submitted": ("Kept, checks not begun", "alert-circle", Tone.NEEDS_YOU),
    "authentication:checking": ("Being checked", "progress", Tone.PROGRESS),
    "authentication:waiting-for-person": ("Under review", "progress", Tone.PROGRESS),
    "authentication:approved": ("Approved", "check", Tone.DONE),
    "authentication:refused": ("Not approved", "circle-x", Tone.FAILED),
    "authentication:withdrawn": ("Withdrawn", "circle", Tone.CLOSED),
    "authentication:lapsed": ("Lapsed", "circle", Tone.CLOSED),
}

IDENTITY_FIELDS: dict[str, str] = {
    "licence_number": "Code or identity number",
    "legal_person": "Legal representative",
    "contact": "Contact",
}

IDENTITY_LABELS: dict[str, str] = {
    "identity:enterprise": "Company",
    "identity:individual-business": "Individual business",
    "identity:personal": "Person",
}
