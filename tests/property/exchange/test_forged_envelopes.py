"""20,000 forged or mutated envelopes: none is accepted, none crashes the reader, and memory stays bounded."""

import hashlib
import hmac
import json
import resource
import tracemalloc
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import OctKey
from tests.unit.exchange.parties import NONCE, NOW, PAYLOAD, draft, opened, record, ring, sealed, sealing, signing

from istmo.exchange import envelope as module
from istmo.exchange.envelope import MAX_ENVELOPE, Arrival, arrival
from istmo.exchange.manifest import TYP, check_registry
from istmo.exchange.refusals import Code, Rejected
from istmo.registry.keys import PublicKey, Use, decoded, encoded
from istmo.registry.parties import KeyRing
from istmo.registry.signing import canonical, sign

ALL = 20_000
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
GOOD = [sealed(message_id=f"0190-message-{number}").envelope for number in range(20)]
LINE = sealed().manifest_jws
MEMORY = 64 * 1024 * 1024


@dataclass(frozen=True)
class Forged:
    """An envelope that must not be taken, with what the receiver knows."""

    text: str
    knows: dict[str, Any] = field(default_factory=dict)


def carrying(line: bytes | str, rest: bytes = NONCE + PAYLOAD, *, to: str = "TS") -> str:
    """Anybody can seal anything to a key that is public."""
    key = sealing(to).public
    raw = line.encode() if isinstance(line, str) else line
    header = {**module._HEADER, "kid": key.kid}
    return jwe.encrypt_compact(header, raw + b"\n" + rest, module._okp(key), registry=module._JWE)


def with_header(random: Random, change: Callable[[dict[str, Any]], object]) -> str:
    first, *rest = random.choice(GOOD).split(".")
    header = json.loads(decoded(first) or b"")
    change(header)
    return ".".join([encoded(json.dumps(header).encode()), *rest])


def jws(protected: dict[str, Any], *, secret: bytes, payload: bytes | None = None) -> str:
    body = encoded(canonical(draft().complete(PAYLOAD, NONCE).as_fields()) if payload is None else payload)
    head = encoded(json.dumps(protected).encode())
    tag = encoded(hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()) if secret else ""
    return json.dumps({"payload": body, "signatures": [{"protected": head, "signature": tag}]})


# --- each kind of forgery: Random -> Forged ---


def one_character(random: Random) -> Forged:
    text = random.choice(GOOD)
    at = random.randrange(len(text))
    other = random.choice([sign for sign in (*BASE64URL, ".", "=", " ", "\x00", "é") if sign != text[at]])
    return Forged(text[:at] + other + text[at + 1 :])


def truncated(random: Random) -> Forged:
    text = random.choice(GOOD)
    return Forged(text[: random.randrange(len(text))])


def lengthened(random: Random) -> Forged:
    text, more = random.choice(GOOD), random.choice(["A", ".", "AAAA", "\n", "=", "%00", "é", "\ud800"])
    return Forged(random.choice([text + more, more + text, text.replace(".", more + ".", 1)]))


def swapped_parts(random: Random) -> Forged:
    first, second = (text.split(".") for text in random.sample(GOOD, 2))
    part = random.randrange(5)
    return Forged(".".join([*first[:part], second[part], *first[part + 1 :]]))


def reordered_parts(random: Random) -> Forged:
    parts = random.choice(GOOD).split(".")
    moved = parts[1:] + parts[:1]
    return Forged(".".join(moved))


def garbage(random: Random) -> Forged:
    pool = BASE64URL + '...{}[]"\\: é\x00'
    return Forged("".join(random.choices(pool, k=random.randrange(400))))


def other_algorithm(random: Random) -> Forged:
    name = random.choice(["none", "None", "", "dir", "ECDH-ES", "ECDH-ES+A128KW", "RSA-OAEP", "A256KW", 7, None])
    return Forged(with_header(random, lambda header: header.update(alg=name)))


def other_encryption(random: Random) -> Forged:
    name = random.choice(["none", "", "A128GCM", "A128CBC-HS256", [], None])
    return Forged(with_header(random, lambda header: header.update(enc=name)))


