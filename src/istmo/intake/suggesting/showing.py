"""What of the file may be shown, and how? The columns with their use; the table with every doubtful text masked.

Shown are the headers, figures, periods, and labels of columns that a code list knows. Of a file with a row for each
person no row is shown at all, and no line around a table that may name somebody.
"""

from collections.abc import Sequence

from istmo.intake.suggesting.fields import Drafted
from istmo.intake.suggesting.finding import Found
from istmo.intake.suggesting.shapes import Shape
from istmo.intake.suggesting.titles import is_private
from istmo.intake.suggesting.values import MASKED, Column, Open, Role, Shown, ShownRow
from istmo.intake.table import Line, lines_of
from istmo.model.labels import clean
from istmo.model.text import Text

ROWS = 12
_LINES = 8


def shown_table(found: Found) -> Shown:
    """The first rows of the table with the lines around it."""
    plan = found.plan
    masked = hidden_columns(found)
    head = found.heading
    header = ShownRow(head.row, found.table.header, "header")
    first = found.body[: 0 if plan.person else ROWS]
    totals = found.is_total[: first.height].to_list()
    rows = [
        ShownRow(line.row, _cells(line, found.table.header, masked), "total" if total else "data")
        for line, total in zip(lines_of(first), totals, strict=True)
    ]
    return Shown(
        sheet=found.table.sheet,
        before=tuple(_line(line) for line in found.table.preamble[-_LINES:] if line.text),
        header=header,
        rows=tuple(rows),
        after=tuple(_line(line) for line in found.ending.footer[:_LINES] if line.text),
        height=found.body.height,
    )


def hidden_columns(found: Found) -> frozenset[str]:
    """The columns whose texts are never shown: personal ones, and those that nobody recognised."""
    return frozenset({*found.plan.personal, *(shape.label for shape in found.plan.unknown)})


def _cells(line: Line, header: Sequence[str], masked: frozenset[str]) -> tuple[str, ...]:
    cells = [*line.cells, *[""] * (len(header) - len(line.cells))]
    return tuple(MASKED if name in masked and cell.strip() else cell for name, cell in zip(header, cells, strict=False))


def _line(line: Line) -> ShownRow:
    text = clean(" ".join(line.cells))
    return ShownRow(line.row, (MASKED if is_private(text) else text,), "text")


def shown_columns(found: Found, drafted: Drafted, left: Drafted) -> tuple[Column, ...]:
    """Each column with its use and why, in the order of the table."""
    masked = hidden_columns(found)
    fields = _fields(drafted)
    return tuple(_column(found, shape, fields, left, masked) for shape in found.shapes)


def _fields(drafted: Drafted) -> dict[str, str]:
    """The field of each source column."""
    result = {}
    for key, entry in drafted.entries.items():
        name = key.decision if isinstance(key, Open) else key
        if isinstance(entry, dict):
            source, period, flags = entry.get("from"), entry.get("period"), entry.get("flags")
            if isinstance(source, str):
                result[source] = name
            year = period.get("year") if isinstance(period, dict) else None
            if isinstance(year, dict) and isinstance(year.get("from"), str):
                result[str(year["from"])] = name
            result.update({str(flag): name for flag in flags} if isinstance(flags, dict) else {})
    return result


def _column(found: Found, shape: Shape, fields: dict[str, str], left: Drafted, masked: frozenset[str]) -> Column:
    plan, label = found.plan, shape.label
    role, field = _role(found, label, fields, left)
    if label in plan.personal:
        why = plan.personal[label]
        reason = Text(
            es=f"personal: {why.es}; sus textos no se muestran",
            en=f"personal: {why.en}; its texts are not shown",
        )
    elif role is Role.PART:
        reason = Text(es="es un valor de una dimensión", en="is a value of a dimension")
    elif role is Role.TOTAL:
        reason = Text(es="es la suma de las otras columnas", en="is the sum of the other columns")
    elif role is Role.FIELD:
        reason = Text(es="por su encabezado y sus textos", en="by its header and its texts")
    else:
        reason = Text(es="no se usa", en="not used")
    return Column(label, role, field, shape.distinct, label in masked, reason)


def _role(found: Found, label: str, fields: dict[str, str], left: Drafted) -> tuple[Role, str]:
    plan = found.plan
    if plan.wide and label in plan.wide.labels:
        return Role.PART, plan.wide.name
    if plan.wide and label in plan.wide.totals:
        return Role.TOTAL, plan.wide.name
    if label in fields:
        return Role.PERSONAL if label in plan.personal else Role.FIELD, fields[label]
    if found.tree and label == found.tree.column:
        return Role.FIELD, ""
    if label in plan.personal:
        return Role.PERSONAL, ""
    return (Role.DROPPED if isinstance(left.entries.get(label), str) else Role.UNKNOWN), ""
