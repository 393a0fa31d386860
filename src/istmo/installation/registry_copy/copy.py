"""An installation's copy of the registry: refreshed beside the one in use, and swapped in by rename when all is well.

    copy = RegistryCopy(home / "registry")
    copy.refresh(fetch, now=now)          # raises with the reason; what was held is then held on
    copy.snapshot(now)                    # what decisions read, with the suspensions known here
    copy.alarm(now)                       # older than 72 hours, and why

Whatever goes wrong on the way, a decision finds the last good registry: nothing is written into it, ever.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from istmo.installation.registry_copy.files import PRIVATE, alone, read_files, write_file, write_files
from istmo.model.errors import IntegrityFailure, InvalidInput, IstmoError, NotFound
from istmo.model.text import Text
from istmo.registry.distribution.faults import RegistryRefused
from istmo.registry.distribution.layout import TIMESTAMP, Files, metadata_path
from istmo.registry.distribution.loading import Loaded, reopen, take
from istmo.registry.distribution.verifying import Verified, source_of, verify
from istmo.registry.moments import read_moment, written
from istmo.registry.snapshot import Snapshot
from istmo.registry.suspensions import Notice, check, read_notice, with_notices

Fetch = Callable[[str, int], bytes | None]
"""Gets a file of the registry, of at most so many bytes; None where the hub has none; raises where it cannot be
reached."""

_UNREACHED = Text(es="No se pudo obtener el registro del centro.", en="The registry could not be fetched from the hub.")


@dataclass(frozen=True, slots=True)
class Alarm:
    """The copy is stale since a moment; `cause` is why the last refresh failed, None where none was tried."""

    since: datetime
    cause: Text | None

    @property
    def message(self) -> Text:
        return Text(
            es=f"El registro está vencido desde {written(self.since)}: no se envía nada sobre personas; la estadística "
            "espera en la cola.",
            en=f"The registry is stale since {written(self.since)}: nothing about a person is sent; statistics wait in "
            "the queue.",
        )


@dataclass(frozen=True, slots=True)
class Copy:
    """A registry that was taken: the version of its time stamp, until when it is fresh, the first 12 signs of its
    digest, when it was taken here."""

    version: int
    expires: datetime
    digest: str
    taken_at: datetime
    in_use: bool


class RegistryCopy:
    """The registry under `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._current = directory / "current"
        self._copies = directory / "copies"
        self._notices = directory / "suspensions"
        self._failure = directory / "failure.json"

    def install(self, root: bytes) -> None:
        """Trust a root, once. It must come by a way that the hub does not control."""
        file = self.directory / "root.json"
        if file.exists() and file.read_bytes() != root:
            raise InvalidInput(
                Text(
                    es="Esta instalación ya confía en otra raíz.", en="This installation trusts another root already."
                ),
                place=str(file),
                rule="F76",
            )
        write_file(file, root)

    def refresh(self, fetch: Fetch, *, now: datetime) -> Snapshot:
        """Take what the hub has now. On any failure the reason is kept for people to see, and raised."""
        with alone(self.directory):
            try:
                loaded = self._taken(fetch, now)
                self._swap(loaded)
            except Exception as error:  # whatever it was, people see why; it is raised on
                self._note(error, now)
                raise
            self._failure.unlink(missing_ok=True)
        return self.snapshot(now)

    def snapshot(self, now: datetime) -> Snapshot:
        """The registry held, fresh or not, with every suspension known here; raises where there is none."""
        return with_notices(self.loaded(now).snapshot, self.notices())

    def loaded(self, now: datetime) -> Loaded:
        return reopen(self._files(), trusted_root=self._root(), now=now)

    def receive(self, raw: str | bytes, *, now: datetime, snapshot: Snapshot | None = None) -> Notice:
        """Keep a notice of suspension, or of its lifting, that a party sent; it acts from now on. Raises else.

        `snapshot` where the registry is not this copy's, as in a demonstration.
        """
        notice = read_notice(raw)
        check(notice, snapshot or self.snapshot(now), now=now)
        self._keep(notice)
        return notice

    def notices(self) -> tuple[Notice, ...]:
        """Every notice known here. One that cannot be read stops decisions: it may be the one that forbids."""
        found = []
        for path in sorted(self._notices.glob("*.json")):
            try:
                notice = read_notice(path.read_bytes())
            except InvalidInput as error:
                raise _damaged(path) from error
            if notice.digest != path.stem:
                raise _damaged(path)
            found.append(notice)
        return tuple(found)

    def alarm(self, now: datetime) -> Alarm | None:
        expires = self.loaded(now).snapshot.expires
        return None if now < expires else Alarm(expires, self.last_failure())

    def copies(self) -> tuple[Copy, ...]:
        """The copy in use and those kept beside it, the newest first."""
        used = self._current.readlink().name if self._current.is_symlink() else ""
        found = [copy for path in self._copies.glob("[!.]*") if (copy := _copy(path, used)) is not None]
        return tuple(sorted(found, key=lambda one: (one.taken_at, one.version), reverse=True))

    def last_failure(self) -> Text | None:
        """Why the last refresh failed, with its moment; None where it went well."""
        try:
            kept = json.loads(self._failure.read_bytes())
            return Text(es=f"{kept['at']}: {kept['es']}", en=f"{kept['at']}: {kept['en']}")
        except FileNotFoundError:
            return None

    def _taken(self, fetch: Fetch, now: datetime) -> Loaded:
        held = self._held()
        known: Files = {} if held is None else held.files
        fresh = metadata_path(TIMESTAMP, 0)

        def source(path: str, limit: int) -> bytes | None:
            return known[path] if path in known and path != fresh else fetch(path, limit)

        return take(source, trusted_root=self._root(), previous=held, now=now)

    def _held(self) -> Verified | None:
        """The chain of the copy in use. One that was damaged on disk is fetched anew as a whole."""
        try:
            return verify(source_of(self._files()), trusted_root=self._root())
        except (NotFound, RegistryRefused):
            return None

    def _swap(self, loaded: Loaded) -> None:
        for notice in loaded.notices:
            self._keep(notice)
        stamp = loaded.verified.timestamp.signed
        name = f"{written(stamp.expires)}_{stamp.version}_{loaded.verified.digest[:12]}"
        target = self._copies / name
        if not target.exists():
            fresh = self._copies / f".{name}.{os.getpid()}"
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(mode=PRIVATE, parents=True)
            write_files(fresh, loaded.verified.files)
            fresh.rename(target)
        link = self.directory / f".current.{os.getpid()}"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("copies") / name)
        before = self._current.readlink().name if self._current.is_symlink() else name
        link.replace(self._current)
        for path in self._copies.iterdir():
            if path.name not in (name, before):
                shutil.rmtree(path, ignore_errors=True)

    def _keep(self, notice: Notice) -> None:
        path = self._notices / f"{notice.digest}.json"
        if not path.exists():
            write_file(path, notice.document.as_json().encode())

    def _note(self, error: Exception, now: datetime) -> None:
        message = error.message if isinstance(error, IstmoError) else _UNREACHED
        place = f" ({error.place})" if isinstance(error, IstmoError) and error.place else ""
        kept = {"at": written(now), "es": message.es + place, "en": message.en + place}
        write_file(self._failure, json.dumps(kept, ensure_ascii=False).encode())

    def _files(self) -> Files:
        if not self._current.is_dir():
            raise NotFound(
                Text(es="Esta instalación no tiene todavía el registro.", en="This installation has no registry yet."),
                place=str(self.directory),
                rule="F76",
            )
        return read_files(self._current.resolve())

    def _root(self) -> bytes:
        try:
            return (self.directory / "root.json").read_bytes()
        except FileNotFoundError:
            raise NotFound(
                Text(
                    es="Falta la raíz del registro en que confía esta instalación.",
                    en="The root of the registry that this installation trusts is missing.",
                ),
                place=str(self.directory / "root.json"),
                rule="F76",
            ) from None


def _copy(path: Path, used: str) -> Copy | None:
    """What the name of a copy says (`_swap` gives it); None for another name, or for a copy that has just gone."""
    expires, version, digest = [*path.name.split("_"), "", "", ""][:3]
    until = read_moment(expires)
    try:
        taken_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    if until is None or not version.isdecimal():
        return None
    return Copy(int(version), until, digest, taken_at, path.name == used)


def _damaged(path: Path) -> IntegrityFailure:
    return IntegrityFailure(
        Text(es="Un aviso de suspensión guardado está dañado.", en="A notice of suspension kept here is damaged."),
        place=str(path),
        advice=Text(
            es="Pida de nuevo el aviso a la parte que suspendió y reponga el archivo.",
            en="Ask the party that suspended for the notice again and put the file back.",
        ),
        rule="F78",
    )
