"""A message leaves with a permit or not at all, arrives once, and both sides can prove it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from tests.scenario.delivery.region import AGREEMENT, Region

from istmo.exchange.manifest import Kind
from istmo.exchange.receipts import Outcome, read_receipt
from istmo.exchange.refusals import Code
from istmo.installation.alarms.models import Alarm, AlarmKind
from istmo.installation.delivery import handling
from istmo.installation.delivery.handling import Arrived, delete_contents, handle_next
from istmo.installation.delivery.inbox import receive
from istmo.installation.delivery.models import Content, HeldReceipt, Inbound, Outbound, Volume
from istmo.installation.delivery.outbox import post, try_again
from istmo.installation.delivery.permission import NotPermitted
from istmo.installation.delivery.states import DeliveryState, Reason, reason_text
from istmo.installation.evidence.models import Leaf, PendingLeaf
from istmo.installation.evidence.sequencing import sequence
from istmo.model.errors import InvalidInput
from istmo.model.observations import COLUMNS
from istmo.model.text import Text
from istmo.registry.agreements.record import CapPeriod, VolumeCap
from istmo.registry.demonstration import demonstration_key
from istmo.registry.keys import Use, from_seed
from istmo.registry.parties import KeyRecord, KeyRing
from istmo.registry.snapshot import Suspension

pytestmark = pytest.mark.usefixtures("database")

HEAD = {"reporter": "PAN", "agency": "SNM", "dataset": "X", "vintage": "2026-03-01.1", "source_hash": "", "profile": ""}


def submission(*more: str) -> bytes:
    columns = {name: [] for name in (*COLUMNS, *more) if name.lower() not in HEAD}
    return json.dumps({"format": "istmo-submission/1", **HEAD, "rows": 0, "columns": columns}).encode()


@pytest.fixture
def region() -> Region:
    return Region()


def of(message: Outbound) -> Outbound:
    return Outbound.objects.get(pk=message.pk)


def state_of(message: Outbound) -> tuple[str, str]:
    held = of(message)
    return held.state, held.reason


@transaction.atomic
def post_and_fail(region: Region) -> None:
    """What the message tells of cannot be stored."""
    region.submit(submission())
    raise ZeroDivisionError


def suspended(region: Region) -> None:
    region.registry.change(
        suspensions=(Suspension(AGREEMENT, "PAN", region.moment, Text(es="de prueba", en="of a test")),)
    )


def test_a_submission_is_permitted_delivered_receipted_and_logged_on_both_sides(region: Region) -> None:
    message = region.submit(submission())
    assert message.permit is not None
    assert message.permit["agreement"] == AGREEMENT
    progress = region.pump()
    assert (progress.taken, progress.delivered) == (1, 1)
    assert state_of(message) == (DeliveryState.DELIVERED, "")
    receipt = HeldReceipt.objects.get(message=message)
    assert read_receipt(receipt.text, keys=region.registry().keys, now=region.moment).outcome is Outcome.ACCEPTED
    assert Inbound.objects.get().outcome == "accepted"
    texts = list(PendingLeaf.objects.values_list("text", flat=True))
    assert len(texts) == 2
    assert len(set(texts)) == 1
    assert sequence(party="PAN", signing=region.pan.signing, now=region.moment) == 2
    assert not PendingLeaf.objects.exists()
    assert Leaf.objects.count() == 2


def test_what_proves_an_exchange_stays_and_the_payload_goes_with_the_delivery(region: Region) -> None:
    message = region.submit(submission())
    region.pump()
    held = of(message)
    assert held.payload is None
    assert held.nonce is None
    assert held.envelope == ""


def test_message_and_state_change_commit_together_or_not_at_all(region: Region) -> None:
    with pytest.raises(ZeroDivisionError):
        post_and_fail(region)
    assert not Outbound.objects.exists()
    assert not PendingLeaf.objects.exists()


def test_one_field_too_many_refuses_the_message_before_it_is_sealed(region: Region) -> None:
    with pytest.raises(NotPermitted) as refused:
        region.submit(submission("SURNAME_OF_SOMEBODY"))
    assert refused.value.refusal is not None
    assert refused.value.message.en == "Not available: ask the protection officer."
    assert refused.value.for_officers.en.endswith("(R46)")
    assert not Outbound.objects.exists()
    assert not PendingLeaf.objects.exists()


def test_a_suspension_ends_what_waits_before_the_next_attempt_with_an_alarm(region: Region) -> None:
    message = region.submit(submission())
    region.wire.cut = 1
    region.pump()
    assert state_of(message) == (DeliveryState.WAITING, Reason.UNREACHABLE)
    suspended(region)
    region.later(minutes=1)
    region.pump()
    state, reason = state_of(message)
    clause = region.ts.registry().agreements["demo:RCM-STAT"].clauses["suspension"].number
    assert (state, reason) == (DeliveryState.DEAD, f"not_permitted/R46/{clause}")
    assert reason_text(reason).es == f"Los acuerdos vigentes ya no lo permiten (R46, cláusula {clause})"
    assert len(region.wire.carried) == 1
    alarm = Alarm.objects.get(kind=AlarmKind.MESSAGE_ENDED.value)
    assert (alarm.party, alarm.object_id) == ("TS", str(message.message_id))


def test_a_message_to_a_party_that_the_registry_does_not_know_does_not_leave(region: Region) -> None:
    with pytest.raises(NotPermitted), transaction.atomic():
        post(region.pan, kind=Kind.TEST, recipient="XXX", payload=b"{}", at=region.moment)


def test_a_lost_answer_is_asked_for_again_under_one_message_id_and_doubles_nothing(region: Region) -> None:
    message = region.post()
    region.wire.lost = 3
    for _ in range(4):
        region.pump()
        region.later(minutes=2)
    assert state_of(message) == (DeliveryState.DELIVERED, "")
    assert len(region.wire.carried) == 4
    assert len({tuple(one) for one in region.wire.carried}) == 1
    assert Inbound.objects.count() == 1
    assert Content.objects.count() == 1


def test_attempts_wait_ever_longer_and_a_peer_that_answers_again_gets_everything_at_once(region: Region) -> None:
    messages = [region.post() for _ in range(25)]
    region.wire.cut = 2
    region.pump()
    first = of(messages[0]).next_try - region.moment
    assert first == timedelta(seconds=1)
    region.later(minutes=5)
    region.pump(most=1)
    assert region.pump().delivered == 20
    assert region.pump().delivered == 5
    assert not Alarm.objects.filter(closed_at__isnull=True).exists()


def test_a_message_ends_when_its_ten_days_are_over(region: Region) -> None:
    message = region.post()
    region.later(days=10, seconds=1)
    region.pump()
    assert state_of(message) == (DeliveryState.DEAD, Reason.EXPIRED)


def test_a_person_lets_an_expired_message_be_tried_again_and_it_keeps_its_id(region: Region) -> None:
    message = region.post()
    region.later(days=11)
    region.pump()
    again = try_again(message.message_id, account=None, at=region.moment, point=region.pan)
    assert again.not_after > region.moment
    region.pump()
    assert state_of(message) == (DeliveryState.DELIVERED, "")
    assert Inbound.objects.get().message_id == str(message.message_id)


def test_a_message_that_had_arrived_before_it_expired_here_is_found_out_and_not_taken_twice(region: Region) -> None:
    message = region.post()
    region.wire.lost = 1
    region.pump()
    region.later(days=11)
    region.pump()
    assert state_of(message) == (DeliveryState.DEAD, Reason.EXPIRED)
    try_again(message.message_id, account=None, at=region.moment, point=region.pan)
    region.pump()
    assert state_of(message) == (DeliveryState.DELIVERED, "")
    assert Inbound.objects.count() == 1


def test_a_delivered_message_is_not_tried_again(region: Region) -> None:
    message = region.post()
    region.pump()
    with pytest.raises(InvalidInput):
        try_again(message.message_id, account=None, at=region.moment, point=region.pan)


def test_a_retry_is_decided_on_again(region: Region) -> None:
    message = region.submit(submission())
    suspended(region)
    region.later(minutes=1)
    region.pump()
    with pytest.raises(NotPermitted):
        try_again(message.message_id, account=None, at=region.moment, point=region.pan)
    region.registry.change(suspensions=())
    try_again(message.message_id, account=None, at=region.moment, point=region.pan)
    region.pump()
    assert state_of(message) == (DeliveryState.DELIVERED, "")


def test_the_recipient_decides_under_its_own_agreements_in_neutral_words(region: Region) -> None:
    theirs = Region()
    suspended(theirs)
    region.wire.recipient = theirs.ts
    message = region.submit(submission())
    region.later(minutes=1)
    region.pump()
    assert state_of(message) == (DeliveryState.DEAD, Reason.NOT_AVAILABLE)
    assert HeldReceipt.objects.get().outcome == "refused"
    assert Inbound.objects.get().outcome == "refused"
    assert not Content.objects.exists()
    again = receive(theirs.ts, [of(message).envelope], now=region.moment)[0]
    assert (again.status, again.receipt) == ("refused", HeldReceipt.objects.get().text)
    assert Inbound.objects.count() == 1


def test_a_message_refused_while_suspended_is_taken_under_the_same_id_afterwards(region: Region) -> None:
    theirs = Region()
    suspended(theirs)
    region.wire.recipient = theirs.ts
    message = region.submit(submission())
    region.later(minutes=1)
    region.pump()
    theirs.registry.change(suspensions=())
    try_again(message.message_id, account=None, at=region.moment, point=region.pan)
    region.pump()
    assert state_of(message) == (DeliveryState.DELIVERED, "")


def test_a_recipient_whose_registry_is_older_asks_to_wait(region: Region) -> None:
    theirs = Region()
    theirs.registry.change(agreements={}, version=0)
    region.wire.recipient = theirs.ts
    message = region.submit(submission())
    region.pump()
    assert state_of(message) == (DeliveryState.WAITING, Code.REGISTRY)
    theirs.registry.change(agreements=region.registry().agreements, version=1)
    region.later(minutes=1)
    region.pump()
    assert state_of(message) == (DeliveryState.DELIVERED, "")


def test_a_message_decided_under_a_registry_too_old_is_decided_on_and_sealed_again(region: Region) -> None:
    message = region.submit(submission())
    before = message.manifest_digest
    region.registry.change(version=5)
    region.wire.recipient = replace(region.ts, oldest_registry=lambda: 4)
    region.pump()
    assert state_of(message) == (DeliveryState.WAITING, Code.REGISTRY)
    region.later(minutes=1)
    region.pump()
    assert state_of(message) == (DeliveryState.DELIVERED, "")
    assert of(message).manifest_digest != before
    assert PendingLeaf.objects.filter(message_id=str(message.message_id)).count() == 3


def test_statistics_wait_while_the_registry_is_stale_and_leave_once_it_is_fresh(region: Region) -> None:
    message = region.submit(submission())
    region.later(hours=73)
    region.pump()
    assert state_of(message) == (DeliveryState.WAITING, Reason.STALE_REGISTRY)
    assert region.wire.carried == []
    region.registry.change(expires=region.moment + timedelta(hours=72))
    region.later(minutes=2)
    region.pump()
    assert state_of(message) == (DeliveryState.DELIVERED, "")


def test_the_volume_cap_is_counted_with_the_message_and_refuses_the_one_above_it(region: Region) -> None:
    agreement = region.registry().agreements[AGREEMENT]
    capped = replace(agreement, volume_cap=VolumeCap(2, CapPeriod.DAY))
    region.registry.change(agreements={AGREEMENT: capped})
    region.submit(submission())
    with pytest.raises(ZeroDivisionError):
        post_and_fail(region)
    assert Volume.objects.get(direction="out").count == 1
    region.submit(submission())
    with pytest.raises(InvalidInput) as refused:
        region.submit(submission())
    assert refused.value.message == Reason.VOLUME.text
    assert Volume.objects.get(direction="out").count == 2
    assert Outbound.objects.count() == 2
    region.later(days=1)
    region.submit(submission())


def test_a_sender_that_does_not_count_meets_the_cap_at_the_recipient(region: Region) -> None:
    agreement = region.registry().agreements[AGREEMENT]
    theirs = Region()
    theirs.registry.change(agreements={AGREEMENT: replace(agreement, volume_cap=VolumeCap(1, CapPeriod.DAY))})
    region.wire.recipient = theirs.ts
    first, second = region.submit(submission()), region.submit(submission())
    region.pump()
    assert {state_of(first)[0], state_of(second)[0]} == {DeliveryState.DELIVERED, DeliveryState.WAITING}
    region.later(days=1)
    region.pump()
    assert {state_of(first)[0], state_of(second)[0]} == {DeliveryState.DELIVERED}


def test_messages_of_a_conversation_are_taken_in_order_whatever_the_network_does(region: Region) -> None:
    messages = [region.post(conversation="conversation-1") for _ in range(3)]
    assert [one.sequence for one in messages] == [1, 2, 3]
    early = receive(region.ts, [of(messages[1]).envelope], now=region.moment)
    assert (early[0].status, early[0].reason) == ("retry", Reason.EARLY)
    for _ in range(3):
        region.pump()
    assert [len(one) for one in region.wire.carried] == [1, 1, 1]
    assert list(Inbound.objects.order_by("id").values_list("sequence", flat=True)) == [1, 2, 3]


def test_what_follows_a_message_that_ended_still_goes(region: Region) -> None:
    first, second = (region.submit(submission(), conversation="conversation-1") for _ in range(2))
    Outbound.objects.filter(pk=first.pk).update(not_after=region.moment)
    region.pump()
    assert state_of(first)[0] == DeliveryState.DEAD
    region.pump()
    assert state_of(second) == (DeliveryState.DELIVERED, "")


def test_another_message_in_a_place_that_is_taken_is_refused(region: Region) -> None:
    first, second = (region.post(conversation="conversation-1") for _ in range(2))
    region.pump()
    region.pump()
    with transaction.atomic():
        Outbound.objects.filter(pk=second.pk).update(conversation="moved-away-1")
        Outbound.objects.filter(pk=first.pk).update(conversation="moved-away-2")
        forged = post(
            region.pan, kind=Kind.TEST, recipient="TS", payload=b"[]", at=region.moment, conversation="conversation-1"
        )
    answer = receive(region.ts, [forged.envelope], now=region.moment)[0]
    assert (answer.status, answer.reason) == ("refused", Reason.SEQUENCE)


def test_a_bad_envelope_spoils_nobodys_batch(region: Region) -> None:
    good = [region.post() for _ in range(3)]
    envelopes = [good[0].envelope, "rubbish", good[1].envelope[:-40] + "A" * 40, good[1].envelope, "", good[2].envelope]
    answers = receive(region.ts, envelopes, now=region.moment)
    assert [one.status for one in answers] == ["accepted", "refused", "refused", "accepted", "refused", "accepted"]
    assert Inbound.objects.count() == 3


def test_the_same_message_twice_in_one_batch_is_taken_once(region: Region) -> None:
    message = region.post()
    answers = receive(region.ts, [message.envelope, message.envelope], now=region.moment)
    assert [one.status for one in answers] == ["accepted", "duplicate"]
    assert answers[0].receipt == answers[1].receipt


def test_a_clock_an_hour_off_is_told_as_such_and_may_come_again(region: Region) -> None:
    message = region.post()
    answer = receive(region.ts, [message.envelope], now=region.moment - timedelta(hours=1))[0]
    assert (answer.status, answer.reason) == ("retry", Code.CLOCK)
    assert not Inbound.objects.exists()


def test_a_batch_that_is_too_large_is_refused_whole(region: Region) -> None:
    message = region.post()
    with pytest.raises(InvalidInput):
        receive(region.ts, [message.envelope] * 21, now=region.moment)


def test_a_receipt_of_somebody_else_counts_for_nothing(region: Region) -> None:
    message = region.post()
    region.wire.recipient = replace(region.ts, signing=demonstration_key("HND"))
    region.pump()
    assert state_of(message) == (DeliveryState.WAITING, Reason.BAD_ANSWER)
    assert not HeldReceipt.objects.exists()


def test_after_the_recipients_sealing_key_changed_the_message_is_sealed_again_with_the_same_manifest(
    region: Region,
) -> None:
    message = region.post()
    fresh = from_seed(Use.SEALING, bytes(range(32)))
    keys = {
        kid: replace(record, revoked_from=region.moment) if kid == region.ts.sealing[0].kid else record
        for kid, record in region.registry().keys.records.items()
    }
    keys[fresh.kid] = KeyRecord("TS", fresh.public, region.moment, region.moment + timedelta(days=400))
    region.registry.change(keys=KeyRing(keys))
    region.wire.recipient = replace(region.ts, sealing=(fresh,))
    region.pump()
    assert state_of(message) == (DeliveryState.DELIVERED, "")
    assert of(message).manifest_digest == message.manifest_digest
    assert of(message).sealed_to == fresh.kid


def test_a_receipt_given_again_under_a_new_key_is_that_of_a_duplicate(region: Region) -> None:
    message = region.post()
    receive(region.ts, [message.envelope], now=region.moment)
    fresh = from_seed(Use.SIGNING, bytes(range(32)))
    keys = dict(region.registry().keys.records)
    keys[fresh.kid] = KeyRecord("TS", fresh.public, region.moment, region.moment + timedelta(days=400))
    region.registry.change(keys=KeyRing(keys))
    region.wire.recipient = replace(region.ts, signing=fresh)
    region.pump()
    assert state_of(message) == (DeliveryState.DELIVERED, "")
    assert HeldReceipt.objects.get().outcome == "duplicate"


def test_a_handler_gets_each_message_once_and_may_answer_in_the_same_transaction(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(arrived: Arrived) -> None:
        post(
            arrived.point,
            kind=Kind.SUBMISSION_ANSWER,
            recipient=arrived.message.sender,
            payload=b"{}",
            at=arrived.at,
            agreement=arrived.message.agreement,
            purpose="STAT",
            conversation=arrived.message.conversation,
            in_reply_to=arrived.message.message_id,
        )

    monkeypatch.setitem(handling._handlers, Kind.SUBMISSION, answer)
    message = region.submit(submission())
    region.pump()
    assert handle_next(region.ts, now=region.moment)
    assert not handle_next(region.ts, now=region.moment)
    reply = Outbound.objects.get(recipient="PAN")
    assert (reply.in_reply_to, reply.conversation, reply.sequence) == (str(message.message_id), message.conversation, 1)


def test_a_handler_that_fails_changes_nothing_raises_an_alarm_and_is_tried_again(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def fails_once(arrived: Arrived) -> None:
        Volume.objects.create(agreement="x", direction="in", peer="X", period=str(len(seen)), count=1)
        seen.append(arrived.message.message_id)
        if len(seen) == 1:
            raise ValueError

    monkeypatch.setitem(handling._handlers, Kind.TEST, fails_once)
    region.post()
    region.pump()
    assert handle_next(region.ts, now=region.moment)
    assert not Volume.objects.exists()
    assert Alarm.objects.get(closed_at__isnull=True).kind == AlarmKind.NOT_HANDLED
    assert not handle_next(region.ts, now=region.moment)
    region.later(minutes=1)
    assert handle_next(region.ts, now=region.moment)
    assert Volume.objects.count() == 1
    assert Content.objects.get().handled_at is not None
    assert not Alarm.objects.filter(closed_at__isnull=True).exists()


def test_contents_are_deleted_after_their_time_and_ids_and_receipts_stay(region: Region) -> None:
    region.post()
    region.pump()
    region.later(days=31)
    assert delete_contents(now=region.moment) == 0  # not handled yet
    handle_next(region.ts, now=region.moment)
    assert delete_contents(now=region.moment) == 1
    assert delete_contents(now=region.moment) == 0
    assert Content.objects.get().payload is None
    assert Inbound.objects.get().receipt


def test_an_answer_that_leaves_in_a_slot_is_not_sent_before_it(region: Region) -> None:
    message = region.post(leaves_at=region.moment + timedelta(seconds=60))
    region.pump()
    assert region.wire.carried == []
    region.later(seconds=60)
    region.pump()
    assert state_of(message) == (DeliveryState.DELIVERED, "")
