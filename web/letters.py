"""Letters that nobody waits for: word of a changed password. What cannot be sent is logged."""

import logging
import secrets
from collections.abc import Callable

from domain.ports import OutsideDisagrees, OutsideRefused, OutsideUnavailable
from infra.letters.codes import password_changed
from infra.post import Letter
from infra.tables import UserRow
from web.dependencies import Services

log = logging.getLogger("kaipiao.web")


def tell_password_changed(held: Services, user: UserRow) -> None:
    """To the person's confirmed addresses, so that somebody whose password was changed by another gets to know."""
    letter = password_changed(user.locale or held.settings.default_locale, f"{held.settings.public_url}/reset")
    addresses = [
        address for address, confirmed in ((user.email, user.email_confirmed), (user.phone, user.phone_confirmed)) if address and confirmed
    ]
    for address in addresses:
        held.sending.submit(_sender(held, address, letter))


def _sender(held: Services, address: str, letter: Letter) -> Callable[[], None]:
    def send() -> None:
        try:
            held.post.send(f"changed-{secrets.token_hex(8)}", address, letter)
        except (OutsideUnavailable, OutsideRefused, OutsideDisagrees) as problem:
            log.warning("word of a changed password was not sent: %s", type(problem).__name__)

    return send
