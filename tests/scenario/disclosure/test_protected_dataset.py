"""A ministry's file with small cells: protected at the node, released by two, checked at the hub, then public."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from django.db import DatabaseError, transaction

from istmo.exchange.submission import read_submission
from istmo.installation.accounts.models import User
from istmo.installation.alarms.models import Alarm
from istmo.installation.audit.models import Event
from istmo.installation.observations import store
from istmo.installation.observations.held import holdings
from istmo.installation.releases import keeping
from istmo.installation.releases.models import Check, ReleasedTable
from istmo.installation.submissions import arrival
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.periods import month
from istmo.node.release import releasing
from istmo.node.release.models import Protection, Release
from istmo.registry.datasets import MirrorOf
from istmo.statistics.disclosure.cube import cube
from istmo.statistics.disclosure.hierarchy import flat
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.register import Published
from istmo.statistics.disclosure.spans import span
from istmo.statistics.publication import observations_for_publication

from .region import AT, AUGUST, DATASET, Outbox, file_of, load, node, people, protect, sent

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def who(database: None) -> dict[str, User]:
    return people()


@pytest.fixture(autouse=True)
def protected(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    protect(monkeypatch, settings)


def payload_of(counts: dict[str, int], who: dict[str, User], settings: Any, **more: Any) -> bytes:
    with node(settings):
        return sent(load(counts, who["eli"], **more).vintage, who, Outbox())


def shown(frame: pl.DataFrame) -> dict[str, tuple[int | None, str]]:
    kept = frame.filter((pl.col("OBS_VALUE") > 0) | (pl.col("OBS_STATUS").cast(pl.String) == "Q"))
    columns = kept.select(pl.col("CITIZENSHIP", "OBS_STATUS").cast(pl.String), "OBS_VALUE")
    return {code: (value, status) for code, status, value in columns.iter_rows()}


SEEN = {
    "_T": (738, "A"),
    "VEN": (500, "A"),
    "HTI": (120, "A"),
    "SOM": (60, "A"),
    "CUB": (40, "A"),
    "X_AFRICA": (11, "W"),
    "X_MIXED": (7, "W"),
}


def test_a_file_with_small_cells_reaches_the_public_without_them(who: dict[str, User], settings: Any) -> None:
    payload = payload_of(AUGUST, who, settings)
    answer = arrival.take_in(payload, sender="HND", received_at=AT)
    assert answer.outcome == "acknowledged", answer.message
    held = store.observations(datasets=[DATASET])
    assert shown(held) == SEEN
    rolled = held.filter(pl.col("CITIZENSHIP").cast(pl.String) == "ERI").row(0, named=True)
    assert (rolled["OBS_VALUE"], rolled["OBS_STATUS"]) == (None, "K")
    assert rolled["NOTE"].startswith("K(X_AFRICA) incluido en ")
    public = observations_for_publication(held, month(2023, 8))
    assert shown(public) == SEEN
    (table,) = ReleasedTable.objects.all()
    assert (table.party, table.rules["id"], table.released_by) == ("HND", "headline-flows", None)
    assert keeping.verify().head == keeping.head() == table.digest
    (done,) = Check.objects.all()
    assert (done.passed, done.tables, done.object_id) == (True, 1, answer.vintage)


def test_nothing_that_leaves_tells_the_small_counts(who: dict[str, User], settings: Any) -> None:
    with node(settings):
        submission = load(AUGUST, who["eli"])
        payload = sent(submission.vintage, who, Outbox())
        exact = submission.vintage.source_hash
        assert shown(store.observations(datasets=[DATASET]))["ERI"] == (2, "A")
    assert exact not in payload.decode()
    read = read_submission(payload)
    assert read.counts == {"read": read.frame.height, "accepted": read.frame.height, "quarantined": 0, "rejected": 0}
    values = dict(read.frame.select("CITIZENSHIP", "OBS_VALUE").iter_rows())
    assert {values[code] for code in ("ERI", "KEN", "IND", "NPL", "XXA")} == {None}
    assert "Ejemplo" not in payload.decode()
    assert all(code in values for code in ("FRA", "TGO", "_U"))


def test_the_releasers_see_at_the_node_what_is_in_which_row_and_nobody_changes_it(
    who: dict[str, User], settings: Any
) -> None:
    with node(settings):
        vintage = load(AUGUST, who["eli"]).vintage
        proposed = releasing.propose(vintage, account=who["eli"], at=AT)
        (told,) = proposed.protection.told
        assert told["rows"][0] == {"code": "X_AFRICA", "count": 11, "holds": [["ERI", 2], ["KEN", 9]]}
        assert {row["code"] for row in told["rows"]} == {"X_AFRICA", "X_MIXED"}
        released = releasing.release(proposed, account=who["pio"], at=AT, post=Outbox())
        (table,) = ReleasedTable.objects.all()
        assert (table.proposed_by, table.released_by) == (who["eli"], who["pio"])
        assert keeping.verify().entries[0].by == ("Eli Ejemplo", "Pio Ejemplo")
        assert {"tables_registered", "released"} <= set(Event.objects.values_list("kind", flat=True))
        again = releasing.submission_of(released)
        assert shown(again.frame) == SEEN
        for change in (
            lambda: ReleasedTable.objects.update(line="{}"),
            lambda: Protection.objects.all().delete(),
            lambda: Check.objects.create(at=AT, object_type="x", object_id="x", tables=0, cells=0, head="x").delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


def test_the_same_submission_again_stores_nothing_and_a_second_release_of_the_same_is_known(
    who: dict[str, User], settings: Any
) -> None:
    payload = payload_of(AUGUST, who, settings)
    first = arrival.take_in(payload, sender="HND", received_at=AT)
    again = arrival.take_in(payload, sender="HND", received_at=AT + timedelta(days=1))
    assert (again.outcome, again.vintage) == ("acknowledged", first.vintage)
    assert ReleasedTable.objects.count() == 1


def test_a_late_correction_by_two_people_is_a_revision_that_does_not_show_them(
    who: dict[str, User], settings: Any
) -> None:
    with node(settings):
        outbox = Outbox()
        first = sent(load(AUGUST, who["eli"]).vintage, who, outbox)
        late = load({**AUGUST, "HTI": 122}, who["eli"]).vintage
        second = sent(late, who, outbox, at=AT + timedelta(days=90))
        assert [table.release for table in ReleasedTable.objects.all()] == [
            read_submission(one).head["VINTAGE"] for one in (first, second)
        ]
        assert keeping.verify().entries[1].revises
    assert arrival.take_in(first, sender="HND", received_at=AT).outcome == "acknowledged"
    assert arrival.take_in(second, sender="HND", received_at=AT).outcome == "acknowledged"
    assert shown(store.observations(datasets=[DATASET]))["HTI"] == (None, "Q")
    assert Check.objects.filter(findings=[]).count() == 2


def test_the_exact_file_is_not_taken_at_the_hub(who: dict[str, User]) -> None:
    refused = load(AUGUST, who["ana"])
    assert refused.vintage is None
    assert refused.error.rule == "R24"
    assert not store.observations(datasets=[DATASET]).height


def test_exact_figures_from_before_the_rules_are_not_shown_at_the_hub(
    who: dict[str, User], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        protect(patch, settings, public_at_source=True)
        exact = load(AUGUST, who["ana"]).vintage
        assert shown(store.observations(datasets=[DATASET]))["ERI"] == (2, "A")
    assert not store.observations(datasets=[DATASET]).height
    assert exact.name not in {one.name for one in holdings().stored}
    payload = payload_of({**AUGUST, "VEN": 600}, who, settings, on=date(2023, 9, 15))
    assert arrival.take_in(payload, sender="HND", received_at=AT + timedelta(days=1)).outcome == "acknowledged"
    assert shown(store.observations(datasets=[DATASET])) == {**SEEN, "_T": (838, "A"), "VEN": (600, "A")}
    (held,) = [one for one in holdings().stored if one.dataset == DATASET]
    assert held.name.startswith("2023-09-15.")


def test_figures_that_change_nothing_are_checked_and_stored_without_a_new_table(
    who: dict[str, User], settings: Any
) -> None:
    with node(settings):
        outbox = Outbox()
        first = sent(load(AUGUST, who["eli"]).vintage, who, outbox)
        again = sent(load({**AUGUST, "ERI": 3, "KEN": 8}, who["eli"]).vintage, who, outbox)
    assert read_submission(again).protection == ()
    for payload in (first, again):
        assert arrival.take_in(payload, sender="HND", received_at=AT).outcome == "acknowledged"
    assert (ReleasedTable.objects.count(), Check.objects.count()) == (1, 2)
    assert shown(store.observations(datasets=[DATASET])) == SEEN


def test_a_protected_dataset_that_arrives_bare_is_refused(
    who: dict[str, User], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with node(settings):
        vintage = load(AUGUST, who["eli"]).vintage
        with monkeypatch.context() as patch:
            protect(patch, settings, public_at_source=True)
            bare = sent(vintage, who, Outbox())
    answer = arrival.take_in(bare, sender="HND", received_at=AT)
    assert answer.outcome == "refused"
    assert answer.message is not None
    assert "as a protected table or not at all" in answer.message.en


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("null,", "2,", 1), "not what its protected table shows"),
        (lambda text: text.replace("headline", "headlime"), ""),
        (lambda text: text.replace('\\"threshold\\":5', '\\"threshold\\":3'), "does not follow the rules"),
        (lambda text: text.replace('\\"method\\":\\"suppress\\"', '\\"method\\":\\"round\\"'), "does not follow"),
        (lambda text: text.replace('\\"strict\\":true', '\\"strict\\":false'), "says other than its cells"),
        (lambda text: text.replace("HND.INM.gdi_nat/", "PAN.SNM.cuadro003/"), "is of another dataset"),
        (lambda text: text.replace('\\"period\\":\\"2023-08\\"', '\\"period\\":\\"2023-88\\"'), "cannot be read"),
        (lambda text: text.replace('"protection":[', '"protection":[1,'), "Lines of the register were expected"),
    ],
)
def test_what_is_not_the_protected_table_that_it_says_is_refused(
    who: dict[str, User], settings: Any, change: Any, said: str
) -> None:
    payload = change(payload_of(AUGUST, who, settings).decode()).encode()
    answer = arrival.take_in(payload, sender="HND", received_at=AT)
    if said:
        assert answer.outcome == "refused"
        assert answer.message is not None
        assert said in answer.message.en
        assert not store.observations(datasets=[DATASET]).height


def neighbour(shown: dict[str, int], withheld: tuple[str, ...]) -> Published:
    """What Panama published of the same people, with less protection: each nationality alone."""
    codes = [code.id for code in codelist("citizenship") if code.attributes["kind"] == "country"]
    dimension = flat("CITIZENSHIP", [*codes, "XXA", "_U"])
    counts = cube([dimension], [((code,), n) for code, n in shown.items()]).counts
    hidden = np.isin(np.array(dimension.codes), withheld)
    table = ProtectedTable((dimension,), Method.SUPPRESS, 0, np.where(hidden, 0, counts), hidden)
    return Published("2023-09-10.1591", "CITIZENSHIP", PANAMA, span("2023-08"), table, "rules", 3, AT)


PANAMA = "PAN.SNM.cuadro003/TRA_IRR/REGISTRATION"
MIRROR = MirrorOf("ENT_IRR", "PAN.SNM.cuadro003", "TRA_IRR", 3, 0)


def test_what_gives_something_away_beside_a_neighbours_table_is_refused_with_an_alarm(
    who: dict[str, User], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = payload_of(AUGUST, who, settings)
    protect(monkeypatch, settings, mirror=MIRROR)
    table = neighbour({"XXA" if code == "STL" else code: n for code, n in AUGUST.items()}, ("ERI", "_T"))
    keeping.keep([table], party="PAN", rules={}, at=AT)
    answer = arrival.take_in(payload, sender="HND", received_at=AT)
    assert answer.outcome == "refused"
    assert answer.message is not None
    assert "protected cells could be worked out" in answer.message.en
    assert "ERI" not in answer.message.en
    assert ReleasedTable.objects.count() == 1
    (alarm,) = Alarm.objects.all()
    assert (alarm.kind, alarm.party, alarm.reason, alarm.closed_at) == ("disclosure", "HND", "F116", None)
    found = {one["cell"]: (one["lower"], one["upper"]) for one in Check.objects.get().findings}
    assert found[f"{DATASET}%2FENT_IRR%2FREGISTRATION|CITIZENSHIP=ERI|period=2023-08"] == (2, 2)
    protect(monkeypatch, settings, mirror=replace(MIRROR, level=2))
    assert arrival.take_in(payload, sender="HND", received_at=AT).outcome == "acknowledged"
    assert Alarm.objects.get().closed_at is not None


def test_what_contradicts_what_others_published_is_refused_and_kept(
    who: dict[str, User], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = payload_of(AUGUST, who, settings)
    table = neighbour({"HTI": 50}, ())
    keeping.keep(
        [replace(table, population=f"{DATASET}/ENT_IRR/REGISTRATION", span=span("2023"))], party="HND", rules={}, at=AT
    )
    answer = arrival.take_in(payload, sender="HND", received_at=AT)
    assert answer.message is not None
    assert "contradicts itself" in answer.message.en
    (kept,) = Check.objects.all()
    assert (kept.passed, kept.refused, kept.message and kept.message.es[:14]) == (False, "F119", "Lo publicado s")


def test_what_was_published_since_the_proposal_and_changes_it_stops_the_release(
    who: dict[str, User], settings: Any
) -> None:
    with node(settings):
        first, second = (
            releasing.propose(load(counts, who["eli"]).vintage, account=who["eli"], at=AT)
            for counts in (AUGUST, {**AUGUST, "VEN": 480})
        )
        releasing.release(first, account=who["pio"], at=AT, post=Outbox())
        with pytest.raises(InvalidInput, match="something was published"):
            releasing.release(second, account=who["pio"], at=AT, post=Outbox())
        assert Release.objects.get(pk=second.pk).state == "PROPOSED"


def test_a_proposal_from_before_the_rules_is_made_again(
    who: dict[str, User], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with node(settings):
        vintage = load(AUGUST, who["eli"]).vintage
        with monkeypatch.context() as patch:
            protect(patch, settings, public_at_source=True)
            proposed = releasing.propose(vintage, account=who["eli"], at=AT)
        with pytest.raises(InvalidInput, match="before the registry gave rules"):
            releasing.release(proposed, account=who["pio"], at=AT, post=Outbox())


def test_a_table_that_cannot_be_protected_is_not_proposed(who: dict[str, User], settings: Any) -> None:
    with node(settings):
        vintage = load({"HTI": 1, "CUB": 1}, who["eli"]).vintage
        assert vintage in releasing.waiting()
        with pytest.raises(InvalidInput) as refused:
            releasing.propose(vintage, account=who["eli"], at=AT)
        assert refused.value.rule == "F118"
        assert not Release.objects.exists()
    assert file_of({"HTI": 1}) == b"t,nat,n\n2023-08-01,HTI,1\n"


def test_rules_that_the_registry_does_not_have_stop_everything(
    who: dict[str, User], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = payload_of(AUGUST, who, settings)
    protect(monkeypatch, settings, protection="nowhere")
    with node(settings):
        vintage = load(AUGUST, who["eli"]).vintage
        with pytest.raises(Exception, match="no rules “nowhere”"):
            releasing.propose(vintage, account=who["eli"], at=AT)
    answer = arrival.take_in(payload, sender="HND", received_at=AT)
    assert answer.message is not None
    assert "gives no rules of protection" in answer.message.en
