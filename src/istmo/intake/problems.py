"""What did the rules notice, and in which records? One bit of a mask for each kind of problem; only bad rows are spelt out.

Every record carries its masks (`#mask0` ...). A record is rejected if one of its problems rejects, else quarantined if one
quarantines, else accepted. Findings are made from the rows whose masks are not zero, all of one kind at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from istmo.intake.grammar import Action
from istmo.intake.table import ROW
from istmo.model.findings import FINDING_SCHEMA, Severity
from istmo.model.text import Text

CELL = "#cell"  # the label of the column that a value stood in, where columns became rows
HIDDEN = "•••"  # stands for the value of a personal field
BITS = 63
_MARK = "{value}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: its rule, what becomes of the record, where the value stands, and the sentence (`{value}`).

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
            (pl.col(mask) & pl.lit(self.chosen(action, index * BITS), pl.UInt64)) != 0
            for index, mask in enumerate(self.masks)
        )

    @property
    def some(self) -> pl.Expr:
        return pl.any_horizontal(pl.col(mask) != 0 for mask in self.masks)

    def findings(self, bad: pl.DataFrame, sheet: str) -> pl.DataFrame:
        """A row of `FINDING_SCHEMA` for each problem of each row of `bad`; a label of a row is named once."""
        frames = [self._spelt(bad, number, sheet) for number in range(len(self.kinds))]
        return pl.concat([FINDING_SCHEMA.to_frame(), *frames])

    def _spelt(self, bad: pl.DataFrame, number: int, sheet: str) -> pl.DataFrame:
        problem = self.kinds[number]
        rows = bad.filter((pl.col(mask_name(number)) & pl.lit(bit_of(number), pl.UInt64)) != 0)
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
    before, mark, after = template.partition(_MARK)
    return pl.concat_str(pl.lit(before), value.str.strip_chars(), pl.lit(after)) if mark else pl.lit(template)


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
