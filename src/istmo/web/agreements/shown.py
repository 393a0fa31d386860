"""An agreement as pages show it: codes with their names, days, who signed, what it says in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.safestring import SafeString

from istmo.model.codes import codelist
from istmo.model.text import Text
from istmo.policy.compiling.documents import explained
from istmo.registry.agreements.fields import catalogue
from istmo.registry.agreements.plain import NAMES, party_name
from istmo.registry.agreements.record import Agreement, Direction, StopsFor, Subject
from istmo.registry.agreements.register import Entry, is_demonstration
from istmo.registry.agreements.states import Status
from istmo.registry.agreements.stopping import ended_from, unbound_from
from istmo.registry.agreements.validity import Flawed
from istmo.registry.snapshot import Denunciation, Snapshot, Suspension
from istmo.web.agreements.diagram import diagram

PILLS = {
    Status.IN_FORCE: "ok",
    Status.SUSPENDED: "err",
    Status.SIGNED: "warn",
    Status.PROPOSED: "warn",
    Status.DRAFT: "warn",
}


@dataclass(frozen=True, slots=True)
class Leaving:
    """A party's denunciation: `day` is the first on which it is not bound, `acts` whether that has come."""

    said: Denunciation
    name: Text
    day: date
    acts: bool


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in a list."""

    entry: Entry
    kind: Text
    purposes: tuple[Text, ...]
    categories: tuple[Text, ...]
    suspensions: tuple[Suspension, ...]
    leaving: tuple[Leaving, ...]
    ends: date | None
    """The first day on which, by denunciation, nothing is left of it."""

    @property
    def agreement(self) -> Agreement:
        return self.entry.agreement

    @property
    def status(self) -> Status:
        return self.entry.status

    @property
    def pill(self) -> str:
        return PILLS.get(self.entry.status, "")

    @property
    def missing(self) -> tuple[str, ...]:
        return self.entry.missing


def row(entry: Entry, snapshot: Snapshot, now: datetime) -> Row:
    agreement = entry.agreement
    return Row(
        entry,
        codelist("agreement_kind")[agreement.kind].name,
        names("purpose", agreement.purposes),
        names("data_category", agreement.categories),
        holding(agreement, snapshot, now),
        leaving(agreement, snapshot, now),
        ended_from(agreement, snapshot.denunciations),
    )


def names(list_: str, ids: Iterable[str]) -> tuple[Text, ...]:
    return tuple(codelist(list_)[id_].name for id_ in sorted(ids))


def holding(agreement: Agreement, snapshot: Snapshot, now: datetime) -> tuple[Suspension, ...]:
    """The suspensions by its own parties that hold now, the earliest first."""
    found = [
        one
        for one in snapshot.suspensions
        if one.agreement == agreement.id and one.party in agreement.party_ids and one.holds(now)
    ]
    return tuple(sorted(found, key=lambda one: one.since))


def leaving(agreement: Agreement, snapshot: Snapshot, now: datetime) -> tuple[Leaving, ...]:
    """The earliest denunciation of each party, in the order of their days."""
    first: dict[str, Leaving] = {}
    for one in snapshot.denunciations:
        if one.agreement == agreement.id and one.party in agreement.party_ids:
            day = unbound_from(agreement, one)
            if one.party not in first or day < first[one.party].day:
                first[one.party] = Leaving(one, party_name(one.party), day, day <= now.date())
    return tuple(sorted(first.values(), key=lambda one: (one.day, one.said.party)))


def body(entry: Entry, snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    """What `istmo/agreements/body.html` shows."""
    agreement = entry.agreement
    return {
        "row": row(entry, snapshot, now),
        "entry": entry,
        "agreement": agreement,
        "demonstration_agreement": is_demonstration(agreement),
        "suspensions": [(one, party_name(one.party)) for one in holding(agreement, snapshot, now)],
        "leaving": leaving(agreement, snapshot, now),
        "for_all": agreement.stops_for is StopsFor.ALL,
        "past_suspensions": [
            one for one in snapshot.suspensions if one.agreement == agreement.id and one.lifted_from is not None
        ],
        "reading": [section for section in explained(agreement)[1:] if section.heading.en != "Clauses"],
        "flows": [
            (flow, party_name(flow.sender), party_name(flow.recipient), [NAMES[one] for one in directions(flow)])
            for flow in agreement.flows
        ],
        "fields": fields(agreement),
        "parties": [
            (one, party_name(one.party), NAMES[one.role], NAMES[one.authority_kind], certainty(one))
            for one in agreement.parties
        ],
        "clauses": [(NAMES[Subject(subject)], clause) for subject, clause in agreement.clauses.items()],
        "signatures": signatures(agreement, entry.signed, entry.flawed),
        "steps": entry.steps,
        "diagram": drawn(entry),
        "file": file_name(agreement),
    }


def directions(flow: Any) -> list[Direction]:
    return [one for one in Direction if one in flow.directions]


def certainty(party: Any) -> Text | None:
    return NAMES[party.legal_basis.certainty] if party.legal_basis is not None else None


def fields(agreement: Agreement) -> list[tuple[str, Text, list[tuple[str, Text]]]]:
    """Category, its name, and the fields of it that may travel."""
    return [
        (
            category,
            codelist("data_category")[category].name,
            [(rule.name, catalogue()[category][rule.name]) for rule in agreement.fields if rule.category == category],
        )
        for category in sorted(agreement.categories)
    ]


def signatures(
    agreement: Agreement, signed: frozenset[str], flawed: Iterable[Flawed]
) -> list[tuple[str, Text, bool, list[Flawed]]]:
    """Each party, whether its signature counts, and those of its signatures that do not."""
    listed = list(flawed)
    return [
        (one.party, party_name(one.party), one.party in signed, [flaw for flaw in listed if flaw.party == one.party])
        for one in agreement.parties
    ]


def strangers(agreement: Agreement, flawed: Iterable[Flawed]) -> list[Flawed]:
    """Signatures by keys that are nobody's here, or of those who are no party."""
    return [one for one in flawed if one.party not in agreement.party_ids]


def drawn(entry: Entry) -> SafeString:
    return diagram([(step.before, step.event) for step in entry.steps], entry.status)


def file_name(agreement: Agreement) -> str:
    """The name of its file, without an ending: letters, digits, hyphens and dots alone."""
    return f"{agreement.id.replace(':', '-')}-v{agreement.version}"
