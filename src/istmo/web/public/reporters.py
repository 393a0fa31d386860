"""A page for each reporter: what its institution counts, how and since when, its series, its vintages and its profiles.

Series come from the store: for each month the latest vintage that holds it, summed within one dataset only, as declared
where the source declares a total. Only datasets that may be shown are.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from istmo.hub.briefs.editions import latest_published
from istmo.hub.briefs.render.csv import observations_csv
from istmo.installation.mapping import versions
from istmo.installation.observations.gaps import DatasetStanding, standing
from istmo.installation.observations.models import Vintage
from istmo.installation.observations.store import observations, periods_held, vintages
from istmo.intake.grammar import Profile
from istmo.model.codes import Code, codelist
from istmo.model.periods import Grain, Period, period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset, datasets, organisations
from istmo.registry.members import members
from istmo.statistics.breaks import with_breaks
from istmo.statistics.brief.figures import count
from istmo.statistics.brief.values import Point
from istmo.statistics.comparability import Figure as Told
from istmo.statistics.comparability import Series, series_of
from istmo.statistics.disclosure.notes import read_note
from istmo.statistics.margins import margin
from istmo.statistics.vintages import with_missing
from istmo.statistics.wording import short_name
from istmo.web.common.language import current
from istmo.web.common.policies import ChangeView, marks, shown_changes
from istmo.web.common.spark import Bar, chart
from istmo.web.common.words import short
from istmo.web.public import shown
from istmo.web.public.pairs import partners
from istmo.web.public.published import summary

# How `margin` begins the NOTE of a total that it summed itself.
SUMMED = "SUM("
SHOWN_FIRST = 13
CHART_MONTHS = 36
MISSING_SHOWN = 12
# Where the brief shows what an organisation publishes.
ORGANISATION_TABLES = {"UNHCR": ("T8", "T8B"), "IOM": ("T7B",)}


@dataclass(frozen=True, slots=True)
class Figure:
    """One period of a series; `declared` is False where the total was summed here."""

    period: Period
    figure: Told
    declared: bool
    vintage: str
    broken: bool

    @property
    def value(self) -> int | None:
        return self.figure.value

    @property
    def text(self) -> str:
        return shown.sign(self.figure) if self.value is None else count(self.value)

    @property
    def included(self) -> Text | None:
        """The name of the row that holds this period's figure, where another one does."""
        return self.figure.told.name

    @property
    def letters(self) -> str:
        return shown.letters(self.figure, broken=self.broken)


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A measure of a dataset by month, latest first, with its picture."""

    dataset: Dataset
    measure: Code
    figures: tuple[Figure, ...]
    picture: SafeString | None
    changes: tuple[ChangeView, ...] = ()

    @property
    def latest(self) -> Figure:
        """The last figure with a value; where there is none, the last period."""
        return next((figure for figure in self.figures if figure.value is not None), self.figures[0])

    @property
    def protection(self) -> tuple[tuple[str, str], ...]:
        """The signs that say that the series is a protected one."""
        used = {sign for figure in self.figures for sign in (*figure.letters, figure.text)}
        used |= {shown.RANGE for figure in self.figures if figure.value is None and figure.figure.told.range}
        return shown.protection(used)

    @property
    def rounded(self) -> Text | None:
        """How the figures are rounded, where they are."""
        told = (figure.figure.told for figure in self.figures)
        return next((one.how for one in told if one.rounded), None)

    @property
    def first(self) -> tuple[Figure, ...]:
        return self.figures[:SHOWN_FIRST]

    @property
    def rest(self) -> tuple[Figure, ...]:
        return self.figures[SHOWN_FIRST:]


@dataclass(frozen=True, slots=True)
class DatasetView:
    dataset: Dataset
    unit: Code
    standing: DatasetStanding | None
    punctuality: str
    vintages: tuple[Vintage, ...]
    profiles: tuple[Profile, ...]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    held = _held_datasets()
    rows = [(member, [each for each in _datasets_of(member.code, held) if each.id in held]) for member in members()]
    others = [(code, short_name("reporter", code), _datasets_of(code, held)) for code in organisations()]
    context = {"section": "reporters", "rows": rows, "organisations": [one for one in others if one[-1]]}
    return render(request, "istmo/reporters.html", context)


@require_safe
def reporter(request: HttpRequest, code: str) -> HttpResponse:
    if code.upper() in organisations():
        return _organisation(request, code.upper())
    member = next((each for each in members() if each.code == code.upper()), None)
    if member is None:
        raise Http404
    held = _held_datasets()
    shown = _datasets_of(member.code, held)
    stands = {
        each.dataset.id: each
        for each in standing(periods_held(), on=_reference_day(), registered={d.id: d for d in shown})
    }
    series = [
        _series_view(each.dataset, each.measure, tuple(held[each.dataset.id]), due=stands.get(each.dataset.id))
        for each in series_of(shown)
        if each.dataset.id in held and each.dataset.may_be_shown
    ]
    context = {
        "section": "reporters",
        "member": member,
        "measured": list(dict.fromkeys(each.dataset.what for each in series)),
        "datasets": [_dataset_view(each, stands.get(each.id)) for each in shown],
        "series": series,
        "reference_day": _reference_day(),
        "partners": partners(member.code) if series else (),
    }
    return render(request, "istmo/reporter.html", context)


def _organisation(request: HttpRequest, code: str) -> HttpResponse:
    """What an organisation publishes and how it is read; its figures are about many States and have no total."""
    brief = latest_published()
    tables = [table.id for table in brief.tables if not table.missing] if brief else []
    context = {
        "section": "reporters",
        "code": code,
        "name": codelist("reporter")[code].name,
        "short": short_name("reporter", code),
        "datasets": [_dataset_view(each, None) for each in _datasets_of(code, _held_datasets())],
        "edition": brief.edition if brief else None,
        "tables": [id_ for id_ in ORGANISATION_TABLES[code] if id_ in tables],
    }
    return render(request, "istmo/organisation.html", context)


@require_safe
def series_file(request: HttpRequest, code: str) -> HttpResponse:
    """The totals by month and year of the reporter's series, in the columns of an observation."""
    held = _held_datasets()
    frames = [
        _totals(each.dataset.id, each.measure, tuple(held[each.dataset.id]))
        for each in series_of(_datasets_of(code.upper(), held))
        if each.dataset.id in held and each.dataset.may_be_shown
    ]
    if not frames:
        raise Http404
    series = pl.concat(frames)
    marked = with_breaks(series, series, datasets=datasets())
    response = HttpResponse(observations_csv(marked), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="istmo-{code.lower()}.csv"'
    return response


def _held_datasets() -> dict[str, list[str]]:
    """The datasets with at least one vintage, and the vintages in force of each."""
    held: dict[str, list[str]] = {}
    for reporter_, agency, dataset, vintage in (
        periods_held().select("REPORTER", "AGENCY", "DATASET", "VINTAGE").unique().sort("VINTAGE").iter_rows()
    ):
        held.setdefault(f"{reporter_}.{agency}.{dataset}", []).append(vintage)
    return held


def _datasets_of(code: str, held: dict[str, list[str]]) -> list[Dataset]:
    """Those that hold figures here, and those that this installation expects."""
    return [each for each in datasets().values() if each.reporter == code and (each.id in held or each.demonstration)]


def _dataset_view(dataset: Dataset, stands: DatasetStanding | None) -> DatasetView:
    return DatasetView(
        dataset=dataset,
        unit=codelist("unit_of_count")[dataset.unit],
        standing=stands,
        punctuality=punctuality(stands) if stands else "",
        vintages=vintages(dataset=dataset.id),
        profiles=tuple(each for each in versions.in_force().values() if each.dataset_id == dataset.id),
    )


@lru_cache(maxsize=64)
def _totals(dataset_id: str, measure: str, in_force: tuple[str, ...], expected: Period | None = None) -> pl.DataFrame:
    """Monthly and yearly totals of one dataset's measure, with the months that are missing up to `expected`.

    Kept by the vintages in force, so that a new load makes a new answer. A source that has been silent for long gets a
    year of missing months, not all of them.
    """
    totals = margin(observations(datasets=[dataset_id], measures=[measure]), keep=())
    monthly = totals.filter(pl.col("PERIOD").str.len_chars() == 7)
    if monthly.is_empty():
        return totals
    last = period(str(monthly["PERIOD"].max()))
    until = max(last, min(expected, last.plus(MISSING_SHOWN))) if expected else last
    return with_missing(totals, last=until).sort("PERIOD")


def _series_view(
    dataset: Dataset, measure: str, in_force: tuple[str, ...], *, due: DatasetStanding | None
) -> SeriesView:
    """The series up to the month that was due."""
    totals = _totals(dataset.id, measure, in_force, due.expected if due else None)
    breaks = {each.period for each in dataset.breaks_on("total", measure)}
    figures = tuple(
        Figure(
            period=period(row["PERIOD"]),
            figure=Told(Series(dataset, measure), row["OBS_VALUE"], row["OBS_STATUS"], read_note(row["NOTE"])),
            declared=not row["NOTE"].startswith(SUMMED),
            vintage=row["VINTAGE"],
            broken=period(row["PERIOD"]) in breaks,
        )
        for row in totals.sort("PERIOD", descending=True).iter_rows(named=True)
    )
    months = [each for each in reversed(figures) if each.period.grain is Grain.MONTH][-CHART_MONTHS:]
    changes = shown_changes((dataset.reporter,), [each.period for each in months])
    picture = _picture(dataset, measure, months, changes) if len(months) > 1 else None
    return SeriesView(dataset, codelist("measure")[measure], figures, picture, changes)


def _picture(dataset: Dataset, measure: str, months: list[Figure], changes: tuple[ChangeView, ...]) -> SafeString:
    language = current()
    name = codelist("measure")[measure].name
    points = [Point(str(each.period), name, each.value, each.figure.status) for each in months]
    return chart(
        [
            Bar(
                short(each.period, language),
                each.value,
                hatched=each.figure.status == "P",
                mark="b" if each.broken else "",
                sign=each.text if each.value is None else "",
            )
            for each in months
        ],
        alt=summary(points),
        key=f"{dataset.id}-{measure}".replace(".", "-"),
        marks=marks(changes, [each.period for each in months]),
    )


def _reference_day() -> date:
    """Punctuality is told as at the latest published cut-off; before the first brief, as at today."""
    brief = latest_published()
    return brief.edition.cut_off if brief else datetime.now(UTC).date()


def punctuality(standing_: DatasetStanding) -> str:
    """How many due months are missing, in words."""
    if standing_.latest is None:
        return _("no month yet")
    behind = (
        (standing_.expected.year - standing_.latest.year) * 12 + standing_.expected.number - standing_.latest.number
    )
    if behind <= 0:
        return _("complete to the month due")
    return ngettext("%(n)s month behind", "%(n)s months behind", behind) % {"n": behind}
