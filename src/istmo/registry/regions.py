"""Which region of origin does a citizenship code belong to, and is it extra-regional in the sense of the report?

Both follow from the code list alone: `region("HTI")` is `CARIB`, `extra_regional("HTI")` is `EXTRA`; a node has the
region of its members (`X_CONGO`: `AFRICA`, `EXTRACONT`). What mixes regions or is not known is `UNDET`, never assigned.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from istmo.model.codes import codelist
from istmo.model.text import Text

_EXTRA_REGIONAL: Mapping[str, str] = MappingProxyType(
    {
        "RCM": "INTRA",
        "CARIB": "EXTRA",
        "SOUTH_AM": "EXTRA",
        "NORTH_AM_OTH": "EXTRA",
        "AFRICA": "EXTRACONT",
        "ASIA": "EXTRACONT",
        "EUROPE": "EXTRACONT",
        "OCEANIA": "EXTRACONT",
    }
)


def region(code: str) -> str:
    """The code of list `flow_region` for a code of list `citizenship`; raises `NotFound`."""
    return codelist("citizenship")[code].attributes["region"]


def extra_regional(code: str) -> str:
    """INTRA, EXTRA, EXTRACONT (a part of EXTRA) or UNDET; raises `NotFound`."""
    return _EXTRA_REGIONAL.get(region(code), "UNDET")


@cache
def regions() -> Mapping[str, str]:
    """Region of origin by citizenship code, for joins."""
    return MappingProxyType({code.id: region(code.id) for code in codelist("citizenship")})


@cache
def taken_together() -> frozenset[str]:
    """The rows of protected tables that hold the nationalities of a region which have no figure of their own."""
    return frozenset(f"X_{code.id}" for code in codelist("flow_region")) & frozenset(codelist("citizenship").ids)


def name_of_row(code: str) -> Text:
    """What a row that holds others is called after *included in*: `África`, `varias regiones`, `otras`; of a place or
    a period, its code.
    """
    if code not in codelist("citizenship"):
        return Text(es=code, en=code)
    return _ROW_NAMES.get(region(code)) or codelist("flow_region")[region(code)].name


_ROW_NAMES = {
    "MIXED": Text(es="varias regiones", en="several regions"),
    "OTHER": Text(es="otras", en="other"),
}


@cache
def nodes() -> Mapping[str, tuple[str, ...]]:
    """The members of each node, by node: `X_CONGO` holds `COD` and `COG`."""
    citizenship = codelist("citizenship")
    return MappingProxyType(
        {
            node.id: tuple(code.id for code in citizenship if code.parent == node.id)
            for node in citizenship
            if node.attributes["kind"] == "node"
        }
    )
