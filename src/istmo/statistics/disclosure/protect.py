"""How does a table become a release? The rules are applied, the result is proved and attacked, and only then written.

    protection = protect(cube, rules, secret=key, period="2023-08", program="istmo 0.1.0")
    if protection.broken: nothing leaves
    protection.public, protection.audit      file name -> bytes

A pure composition: the same cube, rules and key give the same bytes. The attackers get what was written, read back.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from istmo.model.text import LANGUAGES
from istmo.statistics.disclosure.approximation import approximated
from istmo.statistics.disclosure.attack import POPULATION, Outcome, attack, held
from istmo.statistics.disclosure.audit import audit_files, digest_of
from istmo.statistics.disclosure.coarsen import coarsen
from istmo.statistics.disclosure.cube import Cube, Mask, cell_id
from istmo.statistics.disclosure.keys import aggregate_keys, key_id, pattern_draw
from istmo.statistics.disclosure.page import page
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.published import (
    Release,
    known_to_readers,
    published_csv,
    read_release,
)
from istmo.statistics.disclosure.register import PERIOD
from istmo.statistics.disclosure.report import as_bytes, report
from istmo.statistics.disclosure.roll_up import Step, roll_up
from istmo.statistics.disclosure.rules import Finest, Rules, check_headline
from istmo.statistics.disclosure.suppression import suppress
from istmo.statistics.disclosure.verify import Fault, verify
from istmo.statistics.disclosure.witness import Move, Suppression

PUBLISHED, REPORT = "published.csv", "report.json"
_SALT = b"istmo witness"


@dataclass(frozen=True, eq=False)
class Made:
    """A protected table and what its method leaves for the releasers."""

    cube: Cube
    table: ProtectedTable
    secret: Mask
    moves: tuple[Move, ...] = ()
    rolled_up: tuple[Mapping[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()
    steps: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, eq=False)
class Protection:
    """What can be written: `public` is the release, `audit` stays. `broken`: the proof or an attack found something, or
    an attack came to no end."""

    made: Made
    release: Release
    outcomes: tuple[Outcome, ...]
    public: Mapping[str, bytes]
    audit: Mapping[str, bytes]

    @cached_property
    def broken(self) -> bool:
        return bool(self.made.faults) or any(outcome.findings or outcome.open for outcome in self.outcomes)


def protect(
    cube: Cube, rules: Rules, *, secret: bytes, program: str, period: str = "", programs: bool = True
) -> Protection:
    """The release of a cube. Raises InvalidInput (F118) where nothing could be published, (F110) for a bad key or a
    table that the rules do not publish exact.

    `programs`: also with the attackers that need minutes for a large table.
    """
    named = key_id(secret)
    made = _made(cube, rules, secret=secret, period=period)
    table = made.table
    csv = published_csv(table, rules)
    release = read_release(io.BytesIO(csv), rules, {d.name: d for d in table.dimensions}, name=PUBLISHED, period=period)
    known = held([("", release)], secrets=[made.secret])
    outcomes = attack(known, direction=direction(known.system.size), programs=programs)
    told = {
        "rules": rules.as_json(),
        "rules_digest": rules.digest,
        "period": period,
        "key_id": named,
        "faults": [{"kind": fault.kind.value, "place": fault.place} for fault in made.faults],
        "findings": [
            {
                "attack": outcome.attacker.id,
                "kind": finding.kind.value,
                "cell": list(finding.cell),
                "lower": finding.lower,
                "upper": finding.upper,
                "secret": finding.secret,
            }
            for outcome in outcomes
            for finding in outcome.findings
        ],
        "open": {outcome.attacker.id: outcome.open for outcome in outcomes if outcome.open},
        "rolled_up": [dict(one) for one in made.rolled_up],
        "steps": [dict(step) for step in made.steps],
        "ties": "keyed draw of each cell, then their canonical order"
        if rules.method is Method.SUPPRESS
        else "keyed draw of each cell",
    }
    audit = audit_files(made.cube, table, secret=made.secret, moves=made.moves, told=told)
    salt = hashlib.blake2b(hashlib.sha256(csv).digest(), key=secret, person=_SALT).digest()
    document = report(
        release,
        outcomes,
        rolled_up=made.rolled_up,
        witnesses=digest_of(audit, salt),
        key_id=named,
        files={PUBLISHED: hashlib.sha256(csv).hexdigest()},
        program=program,
    )
    pages = {f"report.{language}.html": page(document, language).encode() for language in LANGUAGES}
    return Protection(made, release, outcomes, {PUBLISHED: csv, REPORT: as_bytes(document), **pages}, audit)


def direction(size: int) -> NDArray[np.float64]:
    """The vector of the null-space attack: fixed, since an attack has no secrets."""
    return np.random.default_rng(2016).standard_normal(size)


def _made(cube: Cube, rules: Rules, *, secret: bytes, period: str) -> Made:
    check_headline(rules, [d.name for d in cube.dimensions])
    rolled = roll_up(cube, threshold=rules.threshold, steps=_steps(rules))
    cube = rolled.cube
    told = tuple({"dimension": one.dimension, "code": one.code, "into": one.into} for one in rolled.recodes)
    name = _table_name(rules, period)
    if rules.method is Method.SUPPRESS:
        drawn = pattern_draw(secret, name, cube.dimensions)
        found: Suppression = suppress(cube, threshold=rules.threshold, chance=drawn)
        values = np.where(found.withheld, 0, cube.counts)
        table = ProtectedTable(cube.dimensions, Method.SUPPRESS, 0, values, found.withheld)
        return Made(cube, table, found.primary, found.moves, told, verify(cube, found, rules.threshold))
    keys = aggregate_keys(secret, name, cube)
    table = approximated(cube, rules, keys, secret=secret)
    coarsened = coarsen(
        cube,
        table,
        keys,
        secret=secret,
        threshold=rules.threshold,
        knowledge=lambda made: known_to_readers(made, rules),
    )
    small = max(rules.threshold, rules.spread) if rules.sensitive else rules.threshold
    steps = [{"found": step.found.tolist(), "withheld": step.withheld.tolist()} for step in coarsened.steps]
    secrets: Mask = (cube.counts > 0) & (cube.counts < small)
    return Made(cube, coarsened.table, secrets, rolled_up=told, steps=tuple(steps))


def _steps(rules: Rules) -> list[Step]:
    """The rules' dimensions to roll up; of months none is shown alone where one of its quarter is small."""
    periods = {one.name for one in rules.dimensions if one.finest is Finest.PERIOD}
    return [Step(name, whole=name in periods) for name in rules.roll_up]


def _table_name(rules: Rules, period: str) -> str:
    """The name of the grand total: what is counted, and the period that all cells share."""
    return cell_id(rules.population or POPULATION, ()) + (f"|{PERIOD}={period}" if period else "")
