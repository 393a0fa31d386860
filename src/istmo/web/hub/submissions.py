"""Files that were sent: the list, sending one, what was found in it, and the findings to take along.

Reading a file is the use case `istmo.installation.submissions`; this module only shows it. A small file is read while
its sender waits; of a large one the page says how far the reading has come. It can be left and found again in the list.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import polars as pl
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from istmo.installation.mapping import versions
from istmo.installation.submissions import background
from istmo.installation.submissions.models import Submission
from istmo.installation.submissions.reporting import told
from istmo.installation.submissions.sandbox import Bounds
from istmo.installation.submissions.scope import visible_to
from istmo.installation.submissions.states import Stage, SubmissionState
from istmo.installation.submissions.submit import receive
from istmo.intake.grammar import Profile
from istmo.intake.profiles import builtin_profiles
from istmo.intake.reporting.grouping import groups
from istmo.model.csvtext import csv_bytes
from istmo.model.errors import IstmoError
from istmo.model.findings import Severity
from istmo.model.labels import collation_key
from istmo.model.text import Text
from istmo.registry.datasets import datasets
from istmo.web.common.language import current
from istmo.web.common.limits import limited
from istmo.web.common.permissions import Act, may, requires
from istmo.web.hub import reports

PER_PAGE = 50
LISTED = 25
WAIT = 2.0  # seconds that a sender waits for a small file
LOOK_EVERY = 0.05
FILTERS = ("rule", "severity", "column")
REFRESH = 2  # seconds until the page of a file that is being read looks again
# Longer than a file may be read: then nobody is reading it any more.
READING_LASTS = timedelta(seconds=2 * Bounds().seconds)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the reading stands: its steps with those done, how long ago the file came, its size, rows stored."""

    stage: Stage
    steps: list[tuple[Stage, Text, bool]]
    seconds: int
    kilobytes: int
    stored: int | None


