"""Which colour does a reporter have? Okabe-Ito, readable without colour vision, the same on every page and in
every format.

Colour never stands alone: the reporter's name or code is always beside it.
"""

from types import MappingProxyType

INK = "#1b1f24"
INK_2 = "#46515b"
LINE = "#c3ccd3"
HAIR = "#e3e8ec"

REPORTERS = MappingProxyType(
    {
        "PAN": "#0072B2",
        "CRI": "#56B4E9",
        "NIC": "#F0E442",
        "HND": "#D55E00",
        "GTM": "#E69F00",
        "MEX": "#009E73",
        "USA": "#CC79A7",
    }
)


def colour(reporter: str) -> str:
    """The reporter's colour; grey for one that is not on the route."""
    return REPORTERS.get(reporter, INK_2)
