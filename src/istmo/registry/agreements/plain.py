"""An agreement in plain words, both languages: what a person reads before signing it.

`sections(agreement)` says first what a program enforces, then the clauses and the terms as they were written. Nothing
here is a judgement: `istmo.policy` explains a decision.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from istmo.model.codes import codelist
from istmo.model.text import Text
from istmo.registry.agreements.fields import catalogue
from istmo.registry.agreements.record import (
    Agreement,
    AgreementParty,
    AuthorityKind,
    CapPeriod,
    Certainty,
    Condition,
    ContactKind,
    Direction,
    Exclusion,
    PartyRole,
    StopsFor,
    Subject,
)
from istmo.registry.conference import conference

NAMES: dict[
    AuthorityKind
    | CapPeriod
    | Certainty
    | Condition
    | ContactKind
    | Direction
    | Exclusion
    | PartyRole
    | StopsFor
    | Subject,
    Text,
] = {
    AuthorityKind.MIGRATION: Text(es="autoridad migratoria", en="migration authority"),
    AuthorityKind.ASYLUM: Text(es="autoridad de asilo", en="asylum authority"),
    AuthorityKind.CHILD_PROTECTION: Text(es="protección de la niñez", en="child protection"),
    AuthorityKind.CONSULAR: Text(es="autoridad consular", en="consular authority"),
    AuthorityKind.CIVIL_REGISTRY: Text(es="registro civil", en="civil registry"),
    AuthorityKind.HEALTH: Text(es="autoridad de salud", en="health authority"),
    AuthorityKind.STATISTICS: Text(es="estadística", en="statistics"),
    AuthorityKind.OTHER: Text(es="otra autoridad", en="another authority"),
    StopsFor.ALL: Text(
        es="lo que una parte suspende o denuncia se detiene para todas",
        en="what one party suspends or denounces stops for all",
    ),
    StopsFor.PARTY: Text(
        es="lo que una parte suspende o denuncia se detiene solo de ella y hacia ella; las demás siguen",
        en="what one party suspends or denounces stops only from it and to it; the others go on",
    ),
    PartyRole.CONTROLLER: Text(es="responsable del tratamiento", en="controller"),
    PartyRole.PROCESSOR: Text(es="encargada del tratamiento", en="processor"),
    Certainty.VERIFIED: Text(es="verificada", en="verified"),
    Certainty.STATED: Text(es="declarada, sin verificar", en="stated, not verified"),
    Certainty.NONE: Text(es="ninguna", en="none"),
    Direction.ASK: Text(es="preguntar", en="ask"),
    Direction.ANSWER: Text(es="responder", en="answer"),
    Direction.PUSH: Text(es="enviar sin que se pregunte (solo agregados)", en="send unasked (aggregates only)"),
    CapPeriod.DAY: Text(es="por día", en="a day"),
    CapPeriod.MONTH: Text(es="por mes", en="a month"),
    Condition.CONSENT: Text(
        es="la persona consintió, informada y ante quien pregunta; puede retirarlo",
        en="the person consented, informed and in front of whoever asks; they may withdraw it",
    ),
    Condition.HIT_FIRST: Text(
        es="primero se dice solo si hay coincidencia; el registro se pide aparte",
        en="first it is only said whether there is a match; the record is asked for separately",
    ),
    Condition.HUMAN_REVIEW: Text(
        es="una persona perita revisa toda coincidencia", en="a human examiner reviews every match"
    ),
    Condition.BEST_INTERESTS: Text(
        es="para una niña, un niño o adolescente, consta su interés superior",
        en="for a child, the best interests are on record",
    ),
    Condition.NOTICE_GIVEN: Text(
        es="la persona sabe qué se intercambia y con quién", en="the person knows what is exchanged and with whom"
    ),
    Exclusion.ASYLUM: Text(
        es="quienes tienen o podrían tener una necesidad de protección",
        en="those who have or may have a protection need",
    ),
    Exclusion.CHILD: Text(es="niñas, niños y adolescentes", en="children"),
    Exclusion.TRAFFICKING: Text(
        es="víctimas de trata, presuntas o confirmadas", en="victims of trafficking, presumed or confirmed"
    ),
    Exclusion.OWN_NATIONAL: Text(es="nacionales de cualquiera de las partes", en="nationals of any of the parties"),
    ContactKind.LEGAL: Text(es="jurídico", en="legal"),
    ContactKind.TECHNICAL: Text(es="técnico", en="technical"),
    ContactKind.DATA_PROTECTION: Text(es="protección de datos", en="data protection"),
    ContactKind.DUTY: Text(es="turno de 24 horas", en="24-hour duty"),
    Subject.PARTIES: Text(es="Quiénes son las partes", en="Who the parties are"),
    Subject.PURPOSES: Text(es="Para qué", en="What for"),
    Subject.CATEGORIES: Text(es="Qué clases de datos", en="Which kinds of data"),
    Subject.FIELDS: Text(es="Qué campos", en="Which fields"),
    Subject.EXCLUSIONS: Text(es="A quiénes deja fuera", en="Whom it leaves out"),
    Subject.FLOWS: Text(es="Quién envía a quién y en qué sentido", en="Who sends to whom, in which direction"),
    Subject.CONDITIONS: Text(es="Qué debe cumplirse antes", en="What must hold before"),
    Subject.VOLUME_CAP: Text(es="Cuánto", en="How much"),
    Subject.RETENTION: Text(es="Cuánto se conserva y cómo se borra", en="How long it is kept and how it is deleted"),
    Subject.ONWARD: Text(es="A quién más puede pasar", en="To whom else it may be passed"),
    Subject.TERM: Text(es="Desde y hasta cuándo", en="From when and until when"),
    Subject.SUSPENSION: Text(es="Cómo se suspende", en="How it is suspended"),
}

FLOOR = Text(
    es="El piso de protección está por encima del acuerdo: nada de una persona que tiene, o podría tener, una "
    "necesidad de protección llega a un Estado de su nacionalidad, nacimiento, residencia o temor, aunque el texto lo "
    "permita.",
    en="The protection floor stands above the agreement: nothing about a person who has, or may have, a protection "
    "need reaches a State of their nationality, birth, residence or fear, whatever the text allows.",
)
_NOBODY = Text(es="nadie", en="nobody")
_NONE = Text(es="ninguna", en="none")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines."""

    heading: Text
    lines: tuple[Text, ...]


