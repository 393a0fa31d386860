"""Which agreements of a registry may be decided under, by whom and for what; made once for each snapshot."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from istmo.policy import engine
from istmo.policy.compiling.cedar import policies
from istmo.registry.agreements.activation import ActivationRefusal, refusals
from istmo.registry.agreements.record import Agreement
from istmo.registry.snapshot import Snapshot

KEPT = 8
"""Snapshots of which the index is kept: an installation reads one, and for a moment the one before."""

Triple = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Index:
    """`sets`: the Cedar text for (sender, recipient, purpose). `superseded`: from which day, by agreement."""

    sets: Mapping[Triple, str]
    superseded: Mapping[str, date]
    refused: Mapping[str, tuple[ActivationRefusal, ...]]

    def text(self, sender: str, recipient: str, purpose: str) -> str:
        return self.sets.get((sender, recipient, purpose)) or _always()


_indexes: OrderedDict[int, tuple[Snapshot, Index]] = OrderedDict()


def index_of(snapshot: Snapshot) -> Index:
    """The index of this very snapshot: known by identity, as two may name the same digest."""
    known = _indexes.get(id(snapshot))
    if known is not None and known[0] is snapshot:
        return known[1]
    made = _index(snapshot.agreements)
    _indexes[id(snapshot)] = (snapshot, made)
    while len(_indexes) > KEPT:
        _indexes.popitem(last=False)
    return made


def _index(agreements: Mapping[str, Agreement]) -> Index:
    refused = {id_: found for id_, one in agreements.items() if (found := refusals(one))}
    standing = [one for id_, one in agreements.items() if id_ not in refused]
    by_triple: dict[Triple, list[str]] = {}
    superseded: dict[str, date] = {}
    for one in standing:
        text = policies(one)
        pairs = {(flow.sender, flow.recipient) for flow in one.flows}
        for sender, recipient in pairs:
            for purpose in one.purposes:
                by_triple.setdefault((sender, recipient, purpose), []).append(text)
        replaced = agreements.get(one.supersedes)
        if replaced is not None and one.replaces(replaced):
            superseded[replaced.id] = min(one.in_force, superseded.get(replaced.id, one.in_force))
    sets = {triple: "\n".join([_always(), *texts]) for triple, texts in by_triple.items()}
    return Index(sets, superseded, refused)


def _always() -> str:
    return f"{engine.floor_text()}\n{engine.standing_text()}"
