"""Which values stand outside the table, and which did the user give? `$year` and the like."""

import re
from collections.abc import Mapping

from istmo.intake.decoding import Named
from istmo.intake.grammar import Capture, Parameter, Profile
from istmo.intake.table import Line, Table
from istmo.model.errors import InvalidInput
from istmo.model.labels import clean
from istmo.model.text import Text

_TYPES = {
    "year": r"(19|20|21)\d\d",
    "month": r"(19|20|21)\d\d-(0[1-9]|1[0-2])",
    "date": r"(19|20|21)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
    "text": r".{1,500}",
}

_WHERE = {
    "preamble": Text(es="antes de la tabla", en="before the table"),
    "footer": Text(es="después de la tabla", en="after the table"),
    "sheet": Text(es="en el nombre de la hoja", en="in the name of the sheet"),
}


def named_values(table: Table, profile: Profile, parameters: Mapping[str, str], *, filename: str) -> Named:
    """Captured values and parameters by name; raises `InvalidInput` for one that is needed and absent, or unknown."""
    values: dict[str, str] = {}
    for parameter in profile.parameters:
        value = _parameter(parameter, parameters, filename=filename)
        if value is not None:
            values[parameter.name] = value
    unknown = sorted(set(parameters) - {parameter.name for parameter in profile.parameters})
    if unknown:
        names = ", ".join(parameter.name for parameter in profile.parameters) or "-"
        raise InvalidInput(
            Text(
                es=f"El perfil no pide el parámetro «{unknown[0]}».",
                en=f"The profile asks for no parameter “{unknown[0]}”.",
            ),
            place=filename,
            rule="F8",
            advice=Text(es=f"Pide: {names}.", en=f"It asks for: {names}."),
        )
    for capture in profile.captures:
        values.update(_captured(capture, table, filename=filename))
    return Named(values)


def _parameter(parameter: Parameter, given: Mapping[str, str], *, filename: str) -> str | None:
    value = given.get(parameter.name, parameter.default)
    advice = Text(
        es=f"Indíquelo, por ejemplo --set {parameter.name}=2016.",
        en=f"Give it, for example --set {parameter.name}=2016.",
    )
    if value is None and parameter.required:
        raise InvalidInput(
            Text(
                es=f"El archivo no dice «{parameter.name}» y no se indicó.",
                en=f"The file does not say “{parameter.name}” and it was not given.",
            ),
            place=filename,
            rule="F8",
            advice=advice,
        )
    if value is not None and not re.fullmatch(
        _TYPES[parameter.type], value, re.ASCII if parameter.type != "text" else 0
    ):
        raise InvalidInput(
            Text(
                es=f"«{value}» no sirve como {parameter.name} ({parameter.type}).",
                en=f"“{value}” is no {parameter.name} ({parameter.type}).",
            ),
            place=filename,
            rule="F8",
            advice=advice,
        )
    return value


def _captured(capture: Capture, table: Table, *, filename: str) -> dict[str, str]:
    lines: tuple[Line, ...] = table.preamble if capture.where == "preamble" else table.footer
    for text in (clean(table.sheet),) if capture.where == "sheet" else (line.text for line in lines):
        match = re.search(capture.match, text)
        if match is not None:
            if capture.flag:
                return dict.fromkeys(capture.names, "yes")
            return {name: clean(group or "") for name, group in zip(capture.names, match.groups(), strict=True)}
    if capture.required:
        where = _WHERE[capture.where]
        raise InvalidInput(
            Text(
                es=f"No se encontró «{', '.join(capture.names)}» {where.es} ({capture.match}).",
                en=f"“{', '.join(capture.names)}” was not found {where.en} ({capture.match}).",
            ),
            place=", ".join(part for part in (filename, table.sheet) if part),
            rule="F8",
            advice=Text(
                es="Revise que el archivo esté completo y que el perfil sea el suyo.",
                en="Check that the file is complete and that the profile is its own.",
            ),
        )
    return {}
