"""What can a sign or a blank in a figure's cell mean? Always a decision, with what the declared totals say for each.

A dash in a month whose total is the sum of the other cells stands for zero there; in a month without a total it may be
a month to come. Only the source knows, so the options are ranked and none is taken.
"""

from collections.abc import Sequence

import polars as pl

from istmo.intake.grammar import Meaning
from istmo.intake.suggesting.texts import is_number, is_sign
from istmo.intake.suggesting.values import Block, Decision, Node, Open, Option
from istmo.model.labels import clean
from istmo.model.text import Text

_TITLES = {
    Meaning.ZERO: Text(es="cero", en="zero"),
    Meaning.NOT_REPORTED: Text(es="aún no se informa", en="not reported yet"),
    Meaning.NOT_APPLICABLE: Text(es="no puede existir", en="cannot exist"),
    Meaning.NOT_COLLECTED: Text(es="la fuente no lo recoge aparte", en="the source does not collect it apart"),
    Meaning.WITHHELD: Text(es="la fuente lo reserva", en="the source withholds it"),
    Meaning.NOT_A_RECORD: Text(es="no hay registro: la celda no se cuenta", en="no record: the cell is not counted"),
}
_PAIRS = ((Meaning.ZERO, Meaning.NOT_REPORTED), (Meaning.NOT_COLLECTED, Meaning.NOT_A_RECORD))


def signs_of(
    body: pl.DataFrame, columns: Sequence[str], *, total_rows: pl.Series | None, dimension: str
) -> tuple[Block, list[Decision]]:
    """The block `cells` with an open place for each sign in the columns, and their decisions.

    `total_rows` marks the rows of declared totals (None: there are none); `dimension` is the column whose totals a
    condition may ask for.
    """
    counts: dict[str, list[int]] = {}
    for column in columns:
        cells = body[column].fill_null("")
        with_total = total_rows is not None and any(map(is_number, cells.filter(total_rows)))
        parts = cells if total_rows is None else cells.filter(~total_rows)
        for text, count in parts.alias("#text").to_frame().group_by("#text", maintain_order=True).len().iter_rows():
            sign = clean(text)
            if not sign or is_sign(sign):
                counts.setdefault(sign, [0, 0])[0 if with_total else 1] += count
    conditional = total_rows is not None and dimension != ""
    shown = dimension if conditional else ""
    decisions = [_decision(sign, with_, without, shown) for sign, (with_, without) in counts.items()]
    return {sign: Open(f"cells.{_name(sign)}") for sign in counts}, decisions


def _name(sign: str) -> str:
    return sign or "blank"


def _decision(sign: str, with_total: int, without: int, dimension: str) -> Decision:
    shown = Text(es=f"«{sign}»", en=f"“{sign}”") if sign else Text(es="una celda en blanco", en="a blank cell")
    evidence = [
        Text(
            es=f"Está en {with_total + without} celdas de cifras.",
            en=f"It stands in {with_total + without} cells of figures.",
        )
    ]
    if dimension:
        evidence.append(
            Text(
                es=f"En {with_total} de ellas la columna tiene un total con número, en {without} no.",
                en=f"In {with_total} of them the column has a total with a number, in {without} it has not.",
            )
        )
    pairs = [_conditional(then, other, dimension) for then, other in _PAIRS] if dimension else []
    if not sign:
        pairs.reverse()
    return Decision(
        f"cells.{_name(sign)}",
        Text(
            es=f"¿Qué significa {shown.es} donde se espera una cifra?",
            en=f"What does {shown.en} mean in place of a figure?",
        ),
        options=(*pairs, *(Option(meaning.value, title) for meaning, title in _TITLES.items())),
        evidence=tuple(evidence),
    )


def _conditional(then: Meaning, other: Meaning, dimension: str) -> Option:
    value: Node = {f"{then.value}_if": f"{dimension} has a total", "else": other.value}
    first, second = _TITLES[then], _TITLES[other]
    return Option(
        value,
        Text(
            es=f"{first.es} donde hay un total, si no {second.es}",
            en=f"{first.en} where there is a total, else {second.en}",
        ),
    )
