"""Moments in documents of the registry: UTC, `YYYY-MM-DDTHH:MM:SSZ`."""

from datetime import UTC, datetime

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_FORM)


def read_moment(text: object) -> datetime | None:
    """None for what is not written in this very form."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.strptime(text, _FORM).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if written(moment) == text else None
