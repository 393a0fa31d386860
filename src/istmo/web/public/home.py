"""The first page: the latest brief, the last month of each reporter, who reported, and what can be done here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from istmo.hub.briefs.editions import latest_published
from istmo.registry.members import members
from istmo.web.public import shown
from istmo.web.public.briefs import files_of
from istmo.web.public.published import latest_figures

KEY_SENTENCES = 3


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    brief = latest_published()
    context: dict[str, object] = {"section": "home", "names": {member.code: member.short for member in members()}}
    if brief is not None:
        figures = latest_figures(brief)
        month = brief.edition.month
        context |= {
            "brief": brief,
            "sentences": brief.sentences[:KEY_SENTENCES],
            "files": files_of(brief.edition),
            "figures": figures,
            "month": month,
            "previous": month.plus(-1),
            "year_before": month.plus(-12),
            "provisional": any("p" in figure.letters for figure in figures),
            "protection": shown.protection({sign for one in figures for sign in (one.text, *one.letters)}),
            "all_public": all(figure.dataset.public_at_source for figure in figures if figure.dataset),
            "sources": list(dict.fromkeys(figure.dataset.source for figure in figures if figure.dataset)),
        }
    return render(request, "istmo/home.html", context)
