"""Does a profile do what its samples say? `istmo profile test` runs the `tests` of a profile and lists what differs.

A sample is a small file as text (or the sheets of a workbook, each as text) with invented figures, the counts that must
come out, cells and findings. Each cell must match exactly one observation (or event), each finding at least one.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from istmo.intake.grammar import Profile, Sample
from istmo.intake.result import Intake
from istmo.intake.run import intake
from istmo.model.errors import InvalidInput
from istmo.model.text import Text


@dataclass(frozen=True, slots=True)
class Failure:
    """What a sample expected and did not get."""

    sample: str
    message: Text


def run_samples(profile: Profile) -> tuple[Failure, ...]:
    """Every failure of every sample of the profile; none when it does what it says."""
    return tuple(failure for sample in profile.samples for failure in run_sample(profile, sample))


def run_sample(profile: Profile, sample: Sample) -> list[Failure]:
    """The failures of one sample."""
    try:
        result = _read(profile, sample)
    except InvalidInput as exc:
        return [Failure(sample.name, Text(es=exc.in_("es"), en=exc.in_("en")))]
    wrong = [*_counts(result, sample), *_cells(result, sample), *_findings(result, sample)]
    return [Failure(sample.name, message) for message in wrong]


def counts_of(profile: Profile, sample: Sample) -> Mapping[str, str]:
    """The counts that a sample gives, as `expect` writes them; raises `InvalidInput` when it cannot be read."""
    result = _read(profile, sample)
    names = ("read", "accepted", "quarantined", "rejected")
    return {name: str(getattr(result, name)) for name in names}


def _read(profile: Profile, sample: Sample) -> Intake:
    raw = _workbook(sample.sheets) if sample.sheets else sample.text.encode(sample.encoding)
    return intake(io.BytesIO(raw), filename=sample.name, profile=profile, parameters=sample.parameters)


def _workbook(sheets: Mapping[str, str]) -> bytes:
    """A workbook of these sheets, each given as lines of comma-separated cells."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False})
    for name, text in sheets.items():
        page = book.add_worksheet(name)
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""))):
            page.write_row(number, 0, row)
    book.close()
    return made.getvalue()


def _counts(result: Intake, sample: Sample) -> list[Text]:
    got = {
        "read": str(result.read),
        "accepted": str(result.accepted),
        "quarantined": str(result.quarantined),
        "rejected": str(result.rejected),
        "set_aside": str(len(result.set_aside)),
        "storable": "yes" if result.storable else "no",
    }
    return [
        Text(
            es=f"{name}: se esperaba {value} y es {got[name]}.", en=f"{name}: {value} was expected, it is {got[name]}."
        )
        for name, value in sample.expect.items()
        if got[name] != value
    ]


def _cells(result: Intake, sample: Sample) -> list[Text]:
    rows = result.rows
    wrong = []
    for wanted in sample.cells:
        times = _matching(rows, wanted)
        if times != 1:
            shown = _shown(wanted)
            wrong.append(Text(es=f"{shown}: hay {times}, se esperaba una.", en=f"{shown}: there are {times}, not one."))
    return wrong


def _findings(result: Intake, sample: Sample) -> list[Text]:
    return [
        Text(es=f"Falta el hallazgo {_shown(wanted)}.", en=f"The finding {_shown(wanted)} is missing.")
        for wanted in sample.findings
        if _matching(result.findings, wanted) == 0
    ]


def _matching(rows: pl.DataFrame, wanted: Mapping[str, str]) -> int:
    """How many rows have these values; a column that is not there matches none, a null is written ""."""
    if not set(wanted) <= set(rows.columns):
        return 0
    conditions = [_as_text(rows, column) == value for column, value in wanted.items()]
    return rows.filter(conditions).height


def _as_text(rows: pl.DataFrame, column: str) -> pl.Expr:
    if isinstance(rows.schema[column], pl.List):
        return pl.col(column).list.join(" ").fill_null("")
    return pl.col(column).cast(pl.String).fill_null("")


def _shown(wanted: Mapping[str, str]) -> str:
    return ", ".join(f"{column}={value}" for column, value in wanted.items())
