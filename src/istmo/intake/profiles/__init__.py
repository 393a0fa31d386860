"""Which source profiles are there? Those that ship with the program, one YAML file each, and any that is handed in.

builtin_profiles()["PAN.SNM.cuadro003"].version
read_profile(Path("mine.yaml").read_bytes(), name="mine.yaml")
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from istmo.intake.grammar import Profile
from istmo.intake.profiles import reader
from istmo.intake.profiles.reader import attributed as attributed


@cache
def builtin_profiles() -> Mapping[str, Profile]:
    """The profiles of the program by id, in the order of their ids; those that are only extended are left out.

    Each names its author and date (R10).
    """
    return MappingProxyType(
        {
            id_: attributed(read_profile(raw, name=f"{id_}.yaml"), name=f"{id_}.yaml")
            for id_, raw in _files().items()
            if not reader.is_abstract(raw, name=f"{id_}.yaml")
        }
    )


def read_profile(raw: bytes, *, name: str, library: Mapping[str, bytes] | None = None) -> Profile:
    """The profile in `raw`; `library` holds the files that it may extend (default: those of the program)."""
    known = _files() if library is None else library
    return reader.read_profile(raw, name=name, base=known.get)


def profile_source(id_: str) -> bytes:
    """The YAML of a profile of the program, as it ships."""
    return _files()[id_]


def sources(raw: bytes, *, name: str, library: Mapping[str, bytes] | None = None) -> Mapping[str, bytes]:
    """The profile's own file and those that it extends, by id: all that is needed to read it again."""
    known = _files() if library is None else library
    return reader.files_of(raw, name=name, base=known.get)


@cache
def _files() -> Mapping[str, bytes]:
    folder = files("istmo.intake.profiles")
    entries = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name
    )
    return MappingProxyType({entry.name.removesuffix(".yaml"): entry.read_bytes() for entry in entries})
