"""The review of mappings: labels that no profile maps, a person's decision about each, and the profile that they make.

Who decides is an analyst or a statistician; who takes a new version over is a statistician who took none of its
decisions. An account of a State sees and decides what its own State's profiles read, nothing else.
"""

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from istmo.installation.mapping import review, versions
from istmo.installation.mapping.models import UNDONE, MappingDecision
from istmo.installation.submissions import keeping
from istmo.installation.submissions.models import Submission
from istmo.installation.submissions.reporting import KIND_TITLES
from istmo.installation.submissions.sandbox import Bounds
from istmo.installation.submissions.scope import visible_to
from istmo.installation.submissions.tasks import Differing, difference_in_sandbox
from istmo.intake.grammar import Field, Profile
from istmo.intake.reviewing.candidates import candidates, named
from istmo.intake.reviewing.deciding import Verdict, allowed, entries_of, nearly, rule_wanted, why_rule
from istmo.intake.reviewing.labels import code_lists, labelled_field
from istmo.model.codes import choices
from istmo.model.errors import InvalidInput, IstmoError
from istmo.model.labels import collation_key
from istmo.model.text import Text
from istmo.registry.names import LabelKind
from istmo.registry.places import places
from istmo.web.common.language import current
from istmo.web.common.permissions import Act, may, requires

PER_PAGE = 50
CELLS = 200  # cells of a difference that a page shows
TRIED = 5  # files that are kept and offered to try a proposal on
BOUNDS = Bounds(seconds=120, file_bytes=20 * 1024**2)
VERDICTS = {
    Verdict.MAP.value: Text(es="Corresponde a un código", en="Maps to a code"),
    Verdict.LEAVE.value: Text(es="Se deja en cuarentena", en="Left in quarantine"),
    Verdict.NEEDS_RULE.value: Text(
        es="Ambigua: hace falta una regla de la fuente", en="Ambiguous: a rule of the source is needed"
    ),
    UNDONE: Text(es="Decisión deshecha", en="Decision undone"),
}
_KINDS = {
    "added": KIND_TITLES["added"],
    "removed": KIND_TITLES["dropped"],
    "changed": KIND_TITLES["revised"],
}
_PLACES = ("_T", "_U", "_O", "_Z")


@dataclass(frozen=True, slots=True)
class Choice:
    """A code list of a field and its codes with their names, for a form."""

    name: str
    codes: tuple[tuple[str, str], ...]


@require_safe
@requires(Act.READ_WORKBENCH)
def index(request: HttpRequest) -> HttpResponse:
    """Every label collected, those that wait for a decision first."""
    profile_id, state = request.GET.get("profile", ""), request.GET.get("state", "open")
    found = review.labels(member=_member(request))
    shown = [
        label
        for label in found
        if profile_id in ("", label.profile_id) and (state == "all" or label.open == (state == "open"))
    ]
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    known = {label.profile_id for label in found}
    context = {
        "menu": "mappings",
        "page": page,
        "total": len(found),
        "open": sum(label.open for label in found),
        "profiles": sorted(known),
        "proposals": [(id_, count) for id_ in sorted(known) if (count := len(review.to_map(id_)))],
        "profile_id": profile_id,
        "state": state,
        "verdicts": VERDICTS,
        "query_kept": urlencode({"profile": profile_id, "state": state}) + "&",
    }
    return render(request, "istmo/workbench/mappings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.READ_WORKBENCH)
def label(request: HttpRequest, profile_id: str) -> HttpResponse:
    """One label: where it stood, what it may mean and why, the decision, and every earlier one."""
    profile = _profile(request, profile_id)
    field_key, folded = request.GET.get("field", ""), request.GET.get("label", "")
    stood = list(review.submissions_of(profile_id, field_key, folded))
    field = labelled_field(profile, field_key)
    if not stood or field is None:
        raise Http404
    written = stood[0].label
    problem: IstmoError | None = None
    if request.method == "POST":
        try:
            _decide(request, profile_id, field, field_key, written)
        except IstmoError as error:
            problem = error
        else:
            messages.success(request, _("The decision was written down."))
            return redirect(address(profile_id, field_key, folded))
    decided = review.history(profile_id, field_key, folded)
    holds = decided[0] if decided and decided[0].verdict != UNDONE else None
    citizenship = code_lists(field)[0] == "citizenship"
    may_go = allowed(written) if citizenship else None
    found = candidates(written, field_key, profile, versions.in_force())
    context = {
        "menu": "mappings",
        "profile": profile,
        "field": field_key,
        "label": written,
        "folded": folded,
        "stood": stood[:PER_PAGE],
        "times": sum(entry.times for entry in stood),
        "candidates": found,
        "why": why_rule(written) if citizenship else None,
        "which": _which_rule(written) if citizenship else (),
        "choices": _choices(field, profile.reporter, may_go),
        "decided": [(each, VERDICTS[each.verdict], _named(field, each)) for each in decided],
        "holds": holds,
        "holds_title": VERDICTS[holds.verdict] if holds else None,
        "holds_codes": _named(field, holds) if holds else None,
        "verdicts": [(value, title) for value, title in VERDICTS.items() if value != UNDONE],
        "typed": request.POST if problem else {},
        "chosen": request.POST.get("codes", "") if problem else "",
        "problem": problem,
        "can_decide": may(request.user, Act.DECIDE_MAPPING),
        "mapped": any(each.mapped for each in review.labels(profile_id=profile_id) if _is(each, field_key, folded)),
    }
    return render(request, "istmo/workbench/label.html", context, status=400 if problem else 200)


@require_POST
@requires(Act.DECIDE_MAPPING)
def undo(request: HttpRequest, profile_id: str, decision_id: int) -> HttpResponse:
    _profile(request, profile_id)
    back = redirect("mappings")
    try:
        undone = review.undo(decision_id, account=request.user, at=_now())
        back = redirect(address(undone.profile_id, undone.field, undone.folded))
        messages.success(request, _("The decision was undone. The label waits again."))
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    return back


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.READ_WORKBENCH)
def proposal(request: HttpRequest, profile_id: str) -> HttpResponse:
    """The version of the profile that the decisions make, as a difference; and what it changes in a file, if asked."""
    profile = _profile(request, profile_id)
    author = _author(request, profile)
    problem: IstmoError | None = None
    tried: Differing | None = None
    made = None
    try:
        made = review.proposal(profile_id, author=author, on=_now().date())
        if request.method == "POST":
            tried = _tried(request, profile_id, made.new)
    except IstmoError as error:
        problem = error
    decisions = review.to_map(profile_id)
    own = any(decision.account_id == request.user.pk for decision in decisions)
    context = {
        "menu": "mappings",
        "profile": profile,
        "author": author,
        "made": made,
        "lines": [_line(text) for text in made.diff.splitlines()] if made else [],
        "decisions": decisions,
        "problem": problem if made is None or request.method == "POST" else None,
        "tried": tried,
        "cells": [(cell, _KINDS[cell["CHANGE"]]) for cell in tried.cells.head(CELLS).to_dicts()] if tried else [],
        "changed": tried.cells.height if tried else 0,
        "shown": CELLS,
        "files": _kept_files(request, profile_id),
        "limit": BOUNDS.file_bytes // 1024**2,
        "versions": versions.overview(profile_id),
        "installed": profile_id in versions.installed(),
        "can_install": may(request.user, Act.INSTALL_PROFILE),
        "own": own,
    }
    status = 400 if problem and request.method == "POST" else 200
    return render(request, "istmo/workbench/proposal.html", context, status=status)


