"""Does one file agree with itself? Its total by nationality against that by sex and age (R7), and nested ages (R13).

Both compare figures of one period, measure and place. Figures that cross nationality with sex or age belong to neither
margin. A group that holds others of the file (under 18; 12 to 17) may not be smaller than they are together.
"""

import polars as pl

from istmo.model.codes import codelist
from istmo.model.findings import Finding, Severity
from istmo.model.observations import KEY
from istmo.model.text import Text

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


def _nested_ages(frame: pl.DataFrame, sheet: str) -> list[Finding]:
    """R13: groups smaller than the groups within them that the file gives too."""
    given = frame["AGE"].cast(pl.String).unique().to_list()
    key = [column for column in KEY if column not in ("AGE", "ACCOMPANIMENT")]
    found: list[Finding] = []
    for group in sorted(given):
        inner = [code for code in given if group in _around(code)]
        outermost = [code for code in inner if not set(_around(code)) & set(inner)]
        if group == "_T" or not outermost:
            continue
        age = pl.col("AGE").cast(pl.String)
        sums = frame.group_by(key, maintain_order=True).agg(
            pl.col("OBS_VALUE").filter(age == group).sum().alias("group"),
            (age == group).sum().alias("times"),
            pl.col("OBS_VALUE").filter(age.is_in(outermost)).sum().alias("held"),
        )
        wrong = sums.filter((pl.col("times") > 0) & (pl.col("held") > pl.col("group")))
        found += [_smaller(row, group, sheet) for row in wrong.iter_rows(named=True)]
    return found


def _around(code: str) -> list[str]:
    """The groups that hold this one, nearest first, by the code list."""
    ages = codelist("age_group")
    result: list[str] = []
    parent = ages[code].parent
    while parent is not None:
        result.append(parent)
        parent = ages[parent].parent
    return result


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
