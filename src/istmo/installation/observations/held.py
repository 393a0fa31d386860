"""The figures in force, series by series, for pages that ask for a part of them many times.

    held = holdings().of(datasets)                 # what is in force now
    held = holdings("2023-09-18.3").of(datasets)   # as of a vintage: nothing that came in after it

A vintage never changes, so what is read of one is kept in memory. Which vintages are in force is asked of
the database for every answer (`state`, one indexed row), so that a load by somebody else counts at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from functools import lru_cache
from threading import Lock

from django.db import connection

from istmo.installation.observations.models import Observation, Vintage, VintagePeriod
from istmo.installation.observations.store import observations
from istmo.installation.releases.checking import hidden_vintages
from istmo.model.errors import NotFound
from istmo.model.periods import Grain, Period, period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset, datasets, is_organisation
from istmo.registry.regions import region
from istmo.statistics.explore.history import Version
from istmo.statistics.explore.holdings import Held, in_force, read_lines
from istmo.statistics.explore.question import Catalogue

# Vintages whose figures are kept in memory, about a megabyte each; then the one asked for longest ago goes.
KEPT = 192
_READING = Lock()
AMERICAS = ("RCM", "CARIB", "SOUTH_AM", "NORTH_AM_OTH")


@dataclass(frozen=True, slots=True)
class Stored:
    """A vintage by its id, with the periods that it holds."""

    id: int
    name: str
    dataset: str
    received: date
    source_hash: str
    profile: str
    content: str
    periods: frozenset[Period]


@dataclass(frozen=True)
class Holdings:
    """What stood in the store at one moment. `stored`: the vintages in the order in which they came in."""

    stored: tuple[Stored, ...]

    @property
    def last_vintage(self) -> str:
        return self.stored[-1].name if self.stored else ""

    def of_dataset(self, dataset: Dataset) -> tuple[Held, ...]:
        """The lines in force of one dataset."""
        return _in_force(tuple(one for one in self.stored if one.dataset == dataset.id))

    def of(self, wanted: Iterable[Dataset]) -> tuple[Held, ...]:
        return tuple(held for dataset in wanted for held in self.of_dataset(dataset))

    def versions(self, held: Held) -> tuple[tuple[Version, ...], Mapping[str, frozenset[Period]]]:
        """Every load of a line, in the order in which they came in, with the periods that each holds."""
        found = []
        for one in self.stored:
            if one.dataset != held.line.dataset.id:
                continue
            of_line = [each for each in _lines(one.content, one.name, one.dataset) if each.line == held.line]
            found.extend(Version(one.name, one.received, one.source_hash, one.profile, each) for each in of_line)
        return tuple(found), {one.name: one.periods for one in self.stored}


State = tuple[int, int, str]


def state() -> State:
    """How many vintages there are, the last one's id and content: a load changes it, and nothing else does."""
    table = Vintage._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT count(*) FROM {table}), id, content_hash FROM {table} ORDER BY id DESC LIMIT 1"  # noqa: S608 - our name
        )
        row = cursor.fetchone()
    return (int(row[0]), int(row[1]), str(row[2])) if row else (0, 0, "")


def holdings(as_of: str = "") -> Holdings:
    """What is in the store now, or stood there when the vintage `as_of` had just come in; raises `NotFound`."""
    return _holdings(state(), as_of)


@lru_cache(maxsize=8)
def _holdings(at: State, as_of: str) -> Holdings:
    periods: dict[int, set[Period]] = {}
    for vintage, text in VintagePeriod.objects.values_list("vintage_id", "period"):
        periods.setdefault(vintage, set()).add(_period(text))
    found = []
    loaded = list(Vintage.objects.filter(id__lte=at[1]).order_by("received_at", "id"))
    hidden = hidden_vintages()
    for one in loaded:
        known = datasets().get(one.dataset_id)
        if known is not None and known.may_be_shown and one.name not in hidden:
            received = one.received_at.astimezone(UTC).date()
            held = frozenset(periods.get(one.pk, ()))
            found.append(
                Stored(one.pk, one.name, one.dataset_id, received, one.source_hash, one.profile, one.content_hash, held)
            )
    if as_of:
        positions = {one.name: number for number, one in enumerate(found)}
        if as_of not in positions:
            raise _no_vintage(as_of, found[-1].name if found else "")
        found = found[: positions[as_of] + 1]
    return Holdings(tuple(found))


def _no_vintage(name: str, last: str) -> NotFound:
    return NotFound(
        Text(es=f"No hay una versión «{name}» en esta instalación.", en=f"There is no vintage “{name}” here."),
        place="as_of",
        advice=Text(
            es=f"La última es {last or 'ninguna'}; sin «as_of» se ven las cifras vigentes.",
            en=f"The last one is {last or 'none'}; without “as_of” the figures in force are shown.",
        ),
        rule="F50",
    )


@lru_cache(maxsize=4096)
def _period(text: str) -> Period:
    return period(text)


def _lines(content: str, name: str, dataset: str) -> tuple[Held, ...]:
    """What one vintage holds; it never changes, and no two threads read it."""
    with _READING:
        return _read(content, name, dataset)


@lru_cache(maxsize=KEPT)
def _read(content: str, name: str, dataset: str) -> tuple[Held, ...]:
    return read_lines(observations(vintages=[name]), datasets()[dataset])


@lru_cache(maxsize=64)
def _in_force(stored: tuple[Stored, ...]) -> tuple[Held, ...]:
    """Each period from the last vintage that holds it."""
    taken: dict[Period, int] = {}
    for one in stored:
        taken.update(dict.fromkeys(one.periods, one.id))
    loads = []
    for one in stored:
        mine = frozenset(at for at, id_ in taken.items() if id_ == one.id)
        if mine:
            loads.append((_lines(one.content, one.name, one.dataset), mine))
    return in_force(loads)


def catalogue(held: Holdings) -> Catalogue | None:
    """What can be chosen; None where nothing is held yet."""
    return _catalogue(held.stored)


@lru_cache(maxsize=8)
def _catalogue(stored: tuple[Stored, ...]) -> Catalogue | None:
    ids = {one.dataset for one in stored if one.periods}
    known = tuple(dataset for id_, dataset in datasets().items() if id_ in ids)
    states = {dataset.id for dataset in known if not is_organisation(dataset.reporter)}
    months = [at for one in stored if one.dataset in (states or ids) for at in one.periods]
    monthly = [at for at in months if at.grain is Grain.MONTH] or [Period(at.year, 12, Grain.MONTH) for at in months]
    if not monthly:
        return None
    first = min(at.first_day for one in stored for at in one.periods)
    return Catalogue(
        datasets=known,
        first=Period(first.year, first.month, Grain.MONTH),
        last=max(monthly),
        countries=_countries(stored),
    )


def _countries(stored: tuple[Stored, ...]) -> tuple[str, ...]:
    """The countries of the Americas that organisations report about."""
    found: set[str] = set()
    for one in stored:
        if is_organisation(datasets()[one.dataset].reporter):
            found.update(_about(one.content, one.id))
    return tuple(sorted(code for code in found if region(code) in AMERICAS))


@lru_cache(maxsize=KEPT)
def _about(content: str, id_: int) -> frozenset[str]:
    codes = Observation.objects.filter(vintage_id=id_).values_list("counterpart", flat=True).distinct()
    return frozenset(code for code in codes if code != "_T")
