"""May these two figures be taken together, and if not, why?

Level 0: other concept. 1: same concept, other unit. 2: same concept and unit, other coverage. 3: comparable. Side by
side with the unit in each head is allowed at any level. To *mix* needs two things, and both are kept here, in code:

- subtracting and dividing need level 2 or 3; - adding, ranking and shading on one scale need it too, and are refused
at **every** level for two reporters of one corridor (R1): one person may stand in each of their figures.

Tables make their differences, shares, orders and scales with `difference`, `share`, `ranked` and `one_scale`; these
ask `require` for every pair of series, so a table that mixed two reporters would fail to be made.

What an organisation publishes about States is read as a series of each State (`about`), in the unit that it gives
there: asylum figures of two countries are never added, ranked or shaded together either, since one person may apply in
both.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations, pairwise
from typing import TypeVar

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.datasets import Dataset, concept
from istmo.registry.members import route
from istmo.statistics.disclosure.notes import NOTHING, Disclosure, rounding_of
from istmo.statistics.wording import in_prose

MIXING_LEVEL = 2
# R16: a change in per cent, and a share of a rounded figure, needs a base of this many.
PERCENT_BASE = 30
T = TypeVar("T")


class NotComparable(InvalidInput):
    """Two figures were about to be mixed that must not be."""


class Operation(StrEnum):
    """What mixes two figures. A rank over reporters is a hidden sum; so is one colour scale."""

    ADD = "add"
    SUBTRACT = "subtract"
    DIVIDE = "divide"
    RANK = "rank"
    SHADE = "shade"


_WORDS = {
    Operation.ADD: Text(es="sumar", en="added"),
    Operation.SUBTRACT: Text(es="restar", en="subtracted"),
    Operation.DIVIDE: Text(es="dividir", en="divided"),
    Operation.RANK: Text(es="ordenar en una sola lista", en="ranked in one list"),
    Operation.SHADE: Text(es="sombrear en una sola escala", en="shaded on one scale"),
}
_OVER_REPORTERS = (Operation.ADD, Operation.RANK, Operation.SHADE)


@dataclass(frozen=True, slots=True)
class Comparability:
    level: int
    name: Text
    reason: Text


@dataclass(frozen=True, slots=True)
class Series:
    """A measure of a dataset: what a figure is a figure of."""

    dataset: Dataset
    measure: str

    @property
    def reporter(self) -> str:
        return self.dataset.reporter


@dataclass(frozen=True, slots=True)
class Figure:
    """A value that knows its series, and what was done to it to protect people (`told`)."""

    series: Series
    value: int | None
    status: str = "A"
    told: Disclosure = NOTHING

    @property
    def reported(self) -> bool:
        """Whether the source has told it, be it that a protected table withholds it or holds it in another row."""
        return self.value is not None or self.status in ("Q", "K")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two series of different reporters, side by side."""

    first: Series
    second: Series
    comparability: Comparability


@dataclass(frozen=True, slots=True)
class Mirror:
    """The only true mirror: who left A towards B, against who entered B from A. `status` L: not collected yet."""

    origin: str
    destination: str
    status: str
    text: Text


def about(dataset: Dataset, area: str, *, unit: str, unit_name: Text, coverage: Text) -> Dataset:
    """What an organisation publishes about one State, as a dataset of that State in its own unit and coverage."""
    return replace(
        dataset,
        id=f"{dataset.id}:{area}",
        reporter=area,
        area=area,
        unit=unit,
        unit_name=unit_name,
        coverage=coverage,
        coverage_key=f"{dataset.coverage_key}:{area}",
    )


