"""What a restored party says and what it is told: once, signed, and nothing is taken that both sides did not sign."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from tests.scenario.delivery.region import NOW, Region, Wire
from tests.scenario.delivery.test_delivery import submission

from istmo.exchange import receipts
from istmo.exchange.envelope import Sealed, seal
from istmo.exchange.log import Restored
from istmo.exchange.manifest import Draft, Kind
from istmo.exchange.receipts import Outcome, Receipt
from istmo.exchange.restoration import Account, Exchanged, issue, read_account, write_account
from istmo.installation.alarms.models import Alarm, AlarmKind
from istmo.installation.audit.models import Event, EventKind
from istmo.installation.delivery import restorations
from istmo.installation.delivery.client import Status
from istmo.installation.delivery.handling import handle_next
from istmo.installation.delivery.inbox import receive
from istmo.installation.delivery.models import LOST, Content, HeldReceipt, Inbound, Outbound
from istmo.installation.delivery.outbox import post
from istmo.installation.delivery.pump import deliver
from istmo.installation.delivery.restorations import announce, on_restoration
from istmo.installation.delivery.states import DeliveryState, Reason
from istmo.installation.evidence.models import Leaf, PendingLeaf
from istmo.installation.evidence.restored import begin_again, first_place, last_restoration
from istmo.installation.evidence.sequencing import sequence
from istmo.registry.demonstration import demonstration_key
from istmo.registry.keys import Use

pytestmark = pytest.mark.usefixtures("database")

DAY = timedelta(days=1)
TALK = "a-conversation-that-goes-on"


@pytest.fixture
def region() -> Region:
    made = Region()
    made.pan = replace(made.pan, addresses=lambda: {"TS": "https://ts.example.org", "PAN": "https://pan.example.org"})
    return made


@pytest.fixture(autouse=True)
def _no_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restorations, "_resending", [])


def restored(region: Region) -> Restored:
    """PAN comes back from a backup of a day ago."""
    return begin_again(party="PAN", signing=region.pan.signing, backup_at=region.moment - DAY, now=region.moment)


def handled(region: Region) -> None:
    while handle_next(region.ts, now=region.moment):
        pass


def signed(sender: str, recipient: str, **changes: Any) -> Sealed:
    draft = Draft(
        message_id=str(uuid4()),
        conversation=TALK,
        sequence=changes.pop("sequence", 1),
        kind=Kind.TEST,
        sender=sender,
        recipient=recipient,
        created=NOW - timedelta(hours=2),
        payload_type="application/json",
        **changes,
    )
    to = demonstration_key(recipient, Use.SEALING).public
    return seal(draft, b"{}", nonce=b"n" * 32, signing=demonstration_key(sender), recipient=to)


def exchanged(made: Sealed, outcome: Outcome = Outcome.ACCEPTED, *, by: str = "") -> Exchanged:
    receipt = Receipt(
        message_id=made.manifest.message_id,
        manifest_digest=made.manifest_digest,
        outcome=outcome,
        reason=Reason.NOT_AVAILABLE.value if outcome is Outcome.REFUSED else "",
        received_at=NOW - timedelta(hours=1),
        log_id=made.manifest.recipient,
    )
    signing = demonstration_key(by or made.manifest.recipient)
    return Exchanged(made.manifest_jws, receipts.issue(receipt, signing=signing))


def told(region: Region, claim: Restored, *entries: Exchanged) -> None:
    """TS tells PAN what they exchanged."""
    payload = write_account(Account(claim.at, entries))
    with transaction.atomic():
        post(region.ts, kind=Kind.RESTORATION_ANSWER, recipient="PAN", payload=payload, at=region.moment)
    back(region)
    while handle_next(region.pan, now=region.moment):
        pass


def back(region: Region) -> None:
    deliver(region.ts, "PAN", Wire(region.pan, region.now), now=region.now, jitter=0.0)


def test_every_peer_is_told_once_of_each_restoration(region: Region) -> None:
    assert announce(region.pan, now=region.moment) == 0
    restored(region)
    assert announce(region.pan, now=region.moment) == 1
    assert announce(region.pan, now=region.moment) == 0
    assert [one.recipient for one in Outbound.objects.all()] == ["TS"]
    region.later(hours=1)
    restored(region)
    assert announce(region.pan, now=region.moment) == 1


def test_a_peer_that_nothing_may_go_to_yet_is_told_later(region: Region) -> None:
    restored(region)
    pan = replace(region.pan, addresses=lambda: {"XXX": "https://x.example.org", "TS": "https://ts.example.org"})
    assert announce(pan, now=region.moment) == 1
    assert [one.recipient for one in Outbound.objects.all()] == ["TS"]


def test_a_peer_answers_with_what_both_signed_and_raises_one_alarm(region: Region) -> None:
    region.moment -= timedelta(hours=2)
    for message in (region.post(), region.submit(submission())):
        assert message.pk
    region.pump()
    with transaction.atomic():
        post(region.ts, kind=Kind.TEST, recipient="PAN", payload=b"{}", at=region.moment)
    back(region)
    sequence(party="TS", signing=region.ts.signing, now=region.moment, most=3)
    handled(region)
    region.moment = NOW
    calls: list[tuple[str, datetime, datetime]] = []
    on_restoration(lambda *call: calls.append(call))
    claim = restored(region)
    announce(region.pan, now=region.moment)
    region.pump()
    handled(region)
    answer = Outbound.objects.get(kind=Kind.RESTORATION_ANSWER.value)
    account = read_account(bytes(answer.payload or b""))
    assert account.restored_at == claim.at
    before = Outbound.objects.filter(created_at__lt=claim.at, state=DeliveryState.DELIVERED.value)
    texts = {*PendingLeaf.objects.values_list("text", flat=True), *Leaf.objects.values_list("text", flat=True)}
    assert {one.manifest for one in account.exchanged} <= texts
    assert len(account.exchanged) == before.count() + 1 == 4, "and the notice itself, which the party holds"
    alarm = Alarm.objects.get(kind=AlarmKind.PEER_RESTORED.value)
    assert (alarm.party, alarm.times) == ("PAN", 1)
    assert calls == [("PAN", claim.backup_at - restorations.MARGIN, region.moment)]


def test_what_the_log_does_not_hold_is_not_told(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    region.post()
    region.pump()
    with transaction.atomic():
        post(region.ts, kind=Kind.TEST, recipient="PAN", payload=b"{}", at=region.moment)
    back(region)
    monkeypatch.setattr(restorations, "_text", lambda message_id, digest: "")
    restored(region)
    announce(region.pan, now=region.moment)
    region.pump()
    handled(region)
    assert not Outbound.objects.filter(kind=Kind.RESTORATION_ANSWER.value).exists()


def test_a_notice_of_another_party_is_an_alarm(region: Region) -> None:
    claim = Restored(at=NOW, backup_at=NOW - DAY, size=1)
    region.post(issue("HND", claim, signing=demonstration_key("HND")).encode(), kind=Kind.RESTORATION)
    region.post(b"no notice", kind=Kind.RESTORATION)
    region.pump()
    handled(region)
    assert Alarm.objects.filter(kind=AlarmKind.NOT_HANDLED.value).count() == 2
    assert not Alarm.objects.filter(kind=AlarmKind.PEER_RESTORED.value).exists()


def test_the_party_restored_has_all_that_it_is_told_in_its_log_and_its_lists(region: Region) -> None:
    claim = restored(region)
    came, went, no = signed("TS", "PAN"), signed("PAN", "TS"), signed("PAN", "TS", sequence=2)
    entries = (exchanged(came), exchanged(went), exchanged(no, Outcome.REFUSED))
    for _ in range(2):
        told(region, claim, *entries)
    leaves = [one.text for one in PendingLeaf.objects.all()]
    assert all(leaves.count(made.manifest_jws) == 1 for made in (came, went, no))
    lost = Inbound.objects.get(message_id=came.manifest.message_id)
    assert (lost.sender, lost.outcome, lost.receipt) == ("TS", LOST, entries[0].receipt)
    assert not Content.objects.filter(inbound=lost).exists()
    sent = Outbound.objects.get(message_id=went.manifest.message_id)
    assert (sent.state, sent.permit, sent.receipts.get().text) == ("DELIVERED", None, entries[1].receipt)
    refused = Outbound.objects.get(message_id=no.manifest.message_id)
    assert (refused.state, refused.reason) == (DeliveryState.DEAD.value, Reason.NOT_AVAILABLE.value)
    events = Event.objects.filter(kind=EventKind.EXCHANGE_RECOUNTED.value).order_by("at", "id")
    assert sorted(event.counts["messages"] for event in events) == [0, 3]


def test_what_we_refused_since_the_backup_is_told_as_that(region: Region) -> None:
    claim = restored(region)
    made = signed("TS", "PAN")
    told(region, claim, exchanged(made, Outcome.REFUSED))
    assert Inbound.objects.get(message_id=made.manifest.message_id).outcome == Outcome.REFUSED.value


def test_a_submission_that_was_lost_says_under_which_agreement_it_went(region: Region) -> None:
    claim = restored(region)
    named = {"agreement": "demo:RCM-STAT", "agreement_version": 1, "clause": "3", "purpose": "STAT"}
    made = signed("PAN", "TS", permit_digest="ab" * 32, **named)
    told(region, claim, exchanged(made))
    permit = Outbound.objects.get(message_id=made.manifest.message_id).permit
    assert permit is not None
    assert {name: permit[name] for name in named} == named


def test_nothing_is_taken_that_cannot_be_verified_or_is_of_another_restoration(region: Region) -> None:
    claim = restored(region)
    forged = exchanged(signed("TS", "PAN"), by="HND")
    others = exchanged(signed("HND", "PAN"))
    odd = replace_id(signed("PAN", "TS"))
    told(region, claim, forged, others)
    told(region, replace(claim, at=claim.at - timedelta(seconds=1)), exchanged(signed("TS", "PAN")))
    assert not Inbound.objects.filter(kind=Kind.TEST.value).exists()
    assert Event.objects.get(kind=EventKind.EXCHANGE_RECOUNTED.value).counts == {"messages": 0, "unverified": 2}
    told(region, claim, odd)
    assert not Outbound.objects.filter(kind=Kind.TEST.value).exists()


def replace_id(made: Sealed) -> Exchanged:
    """A message of ours with an id that this program would not give: logged, not listed."""
    draft = {name: getattr(made.manifest, name) for name in Draft.__dataclass_fields__}
    to = demonstration_key("TS", Use.SEALING).public
    again = seal(
        Draft(**{**draft, "message_id": "no-uuid-at-all"}),
        b"{}",
        nonce=b"n" * 32,
        signing=demonstration_key("PAN"),
        recipient=to,
    )
    return exchanged(again)


def test_who_was_never_restored_takes_no_account(region: Region) -> None:
    told(region, Restored(NOW, NOW, 0), exchanged(signed("TS", "PAN")))
    assert not Inbound.objects.filter(outcome=LOST).exists()
    assert not Event.objects.filter(kind=EventKind.EXCHANGE_RECOUNTED.value).exists()


def test_places_go_on_above_all_that_may_have_been_given(region: Region) -> None:
    region.post(conversation=TALK)
    assert first_place() == 0
    assert last_restoration() is None
    claim = restored(region)
    after = region.post(conversation=TALK)
    assert after.sequence == first_place() + 1 > 10**8
    assert after.after == 1
    assert last_restoration() == claim
    region.pump()
    region.pump()
    assert set(Outbound.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED.value}
    region.later(minutes=1)
    restored(region)
    assert region.post(conversation=TALK).sequence > after.sequence


def test_a_conversation_goes_on_after_messages_whose_content_was_lost(region: Region) -> None:
    """The peer's next message names one before it that is not here any more; what it sends again is taken."""
    claim = restored(region)
    lost = signed("TS", "PAN")
    told(region, claim, exchanged(lost))
    following = signed("TS", "PAN", sequence=2, extra={"after": 1})
    (answer,) = receive(region.pan, [following.envelope], now=region.moment)
    assert answer.status == "accepted"
    (answer,) = receive(region.pan, [signed("TS", "PAN", sequence=4, extra={"after": 3}).envelope], now=region.moment)
    assert (answer.status, answer.reason) == ("retry", Reason.EARLY.value)
    (answer,) = receive(region.pan, [signed("TS", "PAN", sequence=2).envelope], now=region.moment)
    assert (answer.status, answer.reason) == ("refused", Reason.SEQUENCE.value)


