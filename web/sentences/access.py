"""Words of access: roles, and what is wrong with a reason."""

ACCESS_LABELS: dict[str, str] = {
    "role:supervisor": "Review supervisor",
    "role:customer-service": "Customer service",
    "role:auditor": "Auditor",
}

ACCESS_PROBLEMS: dict[str, str] = {
    "reason-recorded": "Give a reason of at least {least} characters; it is recorded.",
    "reason-recorded-long": "At most {max} characters, in one line.",
}
