"""Which labels end with the mark of a footnote, and where is the footnote? "Chile (1)" is "Chile" with note 1.

A mark is a digit in brackets, small raised digits or asterisks at the very end of a label that says something without.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from istmo.intake.table import Line
from istmo.model.labels import clean

_SUPERSCRIPTS = "¹²³⁴⁵⁶⁷⁸⁹"
_KINDS = (
    (r"\s*\((\d)\)$", r"^\({mark}\)\s*(.*)$"),
    (rf"\s*([{_SUPERSCRIPTS}])$", r"^{mark}\s*(.*)$"),
    (r"\s*(\*+)$", r"^{mark}\s*([^*].*)$"),
)


@dataclass(frozen=True, slots=True)
class Footnotes:
    """The pattern that takes the marks off, and the pattern of the footnote of each mark that has one."""

    strip: str
    marks: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]


def footnotes(labels: Iterable[str], footer: Sequence[Line]) -> Footnotes | None:
    """The kind of mark that labels end with; None when none does."""
    cleaned = [clean(label) for label in labels]
    for strip, note in _KINDS:
        marks = dict.fromkeys(match[1] for label in cleaned if (match := re.search(strip, label)) and match.start())
        if marks:
            patterns = {mark: note.replace("{mark}", re.escape(mark)) for mark in marks}
            found = tuple(
                (mark, pattern)
                for mark, pattern in patterns.items()
                if any(re.search(pattern, line.text) for line in footer)
            )
            return Footnotes(strip, tuple(marks), found)
    return None


def bare(label: str) -> str:
    """The label without the mark of a footnote."""
    plain = clean(label)
    for strip, _ in _KINDS:
        match = re.search(strip, plain)
        if match and match.start():
            return plain[: match.start()]
    return plain
