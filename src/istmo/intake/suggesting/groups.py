"""Which sex, age group and accompaniment does a label name? Read word by word; a word that is not known stops it.

    meanings(["Hombres", "Mujeres", "Niños no acompañados"])["Niños no acompañados"]
    -> {"SEX": "M", "AGE": "Y_LT18", "ACCOMPANIMENT": "UNACC"}

"Hombres" beside "Niños" are adults; alone they may be of all ages, and "niños" without "niñas" may be of both sexes:
what only the source can say is left open (`Meaning.open_age`, no meaning at all).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from istmo.model.labels import fold

DIMENSIONS = ("SEX", "AGE", "ACCOMPANIMENT")
CHILD = frozenset({"Y_LT18", "Y_LT12", "Y12T17", "Y0T4", "Y5T11"})

_SINGLE = {"AGE": "Y_GE18", "ACCOMPANIMENT": "SINGLE"}
_ALONE = {"AGE": "Y_LT18", "ACCOMPANIMENT": "UNACC"}
_WORDS: tuple[tuple[str, Mapping[str, str]], ...] = (
    (r"uc / single minors|unaccompanied (?:alien )?children|uacs?", _ALONE),
    (
        r"fmua|family unit aliens|(?:individuals in )?family units?|unidad(?:es)? familiar(?:es)?",
        {"ACCOMPANIMENT": "FAM"},
    ),
    (r"single adults?", _SINGLE),
    (r"adult[oa]s? sol[oa]s?", _SINGLE),
    (r"no acompañad[oa]s?|unaccompanied", {"ACCOMPANIMENT": "UNACC"}),
    (r"acompañad[oa]s?|accompanied", {"ACCOMPANIMENT": "ACC"}),
    (r"separad[oa]s?|separated", {"ACCOMPANIMENT": "SEP"}),
    (r"menor(?:es)? de 12(?: años)?|under[- ]12|< ?12|0 ?(?:-|a|to) ?11(?: años)?", {"AGE": "Y_LT12"}),
    (r"menor(?:es)? de (?:18(?: años)?|edad)|under[- ]18|< ?18|0 ?(?:-|a|to) ?17(?: años)?", {"AGE": "Y_LT18"}),
    (r"(?:de )?0 ?(?:-|a|to) ?4(?: años)?", {"AGE": "Y0T4"}),
    (r"(?:de )?5 ?(?:-|a|to) ?11(?: años)?", {"AGE": "Y5T11"}),
    (r"(?:de )?12 ?(?:-|a|to) ?17(?: años)?", {"AGE": "Y12T17"}),
    (r"(?:de )?18 ?(?:-|a|to) ?59(?: años)?", {"AGE": "Y18T59"}),
    (r"(?:de )?18 ?(?:-|a|to) ?25(?: años)?", {"AGE": "Y18T25"}),
    (r"(?:de )?26 ?(?:-|a|to) ?59(?: años)?", {"AGE": "Y26T59"}),
    (r"(?:de )?60(?: ?\+| (?:años )?(?:y|o) mas(?: años)?| and over| or over)", {"AGE": "Y_GE60"}),
    (r"(?:de )?18(?: ?\+| (?:años )?(?:y|o) mas(?: años)?| and over| or over)", {"AGE": "Y_GE18"}),
    (r"mayores de (?:edad|18(?: años)?)|(?:>=|≥) ?18", {"AGE": "Y_GE18"}),
    (r"niñas|girls?", {"SEX": "F", "AGE": "Y_LT18"}),
    (r"niños|boys?", {"SEX": "M", "AGE": "Y_LT18"}),
    (r"nna|niñas, niños y adolescentes|children|child|menor(?:es)?|minors?", {"AGE": "Y_LT18"}),
    (r"adult[oa]s?|adults?", {"AGE": "Y_GE18"}),
    (r"mujer(?:es)?|women|woman", {"SEX": "F"}),
    (r"hombres?|men|man|varon(?:es)?", {"SEX": "M"}),
    (r"femenin[oa]s?|females?", {"SEX": "F"}),
    (r"masculin[oa]s?|males?", {"SEX": "M"}),
)
_PATTERNS = tuple((re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), dims) for pattern, dims in _WORDS)
_OPEN_AGE = re.compile(r"(?<!\w)(?:hombres?|mujer(?:es)?|men|women)(?!\w)")
_BOYS = re.compile(r"(?<!\w)niños(?!\w)")
_GIRLS = re.compile(r"(?<!\w)niñas(?!\w)")
_FILLING = re.compile(r"[\s,;:/.()-]+|(?<!\w)(?:de|del|y|and|of|personas|people|persons|years?|old|años)(?!\w)")
_UNKNOWN = frozenset({"desconocido", "desconocida", "unknown", "no especificado", "no especificada", "ignorado", "n/e"})
_LETTERS = {frozenset("fm"): {"f": "F", "m": "M"}, frozenset("hm"): {"h": "M", "m": "F"}}


@dataclass(frozen=True, slots=True)
class Meaning:
    """The codes that a label names, by dimension; `open_age`: of all ages or adults only, the source must say."""

    dims: Mapping[str, str]
    open_age: bool = False


def meanings(labels: Sequence[str]) -> dict[str, Meaning]:
    """The labels that are understood in full, read beside one another; what is not here is not understood."""
    by_letter = _by_letter(labels)
    if by_letter:
        return by_letter
    folded = {label: fold(label) for label in labels}
    girls = any(_GIRLS.search(text) for text in folded.values())
    read = {label: dims for label, text in folded.items() if (dims := _dims(text)) is not None}
    children = any(dims.get("AGE") in CHILD for dims in read.values())
    result = {}
    for label, dims in read.items():
        if _BOYS.search(folded[label]) and not girls:
            continue
        of_age = bool(_OPEN_AGE.search(folded[label])) and "AGE" not in dims
        result[label] = Meaning({**dims, "AGE": "Y_GE18"} if of_age and children else dims, of_age and not children)
    return result


def _dims(text: str) -> dict[str, str] | None:
    """The codes of one folded label; None when a word is left over, nothing is named or two words disagree."""
    if text in _UNKNOWN:
        return None
    result: dict[str, str] = {}
    for pattern, dims in _PATTERNS:
        if not pattern.search(text):
            continue
        text = pattern.sub(" ", text)
        for dimension, code in dims.items():
            if result.setdefault(dimension, code) != code:
                if dimension == "AGE" and {result[dimension], code} <= CHILD:
                    continue
                return None
    left = _FILLING.sub("", text)
    return result if result and not left else None


def _by_letter(labels: Sequence[str]) -> dict[str, Meaning]:
    """F and M, or H and M: a letter means something beside the other only."""
    folded = {label: fold(label) for label in labels}
    for letters, codes in _LETTERS.items():
        if letters <= set(folded.values()):
            return {label: Meaning({"SEX": codes[text]}) for label, text in folded.items() if text in codes}
    return {}
