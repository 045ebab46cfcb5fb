"""A mail server that is away for a moment."""

import pytest

from domain.ports import MailMessage, OutsideUnavailable
from tests.fakes import FakeMailer


def away_at_first(mailer: FakeMailer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the first mail fail and the others go out; gives the message id of each try, as they come."""
    send, tries = mailer.send, []

    def late(message: MailMessage) -> None:
        tries.append(message.message_id)
        if len(tries) == 1:
            raise OutsideUnavailable("nobody there")
        send(message)

    monkeypatch.setattr(mailer, "send", late)
    return tries
