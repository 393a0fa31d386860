"""An installation's copy of the registry: refreshed beside the one in use, and swapped in by rename when all is well.

    copy = RegistryCopy(home / "registry")
    copy.refresh(fetch, now=now)          # raises with the reason; what was held is then held on
    copy.snapshot(now)                    # what decisions read, with suspensions and denunciations known here
    copy.alarm(now)                       # older than 72 hours, and why

Whatever goes wrong on the way, a decision finds the last good registry: nothing is written into it, ever.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from istmo.installation.registry_copy.files import PRIVATE, alone, link_files, read_files, write_file
from istmo.model.errors import IntegrityFailure, InvalidInput, IstmoError, NotFound
from istmo.model.text import Text
from istmo.registry import denunciations as denouncing
from istmo.registry.denunciations import SignedDenunciation, read_denunciation, with_denunciations
from istmo.registry.distribution.faults import RegistryRefused
from istmo.registry.distribution.layout import AGREEMENTS, TIMESTAMP, Files, metadata_path
from istmo.registry.distribution.loading import Loaded, reopen, take
from istmo.registry.distribution.verifying import Verified, source_of, verify
from istmo.registry.moments import read_moment, written
from istmo.registry.notices import check
from istmo.registry.signing import canonical, typ_of
from istmo.registry.snapshot import Snapshot
from istmo.registry.suspensions import Notice, read_notice, with_notices

Said = Notice | SignedDenunciation
"""What a party said alone about an agreement."""
MOST_KEPT = 100
"""How many changes of the registry's content are kept; older ones go first. A copy takes well under a megabyte."""
SaidKind = TypeVar("SaidKind", Notice, SignedDenunciation)
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
    digest, when it was taken here. `content` (12 signs) is the same while nobody changed anything but the hub its time.
    """

    version: int
    expires: datetime
    digest: str
    content: str
    taken_at: datetime
    in_use: bool
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a kept registry brought beside the one kept before it, by the paths of documents; all three empty where only
    signatures or keys of the registry itself changed."""

    copy: Copy
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


