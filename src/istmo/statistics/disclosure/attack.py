"""What can an outsider work out of a release? Each attacker of the catalogue gets what anybody holds, and no more.

    outcomes = attack(held([("july", release)]), direction=numbers)          one release alone
    outcomes = attack(held([...], facts=facts), direction=numbers)           beside others and what ministries publish

Every outcome says what the attacker assumes and which cells it placed. A finding of a table with withheld cells is one
that is known to the person or proved to be under the threshold; of a rounded table a small count that is known to the
person; of a sensitive one also that somebody was there. `corrected` compares a table with its earlier version.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.attackers import integer, linear, margins, null_space, propagation
from istmo.statistics.disclosure.attackers.catalogue import ATTACKERS, Attacker, Kind
from istmo.statistics.disclosure.attackers.insiders import coalition, groups
from istmo.statistics.disclosure.attackers.pattern import minimality
from istmo.statistics.disclosure.attackers.traces import flags, formats
from istmo.statistics.disclosure.attackers.vintages import revision
from istmo.statistics.disclosure.cube import Counts, Cube, Mask
from istmo.statistics.disclosure.keys import pattern_draw
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.disclosure.published import CONFIDENTIAL, STATUS, VALUE, Release
from istmo.statistics.disclosure.register import Published, same_cells
from istmo.statistics.disclosure.rounding import listing
from istmo.statistics.disclosure.spans import Span, span
from istmo.statistics.disclosure.suppression import suppress
from istmo.statistics.disclosure.system import Bounds, System
from istmo.statistics.disclosure.union import Fact, union

EXPLAINED_UP_TO, FILLINGS = 16, 300  # withheld cells, and ways to fill them, of a table of which all are tried
KEYS = 32  # under which each way is tried
TOLD_UP_TO = 2_000  # cells of a table of which every two people are tried
ROUNDED_UP_TO = 2_000  # cells of a rounded table on which programs are spent: at 10,000 they take a minute
POPULATION = "table"  # what is counted, where the rules do not say it
NO_PERIOD = Span(1, 1, 1)  # releases without a period are of the same one
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


BY_ID = {attacker.id: attacker for attacker in ATTACKERS}


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
    if finding.kind is Kind.LEAK or finding.upper == 0:
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


@dataclass(frozen=True, eq=False)
class Held:
    """All that the outsider holds: the releases, one system, and for each release the variables of its cells."""

    names: tuple[str, ...]
    releases: tuple[Release, ...]
    system: System
    cells: tuple[NDArray[np.int64], ...]
    secrets: tuple[Mask | None, ...]
    joined: bool = False


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
    return Held(names, given, System(joined.system.equations, lower, upper), joined.cells, secrets, True)


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


def attack(
    known: Held, *, direction: NDArray[np.float64], programs: bool = True, rounded_up_to: int = ROUNDED_UP_TO
) -> tuple[Outcome, ...]:
    """What each attacker finds. `direction` is a random vector, one number a cell of the system; without `programs`
    the attackers that need minutes for a large table are left out, and so they are for a rounded table of more than
    `rounded_up_to` cells. Raises InvalidInput (F119) where what is
    published contradicts itself.
    """
    system = known.system
    first = propagation.bounds(system)
    placed = _placed(known, first)
    outcomes = [
        Outcome(BY_ID["margins"], _determined(known, margins.determined(system))),
        Outcome(BY_ID["propagation"], placed),
        Outcome(BY_ID["null_space"], _determined(known, null_space.determined(system, direction))),
    ]
    outcomes += (
        _programs(known, rounded_up_to)
        if programs
        else [Outcome(BY_ID[each], tried=False) for each in ("linear", "integer")]
    )
    if known.joined:
        alone = [held([(name, release)]) for name, release in zip(known.names, known.releases, strict=True)]
        before = {(one.release, one.cell) for each in alone for one in _placed(each, propagation.bounds(each.system))}
        beside = tuple(one for one in placed if (one.release, one.cell) not in before)
        outcomes.append(Outcome(BY_ID["linked"], beside))
    methods = {release.table.method for release in known.releases}
    if methods == {Method.SUPPRESS}:
        outcomes.append(_minimality(known))
    outcomes.append(_coalition(known))
    if Method.ALIKE in methods:
        outcomes.append(Outcome(BY_ID["groups"], _groups(known, first)))
    outcomes.append(Outcome(BY_ID["flags"], _each(known, _flags)))
    outcomes.append(Outcome(BY_ID["order"], _each(known, _order)))
    return tuple(outcomes)


def corrected(before: Release, after: Release) -> Outcome:
    """What two versions of a table tell by their difference: the cells that changed by less than the threshold."""
    first, then = propagation.bounds(before.system), propagation.bounds(after.system)
    mine, theirs = same_cells(after.table.dimensions, before.table.dimensions)
    old, new = (Bounds(found.lower[at], found.upper[at]) for found, at in ((first, theirs), (then, mine)))
    few = np.zeros(len(then.lower), dtype=np.bool_)
    few[mine] = revision(old, new, threshold=after.rules.threshold)
    change = np.zeros(len(then.lower), dtype=np.int64)
    change[mine] = np.abs(new.lower - old.lower)
    return Outcome(BY_ID["revision"], tuple(_findings(held([("", after)]), 0, Kind.CHANGE, few, change, change)))


def _programs(known: Held, rounded_up_to: int) -> list[Outcome]:
    asked = np.zeros(known.system.size, dtype=np.bool_)
    reach, tried = 0, True
    for release, at in zip(known.releases, known.cells, strict=True):
        if release.table.method is Method.SUPPRESS:
            reach = max(reach, release.rules.threshold)
        elif len(at) > rounded_up_to:
            tried = False
            continue
        asked[at] |= _unknown(known.system, at)
    audit = linear.audit(known.system, asked, reach=reach, width=1)
    return [
        Outcome(BY_ID["linear"], _placed(known, audit.bounds), int(audit.undecided.sum()), tried),
        Outcome(BY_ID["integer"], _placed(known, integer.bounds(known.system, asked)), 0, tried),
    ]


def _minimality(known: Held) -> Outcome:
    """Whether one count alone explains a withheld cell: of one small table, whose rules and program are public.

    The key that the program drew with is not: a count is excluded only if none of `KEYS` keys explains it.
    """
    release, table = known.releases[0], known.releases[0].table
    if known.joined or int(table.withheld.sum()) > EXPLAINED_UP_TO:
        return Outcome(BY_ID["minimality"], tried=False)

    def withhold(cube: Cube, key: bytes) -> Mask:
        try:
            drawn = pattern_draw(key, "", cube.dimensions)
            return suppress(cube, threshold=release.rules.threshold, chance=drawn).withheld
        except InvalidInput:
            return np.ones(cube.shape, dtype=np.bool_)

    programs = [partial(withhold, key=hashlib.sha256(bytes([number])).digest()) for number in range(KEYS)]
    found = minimality(table, programs, most=FILLINGS)
    if found is None:
        return Outcome(BY_ID["minimality"], tried=False)
    exact = tuple(one for one in _placed(known, found) if one.kind is Kind.EXACT)
    return Outcome(BY_ID["minimality"], exact)


def _coalition(known: Held) -> Outcome:
    """Of each withheld leaf of small tables: two of its people, who want to know the others exactly."""
    if known.system.size > TOLD_UP_TO:
        return Outcome(BY_ID["coalition"], tried=False)
    findings: dict[Finding, None] = {}
    for release, at in zip(known.releases, known.cells, strict=True):
        hidden = (release.table.withheld & release.table.is_leaf()).reshape(-1)
        for cell in at[hidden].tolist():
            try:
                own = coalition(known.system, [cell, cell])
                found = propagation.bounds(own)
            except InvalidInput:
                continue  # there are not two people in it
            findings.update(
                (one, None) for one in _placed(known, found, unknown_in=own) if one.kind is Kind.EXACT and one.lower > 0
            )
    return Outcome(BY_ID["coalition"], tuple(findings))


def _groups(known: Held, found: Bounds) -> tuple[Finding, ...]:
    """Of sensitive tables alone: elsewhere it is said that presence is not hidden."""
    findings: list[Finding] = []
    for number, at in enumerate(known.cells):
        release = known.releases[number]
        if release.table.method is Method.ALIKE:
            threshold = max(release.rules.threshold, release.table.spread)
            hit = groups(known.system, found, threshold=threshold)[at]
            findings += _findings(known, number, Kind.PRESENCE, hit, found.lower[at], found.upper[at])
    return tuple(findings)


def _unknown(system: System, at: NDArray[np.int64]) -> Mask:
    unknown: Mask = system.lower[at] < system.upper[at]
    return unknown


def _placed(known: Held, found: Bounds, *, unknown_in: System | None = None) -> tuple[Finding, ...]:
    """The cells that bounds place so that a rule is broken, in canonical order."""
    findings: list[Finding] = []
    for number, at in enumerate(known.cells):
        release = known.releases[number]
        lower, upper = found.lower[at], found.upper[at]
        for kind, mask in _broken(release, lower, upper, _unknown(unknown_in or known.system, at)):
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
    return [(Kind.EXACT, small), (Kind.PRESENCE, unknown & ~small & (lower >= 1) & (upper < threshold))]


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
        Finding(Kind.LEAK, name, (told,), 0, 0)
        for name, release in zip(known.names, known.releases, strict=True)
        if (told := of(release))
    )


def _flags(release: Release) -> str:
    """The column in which withheld cells differ from one another."""
    table = release.table
    at = np.unravel_index(release.order, table.shape)
    own = {d.name: [d.codes[i] for i in codes.tolist()] for d, codes in zip(table.dimensions, at, strict=True)}
    withheld = table.withheld.reshape(-1)[release.order].tolist()
    codes = {name: texts for name, texts in release.columns.items() if name in (STATUS, CONFIDENTIAL)}
    others = {name: texts for name, texts in release.columns.items() if name not in codes}
    return ", ".join((*flags(codes, withheld, ()), *flags({**own, **others}, withheld, list(own))))


def _order(release: Release) -> str:
    """Whether rows stand in an order that the codes do not explain, some zeros have a row and others none, or numbers
    are written in several ways."""
    if formats(release.columns.get(VALUE, ())):
        return VALUE
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
