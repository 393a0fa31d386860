"""What stays with those who release a table: true counts, true codes, witnesses, and what was lost.

Nothing of this leaves. `cells.csv` has a row a cell in the order of its number: the codes, the true count, and the true
code of CL_CONF_STATUS (`A` a small count, `D` withheld for its sake, `F` free). `moves.csv` are the witnesses: by how
much each moves which cell. `audit.json` says the rest.
"""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from istmo.model.csvtext import csv_bytes
from istmo.model.errors import IntegrityFailure
from istmo.model.text import Text
from istmo.statistics.disclosure.cube import Cube, Mask
from istmo.statistics.disclosure.protected import ProtectedTable
from istmo.statistics.disclosure.witness import Move

CELLS, MOVES, SUMMARY = "cells.csv", "moves.csv", "audit.json"
SMALL, BESIDE, FREE = "A", "D", "F"


@dataclass(frozen=True, eq=False)
class Truth:
    """What an audit folder says of each cell, flat: the true count and whether the rules protect it."""

    counts: np.ndarray
    secret: Mask


def audit_files(
    cube: Cube,
    table: ProtectedTable,
    *,
    secret: Mask,
    moves: Sequence[Move],
    told: Mapping[str, Any],
) -> dict[str, bytes]:
    """The files of `audit/`; `told` goes into `audit.json`."""
    at = np.unravel_index(np.arange(cube.counts.size), cube.shape)
    codes = {
        d.name: pl.Series(d.codes, dtype=pl.String).gather(np.asarray(i))
        for d, i in zip(cube.dimensions, at, strict=True)
    }
    small, hidden = pl.Series(secret.reshape(-1)), pl.Series(table.withheld.reshape(-1))
    marks = pl.DataFrame({"small": small, "hidden": hidden}).select(
        pl.when("small").then(pl.lit(SMALL)).when("hidden").then(pl.lit(BESIDE)).otherwise(pl.lit(FREE)).alias("code")
    )
    cells = pl.DataFrame(
        {
            "cell": np.arange(cube.counts.size),
            **codes,
            "n": cube.counts.reshape(-1),
            "value": pl.DataFrame({"v": table.values.reshape(-1), "hidden": hidden}).select(
                pl.when("hidden").then(None).otherwise("v").alias("value")
            )["value"],
            "CONF_STATUS": marks["code"],
        }
    )
    sizes = [len(move.cells) for move in moves]
    witnesses = pl.DataFrame(
        {
            "move": np.repeat(np.arange(len(moves)), sizes),
            "cell": _joined([move.cells for move in moves]),
            "change": _joined([move.changes for move in moves]),
        }
    )
    document = {**told, "loss": loss(cube, table)}
    return {
        CELLS: csv_bytes(cells),
        MOVES: csv_bytes(witnesses),
        SUMMARY: (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode(),
    }


def digest_of(files: Mapping[str, bytes], salt: bytes) -> str:
    """The salted digest of witnesses and true counts: who has no salt cannot try guesses against it."""
    told = hashlib.sha256(salt)
    for name in (CELLS, MOVES):
        told.update(hashlib.sha256(files[name]).digest())
    return told.hexdigest()


def loss(cube: Cube, table: ProtectedTable) -> dict[str, Any]:
    """What the published table lacks, for the releasers."""
    counts, shown = cube.counts, ~table.withheld
    leaf = table.is_leaf()
    persons = int(counts[leaf].sum())
    differences = np.abs(table.values - counts)[shown]
    return {
        "cells": int(counts.size),
        "cells_not_zero": int((counts > 0).sum()),
        "cells_withheld": int(table.withheld.sum()),
        "persons": persons,
        "persons_in_published_detail": int(counts[leaf & shown].sum()),
        "mean_absolute_difference": round(float(differences.mean()), 4) if differences.size else None,
        "greatest_difference": int(differences.max()) if differences.size else None,
        "by_dimension": {
            d.name: [
                {
                    "code": code,
                    "cells_withheld": int(np.take(table.withheld, at, axis=axis).sum()),
                    "cells_not_zero": int((np.take(counts, at, axis=axis) > 0).sum()),
                }
                for at, code in enumerate(d.codes)
            ]
            for axis, d in enumerate(cube.dimensions)
        },
    }


def read_truth(cells: bytes, *, place: str) -> Truth:
    """The truth of a `cells.csv`; raises IntegrityFailure (F121 is of the register, this is F116's proof)."""
    try:
        frame = pl.read_csv(io.BytesIO(cells), infer_schema=False)
        counts = frame["n"].cast(pl.Int64).to_numpy()
        secret = (frame["CONF_STATUS"] == SMALL).to_numpy()
    except (pl.exceptions.PolarsError, ValueError) as exc:
        raise IntegrityFailure(
            Text(es="La carpeta audit no es la que se escribió.", en="The folder audit is not what was written."),
            place=place,
            rule="F116",
        ) from exc
    return Truth(counts, secret)


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
