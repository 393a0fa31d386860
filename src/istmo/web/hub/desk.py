"""The overview of the workbench: what waits for the reader, the latest files, the months in work."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from istmo.installation.submissions.models import Submission
from istmo.web.common.permissions import Act, may, requires

LATEST = 5


@require_safe
@requires(Act.READ_WORKBENCH)
def desk(request: HttpRequest) -> HttpResponse:
    context = {
        "menu": "desk",
        "submissions": Submission.objects.defer("findings_parquet")[:LATEST],
        "can_submit": may(request.user, Act.SUBMIT),
    }
    return render(request, "istmo/workbench/desk.html", context)
