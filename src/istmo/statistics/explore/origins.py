"""Whose figures are asked for: a nationality, a region of origin, or extra-regional origin in the sense of the report?

An *origin* is a code of list `citizenship`, of `flow_region` or of `extra_regional`; the three share no code but `_T`.
A label is taken only if it means one code; what it may mean is said, never guessed.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from rapidfuzz import process

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.labels import fold
from istmo.model.text import Text
from istmo.registry.names import REFERENCE_LISTS, ambiguous, reference_list
from istmo.registry.regions import extra_regional, regions
from istmo.statistics.wording import short_name

ALL = "_T"
GROUPS = ("INTRA", "EXTRA", "EXTRACONT", "UNDET")
REGIONS = (
    "RCM",
    "CARIB",
    "SOUTH_AM",
    "NORTH_AM_OTH",
    "AFRICA",
    "ASIA",
    "EUROPE",
    "OCEANIA",
    "MIXED",
    "OTHER",
    "UNKNOWN",
    "STATELESS",
)
# Categories that a source may not have: 0 only where it has printed them before.
CATEGORIES = ("UNKNOWN", "STATELESS")
_NO_ORIGIN = ("_T", "_Z")
_SUGGESTED = 5


def is_origin(code: str) -> bool:
    return code == ALL or code in GROUPS or code in REGIONS or is_nationality(code)


def is_nationality(code: str) -> bool:
    """Whether a code is one of list `citizenship` that a source can print: a country, a node, the residual, unknown."""
    return code in codelist("citizenship") and code not in _NO_ORIGIN


def origin_name(code: str) -> Text:
    """The short name of an origin, for heads and titles."""
    if code == ALL:
        return Text(es="Todas las nacionalidades", en="All nationalities")
    if code in GROUPS:
        return _GROUP_NAMES[code]
    return short_name("flow_region" if code in REGIONS else "citizenship", code)


_GROUP_NAMES = {
    "INTRA": Text(es="Nacionales de países miembros", en="Nationals of member countries"),
    "EXTRA": Text(es="Origen extrarregional", en="Extra-regional origin"),
    "EXTRACONT": Text(es="Origen extracontinental", en="Extra-continental origin"),
    "UNDET": Text(es="Origen no determinado", en="Origin undetermined"),
}


@cache
def members_of(code: str) -> frozenset[str]:
    """The citizenship codes of a region or a group; a nationality is its own."""
    if code in REGIONS:
        return frozenset(one for one, region in regions().items() if region == code and one not in _NO_ORIGIN)
    if code in GROUPS:
        wanted = ("EXTRA", "EXTRACONT") if code == "EXTRA" else (code,)
        return frozenset(one for one in regions() if extra_regional(one) in wanted and one not in _NO_ORIGIN)
    return frozenset({code})


@cache
def regions_of(group: str) -> tuple[str, ...]:
    """The regions that make up a group."""
    return tuple(region for region in REGIONS if members_of(region) and members_of(region) <= members_of(group))


def origin_order(code: str) -> tuple[int, str]:
    """All first, then groups and regions in their order, then nationalities by code."""
    fixed = (ALL, *GROUPS, *REGIONS)
    return (fixed.index(code), "") if code in fixed else (len(fixed), code)


def read_origin(label: str) -> str:
    """The code that a label means; raises `InvalidInput` with what it may mean, or with labels that look like it."""
    written = label.strip()
    if is_origin(written.upper()):
        return written.upper()
    folded = fold(written)
    found = {names[folded] for names in (_own_names(), *map(reference_list, REFERENCE_LISTS)) if folded in names}
    if len(found) == 1:
        return found.pop()
    raise _ambiguous(written) if ambiguous(written) or found else _unknown(written)


@cache
def _own_names() -> Mapping[str, str]:
    """Code by folded name, of all origins."""
    names = {}
    for code in (ALL, *GROUPS, *REGIONS, *(one.id for one in codelist("citizenship") if is_nationality(one.id))):
        shown = [origin_name(code)]
        if code in GROUPS:
            shown.append(codelist("extra_regional")[code].name)
        elif code != ALL:
            shown.append(codelist("flow_region" if code in REGIONS else "citizenship")[code].name)
        for name in shown:
            names[fold(name.es)] = names[fold(name.en)] = code
    return MappingProxyType(names)


def _ambiguous(label: str) -> InvalidInput:
    entry = ambiguous(label)
    codes = [code for code in (entry.node, *entry.candidates) if code] if entry else []
    may = Text(
        es="; ".join(f"{origin_name(code).es} ({code})" for code in codes) or "un código de la lista",
        en="; ".join(f"{origin_name(code).en} ({code})" for code in codes) or "a code of the list",
    )
    return InvalidInput(
        Text(
            es=f"«{label}» no designa una sola nacionalidad o región.",
            en=f"“{label}” does not name one nationality or region.",
        ),
        place="origin",
        advice=Text(es=f"Escriba una de estas: {may.es}.", en=f"Write one of these: {may.en}."),
        rule="R11",
    )


def _unknown(label: str) -> InvalidInput:
    near = [code for _, _, code in process.extract(fold(label), _by_code(), limit=_SUGGESTED, score_cutoff=70)]
    codes = list(dict.fromkeys(code.partition(" ")[0] for code in near))
    advice = Text(
        es="Escriba un país, una región o un código de la lista de nacionalidades.",
        en="Write a country, a region or a code of the list of nationalities.",
    )
    if codes:
        advice = Text(
            es=f"Se parecen: {'; '.join(f'{origin_name(code).es} ({code})' for code in codes)}.",
            en=f"Similar: {'; '.join(f'{origin_name(code).en} ({code})' for code in codes)}.",
        )
    return InvalidInput(
        Text(
            es=f"«{label}» no está en la lista de nacionalidades.", en=f"“{label}” is not in the list of nationalities."
        ),
        place="origin",
        advice=advice,
        rule="F52",
    )


@cache
def _by_code() -> Mapping[str, str]:
    """Folded names by code and language, to suggest from."""
    return MappingProxyType({f"{code} {number}": name for number, (name, code) in enumerate(_own_names().items())})
