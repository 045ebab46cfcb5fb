"""What is wrong with an input, and what to do. Codes are those of domain/ and of the forms."""

from web.sentences.access import ACCESS_PROBLEMS
from web.sentences.api import API_FAULTS, API_PROBLEMS
from web.sentences.audit import AUDIT_PROBLEMS
from web.sentences.back_invoicing import BACK_PROBLEMS
from web.sentences.batches import BATCH_PROBLEMS
from web.sentences.billing import BILLING_PROBLEMS
from web.sentences.calendar import CALENDAR_PROBLEMS
from web.sentences.evidence import EVIDENCE_PROBLEMS
from web.sentences.identity import IDENTITY_PROBLEMS
from web.sentences.levels import LEVEL_PROBLEMS
from web.sentences.material import MATERIAL_PROBLEMS
from web.sentences.people import PEOPLE_PROBLEMS
from web.sentences.promises import PROMISE_PROBLEMS
from web.sentences.records import RECORD_PROBLEMS
from web.sentences.review import REVIEW_PROBLEMS
from web.sentences.service import SERVICE_PROBLEMS
from web.sentences.sign_offs import SIGN_OFF_PROBLEMS
from web.sentences.splitting import SPLIT_PROBLEMS
from web.sentences.staff import STAFF_PROBLEMS
from web.sentences.statements import STATEMENT_PROBLEMS
from web.sentences.support import SUPPORT_PROBLEMS
from web.sentences.titles import TITLE_PROBLEMS

