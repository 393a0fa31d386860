"""Which files does the demonstration load, with which profile, and when are they taken to have arrived?

The files of `region/` hold published figures in the layouts of the national files (`region/SOURCES.md`). Their days of
receipt are part of the demonstration, not facts: chosen so that the edition of August 2023 (cut-off 18 September) has
four reporters in time and one, Honduras, three days late.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files as resources
from types import MappingProxyType

# (profile, name of its files, day of the following month on which they arrive)
_BY_YEAR = (
    ("PAN.SNM.cuadro003", "pan_snm_cuadro003_{}.csv", 8),
    ("PAN.SNM.cuadro002", "pan_snm_cuadro002_{}.csv", 8),
    ("GTM.IGM.retornados", "gtm_igm_retornados_{}.csv", 9),
    ("MEX.UPM.3_1_1", "mex_upm_3_1_1_{}.tsv", 10),
    ("MEX.UPM.3_1_3", "mex_upm_3_1_3_{}.tsv", 10),
    ("MEX.UPM.3_2_4", "mex_upm_3_2_4_{}.tsv", 10),
    ("HND.INM.flujo", "hnd_inm_flujo_{}.csv", 13),
    ("IOM.MMP.incidents", "iom_missing_migrants_{}.csv", 16),
)
# A file covers its year, or the year until August; (name, year, month in which it arrives).
_COVERAGE = (
    ("2022", 2022, (2023, 1)),
    ("2023-08", 2023, (2023, 9)),
    ("2023", 2023, (2024, 1)),
    ("2024", 2024, (2025, 1)),
)
# Panama's yearly table, the United States by fiscal year, and UNHCR's years: these do not arrive with the others.
_ALONE = (
    ("PAN.SNM.cuadro003", "pan_snm_cuadro003_2015.csv", date(2016, 1, 8)),
    ("PAN.SNM.cuadro003", "pan_snm_cuadro003_2016.csv", date(2017, 1, 8)),
    ("USA.CBP.nationwide", "usa_cbp_nationwide_fy2022.csv", date(2022, 10, 17)),
    ("USA.CBP.nationwide", "usa_cbp_nationwide_2023-08.csv", date(2023, 9, 17)),
    ("USA.CBP.nationwide", "usa_cbp_nationwide_fy2024.csv", date(2024, 10, 17)),
    ("USA.CBP.nationwide", "usa_cbp_nationwide_2024-12.csv", date(2025, 1, 17)),
)
# UNHCR publishes a year in the June after it.
_ASYLUM = (
    ("UNHCR.UNHCR.asylum_applications", "unhcr_asylum_applications_{}.csv"),
    ("UNHCR.UNHCR.asylum_decisions", "unhcr_asylum_decisions_{}.csv"),
    ("UNHCR.UNHCR.population", "unhcr_asylum_pending_{}.csv"),
)
_ASYLUM_YEARS = ((2021, date(2022, 6, 16)), (2022, date(2023, 6, 14)), (2023, date(2024, 6, 13)))


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file of the region: its name, the profile that reads it, what the user must say with it, its day of receipt."""

    name: str
    profile: str
    received: date
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def content(self) -> bytes:
        return (resources(__package__) / "region" / self.name).read_bytes()


def files() -> tuple[DemoFile, ...]:
    """Every file of the region in the order in which it is taken to have arrived."""
    chosen = [DemoFile(name, profile, received) for profile, name, received in _ALONE]
    chosen += [
        DemoFile(name.format(year), profile, received) for year, received in _ASYLUM_YEARS for profile, name in _ASYLUM
    ]
    for profile, name, day in _BY_YEAR:
        for covers, year, arrives in _COVERAGE:
            # Cuadro 002 does not print its year: the person who loads it says it.
            parameters = {"year": str(year)} if profile == "PAN.SNM.cuadro002" else {}
            chosen.append(DemoFile(name.format(covers), profile, date(*arrives, day), MappingProxyType(parameters)))
    return tuple(sorted(chosen, key=lambda file: file.received))
