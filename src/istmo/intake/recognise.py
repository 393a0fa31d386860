"""Which profiles fit this file? Those whose header is found and whose `recognise` holds; the best fit first.

fits = fitting(stream, filename="cuadro003.csv", profiles=builtin_profiles())
only = fits[0] if len(fits) == 1 else None
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO

from istmo.intake.encoding import Decoded, decode
from istmo.intake.grammar import FIRST_LINES, Profile, Read
from istmo.intake.grid import Grid
from istmo.intake.limits import Limits, check_lines, read_limited
from istmo.intake.opening import Kind, kind_of, may_be
from istmo.intake.places import Place, places
from istmo.intake.run import DEFAULT_LIMITS
from istmo.intake.textfile import choose
from istmo.intake.workbook import open_book, sheet_fits
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
    """The file as each way of reading shows it; each sheet, and the text in each encoding, is read once."""

    def __init__(self, data: bytes, limits: Limits, filename: str) -> None:
        self._data = data
        self._limits = limits
        self._filename = filename
        self._texts: dict[str, Decoded] = {}
        self._grids: dict[tuple[str, bool], Grid] = {}
        self.kind = kind_of(data)
        self._book = None if self.kind is Kind.TEXT else open_book(data, limits, filename=filename)

    def places(self, read: Read) -> Iterator[tuple[str, Place]]:
        """The first table that the profile describes in each sheet that it allows, or in the text."""
        if not may_be(self.kind, read.format):
            return
        if self._book is None:
            look = partial(choose, self._text(read.encoding), read, self._limits, filename=self._filename)
            yield from (("", place) for place in _found(lambda: look().places)[:1])
            return
        for name in self._book.sheets:
            if sheet_fits(name, read):
                grid = self._grid(name, whole=read.table is not None)
                found = _found(partial(places, grid.lines(read), read, grid.merged, where=name))
                yield from ((name, place) for place in found[:1])

    def _grid(self, name: str, *, whole: bool) -> Grid:
        """The cells of a sheet: its first lines, unless `whole`."""
        if (name, whole) not in self._grids:
            assert self._book is not None
            grid = self._book.grid(name)
            self._grids[name, whole] = grid if whole else replace(grid, cells=grid.cells[:FIRST_LINES])
        return self._grids[name, whole]

    def _text(self, encoding: str) -> Decoded:
        if encoding not in self._texts:
            text = decode(self._data, encoding, filename=self._filename)
            check_lines(text.data, self._limits, filename=self._filename)
            self._texts[encoding] = text
        return self._texts[encoding]


def _found(look: Callable[[], tuple[Place, ...]]) -> tuple[Place, ...]:
    """The places that are found by looking, none where the profile describes no table of what is looked at."""
    try:
        return look()
    except InvalidInput:
        return ()


def _fit(views: _Views, profile: Profile, filename: str) -> Fit | None:
    wanted = profile.recognise
    if wanted.filename is not None and not re.search(wanted.filename, filename.casefold()):
        return None
    best = max(views.places(profile.read), key=lambda found: len(found[1].header.labels), default=None)
    if best is None:
        return None
    sheet, place = best
    known = {fold(label) for label in place.header.labels}
    if not {fold(label) for label in wanted.header} <= known:
        return None
    before = "\n".join(line.text for line in place.preamble)
    if wanted.first_lines is not None and not re.search(wanted.first_lines, before, re.MULTILINE):
        return None
    return Fit(
        profile=profile,
        sheet=sheet,
        header_row=place.header_row,
        parameters=tuple(parameter.name for parameter in profile.parameters if parameter.required),
        unused=len(known - {fold(clean(label)) for label in wanted.header}) if wanted.header else 0,
    )
