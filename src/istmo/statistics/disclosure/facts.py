"""Which exact totals do others publish of the same cells? A CSV that an office can write by hand.

Columns: those dimensions of the table that the totals are broken down by (the others are at their root), `value` and
`source`. `nationality,value,source` with `HTI,1204,https://…` says that somebody publishes 1,204 for Haiti. The
register's own file (`union.FACT_COLUMNS`), with population and period, is read too.
"""

import io
from datetime import date

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.attack import period_of, population_of
from istmo.statistics.disclosure.cube import GREATEST, cell_id
from istmo.statistics.disclosure.published import Release
from istmo.statistics.disclosure.tables import head_of, records_of, whole_number
from istmo.statistics.disclosure.union import FACT_COLUMNS, Fact, read_facts

VALUE, SOURCE = "value", "source"
NO_DAY = date(2000, 1, 1)
RULE = "F122"


def facts_beside(raw: bytes, release: Release, *, name: str) -> tuple[Fact, ...]:
    """The totals of the file; raises InvalidInput (F122, F112) with `name:line`."""
    records = records_of(io.BytesIO(raw), name)
    head = head_of(records, name)
    if tuple(head) == FACT_COLUMNS:
        return read_facts(raw, place=name)
    dimensions = {d.name: d for d in release.table.dimensions}
    for wanted in (VALUE, SOURCE):
        if wanted not in head:
            raise _wrong(f"Falta la columna «{wanted}».", f"The column “{wanted}” is missing.", f"{name}:1")
    for column in head:
        if column not in (*dimensions, VALUE, SOURCE):
            raise _wrong(
                f"La columna «{column}» no es una dimensión de la tabla.",
                f"The column “{column}” is no dimension of the table.",
                f"{name}:1",
            )
    facts = []
    for line, record in records:
        said = dict(zip(head, (field.strip() for field in record), strict=True))
        place = f"{name}:{line}"
        codes = [(dimensions[column], code) for column, code in said.items() if column in dimensions]
        for dimension, code in codes:
            if code not in dimension.position:
                raise InvalidInput(
                    Text(
                        es=f"El código «{code}» no está en la jerarquía de la dimensión «{dimension.name}».",
                        en=f"The code “{code}” is not in the hierarchy of the dimension “{dimension.name}”.",
                    ),
                    place=place,
                    rule="F112",
                )
        value = said[VALUE]
        count = whole_number(value)
        if count is None or count > GREATEST:
            raise _wrong(f"«{value}» no es un recuento.", f"“{value}” is no count.", place)
        if not said[SOURCE]:
            raise _wrong("Falta la fuente.", "The source is missing.", place)
        _, _, cell = cell_id("", codes).partition("|")
        facts.append(Fact(population_of(release), period_of(release), cell, count, said[SOURCE], NO_DAY))
    return tuple(facts)


def _wrong(es: str, en: str, place: str) -> InvalidInput:
    return InvalidInput(Text(es=es, en=en), place=place, rule=RULE)
