"""Which States may a code of `citizenship` mean? What the floor compares with who receives, never the code as written.

- A node of the code list means every member: a source that prints "Congo" may mean COG or COD.
- A territory means its State as well: data on a person born in Puerto Rico reach the United States as an origin.
- "Stateless" means no State. What is unknown, mixed or a residual means any State: such a code is unsure.
"""

from functools import cache

from istmo.model.codes import codelist
from istmo.registry.regions import nodes

STATELESS = "XXA"
REFUGEE = frozenset({"XXB", "XXC"})
"""What ICAO 9303 writes in place of a nationality for a refugee: not a nationality (R35), and a protection need."""

_TERRITORIES = {
    "AUS": ("CCK", "CXR", "HMD", "NFK"),
    "CHN": ("HKG", "MAC"),
    "DNK": ("FRO", "GRL"),
    "FIN": ("ALA",),
    "FRA": ("ATF", "BLM", "GLP", "GUF", "MAF", "MTQ", "MYT", "NCL", "PYF", "REU", "SPM", "WLF"),
    "GBR": (
        *("AIA", "BMU", "CYM", "FLK", "GGY", "GIB", "IMN", "IOT"),
        *("JEY", "MSR", "PCN", "SGS", "SHN", "TCA", "VGB"),
    ),
    "NLD": ("ABW", "BES", "CUW", "SXM"),
    "NOR": ("BVT", "SJM"),
    "NZL": ("COK", "NIU", "TKL"),
    "USA": ("ASM", "GUM", "MNP", "PRI", "UMI", "VIR"),
}
"""State -> territories with a code of their own in ISO 3166-1; no opinion on any status."""
_STATE_OF = {territory: state for state, territories in _TERRITORIES.items() for territory in territories}


def states_of(codes: frozenset[str]) -> frozenset[str]:
    """Every State that one of `codes` may mean, as far as it is known."""
    return frozenset().union(*map(_states, codes)) if codes else frozenset()


def unsure(codes: frozenset[str]) -> bool:
    """Whether one of `codes` may mean a State that it does not name."""
    return any(not _states(code) for code in codes if code != STATELESS)


@cache
def _states(code: str) -> frozenset[str]:
    if code in nodes():
        return frozenset(nodes()[code])
    if not code.isalpha() or code in REFUGEE or code in (STATELESS, "XXX") or code not in codelist("citizenship"):
        return frozenset()
    return frozenset({code, _STATE_OF.get(code, code)})