@require_safe
@requires(Act.READ_WORKBENCH)
def index(request: HttpRequest) -> HttpResponse:
    """The files, the latest first; `?state=REJECTED` shows those of one state."""
    seen = visible_to(request.user)
    chosen = next((state for state in SubmissionState if state.value == request.GET.get("state")), None)
    shown = seen.filter(state=chosen.value) if chosen else seen
    query = shown.defer("findings_parquet").select_related("account", "vintage")
    counts = dict(seen.order_by().values_list("state").annotate(Count("id")))
    context = {
        "menu": "submissions",
        "page": Paginator(query, LISTED).get_page(request.GET.get("page")),
        "can_submit": may(request.user, Act.SUBMIT),
        "chosen": chosen,
        "states": [(state, counts[state.value]) for state in SubmissionState if state.value in counts],
        "all": sum(counts.values()),
        "keep": f"{urlencode({'state': chosen.value})}&" if chosen else "",
    }
    return render(request, "istmo/workbench/submissions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.SUBMIT)
@limited("upload")
def new(request: HttpRequest) -> HttpResponse:
    problem = ""
    if request.method == "POST":
        upload = request.FILES.get("file")
        chosen = request.POST.get("profile", "")
        if upload is None:
            problem = _("Choose a file first.")
        elif upload.size == 0:
            problem = _("The file is empty. Choose another one.")
        elif chosen and chosen not in {profile.id for profile in offered_profiles()}:
            problem = _("That profile does not exist here. Choose one from the list.")
        else:
            received = receive(
                upload.file,
                filename=upload.name or "",
                profile_id=chosen or None,
                parameters=_parameters(request.POST),
                account=request.user,
                directory=settings.ISTMO_RECEIVED,
                received_at=_now(),
            )
            _have_read(received)
            return redirect("submission", submission_id=received.id)
    context = {
        "menu": "submissions",
        "profiles": offered_profiles(),
        "parameters": offered_parameters(),
        "problem": problem,
        "chosen": request.POST.get("profile", ""),
        "limit": Bounds().file_bytes // 1024**2,
        "minutes": Bounds().seconds // 60,
    }
    return render(request, "istmo/workbench/upload.html", context, status=400 if problem else 200)


@require_safe
@requires(Act.READ_WORKBENCH)
def submission(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    found = get_object_or_404(visible_to(request.user).select_related("account", "vintage"), id=submission_id)
    findings = found.findings
    shown = filtered(findings, request.GET)
    waiting = found.submission_state is SubmissionState.RECEIVED
    stopped = background.interrupted(found)
    lost = waiting and found.reading_stage is None and _now() - found.received_at > READING_LASTS
    reading = waiting and not stopped and not lost
    context: dict[str, Any] = {
        "menu": "submissions",
        "submission": found,
        "error": error_for_the_site(found.error),
        "reading": reading,
        "progress": progress(found) if reading else None,
        "interrupted": stopped,
        "lost": lost,
        "can_submit": may(request.user, Act.SUBMIT),
        "undescribed": found.vintage is not None and found.dataset_id not in datasets(),
        "groups": groups(findings),
        "page": Paginator(range(shown.height), PER_PAGE).get_page(request.GET.get("page")),
        **{name: request.GET.get(name, "") for name in FILTERS},
        "severities": [(each.value, severity_name(each)) for each in Severity],
    }
    context["rows"] = list(_rows(shown, context["page"]))
    context["rule_ids"] = list(dict.fromkeys(group.rule.id for group in context["groups"]))
    context["columns"] = sorted(set(findings["column"]) - {""}, key=collation_key)
    context["query_kept"] = "".join(f"{urlencode({name: context[name]})}&" for name in FILTERS if context[name])
    context |= _report(request, found)
    response = render(request, "istmo/workbench/submission.html", context)
    if reading:
        background.wake()
        response["Refresh"] = str(REFRESH)
    return response


@require_POST
@requires(Act.SUBMIT)
def again(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Have an interrupted file read again."""
    found = get_object_or_404(visible_to(request.user), id=submission_id)
    try:
        background.read_again(found, at=_now())
        _have_read(found)
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    return redirect("submission", submission_id=found.id)


@require_POST
@requires(Act.SUBMIT)
def discard(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Give up an interrupted file."""
    found = get_object_or_404(visible_to(request.user), id=submission_id)
    try:
        background.give_up(found, directory=settings.ISTMO_RECEIVED, at=_now())
        messages.success(request, _("The file was discarded. Nothing was stored."))
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    return redirect("submission", submission_id=found.id)


@require_safe
@requires(Act.READ_WORKBENCH)
def findings_file(request: HttpRequest, submission_id: UUID, kind: str) -> HttpResponse:
    """All findings of a submission, as CSV for a spreadsheet or as the JSON of `istmo intake --findings`."""
    if kind not in ("csv", "json"):
        raise Http404
    found = get_object_or_404(visible_to(request.user), id=submission_id)
    if kind == "json":
        content, content_type = json.dumps(found.as_json(), ensure_ascii=False, indent=2), "application/json"
    else:
        content, content_type = csv_bytes(found.findings), "text/csv; charset=utf-8"
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="findings-{found.received_at:%Y-%m-%d}.{kind}"'
    return response


def _report(request: HttpRequest, found: Submission) -> dict[str, Any]:
    """What the page tells beyond the findings, as far as the account may see it."""
    report = reports.report_of(found)
    since = report.since if report else None
    return {
        "has_rows": report is not None,
        "told": told(since, stopped=reports.stopped(found)) if since else None,
        "changed": bool(since and since.nationalities.height),
        "kept": reports.sees_file(request.user) and reports.kept(found),
        "waiting_labels": found.unmapped.count(),
        "known_profile": found.profile_id in builtin_profiles(),
    }


def progress(found: Submission) -> Progress:
    """How far the reading of a file has come."""
    stage = found.reading_stage or Stage.WAITING
    stages = list(Stage)
    return Progress(
        stage=stage,
        steps=[(each, each.title, stages.index(each) < stages.index(stage)) for each in stages],
        seconds=max(0, round((_now() - found.received_at).total_seconds())),
        kilobytes=-(-found.size // 1000),
        stored=background.stored_so_far(found) if stage is Stage.STORING else None,
    )


def _have_read(received: Submission) -> None:
    """Wake the reader and wait a little for it; where none runs in this process, read here."""
    if not background.wake():
        background.read_next(settings.ISTMO_RECEIVED, keep=settings.ISTMO_KEPT)
        return
    until = time.monotonic() + WAIT
    while time.monotonic() < until and Submission.objects.filter(id=received.id).exclude(stage="").exists():
        time.sleep(LOOK_EVERY)


def _now() -> datetime:
    return datetime.now(UTC)


def offered_profiles() -> list[Profile]:
    """The profiles whose files are stored here, by id; files on persons are only tried on the command line."""
    return [profile for profile in versions.in_force().values() if profile.grain != "person"]


def offered_parameters() -> list[tuple[str, Text, list[str]]]:
    """What some files do not say and their sender must: name, title, and the profiles that ask for it."""
    asked: dict[str, tuple[Text, list[str]]] = {}
    for profile in offered_profiles():
        for parameter in profile.parameters:
            title = parameter.title or Text(es=parameter.name, en=parameter.name)
            asked.setdefault(parameter.name, (title, []))[1].append(profile.id)
    return [(name, title, ids) for name, (title, ids) in sorted(asked.items())]


def error_for_the_site(error: IstmoError | None) -> IstmoError | None:
    """The error of the file; where it advises a command-line option, the advice for this page instead."""
    if error is None or error.rule != "F6":
        return error
    advice = Text(
        es="Elija el perfil en la lista al enviar el archivo otra vez.",
        en="Choose the profile from the list when you send the file again.",
    )
    return type(error)(error.message, place=error.place, advice=advice, rule=error.rule)


def filtered(findings: pl.DataFrame, wanted: Mapping[str, str]) -> pl.DataFrame:
    """The findings of one rule, severity or column, numbered as they are stored (`number`, from 1); a value that does
    not occur finds nothing.
    """
    rule, severity, column = (wanted.get(name, "") for name in FILTERS)
    findings = findings.with_row_index("number", offset=1)
    if column:
        findings = findings.filter(pl.col("column") == column)
    if rule:
        findings = findings.filter(pl.col("rule") == rule)
    if severity:
        findings = findings.filter(pl.col("severity").cast(pl.String) == severity)
    return findings


def severity_name(severity: Severity) -> str:
    return {Severity.ERROR: _("Error"), Severity.WARNING: _("Warning"), Severity.INFO: _("Note")}[severity]


def _rows(findings: pl.DataFrame, page: "Page[int]") -> Iterator[dict[str, object]]:
    if not page.object_list:
        return
    part = findings.slice(page.start_index() - 1, len(page.object_list))
    for row in part.iter_rows(named=True):
        severity = Severity(row["severity"])
        yield {
            **row,
            "message": row[f"message_{current()}"],
            "severity": severity,
            "severity_name": severity_name(severity),
        }


def _parameters(sent: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, _title, _profiles in offered_parameters()
        if (value := sent.get(f"parameter-{name}", "").strip())
    }
