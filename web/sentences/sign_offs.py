"""Words of an enterprise's own approval before our review."""

from domain.audit import AuditAction

SIGN_OFF_PROBLEMS: dict[str, str] = {
    "sign-off-nobody": "Tick at least one person.",
    "sign-off-many": "At most {max} people.",
    "sign-off-unknown": "Somebody who was ticked cannot sign in any more. Look over who is ticked, then try again.",
    "sign-off-order": "The second level begins at the amount of the first one, or above.",
    "sign-off-same": "Nobody approves twice: name somebody else on one of the levels.",
    "sign-off-nobody-left": "Your company wants its own approval of this application, and nobody but you could give it. Ask your "
    "master account to name somebody else.",
    "sign-off-reason": "Say why: the applicant has to know what to mend.",
    "rule-changed": "Somebody changed this page meanwhile. Open it again, and look at what is set now.",
    "oa-not-set": "Set the address of the OA first.",
    "oa-url-form": "This is no address. Write it as https://oa.company.cn/kaipiao, without user, ? and #.",
    "oa-url-long": "At most {max} characters.",
    "oa-url-scheme": "The address begins with https://.",
    "oa-url-port": "Only the ports 443 and 8443 can be used.",
    "oa-url-private": "This is an address of an internal network. Use one that the internet reaches.",
}

SIGN_OFF_REASONS: dict[str, str] = {
    "expedite-awaiting": "The company itself has to approve it first.",
    "oa-unavailable": "The company's OA does not answer; it is asked again until it is due.",
    "oa-refuses": "The company's OA did not take the question; it is asked again until it is due.",
    "oa-disagrees": "The company's OA answered about something else; it is asked again until it is due.",
}

SIGN_OFF_NOTES: dict[str, str] = {
    "sign-off-approve:taken": "Your approval counts.",
    "sign-off-reject:taken": "Declined: the amount is available again, the applicant sees your reason.",
    "*:awaiting-approval": "The company itself has to approve it first.",
    "*:not-asked": "It is not your turn: somebody else is asked.",
    "*:sign-off-over": "It was decided before; who decided, and when, stands below.",
    "*:already-declined": "The company has declined this application; its amount is available again.",
}

SIGN_OFF_EVENTS: dict[str, str] = {
    "awaiting-approval": "Reserved {amount}; waits for the company's own approval until {moment}",
    "signed-off-level": "Approved by the company on the first level",
    "signed-off": "Approved by the company; review promised by {moment}",
    "declined": "Declined by the company, the amount is available again",
    "sign-off-lapsed": "Nobody in the company approved in time: ended, the amount is available again",
    "oa-asked": "The company's OA has the question",
    "oa-trouble": "The company's OA could not be asked yet",
}

SIGN_OFF_LABELS: dict[str, str] = {
    f"deed:{AuditAction.SIGN_OFF_RULE}": "Approval by the company changed",
    f"deed:{AuditAction.OA_SECRET_MADE}": "Secret of the company's OA made",
}

SIGN_OFF_FIELDS: dict[str, str] = {"sign_off": "Approval by the company"}
