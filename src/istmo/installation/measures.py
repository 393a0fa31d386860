"""What does an installation tell its operator's monitoring? Counts by closed lists, never a word that somebody wrote.

A feature registers what it can count, once, when its app is ready:

    register(
        Measure(
            "istmo_submissions",
            "Files received, by state.",
            read=lambda at: {"ACCEPTED": 3},
            label="state",
            values=tuple(SubmissionState),
        )
    )

Names follow Prometheus: the prefix `istmo_`, the unit in full at the end (`_seconds`, `_timestamp_seconds`). `values`
is the closed list that a label's values come from; whatever else is read counts under `other`.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

OTHER = "other"
_NAME = re.compile(r"istmo_[a-z][a-z0-9_]*[a-z0-9]")
_VALUE = re.compile(r"[A-Za-z0-9_.-]{1,40}")

Reading = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Measure:
    """A gauge. `read` gives its values by the label's value at a moment; without a label, one value under ""."""

    name: str
    help: str
    read: Callable[[datetime], Reading]
    label: str = ""
    values: Collection[str] = field(default=())

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name.endswith(("_total", "_count", "_sum", "_bucket")):
            raise ValueError(f"{self.name}: not the name of a gauge of ours")
        if bool(self.label) != bool(self.values) or not all(_VALUE.fullmatch(value) for value in self.values):
            raise ValueError(f"{self.name}: a label takes its values from a closed list of codes")

    def at(self, moment: datetime) -> dict[str, float]:
        """Every value of the closed list, 0 where nothing was read, and `other` where something else was."""
        found = self.read(moment)
        if not self.label:
            return {"": float(found[""])} if "" in found else {}
        counted = dict.fromkeys(map(str, self.values), 0.0)
        for value, number in found.items():
            key = value if value in counted else OTHER
            counted[key] = counted.get(key, 0.0) + number
        return counted


_registered: dict[str, Measure] = {}


def register(measure: Measure) -> None:
    """Tell it from now on; a second one of the same name takes its place."""
    _registered[measure.name] = measure


def measures() -> tuple[Measure, ...]:
    return tuple(_registered[name] for name in sorted(_registered))
