"""Words of evidence on applications (domain/evidence.py)."""

EVIDENCE_PROBLEMS: dict[str, str] = {
    "evidence-many": "At most {max} files belong to one application. Remove one that matters less.",
    "evidence-often": "You have sent very many files. Go on in {minutes} min, or merge pages into one PDF.",
    "evidence-away": "Files cannot be kept at the moment. Try again later, or go on without: they can be added during the review.",
    "evidence-gone": "A file that was here is not there any more. Add it again.",
    "evidence-gone-before": "This file was taken back before; nothing was changed.",
    "evidence-files-many": "At most {max} files are sent at once. Send the others after these.",
    "evidence-of-another": "A colleague sent this file in, so only that colleague takes it back.",
    "evidence-decided": "The review is over, so the files stay as they were decided on. Send more to customer service with a ticket.",
    "evidence-over": "This application has ended, so its files stay as they are. Add files to a new application.",
    "evidence-changed": "The files changed while you looked at them. Look again, then decide.",
}

EVIDENCE_LABELS: dict[str, str] = {
    "evidence:payment": "Proof of payment",
    "evidence:contract": "Contract",
    "evidence:consumption": "Consumption detail",
    "evidence:order": "Order",
    "evidence:licence": "Business licence",
    "evidence:other": "Other",
    "deed:evidence-added": "Evidence added to an application",
    "deed:evidence-taken-back": "Evidence taken back",
}

EVIDENCE_EVENTS: dict[str, str] = {
    "evidence-added": "Evidence added: {evidence}",
    "evidence-taken-back": "Evidence taken back: {evidence}",
}
