"""Sentences of titles and receivers: what is wrong with one, where it stands, why it was refused."""

TITLE_PROBLEMS: dict[str, str] = {
    "title-pending": "Customer service is still checking this title. Choose another one until then.",
    "title-refused": "This title was not accepted. Correct it in your titles, or choose another one.",
    "title-cleared": "This title was opened for correction. Correct it in your titles, or choose another one.",
    "title-approved": "An approved title stays as it is. Ask customer service to open it, then correct it.",
    "title-changed": "The title changed while you looked at it. Look it over, then send again.",
    "title-announcement-withdrawn": "The customer has withdrawn the new tax ID meanwhile. There is nothing to decide any more.",
    "title-decided": "This title has been decided already.",
    "title-not-approved": "Only an approved title can be opened for correction.",
    "title-tax-id-differs": "The tax ID is not the verified one. Change it, or have it checked.",
    "title-tax-id-unusual": "Character {position} of the tax ID is unusual. Compare it with the licence, or have it checked.",
    "title-personal": "A personal account gets invoices for its own person only. For a company, verify the company.",
    "title-not-verified": "The verification is not done yet; the title waits for it.",
    "titles-not-yours": "Your company has not allowed you to add one. Choose from the list, or ask your master account.",
    "tax-id-same": "This is the tax ID the title has now.",
    "tax-id-kind": "A new tax ID has 18 characters, as on the licence.",
    "tax-id-in-effect": "The new tax ID is in effect already. Announce another one, or ask customer service.",
    "announced-day": "Choose a day from {first} to {last}.",
    "account-digits": "A bank account has {min} to {max} digits.",
    "address-abroad": "Paper goes to addresses in mainland China only. Choose an e-invoice for other places.",
    "address-province": "Begin with the province or municipality, as in 江苏省苏州市 or 北京市.",
    "postcode-province": "This postcode does not belong to {province}. Compare it with the address.",
}

TITLE_REASONS: dict[str, str] = {
    "titles-not-yours": TITLE_PROBLEMS["titles-not-yours"],
    "title-pending": "Being checked by customer service; it can be chosen once it is accepted.",
    "title-refused": "Not accepted. Correct it in your titles.",
    "title-cleared": "Opened for correction. Correct it in your titles.",
    "differs:title-name-differs": "The name differs at “{difference}”.",
    "differs:title-tax-id-differs": "The tax ID is not the verified one.",
    "differs:title-tax-id-unusual": "The second check digit of the tax ID (character {position}) does not fit.",
    "differs:tax-id-organisation-code": "The second check digit of the tax ID (character {position}) does not fit.",
    "differs:title-personal": "An enterprise's title on a personal account: it cannot be accepted.",
    "differs:title-not-verified": "The verification is not done yet.",
    "title-refusal:name-not-proved": "The name is not the one of your licence.",
    "title-refusal:tax-id-not-proved": "The tax ID is not the one of your licence.",
    "title-refusal:other-company": "This is another company. It needs an account of its own.",
    "title-refusal:contact-details": "Address, phone, bank or account number are not right.",
}
"""Why a title cannot be chosen, and why a person refused it; what was written beside that follows it."""

TITLE_LABELS: dict[str, str] = {
    "default-for:special": "for special invoices",
    "default-for:ordinary": "for ordinary invoices",
}
