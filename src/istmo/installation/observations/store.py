"""How is a load stored, and what did the store hold on a given day?

    stored = store_intake(intake, on=date(2023, 9, 15), received_at=now)      # a vintage, `2023-09-15.1`
    frame = observations(as_of=cut_off)                                       # what was in force then

For each dataset and period the latest vintage that holds it is in force. A vintage is written in one transaction by
COPY or not at all, and the database refuses to change it afterwards.
"""

import hashlib
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from istmo.installation.audit.models import EventKind, record
from istmo.installation.observations.models import Observation, Vintage, VintagePeriod
from istmo.installation.releases.checking import hidden_vintages
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.observations import COLUMNS, KEY, column_type, schema
from istmo.model.periods import Period
from istmo.model.text import Text
from istmo.statistics.vintages import changes

if TYPE_CHECKING:
    from istmo.intake.result import Intake

DATASET = ("REPORTER", "AGENCY", "DATASET")
BY_VINTAGE = (*DATASET, "VINTAGE", "SOURCE_HASH", "PROFILE")
STORED = tuple(column for column in COLUMNS if column not in BY_VINTAGE)
# A period of which a load says nothing but "not reported yet" is not held by it: what was known of it stays in force.
_REPORTED = pl.col("OBS_VALUE").is_not_null() | (pl.col("OBS_STATUS") != "O")
BY_NODE = 1000
_NAMING = 7_210_841  # advisory lock: one vintage is named at a time


@dataclass(frozen=True, slots=True)
class StoredVintage:
    """`created` is False when the same content had been loaded before; then `name` is the earlier vintage's."""

    name: str
    dataset: str
    rows: int
    created: bool
    received_at: datetime


def store_intake(intake: "Intake", *, on: date, received_at: datetime, account: Any = None) -> StoredVintage:
    """Store the accepted records of `intake` as a vintage named by the day `on`; all or nothing."""
    from istmo.intake.profiles import attributed

    if intake.profile.grain == "person":
        raise InvalidInput(
            Text(
                es="Los registros de personas no se guardan aquí; use --dry-run.",
                en="Records of persons are not stored here; use --dry-run.",
            ),
            place=intake.filename,
            rule="F32",
        )
    attributed(intake.profile, name=intake.profile.id)
    if not intake.storable:
        raise InvalidInput(
            Text(
                es="Se detuvieron más registros de los que el perfil permite; no se guardó nada.",
                en="More records were stopped than the profile allows; nothing was stored.",
            ),
            place=intake.filename,
            advice=Text(es="Corrija los hallazgos y cargue de nuevo.", en="Mend the findings and load again."),
            rule="F15",
        )
    return store_frame(
        intake.observations,
        profile_hash=intake.profile.hash,
        parameters=intake.parameters,
        source_name=intake.filename,
        on=on,
        received_at=received_at,
        account=account,
    )


def store_frame(
    frame: pl.DataFrame,
    *,
    profile_hash: str,
    parameters: Mapping[str, str],
    source_name: str,
    on: date,
    received_at: datetime,
    account: Any = None,
    name: str | None = None,
) -> StoredVintage:
    """Store a table of observations of one dataset, one file and one profile as a vintage named by the day `on`.

    `name` is the vintage's where it was stored, when it comes from another installation: it keeps it.
    """
    head = _head(frame, source_name)
    ordered = frame.select(STORED).sort(*(column for column in KEY if column not in DATASET))
    content = "\n".join([*(head[column] for column in DATASET), ordered.write_csv(include_header=False)])
    content_hash = hashlib.sha256(content.encode()).hexdigest()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NAMING])
        earlier = Vintage.objects.filter(
            source_hash=head["SOURCE_HASH"],
            profile_hash=profile_hash,
            parameters=dict(parameters),
            content_hash=content_hash,
        ).first()
        if earlier:
            return StoredVintage(earlier.name, earlier.dataset_id, earlier.rows, False, earlier.received_at)
        if name is not None and Vintage.objects.filter(name=name).exists():
            raise InvalidInput(
                Text(
                    es=f"La versión {name} ya existe aquí con otro contenido.",
                    en=f"The vintage {name} is here already with other content.",
                ),
                place=source_name,
                rule="F31",
            )
        vintage = Vintage.objects.create(
            name=name or _next_name(on),
            reporter=head["REPORTER"],
            agency=head["AGENCY"],
            dataset=head["DATASET"],
            profile=head["PROFILE"],
            profile_hash=profile_hash,
            parameters=dict(parameters),
            source_name=source_name,
            source_hash=head["SOURCE_HASH"],
            content_hash=content_hash,
            received_at=received_at,
            account=account,
            rows=frame.height,
        )
        periods = ordered.filter(_REPORTED).group_by("PERIOD").len().sort("PERIOD")
        VintagePeriod.objects.bulk_create(
            VintagePeriod(vintage=vintage, period=period, rows=rows) for period, rows in periods.iter_rows()
        )
        _copy_in(cursor, vintage, ordered)
        record(
            EventKind.VINTAGE_STORED,
            at=received_at,
            account=account,
            object_type="vintage",
            object_id=vintage.name,
            counts={"rows": frame.height, "periods": periods.height},
        )
    return StoredVintage(vintage.name, vintage.dataset_id, frame.height, True, received_at)


