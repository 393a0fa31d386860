"""What does the public get of a protected table, and what does anybody read back from it?

`published.csv` has a row a cell, margins included: the dimensions in the order of the table, `value`, `OBS_STATUS` and
`CONF_STATUS`. A withheld cell has no value, `Q` and `C`, whatever the reason: one code, so that nobody sees which cell
is the small one. Of a sensitive table `0-9` is one class. `report.json` says the method, its numbers and the
hierarchies: with these two files, and nothing else, an outsider works (`istmo attack`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np
import polars as pl

from istmo.model.csvtext import csv_bytes, text_field
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.cube import GREATEST, Counts, Mask
from istmo.statistics.disclosure.hierarchy import Hierarchy, hierarchy
from istmo.statistics.disclosure.protected import Method, ProtectedTable, known
from istmo.statistics.disclosure.rounding import Zeros, listed, printed
from istmo.statistics.disclosure.rules import Rules
from istmo.statistics.disclosure.system import System
from istmo.statistics.disclosure.tables import head_of, records_of, whole_number

VALUE, STATUS, CONFIDENTIAL = "value", "OBS_STATUS", "CONF_STATUS"
NORMAL, WITHHELD = "A", "Q"
FREE, SECRET = "F", "C"
RULE = "F1"


@dataclass(frozen=True, eq=False)
class Release:
    """A published table as anybody holds it: `order` are the flat positions of the rows of the file, `columns` its
    other columns as they are written, a text a row.
    """

    rules: Rules
    table: ProtectedTable
    order: Counts
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    period: str = ""

    @property
    def system(self) -> System:
        return known_to_readers(self.table, self.rules)


def headline_cells(dimensions: Sequence[Hierarchy], rules: Rules) -> Mask:
    """The cells of the tables that the rules print exact: their other dimensions are at the root."""
    made = np.zeros(tuple(len(d.codes) for d in dimensions), dtype=np.bool_)
    for table in rules.headline:
        made[tuple(slice(None) if d.name in table else 0 for d in dimensions)] = True
    return made


def printed_exact(dimensions: Sequence[Hierarchy], rules: Rules, counts: Counts) -> Mask:
    """The cells of rounded detail that are printed as they are: headline totals that reach the threshold."""
    return headline_cells(dimensions, rules) & (counts >= rules.threshold)


def known_to_readers(table: ProtectedTable, rules: Rules) -> System:
    """All that a reader knows. Of a headline total that shows 0 or the base (which is the threshold) the reader knows
    that it may be rounded, and that otherwise it is as it stands."""
    if rules.way is not Method.ROUND or not rules.headline:
        return known(table)
    headline = headline_cells(table.dimensions, rules)
    ambiguous = headline & (table.values == table.spread)
    exact = headline & (table.values > 0) & ~ambiguous
    system = known(
        ProtectedTable(table.dimensions, table.method, table.spread, table.values, table.withheld, headline=exact)
    )
    upper = np.where((ambiguous & ~table.withheld).reshape(-1), table.spread, system.upper)
    return System(system.equations, system.lower, upper)


def published_csv(table: ProtectedTable, rules: Rules) -> bytes:
    """`published.csv`: cells in canonical order."""
    rows = listed(table, rules.zeros).reshape(-1)
    shape = table.shape
    codes: dict[str, pl.Series] = {}
    for axis, dimension in enumerate(table.dimensions):
        along = np.arange(shape[axis]).reshape([-1 if a == axis else 1 for a in range(len(shape))])
        at = np.broadcast_to(along, shape).reshape(-1)[rows]
        codes[dimension.name] = pl.Series(dimension.codes, dtype=pl.String).gather(at)
    cells = pl.DataFrame({"count": table.values.reshape(-1)[rows], "withheld": table.withheld.reshape(-1)[rows]})
    number = pl.col("count").cast(pl.String)
    shown = (
        pl.when(pl.col("count") == 0).then(pl.lit(printed(table, 0))).otherwise(number)
        if table.method is Method.ALIKE
        else number
    )
    withheld = pl.col("withheld")
    marks = cells.select(
        pl.when(withheld).then(pl.lit("")).otherwise(shown).alias(VALUE),
        pl.when(withheld).then(pl.lit(WITHHELD)).otherwise(pl.lit(NORMAL)).alias(STATUS),
        pl.when(withheld).then(pl.lit(SECRET)).otherwise(pl.lit(FREE)).alias(CONFIDENTIAL),
    )
    return csv_bytes(pl.DataFrame({**codes, **{column: marks[column] for column in (VALUE, STATUS, CONFIDENTIAL)}}))


def read_release(
    stream: IO[bytes], rules: Rules, hierarchies: Mapping[str, Hierarchy], *, name: str, period: str = ""
) -> Release:
    """The table that a `published.csv` shows, ours or another tool's; raises InvalidInput with `name:line`.

    A row without a value is withheld; a combination without a row is 0, unless the table withholds cells without a
    row of their own, which nobody could tell.
    """
    records = records_of(stream, name)
    head = head_of(records, name)
    names = [one.name for one in rules.dimensions]
    for wanted in (*names, VALUE):
        if wanted not in head:
            raise _wrong(
                f"Falta la columna «{wanted}».",
                f"The column “{wanted}” is missing.",
                f"{name}:1",
                Text(es=f"El archivo tiene: {', '.join(head)}.", en=f"The file has: {', '.join(head)}."),
            )
    ordered = [column for column in head if column in names]
    dimensions = tuple(hierarchies[column] for column in ordered)
    positions = [{text_field(code): at for code, at in d.position.items()} | d.position for d in dimensions]
    columns = [head.index(column) for column in ordered]
    others = {column: head.index(column) for column in head if column not in names}
    shape = tuple(len(d.codes) for d in dimensions)
    values = np.zeros(shape, dtype=np.int64)
    withheld = np.zeros(shape, dtype=np.bool_)
    seen = np.zeros(shape, dtype=np.bool_)
    order: list[int] = []
    extra: dict[str, list[str]] = {column: [] for column in others}
    value_at = head.index(VALUE)
    alike = f"0-{rules.spread - 1}"
    for line, record in records:
        at = tuple(
            _position(known_codes, record[column].strip(), d.name, f"{name}:{line}")
            for known_codes, column, d in zip(positions, columns, dimensions, strict=True)
        )
        if seen[at]:
            raise InvalidInput(
                Text(es="La celda está dos veces.", en="The cell is there twice."), place=f"{name}:{line}", rule="F113"
            )
        seen[at] = True
        said = record[value_at].strip()
        if not said:
            withheld[at] = True
        elif rules.way is Method.ALIKE and said == alike:
            pass
        elif (value := whole_number(said)) is not None and value <= GREATEST:
            values[at] = value
        else:
            raise InvalidInput(
                Text(es=f"«{said}» no es un valor.", en=f"“{said}” is no value."), place=f"{name}:{line}", rule="F114"
            )
        order.append(int(np.ravel_multi_index(at, shape)))
        for column, place in others.items():
            extra[column].append(record[place])
    if not order and rules.zeros is not Zeros.NO_ZERO:
        raise _wrong("El archivo no tiene filas.", "The file has no rows.", name)
    _check_margins(seen, withheld, rules, dimensions, name)
    table = ProtectedTable(dimensions, rules.way, rules.spread, values, withheld)
    return Release(rules, table, np.array(order, dtype=np.int64), extra, period)


def _check_margins(seen: Mask, withheld: Mask, rules: Rules, dimensions: Sequence[Hierarchy], name: str) -> None:
    """Where some rows are missing, the totals must be there: a missing total is not 0."""
    if rules.way is Method.SUPPRESS and not seen.all():
        at = tuple(int(i) for i in np.argwhere(~seen)[0])
        told = " · ".join(d.codes[i] for d, i in zip(dimensions, at, strict=True))
        raise _wrong(
            f"Falta la fila de {told}: una tabla con celdas retenidas tiene todas sus filas, con ceros y totales.",
            f"The row of {told} is missing: a table with withheld cells has all its rows, zeros and totals included.",
            name,
        )


def _position(positions: Mapping[str, int], code: str, dimension: str, place: str) -> int:
    try:
        return positions[code]
    except KeyError:
        raise InvalidInput(
            Text(
                es=f"El código «{code}» no está en la jerarquía de la dimensión «{dimension}».",
                en=f"The code “{code}” is not in the hierarchy of the dimension “{dimension}”.",
            ),
            place=place,
            rule="F112",
        ) from None


def hierarchies_json(dimensions: Sequence[Hierarchy]) -> list[dict[str, Any]]:
    return [
        {
            "name": d.name,
            "codes": [[code, d.codes[p] if p >= 0 else ""] for code, p in zip(d.codes, d.parent, strict=True)],
        }
        for d in dimensions
    ]


def hierarchies_of(document: Any, *, name: str) -> dict[str, Hierarchy]:
    """The hierarchies of `report.json`."""
    try:
        listed_ = [(str(one["name"]), [(str(code), str(parent)) for code, parent in one["codes"]]) for one in document]
    except (TypeError, KeyError, ValueError):
        raise _wrong("Faltan las jerarquías.", "The hierarchies are missing.", name) from None
    return {dimension: hierarchy(dimension, pairs, place=name) for dimension, pairs in listed_}


def _wrong(es: str, en: str, place: str, advice: Text | None = None) -> InvalidInput:
    return InvalidInput(Text(es=es, en=en), place=place, advice=advice, rule=RULE)
