"""What a file's report tells beyond its page: the sheet around a finding, what changed, the annotated workbook.

The annotated workbook holds the whole file, so it is for who may send files or decide about them, and for the days that
the file is kept; a person may have it removed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import polars as pl
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from istmo.installation.mapping import versions
from istmo.installation.submissions import keeping
from istmo.installation.submissions.models import FileReport, Submission
from istmo.installation.submissions.reporting import KIND_TITLES, nationality, side, told
from istmo.installation.submissions.sandbox import Bounds
from istmo.installation.submissions.scope import visible_to
from istmo.installation.submissions.tasks import report_in_sandbox
from istmo.intake.reporting.sent import AROUND
from istmo.model.codes import codelist
from istmo.model.csvtext import csv_bytes
from istmo.model.errors import IstmoError, NotFound
from istmo.model.findings import Severity
from istmo.model.text import Text
from istmo.web.common.language import current
from istmo.web.common.permissions import Act, may, requires

PER_PAGE = 100
WIDE = 16  # columns that a page shows beside the one of the finding
REPORT_BOUNDS = Bounds(seconds=120)


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of the sheet: its text, whether it is the one of the finding, and how grave that is."""

    text: str
    hit: bool
    mark: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the sheet; `gap` says that rows before it are left out."""

    row: int
    cells: tuple[Shown, ...]
    hit: bool
    gap: bool

    @property
    def marked(self) -> bool:
        """Whether one of its cells is the one of the finding."""
        return any(cell.hit for cell in self.cells)


def sees_file(user: Any) -> bool:
    """Whether the account may have a whole file that it sees."""
    return may(user, Act.SUBMIT) or may(user, Act.DECIDE_SUBMISSION)


def kept(submission: Submission) -> bool:
    """Whether the file is still kept."""
    return keeping.kept_file(submission, settings.ISTMO_KEPT, at=_now()) is not None


def stopped(submission: Submission) -> int:
    return (submission.quarantined or 0) + (submission.rejected or 0)


def report_of(submission: Submission) -> FileReport | None:
    return FileReport.objects.filter(submission=submission).first()


@require_safe
@requires(Act.READ_WORKBENCH)
def sheet(request: HttpRequest, submission_id: UUID, number: int) -> HttpResponse:
    """The rows around one finding, its cell marked; `number` counts the findings from 1, as they are stored."""
    found = _found(request, submission_id)
    findings = found.findings
    if not 1 <= number <= findings.height:
        return redirect("submission", submission_id=found.id)
    finding = findings.row(number - 1, named=True)
    report = report_of(found)
    excerpt = report.excerpt if report else None
    header, columns, lines = _sheet(excerpt, finding) if excerpt is not None else ((), (), ())
    rows = {line.row for line in lines}
    numbered = findings.with_row_index("number", offset=1)
    near = numbered.filter(pl.col("sheet") == finding["sheet"], pl.col("row").is_in(list(rows)))
    placed = numbered.filter(pl.col("row") > 0)["number"].to_list()
    context = {
        "menu": "submissions",
        "submission": found,
        "finding": _told(finding, number),
        "number": number,
        "header": header,
        "columns": columns,
        "lines": lines,
        "near": [_told(row, row["number"]) for row in near.to_dicts()],
        "previous": max((other for other in placed if other < number), default=None),
        "next": min((other for other in placed if other > number), default=None),
    }
    return render(request, "istmo/workbench/sheet.html", context)


def _sheet(
    excerpt: pl.DataFrame, finding: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[int, ...], tuple[Line, ...]]:
    """The header's labels, the columns shown, and the rows around the finding."""
    own = excerpt.filter(pl.col("sheet") == finding["sheet"], pl.col("header_row") <= finding["row"])
    if own.is_empty():
        return (), (), ()
    own = own.filter(pl.col("header_row") == pl.col("header_row").max()).sort("row")
    labels = own["cells"][0].to_list()
    header_row = own["row"][0]
    at = labels.index(finding["column"]) if finding["column"] in labels else None
    shown = _columns(len(labels), at)
    mark = finding["severity"]
    near = own.filter((pl.col("row") - finding["row"]).abs() <= AROUND, pl.col("row") != header_row)
    lines: list[Line] = []
    before = header_row
    for row, cells in near.select("row", "cells").iter_rows():
        hit = row == finding["row"]
        marked = tuple(Shown(cells[index], hit and index == at, mark) for index in shown)
        lines.append(Line(row, marked, hit, gap=row > before + 1))
        before = row
    return tuple(labels[index] for index in shown), shown, tuple(lines)


