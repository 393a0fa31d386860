"""What a decision looks at, as flat values: `Facts` for the floor, `Standing` for the agreement named.

Both twins read the same record: the rules in Python take it as it is, the rules in Cedar as their context. It is made
once, here, from the request and the registry; every attribute is always there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from istmo.policy.request import FACETS, Request
from istmo.policy.states import REFUGEE, states_of, unsure
from istmo.registry.agreements.record import Agreement, AuthorityKind, Direction
from istmo.registry.agreements.stopping import concerns, denounced_from
from istmo.registry.agreements.stopping import suspended as suspended_by
from istmo.registry.parties import Party, PartyKind
from istmo.registry.snapshot import Snapshot

NO_NEED = "NONE_FOUND"
UNREADABLE = "UNREADABLE"
_FACETS = (*FACETS, "birth")


@dataclass(frozen=True, slots=True)
class Facts:
    """Facets are sets of States (`istmo.policy.states`); where nothing is about a person they are empty.

    `asks`: who asks and every State that it passes data on to. `receives`: the same of who receives, with those whom
    the agreement lets it pass data on to. `reaches_state`: whether one of them is a State, or not known to be none.
    `presumed_only`: presumed and neither declared, presented nor verified. `unsure`: a facet may mean any State.
    """

    sender: str
    recipient: str
    direction: Direction
    person: bool
    purpose: str
    categories: frozenset[str]
    fields: frozenset[str]
    protection: str
    asylum_informed: bool
    consent: bool
    child: bool
    best_interests: bool
    refugee_document: bool
    declared: frozenset[str]
    presented: frozenset[str]
    presumed: frozenset[str]
    verified: frozenset[str]
    birth: frozenset[str]
    residence: frozenset[str]
    feared: frozenset[str]
    presumed_only: frozenset[str]
    unsure: bool
    asks: frozenset[str]
    receives: frozenset[str]
    reaches_state: bool
    secretariat: bool
    asylum_authorities: bool

    @property
    def facets(self) -> tuple[frozenset[str], ...]:
        return (
            self.declared,
            self.presented,
            self.presumed,
            self.verified,
            self.birth,
            self.residence,
            self.feared,
        )

    @property
    def need(self) -> bool:
        """Whether the person needs protection, or may: only a dated screening that found none says that they do not."""
        screened = self.protection == NO_NEED and self.asylum_informed and self.consent
        contradicted = bool(self.feared) or self.refugee_document
        return not screened or contradicted or (self.child and not self.best_interests)

    @property
    def reaches_origin(self) -> bool:
        """Whether it would reach a State of any facet; where a facet is unsure, or none is known, any State may be."""
        named = any(self.receives & facet for facet in self.facets)
        return named or (self.reaches_state and (self.unsure or not any(self.facets)))


@dataclass(frozen=True, slots=True)
class Standing:
    """How the agreement named, and the two parties, stand. `on` is the day asked about as its proleptic ordinal.

    `active`: both take part that day, and are two. `fresh`: the registry is. A suspension, and a denunciation that
    acts today, holds whatever day is asked about, so that no choice of a day gets round it.
    """

    agreement: str
    agreement_version: int
    on: int
    active: bool
    fresh: bool
    suspended: bool
    superseded: bool
    denounced: bool


def facts_of(request: Request, agreement: Agreement | None, parties: Mapping[str, Party]) -> Facts:
    asker = request.sender if request.direction is Direction.ASK else request.recipient
    receives = reached({request.recipient, *(agreement.onward if agreement else ())}, parties)
    subject = request.subject
    recorded: dict[str, frozenset[str]] = {name: getattr(subject, name) if subject else frozenset() for name in _FACETS}
    facets = {name: states_of(codes) for name, codes in recorded.items()}
    written = frozenset().union(*recorded.values())
    return Facts(
        sender=request.sender,
        recipient=request.recipient,
        direction=request.direction,
        person=request.is_personal,
        purpose=request.purpose,
        categories=request.categories,
        fields=request.fields,
        protection=subject.protection if subject else UNREADABLE,
        asylum_informed=subject is not None and subject.asylum_informed,
        consent=subject is not None and subject.consent,
        child=subject is None or subject.child,
        best_interests=subject is not None and subject.best_interests,
        refugee_document=bool(written & REFUGEE),
        presumed_only=facets["presumed"] - (subject.national if subject else frozenset()),
        unsure=unsure(written),
        asks=reached({asker}, parties),
        receives=receives,
        reaches_state=any(name not in parties or parties[name].kind.is_state for name in receives),
        secretariat=any(
            name in parties and parties[name].kind is PartyKind.SECRETARIAT
            for name in (request.sender, request.recipient)
        ),
        asylum_authorities=agreement is not None and _between_asylum_authorities(agreement, request),
        **facets,
    )


def reached(names: Iterable[str], parties: Mapping[str, Party]) -> frozenset[str]:
    """`names` and everyone to whom data are passed on from them, however many steps away."""
    found: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead.extend(parties[name].passes_on_to if name in parties else ())
    return frozenset(found)


def standing_of(
    request: Request, agreement: Agreement, *, snapshot: Snapshot, superseded: bool, now: datetime
) -> Standing:
    on = request.on or now.date()
    return Standing(
        agreement=agreement.id,
        agreement_version=agreement.version,
        on=on.toordinal(),
        active=request.sender != request.recipient
        and all(takes_part(name, snapshot, on) for name in (request.sender, request.recipient)),
        fresh=now < snapshot.expires,
        suspended=_suspended(request, agreement, snapshot, on, now),
        superseded=superseded,
        denounced=_denounced(request, agreement, snapshot, max(on, now.date())),
    )


def takes_part(name: str, snapshot: Snapshot, on: date) -> bool:
    party = snapshot.parties.get(name)
    return party is not None and party.active.holds(on)


def _suspended(request: Request, agreement: Agreement, snapshot: Snapshot, on: date, now: datetime) -> bool:
    """Whether it is suspended now, or was at any moment of another day that is asked about."""
    sender, recipient = request.sender, request.recipient
    if suspended_by(agreement, snapshot.suspensions, sender=sender, recipient=recipient, now=now) is not None:
        return True
    start = datetime.combine(on, time(), UTC)
    return on != now.date() and any(
        concerns(agreement, one, sender, recipient)
        and one.since <= now
        and one.since < start + timedelta(days=1)
        and (one.lifted_from is None or start < one.lifted_from)
        for one in snapshot.suspensions
    )


def _denounced(request: Request, agreement: Agreement, snapshot: Snapshot, on: date) -> bool:
    day = denounced_from(agreement, snapshot.denunciations, sender=request.sender, recipient=request.recipient)
    return day is not None and day <= on


def _between_asylum_authorities(agreement: Agreement, request: Request) -> bool:
    kinds = {entry.party: entry.authority_kind for entry in agreement.parties}
    return all(kinds.get(name) is AuthorityKind.ASYLUM for name in (request.sender, request.recipient))
