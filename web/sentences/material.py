"""Words of material that a review asks for (domain/material.py)."""

MATERIAL_LABELS: dict[str, str] = {
    "material:deal": "What shows that the amount is right",
    "material:contract": "Contract",
    "material:order": "Order",
    "material:payment": "Proof of payment",
    "material:consumption": "Consumption detail",
    "material:licence": "Business licence",
    "material:explanation": "Explanation",
    "material:other": "Something else",
    "material-why:deal": "One of these is enough: contract, order, proof of payment or consumption detail.",
    "material-why:contract": "The signed contract for these services, with all its pages.",
    "material-why:order": "The order for these services, with its number and amount.",
    "material-why:payment": "The bank's slip, or a picture of the payment, with payer, day and amount.",
    "material-why:consumption": "What was used, when, and for how much: as exported from the billing console.",
    "material-why:licence": "The business licence of the company in the title, in colour and readable.",
    "material-why:explanation": "In your own words, in the field below.",
    "material-why:other": "What the reviewer's note says.",
    "switch:yes": "Yes",
    "switch:no": "No",
    "show:customer": "Waiting for the customer",
}

MATERIAL_FIELDS: dict[str, str] = {
    "alarm_asks": "An alarm asks the customer by itself",
    "wanted": "What is needed",
    "note": "Note to the customer",
}

MATERIAL_PROBLEMS: dict[str, str] = {
    "material-nothing": "Tick what the customer has to send.",
    "material-note": "Say in the note what else is needed.",
    "material-long": "At most {max} characters.",
    "material-missing": "Still missing. Add a file, or write below why you cannot.",
    "material-explain": "Write the explanation that was asked for.",
    "material-open": "The answer was not taken; nothing you wrote is lost. Look at what is asked for now, then send it again.",
    "material-answered": "An answer was sent before this one. Your application is under review again; files can still be added.",
    "material-waived": "This is not needed any more: the review goes on without it.",
    "material-lapsed": "Too late: it was due before. The application has ended and its amount is available; apply again below.",
    "material-cancelled": "The application was cancelled; its amount is available again.",
    "material-not-asked": "Nothing is asked for here.",
    "waive-reason": "Say why it is not needed: it stays beside the decision.",
}

MATERIAL_NOTES: dict[str, str] = {
    "ask:taken": "Asked: the customer is told by mail and SMS, and the application waits for it.",
    "answer:taken": "Sent: your application is under review again, and its new date stands below.",
    "waive:taken": "The review goes on without the material.",
    "answer:already-lapsed": "Too late: it was due before. The application has ended and its amount is available again.",
    "*:awaiting-material": "Material was asked for; until that comes nothing is decided.",
    "*:material-not-asked": "Nothing is asked for any more: an answer came before, or it was not needed.",
}

MATERIAL_REASONS: dict[str, str] = {
    "expedite-material": "It waits for what we asked you for. Once that is here it can be expedited.",
}

MATERIAL_EVENTS: dict[str, str] = {
    "material-asked": "Material asked for, until {moment}",
    "material-answered": "Material came; review promised by {moment}",
    "material-waived": "The review goes on without the material, promised by {moment}",
    "material-lapsed": "No material came in time: ended, the amount is available again",
}
