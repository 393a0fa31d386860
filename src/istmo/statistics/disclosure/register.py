"""What has been published before? The release register: every cell ever given out, and it only grows.

A `Published` is one table of one release: what it counts (`population`: dataset, measure, unit, direction), over which
months, and what the public sees of each cell. The register is the run of them, each tied to the one before by its
digest, so that none can be changed or left out unnoticed:

    register = read_lines(path.read_bytes())
    lines, register = append_lines(register, [entry])      # refused where a cell was published with another value
    path.open("ab").write(lines)

A correction of published months is a declared revision: `revises`, with a `state` of the population's data one above
the last. A cell that was published exactly and changes by less than the threshold is withheld in its revision
(`small_revisions`): the difference would show the few people who were added. What the version before withheld stays
withheld (`withheld_before`).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np

from istmo.model.errors import IntegrityFailure, InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.cube import GREATEST, Counts, Cube, Mask, cell_id
from istmo.statistics.disclosure.hierarchy import Hierarchy, hierarchy
from istmo.statistics.disclosure.protected import Method, ProtectedTable, known
from istmo.statistics.disclosure.spans import Span, span

FORMAT = "istmo-release-register/1"
START = "0" * 64
PERIOD, STATE = "period", "state"


@dataclass(frozen=True, eq=False)
class Published:
    """One table of a release. `rules` is the digest of its rules, `threshold` theirs; `by` who released and approved.

    `reader`: the least and the greatest true count of each cell in C order, where a reader of the rules knows more than
    `known` says (totals that stand exact among rounded ones). `strict`: the rules promise also that nobody can prove of
    a cell that it is small but not zero. `state` numbers the states of the population's data, 0 first; a table that
    `revises` its span begins that state.
    """

    release: str
    table: str
    population: str
    span: Span
    protected: ProtectedTable
    rules: str
    threshold: int
    at: datetime
    strict: bool = True
    state: int = 0
    revises: bool = False
    by: tuple[str, ...] = ()
    reader: tuple[Counts, Counts] | None = None

    @cached_property
    def bounds(self) -> tuple[Counts, Counts]:
        """The least and the greatest true count of each cell, flat, as anybody reads them."""
        if self.reader is not None:
            return self.reader
        read = known(self.protected)
        return read.lower, read.upper

    @property
    def exact(self) -> Mask:
        """The cells that are printed as they are, flat."""
        lower, upper = self.bounds
        printed: Mask = lower == upper
        return printed

    def name_of(self, flat: int) -> str:
        """The canonical name of the cell at a flat (C order) position: `cell_id` with its months and state."""
        dimensions = self.protected.dimensions
        at = np.unravel_index(flat, self.protected.shape)
        codes = [(d, d.codes[int(i)]) for d, i in zip(dimensions, at, strict=True)]
        return cell_name(self.population, codes, self.span, self.state)

    def cells(self) -> Iterator[dict[str, Any]]:
        """One row a cell, in canonical order: what the register says of each; `value` is None where it is withheld."""
        made = self.protected
        values, withheld = made.values.reshape(-1).tolist(), made.withheld.reshape(-1).tolist()
        for flat, (value, hidden) in enumerate(zip(values, withheld, strict=True)):
            yield {
                "population": self.population,
                "cell": self.name_of(flat),
                "table": self.table,
                "release": self.release,
                "rules": self.rules,
                "method": made.method.value,
                "spread": made.spread,
                "value": None if hidden else value,
                "at": _instant(self.at),
            }


def cell_name(population: str, codes: Sequence[tuple[Hierarchy, str]], over: Span, state: int) -> str:
    """`cell_id` with the months, and with the state of the data where they were revised."""
    named = cell_id(population, codes)
    return f"{named}|{PERIOD}={over}" + (f"|{STATE}={state}" if state else "")


@dataclass(frozen=True, eq=False)
class Register:
    """The tables in the order in which they were published; `head` is the digest of the last line."""

    entries: tuple[Published, ...] = ()
    head: str = START

    @cached_property
    def revisions(self) -> Mapping[str, tuple[tuple[int, Span], ...]]:
        return revisions_of(self.entries)

    def state_of(self, population: str) -> int:
        """The last state of a population's data; the next revision begins the one after it."""
        return max((state for state, _ in self.revisions.get(population, ())), default=0)


