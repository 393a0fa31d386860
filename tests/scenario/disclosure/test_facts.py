"""Exact totals that others publish are part of what an attacker knows: kept, tried at once, and from then on."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from django.db import DatabaseError, transaction

from istmo.installation.alarms.models import Alarm
from istmo.installation.audit.models import Event
from istmo.installation.releases import keeping
from istmo.installation.releases.checking import check_register, take_facts
from istmo.installation.releases.facts import external_facts
from istmo.installation.releases.models import Check, ExternalFact
from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.cube import cube
from istmo.statistics.disclosure.hierarchy import flat
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.register import Published
from istmo.statistics.disclosure.spans import span

pytestmark = pytest.mark.usefixtures("database")
AT = datetime(2023, 9, 18, 9, tzinfo=UTC)
POPULATION = "HND.INM.x/ENT_IRR/PERSON"
HEAD = "population,period,cell,value,source,date\n"


def published() -> None:
    """August: Haiti and Somalia are withheld, with 41 persons between them."""
    nationality = flat("CITIZENSHIP", ["CUB", "HTI", "SOM"])
    values = cube([nationality], [(("CUB",), 30), (("HTI",), 38), (("SOM",), 3)]).counts
    hidden = np.isin(np.array(nationality.codes), ("HTI", "SOM"))
    made = ProtectedTable((nationality,), Method.SUPPRESS, 0, np.where(hidden, 0, values), hidden)
    entry = Published("2023-09-14.1340", "CITIZENSHIP", POPULATION, span("2023-08"), made, "r", 5, AT)
    keeping.keep([entry], party="HND", rules={}, at=AT)


def rows(*lines: str) -> bytes:
    return (HEAD + "".join(f"{POPULATION},{line}\n" for line in lines)).encode()


def test_a_total_on_a_ministrys_page_gives_a_withheld_cell_away_and_that_is_told() -> None:
    published()
    assert check_register(object_type="brief", object_id="b", at=AT, years={2023}) == ()
    taken, found = take_facts(
        rows("2023-08,CITIZENSHIP=HTI,38,https://example.org/cuadro,2023-09-15"), place="t.csv", at=AT
    )
    assert (taken.new, taken.known, taken.beside) == (1, 0, 1)
    assert [one.lower for one in found] == [3]
    assert Alarm.objects.get().object_id == "t.csv"
    assert [fact.value for fact in external_facts({POPULATION}, years={2023})] == [38]
    assert len(check_register(object_type="brief", object_id="b", at=AT, years={2023})) == 1
    assert Event.objects.filter(kind="facts_imported").get().counts == {"facts": 1}


def test_the_same_total_again_is_known_and_a_corrected_one_holds() -> None:
    published()
    line = "2023-08,,71,https://example.org,2023-09-15"
    take_facts(rows(line), place="t.csv", at=AT)
    taken, found = take_facts(rows(line, line), place="t.csv", at=AT)
    assert (taken.new, taken.known, found) == (0, 2, ())
    take_facts(rows("2023-07,,70,https://example.org,2023-09-15"), place="t.csv", at=AT)
    take_facts(rows("2023-07,,72,https://example.org,2023-09-16"), place="t.csv", at=AT)
    assert [(fact.value, fact.on) for fact in external_facts()] == [(71, date(2023, 9, 15)), (72, date(2023, 9, 16))]


def test_a_total_that_contradicts_what_is_published_is_refused_and_not_kept() -> None:
    published()
    with pytest.raises(InvalidInput) as refused:
        take_facts(rows("2023-08,,70,https://example.org,2023-09-15"), place="t.csv", at=AT)
    assert refused.value.rule == "F119"
    assert not ExternalFact.objects.exists()
    assert not Check.objects.exists()


def test_a_line_that_is_no_total_is_refused_with_its_place_and_nothing_is_kept() -> None:
    good = "2023-08,,71,https://example.org,2023-09-15"
    with pytest.raises(InvalidInput) as refused:
        take_facts(rows(good, "2023-08,,setenta,https://example.org,2023-09-15"), place="t.csv", at=AT)
    assert (refused.value.rule, refused.value.place) == ("F122", "t.csv, 3")
    assert not ExternalFact.objects.exists()


def test_a_total_of_a_nationality_that_no_table_prints_waits() -> None:
    published()
    taken, found = take_facts(rows("2023-08,CITIZENSHIP=NPL,7,https://example.org,2023-09-15"), place="t.csv", at=AT)
    assert (taken.new, taken.beside, found) == (1, 1, ())
    assert Check.objects.get().passed


def test_totals_only_grow() -> None:
    take_facts(rows("2023-08,,71,https://example.org,2023-09-15"), place="t.csv", at=AT)
    with pytest.raises(DatabaseError), transaction.atomic():
        ExternalFact.objects.update(value=1)
