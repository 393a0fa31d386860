"""A text before it is signed: what it says, what would keep it out of force, who has signed, what to run where the key
lies.

Nothing is stored: the document goes back to the browser in the form, and comes again with the next file. A private key
never belongs here; one that is sent all the same is refused, and its owner is told to make another.
"""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from istmo.installation.registry_copy.held import held_registry
from istmo.model.errors import InvalidInput, IstmoError
from istmo.model.text import Text
from istmo.policy.compiling.cedar import PROVABLE
from istmo.policy.compiling.documents import explained
from istmo.registry.agreements.merging import merged
from istmo.registry.agreements.plain import NAMES
from istmo.registry.agreements.reading import read_agreement, read_file
from istmo.registry.agreements.record import Agreement
from istmo.registry.agreements.register import is_demonstration, obstacles
from istmo.registry.agreements.validity import Flaw, judged
from istmo.registry.keys import holds_private_key
from istmo.registry.parties import SECRETARIAT
from istmo.registry.signing import Signed
from istmo.registry.snapshot import Snapshot
from istmo.web.agreements import shown
from istmo.web.agreements.registry import ABSENT, attachment, frame
from istmo.web.common.limits import limited
from istmo.web.common.permissions import Act, requires

LARGEST = 512 * 1024
KEY_FILE = "keys/exchange/signing.pem"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.READ_AGREEMENTS)
@limited("upload")
def page(request: HttpRequest) -> HttpResponse:
    """With POST: a file to study, or `document` as it was studied with a signed file to add to it."""
    if request.method != "POST":
        return _answer(request, None)
    document: Signed | None = None
    upload = request.FILES.get("file")
    try:
        document = _carried(request)
        sent = _sent(upload)
        name = upload.name if upload is not None and upload.name else ""
        if document is None:
            return _answer(request, read_file(sent, name=name))
        snapshot = _snapshot()
        if snapshot is None:
            raise InvalidInput(_no_registry())
        both = merged(document, read_file(sent, name=name), snapshot.keys, datetime.now(UTC), name=name)
    except _PrivateKey:
        return _answer(request, document, private_key=True)
    except InvalidInput as error:
        return _answer(request, document, problem=error)
    return _answer(request, both, added=len(both.signatures) - len(document.signatures))


@never_cache
@require_POST
@requires(Act.READ_AGREEMENTS)
def download(request: HttpRequest) -> HttpResponse:
    """The document as it was studied: with the signatures that it has, or the text that is to be signed."""
    try:
        document = _carried(request)
    except (InvalidInput, _PrivateKey):
        document = None
    if document is None:
        return redirect("agreements-sign")
    name = shown.file_name(read_agreement(document, name=""))
    if document.signatures:
        return attachment(document.as_json() + "\n", f"{name}.jws.json", "application/jose+json")
    return attachment(document.payload.decode("utf-8"), f"{name}.json", "application/json")


class _PrivateKey(Exception):
    """What was sent is a secret. It is not kept, not shown and not logged."""


def _carried(request: HttpRequest) -> Signed | None:
    text = request.POST.get("document", "")
    return _read(text.encode(), name=_("the document of this page")) if text else None


def _read(raw: bytes, *, name: str) -> Signed:
    if holds_private_key(raw):
        raise _PrivateKey
    if len(raw) > 2 * LARGEST:
        raise _too_large(name)
    return read_file(raw, name=name)


def _sent(upload: UploadedFile | None) -> bytes:
    if upload is None or not upload.size:
        raise InvalidInput(
            Text(es="Elija primero un archivo que no esté vacío.", en="Choose a file first that is not empty.")
        )
    if upload.size > LARGEST:
        raise _too_large(upload.name or "")
    raw: bytes = upload.read()
    if holds_private_key(raw):
        raise _PrivateKey
    return raw


def _too_large(name: str) -> InvalidInput:
    kilobytes = LARGEST // 1024
    return InvalidInput(
        Text(
            es=f"El archivo es demasiado grande para un acuerdo: se admiten hasta {kilobytes} kB.",
            en=f"The file is too large for an agreement: up to {kilobytes} kB are accepted.",
        ),
        place=name,
    )


def _no_registry() -> Text:
    return Text(
        es="Esta instalación no tiene todavía el registro: no puede decir de quién es una firma.",
        en="This installation has no registry yet: it cannot say whose a signature is.",
    )


def _snapshot() -> Snapshot | None:
    try:
        return held_registry()()
    except ABSENT:
        return None


def _answer(
    request: HttpRequest,
    document: Signed | None,
    *,
    problem: IstmoError | None = None,
    private_key: bool = False,
    added: int = 0,
) -> HttpResponse:
    context: dict[str, Any] = {
        **frame(request, "sign"),
        "problem": problem,
        "private_key": private_key,
        "added": added,
        "limit": LARGEST // 1024,
        "key_file": KEY_FILE,
    }
    if document is not None:
        context |= _studied(request, document)
    return render(request, "istmo/agreements/sign.html", context, status=400 if problem or private_key else 200)


def _studied(request: HttpRequest, document: Signed) -> dict[str, Any]:
    agreement, now, snapshot = read_agreement(document, name=""), datetime.now(UTC), _snapshot()
    file = shown.file_name(agreement)
    context: dict[str, Any] = {
        "agreement": agreement,
        "demonstration_agreement": is_demonstration(agreement),
        "document": document.as_json() if document.signatures else document.payload.decode("utf-8"),
        "digest": [document.digest[start : start + 4] for start in range(0, len(document.digest), 4)],
        "file": f"{file}.jws.json" if document.signatures else f"{file}.json",
        "reading": explained(agreement),
        "unproved": [NAMES[one] for one in sorted(agreement.conditions - PROVABLE)],
        "no_registry": _no_registry() if snapshot is None else None,
    }
    if snapshot is None:
        return context
    signed, flawed = judged(document, agreement, snapshot.keys, now)
    missing = [entry.party for entry in agreement.parties if entry.party not in signed]
    party = _speaks(request, missing)
    return context | {
        "obstacles": obstacles(agreement, snapshot, now),
        "signatures": shown.signatures(agreement, signed, flawed),
        "strangers": shown.strangers(agreement, flawed),
        "tampered": any(one.flaw is Flaw.DOES_NOT_HOLD for one in flawed),
        "missing": missing,
        "party": party,
        "out": f"{file}-{party}.jws.json",
        "stands": _stands(agreement, snapshot),
    }


def _stands(agreement: Agreement, snapshot: Snapshot) -> bool:
    """Whether this very text is in force in the registry, or will be."""
    held = snapshot.agreements.get(agreement.id)
    return held is not None and held.digest == agreement.digest


def _speaks(request: HttpRequest, missing: list[str]) -> str:
    """The party for which the command is written: one's own where it has yet to sign."""
    own = getattr(request.user, "member", None) or settings.ISTMO_NODE_OF or SECRETARIAT
    return own if own in missing or not missing else missing[0]
