"""Agreements on pages: the public register, the registry in force, a text before it is signed, what would happen if."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError
from django.test import Client, override_settings

from istmo.installation.accounts.models import User
from istmo.installation.delivery.models import Inbound, Outbound
from istmo.installation.delivery.states import DeliveryState
from istmo.installation.delivery.yearly import Told, yearly_counts
from istmo.installation.registry_copy.copy import Change, Copy
from istmo.model.codes import codelist
from istmo.model.errors import NotFound
from istmo.model.text import Text
from istmo.registry.agreements.reading import TYP
from istmo.registry.agreements.register import Entry, entries
from istmo.registry.demonstration import demonstration_documents, demonstration_key, demonstration_snapshot
from istmo.registry.distribution.listing import Listed
from istmo.registry.keys import Use, encoded
from istmo.registry.reference import Compared, compared, own_documents
from istmo.registry.signing import Signature, Signed, add_signature, canonical, payload_of, sign
from istmo.registry.snapshot import Denunciation, Snapshot, Suspension
from istmo.statistics.disclosure.rules import read_rules, sentences
from istmo.web.common import words

pytestmark = pytest.mark.usefixtures("database")

SignedIn = Callable[[User], Client]
PUBLIC, BENCH = "/en/agreements/", "/en/workbench/agreements/"
SIGN, WHAT_IF = f"{BENCH}sign/", f"{BENCH}what-if/"
IDENT = "demo:PAN-HTI-IDENT"
NOW = datetime.now(UTC)
SIGNED_ON = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
DOCUMENTS = f"{BENCH}documents/"


class Held:
    """A registry with these documents, as an installation holds it."""

    kept: tuple[Change, ...] = ()

    def __init__(
        self,
        documents: Mapping[str, bytes],
        *suspensions: Suspension,
        denunciations: tuple[Denunciation, ...] = (),
        error: Exception | None = None,
    ) -> None:
        self._documents, self._error = documents, error
        self._said = {"suspensions": suspensions, "denunciations": denunciations}

    def __call__(self) -> Snapshot:
        if self._error is not None:
            raise self._error
        return replace(demonstration_snapshot(NOW), **self._said)

    def documents(self) -> Mapping[str, bytes]:
        return self._documents

    def agreements(self) -> tuple[Entry, ...]:
        return entries(self._documents, self(), NOW)

    def listed(self) -> Mapping[str, Listed]:
        """As if the members had put everything there at the start of the year."""
        return {
            path: Listed(path, "targets", 7, len(raw), sha256(raw).hexdigest(), SIGNED_ON, ("HND", "PAN"))
            for path, raw in self._documents.items()
            if not path.startswith("agreements/")
        }

    def compared(self) -> tuple[Compared, ...]:
        return compared(self._documents)

    def copies(self) -> tuple[Any, ...]:
        return ()

    def history(self) -> tuple[Change, ...]:
        return self.kept

    def last_failure(self) -> Text | None:
        return None


def documents(**more: Signed) -> dict[str, bytes]:
    known = {f"agreements/{id_}/1.json": one.as_json().encode() for id_, one in demonstration_documents().items()}
    return known | {f"agreements/demo:{name}/1.json": one.as_json().encode() for name, one in more.items()}


def pending() -> Signed:
    """A text that Panama alone has signed."""
    content = {**payload_of(demonstration_documents()[IDENT]), "id": "demo:pending"}
    return sign(canonical(content), demonstration_key("PAN"), typ=TYP)


def text_of(response: Any) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split()))


def file(content: bytes, name: str = "agreement.yaml") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def sent(peer: str, *, at: datetime, times: int = 1, kind: str = "submission", state: str = "DELIVERED") -> None:
    for number in range(times):
        Outbound.objects.create(
            kind=kind,
            recipient=peer,
            conversation=f"{peer}-{at.year}-{kind}-{state}",
            sequence=number,
            draft={},
            manifest_digest="0" * 64,
            state=state,
            next_try=at,
            created_at=at,
            not_after=at,
            ended_at=at if state == DeliveryState.DELIVERED else None,
        )


def came(peer: str, *, at: datetime, times: int = 1, kind: str = "submission", outcome: str = "accepted") -> None:
    for _number in range(times):
        Inbound.objects.create(
            sender=peer,
            message_id=str(uuid4()),
            manifest_digest="0" * 64,
            kind=kind,
            conversation=str(uuid4()),
            sequence=0,
            created_at=at,
            received_at=at,
            outcome=outcome,
            receipt="r",
            receipt_kid="k",
        )


# --- the public register ---


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/es/acuerdos/", ("Registro público de acuerdos", "Vigente", "demostración", "todavía no ha intercambiado")),
        (PUBLIC, ("Register of agreements", "In force", "demonstration", "exchanged nothing yet")),
    ],
)
def test_anybody_sees_each_agreement_with_its_state(client: Client, address: str, said: tuple[str, ...]) -> None:
    page = text_of(client.get(address))
    assert all(words in page for words in said)
    assert all(id_ in page for id_ in demonstration_documents())


def test_an_agreement_has_a_page_with_all_that_it_lets_through(client: Client) -> None:
    for id_, one in demonstration_documents().items():
        page = text_of(client.get(f"{PUBLIC}{id_}/1/"))
        content = payload_of(one)
        assert "it binds nobody" in page
        assert all(party["authority"]["en"] in page for party in content["parties"])
        assert all(field in page for listed in content["data"].values() for field in listed)
        clauses = [" ".join(clause["en"].split()) for clause in content["clauses"].values()]
        assert all(clause in page for clause in clauses)
        assert one.digest in page


def test_the_signed_document_and_its_source_are_given_as_they_were_signed(client: Client) -> None:
    from istmo.registry.agreements.reading import read_file

    signed = client.get(f"{PUBLIC}{IDENT}/1/signed.jws.json")
    assert signed.content.decode().strip() == demonstration_documents()[IDENT].as_json()
    source = client.get(f"{PUBLIC}{IDENT}/1/source.yaml")
    assert read_file(source.content, name="x").payload == demonstration_documents()[IDENT].payload
    assert 'filename="demo-PAN-HTI-IDENT-v1.yaml"' in source["Content-Disposition"]


def test_a_text_that_somebody_has_yet_to_sign_is_not_public(client: Client) -> None:
    with override_settings(ISTMO_REGISTRY_HELD=Held(documents(pending=pending()))):
        assert "demo:pending" not in text_of(client.get(PUBLIC))
        for name in ("", "signed.jws.json", "source.yaml"):
            assert client.get(f"{PUBLIC}demo:pending/1/{name}").status_code == 404
    assert client.get(f"{PUBLIC}demo:none/1/").status_code == 404


def test_a_suspension_is_public_with_who_and_since_when(client: Client) -> None:
    since = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
    held = Held(documents(), Suspension(IDENT, "PAN", since, Text(es="Cambio de ley", en="Change of law")))
    with override_settings(ISTMO_REGISTRY_HELD=held):
        assert "by PAN since 3 Feb 2026, 04:05 UTC" in text_of(client.get(PUBLIC))
        page = text_of(client.get(f"{PUBLIC}{IDENT}/1/"))
        assert "Suspended by Panama since 3 Feb 2026, 04:05 UTC. Reason: Change of law" in page
        assert "Today: Suspended." in client.get(f"{PUBLIC}{IDENT}/1/").content.decode()


def test_a_denunciation_is_public_with_who_why_and_the_day_from_which_it_stops(client: Client) -> None:
    at = NOW - timedelta(days=10)
    stops = words.day(at.date() + timedelta(days=30), "en")
    said = Denunciation(IDENT, "PAN", at, at.date(), Text(es="Cambio de ley", en="Change of law"))
    with override_settings(ISTMO_REGISTRY_HELD=Held(documents(), denunciations=(said,))):
        assert f"denounced by PAN: it stops on {stops}" in text_of(client.get(PUBLIC))
        page = text_of(client.get(f"{PUBLIC}{IDENT}/1/"))
        assert f"from {stops} on it is not bound. Reason: Change of law" in page
        assert "Nothing undoes a denunciation" in page
        assert "Today: In force." in client.get(f"{PUBLIC}{IDENT}/1/").content.decode()
    before = replace(said, at=at - timedelta(days=60))
    since = words.day(at.date(), "en")
    with override_settings(ISTMO_REGISTRY_HELD=Held(documents(), denunciations=(before, said))):
        assert f"denounced by PAN: not bound since {since}" in text_of(client.get(PUBLIC))
        page = client.get(f"{PUBLIC}{IDENT}/1/")
        assert f"Denounced by Panama: it is not bound since {since}." in text_of(page)
        assert "Today: Denounced." in page.content.decode()


def test_of_an_agreement_of_many_it_is_said_whom_one_party_stops(client: Client) -> None:
    stat, why = "demo:RCM-STAT", Text(es="Cambio de ley", en="Change of law")
    held = Held(
        documents(),
        Suspension(stat, "HND", NOW - timedelta(days=1), why),
        denunciations=(Denunciation(stat, "PAN", NOW - timedelta(days=200), NOW.date() - timedelta(days=9), why),),
    )
    with override_settings(ISTMO_REGISTRY_HELD=held):
        page = client.get(f"{PUBLIC}{stat}/1/")
        assert "Today: In force." in page.content.decode()
        assert "What goes from it and to it stops; the other parties go on." in text_of(page)
        assert "From that day nothing goes from it or to it; the other parties go on." in text_of(page)


def test_the_workbench_lists_the_denunciations_also_of_what_it_does_not_know(signed_in: SignedIn, reader: User) -> None:
    at = NOW - timedelta(days=10)
    why = Text(es="Cambio de ley", en="Change of law")
    known = Denunciation(IDENT, "PAN", at, at.date(), why)
    held = Held(documents(), denunciations=(known, replace(known, agreement="other:text")))
    with override_settings(ISTMO_REGISTRY_HELD=held):
        page = text_of(signed_in(reader).get(BENCH))
    assert words.day(at.date() + timedelta(days=30), "en") in page
    assert "other:text" in page


def test_without_a_registry_or_without_agreements_the_pages_say_so(client: Client) -> None:
    absent = NotFound(Text(es="No hay registro.", en="There is no registry yet."))
    with override_settings(ISTMO_REGISTRY_HELD=Held({}, error=absent)):
        assert "There is no registry yet." in text_of(client.get(PUBLIC))
        assert client.get(f"{PUBLIC}counts.csv").status_code == 404
        assert client.get(f"{PUBLIC}{IDENT}/1/").status_code == 404
    with override_settings(ISTMO_REGISTRY_HELD=Held({})):
        assert "nothing is exchanged" in text_of(client.get(PUBLIC))


# --- exchanges by year ---


def counts(client: Client) -> dict[tuple[str, str], tuple[str, str]]:
    """(year, pair) -> (cell, status), of the file."""
    rows = csv.DictReader(io.StringIO(client.get(f"{PUBLIC}counts.csv").content.decode()))
    return {(row["year"], f"{row['party_1']}-{row['party_2']}"): (row["exchanges"], row["status"]) for row in rows}


def test_both_ways_and_only_what_carried_data_is_counted(client: Client) -> None:
    past = datetime(2024, 5, 1, tzinfo=UTC)
    sent("PAN", at=past, times=4, kind="submission-answer")
    came("PAN", at=past, times=7)
    sent("PAN", at=past, kind="test", times=30)
    came("PAN", at=past, outcome="refused", times=30)
    came("PAN", at=past, outcome="duplicate", times=30)
    sent("PAN", at=past, state="DEAD", times=30)
    found = counts(client)
    assert found["2024", "PAN-TS"] == ("11", "exact")
    assert found["2024", "HND-TS"] == ("0", "exact")
    assert ("2023", "PAN-TS") not in found


@pytest.mark.parametrize("times", range(1, 10))
def test_a_count_under_ten_is_in_no_page_and_in_no_file(client: Client, times: int) -> None:
    """Whatever the count, the answers are the same, byte by byte: nothing can be worked out from them."""
    past = datetime(2024, 5, 1, tzinfo=UTC)
    came("PAN", at=past, times=times)
    came("HND", at=past, times=25)
    assert counts(client)["2024", "PAN-TS"] == ("s", "withheld")
    assert counts(client)["2024", "HND-TS"] == ("25", "exact")
    seen = (client.get(f"{PUBLIC}counts.csv").content, client.get(PUBLIC).content)
    if times < 9:
        came("PAN", at=past)
        assert (client.get(f"{PUBLIC}counts.csv").content, client.get(PUBLIC).content) == seen


def test_the_running_year_is_told_in_tens_and_never_shows_a_single_message(client: Client) -> None:
    year = str(NOW.year)
    told = []
    for _number in range(21):
        came("PAN", at=NOW)
        told.append(counts(client)[year, "PAN-TS"])
    assert told[:9] == [("s", "withheld")] * 9
    assert told[9:19] == [("10", "at_least")] * 10
    assert told[19:] == [("20", "at_least")] * 2
    assert "20 or more" in text_of(client.get(PUBLIC))
    assert counts(client)[year, "HND-TS"] == ("s", "withheld")


def test_a_withheld_count_is_not_even_in_the_value() -> None:
    came("PAN", at=datetime(2024, 5, 1, tzinfo=UTC), times=9)
    (told,) = [one for one in yearly_counts([], own="TS", now=NOW) if one.year == 2024]
    assert (told.told, told.count) == (Told.WITHHELD, None)


# --- the registry in force ---


def test_the_workbench_shows_what_every_decision_reads(signed_in: SignedIn, reader: User) -> None:
    client = signed_in(reader)
    since = datetime(2026, 2, 3, tzinfo=UTC)
    later = own_documents()["codelists/purpose.yaml"].replace(b"version: 1.0.0", b"version: 9.0.0")
    lists = {"codelists/purpose.yaml": later, "parties.json": b"{}"}
    held = Held(documents(pending=pending()) | lists, Suspension(IDENT, "PAN", since, Text(es="Motivo", en="Reason")))
    with override_settings(ISTMO_REGISTRY_HELD=held):
        page = text_of(client.get(BENCH))
        one = text_of(client.get(f"{BENCH}demo:pending/1/"))
        assert client.get(f"{BENCH}demo:pending/1/source.yaml").status_code == 200
    snapshot = demonstration_snapshot(NOW)
    assert snapshot.digest in page
    assert all(kid in page for kid in snapshot.keys.records)
    assert "signature missing: HTI" in page
    assert "still holds" in page
    assert "1 document of this program is not that of the registry." in page
    assert "codelists/purpose.yaml: behind the registry (this program 1.0.0, registry 9.0.0)" in page
    assert "the signature of HTI is missing" in one


def test_the_history_says_what_each_registry_brought(signed_in: SignedIn, reader: User) -> None:
    held = Held(documents())

    def copy(version: int) -> Copy:
        return Copy(version, NOW, f"digest{version}", f"content{version}", NOW, version == 4, str(version))

    held.kept = (
        Change(copy(4), (), (), ()),
        Change(copy(3), ("rules/new.yaml",), ("parties.json",), ("rules/old.yaml",)),
        Change(copy(1), ("parties.json", "rules/old.yaml"), (), ()),
    )
    with override_settings(ISTMO_REGISTRY_HELD=held):
        page = text_of(signed_in(reader).get(BENCH))
    assert "new: rules/new.yaml changed: parties.json gone: rules/old.yaml" in page
    assert "signatures or keys of the registry itself" in page
    assert "the first that is kept: 2 documents" in page


def test_the_documents_of_the_registry_are_listed_with_signers_day_and_how_the_program_stands(
    signed_in: SignedIn, reader: User
) -> None:
    own = dict(own_documents())
    newer = own["codelists/sex.yaml"].replace(b"version: 1.0.0", b"version: 1.1.0") + b"  Z9: {es: Nuevo, en: New}\n"
    carried = own | {"codelists/sex.yaml": newer, "rules/other.txt": b"unknown", "parties.json": b"{}"}
    client = signed_in(reader)
    with override_settings(ISTMO_REGISTRY_HELD=Held(documents() | carried)):
        page = text_of(client.get(DOCUMENTS))
        of_list = text_of(client.get(f"{DOCUMENTS}of/codelists/sex.yaml"))
        of_rule = client.get(f"{DOCUMENTS}of/rules/other.txt")
        file = client.get(f"{DOCUMENTS}file/codelists/sex.yaml")
        assert client.get(f"{DOCUMENTS}of/codelists/none.yaml").status_code == 404
    assert "HND, PAN" in page
    assert "2 Jan 2026, 03:04 UTC" in page
    assert "codelists/sex.yaml: behind the registry (this program 1.0.0, registry 1.1.0); missing here: Z9" in page
    assert "rules/other.txt: cannot be read here (this program –, registry –)" in page
    assert page.count("equal to the registry's") == len(own) - 1
    assert "New in the registry alone" in of_list
    assert "the document as it was signed" in of_list.lower()
    assert "unknown" in of_rule.content.decode()
    assert file.content == newer
    assert "attachment" in file["Content-Disposition"]


def test_a_registry_that_came_with_the_program_says_that_nobody_signed_its_lists(
    signed_in: SignedIn, reader: User
) -> None:
    client = signed_in(reader)
    with override_settings(ISTMO_REGISTRY_HELD=Held(documents())):
        page = text_of(client.get(DOCUMENTS))
        one = text_of(client.get(f"{DOCUMENTS}of/codelists/sex.yaml"))
        file = client.get(f"{DOCUMENTS}file/codelists/sex.yaml")
    assert "nobody signed its lists" in page
    assert "not in the registry" in page
    assert "As it came with the program".lower() in one.lower()
    assert file.content == own_documents()["codelists/sex.yaml"]


def test_a_rule_of_disclosure_control_is_read_in_plain_words_in_both_languages(
    signed_in: SignedIn, reader: User
) -> None:
    client = signed_in(reader)
    for path in (path for path in own_documents() if path.startswith("rules/disclosure/")):
        own = own_documents()[path]
        rules = read_rules(own, name=path)
        assert rules.title is not None
        with override_settings(ISTMO_REGISTRY_HELD=Held({**documents(), path: own})):
            english = text_of(client.get(f"{DOCUMENTS}of/{path}"))
            spanish = text_of(client.get(f"/es/mesa/acuerdos/documentos/de/{path}"))
        assert rules.title.en in english
        assert rules.title.es in spanish
        for line in sentences(rules):
            assert line.en in english
            assert line.es in spanish
    later = own.replace(b"version: 1\n", b"version: 2\n")
    unread = b"version: 3\nthreshold: 1\n"
    for raw, shown in ((later, "As this program has it"), (unread, "behind the registry")):
        with override_settings(ISTMO_REGISTRY_HELD=Held({**documents(), path: raw})):
            assert shown in text_of(client.get(f"{DOCUMENTS}of/{path}"))


def test_the_codes_that_only_one_side_has_and_those_named_otherwise_are_marked(
    signed_in: SignedIn, reader: User
) -> None:
    own = own_documents()["codelists/severity.yaml"]
    first = next(iter(codelist("severity")))
    other = own.replace(first.name.en.encode(), b"Otherwise", 1).replace(b"version: 1.0.0", b"version: 0.9.0")
    held = Held({**documents(), "codelists/severity.yaml": other})
    unread = Held({**documents(), "codelists/severity.yaml": b"rubbish: ["})
    client = signed_in(reader)
    with override_settings(ISTMO_REGISTRY_HELD=held):
        page = text_of(client.get(f"{DOCUMENTS}of/codelists/severity.yaml"))
    assert "ahead of the registry (this program 1.0.0, registry 0.9.0); named otherwise:" in page
    assert "in both, with another name or attribute" in page
    with override_settings(ISTMO_REGISTRY_HELD=unread):
        page = text_of(client.get(f"{DOCUMENTS}of/codelists/severity.yaml"))
    assert "cannot be read here" in page


def test_a_visitor_sees_no_page_of_the_workbench(client: Client) -> None:
    for address in (
        BENCH,
        DOCUMENTS,
        f"{DOCUMENTS}of/parties.json",
        f"{DOCUMENTS}file/parties.json",
        SIGN,
        WHAT_IF,
        f"{BENCH}{IDENT}/1/",
    ):
        assert client.get(address).status_code == 302


def test_without_a_registry_the_workbench_says_so(signed_in: SignedIn, analyst: User) -> None:
    client = signed_in(analyst)
    absent = NotFound(Text(es="No hay registro.", en="There is no registry yet."))
    with override_settings(ISTMO_REGISTRY_HELD=Held({}, error=absent)):
        assert "There is no registry yet." in text_of(client.get(BENCH))
        assert "There is no registry yet." in text_of(client.get(WHAT_IF))
        page = text_of(client.post(SIGN, {"file": file(demonstration_documents()[IDENT].payload)}))
        assert "cannot say whose a signature is" in page
        assert demonstration_documents()[IDENT].digest[:4] in page


# --- before signing ---


def hidden(response: Any) -> str:
    found = re.search(r'name="document" value="([^"]*)"', response.content.decode())
    assert found is not None
    return unescape(found.group(1))


@pytest.fixture
def new() -> dict[str, Any]:
    """A text that could stand in the registry, signed by nobody."""
    return {
        **payload_of(demonstration_documents()[IDENT]),
        "id": "demo:PAN-HTI-NEW",
        "signed_on": "2027-12-01",
        "in_force": "2028-01-01",
        "review": "2028-06-01",
        "expires": "2029-12-31",
    }


def test_a_text_is_read_in_both_languages_and_signed_where_the_key_lies(
    signed_in: SignedIn, reader: User, new: dict[str, Any]
) -> None:
    client = signed_in(reader)
    studied = client.post(SIGN, {"file": file(json.dumps(new).encode())})
    page = text_of(studied)
    unsigned = Signed(TYP, canonical(new), ())
    assert " ".join(re.findall("....", unsigned.digest)) in page
    assert new["title"]["es"] in page
    assert new["title"]["en"] in page
    assert "Nothing in the text, beside the signatures that are missing." in page
    assert "istmo agreement sign demo-PAN-HTI-NEW-v1.json --key keys/exchange/signing.pem" in page
    given = client.post(f"{SIGN}file/", {"document": hidden(studied)})
    assert given.content == unsigned.payload
    by_pan = sign(given.content, demonstration_key("PAN"), typ=TYP)
    half = client.post(SIGN, {"document": hidden(studied), "file": file(by_pan.as_json().encode(), "pan.jws.json")})
    assert "1 signature was verified and added." in text_of(half)
    by_hti = sign(given.content, demonstration_key("HTI"), typ=TYP)
    whole = client.post(SIGN, {"document": hidden(half), "file": file(by_hti.as_json().encode(), "hti.jws.json")})
    assert "Every party has signed." in text_of(whole)
    kept = client.post(f"{SIGN}file/", {"document": hidden(whole)})
    assert kept.content.decode().strip() == add_signature(by_pan, demonstration_key("HTI")).as_json()
    assert all("no-store" in answer["Cache-Control"] for answer in (studied, half, whole, kept))


@pytest.mark.parametrize("use", Use)
@pytest.mark.parametrize("beside", [False, True])
def test_a_private_key_is_refused_with_a_warning_and_never_shown_again(
    signed_in: SignedIn,
    reader: User,
    new: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    use: Use,
    beside: bool,
) -> None:
    client = signed_in(reader)
    caplog.set_level("DEBUG")
    key = demonstration_key("PAN", use)
    form = {"document": json.dumps(new)} if beside else {}
    for content, name in ((key.as_pem(), "signing.pem"), (json.dumps(key.as_jwk()).encode(), "key.json")):
        answer = client.post(SIGN, {**form, "file": file(content, name)})
        page = answer.content.decode()
        assert answer.status_code == 400
        assert "That was a private key" in page
        assert "treat it as compromised" in page
        assert key.as_jwk()["d"] not in page
        assert "PRIVATE KEY" not in page
        assert ("What it says" in page) is beside
    answer = client.post(SIGN, {"document": key.as_pem().decode()})
    assert "That was a private key" in answer.content.decode()
    assert client.post(f"{SIGN}file/", {"document": key.as_pem().decode()}).status_code == 302
    assert not any(secret in caplog.text for secret in (key.as_jwk()["d"], key.as_pem().decode().split("\n")[1]))


def test_what_cannot_be_taken_says_why_and_keeps_the_last_good_state(
    signed_in: SignedIn, reader: User, new: dict[str, Any]
) -> None:
    client = signed_in(reader)
    good = sign(canonical(new), demonstration_key("PAN"), typ=TYP)
    other = sign(canonical({**new, "retention_days": "9"}), demonstration_key("HTI"), typ=TYP)
    stolen = Signed(TYP, good.payload, (Signature(other.kids[0], *_parts(other)),))
    for sent_file, said in (
        (b"", "Choose a file first"),
        (b"x: [", "agreement.yaml"),
        (b'{"signatures": [], "payload": "!"}', "cannot be read"),
        (b"{" + b" " * 600_000 + b"}", "too large"),
        (good.as_json().encode(), "no new signature"),
        (other.as_json().encode(), "not the same text"),
        (stolen.as_json().encode(), "does not belong to the text"),
        (sign(good.payload, demonstration_key("BRA"), typ=TYP).as_json().encode(), "who is not a party"),
        (_with_header(other, {"alg": "ES256", "typ": TYP, "kid": "k"}), "Only Ed25519 signatures are allowed"),
        (_with_header(other, {"alg": "none", "typ": TYP, "kid": "k"}), "Only Ed25519 signatures are allowed"),
    ):
        answer = client.post(SIGN, {"document": good.as_json(), "file": file(sent_file)})
        page = text_of(answer)
        assert answer.status_code == 400
        assert said in page
        assert hidden(answer) == good.as_json()
    tampered = text_of(client.post(SIGN, {"file": file(stolen.as_json().encode())}))
    assert "A signature does not belong to this text." in tampered
    assert "Do not sign" in tampered


def _with_header(document: Signed, header: dict[str, str]) -> bytes:
    """The document with the header of its signature replaced, as a key of another type would make it."""
    carried = json.loads(document.as_json())
    carried["signatures"][0]["protected"] = encoded(json.dumps(header).encode())
    return json.dumps(carried).encode()


def _parts(document: Signed) -> tuple[str, str]:
    return document.signatures[0].protected, document.signatures[0].value


def test_a_text_that_may_not_come_into_force_is_told_what_it_lacks(
    signed_in: SignedIn, reader: User, new: dict[str, Any]
) -> None:
    client = signed_in(reader)
    del new["dpia"]
    page = text_of(client.post(SIGN, {"file": file(json.dumps(new).encode())}))
    assert "impact assessment that every exchange of data on persons needs is missing" in page
    stands = text_of(client.post(SIGN, {"file": file(demonstration_documents()[IDENT].as_json().encode())}))
    assert "This very text is in the registry and counts." in stands


# --- what would happen if ---


def asked(response: Any) -> dict[str, Any]:
    """The form of the page, as a browser would send it."""
    html = response.content.decode()
    form: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", html[html.index('name="agreement" value=') - 40 :]):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if given.get("type") in ("checkbox", "radio") and not re.search(r"\bchecked\b", tag):
            continue
        form.setdefault(given["name"], []).append(unescape(given.get("value", "")))
    for name, inner in re.findall(r'<select id="\w+" name="(\w+)">(.*?)</select>', html):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        form[name] = [chosen.group(1) if chosen else ""]
    return form


@pytest.fixture
def example(signed_in: SignedIn, analyst: User) -> tuple[Client, dict[str, Any]]:
    client = signed_in(analyst)
    return client, asked(client.get(WHAT_IF, {"agreement": IDENT}))


def test_the_example_of_every_agreement_is_decided_as_its_text_says(signed_in: SignedIn, analyst: User) -> None:
    client = signed_in(analyst)
    for id_ in demonstration_documents():
        answer = text_of(client.post(WHAT_IF, asked(client.get(WHAT_IF, {"agreement": id_}))))
        decision = "refused" if id_.endswith("READM") else "permitted"
        assert f"Decision {decision}" in answer


@pytest.mark.parametrize(
    ("changes", "rule", "clause"),
    [
        ({"protection": "FEAR", "declared": "HTI"}, "R53", ""),
        ({"protection": ""}, "R28", ""),
        ({"declared": "NPL, HTI"}, "R53", ""),
        ({"feared": "hti"}, "R53", ""),
        ({"birth": "HTI"}, "R53", ""),
        ({"declared": "XQQ"}, "R29", ""),
        ({"birth": "NPL HTI"}, "R29", ""),
        ({"child": "yes"}, "R39", ""),
        ({"consent": []}, "R54", ""),
        ({"fields": ["name", "birth_date", "photo"]}, "R46", ""),
        ({"purpose": "CRIM"}, "R46", ""),
        ({"on": "2031-01-01"}, "R46", "10"),
        ({"on": "soon"}, "R46", ""),
        ({"sender": "MEX"}, "R46", "1"),
        ({"about": "nobody"}, "R29", ""),
    ],
)
def test_one_thing_changed_is_refused_and_each_reader_is_told_what_they_may_know(
    example: tuple[Client, dict[str, Any]], changes: dict[str, Any], rule: str, clause: str
) -> None:
    client, form = example
    page = text_of(client.post(WHAT_IF, {**form, **changes}))
    assert "Decision refused" in page
    assert f" Rule {rule} " in page
    assert f" Clause {clause or 'none: what decides stands above every agreement'} " in page
    assert "A clerk sees Not available: ask the protection officer." in page
    assert "The other party sees There is no information that can be given." in page


def test_an_officer_reads_the_clause_that_decides(example: tuple[Client, dict[str, Any]]) -> None:
    client, form = example
    page = text_of(client.post(WHAT_IF, form))
    clause = payload_of(demonstration_documents()[IDENT])["clauses"]["purposes"]
    assert f"Clause {clause['number']} {' '.join(clause['en'].split())}" in page


def test_nothing_of_the_person_is_stored_or_logged(
    example: tuple[Client, dict[str, Any]], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The codes are looked for in every table of the database, in every log line and in the session."""
    from django.db import connection

    client, form = example
    marked = {**form, "declared": "MNG BTN", "birth": "TUV", "residence": "KIR", "protection": "TRAFFICKING"}
    before = _everything(connection)
    with caplog.at_level("DEBUG"):
        answer = client.post(WHAT_IF, marked)
        broken = client.post(WHAT_IF, {**marked, "agreement": "demo:none"})
    assert answer.status_code == 200
    assert broken.status_code == 404
    assert "not stored" in text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    assert _everything(connection) == before
    out, err = capfd.readouterr()
    logged = f"{out}{err}{[record.getMessage() for record in caplog.records if record.name != 'django.db.backends']}"
    assert not any(code in logged for code in ("MNG", "BTN", "TUV", "KIR", "TRAFFICKING"))
    assert not any(code in json.dumps(dict(client.session)) for code in ("MNG", "BTN", "TUV", "KIR"))


