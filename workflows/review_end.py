"""Telling the customer that a review ended without invoices."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

from workflows import names
from workflows.steps import OUTSIDE

with workflow.unsafe.imports_passed_through():
    from activities.review_ends import ReviewEndActivities

_TELLING = timedelta(days=1)
"""For so long a mail server may be away; what the mail says stands on the page."""


async def tell_review_end(number: str) -> None:
    try:
        await workflow.execute_activity_method(
            ReviewEndActivities.tell_review_end,
            number,
            task_queue=names.DELIVERY,
            summary="Tell how the review ended",
            schedule_to_close_timeout=_TELLING,
            **OUTSIDE,
        )
    except FailureError as failure:
        workflow.logger.warning("Not told how the review of %s ended: %s", number, failure)
