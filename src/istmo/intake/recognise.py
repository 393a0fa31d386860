"""Which profiles fit this file? Those whose header is found and whose `recognise` holds; the best fit first.

fits = fitting(stream, filename="cuadro003.csv", profiles=builtin_profiles())
only = fits[0] if len(fits) == 1 else None
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from istmo.intake.encoding import decode
from istmo.intake.grammar import Profile
from istmo.intake.limits import Limits, check_lines, read_limited
from istmo.intake.opening import Kind, kind_of, may_be
from istmo.intake.run import DEFAULT_LIMITS
from istmo.intake.table import Header, Line, find_header
from istmo.intake.textfile import delimiters, first_lines, split_lines
from istmo.intake.workbook import first_sheets, sheet_fits
from istmo.model.errors import InvalidInput
from istmo.model.labels import clean, fold
from istmo.model.text import Text

MISFIT = ("F6", "F7", "F19")  # the file can be read but is not what the profile describes


@dataclass(frozen=True, slots=True)
class Fit:
    """A profile that fits the file, where its table stands, and the parameters that the user must still give."""

    profile: Profile
    sheet: str
    header_row: int
    parameters: tuple[str, ...]
    unused: int  # columns that the profile does not know


def fitting(
    stream: BinaryIO, *, filename: str, profiles: Mapping[str, Profile], limits: Limits = DEFAULT_LIMITS
) -> tuple[Fit, ...]:
    """Every profile that fits, the one that knows most of the columns first; raises `InvalidInput` if none can."""
    data = read_limited(stream, limits, filename=filename)
    views = _Views(data, limits, filename)
    fits = [fit for profile in profiles.values() if (fit := _fit(views, profile, filename)) is not None]
    return tuple(sorted(fits, key=lambda fit: (fit.unused, fit.profile.id)))


def the_only(fits: Sequence[Fit], *, filename: str) -> Profile:
    """The profile of the only fit; raises `InvalidInput` that names those which fit when there is not exactly one."""
    if len(fits) == 1:
        return fits[0].profile
    names = ", ".join(fit.profile.id for fit in fits)
    if fits:
        raise InvalidInput(
            Text(es=f"Varios perfiles sirven para el archivo: {names}.", en=f"Several profiles fit the file: {names}."),
            place=filename,
            rule="F29",
            advice=Text(es="Elija uno con --profile.", en="Choose one with --profile."),
        )
    raise InvalidInput(
        Text(
            es="Ningún perfil reconoce la estructura del archivo.", en="No profile recognises the layout of the file."
        ),
        place=filename,
        rule="F6",
        advice=Text(
            es="Revise que sea el archivo original, o escriba un perfil (docs/how-to/escribir-un-perfil-de-fuente.md).",
            en="Check that it is the original file, or write a profile (docs/how-to/write-a-source-profile.md).",
        ),
    )


def with_fits(error: InvalidInput, fits: Sequence[Fit]) -> InvalidInput:
    """The error of a profile that does not fit, advising those that do; the error itself when none does."""
    if not fits or error.rule not in MISFIT:
        return error
    names = ", ".join(fit.profile.id for fit in fits)
    advice = Text(es=f"Sirve para este archivo: {names}.", en=f"What fits this file: {names}.")
    return InvalidInput(error.message, place=error.place, advice=advice, rule=error.rule)


class _Views:
    """The first lines of the file as each way of reading gives them; each way is tried once."""

    def __init__(self, data: bytes, limits: Limits, filename: str) -> None:
        self._data = data
        self._limits = limits
        self._filename = filename
        self._texts: dict[str, str] = {}
        self.kind = kind_of(data)
        self._sheets = () if self.kind is Kind.TEXT else tuple(first_sheets(data, limits, filename=filename))

    def of(self, profile: Profile) -> Iterable[tuple[str, tuple[Line, ...]]]:
        """Sheet and lines, for each sheet or delimiter that the profile allows."""
        if not may_be(self.kind, profile.read.format):
            return
        if self.kind is not Kind.TEXT:
            yield from (view for view in self._sheets if sheet_fits(view[0], profile.read))
        else:
            head = self._head(profile.read.encoding)
            for delimiter in delimiters(profile.read):
                yield "", tuple(split_lines(head, delimiter))

    def _head(self, encoding: str) -> str:
        if encoding not in self._texts:
            text = decode(self._data, encoding, filename=self._filename)
            check_lines(text.data, self._limits, filename=self._filename)
            self._texts[encoding] = first_lines(text, self._limits)
        return self._texts[encoding]


def _fit(views: _Views, profile: Profile, filename: str) -> Fit | None:
    wanted = profile.recognise
    if wanted.filename is not None and not re.search(wanted.filename, filename.casefold()):
        return None
    best: tuple[str, tuple[Line, ...], Header] | None = None
    for sheet, lines in views.of(profile):
        header = find_header(lines, profile.read)
        if header is not None and (best is None or len(header.labels) > len(best[2].labels)):
            best = (sheet, lines, header)
    if best is None:
        return None
    sheet, lines, header = best
    known = {fold(label) for label in header.labels}
    if not {fold(label) for label in wanted.header} <= known:
        return None
    before = "\n".join(line.text for line in lines[: header.first])
    if wanted.first_lines is not None and not re.search(wanted.first_lines, before, re.MULTILINE):
        return None
    return Fit(
        profile=profile,
        sheet=sheet,
        header_row=lines[header.first].row,
        parameters=tuple(parameter.name for parameter in profile.parameters if parameter.required),
        unused=len(known - {fold(clean(label)) for label in wanted.header}) if wanted.header else 0,
    )
