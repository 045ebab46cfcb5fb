"""Words of the balance's tree and plot."""

BALANCE_LABELS: dict[str, str] = {
    "plot:invoiced": "Invoiced",
    "plot:reserved": "Reserved by applications",
    "plot:rest": "Cannot be invoiced",
    "plot:available": "Available to invoice",
    "door:records": "Records",
    "door:refunds": "Refunds and what they correct",
    "door:applications": "Applications",
    "door:invoices": "Invoices",
}
