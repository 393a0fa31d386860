"""How has a figure changed from one load to the next? Every vintage that held it, and what each said.

A vintage replaces nothing (R14): a period is read from the latest that holds it, and this says what the earlier ones
gave. A period that only one load held has no revision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from istmo.model.periods import Period
from istmo.statistics.comparability import Figure
from istmo.statistics.explore.holdings import Held


@dataclass(frozen=True, slots=True)
class Version:
    """One load of a dataset: its vintage, the day on which it came in, the file's hash, the profile and what it held
    of the line asked for.
    """

    vintage: str
    received: date
    source_hash: str
    profile: str
    held: Held


@dataclass(frozen=True, slots=True)
class Told:
    """What a vintage said of a period."""

    version: Version
    figure: Figure


@dataclass(frozen=True, slots=True)
class Revised:
    """A period with everything that was said of it, the earliest first."""

    period: Period
    told: tuple[Told, ...]

    @property
    def first(self) -> Told:
        return self.told[0]

    @property
    def now(self) -> Told:
        return self.told[-1]

    @property
    def changed(self) -> bool:
        """Whether a load gave another figure, or another reason for none, than the one before."""
        return len({(one.figure.value, one.figure.status, one.figure.told.rolled_up) for one in self.told}) > 1

    @property
    def difference(self) -> int | None:
        """From the first figure to the one in force; both are of one series."""
        before, after = self.first.figure.value, self.now.figure.value
        return None if before is None or after is None else after - before


def history(versions: Iterable[Version], origin: str, periods: Mapping[str, frozenset[Period]]) -> tuple[Revised, ...]:
    """The periods that the versions hold, oldest first; `versions` in the order in which they came in, `periods` which
    ones each vintage holds.
    """
    told: dict[Period, list[Told]] = {}
    for version in versions:
        for at in periods.get(version.vintage, frozenset()):
            if at in version.held.totals:
                told.setdefault(at, []).append(Told(version, version.held.figure(origin, at)))
    return tuple(Revised(at, tuple(said)) for at, said in sorted(told.items()))
