"""What does each value cell hold: a number, or a sign, and which of the five kinds of nothing does the sign mean?

A sign means what the profile says ("-": zero where its month has a declared total, else not reported); a blank that the
profile does not name is quarantined (R17), any other text is rejected (F10), a number out of range too (F11).
"""

import polars as pl

from istmo.intake.grammar import Action, Cell, Integer, Meaning, Profile
from istmo.intake.layout import COLUMN_TOTAL, ROW_TOTAL, Layout, collapsed
from istmo.intake.mending import mended
from istmo.intake.numbers import integer
from istmo.intake.problems import CELL, MASK, Problem, Problems, mask_columns
from istmo.model.findings import Severity
from istmo.model.labels import clean
from istmo.model.text import Text

NUMBER = "#number"
MEANING = "#meaning"  # the meaning of the sign, null for a number
_SIGN = "#sign"


def read_cells(layout: Layout, profile: Profile, problems: Problems) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The cells with NUMBER and MEANING, and the names of the masks that they now carry."""
    how, source = value_field(profile)
    cells = layout.cells
    kinds = _kinds(how, source, unpivoted=CELL in cells.columns)
    texts = cells[source].fill_null("").unique().to_list()
    numbers: list[int | None] = []
    signs: list[str | None] = []
    found: list[tuple[int, ...]] = []
    for text in texts:
        sign, number, problem = _meant(text, how, profile)
        own = [problem]
        proved = mended(text) if problem == "text" else None
        if proved is not None:
            sign, number, problem = _meant(proved, how, profile)
            own = [problem, "mended"] if problem != "text" else own
        numbers.append(number)
        signs.append(sign)
        found.append(tuple(problems.number(kinds[name]) for name in own if name is not None))
    masks = mask_columns(found)
    outputs = {
        NUMBER: pl.Series(numbers, dtype=pl.Int64),
        _SIGN: pl.Series(signs, dtype=pl.String),
        **{name: pl.Series(values, dtype=MASK) for name, values in masks.items()},
    }
    code = pl.col(source).fill_null("").cast(pl.Enum(texts)).to_physical()
    cells = cells.with_columns(pl.lit(series).gather(code).alias(name) for name, series in outputs.items())
    cells = cells.with_columns(_meaning(cells, layout, profile).alias(MEANING))
    zero = pl.col(MEANING) == Meaning.ZERO
    return cells.with_columns(pl.when(zero).then(0).otherwise(NUMBER).alias(NUMBER)), tuple(masks)


def value_field(profile: Profile) -> tuple[Integer, str]:
    """How OBS_VALUE is read, and from which column."""
    field = next(field for field in profile.fields if field.columns == ("OBS_VALUE",))
    assert isinstance(field.how, Integer)  # the profile was refused otherwise
    assert field.source is not None
    return field.how, field.source


def _meant(text: str, how: Integer, profile: Profile) -> tuple[str | None, int | None, str | None]:
    """The sign that the text is, if the profile knows it, else its number and what is wrong with it."""
    sign = clean(text)
    if sign in profile.cells:
        return sign, None, None
    number = integer(text, thousands=how.thousands, decimal=how.decimal)
    return None, number, _problem(sign, number, how)


def _problem(sign: str, number: int | None, how: Integer) -> str | None:
    if number is None:
        return "text" if sign else "blank"
    below = how.minimum is not None and number < how.minimum
    above = how.maximum is not None and number > how.maximum
    return "range" if below or above else None


def _kinds(how: Integer, source: str, *, unpivoted: bool) -> dict[str, Problem]:
    column = "" if unpivoted else source
    limits = f"{'…' if how.minimum is None else how.minimum}-{'…' if how.maximum is None else how.maximum}"
    return {
        "blank": Problem(
            "R17",
            Severity.ERROR,
            Action.QUARANTINE,
            Text(
                es="La celda está en blanco y el perfil no dice qué significa un blanco.",
                en="The cell is blank and the profile does not say what a blank means.",
            ),
            column,
            source,
        ),
        "text": Problem(
            "F10",
            Severity.ERROR,
            Action.REJECT,
            Text(es="«{value}» no es un número entero.", en="“{value}” is not a whole number."),
            column,
            source,
        ),
        "mended": Problem(
            "F36",
            Severity.INFO,
            Action.ACCEPT,
            Text(
                es="La cifra o el signo es UTF-8 leído como Windows-1252: se leyó como lo que era.",
                en="The figure or sign is UTF-8 that was read as Windows-1252: it was read as what it was.",
            ),
            column,
            source,
        ),
        "range": Problem(
            "F11",
            Severity.ERROR,
            Action.REJECT,
            Text(es=f"{{value}} está fuera de {limits}.", en=f"{{value}} is outside {limits}."),
            column,
            source,
        ),
    }


def _meaning(cells: pl.DataFrame, layout: Layout, profile: Profile) -> pl.Expr:
    """The meaning of each cell's sign; what depends on a total is looked up among the declared totals."""
    expression = pl.lit(None, pl.String)
    for sign, cell in profile.cells.items():
        meaning: pl.Expr = pl.lit(cell.meaning.value)
        if cell.test is not None:
            meaning = pl.when(_holds(cells, layout, profile, cell)).then(pl.lit(cell.then.value)).otherwise(meaning)
        expression = pl.when(pl.col(_SIGN) == sign).then(meaning).otherwise(expression)
    return expression


def _holds(cells: pl.DataFrame, layout: Layout, profile: Profile, cell: Cell) -> pl.Series:
    """For each cell, whether the same `cell.column` has a declared total (or any number)."""
    numbers = cells.filter(pl.col(NUMBER).is_not_null())
    if cell.test == "number":
        return _among(cells, numbers, [cell.column])
    result = pl.repeat(False, cells.height, dtype=pl.Boolean, eager=True)
    for number, total in enumerate(profile.totals):
        over = collapsed(total, profile.levels)
        name = COLUMN_TOTAL if total.column is not None else ROW_TOTAL
        if cell.column not in over:
            same = [column for column in layout.dimensions if column not in over]
            result = result | _among(cells, numbers.filter(pl.col(name) == number), same)
    return result


def _among(cells: pl.DataFrame, some: pl.DataFrame, columns: list[str]) -> pl.Series:
    """Whether each cell has the same values in `columns` as one of `some`."""
    known = some.select(columns).unique().with_columns(pl.lit(value=True).alias("#known"))
    joined = cells.select(columns).join(known, on=columns, how="left", nulls_equal=True, maintain_order="left")
    return joined["#known"].fill_null(value=False)
