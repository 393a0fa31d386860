"""What came out of a file: counts that add up, findings, observations or events, what was set aside and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from istmo.intake.grammar import Profile, RecordGrain
from istmo.model.findings import findings_json
from istmo.model.text import Text


@dataclass(frozen=True, slots=True)
class SetAside:
    """A declared total that is no record: a row (`column` ""), or a column (`row` is the header's)."""

    sheet: str
    row: int
    column: str
    label: str
    reason: Text

    def as_json(self) -> dict[str, object]:
        return {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "label": self.label,
            "reason": self.reason.as_json(),
        }


@dataclass(frozen=True)
class Intake:
    """The outcome of reading one file by one profile. `accepted + quarantined + rejected == read`, always.

    `observations` is empty for a profile of grain person, whose accepted records are in `events` without any personal
    field. `storable` is False when more than the profile allows was stopped: then nothing may be stored, and everything
    is still shown as judged.
    """

    filename: str
    profile: Profile
    parameters: Mapping[str, str]
    encoding: str
    sheet: str
    read: int
    accepted: int
    quarantined: int
    rejected: int
    set_aside: tuple[SetAside, ...]
    observations: pl.DataFrame
    declared: pl.DataFrame
    storable: bool
    make_source_hash: Callable[[], str] = field(repr=False, compare=False)
    make_findings: Callable[[], pl.DataFrame] = field(repr=False, compare=False)
    make_events: Callable[[], pl.DataFrame] = field(repr=False, compare=False)

    @cached_property
    def source_hash(self) -> str:
        """SHA-256 of the file's bytes, 64 hexadecimal digits; computed when first asked for."""
        return self.make_source_hash()

    @cached_property
    def findings(self) -> pl.DataFrame:
        """Every finding (`FINDING_SCHEMA`), by row; spelt out when first asked for."""
        return self.make_findings()

    @cached_property
    def events(self) -> pl.DataFrame:
        """The accepted unit records without personal fields; empty for figures."""
        return self.make_events()

    @property
    def stopped(self) -> int:
        return self.quarantined + self.rejected

    @property
    def rows(self) -> pl.DataFrame:
        """What `intake --out` writes: observations, or the events of unit records; never a personal field."""
        return self.events if self.profile.grain is RecordGrain.PERSON else self.observations

    def as_json(self) -> dict[str, object]:
        """The shape of `intake --findings`."""
        return {
            "file": self.filename,
            "profile": self.profile.label,
            "source_hash": self.source_hash,
            "read": self.read,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "rejected": self.rejected,
            "storable": self.storable,
            "set_aside": [entry.as_json() for entry in self.set_aside],
            "findings": findings_json(self.findings),
        }
