"""How a cell is written in a reader's language: one style per locale, never mixed; the same in page, PDF and XLSX.

Spanish of the region and English both group thousands with a comma and use a decimal point (es-419); the percent sign
follows a no-break space in Spanish. Signs for what has no value: `n/a`, `n/c`, `n/d`, `s`, `incl.`; letters behind a
value: p, b, e, r, a. A share of rounded figures has no decimals.
"""

from istmo.statistics.brief.values import Cell, CellKind

SIGNS = {"M": "n/a", "L": "n/c", "O": "n/d", "Q": "s", "K": "incl."}
APPROXIMATE = "a"
LETTERS = {"P": "p", "B": "b", "E": "e"}
MINUS = "\u2212"


def count(value: int) -> str:
    return f"{value:,}"


def change(value: int) -> str:
    """A signed difference: `+26,559`, `−12`, `0`."""
    if value == 0:
        return "0"
    return f"{'+' if value > 0 else MINUS}{abs(value):,}"


def percent(value: float, language: str, *, signed: bool, digits: int = 0) -> str:
    """A percentage, rounded to `digits`: `+48 %` (es), `+48%` (en).

    A fall that leaves something is never written as one of 100 %: `−99.8 %`.
    """
    number = f"{abs(value):,.{digits}f}"
    if signed and -100 < value < 0 and float(number) == 100:
        number = f"{min(abs(value), 99.9):.1f}"
    zero = float(number.replace(",", "")) == 0
    sign = "" if zero else (MINUS if value < 0 else ("+" if signed else ""))
    return f"{sign}{number}{chr(0xA0) if language == 'es' else ''}%"


def share(value: float, language: str, *, rounded: bool = False) -> str:
    """A share with one decimal, without any of rounded figures; one that is not zero is never written as zero:
    `< 0.1 %`.
    """
    digits, least = (0, 1.0) if rounded else (1, 0.1)
    if 0 < value < least / 2:
        return f"< {percent(least, language, signed=False, digits=digits)}"
    return percent(value, language, signed=False, digits=digits)


def shown(cell: Cell, language: str) -> str:
    """The cell's text without its letters."""
    if cell.kind is CellKind.TEXT:
        return cell.text.in_(language) if cell.text else SIGNS.get(cell.status, "")
    if cell.value is None:
        instead = cell.text if cell.status != "K" else None
        return instead.in_(language) if instead else SIGNS.get(cell.status, "n/d")
    match cell.kind:
        case CellKind.CHANGE:
            return change(int(cell.value))
        case CellKind.PERCENT:
            return percent(float(cell.value), language, signed=True)
        case CellKind.SHARE:
            return share(float(cell.value), language, rounded=APPROXIMATE in cell.flags)
        case _:
            return count(int(cell.value))


def letters(cell: Cell) -> str:
    """The letters behind a value: `p` provisional, `b` break, `e` estimate, `r` revised, `a` rounded; empty for a
    normal value.
    """
    if cell.value is None:
        return ""
    return "".join((LETTERS.get(cell.status, ""), *cell.flags))
