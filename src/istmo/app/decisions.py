"""What `istmo decide` reads: the request of a file, and the registry to decide it under."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from istmo.app.exchange import Registry
from istmo.app.home import read_home
from istmo.app.settings import read_settings
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text
from istmo.registry.agreements.activation import activate
from istmo.registry.agreements.reading import read_file
from istmo.registry.agreements.validity import Missing, valid
from istmo.registry.demonstration import demonstration_snapshot
from istmo.registry.snapshot import Snapshot

SUFFIXES = (".yaml", ".yml", ".json")
_LARGEST = 1_000_000


def read_document(raw: bytes, *, name: str) -> dict[str, Any]:
    """A JSON object in which each key stands once; raises `InvalidInput` for anything else."""
    try:
        if len(raw) > _LARGEST:
            raise ValueError("too large")
        found = json.loads(raw, object_pairs_hook=_once, parse_constant=_not_json)
    except (ValueError, RecursionError) as exc:
        raise _unreadable(name) from exc
    if not isinstance(found, dict):
        raise _unreadable(name)
    return found


def snapshot_of(home: Path | None, now: datetime) -> Snapshot:
    """The registry held at a home; that of the demonstration where no home was given and there is none."""
    settings = read_settings(home=home)
    try:
        opened = read_home(settings)
    except NotFound:
        if home is not None:
            raise
        return demonstration_snapshot(now)
    return Registry(opened)()


def with_agreements(snapshot: Snapshot, folder: Path, now: datetime) -> tuple[Snapshot, tuple[Text, ...]]:
    """The registry with the agreements of a folder in place of its own, and why some of them do not count."""
    if not folder.is_dir():
        raise InvalidInput(Text(es="No es un directorio.", en="It is no directory."), place=str(folder), rule="F1")
    counted, unsigned = [], []
    for path in sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file()):
        found = valid(read_file(path.read_bytes(), name=path.name), snapshot.keys, now, name=path.name)
        if isinstance(found, Missing):
            parties = ", ".join(found.parties)
            unsigned.append(
                Text(es=f"{path.name}: falta la firma de {parties}.", en=f"{path.name}: {parties} have not signed.")
            )
        else:
            counted.append(found)
    made = activate(counted, snapshot.denunciations)
    refused = [
        Text(es=f"{id_}: {one.reason.es}", en=f"{id_}: {one.reason.en}")
        for id_, reasons in made.refused.items()
        for one in reasons
    ]
    changed = replace(snapshot, agreements=MappingProxyType(dict(made.active)))
    return changed, (*unsigned, *refused)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key twice")
    return made


def _not_json(_: str) -> Any:
    raise ValueError("no JSON")


def _unreadable(name: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es="La solicitud no se puede leer: es un objeto JSON con cada clave una sola vez.",
            en="The request cannot be read: it is a JSON object with each key once.",
        ),
        place=name,
        advice=Text(es="Vea la referencia de «istmo decide».", en="See the reference of “istmo decide”."),
        rule="F90",
    )
