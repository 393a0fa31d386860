"""The overview of the workbench: the briefs in work and whose turn it is, the latest files."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from istmo.hub.briefs import workflow
from istmo.hub.briefs.models import BriefEdition
from istmo.installation.submissions.scope import visible_to
from istmo.statistics.brief.values import BriefState
from istmo.web.common.permissions import Act, may, requires

LATEST = 5


@require_safe
@requires(Act.READ_WORKBENCH)
def desk(request: HttpRequest) -> HttpResponse:
    in_work = BriefEdition.objects.exclude(state=BriefState.PUBLISHED.value)
    context = {
        "menu": "desk",
        "in_work": [
            (edition, workflow.TITLES[edition.brief_state], workflow.OWNERS[edition.brief_state]) for edition in in_work
        ],
        "submissions": visible_to(request.user).defer("findings_parquet")[:LATEST],
        "can_submit": may(request.user, Act.SUBMIT),
    }
    return render(request, "istmo/workbench/desk.html", context)
