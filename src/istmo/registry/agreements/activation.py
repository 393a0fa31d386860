"""May an agreement come into force? What no text can change, whoever signed it; reading it is another question.

    activate(agreements)   those that may stand side by side, and why the others may not
    refusals(agreement)    why one may not, whatever else is in force
    overlaps(agreements)   the pairs that govern the same thing at the same time

Data on a person need a text that binds (`BINDING`). A readmission agreement is recorded under the kind of its text, a
treaty for example, and not as `READM`, so that what binds is said and not inferred from its subject.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations
from types import MappingProxyType

from istmo.model.codes import codelist
from istmo.model.text import Text
from istmo.registry.agreements.record import Agreement, AuthorityKind, Certainty, Direction
from istmo.registry.agreements.stopping import denounced_from
from istmo.registry.parties import SECRETARIAT
from istmo.registry.snapshot import Denunciation

DAY = timedelta(days=1)
BINDING = frozenset({"TREATY", "EXEC", "PROT"})
POLITICAL = frozenset({"RCM_DEC", "RCM_GUIDE", "RCM_COMM"})
WITHIN_A_STATE = frozenset({"CONV_INT"})
AGGREGATE_PURPOSES = frozenset({"STAT", "BORDER", "CRIM"})
MOVEMENT_PURPOSES = frozenset({"FAM_LINK", "REFERRAL"})
CRIMINAL, ASYLUM, MOVEMENT, ASYLUM_PURPOSE = "CRIMREC", "ASYLUM", "MOVE", "ASYLUM_RESP"


class Ground(StrEnum):
    """Why an agreement may not come into force."""

    POLITICAL = "political"
    WITHIN_A_STATE = "within_a_state"
    NON_BINDING = "non_binding"
    CRIMINAL_RECORD = "criminal_record"
    AGGREGATES_ONLY = "aggregates_only"
    NO_DPIA = "no_dpia"
    NO_LEGAL_BASIS = "no_legal_basis"
    UNASKED = "unasked"
    ASYLUM_PURPOSE = "asylum_purpose"
    ASYLUM_AUTHORITY = "asylum_authority"
    MOVEMENT = "movement"
    SECRETARIAT = "secretariat"
    NO_FIELD = "no_field"
    SAME_ID = "same_id"
    OVERLAP = "overlap"

    @property
    def rule(self) -> str:
        """The rule of the reference that it enforces."""
        return _RULES.get(self, "F73")

    @property
    def label(self) -> Text:
        return _LABELS[self]


_RULES = {
    Ground.POLITICAL: "R52",
    Ground.UNASKED: "R54",
    Ground.ASYLUM_PURPOSE: "R28",
    Ground.ASYLUM_AUTHORITY: "R28",
    Ground.OVERLAP: "F74",
}


_LABELS = {
    Ground.POLITICAL: Text(
        es="Un instrumento político de la Conferencia no abre ningún intercambio.",
        en="A political instrument of the Conference never switches an exchange on.",
    ),
    Ground.WITHIN_A_STATE: Text(
        es="Un convenio entre instituciones rige dentro de un Estado.",
        en="An inter-institutional agreement governs within a State.",
    ),
    Ground.NON_BINDING: Text(
        es="Los datos de personas necesitan un texto vinculante: TREATY, EXEC o PROT.",
        en="Data on persons need a binding text: TREATY, EXEC or PROT.",
    ),
    Ground.CRIMINAL_RECORD: Text(
        es="Ningún acuerdo puede incluir alertas ni antecedentes penales.",
        en="No agreement may list criminal alerts or records.",
    ),
    Ground.AGGREGATES_ONLY: Text(
        es="Las finalidades STAT, BORDER y CRIM admiten solo agregados.",
        en="The purposes STAT, BORDER and CRIM admit aggregates only.",
    ),
    Ground.NO_DPIA: Text(
        es="Los datos de personas necesitan su evaluación de impacto.",
        en="Data on persons need their impact assessment.",
    ),
    Ground.NO_LEGAL_BASIS: Text(
        es="Los datos de personas necesitan la base legal de cada parte.",
        en="Data on persons need the legal basis of every party.",
    ),
    Ground.UNASKED: Text(es="Sin que se pregunte solo se envían agregados.", en="Aggregates alone are sent unasked."),
    Ground.ASYLUM_PURPOSE: Text(
        es="Los datos de asilo viajan solo para ASYLUM_RESP.", en="Data on asylum travel for ASYLUM_RESP only."
    ),
    Ground.ASYLUM_AUTHORITY: Text(
        es="Los datos de asilo, y ASYLUM_RESP, son solo entre autoridades de asilo.",
        en="Data on asylum, and ASYLUM_RESP, are between asylum authorities only.",
    ),
    Ground.MOVEMENT: Text(
        es="Los movimientos de una persona viajan solo para FAM_LINK y REFERRAL.",
        en="The movements of a person travel for FAM_LINK and REFERRAL only.",
    ),
    Ground.SECRETARIAT: Text(
        es="La Secretaría no es parte de un acuerdo sobre datos de personas.",
        en="The Secretariat is no party to an agreement about data on persons.",
    ),
    Ground.NO_FIELD: Text(es="Cada categoría tiene al menos un campo.", en="Each category has at least one field."),
    Ground.SAME_ID: Text(es="Un id designa un solo texto.", en="An id names one text."),
    Ground.OVERLAP: Text(
        es="Un solo acuerdo rige una finalidad de quien envía a quien recibe, en un sentido.",
        en="One agreement governs a purpose from a sender to a recipient, in one direction.",
    ),
}


@dataclass(frozen=True, slots=True)
class ActivationRefusal:
    """`place` is the path in the document, as reading writes it."""

    ground: Ground
    place: str
    reason: Text

    @property
    def rule(self) -> str:
        return self.ground.rule


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two agreements that govern one purpose from `sender` to `recipient`, in one direction, on the same days."""

    earlier: Agreement
    later: Agreement
    purpose: str
    sender: str
    recipient: str
    direction: Direction

    @property
    def reason(self) -> Text:
        purpose = codelist("purpose")[self.purpose].name
        flow = f"{self.sender} → {self.recipient}"
        return Text(
            es=f"«{self.later.id}» y «{self.earlier.id}» rigen a la vez la finalidad {self.purpose} ({purpose.es}) de "
            f"{flow}. Haga que uno sustituya al otro («supersedes») o separe sus fechas.",
            en=f"“{self.later.id}” and “{self.earlier.id}” both govern the purpose {self.purpose} ({purpose.en}) for "
            f"{flow}. Let one supersede the other (“supersedes”) or keep their dates apart.",
        )