def party_name(party: str) -> Text:
    """The name of a party; its id where the Conference does not know it."""
    known = {one.id: one.name for one in conference().participants}
    states = codelist("citizenship")
    return known.get(party) or (states[party].name if party in states else Text(es=party, en=party))


def sections(agreement: Agreement) -> tuple[Section, ...]:
    """What is agreed, in the order of the clauses that a decision names."""
    kind = codelist("agreement_kind")[agreement.kind].name
    cap = NAMES[agreement.volume_cap.per]
    return (
        Section(
            agreement.title,
            (
                Text(
                    es=f"{agreement.id}, versión {agreement.version}; {kind.es}",
                    en=f"{agreement.id}, version {agreement.version}; {kind.en}",
                ),
                Text(es=f"SHA-256 del texto: {agreement.digest}", en=f"SHA-256 of the text: {agreement.digest}"),
            ),
        ),
        _of(Subject.PARTIES, (_party(entry) for entry in agreement.parties)),
        _of(Subject.PURPOSES, _codes("purpose", agreement.purposes)),
        _of(Subject.FIELDS, _data(agreement)),
        _of(Subject.EXCLUSIONS, [*_named(Exclusion, agreement.exclusions), FLOOR]),
        _of(Subject.FLOWS, _flows(agreement)),
        _of(Subject.CONDITIONS, list(_named(Condition, agreement.conditions)) or [_NONE]),
        _of(
            Subject.VOLUME_CAP,
            [
                Text(
                    es=f"como máximo {agreement.volume_cap.count} mensajes {cap.es} de una parte a otra",
                    en=f"at most {agreement.volume_cap.count} messages {cap.en} from one party to another",
                )
            ],
        ),
        _of(Subject.RETENTION, _retention(agreement)),
        _of(Subject.ONWARD, [party_name(party) for party in sorted(agreement.onward)] or [_NOBODY]),
        _of(Subject.TERM, _term(agreement)),
        _of(Subject.SUSPENSION, [agreement.suspension, NAMES[agreement.stops_for]]),
        Section(Text(es="Cláusulas", en="Clauses"), tuple(_clauses(agreement))),
        *_more(agreement),
    )


def _of(subject: Subject, lines: Iterable[Text]) -> Section:
    return Section(NAMES[subject], tuple(lines))


def _party(entry: AgreementParty) -> Text:
    name, role, kind = party_name(entry.party), NAMES[entry.role], NAMES[entry.authority_kind]
    basis = entry.legal_basis
    law = (
        Text(
            es=f"; base legal {NAMES[basis.certainty].es}: {basis.citation.es}",
            en=f"; legal basis {NAMES[basis.certainty].en}: {basis.citation.en}",
        )
        if basis
        else Text(es="; sin base legal", en="; no legal basis")
    )
    return Text(
        es=f"{name.es} ({entry.party}): {entry.authority.es}, {kind.es}, {role.es}{law.es}",
        en=f"{name.en} ({entry.party}): {entry.authority.en}, {kind.en}, {role.en}{law.en}",
    )


