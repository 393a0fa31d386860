"""Which labels stopped rows of a file, because the profile's maps do not decide them?

One row for each field and label, however the source writes it in case and accents, with the rows that it stopped. The
labels of personal fields are never among them.
"""

from collections.abc import Iterator

import polars as pl

from istmo.intake.decoding import LabelDecoder, Named
from istmo.intake.grammar import Field, Labels, Profile
from istmo.model.labels import fold

RULES = ("R9", "R11", "R2", "R3", "F14")
ROWS = 20  # rows named for a label
UNMAPPED = pl.Schema(
    {
        "FIELD": pl.String(),
        "LABEL": pl.String(),
        "FOLDED": pl.String(),
        "RULE": pl.String(),
        "TIMES": pl.Int64(),
        "ROWS": pl.List(pl.Int64()),
    }
)


def unmapped(findings: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """The labels of a file's findings that no map decides (`UNMAPPED`), the most frequent first."""
    stopped = findings.filter(pl.col("rule").is_in(RULES), pl.col("severity").cast(pl.String) == "error")
    found: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    for (column, value, rule), rows in stopped.group_by("column", "value", "rule", maintain_order=True):
        for field in _fields(profile, str(column)):
            for label in decoder(field).unknown(str(value)):
                own = found.setdefault((field_key(field), fold(label)), [])
                own += [(label, str(rule), row) for row in rows["row"]]
    lines = [
        (key, own[0][0], folded, own[0][1], len(own), list(dict.fromkeys(row for _, _, row in own))[:ROWS])
        for (key, folded), own in found.items()
    ]
    return pl.DataFrame(lines, UNMAPPED, orient="row").sort("TIMES", descending=True, maintain_order=True)


def field_key(field: Field) -> str:
    """How a profile's YAML names the field: `SEX + AGE`."""
    return " + ".join(field.columns)


def labelled_field(profile: Profile, key: str) -> Field | None:
    """The field of that name whose labels are mapped; None where there is none."""
    return next((field for field in _labelled(profile) if field_key(field) == key), None)


def code_lists(field: Field) -> tuple[str | None, ...]:
    """The code list of each code that a label of the field has; the second column of a list of labels has none."""
    assert isinstance(field.how, Labels)
    return field.codelists[:1] if field.how.listed is not None else field.codelists


def decoder(field: Field) -> LabelDecoder:
    """What decides the labels of a field, without the values that stand outside the table."""
    assert isinstance(field.how, Labels)
    return LabelDecoder(field, field.how, Named({}), "", "")


def _labelled(profile: Profile) -> Iterator[Field]:
    return (field for field in profile.fields if isinstance(field.how, Labels) and not field.personal)


def _fields(profile: Profile, column: str) -> Iterator[Field]:
    """The fields whose labels stand under a column, or are the column's own label."""
    named = [field for field in _labelled(profile) if field.source == column]
    parts = profile.unpivot.name if profile.unpivot else None
    yield from named or (field for field in _labelled(profile) if field.source == parts)
