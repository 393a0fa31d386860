"""The pages of protected tables: who may see them, what they say in both languages, and who looked is written down."""

import re
from typing import Any

import pytest
from django.test import Client, override_settings

from istmo.installation.accounts.models import User
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.alarms.models import Alarm, AlarmKind, raise_alarm
from istmo.installation.audit.models import Event
from istmo.installation.releases.models import Check, ReleasedTable
from istmo.installation.submissions import arrival
from istmo.node.release import releasing
from istmo.web.composition import NODE_URLCONF

from .region import AT, AUGUST, Outbox, load, node, people, protect, sent

pytestmark = pytest.mark.usefixtures("database")
INDEX = "/en/workbench/protection/"
CELLS = "HND.INM.gdi_nat%2FENT_IRR%2FREGISTRATION"


@pytest.fixture
def who(database: None) -> dict[str, User]:
    return people()


@pytest.fixture(autouse=True)
def protected(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    protect(monkeypatch, settings)


def as_(user: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def arrived(who: dict[str, User], settings: Any) -> str:
    with node(settings):
        payload = sent(load(AUGUST, who["eli"]).vintage, who, Outbox())
    return arrival.take_in(payload, sender="HND", received_at=AT).vintage


def test_the_hub_shows_what_was_published_under_which_rules_and_what_is_together(
    who: dict[str, User], arrived: str
) -> None:
    client = as_(who["ana"])
    listed = text_of(client.get(INDEX))
    assert (
        f"Irregular entries by nationality (compilation): Irregular entry detected/registered HND {arrived} 2023-08"
        in listed
    )
    assert "headline-flows" in listed
    assert "the register is whole" in listed
    assert "Nothing found" in listed
    one = text_of(client.get(f"{INDEX}release/{arrived}/"))
    assert "Counts of 5 or more are published exact" in one
    assert "Africa (taken together)" in one
    assert "59 categories Africa : " in one
    assert "Eritrea" in one
    assert re.search(r"\b(\d+) of \1 cells show a figure\.", one)
    spanish = text_of(client.get(f"/es/mesa/proteccion/entrega/{arrived}/"))
    assert "África (reunidas)" in spanish
    checked = text_of(client.get(f"{INDEX}check/{Check.objects.get().pk}/"))
    assert "Nothing found" in checked
    looked = Event.objects.filter(kind="protection_read", account=who["ana"]).values_list("object_type", "object_id")
    assert set(looked) == {("vintage", arrived), ("check", str(Check.objects.get().pk))}
    assert client.get(f"{INDEX}release/2001-01-01.1/").status_code == 404
    assert client.get(f"{INDEX}check/9999/").status_code == 404


def test_only_those_who_release_and_never_an_account_of_a_state_see_them(who: dict[str, User], arrived: str) -> None:
    assert as_(who["lea"]).get(INDEX).status_code == 403
    assert "Protected tables" not in text_of(as_(who["lea"]).get("/en/workbench/"))
    state = User.objects.create_user(
        "sol", full_name="Sol Ejemplo", role=AccountRole.STATISTICIAN, member="HND", password=None
    )
    assert as_(state).get(f"{INDEX}release/{arrived}/").status_code == 403
    assert Client(headers={"host": "localhost"}).get(INDEX).status_code == 302


def test_empty_and_found_and_contradicted_say_what_to_do(who: dict[str, User]) -> None:
    client = as_(who["pio"])
    empty = text_of(client.get(INDEX))
    assert "No protected table has been published yet." in empty
    assert "Nothing had to be checked yet." in empty
    found = Check.objects.create(
        at=AT,
        object_type="brief",
        object_id="2023-08.1",
        tables=3,
        cells=1,
        head="0" * 64,
        findings=[
            {"kind": "exact", "cell": f"{CELLS}|CITIZENSHIP=ERI|period=2023-08",
             "lower": 2, "upper": 2},
            {"kind": "small", "cell": "X.Y.z%2FNONE|PLACE=HND_TROJES|period=2023-08|state=1", "lower": 1, "upper": 4},
            {"kind": "revised", "cell": f"{CELLS}|period=2023-08", "lower": 2, "upper": 2},
        ],
    )  # fmt: skip
    told = text_of(client.get(f"{INDEX}check/{found.pk}/"))
    assert "Eritrea 2023-08 Irregular entries by nationality (compilation)" in told
    assert "Irregular entry detected/registered is known exactly (2)" in told
    assert "is proved to be small and not zero (1 – 4)" in told
    assert "Total 2023-08" in told
    assert "Nothing was stored or approved." in told
    assert "3 cells" in text_of(client.get(INDEX))
    totals = Check.objects.create(
        at=AT, object_type="facts", object_id="t.csv", tables=3, cells=54328, head="", findings=found.findings
    )
    published = text_of(client.get(f"{INDEX}check/{totals.pk}/"))
    assert "The totals are kept. These cells stand in tables that are published already" in published
    assert "54,328 cells" in published
    assert "Nothing was stored" not in published
    assert "Los totales se guardan." in text_of(client.get(f"/es/mesa/proteccion/revision/{totals.pk}/"))
    reason = {"es": "Lo publicado se contradice.", "en": "What is published contradicts itself."}
    refused = Check.objects.create(
        at=AT,
        object_type="vintage",
        object_id="v",
        party="HND",
        tables=1,
        cells=1,
        head="",
        refused="F119",
        reason=reason,
    )
    assert "What is published contradicts itself." in text_of(client.get(f"{INDEX}check/{refused.pk}/"))
    raise_alarm(AlarmKind.DISCLOSURE, at=AT, party="HND", object_id="2023-09-14.1340", reason="F116")
    alarms = client.get("/en/workbench/exchange/alarms/")
    assert "What is withheld could be worked out" in text_of(alarms)
    assert f'href="{INDEX}"' in alarms.content.decode()
    assert Alarm.objects.get().alarm_kind.advice.es.startswith("No se publicó nada nuevo.")


def test_a_register_that_was_altered_says_so(who: dict[str, User], arrived: str) -> None:
    line = ReleasedTable.objects.get()
    names = {field.name for field in ReleasedTable._meta.fields} - {"number", "previous", "digest"}
    ReleasedTable.objects.create(
        **{name: getattr(line, name) for name in names},
        number=2,
        previous=line.digest,
        digest="f" * 64,
    )  # fmt: skip
    assert "Line 2 is not what was written" in text_of(as_(who["ana"]).get(INDEX))


def test_the_node_shows_its_own_exact_figures_to_those_who_release(who: dict[str, User], settings: Any) -> None:
    with node(settings), override_settings(ROOT_URLCONF=NODE_URLCONF):
        proposed = releasing.propose(load(AUGUST, who["eli"]).vintage, account=who["eli"], at=AT)
        client = as_(who["pio"])
        page = f"/en/workbench/releases/{proposed.pk}/"
        assert "What leaves is a protected table." in text_of(client.get(page))
        told = text_of(client.get(f"{page}withheld/"))
        assert "Africa (taken together) 11 Africa : Eritrea 2 , Kenya 9" in told
        assert "They do not leave this node" in told
        assert Event.objects.filter(kind="protection_read", account=who["pio"]).count() == 1
        assert as_(who["lea"]).get(f"{page}withheld/").status_code == 403
        assert "See what is counted together" not in text_of(as_(who["lea"]).get(page))
        assert client.get("/en/workbench/releases/99/withheld/").status_code == 404


def test_what_a_revision_withholds_is_told_at_the_node(who: dict[str, User], settings: Any) -> None:
    with node(settings), override_settings(ROOT_URLCONF=NODE_URLCONF):
        outbox = Outbox()
        sent(load(AUGUST, who["eli"]).vintage, who, outbox)
        late = releasing.propose(load({**AUGUST, "HTI": 122}, who["eli"]).vintage, account=who["eli"], at=AT)
        told = text_of(as_(who["pio"]).get(f"/en/workbench/releases/{late.pk}/withheld/"))
        assert "revision" in told
        assert "Haiti 122 Without it a small one, or an earlier figure, could be worked out." in told
