"""Why the tax platform refused, by its codes. They are its own, and never change."""

BUREAU: dict[str, str] = {
    "unknown-province": "The issuing entity's province is not one of the tax platform's.",
    "seller-tax-id": "The issuing entity's tax ID is not accepted. We will mend it; you need not do anything.",
    "buyer-tax-id-missing": "A special invoice needs the buyer's tax ID. Correct the title and apply again.",
    "buyer-tax-id": "The buyer's tax ID is not valid. Correct the title and apply again.",
    "sums": "The lines do not add up to the total.",
    "rate": "A line has a tax rate that does not exist.",
    "tax-of-line": "The tax of a line is too far from its rate.",
    "tax-of-whole": "The tax of the invoice is too far from its rate.",
    "reason": "The reason does not fit: a red-letter invoice has one, a blue one has none.",
    "not-positive": "An invoice has to have a total above zero.",
    "sign": "The signs of a line's amounts do not fit.",
    "discount": "A discount does not follow the line it belongs to, or is larger than that line.",
    "original-unknown": "The invoice to be reversed is not in the tax platform's book.",
    "original-differs": "The red-letter invoice has another type, seller or buyer than the invoice to be reversed.",
    "quantity": "A sales discount cannot have a quantity.",
    "above-original": "The red-letter invoices would exceed the invoice to be reversed.",
    "not-whole": "A wrongly issued invoice has to be reversed as a whole.",
}

OTHER = "The tax platform gave another reason. Call 400-660-0102 with its code."
