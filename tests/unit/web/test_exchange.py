"""The exchange in the workbench: what ended says why and is tried again; alarms are closed by name; proof is given."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.test import Client, override_settings
from tests.scenario.delivery.region import Region, Wire

from istmo.exchange.manifest import Kind
from istmo.installation.alarms.models import Alarm, AlarmKind, raise_alarm
from istmo.installation.audit.models import Event, EventKind
from istmo.installation.delivery.handling import handle_next
from istmo.installation.delivery.models import Outbound
from istmo.installation.delivery.pump import deliver
from istmo.installation.delivery.states import DeliveryState
from istmo.installation.evidence.sequencing import sequence

pytestmark = pytest.mark.usefixtures("database")
HERE = "/en/workbench/exchange/"
SignIn = Callable[[str], Client]


@pytest.fixture
def sign_in(client: Client, request: pytest.FixtureRequest) -> SignIn:
    def signed_in(role: str) -> Client:
        client.force_login(request.getfixturevalue(role))
        return client

    return signed_in


@pytest.fixture
def region() -> Iterator[Region]:
    made = Region()
    with override_settings(ISTMO_ACCESS_POINT=lambda: made.pan):
        yield made


@pytest.fixture
def ended(region: Region) -> Outbound:
    """A message whose ten days are over."""
    message = region.post()
    region.later(days=11)
    region.pump()
    return message


def page(client: Client, address: str = HERE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_message_that_ended_says_why_and_is_tried_again_by_a_person(sign_in: SignIn, ended: Outbound) -> None:
    client = sign_in("approver")
    assert "Ended undelivered" in page(client)
    own = f"{HERE}message/{ended.message_id}/"
    assert "Its ten days of validity have ended" in page(client, own)
    client.post(f"{HERE}message/{ended.message_id}/retry/")
    assert Outbound.objects.get(pk=ended.pk).state == DeliveryState.WAITING
    assert Event.objects.filter(kind=EventKind.MESSAGE_RETRIED.value, object_id=str(ended.message_id)).count() == 1


def test_who_may_not_read_the_trail_sees_no_messages(sign_in: SignIn, ended: Outbound) -> None:
    client = sign_in("analyst")
    assert client.get(HERE).status_code == 403
    assert client.post(f"{HERE}message/{ended.message_id}/retry/").status_code == 403


def test_evidence_is_given_as_a_file_and_its_giving_is_in_the_trail(sign_in: SignIn, region: Region) -> None:
    message = region.post()
    region.pump()
    sequence(party="PAN", signing=region.pan.signing, now=region.moment)
    answer = sign_in("approver").get(f"{HERE}message/{message.message_id}/evidence.json")
    assert json.loads(answer.content)["format"] == "istmo-evidence/1"
    assert Event.objects.filter(kind=EventKind.EVIDENCE_EXPORTED.value).count() == 1


def test_an_alarm_says_what_to_do_and_is_closed_by_somebody(sign_in: SignIn, region: Region) -> None:
    raise_alarm(AlarmKind.PEER_LOG, at=region.moment, party="HND", reason="forked")
    client = sign_in("approver")
    text = page(client, f"{HERE}alarms/")
    assert AlarmKind.PEER_LOG.title.en in text
    assert AlarmKind.PEER_LOG.advice.en in text
    client.post(f"{HERE}alarms/{Alarm.objects.get().pk}/close/")
    assert Alarm.objects.get().closed_by is not None
    assert "No alarm is open." in page(client, f"{HERE}alarms/")


def test_reading_the_trail_is_in_the_trail(sign_in: SignIn) -> None:
    client = sign_in("approver")
    page(client, "/en/workbench/audit/")
    page(client, "/en/workbench/audit/?page=2")
    read = Event.objects.filter(kind=EventKind.TRAIL_READ.value)
    assert read.count() == 1
    client.get("/en/workbench/audit/audit.csv")
    assert read.count() == 2


def test_a_trial_is_asked_from_the_page_and_told_there(sign_in: SignIn, region: Region) -> None:
    region.pan = replace(region.pan, addresses=lambda: {"TS": "https://ts.example.org:8443"})
    client, here = sign_in("approver"), f"{HERE}peers/"
    assert "No trial yet" in page(client, here)
    client.post(f"{here}trial/", {"peer": "TS", "each": "5"})
    assert Outbound.objects.filter(kind=Kind.TRIAL_QUESTION.value).count() == 15
    assert Event.objects.get(kind=EventKind.PEER_TESTED.value).counts == {"messages": 15}
    assert "Answers are to come" in page(client, here)
    region.moment = datetime.now(UTC)
    region.pump()
    while handle_next(region.ts, now=region.moment):
        pass
    region.later(minutes=3)
    deliver(region.ts, "PAN", Wire(region.pan, region.now), now=region.now, jitter=0.0)
    told = page(client, here)
    assert "Nothing is known: 5/5" in told
    assert "Nothing tells the cases apart" in told
    assert "Nada distingue los casos" in page(client, "/es/mesa/intercambio/partes/")


def test_a_test_message_is_sent_from_the_page_and_what_is_no_peer_is_refused(sign_in: SignIn, region: Region) -> None:
    region.pan = replace(region.pan, addresses=lambda: {"TS": "https://ts.example.org:8443"})
    client, here = sign_in("approver"), f"{HERE}peers/"
    client.post(f"{here}trial/", {"peer": "TS", "each": "0"})
    assert [one.kind for one in Outbound.objects.all()] == [Kind.TEST.value]
    for wrong in ({"peer": "HND", "each": "0"}, {"peer": "TS", "each": "7"}, {}):
        answer = client.post(f"{here}trial/", wrong, follow=True)
        assert "Choose a peer and what it is sent." in answer.content.decode()
    assert Outbound.objects.count() == 1


def test_whoever_may_not_manage_the_exchange_asks_no_trial(sign_in: SignIn, region: Region) -> None:
    assert sign_in("analyst").post(f"{HERE}peers/trial/", {"peer": "TS", "each": "5"}).status_code == 403
    assert not Outbound.objects.exists()
