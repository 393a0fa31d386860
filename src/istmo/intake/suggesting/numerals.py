"""Which sign parts thousands, and which the decimals? Proved by the numbers themselves or by sums, else a decision.

"1.234.567" and "1 204" say it; "1.234" alone says nothing, unless the parts of a declared total only add up when it is
one thousand two hundred and thirty-four.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from istmo.intake.numbers import integer
from istmo.intake.suggesting.values import Decision, Guess, Option
from istmo.model.labels import clean
from istmo.model.text import Text

_SPACED = re.compile(r"\d{1,3}(?:[\s\u2009]\d{3})+")
_MARKED = re.compile(r"\d+([.,'])\d+")
_NAMES = {
    ",": Text(es="la coma", en="comma"),
    ".": Text(es="el punto", en="full stop"),
}


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of the numbers; `decision` when the file does not say which of the two `thousands` is."""

    thousands: str = ""
    decimal: str = ""
    guess: Guess | None = None
    decision: Decision | None = None


def marks_of(numbers: Iterable[str], sums: Sequence[tuple[str, Sequence[str]]]) -> Marks:
    """The marks of distinct numbers as texts; `sums` are declared totals with their parts, as texts."""
    texts = [clean(text) for text in numbers]
    spaced = [text for text in texts if _SPACED.search(text.replace("\u00a0", " "))]
    marked = [text for text in texts if _MARKED.search(text)]
    signs = sorted({sign for text in marked for sign in re.findall(r"[.,']", text)})
    if spaced:
        why = Text(es=f"el espacio agrupa de tres en tres ({spaced[0]})", en=f"a space groups by three ({spaced[0]})")
        return _found("\u00a0", signs[0] if len(signs) == 1 else "", why)
    if not signs:
        return Marks()
    if len(signs) > 1:
        return _both(marked, signs)
    return _one(marked, signs[0], sums)


def _one(marked: Sequence[str], sign: str, sums: Sequence[tuple[str, Sequence[str]]]) -> Marks:
    """One sign only: it groups if it stands twice in a number or sums need it; it parts decimals if not by three."""
    grouped = [text for text in marked if re.fullmatch(rf"[-−+]?\d{{1,3}}(?:{re.escape(sign)}\d{{3}})+", text)]
    if len(grouped) < len(marked):
        other = next(text for text in marked if text not in grouped)
        why = Text(es=f"no siempre siguen tres cifras ({other})", en=f"not always three digits follow ({other})")
        return _found("", sign, why)
    twice = next((text for text in grouped if text.count(sign) > 1), None)
    if twice is not None or sign == "'":
        shown = twice or grouped[0]
        return _found(sign, "", Text(es=f"agrupa de tres en tres ({shown})", en=f"it groups by three ({shown})"))
    proof = proving(sign, sums)
    if proof:
        return _found(
            sign,
            "",
            Text(es=f"así suman sus partes {proof} totales", en=f"so the parts of {proof} totals add up"),
        )
    name = _NAMES[sign]
    decision = Decision(
        "number_mark",
        Text(
            es=f"En «{grouped[0]}», ¿qué separa {name.es}?",
            en=f"In “{grouped[0]}”, what does the {name.en} part?",
        ),
        options=(
            Option("thousands", Text(es="los miles", en="thousands")),
            Option("decimal", Text(es="los decimales", en="decimals")),
        ),
        evidence=(
            Text(
                es="Siempre siguen tres cifras y ninguna suma lo prueba: ambiguo.",
                en="Three digits always follow and no sum proves it: ambiguous.",
            ),
        ),
    )
    return Marks(thousands=sign, decision=decision)


def _both(marked: Sequence[str], signs: Sequence[str]) -> Marks:
    """Two signs: the one that stands last in a number that has both parts its decimals."""
    both = next((text for text in marked if all(sign in text for sign in signs)), None)
    if both is None:
        grouped = [sign for sign in signs if _by_three(sign, marked)]
        thousands = grouped[0] if len(grouped) == 1 else signs[0]
    else:
        thousands = min(signs, key=both.rfind)
    decimal = next(sign for sign in signs if sign != thousands)
    shown = both or marked[0]
    why = Text(es=f"los dos signos están en los números ({shown})", en=f"both signs stand in the numbers ({shown})")
    return _found(thousands, decimal, why)


def _by_three(sign: str, marked: Sequence[str]) -> bool:
    """Whether three digits follow the sign wherever it stands."""
    return all(re.search(rf"{re.escape(sign)}\d{{3}}(?!\d)", text) for text in marked if sign in text)


def proving(sign: str, sums: Sequence[tuple[str, Sequence[str]]]) -> int:
    """How many totals add up when the sign groups by three, among those in which it stands."""
    count = 0
    for total, parts in sums:
        if not any(sign in text for text in (total, *parts)):
            continue
        values = [integer(part, thousands=sign, decimal="") or 0 for part in parts]
        if parts and integer(total, thousands=sign, decimal="") == sum(values):
            count += 1
    return count


def _found(thousands: str, decimal: str, why: Text) -> Marks:
    shown = " ".join(f"{name}: {sign!r}" for name, sign in (("thousands", thousands), ("decimal", decimal)) if sign)
    reason = Text(es=f"Signos de los números: {why.es}.", en=f"Marks of the numbers: {why.en}.")
    return Marks(thousands, decimal, Guess("read.thousands" if thousands else "read.decimal", shown, reason))