def compare(a: Dataset, b: Dataset, measure_a: str, measure_b: str) -> Comparability:
    """How far a figure of `a` can be taken together with one of `b`, with the reason in words."""
    first, second = concept(measure_a), concept(measure_b)
    if first.id != second.id:
        return _level(
            0,
            es=f"«{first.name.es}» y «{second.name.es}» no miden lo mismo.",
            en=f"“{first.name.en}” and “{second.name.en}” do not measure the same.",
        )
    if a.unit != b.unit:
        return _level(
            1,
            es=f"Los dos miden {first.name.es}, pero {a.reporter} cuenta {a.unit_name.es} "
            f"y {b.reporter}, {b.unit_name.es}.",
            en=f"Both measure {first.name.en}, but {a.reporter} counts {a.unit_name.en} "
            f"and {b.reporter} {b.unit_name.en}.",
        )
    if a.coverage_key != b.coverage_key:
        return _level(
            2,
            es=f"El mismo concepto y unidad ({a.unit_name.es}), otra cobertura: {a.reporter}, {a.coverage.es}; "
            f"{b.reporter}, {b.coverage.es}.",
            en=f"Same concept and unit ({a.unit_name.en}), other coverage: {a.reporter}, {a.coverage.en}; "
            f"{b.reporter}, {b.coverage.en}.",
        )
    return _level(
        3,
        es=f"El mismo concepto, unidad ({a.unit_name.es}) y cobertura: {a.coverage.es}.",
        en=f"Same concept, unit ({a.unit_name.en}) and coverage: {a.coverage.en}.",
    )


def _level(level: int, *, es: str, en: str) -> Comparability:
    return Comparability(level=level, name=codelist("comparability")[str(level)].name, reason=Text(es=es, en=en))


def matrix(series: Iterable[Series]) -> tuple[Pair, ...]:
    """Every pair of series of different reporters, in the order given."""
    return tuple(
        Pair(a, b, compare(a.dataset, b.dataset, a.measure, b.measure))
        for a, b in combinations(series, 2)
        if a.reporter != b.reporter
    )


def series_of(datasets: Iterable[Dataset]) -> tuple[Series, ...]:
    """One series for each reporter and measure, of the dataset with the best rank; the order is that of `datasets`."""
    best: dict[tuple[str, str], Dataset] = {}
    for dataset in datasets:
        for measure in dataset.measures:
            key = (dataset.reporter, measure)
            if key not in best or dataset.rank < best[key].rank:
                best[key] = dataset
    return tuple(Series(dataset, measure) for (_, measure), dataset in best.items())


def require(a: Series, b: Series, operation: Operation) -> None:
    """Raises `NotComparable`, with the reason, when the operation would mix what must not be mixed."""
    if a == b:
        return
    if operation in _OVER_REPORTERS and a.reporter != b.reporter and {a.reporter, b.reporter} <= set(route()):
        raise _refused(
            a,
            b,
            operation,
            rule="R1",
            es="son informantes de un mismo corredor: una persona puede estar en las dos cifras",
            en="they are reporters of one corridor: one person may stand in both figures",
        )
    if operation in _OVER_REPORTERS and a.dataset.area != b.dataset.area:
        raise _refused(
            a,
            b,
            operation,
            rule="R1",
            es="son cifras sobre dos países: una persona puede haber solicitado asilo en los dos",
            en="they are figures about two countries: one person may have applied in both",
        )
    found = compare(a.dataset, b.dataset, a.measure, b.measure)
    if found.level < MIXING_LEVEL:
        raise _refused(
            a,
            b,
            operation,
            rule="F42",
            es=f"nivel {found.level}, {found.name.es.lower()}. {found.reason.es}",
            en=f"level {found.level}, {found.name.en.lower()}. {found.reason.en}",
        )


def _refused(a: Series, b: Series, operation: Operation, *, rule: str, es: str, en: str) -> NotComparable:
    word = _WORDS[operation]
    names = f"{a.dataset.id} {a.measure}", f"{b.dataset.id} {b.measure}"
    return NotComparable(
        Text(
            es=f"{names[0]} y {names[1]} no se pueden {word.es}: {es.rstrip('.')}.",
            en=f"{names[0]} and {names[1]} cannot be {word.en}: {en.rstrip('.')}.",
        ),
        place=f"{names[0]} / {names[1]}",
        rule=rule,
        advice=Text(
            es="Preséntelas una al lado de la otra, con su unidad en cada encabezado.",
            en="Show them side by side, with the unit in each head.",
        ),
    )


def difference(a: Figure, b: Figure) -> int | None:
    """`a - b`; None when either has no value."""
    require(a.series, b.series, Operation.SUBTRACT)
    return None if a.value is None or b.value is None else a.value - b.value


