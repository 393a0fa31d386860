"""Does what is about to be published give anything away beside all that was published before, here and by others?

    findings = check(entries, object_type="vintage", object_id=name, party="PAN", at=now)

A check is kept whatever it finds. One that finds something raises an alarm; what it found is for those who release.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings

from istmo.installation.alarms.models import AlarmKind, raise_alarm, settle
from istmo.installation.audit.models import EventKind, record
from istmo.installation.observations.models import Vintage
from istmo.installation.releases.keeping import head, held
from istmo.installation.releases.models import Check
from istmo.model.errors import InvalidInput
from istmo.registry.datasets import Dataset, datasets
from istmo.statistics.disclosure.attackers.near_threshold import near_threshold
from istmo.statistics.disclosure.register import Published
from istmo.statistics.disclosure.union import Fact, Finding, Mirror, attacked
from istmo.statistics.disclosure.vintage import population

VINTAGE = "vintage"


def mirrors_of(known: Mapping[str, Dataset] | None = None) -> tuple[Mirror, ...]:
    """The mirrors that the registry declares, where both agencies' figures are comparable."""
    known = datasets() if known is None else known
    return tuple(
        mirror
        for dataset in known.values()
        if dataset.mirror is not None and dataset.mirror.dataset in known
        for mirror in Mirror.at(
            dataset.mirror.level,
            population(dataset.id, dataset.mirror.of, dataset.unit),
            population(dataset.mirror.dataset, dataset.mirror.measure, known[dataset.mirror.dataset].unit),
            dataset.mirror.tolerance,
        )
    )


def tied(populations: Iterable[str], mirrors: Sequence[Mirror]) -> frozenset[str]:
    """The populations whose cells are tied to these, directly or through others."""
    found = set(populations)
    while more := {
        side
        for mirror in mirrors
        if found & {mirror.left, mirror.right}
        for side in (mirror.left, mirror.right)
        if side not in found
    }:
        found |= more
    return frozenset(found)


def check(
    entries: Sequence[Published],
    *,
    object_type: str,
    object_id: str,
    at: datetime,
    party: str = "",
    facts: Sequence[Fact] = (),
) -> tuple[Finding, ...]:
    """Attack these tables together with what is tied to them in the register; keep what was found.

    Raises InvalidInput (F119) where what is published contradicts itself; that is kept too.
    """
    mirrors = mirrors_of()
    populations = tied({entry.population for entry in entries}, mirrors)
    register = held(populations, years={entry.span.year for entry in entries})
    tables = (*register.entries, *entries)
    return _kept(tables, mirrors, facts, object_type=object_type, object_id=object_id, at=at, party=party)


def check_register(
    *,
    object_type: str,
    object_id: str,
    at: datetime,
    years: Collection[int],
    facts: Sequence[Fact] = (),
) -> tuple[Finding, ...]:
    """Attack everything in the register of these years, of all members."""
    tables = held(years=years).entries
    return _kept(tables, mirrors_of(), facts, object_type=object_type, object_id=object_id, at=at, party="")


def hidden_vintages() -> frozenset[str]:
    """The vintages that the hub may not show: of a protected dataset, and not arrived as a protected table that passed
    its check. A node shows its own figures to its own people.
    """
    known = [dataset for dataset in datasets().values() if dataset.is_protected]
    if not known or settings.ISTMO_NODE_OF:
        return frozenset()
    suspect: set[str] = set()
    for dataset in known:
        held_of = Vintage.objects.filter(reporter=dataset.reporter, agency=dataset.agency, dataset=dataset.dataset)
        suspect.update(held_of.values_list("name", flat=True))
    passed = Check.objects.filter(object_type=VINTAGE, object_id__in=suspect, refused="", findings=[])
    return frozenset(suspect - set(passed.values_list("object_id", flat=True)))


def _kept(
    tables: Sequence[Published],
    mirrors: Sequence[Mirror],
    facts: Sequence[Fact],
    *,
    object_type: str,
    object_id: str,
    at: datetime,
    party: str,
) -> tuple[Finding, ...]:
    findings: tuple[Finding, ...] = ()
    error: InvalidInput | None = None
    attack = near_threshold(max((entry.threshold for entry in tables), default=1))
    try:
        findings = attacked(tables, attack=attack, mirrors=mirrors, facts=facts)[1]
    except InvalidInput as raised:
        error = raised
    made = Check.objects.create(
        at=at,
        object_type=object_type,
        object_id=object_id,
        party=party,
        tables=len(tables),
        cells=sum(entry.protected.values.size for entry in tables),
        head=head(),
        refused=error.rule if error else "",
        reason=error.message.as_json() if error else None,
        findings=[
            {"kind": one.kind.value, "cell": one.cell, "lower": one.lower, "upper": one.upper} for one in findings
        ],
    )
    record(
        EventKind.RELEASE_CHECKED,
        at=at,
        object_type=object_type,
        object_id=object_id,
        counts={"tables": len(tables), "findings": len(findings)},
    )
    if made.passed:
        settle(AlarmKind.DISCLOSURE, at=at, party=party, object_id=object_id)
    else:
        raise_alarm(AlarmKind.DISCLOSURE, at=at, party=party, object_id=object_id, reason=made.refused or "F116")
    if error is not None:
        raise error
    return findings
