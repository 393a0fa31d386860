"""Which cells of the table are figures, and which are declared totals? Merged cells filled, levels named.

Nothing is dropped here: the result holds every value cell, totals included, each with its place (the labels around it)
and the number of the declared total that it is, if any. `cells` and `totals` decide which of them are records.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from istmo.intake import mending, merged
from istmo.intake.grammar import Field, Flags, Integer, Labels, Levels, PeriodOf, Plain, Profile, Total
from istmo.intake.problems import CELL, HIDDEN
from istmo.intake.table import EXTRA, NOT_CODED, ROW, Coded, Table
from istmo.model.errors import InvalidInput
from istmo.model.findings import Finding
from istmo.model.labels import clean, fold
from istmo.model.text import Text

ROW_TOTAL = "#row_total"  # number of the total in the profile that the row is, else null
COLUMN_TOTAL = "#column_total"


@dataclass(frozen=True, slots=True)
class Layout:
    """`dimensions` are the columns whose labels say what a cell is about; `unused` are in no field and no `drop`."""

    cells: pl.DataFrame
    dimensions: tuple[str, ...]
    total_columns: tuple[tuple[str, int], ...]
    unused: tuple[str, ...]
    notes: tuple[Finding, ...] = ()


def arrange(table: Table, profile: Profile, *, filename: str) -> Layout:
    """The cells of the table as the profile describes it; raises `InvalidInput` when a column is missing."""
    parts, totals = _value_columns(table, profile)
    _check_columns(table, profile, parts, filename=filename)
    used = used_columns(profile)
    kept = [label for label in table.header if label in used]
    values = [field.source for field in profile.fields if field.columns == ("OBS_VALUE",)]
    body, damaged = mending.without_damage(table.body, ROW, [label for label in kept if label in labels_of(profile)])
    table = replace(table, body=body)
    body, notes = merged.filled(table, [label for label in kept if label not in values])
    notes += mending.notes(damaged, sheet=table.sheet, hidden=HIDDEN, personal=_personal(profile))
    marks = merged.together(body, table, [label for label in table.header if label in (*values, *parts)])
    for column in profile.fill_down:
        body = body.with_columns(pl.when(_is_blank(column)).then(None).otherwise(column).forward_fill().alias(column))
    if profile.levels:
        body = _levelled(body, profile.levels, profile.totals)
    row_totals = [(number, total) for number, total in enumerate(profile.totals) if total.column is None]
    if row_totals:
        body = body.with_columns(_row_totals(body, row_totals, profile.levels).alias(ROW_TOTAL))
    unused = tuple(
        label
        for label in table.header
        if label not in used and label not in profile.drop and label not in parts and label not in dict(totals)
    )
    names = list(profile.levels.names) if profile.levels else []
    index = [column for column in (ROW, EXTRA, ROW_TOTAL) if column in body.columns]
    if profile.unpivot is None:
        cells = body.select(*index, *kept, *names, *(mark.alias(merged.TOGETHER) for mark in marks.values()))
        return Layout(cells, tuple(name for name in (*kept, *names) if name not in values), (), unused, tuple(notes))
    on = [label for label in table.header if label in parts or label in dict(totals)]
    cells = body.unpivot(
        on=on, index=[*index, *kept, *names], variable_name=profile.unpivot.name, value_name=profile.unpivot.value
    )
    numbers = dict(totals)
    cells = (
        cells.with_columns(
            pl.col(profile.unpivot.name).alias(CELL),
            pl.col(profile.unpivot.name)
            .replace_strict(list(numbers), list(numbers.values()), default=None, return_dtype=pl.Int16)
            .alias(COLUMN_TOTAL),
            pl.col(profile.unpivot.name).cast(pl.Enum(on)).to_physical().alias("#place"),
        )
        .sort(ROW, "#place")
        .drop("#place")
    )
    if marks:
        together = merged.unpivoted(marks, body[ROW], CELL)
        cells = cells.join(together, on=[ROW, CELL], how="left", maintain_order="left")
        cells = cells.with_columns(pl.col(merged.TOGETHER).fill_null(value=False))
    return Layout(cells, (*kept, *names, profile.unpivot.name), totals, unused, tuple(notes))


def used_columns(profile: Profile) -> frozenset[str]:
    """The source columns that the profile's fields, checks and layout look at (parts of an unpivot apart)."""
    used = {column for field in profile.fields for column in sources(field)}
    used |= set(_named_in_checks(profile))
    used |= set(profile.fill_down) | {column for total in profile.totals for column, _ in total.row}
    if profile.levels:
        used.add(profile.levels.column)
    if profile.unpivot:
        used |= set(profile.unpivot.keep)
    return frozenset(used)


