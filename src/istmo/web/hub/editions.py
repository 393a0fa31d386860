from django.shortcuts import render

from istmo.web.common.permissions import Act, requires


@requires(Act.READ_WORKBENCH)
def index(request):
    return render(request, "istmo/workbench/desk.html", {"menu": "editions"})
