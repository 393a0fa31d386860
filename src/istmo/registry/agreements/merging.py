"""Signatures that parties gave one by one, brought together on one document."""

from datetime import datetime

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.agreements.reading import read_agreement
from istmo.registry.agreements.validity import Flaw, judged
from istmo.registry.parties import KeyRing
from istmo.registry.signing import Signed

RULE = "F75"


def merged(document: Signed, other: Signed, keys: KeyRing, now: datetime, *, name: str = "") -> Signed:
    """`document` with the signatures of `other`, which is the same text; each must count at `now`.

    Raises `InvalidInput` for another text, for a signature that does not count, and where nothing is new. A signature
    of `document` that does not belong to its text gives way to a good one of the same key.
    """
    if other.payload != document.payload:
        raise InvalidInput(
            Text(
                es="El archivo firmado no es el mismo texto: no se unió nada.",
                en="The signed file is not the same text: nothing was merged.",
            ),
            place=name,
            advice=Text(
                es=f"SHA-256 del texto: {document.digest}; del archivo: {other.digest}. Firme otra vez el archivo que "
                "se descarga aquí.",
                en=f"SHA-256 of the text: {document.digest}; of the file: {other.digest}. Sign the file that is "
                "downloaded here once more.",
            ),
            rule=RULE,
        )
    agreement = read_agreement(document, name=name)
    _signed, flawed = judged(other, agreement, keys, now)
    if flawed:
        es = "; ".join(f"{one.kid[:12]}… {one.party}: {one.flaw.label.es}" for one in flawed)
        en = "; ".join(f"{one.kid[:12]}… {one.party}: {one.flaw.label.en}" for one in flawed)
        raise InvalidInput(
            Text(
                es="Una firma del archivo no cuenta: no se unió nada.",
                en="A signature of the file does not count: nothing was merged.",
            ),
            place=name,
            advice=Text(es=f"{es}.", en=f"{en}."),
            rule=RULE,
        )
    broken = {one.kid for one in judged(document, agreement, keys, now)[1] if one.flaw is Flaw.DOES_NOT_HOLD}
    kept = tuple(one for one in document.signatures if one.kid not in broken)
    fresh = tuple(one for one in other.signatures if one.kid not in {held.kid for held in kept})
    if not fresh:
        raise InvalidInput(
            Text(es="El archivo no trae ninguna firma nueva.", en="The file brings no new signature."),
            place=name,
            rule=RULE,
        )
    return Signed(document.typ, document.payload, (*kept, *fresh))
