"""The decision: the floor first, then the order of the expert's brief. Whatever is not permitted is refused.

Two engines judge each request: the rules in Python, which name the reason and the clause, and the same rules in Cedar.
Both must allow it. Where they differ it is refused as `F91`, whichever of them was right.

`Permit` is built here and nowhere else.
"""

from datetime import date, datetime
from hashlib import sha256

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.policy import engine
from istmo.policy.agreed import refused_by
from istmo.policy.facts import Facts, Standing, facts_of, standing_of, takes_part
from istmo.policy.floor import floor
from istmo.policy.outcome import Permit, Refusal
from istmo.policy.request import Request
from istmo.policy.standing import Index, index_of
from istmo.registry.agreements.record import Agreement, Subject
from istmo.registry.signing import canonical
from istmo.registry.snapshot import Snapshot

_NO_SUBJECT = Refusal("R29", Text(es="No se dice de quién se trata.", en="It is not said about whom it is."))
_UNKNOWN = Refusal(
    "R46",
    Text(
        es="Ningún acuerdo firmado por todas sus partes tiene ese nombre.",
        en="No agreement signed by all its parties has that name.",
    ),
)
_ONE = Refusal("R46", Text(es="Remitente y destinatario son el mismo.", en="Sender and recipient are one."))
_DIFFER = Refusal(
    "F91",
    Text(
        es="Las dos versiones de las reglas no dicen lo mismo: no sale nada. Avise a soporte técnico.",
        en="The two versions of the rules do not say the same: nothing leaves. Tell technical support.",
    ),
)
_ENGINE = Refusal(
    "F92",
    Text(
        es="Las reglas de este acuerdo no se pudieron evaluar: no sale nada. Avise a soporte técnico.",
        en="The rules of this agreement could not be evaluated: nothing leaves. Tell technical support.",
    ),
)


def decide(request: Request | Refusal, *, snapshot: Snapshot, now: datetime) -> Permit | Refusal:
    """What `istmo.policy` says of a request at `now`. The volume is counted where the message is posted.

    A request with `on` asks what would be decided on that day: what is sent passes none.
    """
    if isinstance(request, Refusal):
        return request
    if request.is_personal and request.subject is None:
        return _NO_SUBJECT
    agreement, index, on = snapshot.agreements.get(request.agreement), index_of(snapshot), request.on or now.date()
    facts = facts_of(request, agreement, snapshot.parties)
    refused = floor(facts) or _parties(request, snapshot, on)
    if agreement is None or request.agreement in index.refused:
        return refused or _not_standing(request.agreement, index)
    superseded = agreement.id in index.superseded and index.superseded[agreement.id] <= on
    standing = standing_of(request, agreement, snapshot=snapshot, superseded=superseded, now=now)
    refused = refused or refused_by(agreement, facts, standing)
    try:
        allowed = _cedar_allows(index, facts, standing)
    except (InvalidInput, ValueError):
        return refused or _ENGINE
    if allowed is not (refused is None):
        return _DIFFER
    return refused or _permit(request, agreement, snapshot, on)


def _cedar_allows(index: Index, facts: Facts, standing: Standing) -> bool:
    policies = engine.parsed(index.text(facts.sender, facts.recipient, facts.purpose))
    verdict = engine.evaluate(policies, facts, engine.context(facts, standing))
    return verdict.allowed and verdict.determining == {standing.agreement}


def _parties(request: Request, snapshot: Snapshot, on: date) -> Refusal | None:
    for name in (request.sender, request.recipient):
        if not takes_part(name, snapshot, on):
            return Refusal(
                "R46",
                Text(
                    es=f"«{name[:40]}» no está en el registro o no participa ese día.",
                    en=f"“{name[:40]}” is not in the registry or takes no part on that day.",
                ),
            )
    return _ONE if request.sender == request.recipient else None


def _not_standing(agreement: str, index: Index) -> Refusal:
    """No agreement of that name, or one that was signed and may not come into force all the same."""
    found = index.refused.get(agreement)
    return Refusal(found[0].rule, found[0].reason) if found else _UNKNOWN


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