@dataclass(frozen=True, slots=True)
class Activation:
    """`active` are the agreements that may stand side by side; `refused` says why each of the others may not."""

    active: Mapping[str, Agreement]
    refused: Mapping[str, tuple[ActivationRefusal, ...]]


def activate(agreements: Iterable[Agreement], denunciations: Collection[Denunciation] = ()) -> Activation:
    """Each agreement is judged after those signed before it: one that overlaps with what stands already gives way.

    What is refused supersedes nothing. What a party denounced leaves room from the day on which it no longer binds.
    """
    active: dict[str, Agreement] = {}
    refused: dict[str, tuple[ActivationRefusal, ...]] = {}
    for agreement in sorted(agreements, key=_age):
        found = refusals(agreement) or tuple(_beside(active, agreement, denunciations))
        if found:
            refused[agreement.id] = found
        else:
            active[agreement.id] = agreement
    return Activation(MappingProxyType(active), MappingProxyType(refused))


def refusals(agreement: Agreement) -> tuple[ActivationRefusal, ...]:
    """Everything that keeps this agreement from coming into force; nothing when it may."""
    return tuple(refusal for check in _CHECKS for refusal in check(agreement))


def overlaps(agreements: Iterable[Agreement], denunciations: Collection[Denunciation] = ()) -> tuple[Overlap, ...]:
    """`earlier` and `later` by the day of signing, as `activate` takes them."""
    given = sorted(agreements, key=_age)
    pairs = combinations(given, 2)
    return tuple(overlap for first, second in pairs for overlap in _between(first, second, given, denunciations))


