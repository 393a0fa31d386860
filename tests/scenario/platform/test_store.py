"""The observation store on the real PostgreSQL, working as `istmo_app`."""

import time
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import override_settings

from istmo.installation.audit.models import Event, EventKind, record
from istmo.installation.observations import store
from istmo.installation.observations.models import Observation, Vintage
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.observations import COLUMNS, DEFAULTS, schema
from istmo.model.periods import month

pytestmark = pytest.mark.usefixtures("database")

SEPTEMBER, OCTOBER = (datetime(2023, number, 15, 12, tzinfo=UTC) for number in (9, 10))


def figures(*rows: tuple[str, str, int | None], dataset: str = "PAN.SNM.cuadro003", **columns: str) -> pl.DataFrame:
    """Observations of one dataset from (period, nationality, figure); a figure of None is not reported."""
    reporter, agency, table = dataset.split(".", 2)
    fixed = {
        **DEFAULTS,
        "REPORTER": reporter,
        "AGENCY": agency,
        "DATASET": table,
        "MEASURE": "TRA_IRR",
        "UNIT": "REGISTRATION",
        "VINTAGE": "",
        "SOURCE_HASH": "a" * 64,
        "PROFILE": f"{dataset}@1.0.0",
        **columns,
    }
    written = [
        {
            **fixed,
            "PERIOD": period,
            "CITIZENSHIP": nationality,
            "OBS_VALUE": value,
            "OBS_STATUS": "A" if value is not None else "O",
        }
        for period, nationality, value in rows
    ]
    return pl.DataFrame(written, schema_overrides={"OBS_VALUE": pl.Int64()}).select(COLUMNS).cast(dict(schema()))


def stored(frame: pl.DataFrame, *, at: datetime = SEPTEMBER, **others: Any) -> store.StoredVintage:
    return store.store_frame(
        frame,
        profile_hash="p" * 64,
        parameters=others.pop("parameters", {}),
        source_name="cuadro003.csv",
        on=at.date(),
        received_at=at,
        **others,
    )


def values(frame: pl.DataFrame) -> list[tuple[str, str, int | None]]:
    return frame.select("PERIOD", "CITIZENSHIP", "OBS_VALUE").rows()


def test_a_node_names_its_vintages_so_that_no_other_installation_gives_the_same() -> None:
    with override_settings(ISTMO_NODE_OF="PAN"):
        first = stored(figures(("2023-08", "VEN", 1)))
        second = stored(figures(("2023-08", "VEN", 2)))
    with override_settings(ISTMO_NODE_OF="HND"):
        third = stored(figures(("2023-08", "VEN", 3), dataset="HND.INM.flujo"))
    fourth = stored(figures(("2023-08", "VEN", 4)))
    assert [one.name for one in (first, second, third, fourth)] == [
        "2023-09-15.1591",
        "2023-09-15.2591",
        "2023-09-15.1340",
        "2023-09-15.1",
    ]


def test_a_vintage_from_another_installation_keeps_its_name_and_other_content_does_not_take_it() -> None:
    sent = stored(figures(("2023-08", "VEN", 1)), name="2023-09-14.1591")
    again = stored(figures(("2023-08", "VEN", 1)), name="2023-09-14.1591")
    assert (sent.name, sent.created, again.name, again.created) == ("2023-09-14.1591", True, "2023-09-14.1591", False)
    with pytest.raises(InvalidInput, match="with other content"):
        stored(figures(("2023-08", "VEN", 2)), name="2023-09-14.1591")


def test_what_is_stored_is_read_again_with_its_vintage() -> None:
    frame = figures(("2023-08", "VEN", 62700), ("2023-08", "COL", None), NOTE='de «Cuadro», con "comillas"')
    vintage = stored(frame)
    assert vintage.name == "2023-09-15.1"
    assert vintage.created
    read = store.observations()
    assert read.schema == schema()
    assert read.sort("CITIZENSHIP").equals(
        frame.with_columns(pl.lit("2023-09-15.1").alias("VINTAGE")).sort("CITIZENSHIP"), null_equal=True
    )


