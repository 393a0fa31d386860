"""The decision: the floor first, then the order of the expert's brief. Whatever is not permitted is refused.

`Permit` is built here and nowhere else.
"""

from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256

from istmo.model.text import Text
from istmo.policy.floor import floor
from istmo.policy.outcome import Permit, Refusal
from istmo.policy.request import Request
from istmo.registry.agreements.record import (
    Agreement,
    AuthorityKind,
    Certainty,
    Condition,
    Direction,
    Exclusion,
    Subject,
)
from istmo.registry.signing import canonical
from istmo.registry.snapshot import Snapshot

_Refused = Callable[..., Refusal]
ASYLUM_STATES = frozenset({"FEAR", "CLAIM", "APPEAL", "REFUGEE", "COMPLEMENTARY", "CLAIM_PAST", "STATELESS"})


def decide(request: Request | Refusal, *, snapshot: Snapshot, now: datetime) -> Permit | Refusal:
    """What `istmo.policy` says of a request at `now`. The volume is counted where the message is posted."""
    if isinstance(request, Refusal):
        return request
    refused = floor(request, snapshot.parties.get(request.recipient))
    if refused is not None:
        return refused
    on = request.on or now.date()
    agreement = snapshot.agreements.get(request.agreement)
    refused = _parties(request, snapshot, on) or (
        _unknown() if agreement is None else _under(agreement, request, snapshot, on, now)
    )
    if refused is not None:
        return refused
    assert agreement is not None
    return _permit(request, agreement, snapshot, on)


def _parties(request: Request, snapshot: Snapshot, on: date) -> Refusal | None:
    for name in (request.sender, request.recipient):
        party = snapshot.parties.get(name)
        if party is None or not party.active.holds(on):
            return Refusal(
                "R46",
                Text(
                    es=f"«{name[:40]}» no está en el registro o no participa ese día.",
                    en=f"“{name[:40]}” is not in the registry or takes no part on that day.",
                ),
            )
    if request.sender == request.recipient:
        return Refusal("R46", Text(es="Remitente y destinatario son el mismo.", en="Sender and recipient are one."))
    return None


def _unknown() -> Refusal:
    return Refusal(
        "R46",
        Text(
            es="Ningún acuerdo firmado por todas sus partes tiene ese nombre.",
            en="No agreement signed by all its parties has that name.",
        ),
    )


def _under(agreement: Agreement, request: Request, snapshot: Snapshot, on: date, now: datetime) -> Refusal | None:
    """The first part of the agreement that does not permit it."""

    def refused(subject: Subject, es: str, en: str, rule: str = "R46") -> Refusal:
        return Refusal(rule, Text(es=es, en=en), agreement.clauses[subject.value].number)

    if not {request.sender, request.recipient} <= agreement.party_ids:
        return refused(Subject.PARTIES, "Una de las dos no es parte del acuerdo.", "One of the two is no party to it.")
    if not agreement.in_force <= on <= agreement.expires:
        return refused(Subject.TERM, "El acuerdo no está vigente ese día.", "The agreement is not in force that day.")
    if any(other.replaces(agreement) and other.in_force <= on for other in snapshot.agreements.values()):
        return refused(Subject.TERM, "Otro acuerdo lo sustituye.", "Another agreement supersedes it.")
    suspension = snapshot.suspended(agreement.id, now)
    if suspension is not None:
        return refused(Subject.SUSPENSION, "El acuerdo está suspendido.", "The agreement is suspended.")
    if request.is_personal and now >= snapshot.expires:
        return refused(
            Subject.TERM,
            "El registro lleva demasiado sin renovarse.",
            "The registry has not been renewed for too long.",
        )
    if not any(
        (flow.sender, flow.recipient) == (request.sender, request.recipient) and request.direction in flow.directions
        for flow in agreement.flows
    ):
        return refused(Subject.FLOWS, "El acuerdo no prevé ese sentido.", "The agreement has no such direction.")
    if request.purpose not in agreement.purposes:
        return refused(Subject.PURPOSES, "La finalidad no está en el acuerdo.", "The purpose is not in the agreement.")
    if not request.categories <= agreement.categories:
        return refused(Subject.CATEGORIES, "Una categoría no está en el acuerdo.", "A category is not in it.")
    if request.fields - {rule.name for rule in agreement.fields}:
        return refused(Subject.FIELDS, "Un campo no está en el acuerdo.", "A field is not in the agreement.")
    if not request.is_personal:
        return None
    return _about_a_person(agreement, request, refused)


def _about_a_person(agreement: Agreement, request: Request, refused: _Refused) -> Refusal | None:
    subject = request.subject
    assert subject is not None
    kinds = {entry.party: entry.authority_kind for entry in agreement.parties}
    if "ASYLUM" in request.categories and {kinds[request.sender], kinds[request.recipient]} != {AuthorityKind.ASYLUM}:
        return refused(
            Subject.PARTIES, "No es entre autoridades de asilo.", "It is not between asylum authorities.", "R28"
        )
    for exclusion, holds in (
        (Exclusion.ASYLUM, subject.protection in ASYLUM_STATES),
        (Exclusion.CHILD, subject.child),
        (Exclusion.TRAFFICKING, subject.protection == "TRAFFICKING"),
        (Exclusion.OWN_NATIONAL, request.sender in subject.national),
    ):
        if exclusion in agreement.exclusions and holds:
            return refused(Subject.EXCLUSIONS, "El acuerdo excluye a esa persona.", "The agreement leaves them out.")
    for condition, met in (
        (Condition.CONSENT, subject.consent),
        (Condition.BEST_INTERESTS, not subject.child or subject.best_interests),
    ):
        if condition in agreement.conditions and not met:
            return refused(Subject.CONDITIONS, "Falta una condición del acuerdo.", "A condition of it is not met.")
    for name in (request.sender, request.recipient):
        basis = agreement.basis_of(name)
        if basis is None or basis.certainty is Certainty.NONE:
            return refused(Subject.PARTIES, "Falta la base legal de una parte.", "A party’s legal basis is missing.")
    if request.direction is Direction.PUSH:
        return refused(Subject.FLOWS, "Nada se envía sin que se pida.", "Nothing is sent unasked.", "R54")
    return None


def _permit(request: Request, agreement: Agreement, snapshot: Snapshot, on: date) -> Permit:
    basis = agreement.basis_of(request.sender)
    named = {
        "request": request.digest,
        "agreement": agreement.id,
        "agreement_digest": agreement.digest,
        "registry": snapshot.digest,
        "on": on.isoformat(),
    }
    return Permit(
        request_digest=request.digest,
        sender=request.sender,
        recipient=request.recipient,
        agreement=agreement.id,
        agreement_version=agreement.version,
        clause=agreement.clauses[Subject.PURPOSES.value].number,
        purpose=request.purpose,
        legal_basis=basis.citation if basis else None,
        categories=request.categories,
        fields=request.fields,
        registry_version=snapshot.version,
        decided_on=on.isoformat(),
        digest=sha256(canonical(named)).hexdigest(),
    )