def labels_of(profile: Profile) -> frozenset[str]:
    """The source columns that hold labels: what fields map or read periods from, what totals and levels look at."""
    labels = {
        column for field in profile.fields if isinstance(field.how, Labels | PeriodOf) for column in sources(field)
    }
    labels |= {*profile.fill_down, *(column for total in profile.totals for column, _ in total.row)}
    return frozenset(labels | ({profile.levels.column} if profile.levels else set()))


def _personal(profile: Profile) -> frozenset[str]:
    return frozenset(column for field in profile.fields if field.personal for column in sources(field))


def coded_columns(profile: Profile) -> Coded:
    """The columns of a long file that are decoded by distinct text, so may be read as codes at once."""
    if profile.unpivot or profile.levels or profile.fill_down or profile.totals or profile.read.stop_at:
        return NOT_CODED
    text = {column for field in profile.fields if isinstance(field.how, Plain | Flags) for column in sources(field)}
    text |= set(_named_in_checks(profile))
    decoded = {column for field in profile.fields for column in sources(field) if field.columns != ("OBS_VALUE",)}
    labels = {column for field in profile.fields if not isinstance(field.how, Integer) for column in sources(field)}
    return Coded(frozenset((decoded & labels) - text), frozenset(decoded - labels - text))


def _named_in_checks(profile: Profile) -> list[str]:
    """The source columns that checks look at as text."""
    return [name for check in profile.checks for name in re.findall(r"\[([^\]]+)\]", f"{check.when} {check.that}")]


def sources(field: Field) -> tuple[str, ...]:
    """The source columns that a field is made of, in the order of its key."""
    match field.how:
        case Flags(codes=codes):
            return tuple(map(clean, codes))
        case PeriodOf(year=year) if year is not None and year.column is not None:
            return (*((field.source,) if field.source else ()), year.column)
        case _:
            return (field.source,) if field.source else ()


def collapsed(total: Total, levels: Levels | None) -> frozenset[str]:
    """The columns that a total sums over: what it names, and what lies under a level that it names."""
    over = set(total.over)
    if levels and over & set(levels.names):
        first = min(levels.names.index(name) for name in levels.names if name in over)
        over |= {*levels.names[first:], levels.column}
    return frozenset(over)


def matching(body: pl.DataFrame, column: str, pattern: str) -> pl.Expr:
    """Whether the cell of a row, cleaned, is what the pattern describes; each distinct text is looked at once."""
    texts = body[column].unique().drop_nulls().to_list()
    return pl.col(column).is_in([text for text in texts if re.search(pattern, clean(text))]).fill_null(value=False)


def _is_blank(column: str) -> pl.Expr:
    return pl.col(column).is_null() | (pl.col(column).str.strip_chars() == "")


def _value_columns(table: Table, profile: Profile) -> tuple[frozenset[str], tuple[tuple[str, int], ...]]:
    """The labels that become rows, and the labels of declared total columns with the number of their total."""
    if profile.unpivot is None:
        return frozenset(), ()
    totals = tuple(
        (label, number)
        for label in table.header
        for number, total in enumerate(profile.totals)
        if total.column is not None and re.fullmatch(total.column, label)
    )
    parts = frozenset(label for label in table.header if re.search(profile.unpivot.columns, label)) - {
        label for label, _ in totals
    }
    return parts, totals


