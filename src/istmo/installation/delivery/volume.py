"""How many messages may still go under an agreement? Counted in the transaction that stores the message."""

from datetime import UTC, datetime

from django.db import connection

from istmo.registry.agreements.record import CapPeriod, VolumeCap


def count(agreement: str, direction: str, peer: str, cap: VolumeCap, *, at: datetime) -> bool:
    """Count one message more, in the caller's transaction; False where the cap is reached, and nothing is counted."""
    if cap.count < 1:
        return False
    day = at.astimezone(UTC).date().isoformat()
    period = day if cap.per is CapPeriod.DAY else day[:7]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO delivery_volume AS held (agreement, direction, peer, period, count) VALUES (%s, %s, %s, %s, 1)"
            " ON CONFLICT (agreement, direction, peer, period) DO UPDATE SET count = held.count + 1"
            " WHERE held.count < %s RETURNING held.count",
            [agreement, direction, peer, period, cap.count],
        )
        return cursor.fetchone() is not None
