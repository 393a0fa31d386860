"""How closely do two monthly series move together, at once and some months apart? A description, never a proof.

People registered at one station may be registered at the next in the same month, later, or never, and other people may
be. So a high coefficient does not say that the same people were counted twice, and a low one does not say that they
were not. Each coefficient stands with the number of months that it rests on; below twelve there is none.

The coefficient is Spearman's: each series' own months are put in order by their own figures, so that one very high
month does not decide it. It is given of the figures and of their change from month to month, since two series that both
grow over years agree in the first without agreeing in the second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from istmo.model.periods import Grain, Period
from istmo.statistics.comparability import Figure

MONTHS_NEEDED = 12
FURTHEST = 6


@dataclass(frozen=True, slots=True)
class Lag:
    """The second series so many months after the first; None where fewer than twelve pairs of months are held."""

    months_later: int
    figures: int
    of_figures: float | None
    changes: int
    of_changes: float | None


def lags(
    first: Mapping[Period, Figure], second: Mapping[Period, Figure], *, since: Period | None = None
) -> tuple[Lag, ...]:
    """From the same month to six months later; with `since` only months from there on, after a break."""
    a, b = _known(first, since), _known(second, since)
    return tuple(_lag(a, b, later) for later in range(FURTHEST + 1))


def _known(figures: Mapping[Period, Figure], since: Period | None) -> dict[Period, int]:
    return {
        at: figure.value
        for at, figure in sorted(figures.items())
        if at.grain is Grain.MONTH and figure.value is not None and (since is None or at >= since)
    }


def _lag(a: Mapping[Period, int], b: Mapping[Period, int], later: int) -> Lag:
    figures = [(a[at], b[at.plus(later)]) for at in a if at.plus(later) in b]
    da, db = _changes(a), _changes(b)
    changes = [(da[at], db[at.plus(later)]) for at in da if at.plus(later) in db]
    return Lag(later, len(figures), _coefficient(figures), len(changes), _coefficient(changes))


def _changes(series: Mapping[Period, int]) -> dict[Period, int]:
    """The change on the month before, where both months are held."""
    return {now: series[now] - series[before] for before, now in pairwise(series) if before.plus(1) == now}


def _coefficient(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Spearman's coefficient; None on fewer than twelve pairs or where one side does not vary."""
    if len(pairs) < MONTHS_NEEDED:
        return None
    a, b = _ranks([pair[0] for pair in pairs]), _ranks([pair[1] for pair in pairs])
    middle = (len(pairs) + 1) / 2
    spread_a = sum((rank - middle) ** 2 for rank in a)
    spread_b = sum((rank - middle) ** 2 for rank in b)
    if spread_a == 0 or spread_b == 0:
        return None
    together = sum((x - middle) * (y - middle) for x, y in zip(a, b, strict=True))
    return float(together / (spread_a * spread_b) ** 0.5)


def _ranks(values: Sequence[int]) -> list[float]:
    """1 for the lowest; equal values share the mean of their places."""
    order = sorted(values)
    first = {value: order.index(value) for value in set(values)}
    return [first[value] + (values.count(value) + 1) / 2 for value in values]
