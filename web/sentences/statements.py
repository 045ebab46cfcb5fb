"""Words of monthly statements."""

STATEMENT_PROBLEMS: dict[str, str] = {
    "month-not-charged": "The bill of {month} is not charged yet, due {day}; it can be invoiced after that.",
    "statement-disputed": "This statement is disputed in ticket {ticket}. Go on there.",
    "statement-month-form": "This is no month. Write it as 2026-10.",
    "statement-too-early": "The statement of {month} is made on {day}.",
    "statements-none-ticked": "Tick at least one statement.",
    "charged-before-month-end": "{month} had not ended that day. Write a day from its last one to today.",
    "charged-day-form": "This is no day up to today. Write it as 2026-11-21.",
}

STATEMENT_LABELS: dict[str, str] = {
    "deed:statement-confirmed": "Statement confirmed",
    "deed:statement-charged": "Statement charged",
    "deed:billing-mode": "Billing mode changed",
    "about:statement": "Monthly statement",
}
