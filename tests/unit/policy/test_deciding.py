"""What a decision must not be talked into: chains of recipients, ambiguous codes, chosen days, conditions unproved."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.policy.asking import (
    IDENT,
    NOW,
    READM,
    REASON,
    STAT,
    agreement,
    asked,
    denunciation,
    outcome,
    party,
    readable,
    rule,
    snapshot,
    submitted,
    suspension,
)

from istmo.policy import Permit, Refusal, decide, deciding, engine, standing
from istmo.registry.agreements.record import (
    AuthorityKind,
    Certainty,
    Condition,
    Direction,
    Exclusion,
    Flow,
    LegalBasis,
    StopsFor,
)
from istmo.registry.demonstration import demonstration_snapshot
from istmo.registry.parties import PartyKind
from istmo.registry.snapshot import Denunciation

FEAR = {"protection": "FEAR"}
UNHCR = {"recipient": "UNHCR"}


def clause(document: dict[str, Any], **given: Any) -> str:
    found = outcome(document, **given)
    return found.clause if isinstance(found, Refusal) else ""


# --- whom it reaches ---


def to_unhcr(**changes: Any) -> Any:
    return agreement(between=("PAN", "UNHCR"), purpose="REFERRAL", **changes)


REFERRED = {**UNHCR, "purpose": "REFERRAL"}


def test_a_person_in_need_is_referred_to_an_organisation_that_passes_nothing_on() -> None:
    assert rule(asked(REFERRED, **FEAR), snapshot=snapshot(to_unhcr())) == ""


def test_a_recipient_that_passes_on_to_an_origin_state_by_any_number_of_steps_is_one() -> None:
    chain = {
        "UNHCR": party("UNHCR", PartyKind.ORGANISATION, "IOM"),
        "IOM": party("IOM", PartyKind.ORGANISATION, "MISSION"),
        "MISSION": party("MISSION", PartyKind.ORGANISATION, "HTI", "UNHCR"),
    }
    held = snapshot(to_unhcr(), parties=chain)
    assert rule(asked(REFERRED, **FEAR), snapshot=held) == "R28"
    assert rule(asked(REFERRED), snapshot=held) == ""
    assert rule(asked(REFERRED, **FEAR, declared=["NPL"]), snapshot=held) == ""


def test_whom_the_agreement_lets_it_be_passed_on_to_counts_as_a_recipient() -> None:
    assert rule(asked(REFERRED, **FEAR), snapshot=snapshot(to_unhcr(onward=frozenset({"HTI"})))) == "R28"


def test_with_no_facet_known_any_state_may_be_the_origin_also_behind_an_organisation() -> None:
    nothing = {**FEAR, "declared": []}
    assert rule(asked(REFERRED, **nothing), snapshot=snapshot(to_unhcr())) == ""
    chain = {"UNHCR": party("UNHCR", PartyKind.ORGANISATION, "CRI")}
    assert rule(asked(REFERRED, **nothing), snapshot=snapshot(to_unhcr(), parties=chain)) == "R28"
    unknown = {"UNHCR": party("UNHCR", PartyKind.ORGANISATION, "NOBODY")}
    assert rule(asked(REFERRED, **nothing), snapshot=snapshot(to_unhcr(), parties=unknown)) == "R28"


@pytest.mark.parametrize(
    ("code", "recipient"),
    [("X_CONGO", "COG"), ("X_CONGO", "COD"), ("PRI", "USA"), ("GUF", "FRA"), ("X_ANTILLES", "HTI"), ("_U", "BRA")],
)
def test_a_code_that_may_mean_the_recipient_means_it(code: str, recipient: str) -> None:
    held = snapshot(agreement(between=("PAN", recipient)), parties={recipient: party(recipient, PartyKind.STATE)})
    request = asked({"recipient": recipient}, declared=[code])
    assert rule(request, snapshot=held) == ""
    assert rule(asked({"recipient": recipient}, **FEAR, declared=[code]), snapshot=held) == "R28"


def test_a_stateless_person_has_the_states_of_birth_and_residence_as_origins() -> None:
    about = {"protection": "STATELESS", "declared": ["XXA"], "residence": ["NPL"]}
    assert rule(asked(**about)) == ""
    assert rule(asked(**{**about, "residence": ["HTI"]})) == "R28"
    assert rule(asked(**{**about, "residence": []})) == "R28"


@pytest.mark.parametrize("code", ["XXB", "XXC"])
def test_a_document_of_a_refugee_is_a_need_whatever_the_screening_says(code: str) -> None:
    assert rule(asked(presented=[code])) == "R28"


def test_who_names_a_state_that_they_fear_has_a_need_whatever_the_screening_says() -> None:
    assert rule(asked(feared=["HTI"])) == "R28"
    assert rule(asked(feared=["NPL"])) == "R28"
    assert rule(asked(feared=["NPL"], declared=["NPL"])) == ""


# --- who asks ---


def test_a_state_asks_neither_itself_nor_through_one_that_tells_it() -> None:
    back = {"sender": "HTI", "recipient": "PAN"}
    assert rule(asked(back)) == "R53"
    assert rule(asked(back, declared=["NPL"], feared=["HTI"])) == "R53"
    assert rule(asked(back, declared=["NPL"])) == ""
    told = agreement(between=("PAN", "CRI"))
    held = snapshot(told, parties={"CRI": party("CRI", PartyKind.MEMBER, "HTI")})
    assert rule(asked({"sender": "CRI", "recipient": "PAN"}), snapshot=held) == "R53"


def test_the_answer_to_a_state_that_asks_about_its_own_is_the_same_before_and_after_a_claim() -> None:
    answers = [
        outcome(asked({"direction": "answer"}, protection=state)) for state in ("NONE_FOUND", "CLAIM", "CLAIM_PAST")
    ]
    assert len(set(answers)) == 1
    assert isinstance(answers[0], Refusal)
    assert answers[0].rule == "R53"


def test_an_origin_state_may_answer() -> None:
    assert rule(asked({"sender": "HTI", "recipient": "PAN", "direction": "answer"})) == ""


def test_the_secretariat_gets_nothing_about_a_person() -> None:
    assert rule(asked({"recipient": "TS"})) == "R46"
    assert rule(submitted()) == ""


# --- the parties and the agreement ---


@pytest.mark.parametrize("changes", [{"recipient": "XYZ"}, {"recipient": "PAN"}, {"agreement": "demo:none"}])
def test_parties_and_agreement_are_those_of_the_registry(changes: dict[str, str]) -> None:
    assert rule(asked(changes, declared=["NPL"])) == "R46"


def test_a_party_takes_part_on_the_day() -> None:
    gone = replace(party("HTI", PartyKind.GUEST), active=replace(party("HTI").active, end=date(2026, 5, 31)))
    held = snapshot(parties={"HTI": gone})
    assert rule(asked(), snapshot=held) == "R46"
    assert rule(asked({"on": "2026-05-31"}), snapshot=held) == ""


@pytest.mark.parametrize(
    ("day", "expected"), [("2022-12-31", "10"), ("2023-01-01", ""), ("2027-12-31", ""), ("2028-01-01", "10")]
)
def test_an_agreement_governs_from_its_first_day_to_its_last(day: str, expected: str) -> None:
    assert clause(asked({"on": day})) == expected
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    assert clause(asked(), now=at) == expected


def test_what_is_in_no_clause_is_refused_with_the_clause() -> None:
    assert clause(asked({"direction": "ask", "purpose": "HEALTH"})) == "2"
    assert clause(asked({"categories": ["BIO_BASIC", "DOC"]})) == "3(a)"
    assert clause(asked({"fields": ["name", "sex"]})) == "3(b)"
    one_way = agreement(flows=(Flow("PAN", "HTI", frozenset({Direction.ASK})),))
    back = asked({"sender": "HTI", "recipient": "PAN", "direction": "answer"})
    assert clause(back, snapshot=snapshot(one_way)) == "5"
    assert clause(asked({"recipient": "CRI"})) == "1"


def test_an_agreement_that_may_not_come_into_force_permits_nothing_although_all_signed() -> None:
    for changes, expected in (
        ({"kind": "MOU"}, "F73"),
        ({"kind": "RCM_DEC"}, "R52"),
        ({"dpia": ""}, "F73"),
    ):
        assert rule(asked(), snapshot=snapshot(agreement(**changes))) == expected


def test_without_a_legal_basis_of_both_nothing_about_a_person_leaves() -> None:
    parties = agreement().parties
    for basis in (None, LegalBasis(parties[0].authority, Certainty.NONE, None)):
        without = agreement(parties=(parties[0], replace(parties[1], legal_basis=basis)))
        assert rule(asked(), snapshot=snapshot(without)) == "F73"


def test_what_supersedes_ends_the_one_before_from_its_day_on() -> None:
    later = agreement(id="demo:LATER", supersedes=IDENT, in_force=date(2026, 5, 1))
    held = snapshot(agreement(), later, replace(later, id="demo:LATEST", in_force=date(2026, 5, 20)))
    assert clause(asked(), snapshot=held) == "10"
    assert clause(asked({"on": "2026-04-30"}), snapshot=held) == ""
    assert clause(asked({"agreement": "demo:LATER"}), snapshot=held) == ""
    assert clause(asked(), snapshot=snapshot(agreement(), replace(later, kind="MOU"))) == ""
    assert clause(asked(), snapshot=snapshot(agreement(), replace(later, supersedes="demo:none"))) == ""
    others = agreement(between=("PAN", "CRI"), id="demo:OTHERS", supersedes=IDENT)
    assert clause(asked(), snapshot=snapshot(agreement(), others)) == ""


# --- suspension and freshness, whatever day is asked about ---


def test_a_suspension_acts_at_once_and_no_chosen_day_gets_round_it() -> None:
    held = snapshot(suspensions=(suspension(NOW),))
    before, after = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
    assert rule(asked(), snapshot=held, now=before) == ""
    for day in (None, "2023-08-15", "2026-05-31", "2027-01-01"):
        assert clause(asked({"on": day}), snapshot=held, now=after) == "11"


def test_a_day_on_which_it_was_suspended_stays_so_after_the_suspension_is_lifted() -> None:
    held = snapshot(suspensions=(suspension(NOW - timedelta(days=9), NOW - timedelta(days=7)), suspension(NOW, of="x")))
    days = {day: clause(asked({"on": f"2026-05-{day}"}), snapshot=held) for day in (22, 23, 24, 25, 26)}
    assert days == {22: "", 23: "11", 24: "11", 25: "11", 26: ""}
    assert clause(asked(), snapshot=held) == ""
    assert clause(asked({"on": "2026-06-01"}), snapshot=held) == ""
    to_come = snapshot(suspensions=(suspension(NOW + timedelta(days=2)),))
    assert clause(asked({"on": "2026-06-05"}), snapshot=to_come) == ""
    assert clause(asked({"on": "2026-05-20"}), snapshot=held) == ""


def test_a_stale_registry_sends_nothing_about_a_person_whatever_day_is_asked_about() -> None:
    held = demonstration_snapshot(NOW)
    assert rule(asked(), snapshot=held, now=held.expires - timedelta(seconds=1)) == ""
    assert clause(asked({"on": "2026-06-01"}), snapshot=held, now=held.expires) == "10"
    assert rule(submitted(), snapshot=held, now=held.expires) == ""


# --- denunciation, and whom one party stops ---


def test_a_denunciation_acts_from_its_day_and_no_chosen_day_gets_round_it() -> None:
    held = snapshot(denunciations=(denunciation(NOW - timedelta(days=40), date(2026, 6, 3)),))
    assert rule(asked(), snapshot=held) == ""
    assert clause(asked({"on": "2026-06-03"}), snapshot=held) == "10"
    on_the_day = NOW + timedelta(days=2)
    for day in (None, "2023-08-15", "2026-05-31", "2027-01-01"):
        assert clause(asked({"on": day}), snapshot=held, now=on_the_day) == "10"


def test_a_denunciation_that_names_a_day_before_its_notice_is_over_acts_when_it_is() -> None:
    held = snapshot(denunciations=(denunciation(NOW - timedelta(days=29), date(2026, 5, 4)),))
    assert rule(asked(), snapshot=held) == ""
    assert clause(asked(), snapshot=held, now=NOW + timedelta(days=1)) == "10"


@pytest.mark.parametrize("who", ["MEX", "TS"])
def test_who_is_no_party_stops_nothing(who: str) -> None:
    by = {"suspensions": (replace(suspension(NOW), party=who),)}
    assert rule(asked(), snapshot=snapshot(**by)) == ""
    ended = replace(denunciation(NOW - timedelta(days=90), date(2026, 6, 1)), party=who)
    assert rule(asked(), snapshot=snapshot(denunciations=(ended,))) == ""


def test_in_an_agreement_of_many_one_party_stops_what_the_text_says() -> None:
    """The memorandum on statistics says `stops_for: party`; what is not written stops all."""
    honduras = {"suspensions": (replace(suspension(NOW, of=STAT), party="HND"),)}
    memorandum = agreement(STAT)
    assert clause(submitted(), snapshot=snapshot(memorandum, **honduras)) == "11"
    answer = {"sender": "TS", "recipient": "HND", "direction": "answer"}
    assert clause(submitted(**answer), snapshot=snapshot(memorandum, **honduras)) == "11"
    assert rule(submitted(sender="PAN"), snapshot=snapshot(memorandum, **honduras)) == ""
    for_all = replace(memorandum, stops_for=StopsFor.ALL)
    assert clause(submitted(sender="PAN"), snapshot=snapshot(for_all, **honduras)) == "11"
    secretariat = {"suspensions": (replace(suspension(NOW, of=STAT), party="TS"),)}
    assert clause(submitted(sender="PAN"), snapshot=snapshot(memorandum, **secretariat)) == "11"
    left = {"denunciations": (Denunciation(STAT, "HND", NOW - timedelta(days=90), NOW.date(), REASON),)}
    assert clause(submitted(), snapshot=snapshot(memorandum, **left)) == "10"
    assert rule(submitted(sender="PAN"), snapshot=snapshot(memorandum, **left)) == ""
    assert clause(submitted(sender="PAN"), snapshot=snapshot(for_all, **left)) == "10"


# --- exclusions and conditions ---


EXCLUDED = [
    (Exclusion.CHILD, {"child": True, "best_interests": True}, {}),
    (Exclusion.ASYLUM, {"protection": "FEAR"}, {}),
    (Exclusion.ASYLUM, {"protection": "NOT_SCREENED"}, {}),
    (Exclusion.ASYLUM, {"asylum_informed": False}, {}),
    (Exclusion.TRAFFICKING, {"protection": "TRAFFICKING"}, {"protection": "FEAR"}),
    (Exclusion.TRAFFICKING, {"protection": "UNREADABLE"}, {"protection": "CLAIM"}),
    (Exclusion.OWN_NATIONAL, {"declared": ["NPL"], "verified": ["CRI"]}, {}),
    (Exclusion.OWN_NATIONAL, {"declared": ["NPL"], "presumed": ["HTI"]}, {"residence": ["HTI"]}),
    (Exclusion.OWN_NATIONAL, {"declared": ["_U"]}, {}),
]


@pytest.mark.parametrize(("exclusion", "excluded", "other"), EXCLUDED)
def test_whom_the_agreement_leaves_out_or_may_leave_out(
    exclusion: Exclusion, excluded: dict[str, Any], other: dict[str, Any]
) -> None:
    """Both through an organisation, which the floor lets more reach."""
    made = agreement(
        between=("CRI", "UNHCR"), purpose="REFERRAL", onward=frozenset(), exclusions=frozenset({exclusion})
    )
    made = replace(made, parties=(*made.parties, replace(made.parties[0], party="HTI")))
    request = {**REFERRED, "sender": "CRI"}
    held = snapshot(made)
    if "CRI" in excluded.get("verified", ()):
        request["direction"], request["sender"], request["recipient"] = "ask", "UNHCR", "CRI"
    about = {"declared": ["NPL"], **excluded}
    assert clause(asked(request, **about), snapshot=held) == "4"
    assert clause(asked(request, **{"declared": ["NPL"], **other}), snapshot=held) == ""


@pytest.mark.parametrize("condition", [Condition.HIT_FIRST, Condition.HUMAN_REVIEW, Condition.NOTICE_GIVEN])
def test_a_condition_that_a_request_cannot_prove_refuses(condition: Condition) -> None:
    assert clause(asked(), snapshot=snapshot(agreement(conditions=frozenset({condition})))) == "6"


def test_conditions_that_a_request_proves() -> None:
    both = agreement(
        between=("PAN", "UNHCR"),
        purpose="REFERRAL",
        conditions=frozenset({Condition.CONSENT, Condition.BEST_INTERESTS}),
    )
    child = {"child": True, "best_interests": True, "declared": ["NPL"]}
    assert rule(asked(REFERRED, **child), snapshot=snapshot(both)) == ""
    assert rule(asked(REFERRED, **child, consent=False), snapshot=snapshot(both)) == "R54"


def test_a_condition_on_persons_does_not_stop_aggregates() -> None:
    made = agreement("demo:RCM-STAT", conditions=frozenset({Condition.CONSENT, Condition.HIT_FIRST}))
    assert rule(submitted(), snapshot=snapshot(made)) == ""


# --- data that need an authority or a purpose of their own ---


def asylum(kind: AuthorityKind = AuthorityKind.ASYLUM, **changes: Any) -> Any:
    made = agreement(between=("PAN", "CRI"), purpose="ASYLUM_RESP", data={"ASYLUM": ["claim"]}, **changes)
    return replace(made, parties=tuple(replace(entry, authority_kind=kind) for entry in made.parties))


CLAIM = {"recipient": "CRI", "purpose": "ASYLUM_RESP", "categories": ["ASYLUM"], "fields": ["claim"]}


def test_asylum_data_go_between_asylum_authorities_for_their_purpose_and_never_to_an_origin() -> None:
    about = {"protection": "CLAIM"}
    assert rule(asked(CLAIM, **about), snapshot=snapshot(asylum())) == ""
    assert rule(asked(CLAIM, **about), snapshot=snapshot(asylum(AuthorityKind.MIGRATION))) == "R28"
    assert rule(asked(CLAIM, **about, residence=["CRI"]), snapshot=snapshot(asylum())) == "R28"
    assert rule(asked({**CLAIM, "purpose": "REFERRAL"}, **about), snapshot=snapshot(asylum())) == "R28"
    assert rule(asked(CLAIM, residence=["CRI"]), snapshot=snapshot(asylum())) == "R28"


def test_movements_go_for_referral_and_family_links() -> None:
    moves = {"categories": ["MOVE"], "fields": ["last_contact_country"]}
    assert rule(asked(moves)) == "R55"
    made = agreement(purpose="FAM_LINK", data={"MOVE": ["last_contact_country"]})
    assert rule(asked({**moves, "purpose": "FAM_LINK"}), snapshot=snapshot(made)) == ""


def test_return_waits_for_its_guarantees() -> None:
    assert rule(asked({"agreement": READM, "purpose": "RETURN"})) == "R43"


# --- what a permit is ---


def test_a_permit_says_what_may_leave_and_under_what() -> None:
    permit = outcome(asked())
    assert isinstance(permit, Permit)
    assert (permit.agreement, permit.clause, permit.purpose, permit.decided_on) == (IDENT, "2", "IDENT", "2026-06-01")
    assert permit.legal_basis is not None
    assert permit.fields == {"name", "birth_date"}
    submission = outcome(submitted())
    assert isinstance(submission, Permit)
    assert submission.legal_basis is None


def test_the_digest_of_a_permit_is_that_of_request_registry_agreement_and_day() -> None:
    held = snapshot()
    digests = {
        outcome(document, snapshot=registry, now=now).digest  # type: ignore[union-attr]
        for document, registry, now in (
            (asked(), held, NOW),
            (asked(), held, NOW + timedelta(days=1)),
            (asked(declared=["NPL"]), held, NOW),
            (asked(), replace(held, digest="0" * 64), NOW),
            (asked(), snapshot(agreement(digest="0" * 64)), NOW),
        )
    }
    assert len(digests) == 5


def test_a_request_about_a_person_that_was_built_without_one_is_refused() -> None:
    built = replace(readable(submitted()), categories=frozenset({"BIO_BASIC"}), subject=None)
    found = decide(built, snapshot=snapshot(), now=NOW)
    assert isinstance(found, Refusal)
    assert found.rule == "R29"


# --- both engines must allow ---


def test_where_the_engines_differ_nothing_leaves_whichever_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "refused_by", lambda *_: None)
    assert rule(asked({"fields": ["sex"]})) == "F91"
    monkeypatch.undo()
    monkeypatch.setattr(deciding, "_cedar_allows", lambda *_: True)
    assert rule(asked({"fields": ["sex"]})) == "F91"
    monkeypatch.setattr(deciding, "_cedar_allows", lambda *_: False)
    assert rule(asked()) == "F91"


def test_an_error_of_the_engine_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> bool:
        raise ValueError("request")

    monkeypatch.setattr(deciding, "_cedar_allows", fails)
    assert rule(asked()) == "F92"
    assert rule(asked({"fields": ["sex"]})) == "R46"


def test_an_agreement_that_cannot_be_compiled_permits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "policies", lambda _: "permit (principal, action, resource) when { context.x };")
    assert rule(asked(), snapshot=snapshot()) == "F92"
    monkeypatch.setattr(standing, "policies", lambda _: "permit (principal, action, ")
    assert rule(asked(), snapshot=snapshot()) == "F92"


def test_a_permit_of_another_agreement_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "policies", lambda _: '@id("other") permit (principal, action, resource);')
    assert rule(asked(), snapshot=snapshot()) == "F91"


def test_allow_with_an_error_beside_it_and_no_decision_are_refusals() -> None:
    from cedarpy import Decision

    assert engine.judged(Decision.Allow, {"policy0": "x"}, []).allowed
    assert not engine.judged(Decision.Allow, {"policy0": "x"}, ["error"]).allowed
    assert not engine.judged(Decision.NoDecision, {}, []).allowed
    assert not engine.judged(Decision.Deny, {}, []).allowed


def test_a_forbid_that_errors_refuses_although_cedar_skips_it() -> None:
    found = engine.evaluate(
        engine.PolicySet.from_str(
            'permit (principal, action, resource); forbid (principal, action, resource) when { context.gone == "x" };'
        ),
        SimpleNamespace(sender="PAN", recipient="HTI", direction=Direction.ASK),  # type: ignore[arg-type]
        {},
    )
    assert (found.allowed, found.errors) == (False, 1)


def test_each_attribute_taken_out_of_what_cedar_sees_refuses() -> None:
    held = snapshot()
    facts = deciding.facts_of(readable(asked()), held.agreements[IDENT], held.parties)
    stands = deciding.standing_of(readable(asked()), held.agreements[IDENT], snapshot=held, superseded=False, now=NOW)
    policies = engine.parsed(standing.index_of(held).text("PAN", "HTI", "IDENT"))
    seen = engine.context(facts, stands)
    assert engine.evaluate(policies, facts, seen).allowed
    assert len(seen) == 32
    for name in seen:
        assert not engine.evaluate(policies, facts, {key: seen[key] for key in seen if key != name}).allowed, name


def test_the_index_is_kept_for_the_last_registries_and_known_by_identity() -> None:
    held = [snapshot() for _ in range(standing.KEPT + 1)]
    made = [standing.index_of(one) for one in held]
    assert standing.index_of(held[-1]) is made[-1]
    assert standing.index_of(held[0]) is not made[0]
    changed = replace(held[-1], agreements={})
    assert not standing.index_of(changed).sets
