"""Which small file tests the draft? The layout of the real one with invented figures, and no person's data at all.

Figures are counted up from one, so that totals are the sums of their parts; in a file with a row for each person every
column takes its texts in an order of its own, so that no row of the sample is a row of the file.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from istmo.intake.suggesting.shapes import Shape
from istmo.intake.suggesting.texts import is_number
from istmo.intake.suggesting.values import Block
from istmo.intake.table import INTERNAL
from istmo.model.labels import clean

ROWS = 8
_INVENTED = {"year": "2020", "month": "2020-01", "date": "2020-01-31", "text": "x"}


@dataclass(frozen=True, slots=True)
class Figures:
    """Where the figures of a sample stand: columns of parts and of their totals, how deep each row stands."""

    parts: Sequence[str]
    totals: Sequence[str]
    depths: Sequence[int]
    thousands: str


def sample(
    before: Sequence[Sequence[str]],
    header: Sequence[Sequence[str]],
    rows: Sequence[Sequence[str]],
    after: Sequence[Sequence[str]],
    *,
    delimiter: str,
    parameters: Block,
) -> Block:
    """The entry of `tests`: the lines as text, an invented value for each parameter, and that nothing is rejected."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    for line in (*before, *header, *rows, *after):
        writer.writerow(line)
    block: Block = {"name": "the layout, with invented figures", "text": written.getvalue()}
    given: Block = {
        name: _INVENTED[str(entry["type"])] for name, entry in parameters.items() if isinstance(entry, dict)
    }
    if given:
        block["parameters"] = given
    block["expect"] = {"rejected": "0"}
    return block


def chosen_rows(body: pl.DataFrame, total_rows: pl.Series) -> pl.DataFrame:
    """The first rows, and the first of the totals if it stands further down."""
    index = list(range(min(ROWS, body.height)))
    last = total_rows.arg_max()
    if last is not None and total_rows[last] and last not in index:
        index.append(last)
    return body[index].with_columns(pl.Series("#total", [total_rows[number] for number in index]))


def invented_figures(body: pl.DataFrame, figures: Figures, hidden: Sequence[str]) -> list[list[str]]:
    """The rows of a table of figures with other figures in it; columns that nobody recognised hold an x."""
    names = [name for name in body.columns if name not in INTERNAL and name != "#total"]
    texts = {name: [text or "" for text in body[name].to_list()] for name in names}
    totals = body["#total"].to_list()
    numbers: dict[str, list[int | None]] = {}
    large = 1000 if figures.thousands else 0  # one number that shows the mark of thousands
    for place, name in enumerate(figures.parts):
        numbers[name] = [place + row + 1 if is_number(texts[name][row]) else None for row in range(body.height)]
        leaf = next((row for row, value in enumerate(numbers[name]) if value and not totals[row]), None)
        if leaf is not None:
            numbers[name][leaf] = large + place + leaf + 1
            large = 0
        _sum_up(numbers[name], texts[name], totals, figures.depths)
    for name in figures.totals:
        parts = [[numbers[part][row] for part in figures.parts] for row in range(body.height)]
        numbers[name] = [
            sum(number for number in parts[row] if number is not None) if is_number(texts[name][row]) else None
            for row in range(body.height)
        ]
    for name, values in numbers.items():
        for row, value in enumerate(values):
            if value is not None:
                texts[name][row] = written_number(value, figures.thousands)
    for name in hidden:
        texts[name] = ["x" if clean(text) else "" for text in texts[name]]
    return [[texts[name][row] for name in names] for row in range(body.height)]


def _sum_up(numbers: list[int | None], texts: Sequence[str], totals: Sequence[bool], depths: Sequence[int]) -> None:
    """Heads become the sum of what they head, totals the sum of what stands at the outermost depth."""
    for row in range(len(numbers) - 1, -1, -1):
        if not totals[row] and row + 1 < len(depths) and depths[row + 1] > depths[row] and numbers[row] is not None:
            below = []
            for other in range(row + 1, len(depths)):
                if depths[other] <= depths[row]:
                    break
                if depths[other] == depths[row] + 1:
                    below.append(numbers[other] or 0)
            numbers[row] = sum(below)
    outermost = [numbers[row] or 0 for row in range(len(numbers)) if not totals[row] and depths[row] == 0]
    for row, is_total in enumerate(totals):
        if is_total and is_number(texts[row]):
            numbers[row] = sum(outermost)


def written_number(value: int, thousands: str) -> str:
    return f"{value:,}".replace(",", thousands)


def invented_persons(shapes: Sequence[Shape], formats: Mapping[str, str], shown: Sequence[str]) -> list[list[str]]:
    """Rows of nobody: each recognised column takes its own texts in turn, every other column holds an x."""
    rows = []
    for number in range(4):
        row = []
        for place, shape in enumerate(shapes):
            if shape.label in formats:
                row.append(_date(formats[shape.label], number))
            elif shape.label in shown:
                texts = list(shape.texts)[: 4 + place]
                row.append(texts[(number * (place + 1) + place) % len(texts)] if texts else "")
            else:
                row.append(f"X{number + 1}")
        rows.append(row)
    return rows


def _date(format_: str, number: int) -> str:
    return format_.replace("YYYY", "2016").replace("MM", "06").replace("DD", f"{10 + number:02d}")
