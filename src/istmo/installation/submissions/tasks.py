"""What else is done with a stranger's file apart from reading it? Its annotated workbook, and what a profile changes.

`report_in_sandbox` and `difference_in_sandbox` are called by the site; `report` and `difference` are what the child of
`istmo.installation.submissions.sandbox` does. Knows neither Django nor the database.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from istmo.installation.submissions.reading import read_by, read_sources
from istmo.statistics.resubmission import SinceLast

if TYPE_CHECKING:
    from istmo.installation.submissions.sandbox import Bounds
    from istmo.intake.result import Intake

Sources = Mapping[str, str]  # the YAML of a profile and of those that it extends, by id
COUNTS = ("read", "accepted", "quarantined", "rejected")


@dataclass(frozen=True, slots=True)
class Differing:
    """The cells that another version of a profile changes in a file, and both versions' counts (`COUNTS`)."""

    cells: pl.DataFrame
    old: Mapping[str, int]
    new: Mapping[str, int]


def excerpt(intake: "Intake", data: bytes) -> pl.DataFrame:
    """The rows around the findings of a file that was read from `data`."""
    from istmo.intake.limits import Limits
    from istmo.intake.reporting.sent import EXCERPT_SCHEMA, read_sent

    if intake.findings.is_empty() or intake.profile.grain == "person":
        return EXCERPT_SCHEMA.to_frame()
    sent = read_sent(data, intake.profile, Limits(), filename=intake.filename)
    return sent.excerpt(intake.findings)


def report_in_sandbox(
    path: Path,
    *,
    filename: str,
    profile_id: str,
    sources: Sources,
    parameters: Mapping[str, str],
    on: date,
    findings: pl.DataFrame,
    since: SinceLast | None,
    language: str,
    bounds: "Bounds",
) -> bytes:
    """The annotated workbook of a file, by the version of the profile that read it."""
    from istmo.installation.submissions.sandbox import Task, run

    request = {
        "profile": profile_id,
        "sources": dict(sources),
        "parameters": dict(parameters),
        "on": on.isoformat(),
        "language": language,
        "first": since.first if since else None,
    }
    tables = {"findings": findings, **(_tables(since) if since else {})}
    with run(Task.REPORT, path, request, filename=filename, bounds=bounds, tables=tables) as (_, directory):
        return (directory / "report.xlsx").read_bytes()


def difference_in_sandbox(
    path: Path,
    *,
    filename: str,
    profile_id: str,
    old: Sources,
    new: Sources,
    parameters: Mapping[str, str],
    on: date,
    bounds: "Bounds",
) -> Differing:
    """What the new version of a profile changes in a file, cell by cell."""
    from istmo.installation.submissions.sandbox import Task, run

    request = {
        "profile": profile_id,
        "old": dict(old),
        "new": dict(new),
        "parameters": dict(parameters),
        "on": on.isoformat(),
    }
    with run(Task.DIFFERENCE, path, request, filename=filename, bounds=bounds) as (document, directory):
        cells = _table(directory, "cells")
        return Differing(cells, document["old"], document["new"])


# --- in the child


def report(request: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    from istmo.installation.submissions.reporting import report_workbook

    path, filename = Path(request["path"]), request["filename"]
    on = date.fromisoformat(request["on"])
    profile = read_sources(request["profile"], request["sources"])
    intake = read_by(profile, path, filename=filename, parameters=request["parameters"], on=on)
    findings = _table(directory, "findings")
    since = None if request["first"] is None else _since(directory, first=request["first"])
    made = report_workbook(path.read_bytes(), intake, findings, since, language=request["language"])
    (directory / "report.xlsx").write_bytes(made)
    return {}


def difference(request: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    from istmo.intake.diff import diff

    old, new = (read_sources(request["profile"], request[side]) for side in ("old", "new"))
    with Path(request["path"]).open("rb") as stream:
        found = diff(
            old,
            new,
            stream,
            filename=request["filename"],
            parameters=request["parameters"],
            on=date.fromisoformat(request["on"]),
        )
    found.cells.write_ipc(directory / "cells.arrow")
    sides = {"old": found.old, "new": found.new}
    return {side: {name: getattr(intake, name) for name in COUNTS} for side, intake in sides.items()}


_TABLES = ("cells", "nationalities", "months", "missing")


def _tables(since: SinceLast) -> dict[str, pl.DataFrame]:
    return {name: getattr(since, name) for name in _TABLES}


def _since(directory: Path, *, first: bool) -> SinceLast:
    tables = {name: _table(directory, name) for name in _TABLES}
    return SinceLast(**tables, first=first)


def _table(directory: Path, name: str) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO((directory / f"{name}.arrow").read_bytes()))
