"""The release register of an office that protects its tables without an installation: a file that only grows.

draft = draft_of(protection, cube, table="visas", revises=False, at=now)
register = read_register(path)
check_draft(draft, register)            refused where it gives anything away beside what the file holds
add(path, register, draft)              after the release has been written
"""

import fcntl
import hashlib
import os
from datetime import datetime
from pathlib import Path

from istmo.model.errors import InvalidInput, Unavailable, reason_of
from istmo.model.text import Text
from istmo.statistics.disclosure.attack import period_of, population_of
from istmo.statistics.disclosure.attackers import propagation
from istmo.statistics.disclosure.cube import Cube
from istmo.statistics.disclosure.hierarchy import Hierarchy
from istmo.statistics.disclosure.protect import PUBLISHED, Protection
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.disclosure.register import Published, Register, append_lines, check_entry, read_lines
from istmo.statistics.disclosure.roll_up import Recode
from istmo.statistics.disclosure.settling import Unsafe, related
from istmo.statistics.disclosure.union import attacked
from istmo.statistics.disclosure.unrolled import unrolled


def read_register(path: Path) -> Register:
    """Empty where there is no file yet. Raises IntegrityFailure (F121) for a file that is not what was written."""
    try:
        return read_lines(path.read_bytes(), place=path.name)
    except FileNotFoundError:
        return Register()
    except OSError as exc:
        raise Unavailable(
            Text(es=f"No se puede leer: {reason_of(exc).es}.", en=f"It cannot be read: {reason_of(exc).en}."),
            place=str(path),
        ) from exc


def draft_of(made: Protection, cube: Cube, *, table: str, register: Register, revises: bool, at: datetime) -> Published:
    """What the release adds to the register; `cube` has the dimensions before anything was counted together."""
    release = made.release
    if not release.period:
        raise InvalidInput(
            Text(
                es="Una tabla del registro es de un período.",
                en="A table of the register is of a period.",
            ),
            advice=Text(es="Indíquelo con --period 2023-08.", en="Give it with --period 2023-08."),
            rule="F110",
        )
    population = population_of(release)
    full = unrolled(cube.dimensions, release.table, _recodes(made, cube), read=release.system)
    return Published(
        release=hashlib.sha256(made.public[PUBLISHED]).hexdigest()[:12],
        table=table,
        population=population,
        span=period_of(release),
        protected=full.protected,
        rules=release.rules.digest,
        threshold=release.rules.threshold,
        at=at,
        strict=release.table.method is Method.SUPPRESS,
        state=register.state_of(population) + revises,
        revises=revises,
        reader=full.reader,
    )


def is_known(draft: Published, register: Register) -> bool:
    """Whether this very release is in the register."""
    return any(
        (one.release, one.table, one.span) == (draft.release, draft.table, draft.span) for one in register.entries
    )


def check_draft(draft: Published, register: Register) -> None:
    """Raises InvalidInput: another value or a revision that shows a few people (F117, F120), what an attacker finds
    beside what was published (F116), a contradiction (F119).
    """
    check_entry(register, draft)
    _, findings = attacked([*related(register.entries, draft, ()), draft], attack=propagation.bounds)
    if findings:
        raise Unsafe(draft, findings)


def add(path: Path, register: Register, draft: Published) -> None:
    """Write the line; refused where somebody else wrote one since `register` was read."""
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if read_lines(file.read(), place=path.name).head != register.head:
                raise InvalidInput(
                    Text(
                        es="Otra entrega se anotó mientras tanto; esta no está en el registro.",
                        en="Another release was entered meanwhile; this one is not in the register.",
                    ),
                    place=str(path),
                    advice=Text(es="Repita el comando.", en="Run the command again."),
                    rule="F121",
                )
            file.write(append_lines(register, [draft])[0])
    except OSError as exc:
        raise Unavailable(
            Text(es=f"No se puede escribir: {reason_of(exc).es}.", en=f"It cannot be written: {reason_of(exc).en}."),
            place=str(path),
        ) from exc


def _recodes(made: Protection, cube: Cube) -> list[Recode]:
    shown = {d.name: d for d in made.release.table.dimensions}
    original = {d.name: d for d in cube.dimensions}
    return [
        Recode(one["dimension"], one["code"], one["into"], _below(shown, original, one["dimension"], one["into"]))
        for one in made.made.rolled_up
    ]


def _below(shown: dict[str, Hierarchy], original: dict[str, Hierarchy], name: str, into: str) -> str:
    if into in original[name].position:
        return into
    dimension = shown[name]
    return dimension.codes[dimension.parent[dimension.position[into]]]