def direction(now: Figure, base: Figure) -> int | None:
    """1 where there were more than in `base`, -1 where fewer, 0 where as many; None where that cannot be said: a value
    is missing, or both lie within what their rounding leaves open.
    """
    value, furthest = difference(now, base), (now.told.furthest, base.told.furthest)
    if value is None or None in furthest:
        return None
    open_ = sum(one or 0 for one in furthest)
    if open_ and abs(value) <= open_:
        return None
    return (value > 0) - (value < 0)


def share(part: Figure, whole: Figure) -> float | None:
    """`part` in per cent of `whole`; None when either has no value or the whole is zero, and of rounded figures when
    the whole is less than 30.
    """
    require(part.series, whole.series, Operation.DIVIDE)
    if part.value is None or not whole.value:
        return None
    if (part.told.rounded or whole.told.rounded) and whole.value < PERCENT_BASE:
        return None
    return 100 * part.value / whole.value


def unknown_part(parts: Iterable[Figure], codes: Collection[str] = ()) -> Figure | None:
    """The first part that leaves a sum without value: not reported, withheld, or held by a row that is none of the
    parts, whose codes are `codes`.
    """
    return next(
        (
            one
            for one in parts
            if one.value is None
            and (one.status in ("O", "Q") or (one.status == "K" and one.told.rolled_up not in codes))
        ),
        None,
    )


def taken_together(series: Series, parts: Sequence[Figure], codes: Collection[str] = ()) -> Figure:
    """The sum of parts of one series, none of them twice: what another part holds (K) is counted in that one.

    What `unknown_part` finds leaves it without value, and says why; so does a sum of nothing that has a value. Where
    one row holds every part, it holds the sum; where it holds some of them, the sum is withheld.
    """
    unknown = unknown_part(parts, codes)
    known = [one for one in parts if one.value is not None]
    if unknown or not known:
        why = unknown or parts[0]
        if all(one.value is None and (one.status, one.told) == (why.status, why.told) for one in parts):
            return Figure(series, None, why.status, why.told if why.status == "K" or len(parts) == 1 else NOTHING)
        return Figure(series, None, "Q" if why.status == "K" else why.status)
    status = "P" if any(one.status == "P" for one in known) else known[0].status
    return Figure(series, added(known), "A" if status == "W" else status, rounding_of(one.told for one in known))


def added(figures: Sequence[Figure]) -> int | None:
    """The sum of figures that may be added; None when there is none or one has no value."""
    _require_all(figures, Operation.ADD)
    values = [figure.value for figure in figures if figure.value is not None]
    return sum(values) if values and len(values) == len(figures) else None


def ranked(figures: Sequence[tuple[T, Figure]]) -> list[tuple[T, Figure]]:
    """The figures with a value, largest first; equal ones stay in the order given."""
    _require_all([figure for _, figure in figures], Operation.RANK)
    return sorted((pair for pair in figures if pair[1].value is not None), key=lambda pair: -(pair[1].value or 0))


def one_scale(figures: Sequence[Figure]) -> Sequence[Figure]:
    """The figures themselves if they may be shaded on one scale."""
    _require_all(figures, Operation.SHADE)
    return figures


def _require_all(figures: Sequence[Figure], operation: Operation) -> None:
    distinct = {(figure.series.dataset.id, figure.series.measure): figure.series for figure in figures}
    for a, b in combinations(distinct.values(), 2):
        require(a, b, operation)


def mirrors() -> tuple[Mirror, ...]:
    """The true mirrors along the route, each border in both directions. None is collected yet.

    Panama, Honduras and Mexico are successive stations, not mirrors: they are shown side by side, and a difference
    between them is a finding to explain.
    """
    stations = route()
    borders = pairwise(stations)
    return tuple(_mirror(*pair) for a, b in borders for pair in ((a, b), (b, a)))


def _mirror(origin: str, destination: str) -> Mirror:
    here, there = in_prose("reporter", origin), in_prose("reporter", destination)
    return Mirror(
        origin=origin,
        destination=destination,
        status="L",
        text=Text(
            es=f"Salidas de {here.es} hacia {there.es} frente a entradas a {there.es} desde {here.es}: "
            "aún no se recogen.",
            en=f"Exits from {here.en} to {there.en} against entries to {there.en} from {here.en}: not collected yet.",
        ),
    )