def _beside(
    active: Mapping[str, Agreement], agreement: Agreement, denunciations: Collection[Denunciation]
) -> Iterator[ActivationRefusal]:
    if agreement.id in active:
        yield ActivationRefusal(
            Ground.SAME_ID,
            "id",
            Text(
                es=f"Ya hay otro texto «{agreement.id}» a su lado: un id designa uno solo.",
                en=f"There is another text “{agreement.id}” beside it: an id names one only.",
            ),
        )
        return
    among = (*active.values(), agreement)
    for standing in active.values():
        for overlap in _between(standing, agreement, among, denunciations):
            yield ActivationRefusal(Ground.OVERLAP, "purposes", overlap.reason)


def _age(agreement: Agreement) -> tuple[object, ...]:
    return (agreement.signed_on, agreement.id, agreement.version)


def _last_day(agreement: Agreement, among: Collection[Agreement]) -> date:
    """The last day on which it governs: that of its term, or the one before another of `among` supersedes it."""
    return min([agreement.expires, *(one.in_force - DAY for one in among if one.replaces(agreement))])


def _between(
    first: Agreement, second: Agreement, among: Collection[Agreement], denunciations: Collection[Denunciation]
) -> Iterator[Overlap]:
    begin, end = max(first.in_force, second.in_force), min(_last_day(first, among), _last_day(second, among))
    if begin > end:
        return
    purposes = sorted(first.purposes & second.purposes)
    for sender, recipient, direction in sorted(_directed(first) & _directed(second)):
        days = [denounced_from(one, denunciations, sender=sender, recipient=recipient) for one in (first, second)]
        if all(day is None or begin < day for day in days):
            yield from (Overlap(first, second, purpose, sender, recipient, direction) for purpose in purposes)


def _directed(agreement: Agreement) -> frozenset[tuple[str, str, Direction]]:
    return frozenset((flow.sender, flow.recipient, one) for flow in agreement.flows for one in flow.directions)


# --- what no text can change ---


def _political(agreement: Agreement) -> Iterator[ActivationRefusal]:
    name = codelist("agreement_kind")[agreement.kind].name
    if agreement.kind in POLITICAL:
        yield ActivationRefusal(
            Ground.POLITICAL,
            "kind",
            Text(
                es=f"{name.es}: un instrumento político no abre ningún intercambio.",
                en=f"{name.en}: a political instrument never switches an exchange on.",
            ),
        )
    if agreement.kind in WITHIN_A_STATE:
        yield ActivationRefusal(
            Ground.WITHIN_A_STATE,
            "kind",
            Text(
                es=f"{name.es}: rige dentro de un Estado y no abre ningún intercambio entre partes.",
                en=f"{name.en}: it governs within a State and switches no exchange between parties on.",
            ),
        )


def _non_binding(agreement: Agreement) -> Iterator[ActivationRefusal]:
    if agreement.is_person_level and agreement.kind not in BINDING | POLITICAL | WITHIN_A_STATE:
        yield ActivationRefusal(
            Ground.NON_BINDING,
            "data",
            Text(
                es="Un texto no vinculante ampara solo agregados; los datos de personas necesitan un tratado, un "
                "acuerdo ejecutivo o un protocolo.",
                en="A non-binding text carries aggregates only; data on persons need a treaty, an executive agreement "
                "or a protocol.",
            ),
        )


def _criminal_record(agreement: Agreement) -> Iterator[ActivationRefusal]:
    if CRIMINAL in agreement.categories:
        yield ActivationRefusal(
            Ground.CRIMINAL_RECORD,
            f"data.{CRIMINAL}",
            Text(
                es="Las alertas y los antecedentes penales no se intercambian: ningún acuerdo puede incluirlos.",
                en="Criminal alerts and records are not exchanged: no agreement may list them.",
            ),
        )


def _aggregates_only(agreement: Agreement) -> Iterator[ActivationRefusal]:
    if not agreement.is_person_level:
        return
    for purpose in sorted(agreement.purposes & AGGREGATE_PURPOSES):
        name = codelist("purpose")[purpose].name
        yield ActivationRefusal(
            Ground.AGGREGATES_ONLY,
            "purposes",
            Text(
                es=f"La finalidad {purpose} ({name.es}) no admite datos de personas.",
                en=f"The purpose {purpose} ({name.en}) admits no data on persons.",
            ),
        )


