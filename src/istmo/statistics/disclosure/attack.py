"""What can an outsider work out of a release? Each attacker of the catalogue gets what anybody holds, and no more.

    outcomes = attack(release, direction=numbers)                    one release alone
    outcomes = attack(release, others=[...], facts=[...], ...)       beside others and what ministries publish

Every outcome says what the attacker assumes and which cells it placed. A finding of a table with withheld cells is one
that is known to the person or proved to be under the threshold; of a rounded table a small count that is known to the
person; of a sensitive one also that somebody was there.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from istmo.model.text import Text
from istmo.statistics.disclosure.attackers import integer, linear, null_space, propagation
from istmo.statistics.disclosure.cube import Counts, Mask
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.disclosure.published import CONFIDENTIAL, STATUS, Release
from istmo.statistics.disclosure.register import Published
from istmo.statistics.disclosure.rounding import listing
from istmo.statistics.disclosure.spans import Span, span
from istmo.statistics.disclosure.system import Bounds, System
from istmo.statistics.disclosure.union import Fact, union

ROUNDED_UP_TO = 2_000  # cells of a rounded table on which programs are spent: at 10,000 they take hours
POPULATION = "table"  # what is counted, where the rules do not say it
NO_PERIOD = Span(1, 1, 1)  # releases without a period are of the same one
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """What is worked out of a cell: its count, that it is under the threshold, that somebody is in it."""

    EXACT = "exact"
    BELOW = "below"
    PRESENT = "present"
    TOLD = "told"


KINDS = {
    Kind.EXACT: Text(es="se conoce exactamente", en="is known exactly"),
    Kind.BELOW: Text(es="se prueba que es menor que el umbral", en="is proved to be under the threshold"),
    Kind.PRESENT: Text(es="se prueba que hubo alguien", en="is proved not to be empty"),
    Kind.TOLD: Text(es="el archivo dice más de lo que muestra", en="the file tells more than it shows"),
}


@dataclass(frozen=True)
class Attacker:
    """An attack of the catalogue: its name, and what it takes for granted."""

    id: str
    title: Text
    assumes: Text


@dataclass(frozen=True)
class Finding:
    """A cell of a release that was placed between `lower` and `upper`. `secret`: whether it is one that the rules
    protect, where the true counts were at hand to tell.
    """

    kind: Kind
    release: str
    cell: tuple[str, ...]
    lower: int
    upper: int
    secret: bool | None = None


def told_bounds(finding: Finding) -> str:
    """`3`, `1-4`, or nothing where no count was worked out."""
    if finding.kind is Kind.TOLD or finding.upper == 0:
        return ""
    return str(finding.lower) if finding.lower == finding.upper else f"{finding.lower}-{finding.upper}"


@dataclass(frozen=True)
class Outcome:
    """What one attacker found. `open`: cells about which it came to no end, which is never "safe"; `tried`: whether it
    was made at all, since some would take hours of a large table.
    """

    attacker: Attacker
    findings: tuple[Finding, ...] = ()
    open: int = 0
    tried: bool = True


PROPAGATION = Attacker(
    "propagation",
    Text(es="Sumas y restas con intervalos", en="Sums and differences with intervals"),
    Text(
        es="Conoce cada total y la regla; sabe que una celda retenida no es cero, porque los ceros se publican.",
        en="Knows each total and the rule; knows that a withheld cell is not zero, because zeros are published.",
    ),
)
NULL_SPACE = Attacker(
    "null_space",
    Text(es="Todas las ecuaciones a la vez", en="All equations at once"),
    Text(
        es="Combina totales de todas las dimensiones, sumándolos y restándolos, sin saber nada más.",
        en="Combines totals of all dimensions, adding and subtracting them, and knows nothing else.",
    ),
)
LINEAR = Attacker(
    "linear",
    Text(es="Programas lineales", en="Linear programs"),
    Text(
        es="Busca con un optimizador el menor y el mayor valor de cada celda con todas las ecuaciones e intervalos.",
        en="Looks with an optimiser for the least and greatest value of each cell under all equations and intervals.",
    ),
)
INTEGER = Attacker(
    "integer",
    Text(es="Números enteros", en="Whole numbers"),
    Text(
        es="Sabe que las personas se cuentan enteras; prueba todas las combinaciones donde las celdas desconocidas son"
        " pocas.",
        en="Knows that people are counted whole; tries all combinations where the unknown cells are few.",
    ),
)
FLAGS = Attacker(
    "flags",
    Text(es="Los códigos y las columnas del archivo", en="The codes and columns of the file"),
    Text(
        es="Compara los códigos de estado, las notas y las demás columnas de las celdas retenidas.",
        en="Compares the status codes, notes and other columns of the withheld cells.",
    ),
)
ORDER = Attacker(
    "order",
    Text(es="El orden y la presencia de las filas", en="The order and the presence of rows"),
    Text(
        es="Mira qué filas están, cuáles faltan y en qué orden se escribieron.",
        en="Looks at which rows are there, which are missing, and in which order they were written.",
    ),
)


@dataclass(frozen=True, eq=False)
class Held:
    """All that the outsider holds: the releases, one system, and for each release the variables of its cells."""

    names: tuple[str, ...]
    releases: tuple[Release, ...]
    system: System
    cells: tuple[NDArray[np.int64], ...]
    secrets: tuple[Mask | None, ...]


def held(
    releases: Sequence[tuple[str, Release]], *, facts: Iterable[Fact] = (), secrets: Sequence[Mask | None] = ()
) -> Held:
    """Releases by name in one system, with what others publish of the same cells; `secrets`: which cells of each
    release the rules protect, where it is known. Raises InvalidInput (F122) for a fact of no cell.
    """
    names, given = tuple(name for name, _ in releases), tuple(release for _, release in releases)
    secrets = tuple(secrets) or (None,) * len(given)
    facts = tuple(facts)
    if len(given) == 1 and not facts:
        system = given[0].system
        return Held(names, given, system, (np.arange(system.size, dtype=np.int64),), secrets)
    joined = union([_entry(name, release) for name, release in releases], facts=facts)
    lower, upper = joined.system.lower.copy(), joined.system.upper.copy()
    for release, at in zip(given, joined.cells, strict=True):
        own = release.system
        lower[at], upper[at] = np.maximum(lower[at], own.lower), np.minimum(upper[at], own.upper)
    return Held(names, given, System(joined.system.equations, lower, upper), joined.cells, secrets)


def population_of(release: Release) -> str:
    return release.rules.population or POPULATION


def period_of(release: Release) -> Span:
    return span(release.period) if release.period else NO_PERIOD


def _entry(name: str, release: Release) -> Published:
    return Published(
        release=name,
        table=name,
        population=population_of(release),
        span=period_of(release),
        protected=release.table,
        rules=release.rules.digest,
        threshold=release.rules.threshold,
        at=_ALWAYS,
        strict=release.table.method is Method.SUPPRESS,
    )


def attack(known: Held, *, direction: NDArray[np.float64], programs: bool = True) -> tuple[Outcome, ...]:
    """What each attacker finds. `direction` is a random vector, one number a cell of the system; without `programs`
    the attackers that need minutes for a large table are left out. Raises InvalidInput (F119) where what is
    published contradicts itself.
    """
    first = propagation.bounds(known.system)
    outcomes = [Outcome(PROPAGATION, _placed(known, first))]
    determined = null_space.determined(known.system, direction)
    outcomes.append(Outcome(NULL_SPACE, _determined(known, determined)))
    outcomes += _programs(known) if programs else [Outcome(each, tried=False) for each in (LINEAR, INTEGER)]
    outcomes.append(Outcome(FLAGS, _each(known, _flags)))
    outcomes.append(Outcome(ORDER, _each(known, _order)))
    return tuple(outcomes)


def _programs(known: Held) -> tuple[Outcome, Outcome]:
    asked = np.zeros(known.system.size, dtype=np.bool_)
    reach, tried = 0, True
    for release, at in zip(known.releases, known.cells, strict=True):
        if release.table.method is Method.SUPPRESS:
            reach = max(reach, release.rules.threshold)
        elif len(at) > ROUNDED_UP_TO:
            tried = False
            continue
        asked[at] |= _unknown(known.system, at)
    audit = linear.audit(known.system, asked, reach=reach, width=1)
    return (
        Outcome(LINEAR, _placed(known, audit.bounds), int(audit.undecided.sum()), tried),
        Outcome(INTEGER, _placed(known, integer.bounds(known.system, asked)), 0, tried),
    )


def _unknown(system: System, at: NDArray[np.int64]) -> Mask:
    unknown: Mask = system.lower[at] < system.upper[at]
    return unknown


def _placed(known: Held, found: Bounds) -> tuple[Finding, ...]:
    """The cells that bounds place so that a rule is broken, in canonical order."""
    findings: list[Finding] = []
    for number, at in enumerate(known.cells):
        release = known.releases[number]
        lower, upper = found.lower[at], found.upper[at]
        for kind, mask in _broken(release, lower, upper, _unknown(known.system, at)):
            findings += _findings(known, number, kind, mask, lower, upper)
    return tuple(findings)


def _broken(release: Release, lower: Counts, upper: Counts, unknown: Mask) -> list[tuple[Kind, Mask]]:
    table = release.table
    threshold = release.rules.threshold
    exact = unknown & (lower == upper)
    if table.method is Method.SUPPRESS:
        return [(Kind.EXACT, exact), (Kind.BELOW, unknown & ~exact & (upper < threshold))]
    if table.method is Method.ALIKE:
        threshold = max(threshold, table.spread)
    small = exact & (lower >= 1) & (lower < threshold)
    if table.method is not Method.ALIKE:
        return [(Kind.EXACT, small)]
    alike = unknown & ~small & (table.values.reshape(-1) == 0) & ~table.withheld.reshape(-1)
    return [(Kind.EXACT, small), (Kind.PRESENT, alike & (lower >= 1))]


def _determined(known: Held, determined: Mask) -> tuple[Finding, ...]:
    """Withheld cells that follow by adding and subtracting, whatever they are."""
    findings: list[Finding] = []
    for number, at in enumerate(known.cells):
        release = known.releases[number]
        if release.table.method is Method.SUPPRESS:
            hit = determined[at] & release.table.withheld.reshape(-1)
            nothing = np.zeros(len(at), dtype=np.int64)
            findings += _findings(known, number, Kind.EXACT, hit, nothing, nothing)
    return tuple(findings)


def _findings(known: Held, number: int, kind: Kind, hit: Mask, lower: Counts, upper: Counts) -> list[Finding]:
    table, secret = known.releases[number].table, known.secrets[number]
    flat = None if secret is None else secret.reshape(-1)
    made = []
    for cell in np.flatnonzero(hit).tolist():
        at = np.unravel_index(cell, table.shape)
        codes = tuple(d.codes[int(i)] for d, i in zip(table.dimensions, at, strict=True))
        told = None if flat is None else bool(flat[cell])
        made.append(Finding(kind, known.names[number], codes, int(lower[cell]), int(upper[cell]), told))
    return made


def _each(known: Held, of: Callable[[Release], str]) -> tuple[Finding, ...]:
    return tuple(
        Finding(Kind.TOLD, name, (told,), 0, 0)
        for name, release in zip(known.names, known.releases, strict=True)
        if (told := of(release))
    )


def _flags(release: Release) -> str:
    """The column in which withheld cells differ from one another; the name of a code (a label) tells nothing new."""
    withheld = release.table.withheld.reshape(-1)[release.order].tolist()
    at = np.unravel_index(release.order, release.table.shape)
    for column, texts in release.columns.items():
        if len({text for text, hidden in zip(texts, withheld, strict=True) if hidden}) > 1 and (
            column in (STATUS, CONFIDENTIAL) or not any(_follows(codes.tolist(), texts) for codes in at)
        ):
            return column
    return ""


def _follows(codes: Sequence[int], texts: Sequence[str]) -> bool:
    """Whether each code has one text."""
    first: dict[int, str] = {}
    return all(first.setdefault(code, text) == text for code, text in zip(codes, texts, strict=True))


def _order(release: Release) -> str:
    """Whether rows stand in an order that the codes do not explain, or some zeros have a row and others none."""
    table = release.table
    rows = np.zeros(table.values.size, dtype=np.bool_)
    rows[release.order] = True
    if table.method is not Method.SUPPRESS and listing(table, rows.reshape(table.shape)) is None:
        return "0"
    return "" if _explained(release) else "#"


def _explained(release: Release) -> bool:
    """Rows sorted by their codes, as text or as the hierarchy has them, by any dimension first."""
    table = release.table
    at = np.unravel_index(release.order, table.shape)
    as_text = [np.argsort(np.argsort(np.array(d.codes)))[i] for d, i in zip(table.dimensions, at, strict=True)]
    for keys in (list(at), as_text):
        for first in range(len(keys)):
            turned = [keys[first], *keys[:first], *keys[first + 1 :]]
            ranks = np.lexsort(turned[::-1])
            if np.array_equal(ranks, np.arange(len(ranks))):
                return True
    return False
