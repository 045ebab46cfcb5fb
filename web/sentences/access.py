"""Words of access: roles, what the audit records, and what is wrong with a reason."""

ACCESS_LABELS: dict[str, str] = {
    "role:supervisor": "Review supervisor",
    "role:customer-service": "Customer service",
    "role:auditor": "Auditor",
    "deed:reveal": "Masked value shown",
    "deed:act-for": "Began to act for the customer",
    "deed:act-for-end": "Stopped acting for the customer",
    "deed:acted-for": "Form sent for the customer",
    "deed:member-invited": "Member invited",
    "deed:member-permissions": "Member's permissions changed",
    "deed:member-ended": "Member's access ended",
    "deed:member-resumed": "Member's access resumed",
    "deed:authentication-approved": "Real-name authentication approved",
    "deed:authentication-refused": "Real-name authentication refused",
    "deed:authentication-withdrawn": "Real-name authentication withdrawn",
    "deed:authentication-lapsed": "Real-name authentication lapsed",
    "deed:contact-confirmed": "Contact confirmed",
    "deed:password-changed": "Password changed",
    "deed:password-reset": "Password reset",
    "deed:register": "Registered",
    "deed:second-factor-set-up": "Second factor set up",
    "deed:staff-added": "Staff added",
    "deed:identity-picture": "Picture of a licence seen",
}
"""Deeds by their code in the audit; one without a word here is shown by its code."""

ACCESS_PROBLEMS: dict[str, str] = {
    "reason-recorded": "Give a reason of at least {least} characters; it is recorded.",
    "reason-recorded-long": "At most {max} characters, in one line.",
}
