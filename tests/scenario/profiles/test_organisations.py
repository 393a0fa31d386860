"""What comes out of UNHCR's asylum tables and IOM's incidents is what plain csv reads in them."""

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from istmo.intake.profiles import builtin_profiles
from istmo.intake.recognise import fitting
from istmo.intake.run import Intake, intake

pytestmark = pytest.mark.reference

# file, profile, records, keys of observations, findings by rule
FILES = [
    ("unhcr/asylum_applications_americas_asylum.csv", "UNHCR.UNHCR.asylum_applications", 19_346, {"R11": 1}),
    ("unhcr/asylum_decisions_americas_asylum.csv", "UNHCR.UNHCR.asylum_decisions", 4 * 17_991, {"R6": 133}),
    ("unhcr/population_americas_asylum.csv", "UNHCR.UNHCR.population", 25_770, {"R11": 15}),
    ("flows/iom_mmp.csv", "IOM.MMP.incidents", 19_669, {}),
]
STAGE = {"N": "ASY_APP", "R": "ASY_APP_REP", "A": "ASY_APP_REV", "J": "ASY_APP_REV"}
STAGE |= {"NR": "ASY_APP_NEW_REP", "NA": "ASY_APP_NEW_REV", "V": "ASY_APP_STAGE_U"}
AUTHORITY = {"G": "GOV", "U": "UNHCR", "J": "JOINT"}
UNIT = {"P": "PERSON_SOURCE", "C": "CASE"}


@pytest.fixture
def data(reference_data: Path) -> Path:
    return reference_data / "data"


@cache
def loaded(path: Path, profile: str) -> Intake:
    with path.open("rb") as stream:
        return intake(stream, filename=path.name, profile=builtin_profiles()[profile])


@cache
def raw(path: Path) -> tuple[dict[str, str], ...]:
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


def sums(frame: pl.DataFrame, *columns: str) -> dict[tuple[str, ...], int]:
    by = [pl.col(column).cast(pl.String) for column in columns]
    return {row[:-1]: row[-1] for row in frame.group_by(by).agg(pl.col("OBS_VALUE").sum()).iter_rows()}


def code(origin: str) -> str:
    return {"UNK": "_U", "TIB": "X_OTHER_LABEL"}.get(origin, origin)


@pytest.mark.parametrize(("name", "profile", "records", "found"), FILES)
def test_a_published_file_is_read_whole_by_the_one_profile_that_fits(
    data: Path, name: str, profile: str, records: int, found: dict[str, int]
) -> None:
    with (data / name).open("rb") as stream:
        assert [fit.profile.id for fit in fitting(stream, filename=name, profiles=builtin_profiles())] == [profile]
    result = loaded(data / name, profile)
    assert (result.read, result.accepted, result.quarantined, result.rejected) == (records, records, 0, 0)
    assert dict(result.findings.group_by("rule").len().iter_rows()) == found
    assert result.storable


def test_every_application_keeps_its_authority_instance_stage_and_unit(data: Path) -> None:
    path = data / "unhcr/asylum_applications_americas_asylum.csv"
    expected: Counter[tuple[str, ...]] = Counter()
    for row in raw(path):
        channel = f"{AUTHORITY[row['procedure_type']]}_{row['dec_level']}"
        key = (row["year"], row["coa_iso"], code(row["coo_iso"]), channel, STAGE[row["app_type"]], UNIT[row["app_pc"]])
        expected[key] += int(row["applied"])
    frame = loaded(path, "UNHCR.UNHCR.asylum_applications").observations
    found = sums(frame, "PERIOD", "COUNTERPART", "CITIZENSHIP", "ENTRY_MODE", "MEASURE", "UNIT")
    assert found == dict(expected)
    assert frame.height == len(expected)


def test_every_decision_keeps_its_outcome_authority_and_instance(data: Path) -> None:
    path = data / "unhcr/asylum_decisions_americas_asylum.csv"
    outcome = {"dec_recognized": "ASY_REC", "dec_other": "ASY_COMP", "dec_rejected": "ASY_REJ", "dec_closed": "ASY_CLO"}
    expected: Counter[tuple[str, ...]] = Counter()
    for row in raw(path):
        channel = f"{AUTHORITY[row['procedure_type']]}_{row['dec_level']}"
        for column, measure in outcome.items():
            expected[row["year"], row["coa_iso"], code(row["coo_iso"]), channel, measure, UNIT[row["dec_pc"]]] += int(
                row[column]
            )
    frame = loaded(path, "UNHCR.UNHCR.asylum_decisions").observations
    assert sums(frame, "PERIOD", "COUNTERPART", "CITIZENSHIP", "ENTRY_MODE", "MEASURE", "UNIT") == dict(expected)
    differ = [row for row in raw(path) if int(row["dec_total"]) != sum(int(row[column]) for column in outcome)]
    findings = loaded(path, "UNHCR.UNHCR.asylum_decisions").findings
    assert findings.filter(pl.col("rule") == "R6")["value"].to_list() == [row["dec_total"] for row in differ]