def revisions_of(entries: Iterable[Published]) -> Mapping[str, tuple[tuple[int, Span], ...]]:
    """By population: which state of the data began with which months."""
    made: dict[str, set[tuple[int, Span]]] = {}
    for entry in entries:
        if entry.revises:
            made.setdefault(entry.population, set()).add((entry.state, entry.span))
    return {population: tuple(sorted(states)) for population, states in made.items()}


def state_in_force(revisions: Iterable[tuple[int, Span]], over: Span, state: int) -> int:
    """The last state, at most `state`, that changed any of the months: the same count has one name in all states."""
    return max((begun for begun, months in revisions if begun <= state and months.overlaps(over)), default=0)


def append(register: Register, entries: Iterable[Published]) -> Register:
    """The register with more entries; see `append_lines`."""
    return append_lines(register, entries)[1]


def append_lines(register: Register, entries: Iterable[Published]) -> tuple[bytes, Register]:
    """The lines to add to the register's file, and the register with them.

    Raises InvalidInput with the name of a cell: it was published with another value and this is no declared revision
    (F117); a revision shows a difference of a few people or what its last version withheld (F120); a revision out of
    its turn (F120).
    """
    lines: list[bytes] = []
    for entry in entries:
        check_entry(register, entry)
        line = write_line(entry, previous=register.head)
        lines.append(line + b"\n")
        register = Register((*register.entries, entry), digest_of(line))
    return b"".join(lines), register


def read_lines(raw: bytes, *, place: str = "") -> Register:
    """The register of a file. Raises IntegrityFailure (F121) with the line that is not what was written."""
    entries: list[Published] = []
    head = START
    for number, line in enumerate(raw.splitlines(), start=1):
        where = f"{place}, {number}" if place else str(number)
        entry, previous = read_line(line, place=where)
        if previous != head:
            raise _altered(where)
        entries.append(entry)
        head = digest_of(line)
    return Register(tuple(entries), head)


