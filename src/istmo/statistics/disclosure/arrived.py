"""Is what a node sent really the protected table that it says?

The rows of a submission are compared with the tables of the register, cell by cell, and the tables with the rules that
the registry gives for the dataset. A row that no table has, or that shows what a table withholds, is refused.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.datasets import Dataset
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.disclosure.register import Published
from istmo.statistics.disclosure.rules import Rules, check_headline
from istmo.statistics.disclosure.spans import Span, span
from istmo.statistics.disclosure.unrolled import MARK
from istmo.statistics.disclosure.vintage import DIMENSIONS, TOTAL, population

Seen = tuple[int, bool]
Cells = Mapping[tuple[str, ...], Seen]
NOT_REPORTED = ("O", "L", "M")


def check_tables(tables: Sequence[Published], dataset: Dataset, rules: Rules) -> None:
    """Raises InvalidInput: a table of another dataset, or not made by these rules (F85), or one by more dimensions than
    they publish exact (F110)."""
    own = {population(dataset.id, measure, dataset.unit) for measure in dataset.measures}
    for one in tables:
        made = one.protected
        if one.population not in own:
            raise _refused("es de otro conjunto de datos", "is of another dataset", one)
        if (one.rules, one.threshold, made.method, made.spread) != (
            rules.digest,
            rules.threshold,
            rules.way,
            0 if rules.way is Method.SUPPRESS else rules.spread,
        ):
            raise _refused(
                "no sigue las reglas que el registro da para el conjunto",
                "does not follow the rules that the registry gives for the dataset",
                one,
            )
        check_headline(rules, [d.name for d in made.dimensions], place=f"{one.population} {one.span}")
        lower, upper = one.bounds
        values, visible = made.values.reshape(-1), ~made.withheld.reshape(-1)
        exact = made.method is Method.SUPPRESS
        inside = (lower <= values) & (values <= upper) & (not exact or lower == upper)
        if one.strict is not exact or not (inside | ~visible).all():
            raise _refused("dice otra cosa que sus celdas", "says other than its cells", one)


def check_rows(frame: pl.DataFrame, tables: Sequence[Published], dataset: Dataset) -> None:
    """Raises InvalidInput (F85): a row that the tables (of each name and months the last) do not show."""
    known: dict[tuple[str, Span], dict[str, Cells]] = {}
    for one in tables:
        known.setdefault((one.population, one.span), {})[one.table] = _cells(one)
    columns = ("MEASURE", "UNIT", "PERIOD", *DIMENSIONS, "OBS_VALUE", "OBS_STATUS")
    for row in frame.select(pl.col(c).cast(pl.String) if c != "OBS_VALUE" else c for c in columns).iter_rows(
        named=True
    ):
        if row["OBS_STATUS"] in NOT_REPORTED:
            continue
        held = known.get((population(dataset.id, row["MEASURE"], row["UNIT"]), span(row["PERIOD"])), {})
        place = tuple(row[column] for column in DIMENSIONS)
        seen = [cells[place] for cells in held.values() if place in cells]
        if not any(_shows(one, row["OBS_VALUE"]) for one in seen):
            raise InvalidInput(
                Text(
                    es="Una fila no es la que muestra su tabla protegida.",
                    en="A row is not what its protected table shows.",
                ),
                place=" ".join([row["MEASURE"], row["PERIOD"], *(code for code in place if code != TOTAL)]),
                rule="F85",
            )


def _shows(seen: Seen, value: int | None) -> bool:
    count, hidden = seen
    return hidden or count == 0 if value is None else not hidden and count == value


def _cells(table: Published) -> Cells:
    """What the table shows at each place, over all the columns of an observation."""
    made = table.protected
    names = [d.name for d in made.dimensions]
    codes = [[code.partition(MARK)[0] for code in d.codes] for d in made.dimensions]
    values, hidden = made.values.reshape(-1).tolist(), made.withheld.reshape(-1).tolist()
    cells: dict[tuple[str, ...], Seen] = {}
    for flat, at in enumerate(_places(codes)):
        here = dict(zip(names, at, strict=True))
        cells[tuple(here.get(column, TOTAL) for column in DIMENSIONS)] = (values[flat], hidden[flat])
    return cells


def _places(codes: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    places: list[tuple[str, ...]] = [()]
    for axis in codes:
        places = [(*before, code) for before in places for code in axis]
    return places


def _refused(es: str, en: str, table: Published) -> InvalidInput:
    return InvalidInput(
        Text(es=f"La tabla protegida {es}.", en=f"The protected table {en}."),
        place=f"{table.population} {table.span}",
        rule="F85",
    )