def _check_columns(table: Table, profile: Profile, parts: frozenset[str], *, filename: str) -> None:
    made = {*(profile.levels.names if profile.levels else ())}
    if profile.unpivot:
        made |= {profile.unpivot.name, profile.unpivot.value}
    needed = used_columns(profile) - made
    missing = sorted(needed - set(table.header))
    place = ", ".join(part for part in (filename, table.sheet, str(table.header_row)) if part)
    if missing or (profile.unpivot and not parts):
        names = ", ".join(missing) or (profile.unpivot.columns if profile.unpivot else "")
        raise InvalidInput(
            Text(es=f"Faltan columnas en el encabezado: {names}.", en=f"Columns are missing in the header: {names}."),
            place=place,
            rule="F7",
            advice=Text(
                es=f"El encabezado dice: {', '.join(table.header)[:200]}.",
                en=f"The header says: {', '.join(table.header)[:200]}.",
            ),
        )
    twice = [label for label in sorted(needed | parts) if _again(label, table.header)]
    if twice:
        raise InvalidInput(
            Text(
                es=f"Dos columnas tienen el mismo nombre: {', '.join(twice)}.",
                en=f"Two columns have the same name: {', '.join(twice)}.",
            ),
            place=place,
            rule="F18",
            advice=Text(es="Dé a cada columna su nombre.", en="Give each column its own name."),
        )


def _again(label: str, header: Iterable[str]) -> bool:
    return any(re.fullmatch(re.escape(label) + r" \(#\d+\)", other) for other in header)


def _levelled(body: pl.DataFrame, levels: Levels, totals: Iterable[Total]) -> pl.DataFrame:
    """The columns of the levels, `#level` and `#children`; a label that stands alone is its own at every level."""
    texts = [text or "" for text in body[levels.column].to_list()]
    labels = [clean(text) for text in texts]
    alone = [fold(label) in {fold(other) for other in levels.alone} for label in labels]
    depths = _depths_by_label(labels, alone, levels, totals) if levels.parents else _depths_by_indent(texts, levels)
    order = range(len(labels) - 1, -1, -1) if levels.parents_last else range(len(labels))
    rows: dict[int, tuple[int, bool, list[str | None]]] = {}
    current: list[str | None] = [None] * len(levels.names)
    for index, after in zip(order, [*order[1:], None], strict=True):
        label, depth = labels[index], depths[index]
        single = depth == 0 and alone[index]
        below = 0 if after is None else depths[after]
        current = [*current[:depth], label, *[None] * (len(levels.names) - depth - 1)]
        rows[index] = (depth, below > depth and not single, [label] * len(current) if single else current)
    made = [rows[index] for index in range(len(labels))]
    return body.with_columns(
        pl.Series("#level", [row[0] for row in made], pl.Int16),
        pl.Series("#children", [row[1] for row in made], pl.Boolean),
        *(pl.Series(name, [row[2][number] for row in made], pl.String) for number, name in enumerate(levels.names)),
    )


def _depths_by_indent(texts: Sequence[str], levels: Levels) -> list[int]:
    indents = [len(text) - len(text.lstrip()) for text in texts]
    rank = {width: min(index, len(levels.names) - 1) for index, width in enumerate(sorted(set(indents)))}
    return [rank[width] for width in indents]


def _depths_by_label(
    labels: Sequence[str], alone: Sequence[bool], levels: Levels, totals: Iterable[Total]
) -> list[int]:
    """Depths by the patterns of parents; labels that stand alone, and declared totals, are below no parent."""
    over = [pattern for total in totals for column, pattern in total.row if column == levels.column]

    def depth(label: str) -> int:
        found = (number for number, pattern in enumerate(levels.parents) if re.search(pattern, label))
        return next(found, 0 if any(re.search(pattern, label) for pattern in over) else len(levels.parents))

    known = {label: depth(label) for label in set(labels)}
    return [0 if single else known[label] for label, single in zip(labels, alone, strict=True)]


def _row_totals(body: pl.DataFrame, totals: list[tuple[int, Total]], levels: Levels | None) -> pl.Expr:
    """The number of the first total that a row is, else null."""
    expression = pl.lit(None, pl.Int16)
    for number, total in reversed(totals):
        conditions = [matching(body, column, pattern) for column, pattern in total.row]
        if total.level is not None:
            conditions.append(pl.col("#level") == total.level)
        if total.has_children is not None:
            conditions.append(pl.col("#children") == total.has_children)
        is_total = pl.all_horizontal(conditions)
        expression = pl.when(is_total).then(pl.lit(number, pl.Int16)).otherwise(expression)
    return expression
