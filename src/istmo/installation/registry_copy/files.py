"""Directories of files as values, and files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, flock
from pathlib import Path

from istmo.registry.distribution.layout import Files

PRIVATE = 0o700


def read_files(directory: Path) -> dict[str, bytes]:
    """Every file below a directory by its path; those on their way (hidden names) left out."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def write_file(path: Path, raw: bytes) -> None:
    """Replace a file by rename, so that a reader, or a power cut, finds the old one or the new one."""
    path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name[-80:]}.{os.getpid()}")
    try:
        with fresh.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()


def write_files(directory: Path, files: Files) -> None:
    for path, raw in files.items():
        write_file(directory / path, raw)


def link_files(directory: Path, files: Files, *, beside: Path, same: Files) -> None:
    """Write files; one that lies `beside` with the very bytes of `same`, which were verified, is linked instead."""
    for path, raw in files.items():
        target = directory / path
        if same.get(path) == raw:
            target.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            try:
                os.link(beside / path, target)
                continue
            except OSError:  # another file system, or one that knows no links
                pass
        write_file(target, raw)


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """One process at a time changes what lies in the directory."""
    directory.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    with (directory / ".lock").open("wb") as lock:
        flock(lock, LOCK_EX)
        yield
