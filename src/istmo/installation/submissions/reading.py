"""Which profile reads this file? The one that was named, else the only one that fits.

Knows neither Django nor the database: it runs in the sandbox's process.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from istmo.model.errors import InvalidInput, IstmoError, NotFound, Unavailable
from istmo.model.text import Text

if TYPE_CHECKING:
    from istmo.intake.grammar import Profile
    from istmo.intake.result import Intake

Installed = Mapping[str, Mapping[str, str]]  # by profile: its YAML and those that it extends, by id
NONE_INSTALLED: Installed = MappingProxyType({})
_ERRORS: Mapping[str, type[IstmoError]] = {kind.__name__: kind for kind in (InvalidInput, NotFound, Unavailable)}


def read_by(
    profile: "Profile",
    path: Path,
    *,
    filename: str,
    parameters: Mapping[str, str],
    on: date,
    installed: Installed = NONE_INSTALLED,
) -> "Intake":
    """Read, map and check the file; where the profile does not fit, the error names those known here that do."""
    from istmo.intake.recognise import MISFIT, fitting, with_fits
    from istmo.intake.run import intake

    try:
        with path.open("rb") as stream:
            return intake(stream, filename=filename, profile=profile, parameters=parameters, on=on)
    except InvalidInput as error:
        if error.rule not in MISFIT:
            raise
        with path.open("rb") as stream:
            raise with_fits(error, fitting(stream, filename=filename, profiles=profiles_with(installed))) from error


def choose_profile(
    path: Path, *, filename: str, profile_id: str | None, installed: Installed = NONE_INSTALLED
) -> "Profile":
    """The named profile, else the only one that fits the file; several, or none, are named in the error.

    Profiles that are installed stand in for those of the program.
    """
    from istmo.intake.recognise import fitting, the_only

    profiles = profiles_with(installed)
    if profile_id is not None:
        if profile_id not in profiles:
            raise NotFound(
                Text(es=f"No existe el perfil «{profile_id}».", en=f"There is no profile “{profile_id}”."),
                advice=Text(
                    es=f"Existen: {', '.join(sorted(profiles))}.", en=f"There are: {', '.join(sorted(profiles))}."
                ),
                rule="F6",
            )
        return profiles[profile_id]
    with path.open("rb") as stream:
        return the_only(fitting(stream, filename=filename, profiles=profiles), filename=filename)


def profiles_with(installed: Installed) -> Mapping[str, "Profile"]:
    """The profiles of the program by id, and instead of them those that are installed."""
    from istmo.intake.profiles import builtin_profiles

    own = {id_: read_sources(id_, sources) for id_, sources in installed.items()}
    return dict(sorted({**builtin_profiles(), **own}.items()))


def read_sources(id_: str, sources: Mapping[str, str]) -> "Profile":
    """The profile `id_`, whose YAML stands among `sources` with those that it extends."""
    from istmo.intake.profiles import read_profile

    library = {name: text.encode() for name, text in sources.items()}
    return read_profile(library[id_], name=f"{id_}.yaml", library=library)


def error_as_json(error: IstmoError) -> dict[str, Any]:
    return {
        "kind": type(error).__name__,
        "message": error.message.as_json(),
        "place": error.place,
        "advice": error.advice.as_json() if error.advice else None,
        "rule": error.rule,
    }


def error_from_json(document: Mapping[str, Any]) -> IstmoError:
    kind = _ERRORS.get(document["kind"], InvalidInput)
    advice = Text(**document["advice"]) if document["advice"] else None
    return kind(Text(**document["message"]), place=document["place"], advice=advice, rule=document["rule"])
