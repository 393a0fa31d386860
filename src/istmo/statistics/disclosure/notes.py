"""How does one observation of a protected table say what was done to it, for a machine and for a reader?

OBS_STATUS says the kind, NOTE the rest. A NOTE is made of parts with `; ` between them; a part of ours begins with a
token and goes on in both languages, as the note of a sum does (`SUM(12) suma de … / sum of …`):

| OBS_STATUS | OBS_VALUE | NOTE |
|---|---|---|
| `Q` | empty | nothing: one code for every withheld cell, whatever the reason |
| `Q` | empty | `RANGE(0-9) de 0 a 9 / from 0 to 9`: a sensitive table, zero and small alike |
| `K` | empty | `K(X_AFRICA) incluido en África / included in Africa`: counted in that row, and only there |
| `W` | a count | `W(3) incluye 3 categorías … / includes 3 categories …`: the row that holds them |
| `A` | a count | `ROUND(5) redondeado … / rounded …`, or another method |

The code of a roll-up is the code of the row that holds the cell, as it stands in that row's own column: CITIZENSHIP
(`X_AFRICA`, `_O`), PLACE, or PERIOD (`2023-Q3`). `read_note` reads back what the other functions write.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from istmo.model.text import Text

ROLLED_UP, INCLUDES, WITHHELD = "K", "W", "Q"

# Token of NOTE by method of `protected.Method`, and what it says of a number ({1}: the ending of *redondeado*).
_ROUNDINGS = {
    "round": (
        "ROUND",
        Text(
            es="redondead{1} a múltiplos de {0}, las sumas pueden no coincidir",
            en="rounded to multiples of {0}, sums may not agree",
        ),
    ),
    "alike": (
        "ALIKE",
        Text(
            es="redondead{1} a múltiplos de {0}, menos de {0} es una sola clase con el cero",
            en="rounded to multiples of {0}, under {0} is one class with zero",
        ),
    ),
    "nearest": (
        "NEAREST",
        Text(
            es="redondead{1} al múltiplo de {0} más cercano, las sumas pueden no coincidir",
            en="rounded to the nearest multiple of {0}, sums may not agree",
        ),
    ),
    "cell_key": (
        "NOISE",
        Text(
            es="con un ruido de hasta {0} personas, las sumas pueden no coincidir",
            en="with noise of up to {0} persons, sums may not agree",
        ),
    ),
    "small_count": (
        "SMALL",
        Text(
            es="los recuentos menores que {0} están redondeados a 0 o a {0}",
            en="counts under {0} are rounded to 0 or to {0}",
        ),
    ),
}
_METHODS = {token: method for method, (token, _) in _ROUNDINGS.items()}
_CODE = re.compile(r"[A-Za-z0-9_.\-]+")
_PART = re.compile(r"(?:^|; )(K|W|RANGE|ROUND|ALIKE|NEAREST|NOISE|SMALL)\(([^()]+)\) ?([^;]*)")


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What a NOTE says of one cell. All empty: nothing was done to it.

    `rolled_up`: the code of the row that holds it, with its `name`; `includes`: how many categories this row holds;
    `method` and `base` of a rounding; `least` and `greatest` of a range.
    """

    rolled_up: str = ""
    name: Text | None = None
    includes: int = 0
    method: str = ""
    base: int = 0
    least: int | None = None
    greatest: int | None = None

    @property
    def rounded(self) -> bool:
        return self.base > 0

    @property
    def range(self) -> str:
        """`0-9` as it is printed, with the sign for a range; empty where there is none."""
        return "" if self.least is None else f"{self.least}\N{EN DASH}{self.greatest}"

    @property
    def furthest(self) -> int | None:
        """How far the value may lie from the true count, on either side; None where the method gives no bound.

        A total of counts of which only the small ones are rounded may lie further away than its base.
        """
        match self.method:
            case "round" | "alike":
                return self.base - 1
            case "nearest":
                return self.base // 2
            case "cell_key":
                return self.base
            case "small_count":
                return None
        return 0

    @property
    def rounding(self) -> "Disclosure":
        """The rounding alone, for what is made from this figure and others."""
        return Disclosure(method=self.method, base=self.base) if self.rounded else NOTHING

    @property
    def how(self) -> Text:
        """`redondeadas a múltiplos de 5 …`: how *cifras* are rounded."""
        words = _ROUNDINGS[self.method][1]
        return Text(es=words.es.format(self.base, "as"), en=words.en.format(self.base))