@require_safe
@requires(Act.READ_WORKBENCH)
def proposal_file(request: HttpRequest, profile_id: str, kind: str) -> HttpResponse:
    """The proposed profile, or its difference from the one in force, to take along."""
    if kind not in ("yaml", "diff"):
        raise Http404
    profile = _profile(request, profile_id)
    try:
        made = review.proposal(profile_id, author=_author(request, profile), on=_now().date())
    except IstmoError as error:
        messages.error(request, error.in_(current()))
        return redirect("mapping-proposal", profile_id=profile_id)
    content = made.new if kind == "yaml" else made.diff.encode()
    response = HttpResponse(content, content_type="text/plain; charset=utf-8")
    name = f"{profile_id}-{made.profile.version}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@requires(Act.INSTALL_PROFILE)
def take_over(request: HttpRequest, profile_id: str) -> HttpResponse:
    """Read files by the proposed version from now on."""
    profile = _profile(request, profile_id)
    try:
        stored = review.take_over(
            profile_id,
            version=request.POST.get("version", ""),
            author=_author(request, profile),
            note=request.POST.get("note", ""),
            account=request.user,
            at=_now(),
        )
        messages.success(
            request,
            _("Files are read by %(version)s from now on. Send them again to have them read by it.")
            % {"version": stored.label},
        )
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    return redirect("mapping-proposal", profile_id=profile_id)


@require_POST
@requires(Act.INSTALL_PROFILE)
def withdraw(request: HttpRequest, profile_id: str) -> HttpResponse:
    """Go back to the version before the one in force."""
    _profile(request, profile_id)
    try:
        before = versions.withdraw(profile_id, account=request.user, note=request.POST.get("note", ""), at=_now())
        name = before.label if before else _("the version of the program")
        messages.success(request, _("In force again: %(version)s.") % {"version": name})
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    return redirect("mapping-proposal", profile_id=profile_id)


def address(profile_id: str, field: str, folded: str) -> str:
    """Where a label is decided."""
    query = urlencode({"field": field, "label": folded})
    return f"{reverse('mapping-label', kwargs={'profile_id': profile_id})}?{query}"


def _decide(request: HttpRequest, profile_id: str, field: Field, key: str, written: str) -> None:
    if not may(request.user, Act.DECIDE_MAPPING):
        raise PermissionDenied(_("Your role in the workbench does not include this step."))
    verdict = request.POST.get("verdict", "")
    if verdict not in set(Verdict):
        raise InvalidInput(
            Text(es="Elija una de las tres decisiones.", en="Choose one of the three decisions."), rule="F51"
        )
    picked = request.POST.get("codes", "")
    lists = range(len(code_lists(field)))
    codes = picked.split() if picked else [code for n in lists if (code := request.POST.get(f"code-{n}", ""))]
    review.decide_label(
        profile_id,
        field=key,
        label=written,
        verdict=Verdict(verdict),
        codes=codes,
        note=request.POST.get("note", ""),
        source_rule=request.POST.get("source_rule", ""),
        account=request.user,
        at=_now(),
    )


