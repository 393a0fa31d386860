"""What is the total of a table that prints parts, or parts and totals together?

A source prints some *grains*: each row is detailed in some of the dimension groups (`MARGINS`) and total in the
others. Honduras prints nationality rows with every sex together, and sex rows with every nationality together: two
grains of one table. `margin(frame, keep=("CITIZENSHIP",))` answers from the grain that needs the least summing: one
that is detailed in just the kept groups is *as declared*; otherwise the parts of one grain are summed, within one
dataset, measure, unit and month, and NOTE says so: `SUM(12) suma de 12 celdas de este conjunto de datos / sum of 12
cells of this dataset`.

Within a group of several dimensions, a row that is the subtotal of other rows (men of all ages beside men of 18 and
over) is not added to them. A part without value is never zero: not reported (O) or withheld (Q) leaves the sum
without value, with the sum of the rest in NOTE; not applicable (M) and not distinguished (L) parts add nothing. A sum
with a provisional part is provisional.

A part that another row holds (K) adds nothing where that row is one of the parts. Where it is not, the sum is held by
that row too if it holds every part, and is withheld if it holds some of them. A total that is withheld stays withheld,
whatever parts are printed. A sum with rounded parts goes on saying how they are rounded.
"""

from collections.abc import Collection, Iterable
from functools import cache

import polars as pl

from istmo.model.codes import codelist
from istmo.model.observations import COLUMNS, MARGINS, schema
from istmo.statistics.selection import by_organisations

# Figures are never taken together across these.
SERIES = ("REPORTER", "AGENCY", "DATASET", "MEASURE", "UNIT", "PERIOD", "CITIZENSHIP_STATUS")
SERIES_OF_ORGANISATIONS = (*SERIES, "COUNTERPART", "ENTRY_MODE")

# The status of a sum is the first of these that any of its parts has.
STATUS_ORDER = ("P", "E", "B", "U", "V", "D", "W", "K", "A")
UNKNOWN_PARTS = ("O", "Q", "K")
# Parts of NOTE that `disclosure.notes` writes: the row that holds a cell, and how a value is rounded.
_HOLDER = r"(?:^|; )K\(([^()]+)\)"
_HELD = r"(?:^|; )(K\([^()]+\)[^;]*)"
_ROUNDED = r"(?:^|; )((?:ROUND|ALIKE|NEAREST|NOISE|SMALL)\([0-9]+\)[^;]*)"

_GROUPS = tuple(MARGINS)
_BITS = {group: 1 << position for position, group in enumerate(_GROUPS)}


def margin(frame: pl.DataFrame, *, keep: Collection[str] = ()) -> pl.DataFrame:
    """One row for each series, month and combination of the kept groups' codes; the columns of an observation.

    A group that is not kept is `_T` in the answer, except BORDER where all parts have the same: a table that covers
    one border goes on saying so.
    """
    kept = tuple(group for group in _GROUPS if group in set(keep))
    if len(kept) != len(set(keep)):
        raise ValueError(f"no such margin: {sorted(set(keep) - set(_GROUPS))}")
    if frame.is_empty():
        return pl.DataFrame(schema=schema())
    apart = frame.filter(by_organisations())
    if apart.is_empty():
        return _margin(frame, kept, SERIES)
    of_states = frame.filter(~by_organisations())
    sides = [(of_states, SERIES), (apart, SERIES_OF_ORGANISATIONS)]
    return pl.concat(_margin(side, kept, series) for side, series in sides)


def _margin(frame: pl.DataFrame, kept: tuple[str, ...], series: tuple[str, ...]) -> pl.DataFrame:
    chosen = _best_grain(_detailed(frame, kept), kept, series)
    return _summed(_without_subtotals(chosen, kept, series), kept, series)


