"""From the store to a `Brief`: which figures belong to an edition, and can a published one be made again?

An edition that is still a draft is made from what was in force at its cut-off; one that an analyst has closed,
from the vintages that it recorded then. Everything else that shapes it stands in the edition or in this version
of the program.

    brief = compile_edition(edition)              # of a stored edition, in whatever state
    made = draft(month(2023, 9), on=today)        # of any month with observations, stored edition or not
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import polars as pl

from istmo.hub.briefs.models import BriefEdition
from istmo.hub.briefs.replies import notes
from istmo.installation.observations import store
from istmo.installation.observations.models import Vintage
from istmo.model.errors import NotFound
from istmo.model.periods import Period
from istmo.model.text import Text
from istmo.registry.datasets import datasets
from istmo.statistics.brief.asylum import asylum_rows
from istmo.statistics.brief.compile import compile_brief
from istmo.statistics.brief.values import Brief, BriefState, Edition, Revision, VintageUsed
from istmo.statistics.checks import cross_checks
from istmo.statistics.publication import (
    observations_for_publication,
    organisation_revisions,
    organisations_for_publication,
)
from istmo.statistics.selection import by_organisations, monthly, of_states, with_dataset_id
from istmo.statistics.vintages import revisions

WINDOW = 12  # months before the month of the brief


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an edition is made from: names of vintages, and the day on which each dataset first had the month."""

    vintages: tuple[str, ...]
    deliveries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Drafted:
    """A brief with its observations, ready for `render_all`."""

    brief: Brief
    observations: pl.DataFrame


def inputs_at(month: Period, *, cut_off: date) -> Inputs:
    """The vintages in force at the end of the cut-off day for the months up to `month`."""
    moment = datetime.combine(cut_off, time.max, tzinfo=UTC)
    held = store.periods_held(as_of=moment).filter(pl.col("PERIOD") <= f"{month}~")
    return Inputs(tuple(sorted(set(held["VINTAGE"]))), _deliveries(month, moment))


def compile_edition(edition: BriefEdition) -> Brief:
    """The brief of a stored edition. The same edition and the same program give the same brief."""
    inputs = _inputs(edition)
    return _compile(edition, inputs, _held(inputs, edition.period))


def compiled(edition: BriefEdition) -> Drafted:
    """The brief of a stored edition with its observations."""
    inputs = _inputs(edition)
    held = _held(inputs, edition.period)
    given_away = [give(held, edition.period) for give in (observations_for_publication, organisations_for_publication)]
    return Drafted(_compile(edition, inputs, held), pl.concat(given_away))


def draft(month: Period, *, on: date, demonstration: bool) -> Drafted:
    """The brief of any month with observations: the stored edition where there is one, else a draft as of today.

    Raises `NotFound` when the store has no observation of the month.
    """
    edition = BriefEdition.objects.filter(month=str(month)).order_by("-number").first()
    if edition is None:
        edition = BriefEdition(month=str(month), cut_off=on, demonstration=demonstration)
    return compiled(edition)


def no_observations(month: Period) -> NotFound:
    """The error for a month of which the store holds nothing."""
    return NotFound(
        Text(f"No hay observaciones de {month}.", f"There are no observations of {month}."),
        advice=Text(
            "Cargue los archivos del mes con «istmo intake» y vuelva a intentarlo.",
            "Load the month's files with “istmo intake” and try again.",
        ),
        rule="F50",
    )


def _of_the_year_alone(month: Period) -> NotFound:
    """The error for a month of a year that its source published as a year."""
    return NotFound(
        Text(
            f"No hay observaciones de {month}: de {month.year} se publicó solo la cifra del año.",
            f"There are no observations of {month}: of {month.year} only the figure of the year was published.",
        ),
        advice=Text(
            "Véala con «istmo observations»; no se reparte entre meses.",
            "See it with “istmo observations”; it is not split into months.",
        ),
        rule="F50",
    )


