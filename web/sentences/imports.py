"""What is wrong with a billing file or one of its rows. Codes of domain/focus.py, domain/focus_file.py and infra/books/."""

SENTENCES: dict[str, str] = {
    # The file
    "file-empty": "The file is empty.",
    "file-binary": "This is not a text file. Export the bill as CSV and upload that.",
    "file-encoding": "The file is not UTF-8 (byte {position}). Save it as “CSV UTF-8” and upload it again.",
    "file-no-rows": "The file has a header but no rows.",
    "csv-malformed": "A quotation mark is not closed, or there is text after a closed one. The file may be cut off.",
    "column-missing": "The column {column} is missing. FOCUS 1.0 has it; export the bill with all columns.",
    "column-twice": "The column {column} is there twice.",
    "row-columns": "This row has {found} values, the header has {expected} columns. The file may be cut off.",
    # Values
    "value-missing": "This value is needed.",
    "amount-exponent": "Write the amount with all its digits, without an exponent: 0.0000001, not 1E-7.",
    "amount-malformed": "Not an amount. Use digits with a point, and a hyphen for minus: -1234.05.",
    "amount-too-long": "At most {whole} digits before the point and {decimals} after it.",
    "voucher-exceeds": "The voucher's part must have the sign of the amount and not exceed it ({cost}).",
    "record-too-large": "Together with the rows beside it this amount is too large for an invoice.",
    "time-malformed": "Not a time. Use 2026-10-01T00:00:00Z.",
    "time-impossible": "This date or time does not exist, or is far from today.",
    "period-after": "The charge is of {day} in China, after the billing period {period}.",
    "charge-category-tax": "Tax rows cannot be imported: prices must include the tax.",
    "charge-category-unknown": "Use Usage, Purchase, Credit or Adjustment.",
    "currency-malformed": "Use the three capital letters of the currency: CNY.",
    "order-number-form": "An order number has 18 digits.",
    # What we know
    "enterprise-unknown": "No customer has this billing account.",
    "account-unknown": "No customer has this account.",
    "account-elsewhere": "This account belongs to another billing account.",
    "account-needed": "Without an account the row is the payer's own, but this customer has no master account.",
    "issuer-unknown": "None of our issuing entities has this name.",
    "class-missing": "No tax class is kept for this service, nor one for all others.",
    "rate-missing": "There is no exchange rate for {currency} on {day} or in the ten days before.",
    # Warnings
    "file-no-final-newline": "The last line has no line end: the file may be cut off.",
    "period-imported-before": "{period} of {accounts} accounts has come before, in {file}. Make sure that these are other rows.",
}