def _tried(request: HttpRequest, profile_id: str, new: bytes) -> Differing:
    """What the proposal changes in a file that is kept, or in one that was sent for this alone."""
    _source, library = versions.source_in_force(profile_id)
    old = {id_: raw.decode() for id_, raw in library.items()}
    changed = {**old, profile_id: new.decode()}
    upload = request.FILES.get("file")
    if upload is None:
        submission = visible_to(request.user).filter(id=request.POST.get("kept") or None, profile_id=profile_id).first()
        path = keeping.kept_file(submission, settings.ISTMO_KEPT, at=_now()) if submission else None
        if submission is None or path is None:
            raise InvalidInput(Text(es="Elija un archivo.", en="Choose a file."), rule="F51")
        return difference_in_sandbox(
            path,
            filename=submission.filename,
            profile_id=profile_id,
            old=old,
            new=changed,
            parameters=submission.parameters,
            on=submission.received_at.date(),
            bounds=BOUNDS,
        )
    if (upload.size or 0) > BOUNDS.file_bytes:
        limit = BOUNDS.file_bytes // 1024**2
        raise InvalidInput(
            Text(es=f"El archivo pasa de {limit} MB.", en=f"The file is larger than {limit} MB."), rule="F5"
        )
    with tempfile.TemporaryDirectory(prefix="istmo-try-") as directory:
        path = Path(directory) / "file"
        path.write_bytes(upload.read())
        return difference_in_sandbox(
            path,
            filename=Path(upload.name or "").name,
            profile_id=profile_id,
            old=old,
            new=changed,
            parameters={name[2:]: value for name, value in request.POST.items() if name.startswith("p-") and value},
            on=_now().date(),
            bounds=BOUNDS,
        )


def _kept_files(request: HttpRequest, profile_id: str) -> list[Submission]:
    """The latest files of the profile that are kept, for who may see them."""
    if not (may(request.user, Act.SUBMIT) or may(request.user, Act.DECIDE_SUBMISSION)):
        return []
    found = visible_to(request.user).filter(profile_id=profile_id, kept_until__gt=_now()).defer("findings_parquet")
    return [each for each in found[:TRIED] if keeping.kept_file(each, settings.ISTMO_KEPT, at=_now())]


def _which_rule(written: str) -> tuple[Text, ...]:
    """What the registry says of an ambiguous label: in which sources it is one, and which rule could decide."""
    entries = [
        entry
        for entry in entries_of(written) or entries_of(nearly(written) or written)
        if entry.kind is not LabelKind.CONFUSABLE
    ]
    said = (text for entry in entries for text in (entry.context, entry.note, rule_wanted(entry)) if text is not None)
    return tuple(dict.fromkeys(said))


def _choices(field: Field, reporter: str, may_go: tuple[str, ...] | None) -> tuple[Choice, ...]:
    """The codes of each list of the field; of an ambiguous label only those where it may go; places of the reporter."""
    found = []
    for column, list_ in zip(field.columns, code_lists(field), strict=False):
        if list_ is None:
            continue
        if list_ == "place":
            named_ = [(p.id, p.name.in_(current())) for p in places().values() if p.member == reporter]
            codes = sorted(named_, key=lambda pair: collation_key(pair[1]))
            codes = [*((code, code) for code in _PLACES), *codes]
        else:
            codes = list(choices(list_, current()))
        kept = tuple((code, name) for code, name in codes if may_go is None or code in may_go)
        found.append(Choice(column, kept))
    return tuple(found)


def _named(field: Field, decision: MappingDecision) -> Text | None:
    codes = tuple(decision.codes)
    return named(field, codes) if codes and len(codes) == len(code_lists(field)) else None


def _line(text: str) -> tuple[str, str]:
    """A line of a difference and what it is."""
    if text.startswith(("+++", "---", "@@")):
        return text, "head"
    return text, {"+": "added", "-": "removed"}.get(text[:1], "")


def _profile(request: HttpRequest, profile_id: str) -> Profile:
    profile = versions.in_force().get(profile_id)
    if profile is None or profile.grain == "person":
        raise Http404
    member = _member(request)
    if member and member != profile.reporter:
        raise PermissionDenied(_("The labels of a file are for its own State and the Secretariat."))
    return profile


def _member(request: HttpRequest) -> str | None:
    return getattr(request.user, "member", None) or None


def _author(request: HttpRequest, profile: Profile) -> str:
    """Who answers for the version: the institution whose file it reads, unless another was written."""
    given = request.POST.get("author") or request.GET.get("author") or ""
    return given.strip()[:120] or profile.agency


def _is(each: review.Label, field: str, folded: str) -> bool:
    return (each.field, each.folded) == (field, folded)


def _now() -> datetime:
    return datetime.now(UTC)
