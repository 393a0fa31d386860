"""What is in a column? Its distinct texts with their counts, and how many cells are numbers, dates, months, blank.

Only distinct texts are looked at, the most frequent first; beyond `LOOKED_AT` of them a column is no list of labels.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from istmo.intake.suggesting.texts import is_date, is_number, is_period, is_sign, is_year, month_language
from istmo.intake.table import INTERNAL
from istmo.model.labels import clean

LOOKED_AT = 20_000
LABELS = 3_000  # more distinct labels than any code list has


@dataclass(frozen=True, slots=True)
class Shape:
    """Counts are of cells, not of texts; `texts` are cleaned, without the blank, the most frequent first."""

    label: str
    height: int
    blank: int
    distinct: int
    texts: Mapping[str, int]
    indents: int
    numbers: int
    signs: tuple[str, ...]
    dates: int
    years: int
    periods: int
    months: int

    @property
    def filled(self) -> int:
        return self.height - self.blank

    @property
    def is_numeric(self) -> bool:
        """Whether the column holds numbers, and otherwise signs for nothing."""
        signs = sum(self.texts[sign] for sign in self.signs)
        return self.numbers > 0 and self.numbers + signs >= 0.98 * sum(self.texts.values())

    @property
    def is_figures(self) -> bool:
        """The same, or nothing but signs and blanks: a month that has not come yet."""
        return self.is_numeric or all(text in self.signs for text in self.texts)

    @property
    def is_dated(self) -> bool:
        return self.dates > 0 and self.dates >= 0.9 * sum(self.texts.values())

    @property
    def is_of_years(self) -> bool:
        return self.years > 0 and self.years == sum(self.texts.values())

    @property
    def is_of_periods(self) -> bool:
        return self.periods > 0 and self.periods == sum(self.texts.values())

    @property
    def is_of_months(self) -> bool:
        return self.months > 0 and self.months >= 0.9 * sum(self.texts.values())

    @property
    def labels(self) -> tuple[str, ...]:
        """The distinct labels, the blank one last; none when there are too many for a code list."""
        if self.distinct > LABELS:
            return ()
        return (*self.texts, *(("",) if self.blank else ()))


def shapes(body: pl.DataFrame) -> tuple[Shape, ...]:
    return tuple(_shape(body[name]) for name in body.columns if name not in INTERNAL)


def _shape(column: pl.Series) -> Shape:
    texts_of = column.cast(pl.String).fill_null("").alias("#text").to_frame().group_by("#text", maintain_order=True)
    counts = texts_of.agg(pl.len().alias("#n")).sort("#n", descending=True, maintain_order=True)
    raw = counts["#text"].to_list()
    texts: dict[str, int] = {}
    for text, number in zip(raw[:LOOKED_AT], counts["#n"].to_list(), strict=False):
        plain = clean(text)
        texts[plain] = texts.get(plain, 0) + number
    blank = texts.pop("", 0)
    indents = {len(text) - len(text.lstrip()) for text in raw[:LABELS] if text.strip()}

    def cells(test: Callable[[str], bool]) -> int:
        return sum(number for text, number in texts.items() if test(text))

    return Shape(
        label=column.name,
        height=column.len(),
        blank=blank,
        distinct=len(raw) if len(raw) > LOOKED_AT else len(texts),
        texts=texts,
        indents=len(indents),
        numbers=cells(is_number),
        signs=tuple(text for text in texts if is_sign(text)),
        dates=cells(is_date),
        years=cells(is_year),
        periods=cells(is_period),
        months=cells(lambda text: month_language(text) is not None),
    )
