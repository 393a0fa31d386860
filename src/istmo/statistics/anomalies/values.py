"""What is an anomaly made of: a figure, its bands, what is left out and why?

The band is *median ± 3 MAD*: the median absolute deviation is the median of the distances from the median.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from istmo.model.periods import Period
from istmo.model.text import Text
from istmo.registry.policy_changes import PolicyChange
from istmo.statistics.comparability import Figure, Series

MADS = 3


class Direction(StrEnum):
    ABOVE = "above"
    BELOW = "below"


class Kind(StrEnum):
    """What of a series is looked at."""

    TOTAL = "total"
    CHILDREN = "children"
    UNACCOMPANIED = "unaccompanied"
    NATIONALITY = "nationality"


class Why(StrEnum):
    """Why a figure is not looked at."""

    BREAK = "break"
    SHORT = "short"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Subject:
    """The total of a series, its children, or the people of one nationality."""

    kind: Kind
    code: str = "_T"


@dataclass(frozen=True, slots=True)
class Band:
    """What is usual: within three MAD of the median of so many figures."""

    median: float
    mad: float
    figures: int

    @property
    def low(self) -> float:
        return self.median - MADS * self.mad

    @property
    def high(self) -> float:
        return self.median + MADS * self.mad

    def holds(self, value: int) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Anomaly:
    """`of_year`: the band of the twelve months before; `of_season`: that of the same month, None with too few years.

    `text` says what was registered and what is usual, `needs` what services may need. `changes`: what changed in visas,
    fees or borders shortly before; it stands beside the figure and does not explain it.
    """

    series: Series
    subject: Subject
    month: Period
    figure: Figure
    direction: Direction
    of_year: Band
    of_season: Band | None
    text: Text
    needs: Text
    changes: tuple[PolicyChange, ...]

    @property
    def id(self) -> str:
        """`HND.INM.flujo/ENT_IRR/2023-08/nationality/GIN`: the same for the same figure, whatever its value."""
        subject = self.subject
        return f"{self.series.dataset.id}/{self.series.measure}/{self.month}/{subject.kind}/{subject.code}"

    @property
    def said(self) -> Text:
        """Both sentences, as they would stand in a comment."""
        return Text(es=f"{self.text.es} {self.needs.es}", en=f"{self.text.en} {self.needs.en}")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A figure of at least 50 that is not looked at, and why."""

    series: Series
    subject: Subject
    figure: Figure
    why: Why
    text: Text


@dataclass(frozen=True, slots=True)
class Review:
    """The anomalies of a month by reporter in route order; `examined`: how many figures count at least 50, of which
    `left_out` were not looked at.
    """

    month: Period
    anomalies: tuple[Anomaly, ...]
    left_out: tuple[LeftOut, ...]
    examined: int


def band(values: Iterable[int]) -> Band:
    """The band of at least one figure."""
    known = list(values)
    middle = median(known)
    return Band(median=middle, mad=median([abs(value - middle) for value in known]), figures=len(known))