NOTHING = Disclosure()


def rounding_of(parts: Iterable[Disclosure]) -> Disclosure:
    """The rounding of the first part that has one: all parts of one dataset are rounded alike."""
    return next((one.rounding for one in parts if one.rounded), NOTHING)


def rolled_up_note(code: str, name: Text) -> str:
    """The NOTE of a row with status K; `code` and `name` are those of the row that holds it."""
    if not _CODE.fullmatch(code):
        raise ValueError(f"no code of a row: {code!r}")
    return f"K({code}) incluido en {name.es} / included in {name.en}"


def includes_note(number: int) -> str:
    """The NOTE of a row with status W that holds `number` categories which have no figure of their own."""
    es = "1 categoría sin cifra propia" if number == 1 else f"{number} categorías sin cifra propia"
    en = (
        "1 category without a figure of its own" if number == 1 else f"{number} categories without figures of their own"
    )
    return f"W({number}) incluye {es} / includes {en}"


def rounded_note(base: int, method: str = "round") -> str:
    """The NOTE of a value made by `method` (`protected.Method`), whose number is `base`."""
    token, words = _ROUNDINGS[method]
    return f"{token}({base}) {words.es.format(base, 'o')} / {words.en.format(base)}"


def range_note(least: int, greatest: int) -> str:
    """The NOTE of a cell with status Q that prints a range in place of a value: `0-9`."""
    return f"RANGE({least}-{greatest}) de {least} a {greatest} / from {least} to {greatest}"


@lru_cache(maxsize=4096)
def read_note(note: str) -> Disclosure:
    """What the parts of a NOTE say; what is not of ours is passed over."""
    found: dict[str, tuple[str, str]] = {}
    for token, argument, words in _PART.findall(note):
        found.setdefault(token, (argument, words))
    if not found:
        return NOTHING
    rolled_up, words = found.get("K", ("", ""))
    least, greatest = _range(found.get("RANGE", ("", ""))[0])
    token = next((one for one in _METHODS if one in found), "")
    return Disclosure(
        rolled_up=rolled_up,
        name=_name(words, rolled_up) if rolled_up else None,
        includes=_number(found.get("W", ("", ""))[0]),
        method=_METHODS.get(token, ""),
        base=_number(found[token][0]) if token else 0,
        least=least,
        greatest=greatest,
    )


def written(told: Disclosure) -> str:
    """The NOTE that says it, for a file; `read_note(written(told)) == told`."""
    return join_notes(
        rolled_up_note(told.rolled_up, told.name or Text(es=told.rolled_up, en=told.rolled_up))
        if told.rolled_up
        else "",
        includes_note(told.includes) if told.includes else "",
        range_note(told.least, told.greatest) if told.least is not None and told.greatest is not None else "",
        rounded_note(told.base, told.method) if told.rounded else "",
    )


def join_notes(*notes: str) -> str:
    """Several NOTEs as one; empty ones and those already there are left out."""
    return "; ".join(dict.fromkeys(note for note in notes if note))


def _name(words: str, code: str) -> Text:
    es, between, en = words.removeprefix("incluido en ").partition(" / included in ")
    return Text(es=es, en=en) if between and es and en else Text(es=code, en=code)


def _number(argument: str) -> int:
    return int(argument) if argument.isdecimal() else 0


def _range(argument: str) -> tuple[int | None, int | None]:
    least, between, greatest = argument.partition("-")
    return (int(least), int(greatest)) if between and least.isdecimal() and greatest.isdecimal() else (None, None)
