"""What is a comparison of two reporters made of? Values in both languages; pages and commands only lay them out."""

from dataclasses import dataclass

from istmo.model.periods import Grain, Period
from istmo.model.text import Text
from istmo.registry.datasets import Break
from istmo.registry.policy_changes import PolicyChange
from istmo.registry.regions import nodes
from istmo.statistics.comparability import Comparability, Figure, Mirror, Series
from istmo.statistics.reconciliation.lags import Lag
from istmo.statistics.wording import MONTHS_EN, MONTHS_ES, month_name

# A nationality is looked at from this many people in the year at one of the two reporters.
FREQUENT = 100


@dataclass(frozen=True, slots=True)
class MonthPair:
    """One month at both; `difference` is the first minus the second, None where there is none or it is refused."""

    month: Period
    first: Figure
    second: Figure
    difference: int | None


@dataclass(frozen=True, slots=True)
class Span:
    """What of a year is compared: the months that both hold, or the year itself where a source published a year."""

    year: int
    first: tuple[Period, ...]
    second: tuple[Period, ...]

    @property
    def name(self) -> Text:
        months = [at for at in self.first if at.grain is Grain.MONTH]
        if len(months) in (0, 12):
            return Text(es=str(self.year), en=str(self.year))
        if len(months) == 1:
            return month_name(months[0])
        if months[-1] == months[0].plus(len(months) - 1):
            a, b = months[0].number - 1, months[-1].number - 1
            return Text(
                es=f"{MONTHS_ES[a]} a {MONTHS_ES[b]} de {self.year}", en=f"{MONTHS_EN[a]} to {MONTHS_EN[b]} {self.year}"
            )
        return Text(es=f"{len(months)} meses de {self.year}", en=f"{len(months)} months of {self.year}")


@dataclass(frozen=True, slots=True)
class Side:
    """A nationality at one reporter over the span: what it registered, its share, and the rows that it was printed in.

    `incomplete`: the source's fixed list does not hold every code of the node, or not in every month.
    """

    figure: Figure
    share: float | None
    parts: tuple[tuple[str, Figure], ...]
    incomplete: bool


@dataclass(frozen=True, slots=True)
class NationalityPair:
    """A nationality, or a node with all its codes, at both reporters; `reasons`: codes of `difference_reason`."""

    code: str
    first: Side
    second: Side
    difference: int | None
    reasons: tuple[str, ...]

    @property
    def is_node(self) -> bool:
        return self.code in nodes()

    @property
    def frequent(self) -> bool:
        return any((side.figure.value or 0) >= FREQUENT for side in (self.first, self.second))


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of `difference_reason` with what is known of it for this pair."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`refusal` says why nothing is subtracted, None where it is. `years`: those that can be compared, latest first."""

    first: Series
    second: Series
    comparability: Comparability
    refusal: Text | None
    months: tuple[MonthPair, ...]
    years: tuple[int, ...]
    span: Span | None
    totals: tuple[Figure, Figure] | None
    nationalities: tuple[NationalityPair, ...]
    reasons: tuple[Reason, ...]
    lags: tuple[Lag, ...]
    lags_since: Period | None
    breaks: tuple[tuple[Series, Break], ...]
    changes: tuple[PolicyChange, ...]
    mirrors: tuple[Mirror, ...]

    @property
    def frequent(self) -> tuple[NationalityPair, ...]:
        """The rows with at least a hundred at one of the two, in the order of their codes."""
        return tuple(row for row in self.nationalities if row.frequent)
