"""Refusals: what is the case, with a code that never changes. The words for people are the pages' business."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input: which field, a stable code, and the values a message needs.

    `code` is kebab-case and never changes; `web/words` holds the sentence in both languages for each.
    """

    field: str
    code: str
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Refusal(Exception):
    """The rules say no. Carries every problem found, so that a person can mend all at once."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{p.field}: {p.code}" for p in problems))
        self.problems = problems

    @property
    def code(self) -> str:
        return self.problems[0].code if self.problems else "refused"
