"""Does what is about to be published give anything away beside all that was published before, here and by others?

    findings = check(entries, object_type="vintage", object_id=name, party="PAN", at=now)

A check is kept whatever it finds. One that finds something raises an alarm; what it found is for those who release.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from istmo.installation.alarms.models import AlarmKind, raise_alarm, settle
from istmo.installation.audit.models import EventKind, record
from istmo.installation.observations.models import Vintage
from istmo.installation.releases.facts import Imported, external_facts, import_facts
from istmo.installation.releases.keeping import head, held
from istmo.installation.releases.models import Check
from istmo.model.errors import InvalidInput
from istmo.registry.datasets import Dataset, datasets
from istmo.statistics.disclosure.attackers.near_threshold import near_threshold
from istmo.statistics.disclosure.register import Published
from istmo.statistics.disclosure.settling import facts_about
from istmo.statistics.disclosure.union import Fact, Finding, Mirror, attacked
from istmo.statistics.disclosure.vintage import population

VINTAGE = "vintage"
FACTS = "facts"


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
) -> tuple[Finding, ...]:
    """Attack these tables together with what is tied to them in the register, and with what others publish; keep what
    was found.

    Raises InvalidInput (F119) where what is published contradicts itself; that is kept too.
    """
    mirrors = mirrors_of()
    populations = tied({entry.population for entry in entries}, mirrors)
    years = {entry.span.year for entry in entries}
    tables = (*held(populations, years=years).entries, *entries)
    facts = facts_about(external_facts(populations, years=years), tables)
    return _kept(tables, mirrors, facts, object_type=object_type, object_id=object_id, at=at, party=party)


def check_register(
    *,
    object_type: str,
    object_id: str,
    at: datetime,
    years: Collection[int],
) -> tuple[Finding, ...]:
    """Attack everything in the register of these years, of all members."""
    tables = held(years=years).entries
    facts = facts_about(external_facts(years=years), tables)
    return _kept(tables, mirrors_of(), facts, object_type=object_type, object_id=object_id, at=at, party="")


def take_facts(raw: bytes, *, place: str, at: datetime) -> tuple[Imported, tuple[Finding, ...]]:
    """Keep totals that others publish, and attack the register with them: what is found is told, and the totals stay.

    Raises InvalidInput where a line is none (F122) or does not fit what is published (F119); then nothing is kept.
    """
    with transaction.atomic():
        imported = import_facts(raw, place=place, at=at)
        if not imported.beside:
            return imported, ()
        found = check_register(object_type=FACTS, object_id=place[:80], at=at, years=imported.years)
    return imported, found


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