def test_a_figure_that_another_row_holds_is_stored_without_value_and_read_with_its_note() -> None:
    note = "K(X_AFRICA) incluido en África / included in Africa"
    held = figures(("2023-08", "SEN", None)).with_columns(
        OBS_STATUS=pl.lit("K").cast(schema()["OBS_STATUS"]), NOTE=pl.lit(note)
    )
    row = figures(("2023-08", "X_AFRICA", 23)).with_columns(OBS_STATUS=pl.lit("W").cast(schema()["OBS_STATUS"]))
    stored(pl.concat([held, row]))
    read = {one["CITIZENSHIP"]: one for one in store.observations().iter_rows(named=True)}
    assert (read["SEN"]["OBS_VALUE"], read["SEN"]["OBS_STATUS"], read["SEN"]["NOTE"]) == (None, "K", note)
    assert (read["X_AFRICA"]["OBS_VALUE"], read["X_AFRICA"]["OBS_STATUS"]) == (23, "W")


def test_the_vintages_of_a_day_are_numbered_over_all_datasets() -> None:
    assert stored(figures(("2023-08", "VEN", 1))).name == "2023-09-15.1"
    assert stored(figures(("2023-08", "VEN", 1), dataset="HND.INM.flujo")).name == "2023-09-15.2"
    assert stored(figures(("2023-08", "VEN", 2)), at=OCTOBER).name == "2023-10-15.1"


def test_the_same_content_again_is_no_second_vintage() -> None:
    first = stored(figures(("2023-08", "VEN", 1)))
    again = stored(figures(("2023-08", "VEN", 1)), at=OCTOBER)
    assert again == store.StoredVintage(first.name, first.dataset, 1, False, SEPTEMBER)
    assert Vintage.objects.count() == 1
    assert stored(figures(("2023-08", "VEN", 1)), parameters={"year": "2023"}).created


def test_a_later_vintage_is_in_force_only_for_the_periods_that_it_holds() -> None:
    stored(figures(("2023-07", "VEN", 10), ("2023-08", "VEN", 20), ("2023-08", "COL", 3)))
    stored(figures(("2023-08", "VEN", 21)), at=OCTOBER)
    assert values(store.observations()) == [("2023-07", "VEN", 10), ("2023-08", "VEN", 21)]
    assert values(store.observations(as_of=SEPTEMBER)) == [
        ("2023-07", "VEN", 10),
        ("2023-08", "COL", 3),
        ("2023-08", "VEN", 20),
    ]
    assert store.observations(as_of=datetime(2023, 1, 1, tzinfo=UTC)).is_empty()


def test_a_load_that_reports_nothing_of_a_month_does_not_take_its_figures_away() -> None:
    stored(figures(("2023-07", "HTI", 5), ("2023-08", "HTI", 7)))
    stored(figures(("2023-07", "HTI", 6), ("2023-08", "HTI", None)), at=OCTOBER)
    read = store.observations().select("PERIOD", "OBS_VALUE").rows()
    assert read == [("2023-07", 6), ("2023-08", 7)]
    assert store.periods_held()["PERIOD"].to_list() == ["2023-07", "2023-08"]


def test_named_vintages_are_read_as_they_were() -> None:
    first = stored(figures(("2023-08", "VEN", 20)))
    stored(figures(("2023-08", "VEN", 21)), at=OCTOBER)
    assert values(store.observations(vintages=[first.name])) == [("2023-08", "VEN", 20)]


def test_a_reader_may_ask_for_some_reporters_measures_and_months() -> None:
    stored(figures(("2016", "HTI", 16742), ("2023-07", "VEN", 1), ("2023-08", "VEN", 2)))
    stored(figures(("2023-08", "CUB", 11343), dataset="HND.INM.flujo", MEASURE="ENT_IRR"))
    assert values(store.observations(reporters=["HND"])) == [("2023-08", "CUB", 11343)]
    assert store.observations(measures=["TRA_IRR"]).height == 3
    assert values(store.observations(first=month(2023, 8), last=month(2023, 8), reporters=["PAN"])) == [
        ("2023-08", "VEN", 2)
    ]
    assert values(store.observations(first=month(2016, 1), last=month(2016, 12))) == [("2016", "HTI", 16742)]


def test_revisions_list_what_changed_within_the_periods_that_both_hold() -> None:
    stored(figures(("2023-07", "VEN", 10), ("2023-07", "COL", 4), ("2023-07", "ECU", 7)))
    stored(figures(("2023-07", "VEN", 11), ("2023-07", "ECU", 7), ("2023-08", "VEN", 5)), at=OCTOBER)
    changed = store.revisions(before=SEPTEMBER, after=OCTOBER)
    assert changed.select("PERIOD", "CITIZENSHIP", "BEFORE", "AFTER").rows() == [
        ("2023-07", "COL", 4, None),
        ("2023-07", "VEN", 10, 11),
    ]
    assert changed["VINTAGE_BEFORE"].to_list() == ["2023-09-15.1", "2023-09-15.1"]
    assert store.vintage_revisions("2023-09-15.1", "2023-10-15.1").height == 2