def write_line(entry: Published, *, previous: str) -> bytes:
    """One table as one line of JSON, without its end; the same table gives the same bytes."""
    made = entry.protected
    values = [
        None if hidden else value
        for value, hidden in zip(made.values.reshape(-1).tolist(), made.withheld.reshape(-1).tolist(), strict=True)
    ]
    document = {
        "format": FORMAT,
        "previous": previous,
        "release": entry.release,
        "table": entry.table,
        "population": entry.population,
        "period": str(entry.span),
        "state": entry.state,
        "revises": entry.revises,
        "rules": entry.rules,
        "threshold": entry.threshold,
        "strict": entry.strict,
        "method": made.method.value,
        "spread": made.spread,
        "at": _instant(entry.at),
        "by": list(entry.by),
        "dimensions": [{"name": d.name, "codes": list(d.codes), "parent": list(d.parent)} for d in made.dimensions],
        "values": values,
        "reader": None if entry.reader is None else [bound.tolist() for bound in entry.reader],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def read_line(line: bytes, *, place: str = "") -> tuple[Published, str]:
    """The table of a line and the digest of the line before it; raises IntegrityFailure (F121)."""
    try:
        document = json.loads(line)
        if document["format"] != FORMAT:
            raise ValueError("another format")
        dimensions = tuple(_dimension(one, place) for one in document["dimensions"])
        shape = tuple(len(d.codes) for d in dimensions)
        values = document["values"]
        if not all(value is None or (type(value) is int and 0 <= value <= GREATEST) for value in values):
            raise ValueError("a value that is none")
        protected = ProtectedTable(
            dimensions,
            Method(document["method"]),
            int(document["spread"]),
            np.array([value or 0 for value in values], dtype=np.int64).reshape(shape),
            np.array([value is None for value in values], dtype=np.bool_).reshape(shape),
        )
        entry = Published(
            release=str(document["release"]),
            table=str(document["table"]),
            population=str(document["population"]),
            span=span(document["period"]),
            protected=protected,
            rules=str(document["rules"]),
            threshold=int(document["threshold"]),
            at=datetime.fromisoformat(document["at"]),
            strict=bool(document["strict"]),
            state=int(document["state"]),
            revises=bool(document["revises"]),
            by=tuple(str(one) for one in document["by"]),
            reader=_bounds(document["reader"], len(values)),
        )
        return entry, str(document["previous"])
    except (ValueError, KeyError, TypeError, AttributeError, InvalidInput):
        raise _altered(place) from None


def digest_of(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def check_entry(register: Register, entry: Published) -> None:
    """Raises InvalidInput as `append_lines` says."""
    last = register.state_of(entry.population)
    if entry.revises:
        same = (entry.state, entry.span) in register.revisions.get(entry.population, ())
        known = any(one.population == entry.population for one in register.entries)
        if not known or not (same or entry.state == last + 1):
            raise _revision(
                "es la revisión de algo que no se ha publicado, o no sigue a la última",
                "it is the revision of something not published, or does not follow the last one",
                entry.name_of(0),
                Text(
                    es="Si el período es nuevo, entréguelo sin marcarlo como revisión.",
                    en="If the period is new, hand it in without the mark of a revision.",
                ),
            )
        if (shown := np.flatnonzero(_shown_revisions(register, entry))).size:
            raise _revision(
                "la diferencia con lo publicado antes es de unas pocas personas",
                "the difference from what was published before is a few people",
                entry.name_of(int(shown[0])),
                _LESS,
            )
        if (shown := np.flatnonzero(_shown_again(register, entry))).size:
            raise _revision(
                "muestra lo que la versión anterior retuvo",
                "it shows what the version before withheld",
                entry.name_of(int(shown[0])),
                _LESS,
            )
    elif entry.state > last:
        raise _revision(
            "no se ha declarado la revisión de la que parte",
            "the revision that it goes by was not declared",
            entry.name_of(0),
            Text(es="Declare antes la revisión de ese período.", en="Declare the revision of that period first."),
        )
    _check_same(register, entry)


def small_revisions(register: Register, cube: Cube, *, population: str, over: Span, threshold: int) -> Mask:
    """Which cells of the revised counts `cube` must be withheld: published exactly, and less than `threshold` away."""
    flat = np.zeros(cube.counts.size, dtype=np.bool_)
    counts = cube.counts.reshape(-1)
    for earlier in register.entries:
        if (earlier.population, earlier.span) != (population, over):
            continue
        mine, theirs = same_cells(cube.dimensions, earlier.protected.dimensions)
        printed = earlier.exact[theirs]
        delta = np.abs(counts[mine] - earlier.bounds[0][theirs])
        flat[mine] |= printed & (delta > 0) & (delta < threshold)
    return flat.reshape(cube.shape)


def withheld_before(register: Register, cube: Cube, *, population: str, over: Span) -> Mask:
    """Which cells of the revised counts `cube` the last version of any table withheld, saying that they are not 0.

    One that did not change would, if it were published now, give away what it hid there.
    """
    stays = np.zeros(cube.counts.size, dtype=np.bool_)
    last = {one.table: one for one in register.entries if (one.population, one.span) == (population, over)}
    for before in last.values():
        mine, theirs = same_cells(cube.dimensions, before.protected.dimensions)
        stays[mine] |= (before.protected.withheld.reshape(-1) & (before.bounds[0] >= 1))[theirs]
    return stays.reshape(cube.shape)


def _shown_revisions(register: Register, entry: Published) -> Mask:
    made = entry.protected
    printed = Cube(made.dimensions, made.values)
    small = small_revisions(register, printed, population=entry.population, over=entry.span, threshold=entry.threshold)
    return small.reshape(-1) & entry.exact


def _shown_again(register: Register, entry: Published) -> Mask:
    """The cells that are not 0, printed as they are, and were withheld in the version before."""
    made = Cube(entry.protected.dimensions, entry.protected.values)
    hidden = withheld_before(register, made, population=entry.population, over=entry.span).reshape(-1)
    shown: Mask = hidden & entry.exact & (made.counts.reshape(-1) > 0)
    return shown


def _check_same(register: Register, entry: Published) -> None:
    revisions = {**register.revisions}
    if entry.revises:
        revisions[entry.population] = (*revisions.get(entry.population, ()), (entry.state, entry.span))
    mine_in_force = state_in_force(revisions.get(entry.population, ()), entry.span, entry.state)
    lower, upper = entry.bounds
    for earlier in register.entries:
        if (earlier.population, earlier.span) != (entry.population, entry.span):
            continue
        if state_in_force(revisions.get(entry.population, ()), earlier.span, earlier.state) != mine_in_force:
            continue
        mine, theirs = same_cells(entry.protected.dimensions, earlier.protected.dimensions)
        other_lower, other_upper = earlier.bounds
        wrong = (lower[mine] > other_upper[theirs]) | (upper[mine] < other_lower[theirs])
        new, old = entry.protected, earlier.protected
        if (new.method, new.spread) == (old.method, old.spread):
            printed = ~new.withheld.reshape(-1)[mine] & ~old.withheld.reshape(-1)[theirs]
            wrong |= printed & (new.values.reshape(-1)[mine] != old.values.reshape(-1)[theirs])
        if wrong.any():
            raise InvalidInput(
                Text(
                    es=f"La celda ya se publicó con otro valor en la entrega {earlier.release}.",
                    en=f"The cell was published with another value in release {earlier.release}.",
                ),
                place=entry.name_of(int(mine[np.flatnonzero(wrong)[0]])),
                advice=Text(
                    es="Si es una corrección, declárela como revisión.", en="If it is a correction, declare a revision."
                ),
                rule="F117",
            )


def same_cells(mine: Sequence[Hierarchy], theirs: Sequence[Hierarchy]) -> tuple[Counts, Counts]:
    """Flat positions of the cells that two tables have in common: a dimension that one lacks is at its root there."""
    here, there = {d.name: d for d in mine}, {d.name: d for d in theirs}
    picked_here: dict[str, list[int]] = {}
    picked_there: dict[str, list[int]] = {}
    for name in here.keys() | there.keys():
        if name in here and name in there:
            a, b = here[name], there[name]
            pairs = [(0, 0), *((i, b.position[code]) for i, code in enumerate(a.codes) if i and b.position.get(code))]
        else:
            pairs = [(0, 0)]
        picked_here[name] = [one for one, _ in pairs]
        picked_there[name] = [other for _, other in pairs]
    names = sorted(picked_here)
    return _flat(mine, names, picked_here), _flat(theirs, names, picked_there)


def _flat(dimensions: Sequence[Hierarchy], names: Sequence[str], picked: Mapping[str, list[int]]) -> Counts:
    """Flat positions over the picked codes, one axis a name in the order of `names`."""
    stride = {}
    step = 1
    for dimension in reversed(dimensions):
        stride[dimension.name] = step
        step *= len(dimension.codes)
    flat = np.zeros((1,) * len(names), dtype=np.int64)
    for axis, name in enumerate(names):
        along = np.array(picked[name], dtype=np.int64) * stride.get(name, 0)
        flat = flat + along.reshape([-1 if a == axis else 1 for a in range(len(names))])
    return flat.reshape(-1)


def _bounds(given: Any, size: int) -> tuple[Counts, Counts] | None:
    if given is None:
        return None
    lower, upper = (np.array(bound, dtype=np.int64) for bound in given)
    if not lower.shape == upper.shape == (size,) or (lower > upper).any():
        raise ValueError("bounds that are none")
    return lower, upper


def _dimension(document: Mapping[str, Any], place: str) -> Hierarchy:
    codes, parent = document["codes"], document["parent"]
    pairs = [(code, codes[above] if above >= 0 else "") for code, above in zip(codes, parent, strict=True)]
    made = hierarchy(document["name"], pairs, place=place)
    if made.codes != tuple(codes):
        raise ValueError("not in canonical order")
    return made


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


_LESS = Text(
    es="Publique la corrección con menos detalle: agrupe la categoría de esa celda (roll_up).",
    en="Publish the correction with less detail: roll up the category of that cell (roll_up).",
)


def _revision(es: str, en: str, place: str, advice: Text) -> InvalidInput:
    return InvalidInput(
        Text(es=f"La revisión no se publica: {es}.", en=f"The revision is not published: {en}."),
        place=place,
        advice=advice,
        rule="F120",
    )


def _altered(place: str) -> IntegrityFailure:
    return IntegrityFailure(
        Text(
            es="El registro de lo publicado no es el que se escribió.",
            en="The register of what was published is not what was written.",
        ),
        place=place,
        advice=Text(
            es="Recupere el archivo de una copia de seguridad; no publique nada hasta entonces.",
            en="Recover the file from a backup; publish nothing until then.",
        ),
        rule="F121",
    )
