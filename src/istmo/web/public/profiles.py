"""A page for each source profile: what it reads, and its file."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from istmo.installation.mapping import versions
from istmo.intake.grammar import Profile
from istmo.registry.members import members


@require_safe
def profile(request: HttpRequest, profile_id: str) -> HttpResponse:
    found = _profile(profile_id)
    context = {
        "section": "reporters",
        "profile": found,
        "text": _source(found).decode("utf-8"),
        "names": {member.code: member.short for member in members()},
    }
    return render(request, "istmo/profile.html", context)


@require_safe
def profile_file(request: HttpRequest, profile_id: str) -> HttpResponse:
    found = _profile(profile_id)
    response = HttpResponse(_source(found), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.id}.yaml"'
    return response


def _profile(profile_id: str) -> Profile:
    """The version by which files are read here."""
    try:
        return versions.in_force()[profile_id]
    except KeyError:
        raise Http404 from None


def _source(profile: Profile) -> bytes:
    """The file of the profile, as it is hashed."""
    return versions.source_in_force(profile.id)[0]
