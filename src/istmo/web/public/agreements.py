"""The public register of agreements: what may be exchanged between whom, under which text, in which state today.

Only what every party has signed is here: a text under negotiation is the parties'. With it, how often the Secretariat
exchanged data with each party in a year.
"""

import csv
import io
from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from istmo.installation.delivery.yearly import THRESHOLD, Told, Yearly, yearly_counts
from istmo.installation.registry_copy.held import held_registry
from istmo.registry.agreements.plain import party_name
from istmo.registry.agreements.register import Entry
from istmo.registry.parties import SECRETARIAT
from istmo.registry.snapshot import Snapshot
from istmo.web.agreements import shown
from istmo.web.agreements.registry import ABSENT, attachment, found, signed_answer, source_answer

WITHHELD = "s"
COLUMNS = ("year", "party_1", "party_2", "exchanges", "status")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    now = datetime.now(UTC)
    try:
        held = held_registry()
        snapshot, entries = held(), [entry for entry in held.agreements() if entry.was_signed]
    except ABSENT as error:
        return render(request, "istmo/agreements/register.html", {"section": "agreements", "absent": error})
    context = {
        "section": "agreements",
        "rows": [shown.row(entry, snapshot, now) for entry in entries],
        "any_demonstration": any(entry.is_demonstration for entry in entries),
        "names": {party.id: party.name for party in snapshot.parties.values()},
        "counts": [(one, [party_name(party) for party in one.parties]) for one in _counts(entries, now)],
        "threshold": THRESHOLD,
        "snapshot": snapshot,
        "today": now.date(),
    }
    return render(request, "istmo/agreements/register.html", context)


@require_safe
def agreement(request: HttpRequest, id_: str, version: int) -> HttpResponse:
    snapshot, entry = _public(id_, version)
    context = {"section": "agreements", **shown.body(entry, snapshot, datetime.now(UTC))}
    return render(request, "istmo/agreements/public.html", context)


@require_safe
def signed_file(request: HttpRequest, id_: str, version: int) -> HttpResponse:
    return signed_answer(_public(id_, version)[1])


@require_safe
def source_file(request: HttpRequest, id_: str, version: int) -> HttpResponse:
    return source_answer(_public(id_, version)[1])


@require_safe
def counts_file(request: HttpRequest) -> HttpResponse:
    try:
        entries = [entry for entry in held_registry().agreements() if entry.was_signed]
    except ABSENT as error:
        raise Http404 from error
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(one) for one in _counts(entries, datetime.now(UTC)))
    return attachment(text.getvalue(), "istmo-exchanges.csv", "text/csv")


def _cells(one: Yearly) -> tuple[str, ...]:
    count = WITHHELD if one.told is Told.WITHHELD else str(one.count)
    return (str(one.year), *one.parties, count, one.told.value)


def _counts(entries: list[Entry], now: datetime) -> tuple[Yearly, ...]:
    return yearly_counts([entry.agreement for entry in entries], own=SECRETARIAT, now=now)


def _public(id_: str, version: int) -> tuple[Snapshot, Entry]:
    snapshot, entry = found(id_, version)
    if not entry.was_signed:
        raise Http404
    return snapshot, entry
