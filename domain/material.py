"""Supplementary material: what a review may ask a customer for, and how a round of asking ends (feature 22)."""

from enum import StrEnum


class MaterialState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    WAIVED = "waived"
    """A reviewer did without it."""
    LAPSED = "lapsed"
    """Nothing came in time: the application ended and its amount was released."""
    CANCELLED = "cancelled"
