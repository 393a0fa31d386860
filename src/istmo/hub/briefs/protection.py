"""Before a brief is approved: does everything that members have published, taken together, give anything away?"""

from datetime import datetime

from istmo.hub.briefs.models import BriefEdition
from istmo.hub.refusal import refused
from istmo.installation.releases.checking import check_register
from istmo.installation.releases.models import ReleasedTable
from istmo.model.text import Text
from istmo.statistics.publication import WINDOW


def check_protected(edition: BriefEdition, *, at: datetime) -> None:
    """Attack the register of the edition's months; keep what was found, and refuse where it is anything."""
    month = edition.period
    years = {month.plus(-back).year for back in range(WINDOW)}
    if not ReleasedTable.objects.filter(year__in=years).exists():
        return
    found = check_register(object_type="brief", object_id=str(edition), at=at, years=years)
    if found:
        raise refused(
            Text(
                f"Con lo que publican todos se podrían calcular celdas protegidas: {len(found)}.",
                f"From what everybody publishes, protected cells could be worked out: {len(found)}.",
            ),
            Text("Véalas en «Tablas protegidas».", "See them under “Protected tables”."),
        )
