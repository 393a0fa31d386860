"""The package of evidence of one message, sent or received: what `istmo log verify` reads without any connection.

It holds neither payload nor nonce, so it can be made and proves the same after both were deleted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from istmo.exchange.evidence import Evidence, Inclusion
from istmo.exchange.log import leaf_of
from istmo.exchange.manifest import TYP, Manifest, read_manifest
from istmo.exchange.statements import read_unverified
from istmo.installation.audit.models import EventKind, record
from istmo.installation.delivery.models import HeldReceipt, Inbound, Outbound
from istmo.installation.delivery.point import AccessPoint
from istmo.installation.evidence import proving
from istmo.installation.evidence.models import Leaf, PeerInclusion
from istmo.model.errors import NotFound, Unavailable
from istmo.model.text import Text
from istmo.registry.keys import Use
from istmo.registry.parties import KeyRing
from istmo.registry.snapshot import Snapshot


def evidence_of(point: AccessPoint, message_id: str, *, account: Any, at: datetime) -> Evidence:
    """The package; `NotFound` for a message that is not here, `Unavailable` while its leaf waits for its place."""
    digest, receipts = _message(message_id)
    leaf = _leaf(message_id, digest)
    manifest = read_manifest(read_unverified(leaf.text, typ=TYP)[1])
    snapshot = point.registry()
    document = point.agreement_document(manifest.agreement, manifest.agreement_version) if manifest.agreement else None
    package = Evidence(
        manifest=leaf.text,
        receipts=tuple(receipts),
        inclusions=(_own(leaf), *_theirs(message_id, manifest)),
        keys=_keys(snapshot, manifest),
        registry_version=snapshot.version,
        registry_digest=snapshot.digest,
        agreement=document,
    )
    record(EventKind.EVIDENCE_EXPORTED, at=at, account=account, object_type="message", object_id=message_id)
    return package


def _message(message_id: str) -> tuple[str, Sequence[str]]:
    """The digest of the manifest that counts, and the receipts of it."""
    received = Inbound.objects.filter(message_id=message_id).order_by("outcome", "-id").first()
    if received is not None:
        return received.manifest_digest, [received.receipt]
    sent = Outbound.objects.filter(message_id=message_id).first() if _is_uuid(message_id) else None
    if sent is None:
        raise NotFound(
            Text(es="Ese mensaje no salió de aquí ni llegó aquí.", en="That message neither left here nor came here."),
            place=message_id[:64],
            advice=Text(es="Vea «Intercambio» en la mesa de trabajo.", en="See “Exchange” in the workbench."),
        )
    held = list(HeldReceipt.objects.filter(message=sent).order_by("id").values_list("text", flat=True))
    digests = {str(read_unverified(text, typ="istmo-receipt+jws")[1]["manifest_digest"]) for text in held}
    digest = sent.manifest_digest if sent.manifest_digest in digests or not digests else min(digests)
    return digest, held


def _leaf(message_id: str, digest: str) -> Leaf:
    for leaf in Leaf.objects.filter(message_id=message_id).order_by("index"):
        if read_unverified(leaf.text, typ=TYP)[0].digest == digest:
            return leaf
    raise Unavailable(
        Text(
            es="El mensaje espera todavía su lugar en el registro.",
            en="The message still waits for its place in the log.",
        ),
        place=message_id,
        advice=Text(
            es="Intente de nuevo en unos segundos, con la instalación en marcha.",
            en="Try again in some seconds, with the installation running.",
        ),
    )


def _own(leaf: Leaf) -> Inclusion:
    head = proving.head()
    assert head is not None  # a leaf with a place stands under a head
    (found,) = proving.inclusions([leaf_of(leaf.text)], head)
    return Inclusion(head.text, found.index, found.path)


def _theirs(message_id: str, manifest: Manifest) -> list[Inclusion]:
    """What the recipient's receipt promised, once it has come."""
    held = PeerInclusion.objects.filter(message_id=message_id, party__in=(manifest.sender, manifest.recipient))
    return [Inclusion(one.head, one.index, tuple(map(bytes.fromhex, one.path))) for one in held]


def _keys(snapshot: Snapshot, manifest: Manifest) -> KeyRing:
    """The signing keys of all who signed something in the package."""
    agreement = snapshot.agreements.get(manifest.agreement)
    parties = {manifest.sender, manifest.recipient} | (agreement.party_ids if agreement else frozenset())
    return KeyRing(
        {
            kid: record
            for kid, record in snapshot.keys.records.items()
            if record.party in parties and record.key.use is Use.SIGNING
        }
    )


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
