"""The first page of a node and its workbench's overview: what is due, what was loaded last, what was sent."""

from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from istmo.installation.observations.gaps import standing
from istmo.installation.observations.store import periods_held
from istmo.installation.submissions.scope import visible_to
from istmo.model.codes import codelist
from istmo.node.release import releasing
from istmo.node.release.models import Release, ReleaseState
from istmo.registry.datasets import datasets
from istmo.registry.members import member
from istmo.web.common.permissions import Act, may, requires

LATEST = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What anybody sees: whose node this is, and nothing of what it holds."""
    own = member(settings.ISTMO_NODE_OF)
    return render(request, "istmo/node_home.html", {"section": "home", "member": own})


@require_safe
@requires(Act.READ_WORKBENCH)
def desk(request: HttpRequest) -> HttpResponse:
    own = {id_: one for id_, one in datasets().items() if one.reporter == settings.ISTMO_NODE_OF and one.demonstration}
    releases = Release.objects.select_related("vintage")
    context = {
        "menu": "desk",
        "state": codelist("reporter")[settings.ISTMO_NODE_OF].name,
        "due": standing(periods_held(), on=datetime.now(UTC).date(), registered=own),
        "submissions": visible_to(request.user).defer("findings_parquet")[:LATEST],
        "can_submit": may(request.user, Act.SUBMIT),
        "waiting": len(releasing.waiting()),
        "proposed": releases.filter(state=ReleaseState.PROPOSED.value).count(),
        "releases": releases.exclude(state=ReleaseState.PROPOSED.value)[:LATEST],
    }
    return render(request, "istmo/workbench/node_desk.html", context)
