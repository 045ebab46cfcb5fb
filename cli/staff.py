"""Our own people, from the command line: `code`, `add-staff`, `change-staff`."""

from collections.abc import Callable
from datetime import UTC, datetime

from domain.access import STAFF, Role
from domain.errors import Refusal
from infra import staff
from infra.database import Database, make_engine
from infra.factor_keys import factor_keys, new_key
from infra.second_factor import next_code, seal_factors
from infra.settings import settings
from infra.sign_off_rules import seal_secrets
from infra.staff import UnknownStaff

WAIT_S = 30
Deed = Callable[[Database, datetime], None]


def show_code(login: str) -> int:
    """Print six digits; the exit code. Only where the data are nobody's."""
    config = settings()
    if config.deployment != "local":
        print("Codes are shown for a local run only; in production they are on the person's phone")
        return 1
    with Database(make_engine(config.database_url)).read() as session:
        found = next_code(session, factor_keys(config), login, datetime.now(UTC))
    if found is None:
        print(f"{login} has no second factor here, or has just used the code; a new one comes every {WAIT_S} s")
        return 1
    print(found)
    return 0


def show_new_key() -> int:
    """Print a line for the top of the file of keys; the exit code."""
    print(new_key())
    return 0


def seal() -> int:
    """Seal every second factor and every OA's secret with the newest key; the exit code, 1 when one cannot be opened."""
    config = settings()
    database, keys = Database(make_engine(config.database_url)), factor_keys(config)
    sealed, unreadable = seal_factors(database, keys)
    of_offices, lost = seal_secrets(database, keys)
    print(f"{sealed} second factors sealed with the newest key")
    if unreadable:
        print(f"No key opens those of {', '.join(unreadable)}; `change-staff LOGIN --new-factor` begins one anew")
    print(f"{of_offices} secrets of OAs sealed with the newest key")
    if lost:
        print(f"No key opens the OA secret of the customers {', '.join(map(str, lost))}; their masters make a new one")
    return 1 if unreadable or lost else 0


def add(login: str, name: str, role: str, email: str, level: int) -> int:
    return _say(lambda database, now: staff.add_staff(database, login, name, _role(role), email, level, now), f"{login} is added")


def change(login: str, role: str, level: int, *, end: bool, new_factor: bool) -> int:
    """Do what was asked, in this order: role, second factor, end."""

    def carry_out(database: Database, now: datetime) -> None:
        if role:
            staff.change_role(database, login, _role(role), level, now)
        if new_factor:
            staff.reset_second_factor(database, login, now)
        if end:
            staff.end_staff(database, login, now)

    return _say(carry_out, f"{login} is changed and signed out everywhere")


def _role(text: str) -> Role:
    """Raises ValueError for a role that staff cannot have."""
    role = Role(text)
    if role not in STAFF:
        raise ValueError(text)
    return role


def _say(deed: Deed, done: str) -> int:
    try:
        deed(Database(make_engine(settings().database_url)), datetime.now(UTC))
    except ValueError:
        print(f"The role must be one of {', '.join(sorted(STAFF))}")
    except UnknownStaff as unknown:
        print(f"None of our people signs in as {unknown}")
    except Refusal as refusal:
        print(f"Not done: {refusal}")
    else:
        print(done)
        return 0
    return 1
