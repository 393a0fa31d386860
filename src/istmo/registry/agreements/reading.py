"""An agreement's document, `istmo-agreement/1`: read it, say what is wrong with it, and give the bytes that are signed.

People write YAML; what is signed is the same content as canonical JSON. Every value is text in both: a number or a day
stands as it is printed, so no reader can take it for another. Whatever is not known is an error with its place:

    read_source(raw, name="pan-hti.yaml")   the agreement of a YAML source, and the bytes that its parties sign
    read_agreement(signed, name=...)        the agreement of a signed document
    read_file(raw, name=...)                either of the two, as a document with the signatures that it has

Whether an agreement may come into force is another question: see `istmo.registry.agreements.activation`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Any, TypeVar

from istmo.model.codes import codelist
from istmo.model.documents import only, read_document
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.agreements.fields import catalogue
from istmo.registry.agreements.record import (
    Agreement,
    AgreementParty,
    Annex,
    AuthorityKind,
    CapPeriod,
    Certainty,
    Clause,
    Condition,
    Contact,
    ContactKind,
    Direction,
    Exclusion,
    FieldRule,
    Flow,
    LegalBasis,
    PartyRole,
    StopsFor,
    Subject,
    VolumeCap,
)
from istmo.registry.signing import Signed, canonical, payload_of, read_signed

FORMAT = "istmo-agreement/1"
TYP = "istmo-agreement+jws"
RULE = "F72"
REQUIRED = (
    "format",
    "id",
    "version",
    "kind",
    "title",
    "languages",
    "parties",
    "purposes",
    "data",
    "exclusions",
    "flows",
    "conditions",
    "volume_cap",
    "retention_days",
    "onward",
    "deletion_proof",
    "breach_hours",
    "contacts",
    "signed_on",
    "in_force",
    "expires",
    "review",
    "suspension",
    "clauses",
    "terms",
)
OPTIONAL = ("notice_days", "stops_for", "dpia", "supersedes", "annexes")
PARTY = ("party", "authority", "authority_kind", "role")
PARTY_OPTIONAL = ("legal_basis", "supervisor")
BASIS = ("es", "en", "certainty", "checked_on")
FLOW = ("sender", "recipient", "directions")
CAP = ("count", "per")
CONTACT = ("party", "kind", "function", "address")
CLAUSE = ("number", "es", "en")
ANNEX = ("es", "en", "sha256")
TERMS = (
    "subjects",
    "frequency",
    "quality",
    "notice",
    "access",
    "audit",
    "accuracy",
    "statistics",
    "costs",
    "dispute",
    "termination",
)
"""What the parties agree for people to keep; the documentation of the format says what each is."""

_ID = re.compile(r"(?=.{3,64}$)[A-Za-z0-9]+(?:[:._-][A-Za-z0-9]+)*")
_PARTY = re.compile(r"[A-Z][A-Z0-9]{1,11}")
_CLAUSE = re.compile(r"[0-9A-Za-z().-]{1,16}")
_DAY = re.compile(r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,7}")
_LONGEST = 8000
_LONGEST_NOTICE = 1825
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_Kind = TypeVar("_Kind", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Source:
    """What a YAML source says; `payload` is what the parties sign, the source as canonical JSON."""

    agreement: Agreement
    payload: bytes


def read_source(raw: bytes, *, name: str) -> Source:
    """Raises `InvalidInput` with the place."""
    document = read_document(raw, name=name)
    payload = canonical(document) if isinstance(document, dict) else b""
    return Source(_read(document, digest=sha256(payload).hexdigest(), name=name), payload)


def read_agreement(document: Signed, *, name: str) -> Agreement:
    """The agreement that was signed; whose signatures hold is told by `istmo.registry.agreements.validity`."""
    return _read(payload_of(document, name=name), digest=document.digest, name=name)


def read_file(raw: bytes, *, name: str) -> Signed:
    """A YAML source, as a document that nobody has signed yet, or a signed document (JWS in JSON)."""
    if raw.lstrip().startswith(b"{") and b'"signatures"' in raw:
        document = read_signed(raw, typ=TYP, name=name)
        read_agreement(document, name=name)
        return document
    return Signed(TYP, read_source(raw, name=name).payload, ())


def _read(document: Any, *, digest: str, name: str) -> Agreement:
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise _refused(
            Text(es="No es un acuerdo de este formato.", en="This is not an agreement of this format."),
            f"{name}, format",
            Text(es=f"Comienza por «format: {FORMAT}».", en=f"It begins with “format: {FORMAT}”."),
        )
    fields = _block(document, REQUIRED, name, OPTIONAL)

    def at(key: str) -> str:
        return f"{name}, {key}"

    parties = tuple(_party(entry, place) for entry, place in _entries(fields["parties"], at("parties")))
    ids = _unique([entry.party for entry in parties], at("parties"))
    if len(ids) < 2:
        raise _refused(
            Text(es="Un acuerdo tiene al menos dos partes.", en="An agreement has two parties or more."), at("parties")
        )
    data = _data(fields["data"], at("data"))
    agreement = Agreement(
        id=_matching(_ID, fields["id"], at("id")),
        version=_number(fields["version"], at("version"), least=1),
        kind=_code("agreement_kind", fields["kind"], at("kind")),
        title=_text(fields["title"], at("title")),
        parties=parties,
        purposes=frozenset(_codes("purpose", fields["purposes"], at("purposes"))),
        categories=frozenset(data),
        fields=tuple(FieldRule(field, category) for category, listed in data.items() for field in listed),
        exclusions=frozenset(_members(Exclusion, fields["exclusions"], at("exclusions"))),
        flows=_flows(fields["flows"], ids, at("flows")),
        conditions=frozenset(_members(Condition, fields["conditions"], at("conditions"))),
        volume_cap=_volume_cap(fields["volume_cap"], at("volume_cap")),
        retention_days=_number(fields["retention_days"], at("retention_days"), least=1),
        onward=frozenset(_matches(_PARTY, fields["onward"], at("onward"))),
        deletion_proof=_yes(fields["deletion_proof"], at("deletion_proof")),
        contacts=tuple(_contact(entry, ids, place) for entry, place in _entries(fields["contacts"], at("contacts"))),
        dpia=_line(fields["dpia"], at("dpia")) if "dpia" in fields else "",
        signed_on=_day(fields["signed_on"], at("signed_on")),
        in_force=_day(fields["in_force"], at("in_force")),
        expires=_day(fields["expires"], at("expires")),
        review=_day(fields["review"], at("review")),
        suspension=_text(fields["suspension"], at("suspension")),
        supersedes=_matching(_ID, fields["supersedes"], at("supersedes")) if "supersedes" in fields else "",
        languages=tuple(_codes("language", fields["languages"], at("languages"))),
        clauses=_clauses(fields["clauses"], at("clauses")),
        digest=digest,
        breach_hours=_number(fields["breach_hours"], at("breach_hours"), least=1),
        terms=_terms(fields["terms"], at("terms")),
        annexes=tuple(_annex(entry, place) for entry, place in _entries(fields.get("annexes", []), at("annexes"))),
        notice_days=_number(fields.get("notice_days", "0"), at("notice_days"), least=0, most=_LONGEST_NOTICE),
        stops_for=_member(StopsFor, fields.get("stops_for", StopsFor.ALL.value), at("stops_for")),
    )
    _check_days(agreement, name)
    if agreement.supersedes == agreement.id:
        raise _refused(
            Text(es="Un acuerdo no se sustituye a sí mismo.", en="An agreement does not supersede itself."),
            at("supersedes"),
        )
    return agreement


def _check_days(agreement: Agreement, name: str) -> None:
    order = (("signed_on", "in_force"), ("in_force", "review"), ("review", "expires"))
    for first, second in order:
        if getattr(agreement, first) > getattr(agreement, second):
            raise _refused(
                Text(
                    es=f"El día de «{second}» es anterior al de «{first}».",
                    en=f"The day of “{second}” is before that of “{first}”.",
                ),
                f"{name}, {second}",
                Text(
                    es="El orden es: signed_on, in_force, review, expires.",
                    en="The order is: signed_on, in_force, review, expires.",
                ),
            )


def _party(entry: Any, place: str) -> AgreementParty:
    fields = _block(entry, PARTY, place, PARTY_OPTIONAL)
    return AgreementParty(
        party=_matching(_PARTY, fields["party"], f"{place}.party"),
        authority=_text(fields["authority"], f"{place}.authority"),
        role=_member(PartyRole, fields["role"], f"{place}.role"),
        legal_basis=_basis(fields["legal_basis"], f"{place}.legal_basis") if "legal_basis" in fields else None,
        authority_kind=_member(AuthorityKind, fields["authority_kind"], f"{place}.authority_kind"),
        supervisor=_text(fields["supervisor"], f"{place}.supervisor") if "supervisor" in fields else None,
    )


def _basis(entry: Any, place: str) -> LegalBasis:
    fields = _block(entry, BASIS[:3], place, BASIS[3:])
    return LegalBasis(
        citation=_text({"es": fields["es"], "en": fields["en"]}, place),
        certainty=_member(Certainty, fields["certainty"], f"{place}.certainty"),
        checked_on=_day(fields["checked_on"], f"{place}.checked_on") if "checked_on" in fields else None,
    )


def _data(value: Any, place: str) -> dict[str, list[str]]:
    """Category -> its fields, in the order of the document."""
    known = catalogue()
    if not isinstance(value, Mapping) or not value:
        raise _refused(Text(es="Se esperan las categorías de datos.", en="The categories of data are expected."), place)
    found = {}
    for category, listed in value.items():
        where = f"{place}.{category}"
        _code("data_category", category, place)
        found[category] = _unique([_known(field, known[category], at) for field, at in _entries(listed, where)], where)
    return found


def _flows(value: Any, ids: list[str], place: str) -> tuple[Flow, ...]:
    flows = tuple(_flow(entry, ids, where) for entry, where in _entries(value, place))
    if not flows:
        raise _refused(Text(es="Falta quién envía a quién.", en="Who sends to whom is missing."), place)
    _unique([f"{flow.sender}->{flow.recipient}" for flow in flows], place)
    return flows


def _flow(entry: Any, ids: list[str], place: str) -> Flow:
    fields = _block(entry, FLOW, place)
    sender = _known(fields["sender"], ids, f"{place}.sender")
    recipient = _known(fields["recipient"], ids, f"{place}.recipient")
    if sender == recipient:
        raise _refused(Text(es="Nadie se envía a sí mismo.", en="Nobody sends to themselves."), place)
    directions = _members(Direction, fields["directions"], f"{place}.directions")
    if not directions:
        raise _refused(Text(es="Falta el sentido.", en="The direction is missing."), f"{place}.directions")
    return Flow(sender, recipient, frozenset(directions))


def _volume_cap(value: Any, place: str) -> VolumeCap:
    fields = _block(value, CAP, place)
    return VolumeCap(
        _number(fields["count"], f"{place}.count", least=1), _member(CapPeriod, fields["per"], f"{place}.per")
    )


def _contact(entry: Any, ids: list[str], place: str) -> Contact:
    fields = _block(entry, CONTACT, place)
    return Contact(
        party=_known(fields["party"], ids, f"{place}.party"),
        kind=_member(ContactKind, fields["kind"], f"{place}.kind"),
        function=_text(fields["function"], f"{place}.function"),
        address=_line(fields["address"], f"{place}.address"),
    )


def _clauses(value: Any, place: str) -> Mapping[str, Clause]:
    fields = _block(value, [subject.value for subject in Subject], place)
    found = {}
    for subject in Subject:
        where = f"{place}.{subject.value}"
        clause = _block(fields[subject.value], CLAUSE, where)
        number = _matching(_CLAUSE, clause["number"], f"{where}.number")
        found[subject.value] = Clause(number, _text({"es": clause["es"], "en": clause["en"]}, where))
    return MappingProxyType(found)


def _terms(value: Any, place: str) -> Mapping[str, Text]:
    fields = _block(value, (), place, TERMS)
    return MappingProxyType({key: _text(fields[key], f"{place}.{key}") for key in TERMS if key in fields})


def _annex(entry: Any, place: str) -> Annex:
    fields = _block(entry, ANNEX, place)
    title = _text({"es": fields["es"], "en": fields["en"]}, place)
    return Annex(title, _matching(_SHA256, fields["sha256"], f"{place}.sha256"))


# --- values ---


def _block(value: Any, required: Iterable[str], place: str, optional: Iterable[str] = ()) -> Mapping[str, Any]:
    """A mapping with all of `required`, some of `optional` and nothing else."""
    try:
        return only(value, (*required, *optional), name=place, required=required)
    except InvalidInput as exc:
        raise _refused(exc.message, place, exc.advice) from None


def _entries(value: Any, place: str) -> list[tuple[Any, str]]:
    """The entries of a list, each with its place; an empty value is an empty list."""
    if not isinstance(value, list):
        raise _refused(
            Text(
                es="Se esperaba una lista entre corchetes o con guiones.",
                en="A list was expected, in brackets or with hyphens.",
            ),
            place,
        )
    return [(entry, f"{place}[{number}]") for number, entry in enumerate(value, 1)]


def _unique(values: list[str], place: str) -> list[str]:
    for number, value in enumerate(values):
        if value in values[:number]:
            raise _refused(Text(es=f"«{value}» está dos veces.", en=f"“{value}” stands twice."), place)
    return values


def _line(value: Any, place: str, *, allowed: str = "") -> str:
    """Text of one line that shows all that it holds: no control sign, no invisible sign, none that turns the line."""
    if not isinstance(value, str) or not value.strip():
        raise _refused(Text(es="Se esperaba un texto.", en="Text was expected."), place)
    if len(value) > _LONGEST:
        raise _refused(Text(es="El texto es demasiado largo.", en="The text is too long."), place)
    if any(unicodedata.category(sign) in _HIDDEN for sign in value if sign not in allowed):
        raise _refused(
            Text(es="El texto lleva signos que no se ven.", en="The text holds signs that cannot be seen."), place
        )
    return value


def _text(value: Any, place: str) -> Text:
    both = _block(value, ("es", "en"), place)
    return Text(**{key: _line(both[key], f"{place}.{key}", allowed="\n") for key in ("es", "en")})


def _number(value: Any, place: str, *, least: int, most: int = 9_999_999) -> int:
    written = _line(value, place)
    if not _NUMBER.fullmatch(written) or not least <= int(written) <= most:
        raise _refused(
            Text(
                es=f"«{written}» no es un número entero de {least} a {most}.",
                en=f"“{written}” is no whole number from {least} to {most}.",
            ),
            place,
        )
    return int(written)


def _day(value: Any, place: str) -> date:
    written = _line(value, place)
    try:
        if _DAY.fullmatch(written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise _refused(
        Text(es=f"«{written}» no es un día.", en=f"“{written}” is no day."),
        place,
        Text(es="Se escribe AAAA-MM-DD, de 1900 a 2199.", en="It is written YYYY-MM-DD, from 1900 to 2199."),
    )


def _yes(value: Any, place: str) -> bool:
    return _known(value, ("yes", "no"), place) == "yes"


def _matching(pattern: re.Pattern[str], value: Any, place: str) -> str:
    written = _line(value, place)
    if not pattern.fullmatch(written):
        raise _refused(
            Text(es=f"«{written}» no tiene la forma debida.", en=f"“{written}” does not have the form that it should."),
            place,
            Text(es=f"Forma: {pattern.pattern}", en=f"Form: {pattern.pattern}"),
        )
    return written


def _matches(pattern: re.Pattern[str], value: Any, place: str) -> list[str]:
    return _unique([_matching(pattern, entry, at) for entry, at in _entries(value, place)], place)


def _known(value: Any, allowed: Iterable[str], place: str) -> str:
    written = _line(value, place)
    if written not in allowed:
        named = ", ".join(allowed) or "–"
        raise _refused(
            Text(es=f"«{written}» no se conoce aquí.", en=f"“{written}” is not known here."),
            place,
            Text(es=f"Se permite: {named}.", en=f"Allowed: {named}."),
        )
    return written


def _code(list_: str, value: Any, place: str) -> str:
    return _known(value, codelist(list_).ids, place)


def _codes(list_: str, value: Any, place: str) -> list[str]:
    codes = _unique([_code(list_, entry, at) for entry, at in _entries(value, place)], place)
    if not codes:
        raise _refused(Text(es="La lista está vacía.", en="The list is empty."), place)
    return codes


def _member(kind: type[_Kind], value: Any, place: str) -> _Kind:
    return kind(_known(value, [one.value for one in kind], place))


def _members(kind: type[_Kind], value: Any, place: str) -> list[_Kind]:
    written = _unique([_member(kind, entry, at) for entry, at in _entries(value, place)], place)
    return [kind(one) for one in written]


def _refused(message: Text, place: str, advice: Text | None = None) -> InvalidInput:
    return InvalidInput(message, place=place, advice=advice, rule=RULE)
