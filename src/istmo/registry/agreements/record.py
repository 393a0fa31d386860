"""The record of an agreement: what was agreed, between whom, on which legal basis, for what, and under which limits.

A value without judgement: `istmo.registry.agreements.reading` makes it from a document, `…validity` says who signed,
`…states` in which state it is on a day, and `istmo.policy` what it permits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from istmo.model.text import Text

AGGREGATES = "AGG"


class Direction(StrEnum):
    """What a message does. A push is of aggregates only: nothing about a person is sent unasked (R54)."""

    ASK = "ask"
    ANSWER = "answer"
    PUSH = "push"


class PartyRole(StrEnum):
    CONTROLLER = "controller"
    PROCESSOR = "processor"


class Certainty(StrEnum):
    """How sure is the legal basis that a party names?"""

    VERIFIED = "verified"
    STATED = "stated"
    NONE = "none"


class AuthorityKind(StrEnum):
    """What the authority of a party does; data on asylum go between asylum authorities only (R28)."""

    MIGRATION = "migration"
    ASYLUM = "asylum"
    CHILD_PROTECTION = "child_protection"
    CONSULAR = "consular"
    CIVIL_REGISTRY = "civil_registry"
    HEALTH = "health"
    STATISTICS = "statistics"
    OTHER = "other"


class Exclusion(StrEnum):
    """People of whom nothing travels under an agreement, beyond those whom the protection floor keeps out of all."""

    ASYLUM = "ASYLUM"
    CHILD = "CHILD"
    TRAFFICKING = "TRAFFICKING"
    OWN_NATIONAL = "OWN_NATIONAL"


class Subject(StrEnum):
    """What a clause is about, so that a decision can name the clause that it rests on."""

    PARTIES = "parties"
    PURPOSES = "purposes"
    CATEGORIES = "categories"
    FIELDS = "fields"
    EXCLUSIONS = "exclusions"
    FLOWS = "flows"
    CONDITIONS = "conditions"
    VOLUME_CAP = "volume_cap"
    RETENTION = "retention"
    ONWARD = "onward"
    TERM = "term"
    SUSPENSION = "suspension"


class CapPeriod(StrEnum):
    DAY = "day"
    MONTH = "month"


class Condition(StrEnum):
    """What must hold before a request or an answer leaves. Each is enforced; a text may list no other."""

    CONSENT = "CONSENT"
    HIT_FIRST = "HIT_FIRST"
    HUMAN_REVIEW = "HUMAN_REVIEW"
    BEST_INTERESTS = "BEST_INTERESTS"
    NOTICE_GIVEN = "NOTICE_GIVEN"


class StopsFor(StrEnum):
    """Whom one party's suspension or denunciation stops: everybody, or only what goes from it and to it."""

    ALL = "all"
    PARTY = "party"


class ContactKind(StrEnum):
    LEGAL = "legal"
    TECHNICAL = "technical"
    DATA_PROTECTION = "data_protection"
    DUTY = "duty"


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """The law under which a party exchanges; `checked_on` is when `certainty` was last judged."""

    citation: Text
    certainty: Certainty
    checked_on: date | None


@dataclass(frozen=True, slots=True)
class AgreementParty:
    party: str
    authority: Text
    role: PartyRole
    legal_basis: LegalBasis | None
    authority_kind: AuthorityKind = AuthorityKind.OTHER
    supervisor: Text | None = None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A field that may travel, and the category of data that it belongs to."""

    name: str
    category: str


@dataclass(frozen=True, slots=True)
class Flow:
    """Who sends to whom, and in which directions."""

    sender: str
    recipient: str
    directions: frozenset[Direction]


@dataclass(frozen=True, slots=True)
class VolumeCap:
    """At most `count` messages of one sender to one recipient in a period (UTC)."""

    count: int
    per: CapPeriod


@dataclass(frozen=True, slots=True)
class Contact:
    party: str
    kind: ContactKind
    function: Text
    address: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of the text: decisions name it. `number` is as printed, for example "4" or "4(b)"."""

    number: str
    text: Text


@dataclass(frozen=True, slots=True)
class Annex:
    """A paper that belongs to the text, known by its SHA-256 (hexadecimal)."""

    title: Text
    sha256: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement. Days are those of UTC; `expires` is the last day in force. A denunciation acts `notice_days` after
    it was made, and never on the same day.

    `clauses` has a clause for each `Subject`; `terms` holds what the parties agreed for people to keep and no program
    enforces. `dpia` and `supersedes` are "" where there is none. `digest` is the SHA-256 (hexadecimal) of the document
    that the parties signed.
    """

    id: str
    version: int
    kind: str
    title: Text
    parties: tuple[AgreementParty, ...]
    purposes: frozenset[str]
    categories: frozenset[str]
    fields: tuple[FieldRule, ...]
    exclusions: frozenset[Exclusion]
    flows: tuple[Flow, ...]
    conditions: frozenset[Condition]
    volume_cap: VolumeCap
    retention_days: int
    onward: frozenset[str]
    deletion_proof: bool
    contacts: tuple[Contact, ...]
    dpia: str
    signed_on: date
    in_force: date
    expires: date
    review: date
    suspension: Text
    supersedes: str
    languages: tuple[str, ...]
    clauses: Mapping[str, Clause]
    digest: str
    breach_hours: int = 24
    terms: Mapping[str, Text] = field(default_factory=dict)
    annexes: tuple[Annex, ...] = ()
    notice_days: int = 0
    stops_for: StopsFor = StopsFor.ALL

    @property
    def is_person_level(self) -> bool:
        """Whether anything but aggregates may travel under it."""
        return bool(self.categories - {AGGREGATES})

    @property
    def party_ids(self) -> frozenset[str]:
        return frozenset(entry.party for entry in self.parties)

    def replaces(self, other: "Agreement") -> bool:
        """Whether it supersedes `other`: it says so, and all parties of `other` are its own. No one ends another's."""
        return self.supersedes == other.id and self.party_ids >= other.party_ids

    def basis_of(self, party: str) -> LegalBasis | None:
        return next((entry.legal_basis for entry in self.parties if entry.party == party), None)
