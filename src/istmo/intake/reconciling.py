"""Does one file agree with itself? Its total by nationality against that by sex and age (R7), and nested ages (R13).

Both compare figures of one period, measure and place. Figures that cross nationality with sex or age belong to neither
margin. A group that holds others of the file (under 18; 12 to 17) may not be smaller than they are together.
"""

import re
from itertools import combinations

import polars as pl

from istmo.model.findings import Finding, Severity
from istmo.model.observations import KEY
from istmo.model.text import Text

_OPEN = 999
_AGE = re.compile(r"Y(?:_GE(\d+)|_LT(\d+)|(\d+)T(\d+))")
_NO_CITIZENSHIP = pl.col("CITIZENSHIP") == "_T"
_BY_SEX = pl.col("SEX") != "_T"
_BY_AGE = (pl.col("AGE") != "_T") | (pl.col("ACCOMPANIMENT") != "_T")


def findings(frame: pl.DataFrame, *, sheet: str) -> list[Finding]:
    """The findings of both checks for the observations of one file."""
    numbers = frame.filter(pl.col("OBS_VALUE").is_not_null())
    return [*_margins(numbers, sheet), *_nested_ages(numbers, sheet)]


def _margins(frame: pl.DataFrame, sheet: str) -> list[Finding]:
    """R7: for each way in which the file breaks the total down by sex and age."""
    apart = ("CITIZENSHIP", "CITIZENSHIP_STATUS", "SEX", "AGE", "ACCOMPANIMENT")
    key = [column for column in KEY if column not in apart]
    by_nationality = frame.filter(~_NO_CITIZENSHIP & ~_BY_SEX & ~_BY_AGE)
    by_group = frame.filter(_NO_CITIZENSHIP & (_BY_SEX | _BY_AGE))
    if by_nationality.height == 0 or by_group.height == 0:
        return []
    nationalities = by_nationality.group_by(key).agg(pl.col("OBS_VALUE").sum().alias("nationality"))
    groups = by_group.group_by(*key, _BY_SEX.alias("#sex"), _BY_AGE.alias("#age"), maintain_order=True).agg(
        pl.col("OBS_VALUE").sum().alias("group")
    )
    wrong = groups.join(nationalities, on=key, how="inner", maintain_order="left").filter(
        pl.col("group") != pl.col("nationality")
    )
    return [
        Finding(
            rule="R7",
            severity=Severity.WARNING,
            sheet=sheet,
            value=str(row["nationality"]),
            message=Text(
                es=f"{row['MEASURE']}, {row['PERIOD']}: por nacionalidad suman {row['nationality']} y por sexo o edad "
                f"{row['group']}.",
                en=f"{row['MEASURE']}, {row['PERIOD']}: by nationality they sum to {row['nationality']} and by sex or "
                f"age to {row['group']}.",
            ),
        )
        for row in wrong.iter_rows(named=True)
    ]


def ages(code: str) -> tuple[int, int] | None:
    """The first age of a group and the first that is no longer in it; None for a code that is no interval."""
    match = _AGE.fullmatch(code)
    if match is None:
        return None
    at_least, below, first, last = match.groups()
    if at_least:
        return int(at_least), _OPEN
    return (0, int(below)) if below else (int(first), int(last) + 1)


def _nested_ages(frame: pl.DataFrame, sheet: str) -> list[Finding]:
    """R13: groups that overlap without nesting, and groups smaller than what they hold."""
    known = {code: interval for code in frame["AGE"].unique().to_list() if (interval := ages(code)) is not None}
    holding: dict[str, list[str]] = {}
    crossing: list[tuple[str, str]] = []
    for one, other in combinations(sorted(known), 2):
        (a, b), (c, d) = known[one], known[other]
        if b <= c or d <= a:
            continue
        if a <= c and d <= b:
            holding.setdefault(one, []).append(other)
        elif c <= a and b <= d:
            holding.setdefault(other, []).append(one)
        else:
            crossing.append((one, other))
    found = [_crossing(one, other, sheet) for one, other in crossing]
    key = [column for column in KEY if column not in ("AGE", "ACCOMPANIMENT")]
    for group, held in holding.items():
        sums = frame.group_by(key, maintain_order=True).agg(
            pl.col("OBS_VALUE").filter(pl.col("AGE") == group).sum().alias("group"),
            (pl.col("AGE") == group).sum().alias("times"),
            pl.col("OBS_VALUE")
            .filter(pl.col("AGE").cast(pl.String).is_in(_outermost(held, known)))
            .sum()
            .alias("held"),
        )
        wrong = sums.filter((pl.col("times") > 0) & (pl.col("held") > pl.col("group")))
        found += [_smaller(row, group, sheet) for row in wrong.iter_rows(named=True)]
    return found


def _outermost(codes: list[str], known: dict[str, tuple[int, int]]) -> list[str]:
    """Those of the groups that none of the others holds."""
    return [
        code
        for code in codes
        if not any(
            known[other][0] <= known[code][0] and known[code][1] <= known[other][1] for other in codes if other != code
        )
    ]


def _crossing(one: str, other: str, sheet: str) -> Finding:
    return Finding(
        rule="R13",
        severity=Severity.WARNING,
        sheet=sheet,
        column="AGE",
        value=f"{one}, {other}",
        message=Text(
            es=f"Los grupos de edad {one} y {other} se cruzan sin encajar.",
            en=f"The age groups {one} and {other} overlap without nesting.",
        ),
    )


def _smaller(row: dict[str, object], group: str, sheet: str) -> Finding:
    return Finding(
        rule="R13",
        severity=Severity.WARNING,
        sheet=sheet,
        column="AGE",
        value=str(row["group"]),
        message=Text(
            es=f"{row['PERIOD']}: el grupo {group} ({row['group']}) es menor que los que contiene ({row['held']}).",
            en=f"{row['PERIOD']}: group {group} ({row['group']}) is smaller than those it holds ({row['held']}).",
        ),
    )
