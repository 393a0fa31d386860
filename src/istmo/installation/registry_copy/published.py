"""The registry that the hub publishes: a directory of files, changed by whole registries only.

    published = Published(home / "registry" / "published")
    published.renew(hub_key, now=now)       # every hour, by the worker

New files are written first and the timestamp last, so that whoever fetches in between gets the registry before.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from istmo.installation.registry_copy.files import alone, read_files, write_files
from istmo.registry.distribution import making
from istmo.registry.distribution.layout import TIMESTAMP, Files, metadata_path
from istmo.registry.keys import PrivateKey

SERVED = ("metadata", "targets")


class Published:
    """The registry under `directory`, with its drafts."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def files(self) -> Files:
        return read_files(self.directory)

    def change(self, edit: Callable[[Files], Files]) -> Files:
        """Edit the files and write what became of them, alone; an `edit` that raises changes nothing."""
        with alone(self.directory):
            before = self.files()
            after = edit(before)
            self._write(before, after)
        return after

    def publish(self, hub: PrivateKey, *, now: datetime) -> Files:
        """Take up the drafts that are complete."""
        return self.change(lambda files: making.publish(files, hub, now=now))

    def renew(self, hub: PrivateKey, *, now: datetime) -> Files:
        """Say once more that what is published is current: once an hour."""
        return self.change(lambda files: making.renew(files, hub, now=now))

    def served(self, path: str) -> bytes | None:
        """A file that installations may fetch; None for any other."""
        directory, _, name = path.partition("/")
        if "\0" in path:
            return None
        file = (self.directory / path).resolve()
        inside = file.is_relative_to(self.directory.resolve() / directory) and directory in SERVED
        return file.read_bytes() if inside and name and file.is_file() and not file.name.startswith(".") else None

    def _write(self, before: Files, after: Files) -> None:
        last = metadata_path(TIMESTAMP, 0)
        new = {path: raw for path, raw in after.items() if before.get(path) != raw}
        write_files(self.directory, {path: raw for path, raw in new.items() if path != last})
        if last in new:
            write_files(self.directory, {last: new[last]})
        for path in before.keys() - after.keys():
            (self.directory / path).unlink(missing_ok=True)
