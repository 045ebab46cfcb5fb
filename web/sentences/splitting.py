"""The split into invoices by choice, industry templates and their agreements."""

SPLIT_PROBLEMS: dict[str, str] = {
    "statement-not-split": "A monthly statement is invoiced whole. Choose by order to split it, or leave it at as few as possible.",
    "split-too-many-moved": "At most {max} lines can be moved by hand. Choose one of the ways instead.",
    "split-line-unknown": "A line that you moved is no longer there. Look at the invoices again, then submit.",
    "split-changed": "The invoices are others than the form showed. Look at them again, then submit.",
    "split-changed:refused": "Consumption changed while this was being submitted: it would have made other invoices than the form showed. "
    "Choose anew.",
    "too-many-invoices": "This would make {count} invoices; at most {max} are possible. Choose another way or tick less.",
    "template-not-ready": "No key for check values is there. An operator has to put one into place first.",
    "template-code-form": "Use 2 to 20 small letters, digits and hyphens, the first a letter.",
    "template-pattern": "Use capital letters, digits and hyphens, with # for a digit and ? for either, such as YB-####-######.",
    "template-pattern-breaks": "Agreements that count do not fit this form: {numbers}. End them first, or keep the form.",
    "agreement-taken": "{customer} has an agreement with this number. Check the number, or end that agreement first.",
    "agreement-form": "Write the number as it stands in the agreement, such as {example}.",
    "agreement-full-width": "Use half-width letters, digits and hyphens, such as {example}.",
    "agreement-unknown": "No agreement of your company has this number. Compare it, or ask customer service.",
    "agreement-ended": "This agreement has ended. Choose another one, or none.",
    "customer-unknown": "No customer has this name or tax ID. Write the whole name.",
}

SPLIT_REASONS: dict[str, str] = {
    "split-statement": "A monthly statement is invoiced whole. Choose by order to split it.",
    "split-only-line": "The only line of its entity and rate.",
    "split-only-lines": "Nothing can be moved by hand: each entity and rate has one line only.",
    "split-many-lines": "There are too many lines to move one by one. Choose one of the ways, or tick less.",
    "split-cut": "More than one invoice may carry: goes with its first part.",
}

SPLIT_LABELS: dict[str, str] = {
    "split:fewest": "As few as possible",
    "split:category": "One for each tax class",
    "split:service": "One for each service",
    "split:month": "One for each month",
    "fact:buyer": "Buyer's name",
    "fact:tax-id": "Buyer's tax ID",
    "fact:seller": "Issuing entity",
    "fact:net": "Amount without tax",
    "fact:tax": "Tax",
    "fact:total": "Amount with tax",
}

SPLIT_FIELDS: dict[str, str] = {
    "split": "Split into invoices",
    "template": "Industry template",
    "agreement": "Agreement number",
}
