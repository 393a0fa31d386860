"""What must never happen, whatever agreement is signed and whatever is asked under it."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.property.policy.invented import AGREEMENTS, CODES, PARTIES, REQUESTS, chained, registry
from tests.unit.policy.asking import NOW, subject

from istmo.policy import NEUTRAL, Permit, Refusal, decide, read_request
from istmo.registry.agreements.record import Agreement
from istmo.registry.parties import Party
from istmo.registry.regions import nodes

FACETS = ("declared", "presented", "presumed", "verified", "residence", "feared")
UNKNOWN = {"_U", "XXB"}


def origins(about: dict[str, Any]) -> set[str]:
    """Written anew for the test, from the codes as they are in the request."""
    codes = {code for facet in FACETS for code in about[facet]} | ({about["birth"]} - {None})
    return (
        codes | {member for code in codes for member in nodes().get(code, ())} | ({"USA"} if "PRI" in codes else set())
    )


def told(recipient: str, agreement: Agreement, parties: dict[str, Party]) -> set[str]:
    found = {recipient, *agreement.onward}
    for _ in parties:
        found |= {name for one in found if one in parties for name in parties[one].passes_on_to}
    return found


def is_need(about: dict[str, Any]) -> bool:
    return (
        about["protection"] != "NONE_FOUND"
        or not about["asylum_informed"]
        or not about["consent"]
        or bool(about["feared"])
        or (about["child"] and not about["best_interests"])
    )


@settings(max_examples=300, deadline=None)
@given(agreement=AGREEMENTS, document=REQUESTS, parties=chained())
def test_nothing_permitted_reaches_an_origin_state_of_a_person_in_need(
    agreement: Agreement, document: dict[str, Any], parties: dict[str, Party]
) -> None:
    found = decide(read_request(document), snapshot=registry(agreement, parties), now=NOW)
    about = document["subject"]
    if isinstance(found, Refusal):
        assert found.rule != "F91"
        return
    if about is None:
        assert document["categories"] == ["AGG"]
        return
    reached = told(document["recipient"], agreement, parties)
    asker = document["sender"] if document["direction"] == "ask" else document["recipient"]
    assert asker not in origins(about)
    assert "TS" not in (document["sender"], document["recipient"])
    assert document["direction"] != "push"
    assert about["consent"]
    if is_need(about):
        assert not reached & origins(about)
        states = reached & {"PAN", "HTI", "CRI", "USA"}
        assert not states or (origins(about) - {"XXA"} and not origins(about) & UNKNOWN)


MANY = st.lists(st.sampled_from(CODES), max_size=2)


@settings(max_examples=150, deadline=None)
@given(
    agreement=AGREEMENTS,
    sender=st.sampled_from(PARTIES),
    recipient=st.sampled_from(["HTI", "PAN", "CRI", "USA"]),
    facet=st.sampled_from(FACETS[:5]),
    purpose=st.sampled_from(["IDENT", "REFERRAL", "FAM_LINK", "HEALTH", "CONS_PROT"]),
    category=st.sampled_from(["BIO_BASIC", "DOC", "VULN"]),
    claims=st.lists(st.sampled_from(["NONE_FOUND", "CLAIM", "CLAIM_PAST", "REFUGEE", "FEAR"]), min_size=2, max_size=2),
)
def test_the_answer_to_a_state_that_asks_about_its_own_does_not_depend_on_the_record(
    agreement: Agreement, sender: str, recipient: str, facet: str, purpose: str, category: str, claims: list[str]
) -> None:
    fields = {"BIO_BASIC": "name", "DOC": "document_type", "VULN": "need"}

    def answered(protection: str) -> Permit | Refusal:
        about = subject(protection=protection, **{"declared": ["NPL"], facet: [recipient]})
        request = {
            "sender": sender,
            "recipient": recipient,
            "direction": "answer",
            "purpose": purpose,
            "categories": [category],
            "fields": [fields[category]],
            "agreement": agreement.id,
            "subject": about,
        }
        return decide(read_request(request), snapshot=registry(agreement), now=NOW)

    before, after = map(answered, claims)
    assert isinstance(before, Refusal)
    assert before == after
    assert before.public_answer == NEUTRAL


@settings(max_examples=300, deadline=None)
@given(agreement=AGREEMENTS, document=REQUESTS)
def test_nothing_is_permitted_while_suspended_or_under_another_name(
    agreement: Agreement, document: dict[str, Any]
) -> None:
    assert isinstance(decide(read_request(document), snapshot=registry(agreement, suspended=True), now=NOW), Refusal)
    other = {**document, "agreement": "another"}
    assert isinstance(decide(read_request(other), snapshot=registry(agreement), now=NOW), Refusal)