def test_the_source_prints_no_value_from_1_to_4_and_every_figure_says_so(data: Path) -> None:
    for name, profile, _, _ in FILES[:3]:
        frame = loaded(data / name, profile).observations
        assert frame.filter(pl.col("OBS_VALUE").is_between(1, 4)).is_empty()
        assert frame["NOTE"].str.contains("UNHCR prints values from 1 to 4 as 5 or 0").all()


@pytest.mark.parametrize(
    ("year", "area", "channel", "figure"),
    [
        ("2022", "MEX", "GOV_FI", 118_735),
        ("2022", "CRI", "GOV_FI", 129_482),
        ("2022", "USA", "GOV_IN", 431_413),
        ("2022", "USA", "GOV_EO", 298_986),
        ("2023", "DOM", "UNHCR_FI", 1_672),
        ("2024", "GTM", "GOV_FA", 1_867),
    ],
)
def test_new_applications_of_a_country(data: Path, year: str, area: str, channel: str, figure: int) -> None:
    frame = loaded(data / FILES[0][0], FILES[0][1]).observations.filter(pl.col("MEASURE") == "ASY_APP")
    assert sums(frame, "PERIOD", "COUNTERPART", "ENTRY_MODE")[year, area, channel] == figure


def test_panama_counts_cases_in_2023_and_persons_in_2024(data: Path) -> None:
    frame = loaded(data / FILES[0][0], FILES[0][1]).observations.filter(pl.col("COUNTERPART") == "PAN")
    found = sums(frame.filter(pl.col("MEASURE") == "ASY_APP"), "PERIOD", "UNIT")
    assert (found["2023", "CASE"], found["2024", "PERSON_SOURCE"]) == (357, 784)
    assert ("2023", "PERSON_SOURCE") not in found
    assert ("2024", "CASE") not in found


def test_pending_is_a_stock_of_persons_at_the_end_of_each_year(data: Path) -> None:
    path = data / "unhcr/population_americas_asylum.csv"
    expected: Counter[tuple[str, str]] = Counter()
    for row in raw(path):
        expected[row["year"], row["coa_iso"]] += int(row["asylum_seekers"])
    frame = loaded(path, "UNHCR.UNHCR.population").observations
    assert sums(frame, "PERIOD", "COUNTERPART") == dict(expected)
    assert expected["2022", "USA"] == 1_798_790
    assert frame["UNIT"].unique().to_list() == ["PERSON"]


def test_people_dead_or_missing_are_those_of_the_incidents_and_no_list_is_divided(data: Path) -> None:
    path = data / "flows/iom_mmp.csv"
    expected: Counter[tuple[str, str, str]] = Counter()
    lists: dict[tuple[str, str], set[str]] = {}
    for row in raw(path):
        codes = [code(each) for each in row["nat"].split(",")]
        one = codes[0] if len(set(codes)) == 1 else "_MULTI"
        expected[row["m"][:7], row["geo"], one] += int(row["dead"])
        if one == "_MULTI":
            lists.setdefault((row["m"][:7], row["geo"]), set()).add(", ".join(codes))
    frame = loaded(path, "IOM.MMP.incidents").observations
    assert sums(frame, "PERIOD", "COUNTERPART", "CITIZENSHIP") == dict(expected)
    assert frame["OBS_VALUE"].sum() == sum(int(row["dead"]) for row in raw(path))
    several = frame.filter(pl.col("CITIZENSHIP") == "_MULTI")
    notes: dict[tuple[str, str], str] = {}
    for at, country, note in several.select("PERIOD", pl.col("COUNTERPART").cast(pl.String), "NOTE").iter_rows():
        notes[at, country] = notes.get((at, country), "") + note
    assert set(notes) == set(lists)
    assert all(each in notes[key] for key, those in lists.items() for each in those)
    assert several.height > 300


def test_august_2023_in_the_americas(data: Path) -> None:
    frame = loaded(data / "flows/iom_mmp.csv", "IOM.MMP.incidents").observations
    august = frame.filter(pl.col("PERIOD") == "2023-08", pl.col("ENTRY_MODE").is_in(["RT_CENTRAL", "RT_SOUTH"]))
    assert sums(august, "COUNTERPART") == {
        ("MEX",): 119,
        ("USA",): 59,
        ("DOM",): 13,
        ("PAN",): 10,
        ("HND",): 2,
        ("CRI",): 2,
        ("TCA",): 1,
    }


def test_no_place_day_or_cause_of_an_incident_is_kept(data: Path) -> None:
    path = data / "flows/iom_mmp.csv"
    frame = loaded(path, "IOM.MMP.incidents").observations
    assert set(frame["PLACE"].unique()) == {"_T"}
    assert frame["PERIOD"].str.len_chars().unique().to_list() == [7]
    written = " ".join(frame["NOTE"].unique().to_list() + frame["SOURCE_PERIOD"].unique().to_list())
    for row in raw(path)[:200]:
        assert row["location"] not in written
        assert row["lat"] not in written