def _no_dpia(agreement: Agreement) -> Iterator[ActivationRefusal]:
    if agreement.is_person_level and not agreement.dpia:
        yield ActivationRefusal(
            Ground.NO_DPIA,
            "dpia",
            Text(
                es="Falta la evaluación de impacto en la protección de datos que todo intercambio de datos de personas "
                "necesita.",
                en="The data-protection impact assessment that every exchange of data on persons needs is missing.",
            ),
        )


def _no_legal_basis(agreement: Agreement) -> Iterator[ActivationRefusal]:
    if not agreement.is_person_level:
        return
    for number, entry in enumerate(agreement.parties, 1):
        if entry.legal_basis is None or entry.legal_basis.certainty is Certainty.NONE:
            yield ActivationRefusal(
                Ground.NO_LEGAL_BASIS,
                f"parties[{number}].legal_basis",
                Text(
                    es=f"{entry.party} no tiene una base legal para intercambiar datos de personas.",
                    en=f"{entry.party} has no legal basis for exchanging data on persons.",
                ),
            )


def _unasked(agreement: Agreement) -> Iterator[ActivationRefusal]:
    if not agreement.is_person_level:
        return
    for number, flow in enumerate(agreement.flows, 1):
        if Direction.PUSH in flow.directions:
            yield ActivationRefusal(
                Ground.UNASKED,
                f"flows[{number}].directions",
                Text(
                    es="Sin que se pregunte solo se envían agregados: quite «push» o ponga los agregados en otro "
                    "acuerdo.",
                    en="Aggregates alone are sent unasked: take “push” out or put the aggregates into another "
                    "agreement.",
                ),
            )


def _asylum(agreement: Agreement) -> Iterator[ActivationRefusal]:
    if ASYLUM in agreement.categories and agreement.purposes != {ASYLUM_PURPOSE}:
        yield ActivationRefusal(
            Ground.ASYLUM_PURPOSE,
            f"data.{ASYLUM}",
            Text(
                es=f"Los datos de asilo viajan solo para {ASYLUM_PURPOSE}; sepárelos en un acuerdo propio.",
                en=f"Data on asylum travel for {ASYLUM_PURPOSE} only; put them into an agreement of their own.",
            ),
        )
    if ASYLUM not in agreement.categories and ASYLUM_PURPOSE not in agreement.purposes:
        return
    for number, entry in enumerate(agreement.parties, 1):
        if entry.authority_kind is not AuthorityKind.ASYLUM:
            yield ActivationRefusal(
                Ground.ASYLUM_AUTHORITY,
                f"parties[{number}].authority_kind",
                Text(
                    es=f"La autoridad de {entry.party} no es una autoridad de asilo.",
                    en=f"The authority of {entry.party} is not an asylum authority.",
                ),
            )


def _movement(agreement: Agreement) -> Iterator[ActivationRefusal]:
    if MOVEMENT in agreement.categories and agreement.purposes - MOVEMENT_PURPOSES:
        yield ActivationRefusal(
            Ground.MOVEMENT,
            f"data.{MOVEMENT}",
            Text(
                es="Los movimientos de una persona viajan solo para FAM_LINK y REFERRAL.",
                en="The movements of a person travel for FAM_LINK and REFERRAL only.",
            ),
        )


def _secretariat(agreement: Agreement) -> Iterator[ActivationRefusal]:
    if agreement.is_person_level and SECRETARIAT in agreement.party_ids:
        yield ActivationRefusal(
            Ground.SECRETARIAT,
            "parties",
            Text(
                es="La Secretaría no recibe ni guarda datos de personas.",
                en="The Secretariat neither receives nor keeps data on persons.",
            ),
        )


def _no_field(agreement: Agreement) -> Iterator[ActivationRefusal]:
    named = {field.category for field in agreement.fields}
    for category in sorted(agreement.categories - named - {CRIMINAL}):
        yield ActivationRefusal(
            Ground.NO_FIELD,
            f"data.{category}",
            Text(
                es=f"La categoría {category} no tiene ningún campo: nada de ella podría viajar.",
                en=f"The category {category} has no field: nothing of it could travel.",
            ),
        )


_CHECKS: tuple[Callable[[Agreement], Iterator[ActivationRefusal]], ...] = (
    _political,
    _non_binding,
    _criminal_record,
    _aggregates_only,
    _no_dpia,
    _no_legal_basis,
    _unasked,
    _asylum,
    _movement,
    _secretariat,
    _no_field,
)
