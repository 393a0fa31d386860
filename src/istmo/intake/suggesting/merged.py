"""Is a column's label written once for several rows? Then a blank below it is the label above (a merged cell).

It is taken to be so only in the first of several columns of labels, when no label ever stands twice in a row: a source
that repeats its labels leaves blank what it does not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from istmo.intake.suggesting.values import Decision, Guess, Node, Option
from istmo.model.labels import clean
from istmo.model.text import Text


@dataclass(frozen=True, slots=True)
class MergedColumn:
    """A column whose blanks are those of merged cells; a `decision` where they may be blanks of another kind."""

    column: str
    guess: Guess
    decision: Decision | None


def merged(body: pl.DataFrame, column: str, beside: Sequence[str]) -> MergedColumn | None:
    """Whether `column` is written once for several rows; `beside` are the other columns of labels."""
    texts = [clean(text or "") for text in body[column].to_list()]
    if not texts or not texts[0] or "" not in texts or not beside:
        return None
    if any(text and text == before for before, text in pairwise(texts)):
        return None
    others = [[clean(text or "") for text in body[name].to_list()] for name in beside]
    bare = sum(not any(other[row] for other in others) for row, text in enumerate(texts) if not text)
    count = texts.count("")
    why = Text(
        es=f"«{column}» queda en blanco en {count} filas y ninguna etiqueta se repite: celdas combinadas.",
        en=f"“{column}” is left blank in {count} rows and no label is repeated: merged cells.",
    )
    return MergedColumn(column, Guess("fill_down", column, why), _decision(column, bare) if bare else None)


def _decision(column: str, bare: int) -> Decision:
    """Rows without any label may be records of the label above, or totals that say nothing of themselves."""
    filled: list[Node] = [column]
    return Decision(
        "fill_down",
        Text(
            es=f"¿Una celda en blanco de «{column}» repite la etiqueta de arriba?",
            en=f"Does a blank cell of “{column}” repeat the label above?",
        ),
        options=(
            Option(filled, Text(es="sí: son celdas combinadas", en="yes: they are merged cells")),
            Option(None, Text(es="no: la fuente no lo dice", en="no: the source does not say it")),
        ),
        evidence=(
            Text(
                es=f"En {bare} de esas filas tampoco hay otra etiqueta: pueden ser subtotales.",
                en=f"In {bare} of those rows there is no other label either: they may be subtotals.",
            ),
        ),
    )