def _everything(connection: Any) -> dict[str, list[Any]]:
    """Every row of every table that this installation reads, but the sessions' own expiry."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table != "django_session":
                cursor.execute("SAVEPOINT every_table")
                try:
                    cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
                    found[table] = cursor.fetchall()
                except ProgrammingError:  # a table that only its owner reads
                    cursor.execute("ROLLBACK TO SAVEPOINT every_table")
    assert {"audit_event", "accounts_user", "delivery_outbound"} <= found.keys()
    return found


def test_a_form_is_not_kept_while_somebody_confirms_who_they_are(example: tuple[Client, dict[str, Any]]) -> None:
    client, form = example
    session = client.session
    ago = (NOW - timedelta(minutes=40)).timestamp()
    session["istmo_started"] = session["istmo_seen"] = ago
    session["account_authentication_methods"] = []
    session.save()
    for address, sent_form in ((WHAT_IF, {**form, "declared": "MNG"}), (SIGN, {"document": "MNG"})):
        answer = client.post(address, sent_form)
        assert answer.headers["Location"].startswith("/en/account/confirm/")
        assert "MNG" not in json.dumps(dict(client.session))


def test_the_answer_is_read_in_the_other_language_with_all_that_was_entered(
    example: tuple[Client, dict[str, Any]],
) -> None:
    client, sent = example
    asked = {**sent, "feared": "NPL BGD", "fields": ["name"], "child": "yes"}
    page = client.post(WHAT_IF, asked).content.decode()
    switch = page[page.index('class="lang"') : page.index("</header>")]
    address = re.search(r'action="([^"]+)"', switch)
    assert address is not None
    carried = [
        (unescape(name), unescape(value))
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', switch)
    ]
    again: dict[str, list[str]] = {}
    for name, value in carried:
        if name != "csrfmiddlewaretoken":
            again.setdefault(name, []).append(value)
    spanish = client.post(address.group(1), again).content.decode()
    assert address.group(1).startswith("/es/")
    assert 'value="NPL BGD"' in spanish
    assert "Decisión" in spanish
    assert re.search(r'name="child" value="yes" checked', spanish)
    assert re.search(r'name="fields" value="name" checked', spanish)
    assert not re.search(r'name="fields" value="birth_date" checked', spanish)
    assert "<form" not in client.get(WHAT_IF).content.decode().split('class="lang"')[1].split("</header>")[0]


def test_who_may_not_ask_sees_neither_the_page_nor_its_tab(signed_in: SignedIn, reader: User) -> None:
    client = signed_in(reader)
    assert client.get(WHAT_IF).status_code == 403
    assert "What would happen if" not in text_of(client.get(BENCH))