class RegistryCopy:
    """The registry under `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._current = directory / "current"
        self._copies = directory / "copies"
        self._notices = directory / "suspensions"
        self._denunciations = directory / "denunciations"
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
                held = self._held()
                loaded = self._taken(fetch, held, now)
                self._swap(loaded, held)
            except Exception as error:  # whatever it was, people see why; it is raised on
                self._note(error, now)
                raise
            self._failure.unlink(missing_ok=True)
        return self.snapshot(now)

    def snapshot(self, now: datetime) -> Snapshot:
        """The registry held, fresh or not, with all that is known here besides; raises where there is none."""
        return self.with_known(self.loaded(now).snapshot)

    def with_known(self, snapshot: Snapshot) -> Snapshot:
        """A snapshot with every suspension and denunciation known here."""
        return with_denunciations(with_notices(snapshot, self.notices()), self.denunciations())

    def known(self) -> tuple[str, ...]:
        """The names of what is known here besides: one more acts at once."""
        return tuple(sorted(path.name for kept in (self._notices, self._denunciations) for path in kept.glob("*.json")))

    def digest(self) -> str:
        """The first signs of the digest of the registry in use; "" before the first."""
        used = [one.digest for one in self.copies() if one.in_use]
        return used[0] if used else ""

    def loaded(self, now: datetime) -> Loaded:
        return reopen(self._files(), trusted_root=self._root(), now=now)

    def receive(self, raw: str | bytes, *, now: datetime, snapshot: Snapshot | None = None) -> Said:
        """Keep a suspension, its lifting or a denunciation that a party sent; it counts from now on. Raises else.

        `snapshot` where the registry is not this copy's, as in a demonstration.
        """
        said: Said = read_denunciation(raw) if typ_of(raw) == denouncing.TYP else read_notice(raw)
        check(said, snapshot or self.snapshot(now), now=now)
        self._keep(said)
        return said

    def notices(self) -> tuple[Notice, ...]:
        """Every suspension and lifting known here."""
        return tuple(_kept(self._notices, read_notice))

    def denunciations(self) -> tuple[SignedDenunciation, ...]:
        """Every denunciation known here."""
        return tuple(_kept(self._denunciations, read_denunciation))

    def alarm(self, now: datetime) -> Alarm | None:
        expires = self.loaded(now).snapshot.expires
        return None if now < expires else Alarm(expires, self.last_failure())

    def copies(self) -> tuple[Copy, ...]:
        """The copy in use and those kept beside it, the newest first."""
        used = self._current.readlink().name if self._current.is_symlink() else ""
        found = [copy for path in self._copies.glob("[!.]*") if (copy := _copy(path, used)) is not None]
        return tuple(sorted(found, key=lambda one: (one.taken_at, one.version), reverse=True))

    def oldest_fresh(self, now: datetime, *, skew: timedelta) -> int:
        """The oldest version of the registry (`Snapshot.version`) that anybody may still hold fresh: one that came in a
        copy whose 72 hours are over has taken the place of all before it. 0 where no copy says so.
        """
        over = [one.name for one in self.copies() if one.expires + skew <= now]
        return max((_snapshot_version(self._copies / name) for name in over), default=0)

    def history(self) -> tuple[Change, ...]:
        """The registries that were in use here, the newest first, as far back as they are kept (`MOST_KEPT`)."""
        found = []
        before: dict[str, str] = {}
        for copy in self._changes():
            held = _documents(self._copies / copy.name)
            found.append(
                Change(
                    copy,
                    tuple(sorted(held.keys() - before.keys())),
                    tuple(sorted(path for path in held.keys() & before.keys() if held[path] != before[path])),
                    tuple(sorted(before.keys() - held.keys())),
                )
            )
            before = held
        return tuple(reversed(found))

    def _changes(self) -> list[Copy]:
        """Of the copies at hand, the oldest first, those whose content is not that of the copy before."""
        changes: list[Copy] = []
        last = None
        for copy in reversed(self.copies()):
            if copy.content != last:
                changes.append(copy)
            last = copy.content
        return changes

    def last_failure(self) -> Text | None:
        """Why the last refresh failed, with its moment; None where it went well."""
        try:
            kept = json.loads(self._failure.read_bytes())
            return Text(es=f"{kept['at']}: {kept['es']}", en=f"{kept['at']}: {kept['en']}")
        except FileNotFoundError:
            return None

    def _taken(self, fetch: Fetch, held: Verified | None, now: datetime) -> Loaded:
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

    def _swap(self, loaded: Loaded, held: Verified | None) -> None:
        for said in (*loaded.notices, *loaded.denunciations):
            self._keep(said)
        stamp = loaded.verified.timestamp.signed
        digest, content = loaded.verified.digest[:12], content_digest(loaded.verified)[:12]
        name = f"{written(stamp.expires)}_{stamp.version}_{digest}_{content}"
        target = self._copies / name
        if not target.exists():
            fresh = self._copies / f".{name}.{os.getpid()}"
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(mode=PRIVATE, parents=True)
            same = {} if held is None else held.files
            link_files(fresh, loaded.verified.files, beside=self._current.resolve(), same=same)
            fresh.rename(target)
        link = self.directory / f".current.{os.getpid()}"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("copies") / name)
        before = self._current.readlink().name if self._current.is_symlink() else name
        link.replace(self._current)
        kept = {name, before, *(one.name for one in self._changes()[-MOST_KEPT:])}
        for path in self._copies.iterdir():
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)

    def _keep(self, said: Said) -> None:
        folder = self._notices if isinstance(said, Notice) else self._denunciations
        path = folder / f"{said.digest}.json"
        if not path.exists():
            write_file(path, said.document.as_json().encode())

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
    expires, version, digest, content = [*path.name.split("_"), "", "", "", ""][:4]
    until = read_moment(expires)
    try:
        taken_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    if until is None or not version.isdecimal():
        return None
    return Copy(int(version), until, digest, content or digest, taken_at, path.name == used, path.name)


def _snapshot_version(copy: Path) -> int:
    """0 for a copy that has just gone."""
    try:
        stamp = json.loads((copy / metadata_path(TIMESTAMP, 0)).read_bytes())
    except FileNotFoundError:
        return 0
    return int(stamp["signed"]["meta"]["snapshot.json"]["version"])


def content_digest(verified: Verified) -> str:
    """SHA-256 over all that people sign: documents, keys, delegations. The hub's renewals of time change nothing."""
    parts = {role: metadata.signed.version for role, metadata in verified.delegated.items() if role != AGREEMENTS}
    documents = {path: sha256(raw).hexdigest() for path, raw in verified.documents.items()}
    own = {"root": verified.root.signed.version, "targets": verified.targets.signed.version}
    return sha256(canonical({"documents": documents, "parts": parts, **own})).hexdigest()


def _documents(copy: Path) -> dict[str, str]:
    """Path of each document of a copy -> its digest, as the names of the files say."""
    root = copy / "targets"
    found = {}
    for file in root.rglob("*"):
        if file.is_file():
            digest, _, name = file.name.partition(".")
            found[(file.parent.relative_to(root) / name).as_posix()] = digest
    return found


def _kept(folder: Path, read: Callable[[bytes], SaidKind]) -> Iterator[SaidKind]:
    """What lies in a folder. What cannot be read stops decisions: it may be the one that forbids."""
    for path in sorted(folder.glob("*.json")):
        try:
            said = read(path.read_bytes())
        except InvalidInput as error:
            raise _damaged(path) from error
        if said.digest != path.stem:
            raise _damaged(path)
        yield said


def _damaged(path: Path) -> IntegrityFailure:
    return IntegrityFailure(
        Text(
            es="Un aviso de suspensión o de denuncia guardado está dañado.",
            en="A notice of suspension or denunciation kept here is damaged.",
        ),
        place=str(path),
        advice=Text(
            es="Pida de nuevo el aviso a la parte que lo dio y reponga el archivo.",
            en="Ask the party that gave it for the notice again and put the file back.",
        ),
        rule="F78",
    )
