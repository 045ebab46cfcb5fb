"""Alternating rounds of two sides, so that a busy moment of the machine strikes both."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Sides:
    """One number a round for each side, in the order of the rounds."""

    ours: list[float]
    base: list[float]

    @property
    def ratio(self) -> float:
        """Ours to base: the median of the rounds' own ratios."""
        return median(self.ratios)

    @property
    def ratios(self) -> list[float]:
        return [ours / base for ours, base in zip(self.ours, self.base, strict=True)]

    def line(self, what: str, unit: str) -> str:
        ratios = sorted(self.ratios)
        return (
            f"{what}: ours {median(self.ours):.3g} {unit}, base {median(self.base):.3g} {unit}, "
            f"ratio {self.ratio:.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f}, {len(ratios)} rounds)"
        )


def cpu_of(work: Callable[[], object]) -> float:
    """CPU seconds of this process, all its threads, that the work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def alternate(ours: Callable[[], float], base: Callable[[], float], rounds: int = ROUNDS) -> Sides:
    """A B, B A, A B ...; after one round of each that does not count."""
    return asyncio.run(alternate_async(_later(ours), _later(base), rounds))


async def alternate_async(ours: Callable[[], Awaitable[float]], base: Callable[[], Awaitable[float]], rounds: int = ROUNDS) -> Sides:
    """The same for sides that wait."""
    await ours()
    await base()
    sides = Sides([], [])
    for turn in range(rounds):
        pair = ((ours, sides.ours), (base, sides.base))
        for side, numbers in pair if turn % 2 == 0 else reversed(pair):
            numbers.append(await side())
    return sides


def _later(side: Callable[[], float]) -> Callable[[], Awaitable[float]]:
    async def run() -> float:
        return side()

    return run