def more_header(random: Random) -> Forged:
    added = random.choice(
        [{"zip": "DEF"}, {"crit": ["x"], "x": 1}, {"jku": "https://a.example"}, {"jwk": {}}, {"b64": False}, {"p2c": 1}]
    )
    return Forged(with_header(random, lambda header: header.update(added)))


def less_header(random: Random) -> Forged:
    name = random.choice(["alg", "enc", "typ", "kid", "epk"])
    return Forged(with_header(random, lambda header: header.pop(name)))


def confused_ephemeral(random: Random) -> Forged:
    changed = random.choice(
        [
            {"crv": "Ed25519"},
            {"kty": "oct", "k": "AAAA"},
            {"x": signing("PAN").public.as_jwk()["x"]},
            {"x": encoded(bytes(32))},
            {"x": encoded(b"\x01" + bytes(31))},
            {"x": ""},
            {"d": encoded(bytes(32))},
        ]
    )
    return Forged(with_header(random, lambda header: header["epk"].update(changed)))


def header_with_a_member_twice(random: Random) -> Forged:
    first, *rest = random.choice(GOOD).split(".")
    raw = decoded(first) or b""
    name = random.choice(["alg", "enc", "kid", "typ"])
    return Forged(".".join([encoded(b'{"' + name.encode() + b'":"none",' + raw[1:]), *rest]))


def huge_header(random: Random) -> Forged:
    size = random.choice([600, 10_000, 1_000_000])
    return Forged(with_header(random, lambda header: header.update(x="A" * size)))


def nested_header(random: Random) -> Forged:
    depth = random.choice([50, 180, 5000])
    return Forged(".".join([encoded(b"[" * depth), *random.choice(GOOD).split(".")[1:]]))


def symmetric(random: Random) -> Forged:
    """A key that everybody knows, used as if it were a secret."""
    known = OctKey.import_key(sealing("TS").public.x)
    alg = random.choice(["dir", "A256KW"])
    header = {"alg": alg, "enc": "A256GCM", "kid": sealing("TS").public.kid}
    plaintext = LINE.encode() + b"\n" + NONCE + PAYLOAD
    return Forged(jwe.encrypt_compact(header, plaintext, known, algorithms=[alg, "A256GCM"]))


def sealed_to_another(random: Random) -> Forged:
    text = sealed(to="HND").envelope
    if random.random() < 0.5:
        return Forged(text)
    key = sealing("HND").public
    header = {**module._HEADER, "kid": sealing("TS").kid}
    plaintext = LINE.encode() + b"\n" + NONCE + PAYLOAD
    return Forged(jwe.encrypt_compact(header, plaintext, module._okp(key), registry=module._JWE))


def for_another(random: Random) -> Forged:
    """One taken from the recipient's post and sealed again to us."""
    return Forged(sealed(recipient=random.choice(["HND", "MEX", "PAN"])).envelope)


def signed_by_another(random: Random) -> Forged:
    return Forged(sealed(by=random.choice(["HND", "TS", "MEX", "nobody"])).envelope)


def taken(forged: Forged) -> None:
    """What a recipient checks before it looks at what is inside."""
    knows = dict(forged.knows)
    oldest = knows.pop("oldest", 0)
    check_registry(opened(forged.text, **knows).manifest, oldest=oldest)


def stale_registry(random: Random) -> Forged:
    text = random.choice(GOOD)
    past = NOW - timedelta(seconds=random.randrange(1, 10**6))
    stale: list[dict[str, Any]] = [
        {"keys": ring(record("PAN", revoked_from=past))},
        {"keys": ring(record("PAN", valid_to=past))},
        {"keys": KeyRing({})},
        {"oldest": 8},
    ]
    return Forged(text, random.choice(stale))


def out_of_time(random: Random) -> Forged:
    seconds = random.randrange(301, 10**6)
    moment = random.choice([NOW - timedelta(seconds=seconds), NOW + timedelta(days=10, seconds=seconds)])
    return Forged(random.choice(GOOD), {"now": moment})


