"""What did the rules notice, and in which records? One bit for each kind of problem; only bad rows are spelt out.

Every record carries its masks (`#mask0` ...). A record is rejected if one of its problems rejects, else quarantined
if one quarantines, else accepted. Findings are made from the rows whose masks are not zero, all of one kind at once.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from istmo.intake.grammar import Action
from istmo.intake.table import ROW
from istmo.model.findings import FINDING_SCHEMA, Severity
from istmo.model.text import Text

CELL = "#cell"  # the label of the column that a value stood in, where columns became rows
HIDDEN = "•••"  # stands for the value of a personal field
BITS = 31
MASK = pl.UInt32()


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: its rule, what becomes of the record, where the value stands, and the sentence.

    The sentence may hold `{value}`, the text of the cell, or `{other}`, the number of another row (`Problems.others`).
    `column` is the header's label; "" takes the label that the value stood under. `source` is the column of the frame.
    """

    rule: str
    severity: Severity
    action: Action
    message: Text
    column: str
    source: str | None = None
    personal: bool = False


@dataclass(slots=True)
class Problems:
    """The kinds of problem that occur, in the order in which they were met, with the suggestions by raw value."""

    kinds: list[Problem] = field(default_factory=list)
    suggestions: list[dict[str, str]] = field(default_factory=list)
    others: dict[int, pl.DataFrame] = field(default_factory=dict)

    def number(self, problem: Problem) -> int:
        if problem not in self.kinds:
            self.kinds.append(problem)
            self.suggestions.append({})
        return self.kinds.index(problem)

    def suggest(self, number: int, value: str, suggestion: str) -> None:
        self.suggestions[number][value] = suggestion

    @property
    def masks(self) -> tuple[str, ...]:
        """The mask columns that a frame of records has."""
        return tuple(mask_name(number) for number in range(0, max(len(self.kinds), 1), BITS))

    def chosen(self, action: Action, start: int) -> int:
        """The bits of one mask whose problems have this action."""
        kinds = self.kinds[start : start + BITS]
        return sum(1 << index for index, kind in enumerate(kinds) if kind.action is action)

    def having(self, action: Action) -> pl.Expr:
        """Whether a record has a problem with this action."""
        return pl.any_horizontal(
            (pl.col(mask) & pl.lit(self.chosen(action, index * BITS), MASK)) != 0
            for index, mask in enumerate(self.masks)
        )

    def counts(self, judged: pl.DataFrame) -> tuple[int, int]:
        """How many of the records are quarantined and rejected."""
        rejected = self.having(Action.REJECT)
        row = judged.select(
            (self.having(Action.QUARANTINE) & ~rejected).sum().alias("q"), rejected.sum().alias("r")
        ).row(0)
        return row[0], row[1]

    @property
    def accepted(self) -> pl.Expr:
        """Whether a record has no problem that stops it."""
        return ~self.having(Action.QUARANTINE) & ~self.having(Action.REJECT)

    def findings(self, judged: pl.DataFrame, sheet: str) -> pl.DataFrame:
        """A row of `FINDING_SCHEMA` for each problem of each record; a label of a row is named once."""
        shown = dict.fromkeys(kind.source for kind in self.kinds if kind.source)
        kept = [name for name in (ROW, CELL, *self.masks) if name in judged.columns]
        some = pl.any_horizontal(pl.col(mask) != 0 for mask in self.masks)
        bad = judged.lazy().filter(some).select(*kept, *(pl.col(name).cast(pl.String) for name in shown)).collect()
        order = sorted(range(len(self.kinds)), key=lambda number: self._order(self.kinds[number]))
        frames = pl.collect_all([self._spelt(bad, number, sheet) for number in order])
        return pl.concat([FINDING_SCHEMA.to_frame(), *frames])

    @staticmethod
    def _order(kind: Problem) -> tuple[str, ...]:
        """Kinds are met in any order; they are told in this one."""
        return (kind.column, kind.rule, kind.message.en, kind.source or "")

    def _spelt(self, bad: pl.DataFrame, number: int, sheet: str) -> pl.LazyFrame:
        problem = self.kinds[number]
        mask = mask_name(number)
        columns = dict.fromkeys((ROW, mask, *((CELL,) if CELL in bad.columns else ()), problem.source or ROW))
        rows = bad.lazy().select(*columns).filter((pl.col(mask) & pl.lit(bit_of(number), MASK)) != 0)
        if number in self.others:
            rows = rows.join(self.others[number].lazy(), on=ROW, how="left", maintain_order="left")
        value = pl.col(problem.source).fill_null("") if problem.source else pl.lit("")
        column = pl.lit(problem.column) if problem.column or CELL not in bad.columns else pl.col(CELL)
        shown = pl.lit(HIDDEN) if problem.personal else value
        frame = rows.select(
            pl.lit(sheet).alias("sheet"),
            pl.col(ROW).alias("row"),
            column.alias("column"),
            shown.alias("value"),
            pl.lit(problem.rule).alias("rule"),
            pl.lit(problem.severity.value, FINDING_SCHEMA["severity"]).alias("severity"),
            _sentence(problem.message.es, shown).alias("message_es"),
            _sentence(problem.message.en, shown).alias("message_en"),
            self._suggestion(number, value).alias("suggestion"),
        )
        return frame.unique(maintain_order=True) if CELL in bad.columns else frame

    def _suggestion(self, number: int, value: pl.Expr) -> pl.Expr:
        known = self.suggestions[number]
        if not known or self.kinds[number].personal:
            return pl.lit("")
        return value.replace_strict(list(known), list(known.values()), default="", return_dtype=pl.String)


def _sentence(template: str, value: pl.Expr) -> pl.Expr:
    parts = re.split(r"(\{value\}|\{other\})", template)
    filled = {"{value}": value.str.strip_chars(), "{other}": pl.col("#other").cast(pl.String)}
    return pl.concat_str([filled[part] if part in filled else pl.lit(part) for part in parts])


def mask_name(number: int) -> str:
    return f"#mask{number // BITS}"


def bit_of(number: int) -> int:
    return 1 << (number % BITS)


def mask_columns(numbers: Sequence[Iterable[int]]) -> Mapping[str, list[int]]:
    """For each mask that is touched, its value for each of the entries, which have these problems."""
    result: dict[str, list[int]] = {}
    for index, own in enumerate(numbers):
        for number in own:
            column = result.setdefault(mask_name(number), [0] * len(numbers))
            column[index] |= bit_of(number)
    return result
