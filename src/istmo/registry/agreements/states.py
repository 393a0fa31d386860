"""In which state is an agreement at a moment? One table of moves; the state, its path and the diagram all come from it.

Nobody sets a state. It follows from what has happened: who signed, which day it is, who suspended, denounced or
superseded. A suspension acts at its moment, days begin at midnight UTC, and `expires` is the last day in force.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType

from istmo.model.codes import codelist
from istmo.model.text import Text
from istmo.registry.agreements.record import Agreement
from istmo.registry.agreements.stopping import ended_from, is_held
from istmo.registry.snapshot import Snapshot, Suspension


class Status(StrEnum):
    """The codes of `agreement_status`."""

    DRAFT = "DRAFT"
    PROPOSED = "PROPOSED"
    SIGNED = "SIGNED"
    IN_FORCE = "IN_FORCE"
    SUSPENDED = "SUSPENDED"
    DENOUNCED = "DENOUNCED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"

    @property
    def label(self) -> Text:
        return codelist("agreement_status")[self.value].name


class Event(StrEnum):
    """What moves an agreement on. At one moment they count in this order."""

    PROPOSE = "propose"
    SIGN = "sign"
    ENTER = "enter"
    SUSPEND = "suspend"
    LIFT = "lift"
    SUPERSEDE = "supersede"
    DENOUNCE = "denounce"
    EXPIRE = "expire"

    @property
    def label(self) -> Text:
        return _EVENTS[self]


_EVENTS = {
    Event.PROPOSE: Text(es="se propone a las partes", en="proposed to the parties"),
    Event.SIGN: Text(es="firma una parte", en="a party signs"),
    Event.ENTER: Text(es="todas firmaron y llegó el día", en="all have signed and the day has come"),
    Event.SUSPEND: Text(es="una parte suspende", en="a party suspends"),
    Event.LIFT: Text(es="se levanta la última suspensión", en="the last suspension is lifted"),
    Event.SUPERSEDE: Text(es="rige otro que lo sustituye", en="another that supersedes it is in force"),
    Event.DENOUNCE: Text(es="una parte denuncia", en="a party denounces"),
    Event.EXPIRE: Text(es="pasó el último día", en="the last day has passed"),
}

MOVES: Mapping[tuple[Status, Event], Status] = MappingProxyType(
    {
        (Status.DRAFT, Event.PROPOSE): Status.PROPOSED,
        (Status.PROPOSED, Event.SIGN): Status.SIGNED,
        (Status.SIGNED, Event.ENTER): Status.IN_FORCE,
        (Status.SIGNED, Event.SUPERSEDE): Status.SUPERSEDED,
        (Status.SIGNED, Event.DENOUNCE): Status.DENOUNCED,
        (Status.SIGNED, Event.EXPIRE): Status.EXPIRED,
        (Status.IN_FORCE, Event.SUSPEND): Status.SUSPENDED,
        (Status.IN_FORCE, Event.SUPERSEDE): Status.SUPERSEDED,
        (Status.IN_FORCE, Event.DENOUNCE): Status.DENOUNCED,
        (Status.IN_FORCE, Event.EXPIRE): Status.EXPIRED,
        (Status.SUSPENDED, Event.LIFT): Status.IN_FORCE,
        (Status.SUSPENDED, Event.SUPERSEDE): Status.SUPERSEDED,
        (Status.SUSPENDED, Event.DENOUNCE): Status.DENOUNCED,
        (Status.SUSPENDED, Event.EXPIRE): Status.EXPIRED,
    }
)

OWNERS: Mapping[Status, Text] = MappingProxyType(
    {
        Status.DRAFT: Text(es="quien lo redacta", en="whoever drafts it"),
        Status.PROPOSED: Text(es="las partes, que lo estudian", en="the parties, who study it"),
        Status.SIGNED: Text(es="las partes que aún no firman", en="the parties that have not signed yet"),
        Status.IN_FORCE: Text(es="los puntos de contacto del acuerdo", en="the contacts of the agreement"),
        Status.SUSPENDED: Text(es="la parte que suspendió", en="the party that suspended it"),
        Status.DENOUNCED: Text(es="el registro, que lo conserva", en="the registry, which keeps it"),
        Status.EXPIRED: Text(es="el registro, que lo conserva", en="the registry, which keeps it"),
        Status.SUPERSEDED: Text(es="el registro, que lo conserva", en="the registry, which keeps it"),
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """A move of an agreement: `at` is None for what has no date of its own (a signature carries none)."""

    before: Status
    event: Event
    after: Status
    at: datetime | None


def state(
    agreement: Agreement,
    *,
    now: datetime,
    signatures: Collection[str],
    suspensions: Iterable[Suspension] = (),
    supersessions: Iterable[Agreement] = (),
    denounced: date | None = None,
    proposed: bool = False,
) -> Status:
    """The state at `now` (UTC).

    `signatures` are the parties whose signature counts (`validity`); `supersessions` are valid agreements, of which
    those that supersede this one count; `denounced` is the first day on which, by denunciation, nothing is left of it.
    """
    steps = path(
        agreement,
        now=now,
        signatures=signatures,
        suspensions=suspensions,
        supersessions=supersessions,
        denounced=denounced,
        proposed=proposed,
    )
    return steps[-1].after if steps else Status.DRAFT


def path(
    agreement: Agreement,
    *,
    now: datetime,
    signatures: Collection[str],
    suspensions: Iterable[Suspension] = (),
    supersessions: Iterable[Agreement] = (),
    denounced: date | None = None,
    proposed: bool = False,
) -> tuple[Step, ...]:
    """How the agreement came to its state, move by move; see `state`."""
    signed = agreement.party_ids & frozenset(signatures)
    complete = signed == agreement.party_ids
    undated = [Event.PROPOSE] * (proposed or bool(signed)) + [Event.SIGN] * bool(signed)
    replaced = [one.in_force for one in supersessions if one.replaces(agreement)]
    dated = [
        *([(_midnight(agreement.in_force), Event.ENTER)] if complete else []),
        *_interruptions(agreement, suspensions),
        *((_midnight(day), Event.SUPERSEDE) for day in replaced),
        *([(_midnight(denounced), Event.DENOUNCE)] if denounced else []),
        (_midnight(agreement.expires + timedelta(days=1)), Event.EXPIRE),
    ]
    order = list(Event)
    happened = sorted((one for one in dated if one[0] <= now), key=lambda one: (one[0], order.index(one[1])))
    steps: list[Step] = []
    status = Status.DRAFT
    for at, event in [*((None, event) for event in undated), *happened]:
        after = MOVES.get((status, event))
        if after is not None:
            steps.append(Step(status, event, after, at))
            status = after
    return tuple(steps)


def state_in(snapshot: Snapshot, agreement: Agreement, now: datetime) -> Status:
    """The state of an agreement of a snapshot, which holds only what every party signed."""
    return state(
        agreement,
        now=now,
        signatures=agreement.party_ids,
        suspensions=snapshot.suspensions,
        supersessions=snapshot.agreements.values(),
        denounced=ended_from(agreement, snapshot.denunciations),
    )


def diagram() -> str:
    """The states as a Mermaid diagram, for the documentation."""
    lines = ["stateDiagram-v2", f"    [*] --> {Status.DRAFT}"]
    lines += [f"    {before} --> {after}: {event.label.en}" for (before, event), after in MOVES.items()]
    ends = [status for status in Status if not any(before is status for before, _ in MOVES)]
    return "\n".join([*lines, *(f"    {status} --> [*]" for status in ends)])


def _interruptions(agreement: Agreement, suspensions: Iterable[Suspension]) -> Iterator[tuple[datetime, Event]]:
    """When the whole agreement is held up and when no longer; what was said before it began holds from its start."""
    start = _midnight(agreement.in_force)
    ours = [one for one in suspensions if one.agreement == agreement.id]
    moments = {start, *(one.since for one in ours), *(one.lifted_from for one in ours if one.lifted_from)}
    held = False
    for moment in sorted(moment for moment in moments if moment >= start):
        holds = is_held(agreement, ours, moment)
        if holds != held:
            yield moment, Event.SUSPEND if holds else Event.LIFT
        held = holds


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
