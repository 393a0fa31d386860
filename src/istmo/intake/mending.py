"""Is a text UTF-8 that was read as Windows-1252, once or twice? It is mended only where that is proved, else left.

"HaitÃ\\xad" is "Haití". The proof: every sign of the whole text is a byte of Windows-1252, those bytes are UTF-8
throughout and give the text back, and what they say has only letters of Spanish and English, or is a label of a
reference list. Whether a text was mended or left is said (F36); whatever fails the proof stays as the source has it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from istmo.model.findings import Finding, Severity
from istmo.model.labels import fold
from istmo.model.text import Text
from istmo.registry.names import REFERENCE_LISTS, reference_list

_BYTES = [bytes([number]).decode("cp1252", errors="ignore") or chr(number) for number in range(256)]
_BYTE_OF = {ord(sign): number for number, sign in enumerate(_BYTES)}
_LATIN = {number: number for number in range(256)}
_FOLLOWING = "".join(_BYTES[0x80:0xC0]) + "".join(map(chr, range(0x80, 0xA0)))
_DAMAGED = re.compile(f"[ÂÃ][{re.escape(_FOLLOWING)}]|â[\u20ac\u0080]|\ufffd")
_SIGNS = ["Â", "Ã", "â", "\ufffd"]  # one of them stands in every damaged text
_PLAIN = re.compile(r"[ -~áéíóúüñÁÉÍÓÚÜÑ¿¡ªº°«»“”‘’–—…·€\u00a0\u00ad]*")
_TIMES = 2


def is_damaged(text: str) -> bool:
    """Whether the text holds signs that UTF-8 gives when it is read as Windows-1252, or the sign for a lost one."""
    return _DAMAGED.search(text) is not None


def mended(text: str) -> str | None:
    """The text that a damaged one was, if that is proved."""
    result = text
    for _ in range(_TIMES):
        if is_damaged(result):
            result = _read_again(result) or result
    return result if result != text and _is_known(result) else None


def _read_again(text: str) -> str | None:
    """The text as UTF-8 of its bytes in Windows-1252 (or, of its C1 signs, in Latin-1), if it is that throughout."""
    for table in (_BYTE_OF, _LATIN):
        try:
            return bytes(table[ord(sign)] for sign in text).decode("utf-8")
        except (KeyError, UnicodeDecodeError):
            continue
    return None


def _is_known(text: str) -> bool:
    if _PLAIN.fullmatch(text):
        return True
    folded = fold(text)
    return any(folded in reference_list(name) for name in REFERENCE_LISTS)


# --- columns of labels


@dataclass(frozen=True, slots=True)
class Damaged:
    """A damaged text of a column: what it is, if that is proved, and its cells."""

    text: str
    mended: str | None
    count: int
    row: int


def damaged_in(labels: pl.Series, rows: pl.Series) -> list[Damaged]:
    """The damaged texts of a column by their first rows; a coded column shows by its codes that it has none."""
    if isinstance(labels.dtype, pl.Categorical):
        texts = labels.dtype.categories.to_series()
        if not texts.str.contains_any(_SIGNS).any():
            return []
    some = pl.DataFrame({"text": labels.cast(pl.String), "row": rows}).filter(pl.col("text").str.contains_any(_SIGNS))
    groups = some.group_by("text", maintain_order=True).agg(pl.len().alias("count"), pl.col("row").first())
    return [Damaged(text, mended(text), count, row) for text, count, row in groups.iter_rows() if is_damaged(text)]


def without_damage(
    body: pl.DataFrame, row: str, columns: Iterable[str]
) -> tuple[pl.DataFrame, dict[str, list[Damaged]]]:
    """The body with the texts of these columns mended where it is proved, and by column what was damaged."""
    found: dict[str, list[Damaged]] = {}
    for column in columns:
        damaged = damaged_in(body[column], body[row])
        if not damaged:
            continue
        found[column] = damaged
        proved = {entry.text: entry.mended for entry in damaged if entry.mended is not None}
        body = body.with_columns(pl.col(column).cast(pl.String).replace(proved)) if proved else body
    return body, found


def notes(found: Mapping[str, Iterable[Damaged]], *, sheet: str, hidden: str, personal: Iterable[str]) -> list[Finding]:
    """F36 for each damaged text; those of personal columns are not shown (`hidden` stands for them)."""
    private = frozenset(personal)
    return [
        note(entry, sheet=sheet, column=column, hidden=hidden if column in private else None)
        for column, entries in found.items()
        for entry in entries
    ]


def note(entry: Damaged, *, sheet: str, column: str, hidden: str | None = None) -> Finding:
    """F36: what was read in place of a damaged text, or that it was left, and in how many cells."""
    times = Text(es=f"Celdas: {entry.count}.", en=f"Cells: {entry.count}.")
    if entry.mended is None:
        message = Text(
            es="El texto parece dañado por una codificación equivocada y no se puede reparar con certeza: se deja así.",
            en="The text looks damaged by a wrong encoding and cannot be repaired with certainty: it is left so.",
        )
    elif hidden:
        message = Text(
            es="El texto es UTF-8 leído como Windows-1252: se leyó como lo que era.",
            en="The text is UTF-8 that was read as Windows-1252: it was read as what it was.",
        )
    else:
        message = Text(
            es=f"El texto es UTF-8 leído como Windows-1252: se leyó «{entry.mended}».",
            en=f"The text is UTF-8 that was read as Windows-1252: it was read as “{entry.mended}”.",
        )
    return Finding(
        rule="F36",
        severity=Severity.WARNING if entry.mended is None else Severity.INFO,
        sheet=sheet,
        row=entry.row,
        column=column,
        value=hidden or entry.text,
        message=Text(es=f"{message.es} {times.es}", en=f"{message.en} {times.en}"),
    )
