"""The Conference: its members, observers, guests and organisations, bodies and presidencies, dated."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from istmo.registry.conference import conference
from istmo.registry.parties import PartyKind

TITLES = {
    PartyKind.MEMBER: _("Members"),
    PartyKind.OBSERVER: _("Observer States"),
    PartyKind.GUEST: _("Guest States"),
    PartyKind.ORGANISATION: _("Observer organisations"),
    PartyKind.SECRETARIAT: _("Secretariat"),
}


@require_safe
def page(request: HttpRequest, signed: Mapping[str, Any] | None = None) -> HttpResponse:
    """`signed`: by party how the signed focal points stand to the hub's directory; never who they are."""
    known = conference()
    names = {one.id: one.name for one in known.participants}
    presidencies = sorted(known.presidencies, key=lambda one: one.span.start or "")
    context = {
        "section": "method",
        "version": known.version,
        "groups": [(title, known.of_kind(kind)) for kind, title in TITLES.items()],
        "bodies": known.bodies,
        "presidencies": [(names[one.party], one) for one in presidencies],
        "signed": signed or {},
    }
    return render(request, "istmo/conference.html", context)
