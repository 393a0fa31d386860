"""Findings: what a rule noticed, where, and what to do. A finding never changes a figure.

Rules are listed in `rules.yaml` of this package: R1..R55 and R18a are the expert's (DOMAIN 14), F1.. are technical.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import polars as pl

from istmo.model.codes import text
from istmo.model.documents import only, read_document
from istmo.model.text import Text


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Rule:
    """A documented rule: `title` says what must hold; `area` groups the reference page."""

    id: str
    area: str
    title: Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One notice of a rule.

    `row` is the row as the user sees it in the file or sheet (1-based; 0: no row); `value` the raw value, masked when
    it is personal.
    """

    rule: str
    severity: Severity
    message: Text
    sheet: str = ""
    row: int = 0
    column: str = ""
    value: str = ""
    suggestion: str = ""

    def as_json(self) -> dict[str, object]:
        return {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "rule": self.rule,
            "severity": self.severity.value,
            "message": self.message.as_json(),
            "suggestion": self.suggestion,
        }


FINDING_SCHEMA = pl.Schema(
    {
        "sheet": pl.String(),
        "row": pl.Int64(),
        "column": pl.String(),
        "value": pl.String(),
        "rule": pl.String(),
        "severity": pl.Enum([severity.value for severity in Severity]),
        "message_es": pl.String(),
        "message_en": pl.String(),
        "suggestion": pl.String(),
    }
)


def findings_frame(findings: Iterable[Finding]) -> pl.DataFrame:
    """Findings as a table (`FINDING_SCHEMA`): the form in which many of them are carried, counted and written."""
    rows = [
        (f.sheet, f.row, f.column, f.value, f.rule, f.severity.value, f.message.es, f.message.en, f.suggestion)
        for f in findings
    ]
    return pl.DataFrame(rows, schema=FINDING_SCHEMA, orient="row")


def findings_json(frame: pl.DataFrame) -> list[dict[str, object]]:
    """A table of findings in the JSON shape of `intake --findings`."""
    return [
        {
            **{key: row[key] for key in ("sheet", "row", "column", "value", "rule", "severity")},
            "message": {"es": row["message_es"], "en": row["message_en"]},
            "suggestion": row["suggestion"],
        }
        for row in frame.iter_rows(named=True)
    ]


@cache
def rules() -> dict[str, Rule]:
    """Every rule by id, in the order of the reference page."""
    name = "rules.yaml"
    document = read_document((files("istmo.model") / name).read_bytes(), name=name)
    result = {}
    for area, entries in only(document, tuple(document), name=name).items():
        for id_, title in entries.items():
            result[id_] = Rule(id=id_, area=area, title=text(title, name=f"{name}, {id_}"))
    return result
