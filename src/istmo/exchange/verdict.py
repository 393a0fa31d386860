"""The verdict on a package of evidence: which signatures, receipts, proofs and agreement hold, each in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from istmo.exchange import log, receipts
from istmo.exchange.evidence import Evidence
from istmo.exchange.manifest import SKEW, TYP, Kind, Manifest, read_manifest
from istmo.exchange.receipts import Outcome, Receipt
from istmo.exchange.refusals import Rejected
from istmo.exchange.statements import moment_of, read_statement, written
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.agreements.reading import TYP as AGREEMENT_TYP
from istmo.registry.agreements.validity import Missing, valid
from istmo.registry.parties import KeyRing
from istmo.registry.signing import read_signed

_NO_RECEIPT = Text(
    es="No hay recibo: no se prueba que el mensaje llegó.", en="There is no receipt: that it arrived is not proved."
)
_BAD_RECEIPT = Text(
    es="Un recibo no es de este mensaje o su firma no vale.",
    en="A receipt is not of this message or its signature does not hold.",
)
_NO_LOG = Text(
    es="No hay prueba de inclusión: no se prueba que el mensaje está en un registro.",
    en="There is no proof of inclusion: that the message stands in a log is not proved.",
)
_BAD_LOG = Text(
    es="Una prueba de inclusión o la cabeza firmada del registro no vale.",
    en="A proof of inclusion or the signed head of the log does not hold.",
)
_NO_AGREEMENT_NEEDED = Text(es="El mensaje no es bajo un acuerdo.", en="The message is under no agreement.")
_NO_AGREEMENT = Text(
    es="El paquete no lleva el acuerdo que el manifiesto nombra.",
    en="The package does not carry the agreement that the manifest names.",
)
_OTHER_AGREEMENT = Text(
    es="El acuerdo del paquete no es el que el manifiesto nombra, o no es entre estas partes.",
    en="The agreement in the package is not the one that the manifest names, or not between these parties.",
)
_NOT_UNDER_IT = Text(
    es="El acuerdo no estaba vigente ese día o no es para esta finalidad.",
    en="The agreement was not in force on that day or is not for this purpose.",
)
_BAD_AGREEMENT = Text(
    es="El acuerdo no se puede leer o le falta la firma de una parte.",
    en="The agreement cannot be read or lacks the signature of a party.",
)
_COMPARED = Text(es="Las claves son las que usted dio.", en="The keys are those that you gave.")
_NOT_COMPARED = Text(
    es="Las claves son las del paquete: compare su huella con la que cada parte publica, o dé las claves con --keys.",
    en="The keys are the package's own: compare their thumbprints with what each party publishes, or give --keys.",
)

_PROVES = Text(es="El paquete prueba este intercambio.", en="The package proves this exchange.")
_PROVES_IF = Text(
    es="El paquete prueba este intercambio, si las claves de abajo son las de las partes.",
    en="The package proves this exchange, if the keys below are those of the parties.",
)
_PROVES_NOT = Text(
    es="El paquete NO prueba el intercambio entero.", en="The package does NOT prove the whole exchange."
)
_KEY = Text(es="Clave de", en="Key of")
_KINDS = {
    Kind.SUBMISSION: Text(es="envío de cifras", en="submission of figures"),
    Kind.SUBMISSION_ANSWER: Text(es="respuesta a un envío", en="answer to a submission"),
    Kind.TEST: Text(es="mensaje de prueba", en="test message"),
    Kind.SUSPENSION: Text(es="suspensión de un acuerdo", en="suspension of an agreement"),
    Kind.DENUNCIATION: Text(es="denuncia de un acuerdo", en="denunciation of an agreement"),
    Kind.HEAD: Text(es="cabeza de un registro", en="head of a log"),
    Kind.TRIAL_QUESTION: Text(es="pregunta de prueba", en="trial question"),
    Kind.TRIAL_ANSWER: Text(es="respuesta a una pregunta de prueba", en="answer to a trial question"),
    Kind.RESTORATION: Text(es="aviso de restauración", en="notice of a restoration"),
    Kind.RESTORATION_ANSWER: Text(es="cuenta de lo intercambiado", en="account of what was exchanged"),
}
_OUTCOMES = {
    Outcome.ACCEPTED: Text(es="aceptado", en="accepted"),
    Outcome.DUPLICATE: Text(es="duplicado", en="duplicate"),
    Outcome.REFUSED: Text(es="rechazado", en="refused"),
}


class Check(StrEnum):
    """What a verdict is made of."""

    MANIFEST = "manifest"
    RECEIPT = "receipt"
    LOG = "log"
    AGREEMENT = "agreement"
    KEYS = "keys"


class State(StrEnum):
    """OPEN is for the reader to settle: the keys were not compared with any that were got elsewhere."""

    HOLDS = "holds"
    FAILS = "fails"
    ABSENT = "absent"
    OPEN = "open"


_STATES = {
    State.HOLDS: Text(es="vale", en="holds"),
    State.FAILS: Text(es="NO VALE", en="FAILS"),
    State.ABSENT: Text(es="falta", en="absent"),
    State.OPEN: Text(es="por comparar", en="to compare"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    check: Check
    state: State
    text: Text


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a package proves. `manifest` is None when its signature does not hold: then nothing is said of it.

    `signed_with` are the keys of what holds: party and thumbprint. `logged` are the heads that include the manifest.
    """

    manifest: Manifest | None
    receipts: tuple[Receipt, ...]
    logged: tuple[log.TreeHead, ...]
    signed_with: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]

    @property
    def proves(self) -> bool:
        """Whether every check holds, but for what is left OPEN to the reader."""
        return all(one.state in (State.HOLDS, State.OPEN) for one in self.findings)

    def lines(self, language: str) -> tuple[str, ...]:
        """The verdict for a person to read."""
        is_open = any(one.state is State.OPEN for one in self.findings)
        proved = _PROVES_IF if is_open else _PROVES
        told = [(proved if self.proves else _PROVES_NOT).in_(language)]
        if self.manifest is not None:
            told += [f"  {name.in_(language)}: {value}" for name, value in _facts(self.manifest, language) if value]
        told += [f"  [{_STATES[one.state].in_(language)}] {one.text.in_(language)}" for one in self.findings]
        told += [f"  {_KEY.in_(language)} {party}: {kid}" for party, kid in self.signed_with]
        return tuple(told)

    def as_json(self) -> dict[str, Any]:
        message = self.manifest
        return {
            "proves": self.proves,
            "message": None if message is None else message.as_fields(),
            "receipts": [
                {"by": one.log_id, "outcome": one.outcome.value, "at": written(one.received_at), "reason": one.reason}
                for one in self.receipts
            ],
            "log": [
                {"log": one.log_id, "size": one.size, "root": one.root.hex(), "at": written(one.at)}
                for one in self.logged
            ],
            "keys": [{"party": party, "kid": kid} for party, kid in self.signed_with],
            "checks": [
                {"check": one.check.value, "state": one.state.value, **one.text.as_json()} for one in self.findings
            ],
        }


