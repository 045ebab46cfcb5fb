"""How steps are called: time-outs and retries by the kind of step, named once."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy


class StepOptions(TypedDict):
    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


class BeatingOptions(StepOptions):
    heartbeat_timeout: timedelta


OWN_ROWS = StepOptions(
    start_to_close_timeout=timedelta(seconds=30),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)),
)
"""A step on our own database: retried until it is back."""

MANY_ROWS = BeatingOptions(
    # As long as the month of the largest customer takes; a lost worker is noticed by its silence instead.
    start_to_close_timeout=timedelta(minutes=15),
    heartbeat_timeout=timedelta(seconds=15),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)),
)
"""A step on very many of our own rows, which says that it lives."""

OUTSIDE = StepOptions(
    # Longer than the adapters' own time-out, so that they report first; short enough that a lost worker is noticed soon.
    start_to_close_timeout=timedelta(seconds=25),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=20)),
)
"""A step with an effect at an outside party: retried for ever, because each attempt looks before it asks."""

LOCAL = StepOptions(
    start_to_close_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=10)),
)
"""A short write to our own rows, run beside the workflow: about a fifth of the cost of a remote step."""

READING = StepOptions(
    start_to_close_timeout=timedelta(seconds=90),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=5), maximum_interval=timedelta(seconds=30), maximum_attempts=4),
)
"""A picture from anybody is read: given up after some tries, because one that breaks its reader would break it again."""