def _compile(edition: BriefEdition, inputs: Inputs, held: pl.DataFrame) -> Brief:
    month, value = edition.period, _edition_value(edition)
    own = of_states(held)
    if own.filter(pl.col("PERIOD") == str(month)).is_empty():
        raise _of_the_year_alone(month) if str(month.year) in set(own["PERIOD"]) else no_observations(month)
    window = monthly(held).filter(pl.col("PERIOD") >= str(month.plus(-WINDOW)))
    by_year = asylum_rows(held.filter(by_organisations()), month)
    return compile_brief(
        held,
        edition=value,
        on=value.published or value.cut_off,
        vintages=_vintages_used(pl.concat([window, by_year])),
        revisions=_revisions(_earlier(month, edition.number), held),
        findings=cross_checks(_two_years(held, month), datasets=datasets()),
        deliveries={dataset: date.fromisoformat(day) for dataset, day in inputs.deliveries.items()},
    )


def _two_years(held: pl.DataFrame, month: Period) -> pl.DataFrame:
    """The year of the month and the one before it: what a finding of this brief can be about."""
    return held.filter(pl.col("PERIOD") >= f"{month.year - 1}")


def _edition_value(edition: BriefEdition) -> Edition:
    return Edition(
        month=edition.period,
        number=edition.number,
        cut_off=edition.cut_off,
        state=edition.brief_state,
        preliminary=edition.preliminary,
        demonstration=edition.demonstration,
        published=edition.published_on,
        next_release=edition.next_release,
        analysis=edition.analysis,
        analysed_by=edition.analysed_name,
        approved_by=edition.approved_name,
        correction=edition.correction,
        notes=notes(edition) if edition.pk else (),
    )


def _inputs(edition: BriefEdition) -> Inputs:
    """What was recorded when the analyst closed the data; until then, what is in force at the cut-off."""
    if edition.vintages:
        return Inputs(tuple(edition.vintages), dict(edition.deliveries))
    return inputs_at(edition.period, cut_off=edition.cut_off)


def _held(inputs: Inputs, month: Period) -> pl.DataFrame:
    return store.observations(vintages=inputs.vintages, last=month)


def _deliveries(month: Period, moment: datetime) -> dict[str, str]:
    """By dataset, the day on which a vintage with figures of the month first came in.

    The first load of a dataset brings its earlier months: of these no day is known, so that no member is called late
    with what it published before it began to send it here.
    """
    first: dict[str, str] = {}
    received = Vintage.objects.filter(received_at__lte=moment).order_by("received_at", "id")
    begun: dict[str, Vintage] = {}
    for vintage in received.filter(periods__period__contains="-"):  # not a load of figures by year
        begun.setdefault(vintage.dataset_id, vintage)
    for vintage in received.filter(periods__period=str(month)):
        first.setdefault(vintage.dataset_id, vintage.received_at.astimezone(UTC).date().isoformat())
    for dataset, vintage in begun.items():
        if (
            vintage.periods.filter(period=str(month)).exists()
            and vintage.periods.filter(period__gt=str(month)).exists()
        ):
            del first[dataset]
    return dict(sorted(first.items()))


def _vintages_used(window: pl.DataFrame) -> tuple[VintageUsed, ...]:
    received = {
        vintage.name: vintage.received_at.astimezone(UTC).date()
        for vintage in Vintage.objects.filter(name__in=window["VINTAGE"].unique().to_list())
    }
    loads = with_dataset_id(window).select("ID", "VINTAGE", "SOURCE_HASH", "PROFILE").unique().sort("ID", "VINTAGE")
    return tuple(
        VintageUsed(dataset, vintage, source_hash, profile, received[vintage])
        for dataset, vintage, source_hash, profile in loads.iter_rows()
    )


def _earlier(month: Period, number: int) -> BriefEdition | None:
    """The edition published before this one: of the same month with a lower number, else of the month before."""
    published = BriefEdition.objects.filter(state=BriefState.PUBLISHED.value)
    same = published.filter(month=str(month), number__lt=number).order_by("-number").first()
    return same or published.filter(month=str(month.plus(-1))).order_by("-number").first()


def _revisions(earlier: BriefEdition | None, held: pl.DataFrame) -> tuple[Revision, ...]:
    """Totals of months that the earlier edition showed otherwise, or showed and this one does not."""
    if earlier is None:
        return ()
    before = store.observations(vintages=earlier.vintages, last=earlier.period)
    after = held.filter(pl.col("PERIOD") <= str(earlier.period))
    return (*revisions(before, after), *organisation_revisions(before, after, earlier.period))
