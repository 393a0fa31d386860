"""Which whole number does a cell hold? Only the marks that the profile states count; "1.234" is never guessed at.

White space of any kind (ordinary, no-break, narrow no-break, thin, figure) is a thousands mark when the profile states
one of them: "1 204" is 1204. Groups have three digits: "1,53" is no number. Decimals must be zero: "12.0" is 12.
"""

import re
from functools import cache

from istmo.model.labels import clean

LARGEST = 2**53  # beyond it a spreadsheet no longer tells neighbours apart


def is_space(mark: str) -> bool:
    return mark != "" and clean(mark) == ""


@cache
def _pattern(thousands: str, decimal: str) -> re.Pattern[str]:
    group = " " if is_space(thousands) else thousands
    whole = rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+|\d+" if group else r"\d+"
    zeros = rf"(?:{re.escape(decimal)}0+)?" if decimal else ""
    return re.compile(rf"([-−+]?)({whole}){zeros}", re.ASCII)


def integer(text: str, *, thousands: str, decimal: str) -> int | None:
    """The number that `text` is, or None when it is none."""
    match = _pattern(thousands, decimal).fullmatch(clean(text).replace("\u2009", " "))
    if match is None:
        return None
    digits = re.sub(r"\D", "", match[2])
    value = int(digits) if len(digits) < 20 else LARGEST + 1
    if value > LARGEST:
        return None
    return -value if match[1] in ("-", "−") else value
