"""Words of the operators' page of billing accounts."""

BILLING_PROBLEMS: dict[str, str] = {
    "billing-number-form": "At most {max} letters, digits and . _ : / @ -, without blanks, as the billing file has it.",
    "billing-number-reserved": "Numbers that begin with new- are our own, for customers that wait. Use the billing file's number.",
    "billing-number-taken": "{name} has this billing account. One number belongs to one customer.",
    "account-number-taken": "{name} has this account already. One number belongs to one customer.",
    "billing-changed": "Somebody else changed this meanwhile ({number}). Look at the page as it is now, then try again.",
    "billing-has-records": "{count} records came under {number}, so the number stays: invoices and balances rest on them.",
    "account-has-records": "{count} records came under {number}, so the main account's number stays. Add a further account instead.",
    "billing-not-linked": "Link the customer's billing account first.",
}

BILLING_LABELS: dict[str, str] = {
    "deed:link-billing": "Billing account linked",
    "deed:account-added": "Account added",
}