def observations(
    *,
    as_of: datetime | None = None,
    vintages: Collection[str] | None = None,
    datasets: Collection[str] | None = None,
    reporters: Collection[str] | None = None,
    measures: Collection[str] | None = None,
    first: Period | None = None,
    last: Period | None = None,
) -> pl.DataFrame:
    """The observations in force: for each dataset and period those of the latest vintage that holds it.

    `as_of`: only vintages received until then; `vintages`: only those named. A period of a coarser grain (a year)
    counts as within `first` and `last` by its first day.
    """
    chosen = _in_force(as_of=as_of, vintages=vintages, datasets=datasets, reporters=reporters)
    if first or last:
        chosen = chosen.filter(_within(chosen["PERIOD"], first, last))
    return _rows_of(chosen, measures)


def whole_vintage(vintage: Vintage) -> pl.DataFrame:
    """Every row of a vintage, those of months that were not reported included: what another installation is sent."""
    held = sorted(set(Observation.objects.filter(vintage=vintage).values_list("period", flat=True)))
    parts = {"REPORTER": "reporter", "AGENCY": "agency", "DATASET": "dataset"}
    head = {column: getattr(vintage, attribute) for column, attribute in parts.items()}
    head |= {"VINTAGE": vintage.name, "SOURCE_HASH": vintage.source_hash, "PROFILE": vintage.profile}
    chosen = pl.DataFrame({"vintage_id": vintage.pk, "PERIOD": held}, schema_overrides={"vintage_id": pl.Int64()})
    return _rows_of(chosen.with_columns(pl.lit(value).alias(column) for column, value in head.items()), None)


def _rows_of(chosen: pl.DataFrame, measures: Collection[str] | None) -> pl.DataFrame:
    """The rows of the chosen vintages and periods (`_in_force`) with what stands at the vintage."""
    if chosen.is_empty():
        return pl.DataFrame(schema=schema())
    stored = _copy_out(chosen, measures)
    named = chosen.select("vintage_id", *BY_VINTAGE).unique("vintage_id")
    frame = stored.join(named, on="vintage_id", how="left").with_columns(
        pl.col("REPORTER").cast(column_type("REPORTER"))
    )
    return frame.select(COLUMNS).sort(*KEY)


def vintages(
    *, dataset: str | None = None, as_of: datetime | None = None, reporter: str | None = None
) -> tuple[Vintage, ...]:
    """Vintages, the latest received first."""
    query = Vintage.objects.order_by("-received_at", "-id")
    if as_of is not None:
        query = query.filter(received_at__lte=as_of)
    if reporter is not None:
        query = query.filter(reporter=reporter)
    if dataset is not None:
        parts = dataset.split(".", 2)
        query = query.filter(reporter=parts[0], agency=parts[1], dataset=parts[2])
    return tuple(query)


def periods_held(*, as_of: datetime | None = None) -> pl.DataFrame:
    """REPORTER, AGENCY, DATASET, PERIOD, VINTAGE: what is in force for which period, without the figures."""
    return _in_force(as_of=as_of).select(*DATASET, "PERIOD", "VINTAGE").sort(*DATASET, "PERIOD")


def revisions(*, before: datetime, after: datetime) -> pl.DataFrame:
    """Cells whose figure or status in force at `after` is not that at `before`; new periods are not revisions."""
    return compare(observations(as_of=before), observations(as_of=after))


def vintage_revisions(before: str, after: str) -> pl.DataFrame:
    """The same between two vintages of one dataset."""
    return compare(observations(vintages=[before]), observations(vintages=[after]))


