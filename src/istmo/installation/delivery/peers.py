"""Can we exchange with a peer? Asked of the peer itself, each answer with what to do.

for check in examine(point, "TS", now=now): ...
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from istmo.exchange.manifest import SKEW, Kind
from istmo.installation.delivery.client import PeerUnavailable
from istmo.installation.delivery.point import AccessPoint, sealing_key
from istmo.model.errors import IstmoError
from istmo.model.text import Text
from istmo.registry.snapshot import Snapshot

WIRE = 1
NOT_SAID = [
    kind.value
    for kind in (
        Kind.DENUNCIATION,
        Kind.TRIAL_QUESTION,
        Kind.TRIAL_ANSWER,
        Kind.RESTORATION,
        Kind.RESTORATION_ANSWER,
    )
]
"""What a program does not know that does not say yet which kinds it knows."""


class Health(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class PeerCheck:
    """The answer to one question; `name` is stable, for machines."""

    name: str
    health: Health
    message: Text

    @property
    def title(self) -> Text:
        return _QUESTIONS[self.name]


_QUESTIONS = {
    "address": Text(es="¿Se conoce su dirección?", en="Is its address known?"),
    "connection": Text(es="¿Responde?", en="Does it answer?"),
    "party": Text(es="¿Es quien debe ser?", en="Is it who it should be?"),
    "wire": Text(es="¿Habla la misma versión?", en="Does it speak the same version?"),
    "clock": Text(es="¿Van iguales los relojes?", en="Are the clocks alike?"),
    "registry": Text(es="¿Tiene el mismo registro?", en="Has it the same registry?"),
    "keys": Text(es="¿Son sus claves las del registro?", en="Are its keys those of the registry?"),
}


_UNREACHED = {
    "tls": Text(
        es="El certificado no vale entre las dos: compare las listas de autoridades (peers.pem).",
        en="The certificate does not hold between the two: compare the lists of authorities (peers.pem).",
    ),
    "timeout": Text(es="No respondió a tiempo.", en="It did not answer in time."),
    "unreachable": Text(
        es="No se llega a su dirección: revise red, puerto y cortafuegos.",
        en="Its address cannot be reached: check network, port and firewall.",
    ),
}


def examine(point: AccessPoint, peer: str, *, now: datetime) -> tuple[PeerCheck, ...]:
    """What a peer answers for itself, against our own registry and clock. Nothing is sent but the question."""
    if peer not in point.addresses() or point.connect is None:
        unknown = Text(es="Su dirección no está en exchange.json.", en="Its address is not in exchange.json.")
        return (PeerCheck("address", Health.FAIL, unknown),)
    try:
        client = point.connect(peer)
        try:
            told = client.self_test()
        finally:
            client.close()
    except PeerUnavailable as unavailable:
        other = Text(
            es=f"Respondió con un error ({unavailable.reason}).",
            en=f"It answered with an error ({unavailable.reason}).",
        )
        return (PeerCheck("connection", Health.FAIL, _UNREACHED.get(unavailable.reason, other)),)
    except IstmoError as error:
        return (_failed("connection", error),)
    reached = Text(es="Responde con un certificado válido.", en="It answers with a good certificate.")
    found = (PeerCheck("connection", Health.OK, reached), _party(peer, told), _wire(told), _clock(told, now))
    try:
        snapshot = point.registry()
    except IstmoError as error:
        return (*found, _failed("registry", error))
    return (*found, _registry(told, snapshot), _keys(peer, told, snapshot, now))


def _failed(name: str, error: IstmoError) -> PeerCheck:
    return PeerCheck(name, Health.FAIL, Text(es=error.in_("es"), en=error.in_("en")))


def _party(peer: str, told: Any) -> PeerCheck:
    if told.get("party") == peer:
        return PeerCheck("party", Health.OK, Text(es=f"Es {peer}.", en=f"It is {peer}."))
    return PeerCheck(
        "party",
        Health.FAIL,
        Text(
            es="Dice ser otra parte: la dirección en exchange.json es de otra.",
            en="It says it is another party: the address in exchange.json is another's.",
        ),
    )


def _wire(told: Any) -> PeerCheck:
    kinds = told.get("kinds")
    unknown = [kind.value for kind in Kind if kind not in kinds] if isinstance(kinds, list) else NOT_SAID
    if told.get("wire") == WIRE and unknown:
        names = ", ".join(unknown)
        return PeerCheck(
            "wire",
            Health.WARN,
            Text(
                es=f"Su programa es anterior y rechaza estas clases de mensajes: {names}.",
                en=f"Its program is an earlier one and refuses these kinds of messages: {names}.",
            ),
        )
    if told.get("wire") == WIRE:
        return PeerCheck("wire", Health.OK, Text(es="Habla la misma versión.", en="It speaks the same version."))
    return PeerCheck(
        "wire",
        Health.WARN,
        Text(
            es="Habla otra versión; las dos se entienden mientras no digan lo contrario.",
            en="It speaks another version; the two understand each other unless one says otherwise.",
        ),
    )


def _clock(told: Any, now: datetime) -> PeerCheck:
    try:
        theirs = datetime.fromisoformat(str(told.get("now")).replace("Z", "+00:00"))
        apart = abs((theirs - now).total_seconds())
    except (ValueError, TypeError):
        return PeerCheck("clock", Health.WARN, Text(es="No dice su hora.", en="It does not tell its time."))
    if apart <= SKEW.total_seconds():
        return PeerCheck(
            "clock",
            Health.OK,
            Text(es=f"Los relojes difieren {apart:.0f} s.", en=f"The clocks differ by {apart:.0f} s."),
        )
    return PeerCheck(
        "clock",
        Health.FAIL,
        Text(
            es=f"Los relojes difieren {apart / 60:.0f} min: ponga en hora el que va mal (se admiten 5).",
            en=f"The clocks differ by {apart / 60:.0f} min: set the wrong one right (5 are allowed).",
        ),
    )


def _registry(told: Any, snapshot: Snapshot) -> PeerCheck:
    version = told.get("registry_version")
    if told.get("registry_digest") == snapshot.digest:
        return PeerCheck("registry", Health.OK, Text(es="Tiene el mismo registro.", en="It has the same registry."))
    return PeerCheck(
        "registry",
        Health.WARN,
        Text(
            es=f"Tiene otro registro (versión {version}, aquí {snapshot.version}); se iguala al renovarse.",
            en=f"It has another registry (version {version}, here {snapshot.version}); a refresh makes them equal.",
        ),
    )


def _keys(peer: str, told: Any, snapshot: Snapshot, now: datetime) -> PeerCheck:
    ours = sealing_key(snapshot, peer, now)
    signs = snapshot.keys.good(str(told.get("signing")), now)
    sealed = told.get("sealing")
    if (
        ours is not None
        and isinstance(sealed, list)
        and ours.kid in sealed
        and signs is not None
        and signs.party == peer
    ):
        good = Text(es="Sus claves son las del registro.", en="Its keys are those of the registry.")
        return PeerCheck("keys", Health.OK, good)
    return PeerCheck(
        "keys",
        Health.FAIL,
        Text(
            es="Usa claves que el registro no tiene en vigor: publique las nuevas o renueve el registro.",
            en="It uses keys that are not in force in the registry: publish the new ones or refresh the registry.",
        ),
    )