def sealing_key_as_signer(random: Random) -> Forged:
    """The registry would have to hold a sealing key under the signer's id; even then it does not verify."""
    wrong = record("PAN", key=random.choice([sealing("PAN").public, PublicKey(Use.SEALING, signing("PAN").public.x)]))
    return Forged(random.choice(GOOD), {"keys": KeyRing({signing("PAN").kid: wrong})})


def manifest_signed_otherwise(random: Random) -> Forged:
    kid = signing("PAN").kid
    header = random.choice(
        [
            {"alg": "none", "typ": TYP, "kid": kid},
            {"alg": "HS256", "typ": TYP, "kid": kid},
            {"alg": "EdDSA", "typ": TYP, "kid": kid},
            {"alg": "Ed25519", "typ": TYP, "kid": kid},
            {"alg": "Ed25519", "typ": "JWT", "kid": kid},
            {"alg": "Ed25519", "typ": TYP, "kid": kid, "jwk": signing("MEX").public.as_jwk()},
        ]
    )
    return Forged(carrying(jws(header, secret=random.choice([b"", signing("PAN").public.x]))))


def one_bit_within(random: Random) -> Forged:
    """The plaintext changed in one bit and sealed again."""
    plain = bytearray(LINE.encode() + b"\n" + NONCE + PAYLOAD)
    at = random.randrange(len(plain))
    plain[at] ^= 1 << random.randrange(8)
    line, _, rest = bytes(plain).partition(b"\n")
    return Forged(carrying(line, rest))


def other_content(random: Random) -> Forged:
    nonce = bytes(random.getrandbits(8) for _ in range(32))
    rest = random.choice(
        [nonce + PAYLOAD, NONCE + PAYLOAD[:-1], NONCE + PAYLOAD[::-1], NONCE + PAYLOAD + b"x", NONCE[:-1], b"", PAYLOAD]
    )
    return Forged(carrying(LINE, rest))


def manifest_out_of_form(random: Random) -> Forged:
    """Signed by the true sender, whose program is broken or older than the rules."""
    fields = draft().complete(PAYLOAD, NONCE).as_fields()
    name = random.choice([one for one in fields if one not in ("in_reply_to", "registry_version", "legal_basis")])
    wrong = random.choice([None, [], {}, -1, 2**70, 1.5, "\x00", "\ud800", "x" * 2000, True, "\u202e"])
    raw = json.dumps({**fields, name: wrong}).encode()
    return Forged(carrying(sign(raw, signing("PAN"), typ=TYP).as_json()))


def manifest_that_is_no_json(random: Random) -> Forged:
    fields = canonical(draft().complete(PAYLOAD, NONCE).as_fields())
    raw = random.choice(
        [
            b'{"sender":"HND",' + fields[1:],
            b"[" * 60_000,
            b'{"a":' * 5_000,
            fields[:-1],
            b"\xff" + fields,
            fields[:-1] + b',"n":NaN}',
            fields[:-1] + b',"n":1e999}',
            fields[:-1] + b',"n":' + b"9" * 5000 + b"}",
            b"null",
        ]
    )
    signed = sign(raw, signing("PAN"), typ=TYP).as_json()
    return Forged(carrying(signed))


def jws_out_of_form(random: Random) -> Forged:
    whole = json.loads(LINE)
    lines = [
        LINE.replace('{"payload"', '{"payload":"AAAA","payload"'),
        json.dumps({**whole, "signatures": whole["signatures"] * 2}),
        json.dumps({**whole, "signatures": []}),
        json.dumps({**whole, "header": {"alg": "none"}}),
        json.dumps({"payload": whole["payload"]}),
        "[" * 60_000,
        '{"payload":' * 6_000,
        "x" * 70_000,
        LINE[: random.randrange(len(LINE))],
        "",
    ]
    return Forged(carrying(random.choice(lines)))


