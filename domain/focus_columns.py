"""The columns of FOCUS that we need, and which version a file's columns tell.

Source: FinOps Open Cost and Usage Specification 1.0 to 1.3.
"""

from collections.abc import Collection

NEEDED = (
    "BilledCost",
    "BillingAccountId",
    "SubAccountId",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargePeriodStart",
    "ChargeCategory",
    "InvoiceIssuerName",
    "PublisherName",
    "ProviderName",
    "ServiceCategory",
    "ServiceName",
    "ChargeDescription",
)
"""Columns without which a file cannot be read; all are mandatory in FOCUS 1.0 to 1.2."""

NEEDED_NEWER = (*(column for column in NEEDED if column not in ("PublisherName", "ProviderName")), "ServiceProviderName")
"""The same for a file without PublisherName: FOCUS 1.3 calls it and ProviderName deprecated, and has ServiceProviderName instead."""

PARTS = ("x_VoucherCost", "x_CouponCost", "x_BonusCost")
"""The parts of BilledCost that a voucher, a coupon or a bonus balance paid: they are excluded (feature 6), the rest was paid in cash."""

OPTIONAL = (
    "BillingAccountName",
    "SubAccountName",
    "ServiceProviderName",
    "ChargePeriodEnd",
    *PARTS,
    "x_OrderNumber",
    "x_OriginalOrderNumber",
)
"""FOCUS names, and ours with the x_ that FOCUS asks for: `PARTS`, the 18-digit order number, and the order that a negative row corrects."""

_INTRODUCED = {
    "1.3": (
        "AllocatedMethodDetails",
        "AllocatedMethodId",
        "AllocatedResourceId",
        "AllocatedResourceName",
        "AllocatedTags",
        "ContractApplied",
        "HostProviderName",
        "ServiceProviderName",
    ),
    "1.2": (
        "BillingAccountType",
        "InvoiceId",
        "PricingCurrency",
        "PricingCurrencyContractedUnitPrice",
        "PricingCurrencyEffectiveCost",
        "PricingCurrencyListUnitPrice",
        "SubAccountType",
    ),
    "1.1": (
        "CapacityReservationId",
        "CapacityReservationStatus",
        "CommitmentDiscountQuantity",
        "CommitmentDiscountUnit",
        "ServiceSubcategory",
        "SkuMeter",
        "SkuPriceDetails",
    ),
}
"""The columns that each version brought, the newest first: a file does not say its version, but has them."""


def focus_version(columns: Collection[str]) -> str:
    """The version whose columns a file has: `1.3` when it has any that 1.3 brought, else 1.2, 1.1, or 1.0."""
    present = set(columns)
    return next((version for version, brought in _INTRODUCED.items() if present.intersection(brought)), "1.0")


def needed_columns(columns: Collection[str]) -> tuple[str, ...]:
    """The columns that a file with these must have. The older names of who sells and who made it win where a file has both."""
    return NEEDED_NEWER if "ServiceProviderName" in columns and "PublisherName" not in columns else NEEDED