def verify(evidence: Evidence, *, trusted: KeyRing | None = None) -> Verdict:
    """What the package proves, judged with `trusted` keys when the reader has them, else with those that it holds.

    Each key has to be good at the moment that what it signed gives of itself.
    """
    keys = evidence.keys if trusted is None else trusted
    read, used = _manifest(evidence.manifest, keys)
    if read is None:
        failed = Finding(
            Check.MANIFEST,
            State.FAILS,
            Text(
                es="La firma del manifiesto no vale: el paquete no prueba nada.",
                en="The signature of the manifest does not hold: the package proves nothing.",
            ),
        )
        return Verdict(None, (), (), (), (failed,))
    manifest, digest = read
    held, receipt, by = _receipts(evidence.receipts, manifest, digest, keys)
    heads, logged, of = _inclusions(evidence, manifest, keys)
    agreement, parties = _agreement(evidence.agreement, manifest, keys)
    signed_with = tuple(dict.fromkeys((*used, *by, *of, *parties)))
    findings = (
        Finding(
            Check.MANIFEST,
            State.HOLDS,
            Text(es=f"{manifest.sender} firmó el manifiesto.", en=f"{manifest.sender} signed the manifest."),
        ),
        receipt,
        logged,
        agreement,
        Finding(Check.KEYS, State.OPEN, _NOT_COMPARED)
        if trusted is None
        else Finding(Check.KEYS, State.HOLDS, _COMPARED),
    )
    return Verdict(manifest, held, heads, signed_with, findings)


Used = list[tuple[str, str]]


def _manifest(text: str, keys: KeyRing) -> tuple[tuple[Manifest, str] | None, Used]:
    try:
        created = moment_of(text, typ=TYP, name="created")
        statement = read_statement(text, typ=TYP, keys=keys, now=created)
        manifest = read_manifest(statement.fields)
    except Rejected:
        return None, []
    if manifest.sender != statement.party:
        return None, []
    return (manifest, statement.digest), [(statement.party, statement.kid)]


def _receipts(
    texts: Sequence[str], manifest: Manifest, digest: str, keys: KeyRing
) -> tuple[tuple[Receipt, ...], Finding, Used]:
    if not texts:
        return (), Finding(Check.RECEIPT, State.ABSENT, _NO_RECEIPT), []
    held: list[Receipt] = []
    used: Used = []
    for text in texts:
        try:
            at = moment_of(text, typ=receipts.TYP, name="received_at")
            receipt = receipts.read_receipt(text, keys=keys, now=at)
        except Rejected:
            continue
        if receipt.is_of(manifest, digest) and manifest.created - SKEW <= at <= manifest.not_after + SKEW:
            held.append(receipt)
            used.append((receipt.log_id, read_signed(text, typ=receipts.TYP).kids[0]))
    if len(held) < len(texts):
        return tuple(held), Finding(Check.RECEIPT, State.FAILS, _BAD_RECEIPT), used
    holds = Text(
        es=f"{manifest.recipient} firmó qué hizo con el mensaje ({_said(held, 'es')}).",
        en=f"{manifest.recipient} signed what became of the message ({_said(held, 'en')}).",
    )
    return tuple(held), Finding(Check.RECEIPT, State.HOLDS, holds), used