def _columns(number: int, at: int | None) -> tuple[int, ...]:
    """Every column, or of a wide table the first three and those around the finding's."""
    if number <= WIDE:
        return tuple(range(number))
    first = max((at or 0) - WIDE // 2, 3)
    return tuple(dict.fromkeys((0, 1, 2, *range(first, min(first + WIDE - 3, number)))))


def _told(finding: Mapping[str, Any], number: int) -> dict[str, Any]:
    severity = Severity(finding["severity"])
    return {**finding, "number": number, "message": finding[f"message_{current()}"], "severity": severity}


# --- what changed


@require_safe
@requires(Act.READ_WORKBENCH)
def changes(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """What the file changed in what was held of its dataset, by month and nationality."""
    found = _found(request, submission_id)
    report = report_of(found)
    since = report.since if report else None
    period, kind = request.GET.get("period", ""), request.GET.get("kind", "")
    listed = since.nationalities if since else pl.DataFrame()
    if since and period:
        listed = listed.filter(pl.col("PERIOD") == period)
    if since and kind:
        listed = listed.filter(pl.col("KIND") == kind)
    page = Paginator(range(listed.height), PER_PAGE).get_page(request.GET.get("page"))
    part = listed.sort("PERIOD", descending=True, maintain_order=True) if listed.height else listed
    part = part.slice(page.start_index() - 1, len(page.object_list)) if page.object_list else part.head(0)
    context = {
        "menu": "submissions",
        "submission": found,
        "told": told(since, stopped=stopped(found)) if since else None,
        "months": [_month(row) for row in since.months.to_dicts()] if since else [],
        "rows": [_change(row) for row in part.to_dicts()],
        "page": page,
        "period": period,
        "kind": kind,
        "kinds": list(KIND_TITLES.items()),
        "periods": sorted(set(since.nationalities["PERIOD"]), reverse=True) if since else [],
        "query_kept": "".join(f"{name}={value}&" for name, value in (("period", period), ("kind", kind)) if value),
    }
    return render(request, "istmo/workbench/changes.html", context)


@require_safe
@requires(Act.READ_WORKBENCH)
def changes_file(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Every cell that changed, as CSV."""
    found = _found(request, submission_id)
    report = report_of(found)
    since = report.since if report else None
    if since is None:
        return redirect("submission-changes", submission_id=found.id)
    response = HttpResponse(csv_bytes(since.cells), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="changes-{found.received_at:%Y-%m-%d}.csv"'
    return response


def _month(row: Mapping[str, Any]) -> dict[str, Any]:
    before, after = row["BEFORE"], row["AFTER"]
    return {
        "period": row["PERIOD"],
        "measure": codelist("measure")[row["MEASURE"]].name,
        "new": row["NEW"],
        "added": row["ADDED"],
        "dropped": row["DROPPED"],
        "revised": row["REVISED"],
        "before": side(dict(row), "BEFORE"),
        "after": side(dict(row), "AFTER"),
        "difference": None if before is None or after is None else after - before,
    }


def _change(row: Mapping[str, Any]) -> dict[str, Any]:
    before, after = row["BEFORE"], row["AFTER"]
    return {
        "period": row["PERIOD"],
        "measure": codelist("measure")[row["MEASURE"]].name,
        "nationality": nationality(row["CITIZENSHIP"]),
        "code": row["CITIZENSHIP"],
        "kind": KIND_TITLES[row["KIND"]],
        "before": side(dict(row), "BEFORE"),
        "after": side(dict(row), "AFTER"),
        "difference": None if before is None or after is None else after - before,
    }


# --- the annotated workbook


@require_safe
@requires(Act.READ_WORKBENCH)
def workbook(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """The sender's own sheets with notes in the cells; made when it is asked for, in the reader's language."""
    found = _whole(request, submission_id)
    path = keeping.kept_file(found, settings.ISTMO_KEPT, at=_now())
    try:
        if path is None:
            raise NotFound(
                Text(es="El archivo ya no está aquí.", en="The file is no longer here."),
                advice=Text(
                    es="Envíelo otra vez, o haga el informe con «istmo intake ARCHIVO --dry-run --report».",
                    en="Send it again, or make the report with “istmo intake FILE --dry-run --report”.",
                ),
            )
        report = report_of(found)
        content = report_in_sandbox(
            path,
            filename=found.filename,
            profile_id=found.profile_id,
            sources=versions.that_read(found).sources,
            parameters=found.parameters,
            on=_day(found),
            findings=found.findings,
            since=report.since if report else None,
            language=current(),
            bounds=REPORT_BOUNDS,
        )
    except IstmoError as error:
        messages.error(request, error.in_(current()))
        return redirect("submission", submission_id=found.id)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = HttpResponse(content, content_type=kind)
    name = "informe" if current() == "es" else "report"
    response["Content-Disposition"] = f'attachment; filename="{name}-{found.received_at:%Y-%m-%d}.xlsx"'
    return response


@require_POST
@requires(Act.SUBMIT)
def remove(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Remove the file at once; what was read of it stays."""
    found = _whole(request, submission_id)
    try:
        keeping.remove(found, settings.ISTMO_KEPT, account=request.user, at=_now())
        messages.success(request, _("The file was removed. What was read of it stays."))
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    return redirect("submission", submission_id=found.id)


def _found(request: HttpRequest, submission_id: UUID) -> Submission:
    return get_object_or_404(visible_to(request.user), id=submission_id)


def _whole(request: HttpRequest, submission_id: UUID) -> Submission:
    if not sees_file(request.user):
        raise PermissionDenied(_("Your role in the workbench does not include this step."))
    return _found(request, submission_id)


def _day(submission: Submission) -> date:
    return submission.received_at.date()


def _now() -> datetime:
    return datetime.now(UTC)