def _codes(list_: str, ids: Iterable[str]) -> Iterator[Text]:
    for id_ in sorted(ids):
        name = codelist(list_)[id_].name
        yield Text(es=f"{name.es} ({id_})", en=f"{name.en} ({id_})")


def _data(agreement: Agreement) -> Iterator[Text]:
    for category in sorted(agreement.categories):
        name = codelist("data_category")[category].name
        fields = [catalogue()[category][field.name] for field in agreement.fields if field.category == category]
        yield Text(
            es=f"{name.es}: {', '.join(field.es for field in fields)}",
            en=f"{name.en}: {', '.join(field.en for field in fields)}",
        )


def _named(kind: type[Condition] | type[Exclusion], given: Iterable[str]) -> Iterator[Text]:
    held = frozenset(given)
    return (NAMES[one] for one in kind if one in held)


def _flows(agreement: Agreement) -> Iterator[Text]:
    """The flows, those of one recipient or sender with the same directions on one line."""
    grouped: dict[tuple[str, frozenset[Direction]], list[str]] = {}
    for flow in agreement.flows:
        grouped.setdefault((flow.recipient, flow.directions), []).append(flow.sender)
    merged: dict[tuple[tuple[str, ...], frozenset[Direction]], list[str]] = {}
    for (recipient, directions), senders in grouped.items():
        merged.setdefault((tuple(senders), directions), []).append(recipient)
    for (listed, directions), recipients in merged.items():
        between = f"{', '.join(listed)} → {', '.join(recipients)}"
        names = [NAMES[one] for one in Direction if one in directions]
        yield Text(
            es=f"{between}: {', '.join(name.es for name in names)}",
            en=f"{between}: {', '.join(name.en for name in names)}",
        )


def _retention(agreement: Agreement) -> Iterator[Text]:
    proof = (
        Text(es="quien recibe prueba que borró", en="the recipient proves the deletion")
        if agreement.deletion_proof
        else Text(es="sin prueba de borrado", en="no proof of deletion")
    )
    yield Text(
        es=f"{agreement.retention_days} días; {proof.es}",
        en=f"{agreement.retention_days} days; {proof.en}",
    )
    yield Text(
        es=f"un incidente se comunica en {agreement.breach_hours} horas",
        en=f"a breach is told within {agreement.breach_hours} hours",
    )


def _clauses(agreement: Agreement) -> Iterator[Text]:
    for clause in agreement.clauses.values():
        yield Text(es=f"{clause.number}  {clause.text.es}", en=f"{clause.number}  {clause.text.en}")


def _more(agreement: Agreement) -> Iterator[Section]:
    if agreement.terms:
        yield Section(Text(es="Además", en="Further"), tuple(agreement.terms.values()))
    if agreement.annexes:
        lines = (
            Text(es=f"{annex.title.es}, SHA-256 {annex.sha256}", en=f"{annex.title.en}, SHA-256 {annex.sha256}")
            for annex in agreement.annexes
        )
        yield Section(Text(es="Anexos", en="Annexes"), tuple(lines))


def _term(agreement: Agreement) -> Iterator[Text]:
    def day(es: str, en: str, on: date) -> Text:
        return Text(es=f"{es}: {on.isoformat()}", en=f"{en}: {on.isoformat()}")

    yield day("en vigor desde", "in force from", agreement.in_force)
    yield day("último día", "last day", agreement.expires)
    yield day("revisión", "review", agreement.review)
    yield _notice(agreement)
    if agreement.supersedes:
        yield Text(es=f"sustituye a {agreement.supersedes}", en=f"supersedes {agreement.supersedes}")
    if agreement.dpia:
        yield Text(
            es=f"evaluación de impacto: {agreement.dpia}", en=f"data-protection impact assessment: {agreement.dpia}"
        )


def _notice(agreement: Agreement) -> Text:
    if agreement.notice_days <= 1:
        return Text(
            es="una parte puede denunciarlo desde el día siguiente a su aviso",
            en="a party may denounce it from the day after its notice",
        )
    return Text(
        es=f"una parte puede denunciarlo con {agreement.notice_days} días de preaviso",
        en=f"a party may denounce it with {agreement.notice_days} days of notice",
    )
