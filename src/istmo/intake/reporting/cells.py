"""In which cell of the annotated workbook does a finding stand? The one whose text a person sees.

A finding names a row and the label of a column. Cells that were merged show only the first of them, and a note in
another would be seen by nobody: the finding of a row that a merged label covers stands where the label is written.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from istmo.intake.reporting.sent import Sent
from istmo.intake.sheets import Merged
from istmo.intake.xlsx import XlsxSheet

Place = tuple[str, int, int]  # the sheet, row and column of a cell, both from 0


@dataclass(frozen=True, slots=True)
class Cells:
    """`home` is the sheet of findings that name none; `several`: the workbook has other sheets of the sender's too;
    `merged` are the merged cells of a sheet by column, in their order.
    """

    sent: Sent
    home: str
    several: bool = False
    merged: Mapping[str, Mapping[int, Sequence[Merged]]] = field(default_factory=dict)

    def place(self, finding: Mapping[str, Any]) -> Place:
        """The cell of a finding; where it names none, the first of its row in the table."""
        sheet, row = finding["sheet"], finding["row"]
        column = self.sent.column(sheet, row, finding["column"])
        if column is None:
            column = self.sent.first_column(sheet, row)
        own = self.merged.get(sheet, {}).get(column, ())
        above = bisect_right(own, row, key=lambda cell: cell.first_row) - 1
        if above >= 0 and row <= own[above].last_row:
            return sheet or self.home, own[above].first_row - 1, own[above].first_column
        return sheet or self.home, row - 1, column


def cells_in(sheets: Mapping[str, XlsxSheet], sent: Sent) -> Cells:
    """The cells of a workbook, with the merged ones of each sheet that has a table."""
    columns = {column for own in sent.columns for column in own.values()}
    merged: dict[str, dict[int, list[Merged]]] = {}
    for sheet in {table.sheet for table in sent.tables}:
        own = merged.setdefault(sheet, {})
        for cell in sorted(sheets[sheet].merged, key=lambda cell: cell.first_row):
            for column in columns.intersection(range(cell.first_column, cell.last_column + 1)):
                own.setdefault(column, []).append(cell)
    return Cells(sent, sent.tables[0].sheet, len(sheets) > 1, merged)
