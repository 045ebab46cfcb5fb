"""Words of the audit: what each deed is called, and what is wrong with a filter."""

from domain.audit import AuditAction

DEEDS: dict[AuditAction, str] = {
    AuditAction.REVEAL: "Masked value shown",
    AuditAction.ACT_FOR: "Began to act for the customer",
    AuditAction.ACT_FOR_END: "Stopped acting for the customer",
    AuditAction.ACTED_FOR: "Form sent for the customer",
    AuditAction.REGISTER: "Registered",
    AuditAction.MEMBER_INVITED: "Member invited",
    AuditAction.MEMBER_PERMISSIONS: "Member's permissions changed",
    AuditAction.MEMBER_ENDED: "Member's access ended",
    AuditAction.MEMBER_RESUMED: "Member's access resumed",
    AuditAction.HAND_OVER: "Made a master account",
    AuditAction.PASSWORD_CHANGED: "Password changed",
    AuditAction.PASSWORD_RESET: "Password reset",
    AuditAction.CONTACT_CONFIRMED: "Contact confirmed",
    AuditAction.EXPORT_DATA: "Copy of own data downloaded",
    AuditAction.DELETE_ACCOUNT: "Account deleted",
    AuditAction.STAFF_ADDED: "Staff added",
    AuditAction.STAFF_ROLE: "Role of staff changed",
    AuditAction.STAFF_ENDED: "Staff's access ended",
    AuditAction.SECOND_FACTOR_SET_UP: "Second factor set up",
    AuditAction.SECOND_FACTOR_RESET: "Second factor taken back, to be set up anew",
    AuditAction.IDENTITY_PICTURE: "Picture of a licence seen",
    AuditAction.AUTHENTICATION_APPROVED: "Real-name authentication approved",
    AuditAction.AUTHENTICATION_REFUSED: "Real-name authentication refused",
    AuditAction.AUTHENTICATION_WITHDRAWN: "Real-name authentication withdrawn",
    AuditAction.AUTHENTICATION_LAPSED: "Real-name authentication lapsed",
    AuditAction.DECIDE_TITLE: "Title decided",
    AuditAction.CLEAR_TITLE: "Title opened for correction",
    AuditAction.TICKET_ASSIGN: "Ticket taken over",
    AuditAction.TICKET_ANSWER: "Ticket answered",
    AuditAction.TICKET_ASK: "Customer asked for more in a ticket",
    AuditAction.TICKET_NOTE: "Note added to a ticket",
    AuditAction.TICKET_CLOSE: "Ticket closed",
    AuditAction.TICKET_CLOSED_QUIET: "Ticket closed by itself",
    AuditAction.ANNOUNCE: "Announcement published",
    AuditAction.EDIT_ANNOUNCEMENT: "Announcement changed",
    AuditAction.END_ANNOUNCEMENT: "Announcement ended",
    AuditAction.SET_STATUS: "State of a service set",
    AuditAction.RATE_SET: "Exchange rate set",
    AuditAction.SERVICE_CLASS_SET: "Tax class of a service set",
    AuditAction.ASSISTED_SET: "Product outside self-service set",
    AuditAction.ARREARS_NOTED: "Arrears noted",
    AuditAction.TOP_UPS_IMPORTED: "Top-ups imported",
}

AUDIT_LABELS: dict[str, str] = {f"deed:{action}": word for action, word in DEEDS.items()}

AUDIT_PROBLEMS: dict[str, str] = {
    "day-form": "This is no day. Write it as 2026-11-21.",
    "days-turned": "This day is before the first one. Turn them round, or leave one empty.",
}
