"""A brief is not approved while what members publish, taken together, gives a protected cell away."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from istmo.hub.briefs import protection, workflow
from istmo.hub.briefs.models import BriefEdition
from istmo.installation.accounts.models import User
from istmo.installation.alarms.models import Alarm
from istmo.installation.releases import keeping
from istmo.installation.releases.models import Check
from istmo.model.errors import InvalidInput
from istmo.model.periods import month
from istmo.statistics.brief.values import BriefState
from istmo.statistics.disclosure.cube import cube
from istmo.statistics.disclosure.hierarchy import flat
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.register import Published
from istmo.statistics.disclosure.spans import span

from .region import people

pytestmark = pytest.mark.usefixtures("database")
AT = datetime(2023, 9, 18, 9, tzinfo=UTC)
NATIONALITY = flat("CITIZENSHIP", ["CUB", "ERI", "HTI"])


@pytest.fixture
def who(database: None) -> dict[str, User]:
    return people()


def table(over: str, withheld: tuple[str, ...] = (), **counts: int) -> Published:
    values = cube([NATIONALITY], [((code,), n) for code, n in counts.items()]).counts
    hidden = np.isin(np.array(NATIONALITY.codes), withheld)
    made = ProtectedTable((NATIONALITY,), Method.SUPPRESS, 0, np.where(hidden, 0, values), hidden)
    return Published("2023-09-14.1340", "CITIZENSHIP", "HND.INM.x/ENT_IRR/PERSON", span(over), made, "r", 5, AT)


def analysed(who: dict[str, User]) -> BriefEdition:
    edition = workflow.open_edition(month(2023, 8), account=who["ana"], at=AT, demonstration=True)
    edition.state, edition.analysed_by = BriefState.ANALYSED.value, who["ana"]
    edition.analysed_name, edition.analysed_at = "Ana Ejemplo", AT
    edition.analysis_es, edition.analysis_en, edition.vintages = "Texto.", "Text.", ["2023-09-14.1340"]
    edition.save()
    return edition


def approve(edition: BriefEdition, account: User) -> BriefEdition:
    return workflow.move(edition, BriefState.APPROVED, account=account, at=AT)


def test_an_edition_without_protected_tables_needs_no_check(who: dict[str, User]) -> None:
    assert approve(analysed(who), who["pio"]).brief_state is BriefState.APPROVED
    assert not Check.objects.exists()


def test_the_whole_register_is_attacked_before_an_edition_is_approved(who: dict[str, User]) -> None:
    safe = [table("2023-07", CUB=30, ERI=9, HTI=20), table("2023-08", CUB=30, ERI=12, HTI=20)]
    keeping.keep(safe, party="HND", rules={}, at=AT)
    assert approve(analysed(who), who["pio"]).brief_state is BriefState.APPROVED
    (done,) = Check.objects.all()
    assert (done.passed, done.tables, done.object_type) == (True, 2, "brief")


def test_what_is_found_stops_the_approval_and_stays_known(who: dict[str, User]) -> None:
    first = table("2023-07", CUB=30, ERI=9, HTI=20)
    both = replace(first, span=span("2023-07/2023-08"), protected=table("2023", CUB=60, ERI=11, HTI=40).protected)
    keeping.keep([first, both], party="HND", rules={}, at=AT)
    edition = analysed(who)
    with pytest.raises(InvalidInput, match="protected cells could be worked out: 1"):
        approve(edition, who["pio"])
    assert BriefEdition.objects.get(pk=edition.pk).brief_state is BriefState.ANALYSED
    assert Check.objects.get().findings[0]["lower"] == 2
    assert Alarm.objects.get().object_id == str(edition)
    with pytest.raises(InvalidInput, match="acts"):
        approve(edition, who["ana"])
    assert Check.objects.count() == 1


def test_another_year_than_the_editions_is_not_attacked(who: dict[str, User]) -> None:
    keeping.keep([table("2019-07", CUB=30, ERI=2, HTI=20)], party="HND", rules={}, at=AT)
    protection.check_protected(analysed(who), at=AT)
    assert not Check.objects.exists()
