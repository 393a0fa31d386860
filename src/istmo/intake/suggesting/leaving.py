"""Which columns may be left out, and with which reason? Those that say nothing more than the others, and a person's.

A column that holds one text, or whose texts follow from one or two other columns, adds nothing to a figure. In a short
file that may be chance, so the reason is a decision there; so it is for every column that nobody recognised.
"""

from collections.abc import Sequence
from itertools import combinations

import polars as pl

from istmo.intake.suggesting.columns import Plan
from istmo.intake.suggesting.fields import Drafted
from istmo.intake.suggesting.personal import is_free_text
from istmo.intake.suggesting.shapes import Shape
from istmo.intake.suggesting.values import Decision, Guess, Open, Option
from istmo.model.text import Text

ENOUGH_ROWS = 100


def left_out(plan: Plan, shapes: Sequence[Shape], body: pl.DataFrame, used: Sequence[str]) -> Drafted:
    """The block `drop` for the columns that no field uses."""
    drafted = Drafted()
    figures = {*plan.values, *((*plan.wide.labels, *plan.wide.totals) if plan.wide else ())}
    known = [name for name in used if name in body.columns and name not in figures]
    for shape in shapes:
        if shape.label in used or shape.label in drafted.entries:
            continue
        if shape.label in plan.personal:
            drafted.entries[shape.label] = _private(shape, plan.personal[shape.label])
            continue
        why = _says_nothing(shape, body, known)
        if why is not None and body.height >= ENOUGH_ROWS:
            drafted.entries[shape.label] = f"{why.es} / {why.en}"
            reason = Text(es=f"«{shape.label}»: {why.es}.", en=f"“{shape.label}”: {why.en}.")
            drafted.guesses.append(Guess(f"drop.{shape.label}", shape.label, reason))
            continue
        id_ = f"drop.{shape.label}"
        drafted.entries[shape.label] = Open(id_)
        drafted.decisions.append(_decision(id_, shape, why, body.height))
    return drafted


def _private(shape: Shape, why: Text) -> str:
    if is_free_text(shape.label):
        return "texto libre, puede nombrar personas / free text, may name persons"
    return f"dato personal: {why.es} / personal: {why.en}"


def _says_nothing(shape: Shape, body: pl.DataFrame, known: Sequence[str]) -> Text | None:
    """Why the column adds nothing to the columns that are used; None when it does."""
    if shape.distinct <= 1 and not (shape.texts and shape.blank):
        return Text(es="lo mismo en todas las filas", en="the same in every row")
    column = shape.label
    for size in (1, 2):
        for others in combinations(known, size):
            if body.select(others).n_unique() == body.select(*others, column).n_unique():
                names = ", ".join(others)
                return Text(es=f"se sigue de {names}", en=f"it follows from {names}")
    return None


def _decision(id_: str, shape: Shape, why: Text | None, rows: int) -> Decision:
    if why is not None:
        evidence = Text(es=f"En las {rows} filas: {why.es}.", en=f"In the {rows} rows: {why.en}.")
        first = [Option(f"{why.es} / {why.en}", why)]
    else:
        evidence = Text(
            es=f"Nadie la reconoce; tiene {shape.distinct} textos distintos, que no se muestran.",
            en=f"Nobody recognises it; it has {shape.distinct} distinct texts, which are not shown.",
        )
        first = []
    unknown = Text(es="la fuente no dice qué significa", en="the source does not say what it means")
    return Decision(
        id_,
        Text(
            es=f"¿Por qué se deja fuera «{shape.label}»? Las cifras que solo difieren en ella se suman.",
            en=f"Why is “{shape.label}” left out? Figures that differ in it alone are added.",
        ),
        options=(*first, Option(f"{unknown.es} / {unknown.en}", unknown)),
        evidence=(evidence,),
        pattern=r"\S.{0,199}",
    )
