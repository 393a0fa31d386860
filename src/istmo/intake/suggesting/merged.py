"""Is a column's label written once for several rows? Then a blank below it is the label above (a merged cell).

It is taken to be so only in the first of several columns of labels, when no label ever stands twice in a row: a source
that repeats its labels leaves blank what it does not know.
"""

from itertools import pairwise

import polars as pl

from istmo.intake.suggesting.values import Guess
from istmo.model.labels import clean
from istmo.model.text import Text


def merged(body: pl.DataFrame, column: str, beside: list[str]) -> Guess | None:
    """What speaks for the blanks of `column` being those of merged cells; None when something speaks against it."""
    texts = [clean(text or "") for text in body[column].to_list()]
    if not texts or not texts[0] or "" not in texts or not beside:
        return None
    if any(text and text == before for before, text in pairwise(texts)):
        return None
    others = [[clean(text or "") for text in body[name].to_list()] for name in beside]
    if not all(any(other[row] for other in others) for row, text in enumerate(texts) if not text):
        return None
    count = texts.count("")
    return Guess(
        "fill_down",
        column,
        Text(
            es=f"«{column}» queda en blanco en {count} filas y ninguna etiqueta se repite: celdas combinadas.",
            en=f"“{column}” is left blank in {count} rows and no label is repeated: merged cells.",
        ),
    )
