"""What of a month lies outside the usual: a list with its reasons; the analyst decides what the comment mentions.

A month with a brief in work is read from the vintages of that edition, and its analyst may decide; any other month is
read from what is in force now.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from istmo.hub.anomalies.decisions import Decision
from istmo.hub.anomalies.judging import judge, judgements, review_at, review_of, still_said
from istmo.hub.anomalies.models import Judgement
from istmo.hub.briefs.models import BriefEdition
from istmo.model.errors import IstmoError, NotFound
from istmo.model.periods import Period
from istmo.model.text import Text
from istmo.registry.members import member
from istmo.statistics.anomalies.values import Anomaly, LeftOut, Review
from istmo.statistics.anomalies.words import name_of
from istmo.statistics.brief.figures import count
from istmo.statistics.brief.values import BriefState
from istmo.web.common.language import current
from istmo.web.common.permissions import Act, may, requires
from istmo.web.hub.editions import offered_months


@dataclass(frozen=True, slots=True)
class Found:
    """An anomaly with the decision in force; `reworded`: it was put into the comment and does not stand there so."""

    anomaly: Anomaly
    name: Text
    judgement: Judgement | None
    reworded: bool

    @property
    def decision(self) -> Decision:
        return Decision(self.judgement.decision) if self.judgement else Decision.OPEN

    @property
    def value(self) -> str:
        return count(self.anomaly.figure.value or 0)


@dataclass(frozen=True, slots=True)
class Omitted:
    left_out: LeftOut
    name: Text
    value: str


@require_safe
@requires(Act.READ_BRIEFS)
def index(request: HttpRequest) -> HttpResponse:
    """The month asked for; without one that of the brief in work, else the latest with figures."""
    months = offered_months()
    asked = request.GET.get("month", "")
    in_work = BriefEdition.objects.exclude(state=BriefState.PUBLISHED.value).order_by("-month", "-number").first()
    month = asked if asked in months else in_work.month if in_work else months[0] if months else None
    if month is None:
        return render(request, "istmo/workbench/anomalies.html", {"menu": "anomalies", "months": []})
    return redirect("anomalies", month=month)


@require_safe
@requires(Act.READ_BRIEFS)
def month(request: HttpRequest, month: Period) -> HttpResponse:
    edition = BriefEdition.objects.filter(month=str(month)).order_by("-number").first()
    try:
        found = review_of(edition) if edition else review_at(month)
    except NotFound as exc:
        raise Http404(exc.in_(current())) from exc
    return render(request, "istmo/workbench/anomalies.html", _context(request, month, edition, found))


@require_POST
@requires(Act.COMMENT)
def decide(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    """Keep one decision; the comment follows it."""
    edition = get_object_or_404(BriefEdition, month=str(month), number=number)
    anomaly = request.POST.get("anomaly", "")
    try:
        decision = Decision(request.POST.get("decision", ""))
    except ValueError:
        raise Http404 from None
    try:
        judge(
            edition,
            anomaly,
            decision,
            note=request.POST.get("note", ""),
            account=request.user,
            at=datetime.now(UTC),
        )
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    else:
        messages.success(request, _said(decision))
    return redirect("anomalies", month=month)


def _said(decision: Decision) -> str:
    match decision:
        case Decision.MENTION:
            return _("The sentences were put at the end of the comment, in both languages.")
        case Decision.LEAVE:
            return _("The figure is left out of the comment. The reason was kept.")
        case _:
            return _("The decision was taken back.")


def _context(request: HttpRequest, month: Period, edition: BriefEdition | None, review: Review) -> dict[str, object]:
    kept = judgements(edition) if edition else {}
    found = [
        Found(
            one,
            name_of(one.subject),
            kept.get(one.id),
            reworded=edition is not None
            and one.id in kept
            and kept[one.id].decision == Decision.MENTION.value
            and not still_said(edition, one),
        )
        for one in review.anomalies
    ]
    groups = [
        (member(reporter), list(many)) for reporter, many in groupby(found, lambda one: one.anomaly.series.reporter)
    ]
    return {
        "menu": "anomalies",
        "month": month,
        "months": offered_months(),
        "edition": edition,
        "review": review,
        "groups": groups,
        "undecided": sum(one.decision is Decision.OPEN for one in found),
        "left_out": [Omitted(one, name_of(one.subject), count(one.figure.value or 0)) for one in review.left_out],
        "may_decide": edition is not None
        and edition.brief_state is BriefState.DRAFT
        and may(request.user, Act.COMMENT),
    }