PROBLEMS: dict[str, str] = {
    # Forms
    "field-malformed": "Not in the form this page expects. Reload the page and try again.",
    "field-needed": "Fill this in.",
    "choose-one": "Choose one.",
    "terms-changed": "The terms have changed since this form was opened. Read them, then tick that you agree.",
    "terms-needed": "Tick that you agree, so that the application can be made.",
    "email-form": "This is not an e-mail address. Use the form name@company.cn.",
    "email-at": "The @ or the part after it is missing. Use the form name@company.cn.",
    "email-two-ats": "An e-mail address has one @. Use the form name@company.cn.",
    "email-name": "The part before the @ is missing or too long. Use the form name@company.cn.",
    "email-dots": "A dot cannot come first, last or twice in a row. Use the form name@company.cn.",
    "email-character": "{character} cannot stand in an e-mail address. Use the form name@company.cn.",
    "email-number": "After the @ comes a name such as company.cn, not an IP address.",
    "email-domain": "The part after the @ has to be a whole name. Use the form name@company.cn.",
    "email-hyphen": "A part of the name after the @ cannot begin or end with a hyphen.",
    "email-long": "An e-mail address has at most {max} characters.",
    "postcode-form": "A postcode has 6 digits.",
    "phone-needed": "The courier needs a phone number.",
    "number-form": "This is not one of our application numbers. Reload the page to get a new one.",
    "number-taken": "This number belongs to another application. Reload the page to get a new one.",
    "title-twice": "This title is already in your library.",
    "receiver-twice": "This receiver is already in your list.",
    "receiver-kind": "Paper goes to a postal address, an e-invoice to an e-mail address.",
    "title-name-differs": "The title differs from the verified name at “{difference}”. Change it, or update the verification.",
    # Of texts
    "text-blank": "Fill this in.",
    "text-short": "At least {min} characters.",
    "text-long": "At most {max} characters fit on an invoice.",
    "text-control": "Character {position} ({character}) cannot be printed. Type the text again.",
    "text-line-break": "A line break at character {position}. Write it in one line.",
    "text-bidi": "Character {position} ({character}) turns the writing direction. Type the text again.",
    "text-invisible": "Character {position} ({character}) is invisible. Type the text again.",
    "text-surrogate": "Character {position} is broken. Type the text again.",
    "text-private-use": "Character {position} ({character}) exists only in one font. Use the standard character.",
    "text-unassigned": "Character {position} ({character}) does not exist. Type the text again.",
    "text-combining": "Character {position} ({character}) is a loose accent. Type the letter with its accent.",
    "text-emoji": "Character {position} is a picture. Invoices carry text only.",
    "name-long": "A name has at most {max} characters here.",
    "name-emoji": "Character {position} is a picture. Write the name in letters.",
    "phone-form": "Use digits, as in 010-85620000 or 13800138000, with 转 before an extension.",
    "account-form": "Use digits only, with blanks between groups if you like.",
    "tax-id-needed": "A special invoice needs the buyer's 18-character tax ID.",
    # Tax ids: domain/tax_ids
    "tax-id-letter": "Character {position} of the tax ID cannot be {found}. Did you mean {suggestion}?",
    "tax-id-letter:unsure": "Character {position} of the tax ID cannot be {found}. Compare it with the licence.",
    "tax-id-check-digit:unsure": "The tax ID does not check out at character {position}. Compare it with the licence.",
    "tax-id-length": "The tax ID has {length} characters. Today's have 18, older ones 15, 17 or 20.",
    "tax-id-length:one": "The tax ID has only 1 character. Today's have 18, older ones 15, 17 or 20.",
    "tax-id-authority": "The first character of the tax ID cannot be {found}. Compare it with the licence.",
    "tax-id-region": "Characters 3 to 8 of the tax ID ({found}) are no region. Compare them with the licence.",
    "tax-id-check-digit": "Character {position} of the tax ID does not fit. Did you mean {suggestion}?",
    "tax-id-swapped": "Characters {position} and {other} of the tax ID seem swapped.",
    "tax-id-citizen-check": "The last character of the ID number does not fit. Compare it with the card.",
    "tax-id-organisation-code": "Character {position} of the tax ID is unusual. Compare it with the licence.",
    # Of amounts
    "amount-blank": "Fill in an amount.",
    "amount-negative": "The amount cannot be negative.",
    "amount-too-large": "The amount is above {max}.",
    "amount-malformed": "Write digits and at most two decimals, as in 1234.50.",
    "amount-full-width": "Use half-width digits, as in 1234.50.",
    "amount-chinese-numerals": "Use digits, as in 1234.50.",
    "amount-currency": "Leave out the currency: digits only.",
    "amount-not-a-number": "Write digits and at most two decimals, as in 1234.50.",
    "amount-other-base": "Write digits and at most two decimals, as in 1234.50.",
    "amount-scientific": "Write the amount out, as in 1234.50.",
    "amount-comma": "Leave out the comma: 1234.50.",
    "amount-underscore": "Leave out the underscore: 1234.50.",
    "amount-plus-sign": "Leave out the plus sign.",
    "amount-leading-zeros": "Leave out the zeros in front.",
    "amount-decimals": "At most two decimals.",
    "tax-off-line": "The tax of line {line} is too far from its rate.",
    "tax-off-invoice": "The tax of the invoice is too far from its rate.",
    # What can be invoiced: domain/eligibility
    "invoiced-by-seller": "Invoiced by the marketplace seller {seller}. Contact the seller.",
    "outside-self-service": "{product} is invoiced through your sales manager.",
    "comes-with-its-original": "Comes along with its original; never invoiced alone.",
    "waits-for-its-original": "Waits until its original can be invoiced.",
    "original-is-invoiced": "What it corrects is on invoice {invoice}. Return that invoice, or it waits for other consumption to correct.",
    "month-not-open": "The statement of {month} is made on {day}; it can be invoiced after that.",
    "already-reserved": "Reserved by application {application}.",
    "already-invoiced": "Invoiced by application {application}.",
    "already-reserved:elsewhere": "Reserved by another application of your company.",
    "already-invoiced:elsewhere": "Invoiced by another application of your company.",
    "nothing-to-invoice": "Nothing left to invoice.",
    "past-time-limit": "Older than 6 months (until {day}): needs approval.",
    # The reservation's own: infra/books/reservation
    "not-verified": "Verify your company first, then apply.",
    "unknown-title": "This title is not in your library any more. Choose another one.",
    "unknown-receiver": "This receiver does not fit, or is not in your list any more. Choose another one.",
    "nothing-ticked": "Tick at least one record above 0.",
    "unknown-invoice": "The invoice to be replaced is not yours.",
    "not-returned-yet": "The invoice to be replaced is not reversed yet.",
    "arrears-not-covered": "What is ticked ({ticked}) does not cover the arrears ({arrears}). Tick more, or pay the arrears first.",
    "amount-above-there": "{amount} is more than the {most} that one application can have under these filters. "
    "Lower the amount, or widen the filters.",
    "amount-above-ticked": "{amount} is more than what is ticked can bring ({most}). Lower the amount, or tick more.",
    "number-used": "This application number has been used before. Choose anew to get a new one.",
    "ticked-twice": "A record was ticked twice. Choose anew.",
    "unknown-record": "A ticked record is not there any more. Choose anew.",
    "more-lost": "And {count} more that cannot be invoiced now.",
    "amount-above-ticked:refused": "{amount} was more than what was left ({most}). Choose anew, with a lower amount.",
    "too-many-ticked": "At most {max} records fit into one application. Untick some.",
    "choice-unknown": "What was ticked cannot be read. Choose anew.",
    "amount-zero": "Fill in an amount above 0.",
    "amount-changed": "The amount is {new} now, and was {old} when the form was opened. Look it over, then submit again.",
    "amount-changed:refused": "The amount was {new} when this was submitted, and {old} when the form was opened. Choose anew.",
    "amount-left": "What is left makes {new}; it was {old} when the form was opened. Submit again to apply for what is left.",
    "nothing-left": "Other applications have what was chosen, or its time limit has passed.",
    "choice-taken": "Application {application} has records of what was chosen.",
    "agreement-without-template": "An agreement number needs its template. Choose the template, or empty the number.",
    "form-used": "This form was used already; open the page again.",
    "electronic-only": "{entity} issues electronic invoices only.",
    "characters-not-printable": "These characters are not in the invoice's font: {characters}. Call 400-660-0102.",
    # QR codes: domain/verification
    "qr-fields": "The QR text has {count} fields instead of 8.",
    "qr-version": "The QR text is of an unknown version.",
    "qr-type": "The QR text names an unknown invoice type.",
    "qr-number": "The invoice number in the QR text is malformed.",
    "qr-amount": "The amount in the QR text is malformed.",
    "qr-date": "The date in the QR text is malformed.",
    "qr-check-code": "The check code in the QR text is malformed.",
    "qr-tail": "The end of the QR text is malformed.",
}

