"""Sentences of support: files that are sent in, tickets, topics."""

SUPPORT_PROBLEMS: dict[str, str] = {
    # What is wrong with a file that was sent in (domain/files.py, infra/file_contents.py)
    "attachment-empty": "The file is empty. Choose another one.",
    "attachment-large": "The file has more than {limit} MB. Send a smaller one.",
    "attachment-type": "We take PDF, PNG and JPEG files. Save it as one of these and send it again.",
    "attachment-differs": "The content is {kind}, the name says something else. Give the file its right ending.",
    "attachment-two-kinds": "The file is a PDF or picture and an archive at once. Save it anew and send it again.",
    "attachment-broken": "The file cannot be opened; it is damaged or cut off. Save it anew and send it again.",
    "attachment-pixels": "The picture has more than {limit} million pixels. Make it smaller and send it again.",
    "attachment-encrypted": "The PDF is protected by a password. Save it without one and send it again.",
    "attachment-scripts": "The PDF contains scripts or actions. Print it into a new PDF and send that.",
    "attachment-pages": "The PDF has more than {limit} pages. Send only the pages that matter.",
    "attachment-infected": "A virus scanner found {found} in {name}. Nothing was kept; have your computer looked after.",
    "attachments-too-many": "At most {max} files go with one message.",
    "attachments-away": "Files cannot be kept at the moment. Send it without files, or try again later; nothing was sent.",
    # What is wrong with a ticket (domain/support.py, infra/tickets.py)
    "ticket-number-form": "This is not one of our ticket numbers. Reload the page to get a new one.",
    "about-unknown": "What this is about is not there any more, or not yours. Open the form anew.",
    "tickets-too-many": "You have opened {max} tickets within a day. Write into one of them, or call 400-660-0102.",
    "ticket-changed": "The conversation went on while you wrote. Read what is new, then send it again.",
    "ticket-closed": "The ticket is closed already.",
    "ticket-taken": "A colleague has just taken this ticket.",
    "ticket-text-long": "{length} characters; at most {max} fit. Put the rest into a file.",
    **{
        f"ticket-text-{fault}": "Character {position} ({character}) cannot be shown. Type the text again."
        for fault in ("control", "bidi", "invisible", "surrogate", "private-use", "unassigned", "combining", "line-break")
    },
}

SUPPORT_LABELS: dict[str, str] = {
    "topic:cancel-issuing": "Cancelling while being issued",
    "topic:marketplace": "Marketplace purchases",
    "topic:red-letter-scan": "Copy of a red-letter invoice",
    "topic:lost-invoice": "Lost paper invoice",
    "topic:other-template": "Another invoice template",
    "topic:title": "Titles and tax IDs",
    "topic:authentication": "Refused verification",
    "topic:billing": "Billing account",
    "topic:other": "Something else",
    "about:application": "Application",
    "about:invoice": "The invoice",
    "about:record": "Consumption",
    "about:title": "Title",
    "about:authentication": "Verification",
    "media:application/pdf": "PDF",
    "media:image/png": "PNG",
    "media:image/jpeg": "JPEG",
    "document:terms": "Terms of service",
    "document:privacy": "Privacy policy",
    "tickets:ours": "Wait for us",
    "tickets:mine": "With me",
    "tickets:free": "With nobody",
    "tickets:all": "All",
}
