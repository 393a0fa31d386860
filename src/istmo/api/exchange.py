"""What a peer may ask: take these envelopes, show your log's head, witness ours, prove a leaf, say who you are.

Who asks is known from what is signed, not from the connection: the listener lets in whoever a member's authority
vouches for, and every answer says nothing that such a party may not see.
"""

from datetime import datetime
from typing import Annotated, Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import Body, NinjaAPI, Query, Schema
from ninja.errors import HttpError
from pydantic import Field

from istmo import __version__
from istmo.exchange.envelope import MAX_BATCH, MAX_BATCH_BYTES, MAX_ENVELOPE
from istmo.exchange.manifest import PARTY, Kind
from istmo.exchange.refusals import Rejected
from istmo.installation.delivery.inbox import receive
from istmo.installation.delivery.point import access_point, now
from istmo.installation.evidence import proving, witnessing

WIRE = 1
MAX_BODY = MAX_BATCH_BYTES + 64 * 1024
MAX_LEAVES = 100
MAX_STEPS = 128

api = NinjaAPI(
    title="Istmo exchange",
    version="1",
    description="Store-and-forward exchange between the installations of the parties, over mutual TLS.",
    urls_namespace="exchange",
    docs_url=None,
    openapi_url="/v1/openapi.json",
)

Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=0, le=2**53 - 1)]
Batch = Annotated[list[Annotated[str, Field(max_length=MAX_ENVELOPE)]], Field(min_length=1, max_length=MAX_BATCH)]


class EnvelopeStatus(Schema):
    """`refused` is final, `retry` is not; `receipt` is a signed JWS where the message could be opened."""

    status: str
    reason: str = ""
    receipt: str = ""


class Problem(Schema):
    detail: str


class HeadAnswer(Schema):
    """`head` is the newest signed head of this log, `proof` that it begins with the log of size `since`; `known` is the
    size of the asker's own log that is known here.
    """

    head: str
    proof: list[Hash]
    known: int


class HeadShown(Schema):
    head: Annotated[str, Field(max_length=64 * 1024)]
    since: Size = 0
    proof: Annotated[list[Hash], Field(max_length=MAX_STEPS, default_factory=list)]


class HeadFinding(Schema):
    finding: str
    known: int


class Asked(Schema):
    """Leaf hashes, each as a parameter `leaf`."""

    leaf: Annotated[list[Hash], Field(min_length=1, max_length=MAX_LEAVES)]


class LeafProof(Schema):
    leaf: Hash
    index: int
    path: list[Hash]


class Proofs(Schema):
    """`head` is the signed head that all the paths lead to; a leaf that is not in the log yet is left out."""

    head: str
    proofs: list[LeafProof]


class Self(Schema):
    """Who answers, what it speaks, and the clock there; for a peer's self-test. `kinds` are those of messages that it
    takes.
    """

    party: str
    version: str
    wire: int
    kinds: list[str]
    registry_version: int
    registry_digest: str
    registry_expires: datetime
    signing: str
    sealing: list[str]
    now: datetime
    max_envelope: int
    max_batch: int


@api.post(
    "/v1/envelopes",
    response={200: list[EnvelopeStatus], 413: Problem, 422: Problem},
    summary="Hand over envelopes",
)
def envelopes(request: HttpRequest, envelopes: Body[Batch]) -> Any:
    """Up to 20 compact JWEs; a status for each, in the same order. A bad one spoils none of the others."""
    try:
        answers = receive(access_point(), envelopes, now=now())
    except Rejected as rejected:
        raise HttpError(413, rejected.code.value) from rejected
    return [{"status": one.status.value, "reason": one.reason, "receipt": one.receipt} for one in answers]


@api.get("/v1/head", response={200: HeadAnswer, 404: Problem}, summary="The head of this log")
def head(
    request: HttpRequest,
    known_of: Annotated[str, Field(pattern=f"^(?:{PARTY.pattern})?$")] = "",
    since: Size = 0,
) -> Any:
    newest = proving.head()
    if newest is None:
        raise HttpError(404, "empty")
    path = proving.consistency(since, newest.size)
    return {
        "head": newest.text,
        "proof": [step.hex() for step in path],
        "known": witnessing.known_size(known_of) if known_of else 0,
    }


@api.post("/v1/heads", response={200: HeadFinding, 400: Problem, 422: Problem}, summary="Have a head witnessed")
def heads(request: HttpRequest, shown: HeadShown) -> Any:
    point = access_point()
    try:
        seen = witnessing.witness(
            shown.head,
            proof=[bytes.fromhex(step) for step in shown.proof],
            since=shown.since,
            keys=point.registry().keys,
            now=now(),
        )
    except Rejected as rejected:
        raise HttpError(400, rejected.code.value) from rejected
    return {"finding": seen.finding.value, "known": witnessing.known_size(seen.party)}


@api.get("/v1/proof", response={200: Proofs, 404: Problem, 422: Problem}, summary="Prove that leaves stand in this log")
def proof(request: HttpRequest, asked: Query[Asked]) -> Any:
    newest = proving.head()
    if newest is None:
        raise HttpError(404, "empty")
    found = proving.inclusions([bytes.fromhex(one) for one in asked.leaf], newest)
    return {
        "head": newest.text,
        "proofs": [
            {"leaf": one.leaf.hex(), "index": one.index, "path": [step.hex() for step in one.path]} for one in found
        ],
    }


@api.get("/v1/self", response=Self, summary="Who answers")
def self(request: HttpRequest) -> Any:
    point = access_point()
    snapshot = point.registry()
    return {
        "party": point.party,
        "version": __version__,
        "wire": WIRE,
        "kinds": [kind.value for kind in Kind],
        "registry_version": snapshot.version,
        "registry_digest": snapshot.digest,
        "registry_expires": snapshot.expires,
        "signing": point.signing.kid,
        "sealing": [key.kid for key in point.sealing],
        "now": now(),
        "max_envelope": MAX_ENVELOPE,
        "max_batch": MAX_BATCH,
    }


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def _database_away(request: HttpRequest, error: Exception) -> HttpResponse:
    """The sender keeps what it has and comes again."""
    return api.create_response(request, {"detail": "busy"}, status=503)
