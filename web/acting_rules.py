"""What staff may send while they act for a customer. Whatever is not listed is refused; every page may be looked at."""

FORMS = frozenset(
    {
        "/acting/end",
        "/sign-out",
        "/reveal",
        "/applications/{number}/cancel",
        "/applications/{number}/expedite",
        "/invoices/{invoice_id}/return",
        "/titles",
        "/titles/{title_id}",
        "/titles/{title_id}/default",
        "/titles/{title_id}/remove",
        "/titles/{title_id}/restore",
        "/titles/{title_id}/tax-id",
        "/titles/{title_id}/tax-id/withdraw",
    }
)
"""Routes by their path. None adds an address, none agrees to terms."""

AGREEING = frozenset({"terms", "reissue"})
"""Fields that agree to the terms, which only the customer itself can: a form that carries one is refused, whatever its route."""

UNNOTED = frozenset({"/acting/end", "/sign-out", "/reveal"})
"""Change nothing of the customer's; what is shown is noted as such."""