def _said(held: Sequence[Receipt], language: str) -> str:
    return ", ".join(f"{_OUTCOMES[one.outcome].in_(language)} {written(one.received_at)}" for one in held)


def _inclusions(
    evidence: Evidence, manifest: Manifest, keys: KeyRing
) -> tuple[tuple[log.TreeHead, ...], Finding, Used]:
    if not evidence.inclusions:
        return (), Finding(Check.LOG, State.ABSENT, _NO_LOG), []
    leaf = log.leaf_of(evidence.manifest)
    held: list[log.TreeHead] = []
    used: Used = []
    for one in evidence.inclusions:
        try:
            at = moment_of(one.head, typ=log.TYP, name="at")
            head = log.read_head(one.head, keys=keys, now=at)
        except Rejected:
            continue
        within = log.verify_inclusion(leaf, one.index, head.size, one.path, head.root)
        if within and head.log_id in (manifest.sender, manifest.recipient) and at >= manifest.created - SKEW:
            held.append(head)
            used.append((head.log_id, read_signed(one.head, typ=log.TYP).kids[0]))
    if len(held) < len(evidence.inclusions):
        return tuple(held), Finding(Check.LOG, State.FAILS, _BAD_LOG), used
    said = ", ".join(f"{head.log_id} {written(head.at)}" for head in held)
    holds = Text(
        es=f"El manifiesto está en el registro, que su parte firmó ({said}).",
        en=f"The manifest stands in the log, which its party signed ({said}).",
    )
    return tuple(held), Finding(Check.LOG, State.HOLDS, holds), used


def _agreement(text: str | None, manifest: Manifest, keys: KeyRing) -> tuple[Finding, Used]:
    """Whether the agreement was signed by all its parties, and in force for this purpose, when the message was made."""
    if not manifest.agreement:
        return Finding(Check.AGREEMENT, State.HOLDS, _NO_AGREEMENT_NEEDED), []
    if text is None:
        return Finding(Check.AGREEMENT, State.ABSENT, _NO_AGREEMENT), []
    try:
        document = read_signed(text, typ=AGREEMENT_TYP)
        agreement = valid(document, keys, manifest.created)
    except InvalidInput:
        return Finding(Check.AGREEMENT, State.FAILS, _BAD_AGREEMENT), []
    if isinstance(agreement, Missing):
        return Finding(Check.AGREEMENT, State.FAILS, _BAD_AGREEMENT), []
    if (agreement.id, agreement.version) != (manifest.agreement, manifest.agreement_version) or not (
        {manifest.sender, manifest.recipient} <= agreement.party_ids
    ):
        return Finding(Check.AGREEMENT, State.FAILS, _OTHER_AGREEMENT), []
    if (
        not agreement.in_force <= manifest.created.date() <= agreement.expires
        or manifest.purpose not in agreement.purposes
    ):
        return Finding(Check.AGREEMENT, State.FAILS, _NOT_UNDER_IT), []
    said = ", ".join(sorted(agreement.party_ids))
    holds = Text(
        es=f"Las partes ({said}) firmaron el acuerdo {manifest.agreement}, versión {manifest.agreement_version}.",
        en=f"The parties ({said}) signed agreement {manifest.agreement}, version {manifest.agreement_version}.",
    )
    known = [keys.records[kid] for kid in document.kids if kid in keys.records]
    return Finding(Check.AGREEMENT, State.HOLDS, holds), [(record.party, record.key.kid) for record in known]


def _facts(manifest: Manifest, language: str) -> tuple[tuple[Text, str], ...]:
    purpose = codelist("purpose").codes.get(manifest.purpose)
    named = manifest.purpose if purpose is None else f"{purpose.id}, {purpose.name.in_(language)}"
    agreement = f"{manifest.agreement} ({manifest.agreement_version})" if manifest.agreement else ""
    return (
        (Text(es="Remitente", en="Sender"), manifest.sender),
        (Text(es="Destinatario", en="Recipient"), manifest.recipient),
        (Text(es="Clase de mensaje", en="Kind of message"), _KINDS[manifest.kind].in_(language)),
        (Text(es="Identificador", en="Id"), manifest.message_id),
        (Text(es="Creado", en="Created"), written(manifest.created)),
        (Text(es="Acuerdo (versión)", en="Agreement (version)"), agreement),
        (Text(es="Cláusula", en="Clause"), manifest.clause),
        (Text(es="Finalidad", en="Purpose"), named),
        (Text(es="Fundamento jurídico", en="Legal basis"), manifest.legal_basis),
    )
