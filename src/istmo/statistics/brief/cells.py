"""How does a figure become a cell: a count, a change, a share, a word; and how are caveats numbered?"""

from dataclasses import dataclass, field

from istmo.model.text import Text
from istmo.statistics.brief.figures import APPROXIMATE
from istmo.statistics.brief.values import Cell, CellKind, Note
from istmo.statistics.comparability import PERCENT_BASE, Figure, difference, share


@dataclass
class Notes:
    """The caveats of one table, numbered in the order in which its cells first refer to them."""

    texts: list[Text] = field(default_factory=list)

    def ref(self, text: Text) -> str:
        if text not in self.texts:
            self.texts.append(text)
        return f"n{self.texts.index(text) + 1}"

    def all(self) -> tuple[Note, ...]:
        return tuple(Note(f"n{number}", text) for number, text in enumerate(self.texts, start=1))


def count(id_: str, figure: Figure, *, flags: tuple[str, ...] = (), caveats: tuple[str, ...] = ()) -> Cell:
    return Cell(
        id_,
        CellKind.COUNT,
        figure.value,
        text=_instead(figure),
        status=figure.status,
        flags=(*flags, *_approximate(figure)),
        caveats=caveats,
        row=figure.told.rolled_up if figure.value is None and figure.status == "K" else "",
    )


def _instead(figure: Figure) -> Text | None:
    """What stands for a value that a protected table does not give: the range, or the row that holds it, in words."""
    told = figure.told
    if figure.value is not None:
        return None
    if told.range:
        return Text(es=told.range, en=told.range)
    if told.name is not None:
        return Text(es=f"incluido en {told.name.es}", en=f"included in {told.name.en}")
    return None


def _approximate(*figures: Figure) -> tuple[str, ...]:
    rounded = any(figure.value is not None and figure.told.rounded for figure in figures)
    return (APPROXIMATE,) if rounded else ()


def words(id_: str, text: Text, *, caveats: tuple[str, ...] = ()) -> Cell:
    return Cell(id_, CellKind.TEXT, text=text, caveats=caveats)


def sign(id_: str, kind: CellKind, status: str, *, caveats: tuple[str, ...] = ()) -> Cell:
    """A cell without a value; `status` says why."""
    return Cell(id_, kind, status=status, caveats=caveats)


def share_of(id_: str, part: Figure, whole: Figure, *, caveats: tuple[str, ...] = ()) -> Cell:
    """`part` in per cent of `whole`, both of one reporter; without a value where either has none, or where the whole
    is 0, or of rounded figures less than 30.
    """
    value = share(part, whole)
    if value is None:
        status = part.status if part.value is None else (whole.status if whole.value is None else "M")
        return sign(id_, CellKind.SHARE, status, caveats=caveats)
    flags = _approximate(part, whole)
    shown = float(round(value)) if flags and value >= 1 else value
    return Cell(id_, CellKind.SHARE, shown, status=_worse(part.status, whole.status), flags=flags, caveats=caveats)


def change(id_: str, now: Figure, base: Figure) -> Cell:
    """The absolute change; a base or a value that is missing keeps its own reason."""
    value = difference(now, base)
    if value is None:
        return sign(id_, CellKind.CHANGE, base.status if base.value is None else now.status)
    flags = _approximate(now, base)
    return Cell(id_, CellKind.CHANGE, value, status=_worse(now.status, base.status), flags=flags)


def percent_change(id_: str, now: Figure, base: Figure) -> Cell:
    """The change in per cent of the base; not applicable on a base below 30 (R16)."""
    value = percent(now, base)
    if value is not None:
        flags = _approximate(now, base)
        shown = float(round(value)) if flags else value
        return Cell(id_, CellKind.PERCENT, shown, status=_worse(now.status, base.status), flags=flags)
    if base.value is None:
        return sign(id_, CellKind.PERCENT, base.status)
    return sign(id_, CellKind.PERCENT, now.status if now.value is None else "M")


def percent(now: Figure, base: Figure) -> float | None:
    """The change in per cent, None where R16 or a missing value forbids it."""
    value = difference(now, base)
    if value is None or base.value is None or base.value < PERCENT_BASE:
        return None
    return 100 * value / base.value


def _worse(first: str, second: str) -> str:
    """The status of a value made from two: provisional if either is, else estimated, else normal."""
    return next((status for status in ("P", "E") if status in (first, second)), "A")