KINDS: dict[Callable[[Random], Forged], int] = {
    one_character: 4000,
    truncated: 2000,
    lengthened: 1000,
    swapped_parts: 1500,
    reordered_parts: 200,
    garbage: 1500,
    other_algorithm: 700,
    other_encryption: 400,
    more_header: 700,
    less_header: 300,
    confused_ephemeral: 700,
    header_with_a_member_twice: 300,
    huge_header: 200,
    nested_header: 200,
    symmetric: 200,
    sealed_to_another: 400,
    for_another: 300,
    signed_by_another: 400,
    stale_registry: 600,
    out_of_time: 500,
    sealing_key_as_signer: 200,
    manifest_signed_otherwise: 600,
    one_bit_within: 1500,
    other_content: 500,
    manifest_out_of_form: 600,
    manifest_that_is_no_json: 200,
    jws_out_of_form: 300,
}


def forgeries() -> Iterator[tuple[str, Forged]]:
    for kind, count in KINDS.items():
        random = Random(kind.__name__)
        for _ in range(count):
            yield kind.__name__, kind(random)


def test_none_of_20000_forged_envelopes_is_accepted_and_none_crashes() -> None:
    assert sum(KINDS.values()) == ALL
    codes: Counter[Code] = Counter()
    accepted = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for kind, forged in forgeries():
        try:
            taken(forged)
        except Rejected as refused:
            codes[refused.code] += 1
        else:
            accepted.append(kind)
    assert accepted == []
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < MEMORY
    assert codes.total() == ALL
    assert set(codes) == set(Code) - {Code.TOO_LARGE, Code.KIND, Code.REPLAYED}
    for envelope in GOOD:
        assert opened(envelope).payload == PAYLOAD


def test_a_replay_is_never_new() -> None:
    class Kept:
        def digest_of(self, sender: str, message_id: str) -> str | None:
            return digests.get((sender, message_id))

    digests = {}
    for envelope in GOOD:
        got = opened(envelope)
        assert arrival(got, Kept()) is Arrival.NEW
        digests[got.manifest.sender, got.manifest.message_id] = got.manifest_digest
    for number, envelope in enumerate(GOOD):
        assert arrival(opened(envelope), Kept()) is Arrival.DUPLICATE
        with pytest.raises(Rejected) as refused:
            arrival(opened(sealed(b"other", message_id=f"0190-message-{number}").envelope), Kept())
        assert refused.value.code is Code.REPLAYED


def bomb() -> str:
    """A payload of 200 MiB of zeros in 200 kB, as a library that decompresses would take it."""
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = b"".join(squeezed.compress(bytes(1024 * 1024)) for _ in range(200)) + squeezed.flush()
    header = {**module._HEADER, "zip": "DEF", "kid": sealing("TS").kid}
    plain = {name: value for name, value in header.items() if name != "zip"}
    text = jwe.encrypt_compact(plain, body, module._okp(sealing("TS").public), registry=module._JWE)
    first, *rest = text.split(".")
    return ".".join([encoded(json.dumps({**json.loads(decoded(first) or b""), "zip": "DEF"}).encode()), *rest])


HUGE = {
    "zip bomb": bomb,
    "largest garbage": lambda: ".".join(
        [GOOD[0].split(".")[0], "A" * 54, "A" * 16, "A" * (MAX_ENVELOPE - 500), "A" * 22]
    ),
    "larger than allowed": lambda: "A" * (3 * MAX_ENVELOPE),
    "dots": lambda: "." * MAX_ENVELOPE,
    "huge header": lambda: "A" * (MAX_ENVELOPE - 500) + ".A.A.A.A",
    "nested header": lambda: encoded(b"[" * 6_000_000) + ".A.A.A.A",
    "no line": lambda: carrying(b"x" * 6_000_000),
    "line of brackets": lambda: carrying(b"[" * 6_000_000),
    "manifest of a payload that is not there": lambda: carrying(
        sign(
            canonical({**draft().complete(PAYLOAD, NONCE).as_fields(), "payload_bytes": 2**53 - 1}),
            signing("PAN"),
            typ=TYP,
        ).as_json()
    ),
}


@pytest.mark.parametrize("name", HUGE)
def test_what_is_huge_is_refused_within_bounded_memory(name: str) -> None:
    text = HUGE[name]()
    tracemalloc.start()
    try:
        with pytest.raises(Rejected):
            opened(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MEMORY, peak