def compare(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """KEY, then BEFORE, AFTER (figures), STATUS_BEFORE, STATUS_AFTER, VINTAGE_BEFORE, VINTAGE_AFTER of what differs.

    Only periods that both hold count: a cell that appears or disappears within one has no figure on the other side.
    """
    held = [*DATASET, "PERIOD"]
    both = before.select(held).unique().join(after.select(held).unique(), on=held)
    sides = (frame.join(both, on=held, how="semi") for frame in (before, after))
    return changes(*sides).drop("KIND")


def _head(frame: pl.DataFrame, source_name: str) -> dict[str, str]:
    """What is the same in every row of a load: dataset, profile and hash of the file."""
    columns = (*DATASET, "PROFILE", "SOURCE_HASH")
    heads = frame.select(columns).unique()
    if heads.height != 1:
        raise InvalidInput(
            Text(
                es="El archivo no tiene ningún registro que guardar."
                if heads.is_empty()
                else "Un archivo lleva cifras de un solo conjunto de datos.",
                en="The file has no record to store."
                if heads.is_empty()
                else "A file holds the figures of one dataset only.",
            ),
            place=source_name,
            rule="F33",
        )
    return heads.row(0, named=True)


def _next_name(on: date) -> str:
    """The next name of the day. Where a node names it, the last three digits of `n` are the State's ISO 3166 numeric
    code, so that a vintage keeps its name at the hub and no two installations give the same (ADR 0014).
    """
    taken = Vintage.objects.filter(name__startswith=f"{on:%Y-%m-%d}.").values_list("name", flat=True)
    numbers = [int(name.rsplit(".", 1)[1]) for name in taken]
    member = settings.ISTMO_NODE_OF
    if member:
        own = int(codelist("citizenship")[member].attributes["numeric"])
        count = max((n // BY_NODE for n in numbers if n >= BY_NODE and n % BY_NODE == own), default=0) + 1
        return f"{on:%Y-%m-%d}.{count * BY_NODE + own}"
    count = max((n for n in numbers if n < BY_NODE), default=0) + 1
    if count == BY_NODE:
        raise InvalidInput(
            Text(es="Ya hay 999 versiones de ese día.", en="There are 999 vintages of that day already."), rule="F31"
        )
    return f"{on:%Y-%m-%d}.{count}"


def _copy_in(cursor: Any, vintage: Vintage, rows: pl.DataFrame) -> None:
    names = sql.SQL(", ").join(sql.Identifier(column.lower()) for column in ("vintage_id", *STORED))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, NULL '\\N')").format(
        sql.Identifier(Observation._meta.db_table), names
    )
    numbered = rows.select(pl.lit(vintage.pk).alias("vintage_id"), *STORED)
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for part in numbered.iter_slices(50_000):
            copy.write(part.write_csv(include_header=False, null_value="\\N"))


def _in_force(
    *,
    as_of: datetime | None = None,
    vintages: Collection[str] | None = None,
    datasets: Collection[str] | None = None,
    reporters: Collection[str] | None = None,
) -> pl.DataFrame:
    """vintage_id, PERIOD and what stands at the vintage, one row for each dataset and period."""
    conditions: list[str] = []
    values: list[Any] = []
    for condition, value in (
        ("v.received_at <= %s", as_of),
        ("v.name = ANY(%s)", None if vintages is None else list(vintages)),
        ("v.reporter || '.' || v.agency || '.' || v.dataset = ANY(%s)", None if datasets is None else list(datasets)),
        ("v.reporter = ANY(%s)", None if reporters is None else list(reporters)),
        ("v.name <> ALL(%s)", sorted(hidden_vintages()) or None),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    query = (
        "SELECT DISTINCT ON (v.reporter, v.agency, v.dataset, p.period)"  # noqa: S608 - fixed conditions, bound values
        " v.id, p.period, v.reporter, v.agency, v.dataset, v.name, v.source_hash, v.profile"
        f" FROM {Vintage._meta.db_table} v JOIN {VintagePeriod._meta.db_table} p ON p.vintage_id = v.id"
        f" {'WHERE ' + ' AND '.join(conditions) if conditions else ''}"
        " ORDER BY v.reporter, v.agency, v.dataset, p.period, v.received_at DESC, v.id DESC"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows = cursor.fetchall()
    types = {"vintage_id": pl.Int64(), "PERIOD": pl.String(), **dict.fromkeys(BY_VINTAGE, pl.String())}
    return pl.DataFrame(rows, schema=types, orient="row")


def _within(periods: pl.Series, first: Period | None, last: Period | None) -> pl.Series:
    from istmo.model.periods import period

    def fits(text: str) -> bool:
        day = period(text).first_day
        return (first is None or day >= first.first_day) and (last is None or day < last.plus(1).first_day)

    return pl.Series([fits(text) for text in periods], dtype=pl.Boolean)


def _copy_out(chosen: pl.DataFrame, measures: Collection[str] | None) -> pl.DataFrame:
    """The rows of the chosen vintages and periods, by COPY: a quarter of a million in well under a second."""
    columns = ("vintage_id", *STORED)
    statement = sql.SQL(
        "COPY (SELECT {columns} FROM {table} o JOIN (VALUES {chosen}) c (id, month)"
        " ON o.vintage_id = c.id AND o.period = c.month {condition}) TO STDOUT (FORMAT csv, NULL '\\N')"
    ).format(
        columns=sql.SQL(", ").join(sql.Identifier("o", column.lower()) for column in columns),
        table=sql.Identifier(Observation._meta.db_table),
        chosen=_values(chosen.select("vintage_id", "PERIOD").iter_rows()),
        condition=sql.SQL("")
        if measures is None
        else sql.SQL("WHERE o.measure = ANY({})").format(sql.Literal(sorted(measures))),
    )
    received = io.BytesIO()
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for part in copy:
            received.write(part)
    types = {"vintage_id": pl.Int64(), **{column: pl.String() for column in STORED}, "OBS_VALUE": pl.Int64()}
    if not received.tell():
        return pl.DataFrame(schema=types).cast({column: column_type(column) for column in STORED})
    frame = pl.read_csv(received.getvalue(), has_header=False, schema=types, null_values="\\N")
    texts = [pl.col(column).fill_null("") for column in STORED if column != "OBS_VALUE"]
    return frame.with_columns(texts).cast({column: column_type(column) for column in STORED})


def _values(rows: Iterable[tuple[Any, ...]]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL("({}, {})").format(sql.Literal(id_), sql.Literal(month)) for id_, month in rows)
