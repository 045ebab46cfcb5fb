"""A form that outlived its session: what was typed is shown to be copied, and can be sent again by the same person."""

import hmac
from dataclasses import dataclass

from starlette.datastructures import FormData

from infra.people import Person, owner_mark

SECRET = frozenset({"csrf", "password", "old", "code"})
"""Never shown, and never sent again."""
DRAWN = frozenset(
    {
        "action",
        "back",
        "evidence_kind",
        "expected_fen",
        "expected_plan",
        "file_kept",
        "key",
        "number",
        "own",
        "picture",
        "preview",
        "record",
        "seen",
        "split_shown",
        "subject_id",
        "terms",
        "version",
    }
)
"""Sent again with the rest, but nothing that was typed."""


@dataclass(frozen=True, slots=True)
class Outlived:
    """Where a form was sent, its fields, and the mark of who filled it in (`infra.people.owner_mark`); empty when unknown."""

    action: str
    fields: tuple[tuple[str, str], ...] = ()
    owner: str = ""
    files: bool = False
    """Whether files came with it, which are not kept."""

    @property
    def typed(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, value) for name, value in self.fields if value and name not in DRAWN)

    def is_of(self, person: Person) -> bool:
        return bool(self.owner) and hmac.compare_digest(self.owner.encode(), owner_mark(person.id).encode())


def outlived(action: str, form: FormData) -> Outlived:
    """What can be kept of a form; of one with a secret in it the rest is shown, and cannot be sent without it."""
    sent = form.multi_items()
    token = form.get("csrf")
    owner = token.rpartition(".")[2] if isinstance(token, str) and "." in token else ""
    secret = any(name in SECRET - {"csrf"} for name, _ in sent)
    return Outlived(
        action,
        tuple((name, value) for name, value in sent if isinstance(value, str) and name not in SECRET),
        "" if secret else owner,
        any(not isinstance(value, str) and value.filename for _, value in sent),
    )