def grains(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with the column GRAIN: which groups a row is detailed in, as bits in the order of `MARGINS`."""
    bits = pl.lit(0, dtype=pl.Int32)
    for group, columns in MARGINS.items():
        bits = bits + pl.any_horizontal([pl.col(column) != "_T" for column in columns]).cast(pl.Int32) * _BITS[group]
    return frame.with_columns(GRAIN=bits)


def _mask(groups: Iterable[str]) -> int:
    return sum(_BITS[group] for group in groups)


def _detailed(frame: pl.DataFrame, kept: tuple[str, ...]) -> pl.DataFrame:
    mask = _mask(kept)
    return grains(frame).filter((pl.col("GRAIN") & mask) == mask)


def _best_grain(frame: pl.DataFrame, kept: tuple[str, ...], series: tuple[str, ...]) -> pl.DataFrame:
    """For each series and month the rows of one grain: one with values, or withheld ones, before one without, then
    the fewest extra groups.

    Among as many extra groups, nationality is summed before sex and age, and these before places.
    """
    mask = _mask(kept)
    order = {grain: _cost(grain & ~mask) for grain in range(1 << len(_GROUPS))}
    said = pl.col("OBS_VALUE").is_not_null() | pl.col("OBS_STATUS").is_in(["Q", "K"])
    empty = ~said.any().over(*series, "GRAIN")
    cost = pl.col("GRAIN").replace_strict(order, return_dtype=pl.Int32) + empty.cast(pl.Int32) * 10_000
    return (
        frame.with_columns(COST=cost).filter(pl.col("COST") == pl.col("COST").min().over(*series)).drop("GRAIN", "COST")
    )


def _cost(extra: int) -> int:
    return extra.bit_count() * (1 << len(_GROUPS)) + extra


def _without_subtotals(frame: pl.DataFrame, kept: tuple[str, ...], series: tuple[str, ...]) -> pl.DataFrame:
    """Without the rows that other rows of the same month already make up, in each group that will be summed."""
    for group, columns in MARGINS.items():
        if group in kept or len(columns) == 1:
            continue
        found = frame.select(*series, *columns).unique()
        sets = found.group_by(*series).agg(pl.struct(columns).alias("codes"))
        drop = [
            {**{name: row[name] for name in series}, **dict(zip(columns, subtotal, strict=True))}
            for row in sets.iter_rows(named=True)
            for subtotal in subtotals(frozenset(tuple(code.values()) for code in row["codes"]), columns)
        ]
        if drop:
            keys = [*series, *columns]
            dropped = pl.DataFrame(drop, schema={name: frame.schema[name] for name in keys})
            frame = frame.join(dropped, on=keys, how="anti")
    return frame


@cache
def subtotals(codes: frozenset[tuple[str, ...]], columns: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """The combinations of `codes` that must not be added to the others.

    One that contains another is its subtotal (`M, _T` contains `M, Y_GE18`). What is left may break the same figures
    down twice (by sex; by age): then only the breakdown by the first dimension stays.
    """
    nested = frozenset(a for a in codes for b in codes if a != b and _contains(a, b, columns))
    left = codes - nested
    patterns = {tuple(code != "_T" for code in combination) for combination in left}
    first = max(patterns, default=())
    apart = {p for p in patterns if p != first and not any(x and y for x, y in zip(p, first, strict=True))}
    return nested | {c for c in left if tuple(code != "_T" for code in c) in apart}


def _contains(whole: tuple[str, ...], part: tuple[str, ...], columns: tuple[str, ...]) -> bool:
    return all(w == p or _is_above(w, p, column) for w, p, column in zip(whole, part, columns, strict=True))


def _is_above(whole: str, part: str, column: str) -> bool:
    return whole == "_T" or (column == "AGE" and whole in _older(part))


@cache
def _older(age: str) -> frozenset[str]:
    """The age groups that contain `age`, by the code list's `parent` (R13: age groups nest)."""
    parent = codelist("age_group")[age].parent
    return frozenset() if parent in (None, "_T") else frozenset({parent}) | _older(str(parent))


def _summed(frame: pl.DataFrame, kept: tuple[str, ...], series: tuple[str, ...]) -> pl.DataFrame:
    kept_columns = [column for group in kept for column in MARGINS[group] if column not in series]
    dimensions = [column for columns in MARGINS.values() for column in columns]
    collapsed = [column for column in dimensions if column not in (*kept_columns, *series)]
    value, status = pl.col("OBS_VALUE"), pl.col("OBS_STATUS").cast(pl.String)
    frame, held = _with_held(frame, (*series, *kept_columns)), pl.col("IS_HELD")
    unknown = value.is_null() & status.is_in(UNKNOWN_PARTS) & ~held
    rest = value.sum()
    parts = frame.group_by(*series, *kept_columns, maintain_order=True).agg(
        value.len().alias("PARTS"),
        unknown.sum().alias("UNKNOWN"),
        value.count().alias("VALUES"),
        rest.alias("REST"),
        status.filter(value.is_null() & ~held).unique().alias("GAPS"),
        status.filter(value.is_not_null()).unique().alias("STATUSES"),
        pl.when(pl.col("BORDER").n_unique() == 1).then(pl.col("BORDER").first()).alias("ONE_BORDER"),
        pl.when(pl.col("SOURCE_PERIOD").n_unique() == 1).then(pl.col("SOURCE_PERIOD").first()).alias("ONE_SOURCE"),
        pl.col("NOTE").first(),
        pl.col("NOTE").str.extract(_ROUNDED).drop_nulls().first().alias("ROUNDED"),
        pl.col("NOTE").str.extract(_HELD).first().alias("HELD"),
        (value.is_null() & (status == "K") & ~held).all().alias("ALL_HELD")
        & (pl.col("NOTE").str.extract(_HOLDER).n_unique() == 1),
        pl.col("VINTAGE").max(),
        pl.col("SOURCE_HASH").max(),
        pl.col("PROFILE").max(),
    )
    known = (pl.col("UNKNOWN") == 0) & (pl.col("VALUES") > 0)
    result = parts.with_columns(
        *(pl.lit("_T").cast(frame.schema[column]).alias(column) for column in collapsed if column != "BORDER"),
        *([pl.col("ONE_BORDER").fill_null("_T").alias("BORDER")] if "BORDER" in collapsed else []),
        pl.when(known).then(pl.col("REST")).alias("OBS_VALUE"),
        pl.when(known & (pl.col("PARTS") == 1))
        .then(_first_of(pl.col("STATUSES"), STATUS_ORDER, "A"))
        .when(known)
        .then(_first_of(pl.col("STATUSES"), tuple(one for one in STATUS_ORDER if one != "W"), "A"))
        .when(pl.col("ALL_HELD"))
        .then(pl.lit("K"))
        .when(pl.col("GAPS").list.contains("K") & ~pl.col("GAPS").list.contains("O"))
        .then(pl.lit("Q"))
        .otherwise(_first_of(pl.col("GAPS"), (*UNKNOWN_PARTS, "L", "M"), "O"))
        .alias("OBS_STATUS"),
        pl.col("ONE_SOURCE").fill_null("").alias("SOURCE_PERIOD"),
        pl.when(pl.col("PARTS") == 1).then(pl.col("NOTE")).otherwise(_note()).alias("NOTE"),
    )
    return result.select(COLUMNS).cast(schema())


def _with_held(frame: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """`frame` with IS_HELD: whether a row has no value because another row of the same sum holds it (K)."""
    rolled_up = (pl.col("OBS_STATUS") == "K") & pl.col("OBS_VALUE").is_null()
    if not frame.select(rolled_up.any()).item():
        return frame.with_columns(IS_HELD=pl.lit(False))
    rows = [frame.select(*keys, pl.col(column).cast(pl.String).alias("HOLDER")) for column in ("CITIZENSHIP", "PLACE")]
    there = pl.concat(rows).unique().with_columns(IS_THERE=pl.lit(True))
    named = frame.with_columns(HOLDER=pl.col("NOTE").str.extract(_HOLDER))
    found = named.join(there, on=[*keys, "HOLDER"], how="left", maintain_order="left")
    return found.with_columns(IS_HELD=rolled_up & pl.col("IS_THERE").fill_null(False))


def _first_of(statuses: pl.Expr, order: tuple[str, ...], otherwise: str) -> pl.Expr:
    """The first status of `order` that stands in the list."""
    return pl.coalesce(*(pl.when(statuses.list.contains(code)).then(pl.lit(code)) for code in order), pl.lit(otherwise))


def _note() -> pl.Expr:
    whole = pl.format(
        "SUM({}) suma de {} celdas de este conjunto de datos / sum of {} cells of this dataset",
        pl.col("PARTS"),
        pl.col("PARTS"),
        pl.col("PARTS"),
    )
    gap = pl.format(
        "; {} sin valor, el resto suma {} / {} without value, the rest adds up to {}",
        pl.col("UNKNOWN"),
        pl.col("REST"),
        pl.col("UNKNOWN"),
        pl.col("REST"),
    )
    held = pl.when(pl.col("ALL_HELD")).then(pl.col("HELD"))
    more = [pl.format("; {}", one).fill_null("") for one in (held, pl.col("ROUNDED"))]
    return pl.concat_str(whole, pl.when(pl.col("UNKNOWN") > 0).then(gap).otherwise(pl.lit("")), *more)


def note_is_sum(note: str) -> bool:
    """Whether NOTE says that the figure was summed here and not declared by the source."""
    return note.startswith("SUM(")
