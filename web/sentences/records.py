"""Words of imports and records: forms of files, phases of an import, and what is wrong with what operators keep."""

RECORD_LABELS: dict[str, str] = {
    "form:csv": "CSV",
    "form:csv.gz": "CSV (gzip)",
    "form:parquet": "Parquet",
    "form:parquet.gz": "Parquet (gzip)",
    "form:xlsx": "Excel",
    "form:xlsx.gz": "Excel (gzip)",
    "form:gz": "gzip",
    "import-phase:waiting": "Waiting for its turn",
    "import-phase:checking": "Being read and checked",
    "import-phase:writing": "Being written",
    "import-phase:done": "Imported",
    "import-phase:refused": "Refused",
    "import-phase:cancelled": "Cancelled",
    "import-phase:failed": "Failed",
}

RECORD_NOTES: dict[str, str] = {
    "cancel-import:taken": "The import was cancelled. Nothing was imported.",
    "cancel-import:import-too-late": "Too late to cancel: the file was checked and is being written, or is in already.",
}

RECORD_PROBLEMS: dict[str, str] = {
    "inbox-key-needed": "Write the name of a file in the inbox.",
    "inbox-missing": "There is no such file in the inbox {bucket}. Look at its name, with the folders before it.",
    "currency-malformed": "Use the three capital letters of the currency: CNY.",
    "currency-ours": "CNY is what everything is booked in: it needs no rate.",
    "day-ahead": "This day is still to come.",
    "rate-jump": "This is more than 20 % from the rate of {day}, {rate}. Mend it, or tick below that it is meant so.",
    "rate-used": "Lines that are in took the rate of {day}, so it stays. Put another one in its place for the next import.",
    "rate-malformed": "Write the rate above 0 with digits and a point, at most ten decimals: 7.0815.",
    "class-code-form": "A classification code has 19 digits.",
    "tax-rate-unknown": "Choose one of the tax rates.",
    "hotline-form": "Write a telephone number: digits, blanks, brackets, plus and hyphen.",
    "account-not-known": "No customer has this account. Write it letter for letter as the billing files do.",
    "store-down": "The object store does not answer. Try again in a moment; nothing was changed.",
}
