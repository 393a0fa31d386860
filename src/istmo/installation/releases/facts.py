"""Exact totals that others publish, such as a ministry on its page: whoever attacks the register knows them as well.

imported = import_facts(raw, place="totales.csv", at=now)     all rows, or none
facts = external_facts(populations, years={2023})             what holds now
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from istmo.installation.audit.models import EventKind, record
from istmo.installation.releases.models import ExternalFact, ReleasedTable
from istmo.statistics.disclosure.spans import span
from istmo.statistics.disclosure.union import Fact, read_facts


@dataclass(frozen=True)
class Imported:
    """`known`: rows that were here already. `years`: of the new ones. `beside`: new ones about a published table."""

    new: int
    known: int
    beside: int
    years: frozenset[int]


def import_facts(raw: bytes, *, place: str, at: datetime) -> Imported:
    """Keep the totals of a CSV file. Raises InvalidInput (F122) with the line; then nothing is kept."""
    facts = read_facts(raw, place=place)
    with transaction.atomic():
        held = set(external_facts())
        new = [fact for fact in dict.fromkeys(facts) if fact not in held]
        ExternalFact.objects.bulk_create(
            ExternalFact(
                population=fact.population,
                period=str(fact.span),
                year=fact.span.year,
                cell=fact.cell,
                value=fact.value,
                source=fact.source,
                on=fact.on,
                at=at,
            )
            for fact in new
        )
        if new:
            record(
                EventKind.FACTS_IMPORTED, at=at, object_type="facts", object_id=place[:80], counts={"facts": len(new)}
            )
    published = set(ReleasedTable.objects.values_list("population", "period"))
    beside = sum((fact.population, str(fact.span)) in published for fact in new)
    return Imported(len(new), len(facts) - len(new), beside, frozenset(fact.span.year for fact in new))


def external_facts(
    populations: Collection[str] | None = None, *, years: Collection[int] | None = None
) -> tuple[Fact, ...]:
    """The totals that hold: of each cell the last that was imported, in the order of import."""
    rows = ExternalFact.objects.order_by("id")
    if populations is not None:
        rows = rows.filter(population__in=list(populations))
    if years is not None:
        rows = rows.filter(year__in=list(years))
    last: dict[tuple[str, str, str], Fact] = {}
    for row in rows:
        at = (row.population, row.period, row.cell)
        last.pop(at, None)
        last[at] = Fact(row.population, span(row.period), row.cell, row.value, row.source, row.on)
    return tuple(last.values())