PROBLEMS.update(API_FAULTS)
PROBLEMS.update(API_PROBLEMS)
PROBLEMS.update(BATCH_PROBLEMS)
PROBLEMS.update(STAFF_PROBLEMS)
PROBLEMS.update(SPLIT_PROBLEMS)
PROBLEMS.update(SIGN_OFF_PROBLEMS)
PROBLEMS.update(MATERIAL_PROBLEMS)
PROBLEMS.update(SERVICE_PROBLEMS)
PROBLEMS.update(REVIEW_PROBLEMS)
PROBLEMS.update(LEVEL_PROBLEMS)
PROBLEMS.update(PEOPLE_PROBLEMS)
PROBLEMS.update(ACCESS_PROBLEMS)
PROBLEMS.update(AUDIT_PROBLEMS)
PROBLEMS.update(BACK_PROBLEMS)
PROBLEMS.update(EVIDENCE_PROBLEMS)
PROBLEMS.update(BILLING_PROBLEMS)
PROBLEMS.update(CALENDAR_PROBLEMS)
PROBLEMS.update(RECORD_PROBLEMS)
PROBLEMS.update(PROMISE_PROBLEMS)
PROBLEMS.update(STATEMENT_PROBLEMS)
PROBLEMS.update(SUPPORT_PROBLEMS)
PROBLEMS.update(TITLE_PROBLEMS)
PROBLEMS.update(IDENTITY_PROBLEMS)
