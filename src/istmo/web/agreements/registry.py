"""The registry in force at this installation: parties and keys, agreements with what they lack, versions, copies."""

from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from istmo.installation.registry_copy.copy import MOST_KEPT
from istmo.installation.registry_copy.held import Held, held_registry
from istmo.model.errors import IntegrityFailure, NotFound
from istmo.registry.agreements.register import Entry, as_source
from istmo.registry.agreements.stopping import unbound_from
from istmo.registry.distribution.faults import RegistryRefused
from istmo.registry.keys import Use
from istmo.registry.parties import KeyRecord, Party
from istmo.registry.reference import Standing, carries_reference
from istmo.registry.snapshot import Denunciation, Snapshot
from istmo.web.agreements import shown
from istmo.web.common.permissions import Act, may, requires

ABSENT = (NotFound, IntegrityFailure, RegistryRefused)
"""Why there may be no registry to show: not fetched yet, damaged, or not what was signed."""


@require_safe
@requires(Act.READ_AGREEMENTS)
def index(request: HttpRequest) -> HttpResponse:
    now = datetime.now(UTC)
    context: dict[str, Any] = frame(request, "registry")
    try:
        held = held_registry()
        snapshot, entries, documents = held(), held.agreements(), held.documents()
    except ABSENT as error:
        return render(request, "istmo/agreements/registry.html", {**context, "absent": error})
    context |= {
        "snapshot": snapshot,
        "stale": snapshot.expires <= now,
        "history": held.history(),
        "most_kept": MOST_KEPT,
        "age": age(held, now),
        "last_failure": held.last_failure(),
        "parties": [(party, _keys(snapshot, party, now)) for party in _ordered(snapshot)],
        "rows": [shown.row(entry, snapshot, now) for entry in entries if entry.counts],
        "pending": [shown.row(entry, snapshot, now) for entry in entries if not entry.counts],
        "suspensions": snapshot.suspensions,
        "denunciations": [(one, _unbound(one, snapshot)) for one in snapshot.denunciations],
        "carries": carries_reference(documents),
        "differ": [one for one in held.compared() if one.needs_attention],
        "equal": sum(one.standing is Standing.EQUAL for one in held.compared()),
    }
    return render(request, "istmo/agreements/registry.html", context)


@require_safe
@requires(Act.READ_AGREEMENTS)
def agreement(request: HttpRequest, id_: str, version: int) -> HttpResponse:
    snapshot, entry = found(id_, version)
    context = {**frame(request, "registry"), **shown.body(entry, snapshot, datetime.now(UTC))}
    return render(request, "istmo/agreements/agreement.html", context)


@require_safe
@requires(Act.READ_AGREEMENTS)
def signed_file(request: HttpRequest, id_: str, version: int) -> HttpResponse:
    return signed_answer(found(id_, version)[1])


@require_safe
@requires(Act.READ_AGREEMENTS)
def source_file(request: HttpRequest, id_: str, version: int) -> HttpResponse:
    return source_answer(found(id_, version)[1])


def frame(request: HttpRequest, tab: str) -> dict[str, Any]:
    return {
        "menu": "agreements",
        "tab": tab,
        "may_simulate": may(request.user, Act.SIMULATE),
        "is_node": bool(settings.ISTMO_NODE_OF),
    }


def found(id_: str, version: int) -> tuple[Snapshot, Entry]:
    """An agreement of the registry held; 404 where there is none of that id and version, or no registry."""
    try:
        held = held_registry()
        snapshot, entries = held(), held.agreements()
    except ABSENT as error:
        raise Http404 from error
    for entry in entries:
        if (entry.agreement.id, entry.agreement.version) == (id_, version):
            return snapshot, entry
    raise Http404


def signed_answer(entry: Entry) -> HttpResponse:
    """The document as its parties signed it."""
    return attachment(
        entry.document.as_json() + "\n", f"{shown.file_name(entry.agreement)}.jws.json", "application/jose+json"
    )


def source_answer(entry: Entry) -> HttpResponse:
    return attachment(as_source(entry.document), f"{shown.file_name(entry.agreement)}.yaml", "application/yaml")


def attachment(content: str, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def age(held: Held, now: datetime) -> int | None:
    """Whole hours since the registry in use was taken; None for one that was not fetched."""
    used = [copy for copy in held.copies() if copy.in_use]
    return max(int((now - used[0].taken_at).total_seconds() // 3600), 0) if used else None


def _ordered(snapshot: Snapshot) -> list[Party]:
    kinds = list({party.kind: None for party in snapshot.parties.values()})
    order = sorted(kinds, key=lambda kind: list(type(kind)).index(kind))
    return sorted(snapshot.parties.values(), key=lambda party: (order.index(party.kind), party.id))


def _keys(snapshot: Snapshot, party: Party, now: datetime) -> list[tuple[KeyRecord, str]]:
    """The keys of a party, those to sign with first, and how each stands."""
    own = [record for record in snapshot.keys.records.values() if record.party == party.id]
    ordered = sorted(own, key=lambda one: (one.key.use is not Use.SIGNING, one.valid_from, one.key.kid))
    return [(record, _standing(record, now)) for record in ordered]


def _unbound(one: Denunciation, snapshot: Snapshot) -> date:
    """From which day the party is not bound; of an agreement that is not known here, the day that it names itself."""
    agreement = snapshot.agreements.get(one.agreement)
    return one.day if agreement is None else unbound_from(agreement, one)


def _standing(record: KeyRecord, now: datetime) -> str:
    if record.revoked_from is not None and record.revoked_from <= now:
        return "revoked"
    if now < record.valid_from:
        return "future"
    return "good" if record.is_good(now) else "past"
