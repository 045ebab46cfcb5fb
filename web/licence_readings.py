"""Reading a licence for a form: so many pictures for one person, none in the pool of the pages."""

import asyncio
from datetime import datetime, timedelta

from domain.errors import Problem, Refusal
from domain.licences import LicenceReading
from infra.licences import no_reading, read_licence
from infra.limits import Limit, take
from infra.people import Person
from web.dependencies import Services

READINGS = Limit("licence-read", 20, timedelta(hours=1))
"""Reading a picture takes seconds of a processor: so many for one person."""


async def reading_of(held: Services, person: Person, content: bytes, now: datetime) -> LicenceReading:
    """What stands on the licence. Raises Refusal: reading-often (minutes)."""
    taken = await held.in_thread(take, held.database, [(READINGS, str(person.id))], now)
    if not taken.ids:
        minutes = max(1, int(taken.wait.total_seconds() // 60) + 1)
        raise Refusal(Problem("file", "reading-often", {"minutes": str(minutes)}))
    read = read_licence if held.settings.read_licences else no_reading
    # Not in the pool of the pages: eight pictures would stop every page for as long as they take.
    return await asyncio.to_thread(read, content)