def test_two_figures_for_one_key_are_refused_and_nothing_is_stored() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        stored(figures(("2023-08", "VEN", 1), ("2023-08", "VEN", 2)))
    assert Vintage.objects.count() == 0
    assert Event.objects.count() == 0


def test_a_file_without_records_or_with_two_datasets_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no record to store"):
        stored(figures(("2023-08", "VEN", 1)).clear())
    with pytest.raises(InvalidInput, match="one dataset only"):
        stored(pl.concat([figures(("2023-08", "VEN", 1)), figures(("2023-08", "VEN", 1), dataset="HND.INM.flujo")]))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE observations_observation SET obs_value = 0",
        "DELETE FROM observations_observation",
        "UPDATE observations_vintage SET rows = 0",
        "DELETE FROM observations_vintageperiod",
        "TRUNCATE observations_observation",
        "UPDATE audit_event SET counts = '{}'",
        "DELETE FROM audit_event",
        "DROP TABLE audit_event",
        "ALTER TABLE observations_observation DISABLE TRIGGER only_grows",
    ],
)
def test_istmo_app_can_neither_change_nor_remove_what_was_stored(statement: str) -> None:
    stored(figures(("2023-08", "VEN", 1)))
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_trigger_holds_even_where_somebody_granted_too_much() -> None:
    record(EventKind.VINTAGE_STORED, at=SEPTEMBER, object_type="vintage", object_id="x")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgenabled FROM pg_trigger WHERE tgname = 'only_grows' AND tgrelid = 'audit_event'::regclass"
        )
        assert cursor.fetchall() == [("O",)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("citizenship", "XYZ"),
        ("sex", "X"),
        ("measure", "FREE TEXT"),
        ("unit", "people"),
        ("period", "2023-13"),
        ("obs_value", -1),
        ("obs_status", "O"),
    ],
)
def test_the_database_itself_refuses_what_no_code_list_or_rule_allows(column: str, value: object) -> None:
    vintage = stored(figures(("2023-08", "VEN", 1)))
    row = Observation.objects.values().get()
    row.pop("vintage_id")
    fields = {**row, "citizenship": "COL", column: value}
    with pytest.raises(IntegrityError), transaction.atomic():
        Observation.objects.bulk_create([Observation(vintage=Vintage.objects.get(name=vintage.name), **fields)])


def test_an_audit_event_holds_counts_and_nothing_else() -> None:
    with pytest.raises(TypeError):
        record(
            EventKind.VINTAGE_STORED,
            at=SEPTEMBER,
            object_type="vintage",
            object_id="x",
            counts={"label": "Venezuela"},  # type: ignore[dict-item]
        )
    stored(figures(("2023-08", "VEN", 1)))
    event = Event.objects.get()
    assert (event.kind, event.object_id, event.counts) == ("vintage_stored", "2023-09-15.1", {"rows": 1, "periods": 1})


def test_a_quarter_of_a_million_rows_are_read_by_copy_and_not_row_by_row() -> None:
    """A generous bound: row by row through the ORM this takes over ten seconds."""
    nationalities = codelist("citizenship").ids[:200]
    rows = [
        (f"{year}-{number:02d}", code, 5)
        for year in range(2019, 2024)
        for number in range(1, 13)
        for code in nationalities
    ]
    stored(figures(*rows))
    started = time.perf_counter()
    assert store.observations().height == 12_000
    assert time.perf_counter() - started < 2


def test_vintages_are_listed_the_latest_first() -> None:
    stored(figures(("2023-08", "VEN", 1)))
    stored(figures(("2023-08", "VEN", 2)), at=OCTOBER)
    stored(figures(("2023-08", "VEN", 2), dataset="HND.INM.flujo"))
    assert [vintage.name for vintage in store.vintages(dataset="PAN.SNM.cuadro003")] == ["2023-10-15.1", "2023-09-15.1"]
    assert [vintage.name for vintage in store.vintages(reporter="HND")] == ["2023-09-15.2"]
    assert [vintage.name for vintage in store.vintages(as_of=SEPTEMBER)] == ["2023-09-15.2", "2023-09-15.1"]
    assert store.vintages()[0].received_at.date() == date(2023, 10, 15)
