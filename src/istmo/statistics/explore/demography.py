"""C3: how many of those registered were men and women of each age, children, alone or in families, as the source says?

Within one line and period, never crossed with nationality or place. What a source does not distinguish has no row: the
United States publishes neither sex nor age, Panama no age by sex until 2022. People who stated another sex are never
shown below country and year, so they have no bar of their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from istmo.model.periods import Period
from istmo.statistics.brief.demography import leaves
from istmo.statistics.comparability import Figure, taken_together
from istmo.statistics.explore.holdings import Held

AGES = ("Y0T4", "Y5T11", "Y_LT12", "Y12T17", "Y_LT18", "Y18T25", "Y26T59", "Y18T59", "Y_GE60", "Y_GE18", "_U", "_T")
SEXES = ("M", "F", "_T")
WITH_WHOM = ("SINGLE", "FAM", "ACC", "UNACC", "SEP", "_U")


@dataclass(frozen=True, slots=True)
class AgeRow:
    """An age group with its figures by sex; `_T` for rows that the source gives without sex."""

    age: str
    by_sex: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Composition:
    """One line in one period: by age and sex, and by accompaniment where the source gives it instead of sex: *single
    adults* are not all adults.
    """

    held: Held
    at: Period
    ages: tuple[AgeRow, ...]
    with_whom: tuple[tuple[str, Figure], ...]

    @property
    def total(self) -> Figure:
        return self.held.total(self.at)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure that a bar is drawn of."""
        return (*(figure for row in self.ages for figure in row.by_sex.values()), *(one for _, one in self.with_whom))


def composition(held: Held, at: Period) -> Composition:
    """The rows that are no subtotal of others, by age and sex, the youngest first."""
    parts = leaves(held.demographics.get(at, {}))
    ages: dict[str, dict[str, list[Figure]]] = {}
    groups: dict[str, list[Figure]] = {}
    for (sex, age, with_whom), figure in parts.items():
        if sex == "_T" and with_whom in WITH_WHOM:
            groups.setdefault(with_whom, []).append(figure)
        elif sex in SEXES and (sex, age) != ("_T", "_T"):
            ages.setdefault(age, {}).setdefault(sex, []).append(figure)
    return Composition(
        held=held,
        at=at,
        ages=tuple(
            AgeRow(age, {sex: taken_together(held.series, ages[age][sex]) for sex in SEXES if sex in ages[age]})
            for age in AGES
            if age in ages
        ),
        with_whom=tuple((code, taken_together(held.series, groups[code])) for code in WITH_WHOM if code in groups),
    )


def with_composition(held: Iterable[Held], at: Period) -> tuple[Composition, ...]:
    """The lines that have something to show in the period; of several datasets of one reporter and measure the best
    ranked one that has.
    """
    found: dict[tuple[str, str, str], Composition] = {}
    for one in sorted(held, key=lambda each: each.series.dataset.rank):
        made = composition(one, at)
        if any(figure.value is not None for figure in made.figures):
            found.setdefault((one.line.reporter, one.line.measure, one.line.about), made)
    return tuple(found.values())


def periods_with_composition(held: Sequence[Held]) -> tuple[Period, ...]:
    """The periods in which some line has a breakdown, latest first."""
    return tuple(sorted({at for one in held for at, parts in one.demographics.items() if parts}, reverse=True))
