"""Keep what is published in the register, and read it back.

register = held(["PAN.SNM.x/TRA_IRR/PERSON"])             the tables of some populations, with the head of the whole
keep(entries, party="PAN", rules=document, at=now)        in the transaction of the release
verify()                                                  every line, in order
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from istmo.installation.audit.models import EventKind, record
from istmo.installation.releases.models import ReleasedTable
from istmo.statistics.disclosure.register import (
    START,
    Published,
    Register,
    append_lines,
    digest_of,
    read_line,
    read_lines,
)

_LOCK = 0x7265676973  # one release at a time: the lines are a chain


def head() -> str:
    """The digest of the last line."""
    last = ReleasedTable.objects.order_by("-number").values_list("digest", flat=True).first()
    return last or START


def held(populations: Collection[str] | None = None, *, years: Collection[int] | None = None) -> Register:
    """The published tables, all or those of some populations (and years), in the order in which they were published."""
    rows = ReleasedTable.objects.order_by("number")
    if populations is not None:
        rows = rows.filter(population__in=list(populations))
    if years is not None:
        rows = rows.filter(year__in=list(years))
    entries = [read_line(row.line.encode(), place=str(row.number))[0] for row in rows]
    return Register(tuple(entries), head())


def verify() -> Register:
    """The whole register; raises IntegrityFailure with the number of a line that is not what was written."""
    lines = ReleasedTable.objects.order_by("number").values_list("line", flat=True)
    return read_lines("\n".join(lines).encode(), place="register")


def keep(
    entries: Sequence[Published],
    *,
    party: str,
    rules: Mapping[str, Any],
    at: datetime,
    proposed_by: Any = None,
    released_by: Any = None,
) -> str:
    """Enter the tables within the caller's transaction; gives the new head. Raises as `append_lines` does."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        register = held({entry.population for entry in entries})
        number = ReleasedTable.objects.count()
        for entry in entries:
            previous = register.head
            line, register = append_lines(register, [entry])
            number += 1
            ReleasedTable.objects.create(
                number=number,
                previous=previous,
                digest=register.head,
                line=line.decode().rstrip("\n"),
                population=entry.population,
                period=str(entry.span),
                year=entry.span.year,
                table=entry.table,
                release=entry.release,
                party=party,
                rules=dict(rules),
                rules_digest=entry.rules,
                at=at,
                proposed_by=proposed_by,
                released_by=released_by,
            )
        if entries:
            record(
                EventKind.TABLES_REGISTERED,
                at=at,
                account=released_by,
                object_type="vintage",
                object_id=entries[0].release,
                counts={"tables": len(entries)},
            )
    return register.head


def broken_at() -> int | None:
    """The number of the first line that is not what was written or does not follow the one before; None where none."""
    before = START
    rows = ReleasedTable.objects.order_by("number").values_list("number", "previous", "digest", "line")
    for place, (number, previous, digest, line) in enumerate(rows.iterator(chunk_size=100), start=1):
        if (number, previous, digest) != (place, before, digest_of(line.encode())):
            return place
        before = digest
    return None
