"""A request to send something to somebody: who, to whom, what for, which fields, under which agreement, about whom.

`read_request` takes the document of `istmo decide`. Whatever in it is missing, unknown, null or of another shape makes
a refusal, never an exception: what cannot be read may not leave. Facets of nationality are lists and may be empty.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from istmo.model.codes import Codelist, codelist
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.policy.outcome import Refusal
from istmo.registry.agreements.fields import categories as categories_of_fields
from istmo.registry.agreements.record import AGGREGATES, Direction
from istmo.registry.signing import canonical

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOST = 200
"""The most entries of any list."""
FACETS = ("declared", "presented", "presumed", "verified", "residence", "feared")
_KEYS = frozenset({"sender", "recipient", "direction", "purpose", "categories", "fields", "agreement", "on", "subject"})
_SUBJECT = frozenset({"protection", "asylum_informed", *FACETS, "birth", "child", "best_interests", "consent"})


@dataclass(frozen=True, slots=True)
class Subject:
    """The person, as far as the floor must know. Each facet is a set of codes (`citizenship`) as they were recorded.

    `asylum_informed` and `consent` are true only if the asker checked their age: 30 days, 72 hours (R54).
    """

    protection: str
    asylum_informed: bool
    declared: frozenset[str]
    presented: frozenset[str]
    presumed: frozenset[str]
    verified: frozenset[str]
    birth: frozenset[str]
    residence: frozenset[str]
    feared: frozenset[str]
    child: bool
    best_interests: bool
    consent: bool

    @property
    def national(self) -> frozenset[str]:
        """Of what States the person says, shows or was found to be a national; presumed is never a ground (R33)."""
        return self.declared | self.presented | self.verified


@dataclass(frozen=True, slots=True)
class Request:
    """`subject` is None only where everything is an aggregate. `on` is the day asked about, None for now.

    A request that names a person is personal, whatever it says to send: aggregates are about nobody.
    """

    sender: str
    recipient: str
    direction: Direction
    purpose: str
    categories: frozenset[str]
    fields: frozenset[str]
    agreement: str
    on: date | None
    subject: Subject | None
    digest: str

    @property
    def is_personal(self) -> bool:
        return self.categories != frozenset({AGGREGATES}) or self.subject is not None


def read_request(document: object) -> Request | Refusal:
    """A `Request`, or the `Refusal` of one that cannot be read. Raises `InvalidInput` only for what is no object."""
    if not isinstance(document, Mapping):
        raise InvalidInput(
            Text(es="Una solicitud es un objeto JSON.", en="A request is a JSON object."),
            advice=Text(es="Vea la referencia de «istmo decide».", en="See the reference of “istmo decide”."),
            rule="F90",
        )
    try:
        return _request(document)
    except _Unreadable as unreadable:
        return unreadable.refusal


class _Unreadable(Exception):
    """`known` is the code list that the value is not in, named with its version: it may be another here than there."""

    def __init__(self, name: str, rule: str, known: object = None) -> None:
        super().__init__(name)
        version = f"{known.id} {known.version}" if isinstance(known, Codelist) else ""
        self.refusal = Refusal(
            rule,
            Text(
                es=f"«{name}» falta, no se conoce o no se puede leer{version and f' (lista {version})'}.",
                en=f"“{name}” is missing, not known or cannot be read{version and f' (list {version})'}.",
            ),
        )


def _request(document: Mapping[str, Any]) -> Request:
    unknown = sorted(str(key) for key in document if key not in _KEYS)
    if unknown:
        raise _Unreadable(unknown[0][:60], "R46")
    categories = _set(document.get("categories"), codelist("data_category"), "categories")
    known = categories_of_fields()
    fields = _set(document.get("fields"), known, "fields")
    if not categories:
        raise _Unreadable("categories", "R46")
    if not fields or {known[field] for field in fields} - categories:
        raise _Unreadable("fields", "R46")
    subject = document.get("subject")
    if subject is None and categories != {AGGREGATES}:
        raise _Unreadable("subject", "R29")
    return Request(
        sender=_text(document.get("sender"), "sender"),
        recipient=_text(document.get("recipient"), "recipient"),
        direction=Direction(_one(document.get("direction"), [one.value for one in Direction], "direction")),
        purpose=_one(document.get("purpose"), codelist("purpose"), "purpose"),
        categories=categories,
        fields=fields,
        agreement=_text(document.get("agreement"), "agreement"),
        on=_day(document.get("on")),
        subject=None if subject is None else _subject(subject),
        digest=_digest(document),
    )


def _subject(value: object) -> Subject:
    if not isinstance(value, Mapping):
        raise _Unreadable("subject", "R29")
    unknown = sorted(str(key) for key in value if key not in _SUBJECT)
    if unknown:
        raise _Unreadable(f"subject.{unknown[0][:60]}", "R29")
    states = codelist("citizenship")
    facets = {name: _set(value.get(name), states, f"subject.{name}", rule="R29") for name in FACETS}
    birth = value.get("birth")
    if "birth" not in value:
        raise _Unreadable("subject.birth", "R29")
    return Subject(
        protection=_one(value.get("protection"), codelist("protection_state"), "subject.protection", rule="R28"),
        asylum_informed=_truth(value.get("asylum_informed"), "subject.asylum_informed"),
        birth=frozenset() if birth is None else _set([birth], states, "subject.birth", rule="R29"),
        child=_truth(value.get("child"), "subject.child"),
        best_interests=_truth(value.get("best_interests"), "subject.best_interests"),
        consent=_truth(value.get("consent"), "subject.consent"),
        **facets,
    )


def _set(value: object, known: Any, name: str, *, rule: str = "R46") -> frozenset[str]:
    if not isinstance(value, list) or len(value) > MOST or not all(_is_one_of(one, known) for one in value):
        raise _Unreadable(name, rule, known)
    return frozenset(value)


def _one(value: object, known: Any, name: str, *, rule: str = "R46") -> str:
    if not _is_one_of(value, known):
        raise _Unreadable(name, rule, known)
    return str(value)


def _is_one_of(value: object, known: Any) -> bool:
    return isinstance(value, str) and value in known


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200 or not value.isprintable():
        raise _Unreadable(name, "R46")
    return value


def _truth(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise _Unreadable(name, "R29")
    return value


def _day(value: object) -> date | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise _Unreadable("on", "R46")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _Unreadable("on", "R46") from None


def _digest(document: Mapping[str, Any]) -> str:
    return sha256(canonical(document)).hexdigest()
