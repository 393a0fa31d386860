"""What leaves of a vintage whose dataset is protected, and what of it must those see who release it (R24, R27)?

made = protected(vintage, at=now)                        the rows that may leave and the tables that are new
draft(proposed, made, at=now)                            kept with the proposal: whoever releases sees the same
confirmed(proposed, at=now, by=...)                      made again at the release, and refused if it has changed

The secret of the node decides the rounding; it stays here. The hash of the file does too: whoever guesses a withheld
count could prove the guess with it. What is sent in its place is keyed with the secret.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl
from django.conf import settings

from istmo.exchange.submission import Submission
from istmo.installation.observations.models import Vintage
from istmo.installation.observations.store import whole_vintage
from istmo.installation.releases.checking import mirrors_of, tied
from istmo.installation.releases.facts import external_facts
from istmo.installation.releases.keeping import held
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text
from istmo.node.release.models import Protection, Release
from istmo.registry.datasets import Dataset, datasets
from istmo.statistics.disclosure.register import START, Published, write_line
from istmo.statistics.disclosure.rules import Rules, region_rules
from istmo.statistics.disclosure.vintage import Context, ProtectedVintage, population, protect_vintage


def rules_of(dataset: Dataset) -> Rules:
    """The rules under which a dataset leaves."""
    try:
        return region_rules()[dataset.protection]
    except KeyError:
        raise NotFound(
            Text(
                es=f"El registro no tiene las reglas «{dataset.protection}».",
                en=f"The registry has no rules “{dataset.protection}”.",
            ),
            place=dataset.id,
            rule="F110",
        ) from None


def protected(vintage: Vintage, *, at: datetime, by: tuple[str, ...] = ()) -> ProtectedVintage:
    """The vintage as it may leave; raises InvalidInput where nothing of it may."""
    dataset = datasets()[vintage.dataset_id]
    mirrors = mirrors_of()
    populations = tied(_own(vintage), mirrors)
    context = Context(
        rules=rules_of(dataset),
        secret=settings.ISTMO_DISCLOSURE_KEY,
        release=vintage.name,
        at=at,
        by=by,
        mirrors=mirrors,
        facts=external_facts(populations),
    )
    made = protect_vintage(whole_vintage(vintage), dataset, held(populations), context)
    return replace(made, frame=made.frame.with_columns(pl.lit(source_hash(vintage)).alias("SOURCE_HASH")))


def source_hash(vintage: Vintage) -> str:
    """What stands for the hash of the file outside the node; the same file has the same."""
    return hashlib.blake2b(
        vintage.source_hash.encode(), key=settings.ISTMO_DISCLOSURE_KEY, person=b"source hash", digest_size=32
    ).hexdigest()


def draft(proposed: Release, made: ProtectedVintage, *, at: datetime) -> Protection:
    """Keep with the proposal what would leave."""
    return Protection.objects.create(
        release=proposed,
        digest=_digest(made),
        rules=rules_of(datasets()[proposed.vintage.dataset_id]).as_json(),
        told=[one.as_json() for one in made.told],
        rows=made.frame.height,
        parquet=_written(made.frame),
        at=at,
    )


def confirmed(proposed: Release, *, at: datetime, by: tuple[str, ...]) -> ProtectedVintage:
    """The same, made again; raises InvalidInput where something was published since that changes it."""
    made = protected(proposed.vintage, at=at, by=by)
    if _digest(made) != proposed.protection.digest:
        raise InvalidInput(
            Text(
                "Desde la propuesta se publicó algo que cambia lo que se puede mostrar.",
                "Since it was proposed, something was published that changes what can be shown.",
            ),
            advice=Text("Retire la propuesta y hágala de nuevo.", "Drop the proposal and make it again."),
            rule="F51",
        )
    return made


def sent(released: Release) -> Submission:
    """What left with a release, or leaves: the rows kept with the proposal, and its tables in the register."""
    vintage, kept = released.vintage, released.protection
    entries = [one for one in held(_own(vintage)).entries if one.release == vintage.name]
    return Submission(
        frame=pl.read_parquet(bytes(kept.parquet)),
        profile_hash=vintage.profile_hash,
        parameters=vintage.parameters,
        source_name=vintage.source_name,
        counts={"read": kept.rows, "accepted": kept.rows, "quarantined": 0, "rejected": 0},
        protection=lines(entries),
    )


def _own(vintage: Vintage) -> frozenset[str]:
    dataset = datasets()[vintage.dataset_id]
    return frozenset(population(dataset.id, measure, dataset.unit) for measure in dataset.measures)


def _written(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_parquet(stream)
    return stream.getvalue()


def lines(entries: Sequence[Published]) -> tuple[str, ...]:
    """The tables as they travel: without who released them, outside any chain."""
    return tuple(write_line(replace(entry, by=()), previous=START).decode() for entry in entries)


def _digest(made: ProtectedVintage) -> str:
    """Of what would be seen: neither who nor when."""
    epoch = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    written = lines([replace(entry, at=epoch) for entry in made.entries])
    rows = made.frame.drop("VINTAGE").write_csv()
    return hashlib.sha256("\n".join([*written, rows]).encode()).hexdigest()
