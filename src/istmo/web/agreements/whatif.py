"""What would happen if? A request about an invented person, decided under an agreement of the registry.

What is asked is decided and forgotten: it is not stored, not logged, and not kept while somebody confirms who they are.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from istmo.installation.registry_copy.held import held_registry
from istmo.model.codes import codelist
from istmo.model.findings import rules
from istmo.model.text import Text
from istmo.policy import Simulation, simulated
from istmo.policy.compiling.vectors import vectors
from istmo.policy.outcome import FOR_CLERK
from istmo.policy.request import FACETS
from istmo.registry.agreements.fields import catalogue
from istmo.registry.agreements.plain import NAMES
from istmo.registry.agreements.record import AGGREGATES, Agreement, Direction
from istmo.registry.snapshot import Snapshot
from istmo.web.agreements.registry import ABSENT, frame
from istmo.web.common.permissions import Act, requires

LONGEST = 400
FACET_NAMES = {
    "declared": Text(es="Nacionalidad declarada", en="Declared nationality"),
    "presented": Text(es="Nacionalidad del documento presentado", en="Nationality of the document presented"),
    "presumed": Text(es="Nacionalidad presunta", en="Presumed nationality"),
    "verified": Text(es="Nacionalidad verificada", en="Verified nationality"),
    "residence": Text(es="Estados de residencia anterior", en="States of former residence"),
    "feared": Text(es="Estados de los que teme persecución", en="States of feared persecution"),
}
TRUTHS = {
    "asylum_informed": Text(
        es="Se le informó sobre el asilo hace 30 días o menos", en="Informed about asylum 30 days ago or less"
    ),
    "consent": Text(es="Consintió por escrito hace 72 horas o menos", en="Consented in writing 72 hours ago or less"),
    "child": Text(es="Es una niña, un niño o adolescente", en="Is a child"),
    "best_interests": Text(es="Se determinó su interés superior", en="Their best interests were determined"),
}
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of the form."""

    value: str
    name: Text
    chosen: bool


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.SIMULATE)
def page(request: HttpRequest) -> HttpResponse:
    now, context = datetime.now(UTC), frame(request, "whatif")
    try:
        snapshot = held_registry()()
    except ABSENT as error:
        return render(request, "istmo/agreements/whatif.html", {**context, "absent": error})
    chosen = (request.POST if request.method == "POST" else request.GET).get("agreement", "")
    context |= {"agreements": list(snapshot.agreements.values()), "chosen": chosen}
    if not chosen:
        return render(request, "istmo/agreements/whatif.html", context)
    agreement = snapshot.agreements.get(chosen)
    if agreement is None:
        raise Http404
    if request.method == "POST":
        asked = asked_of(request.POST, agreement)
        context |= _decided(simulated(agreement, asked, snapshot, now), asked)
        context["carried"] = [
            (name, value)
            for name in request.POST
            if name != "csrfmiddlewaretoken"
            for value in request.POST.getlist(name)
        ]
    else:
        asked = example(agreement, now)
    return render(
        request,
        "istmo/agreements/whatif.html",
        {**context, "agreement": agreement, **_form(asked, agreement, snapshot)},
    )


def example(agreement: Agreement, now: datetime) -> Mapping[str, Any]:
    """What to begin from: the first request that the agreement permits, asked for today."""
    made = vectors(agreement)
    first = next((one for one in made if not one.rule), made[0])
    return {**first.request, "on": now.date().isoformat()}


def asked_of(posted: QueryDict, agreement: Agreement) -> dict[str, Any]:
    """The request that the form describes, as `istmo decide` takes it. Nothing is mended: what is odd is refused."""
    return {
        "sender": posted.get("sender", ""),
        "recipient": posted.get("recipient", ""),
        "direction": posted.get("direction", ""),
        "purpose": posted.get("purpose", ""),
        "categories": posted.getlist("categories"),
        "fields": posted.getlist("fields"),
        "agreement": agreement.id,
        "on": posted.get("on", ""),
        "subject": _subject(posted) if posted.get("about") != "nobody" else None,
    }


def _subject(posted: QueryDict) -> dict[str, Any]:
    birth = _codes(posted.get("birth", ""))
    return {
        **{name: _codes(posted.get(name, "")) for name in FACETS},
        "birth": " ".join(birth) if birth else None,
        "protection": posted.get("protection", ""),
        **{name: name in posted for name in TRUTHS},
    }


def _codes(text: str) -> list[str]:
    return [part for part in _BETWEEN.split(text[:LONGEST].upper()) if part]


def _decided(found: Simulation, asked: Mapping[str, Any]) -> dict[str, Any]:
    permitted = found.decision == "permit"
    es, en = _named(asked["fields"])
    return {
        "found": found,
        "permitted": permitted,
        "rule": rules().get(found.rule),
        "for_clerk": Text(es=f"Permitido: {es}.", en=f"Permitted: {en}.") if permitted else FOR_CLERK,
        "for_peer": found.public_answer
        or Text(es=f"Recibe estos campos y ningún otro: {es}.", en=f"It gets these fields and no other: {en}."),
    }


def _named(fields: Iterable[str]) -> tuple[str, str]:
    """The names of fields in Spanish and in English, as the catalogue orders them."""
    asked = frozenset(fields)
    known = [text for named in catalogue().values() for name, text in named.items() if name in asked]
    return ", ".join(one.es for one in known), ", ".join(one.en for one in known)


def _form(asked: Mapping[str, Any], agreement: Agreement, snapshot: Snapshot) -> dict[str, Any]:
    subject = asked["subject"]
    known = subject or {}
    own = agreement.party_ids
    parties = sorted(snapshot.parties.values(), key=lambda one: (one.id not in own, one.id))
    listed = {rule.name for rule in agreement.fields}
    return {
        "senders": [Choice(one.id, one.name, one.id == asked["sender"]) for one in parties],
        "recipients": [Choice(one.id, one.name, one.id == asked["recipient"]) for one in parties],
        "directions": [Choice(one.value, NAMES[one], one.value == asked["direction"]) for one in Direction],
        "purposes": [Choice(one.id, one.name, one.id == asked["purpose"]) for one in codelist("purpose")],
        "categories": [Choice(one.id, one.name, one.id in asked["categories"]) for one in codelist("data_category")],
        "fields": [
            (
                codelist("data_category")[category].name,
                [Choice(name, text, name in asked["fields"]) for name, text in fields.items()],
                category in agreement.categories or any(name in asked["fields"] for name in fields),
            )
            for category, fields in catalogue().items()
            if fields
        ],
        "listed": listed,
        "on": asked["on"],
        "nobody": subject is None,
        "aggregates": agreement.categories == {AGGREGATES},
        "facets": [(name, text, " ".join(known.get(name, []))) for name, text in FACET_NAMES.items()],
        "birth": known.get("birth") or "",
        "protections": [
            Choice(one.id, one.name, one.id == known.get("protection")) for one in codelist("protection_state")
        ],
        "truths": [(name, text, bool(known.get(name))) for name, text in TRUTHS.items()],
    }