def test_a_message_that_was_lost_is_taken_when_it_comes_again(region: Region) -> None:
    claim = restored(region)
    made = signed("TS", "PAN")
    told(region, claim, exchanged(made))
    (answer,) = receive(region.pan, [made.envelope], now=region.moment)
    assert answer.status == "accepted"
    (again,) = receive(region.pan, [made.envelope], now=region.moment)
    assert again.status == "duplicate"


def test_a_message_that_waited_in_the_backup_and_was_sealed_otherwise_afterwards_is_known_as_delivered(
    region: Region,
) -> None:
    """The recipient holds it under another manifest; once that is told, its receipt counts here."""
    claim = restored(region)
    message = region.post()
    other = seal_like(message)
    held = exchanged(other)
    told(region, claim, held)
    assert Outbound.objects.get(pk=message.pk).state == DeliveryState.WAITING.value

    class Knows(Wire):
        def post_envelopes(self, envelopes: Any) -> Any:
            return [Status("refused", "replayed", held.receipt)]

    deliver(region.pan, "TS", Knows(region.ts, region.now), now=region.now, jitter=0.0)
    assert Outbound.objects.get(pk=message.pk).state == DeliveryState.DELIVERED.value
    assert HeldReceipt.objects.get(message=message).text == held.receipt


def seal_like(message: Outbound) -> Sealed:
    draft = Draft(
        message_id=str(message.message_id),
        conversation=message.conversation,
        sequence=1,
        kind=Kind.TEST,
        sender="PAN",
        recipient="TS",
        created=NOW,
        payload_type="application/json",
        legal_basis="another basis",
    )
    to = demonstration_key("TS", Use.SEALING).public
    return seal(draft, b"{}", nonce=bytes(message.nonce or b""), signing=demonstration_key("PAN"), recipient=to)


def test_moments_are_whole_seconds_so_that_they_read_back(region: Region) -> None:
    region.moment = datetime(2026, 3, 1, 12, 0, 0, 654321, tzinfo=UTC)
    claim = restored(region)
    assert claim.at.microsecond == 0
    assert last_restoration() == claim
