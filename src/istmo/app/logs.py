"""What may a log line hold? An event's name, ids of ours, counts, rule ids and durations; never a value from a file.

    log = logger("submissions")
    log.info("submission_finished", submission=str(id), accepted=3120, seconds=1.4)

One JSON line an event. A key that is not in `ALLOWED` is an error everywhere: the processor refuses it rather than
leave to the reader what it may contain. Messages of other libraries (Django, granian) are kept to their
logger's name, level and the type of the error, because their text quotes addresses, queries and values.
"""

import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        # who says it
        "event",
        "level",
        "logger",
        "timestamp",
        # ids of ours
        "account",
        "brief",
        "cluster",
        "dataset",
        "edition",
        "month",
        "profile",
        "rule",
        "rules",
        "submission",
        "vintage",
        "version",
        # counts and durations
        "accepted",
        "bytes",
        "count",
        "files",
        "findings",
        "pid",
        "port",
        "quarantined",
        "read",
        "rejected",
        "rows",
        "seconds",
        # kinds from closed lists
        "error",
        "method",
        "role",
        "route",
        "state",
        "status",
    }
)


class ForbiddenKey(Exception):
    """A log line was about to carry a key that nobody has judged harmless. A bug of ours."""


def only_allowed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Refuse unknown keys, and values that are more than a number or a short word."""
    for key, value in event.items():
        if key not in ALLOWED:
            raise ForbiddenKey(f"a log line may not carry “{key}”")
        if not isinstance(value, bool | int | float | str | None) or (isinstance(value, str) and len(value) > 120):
            raise ForbiddenKey(f"“{key}” of a log line is neither a number nor a short word")
    return event


class _Foreign(logging.Formatter):
    """Lines of other libraries: name, level and type of error, without their text."""

    def __init__(self) -> None:
        super().__init__()
        self._render = structlog.processors.JSONRenderer()

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {"event": "library", "logger": record.name, "level": record.levelname.lower()}
        status = getattr(record, "status_code", None)
        if isinstance(status, int):
            event["status"] = status
        if record.exc_info and record.exc_info[0]:
            event["error"] = record.exc_info[0].__name__
        stamped = structlog.processors.TimeStamper(fmt="iso", utc=True)(None, "", event)
        return str(self._render(None, "", stamped))


def set_up_logs(*, level: str = "info", file: Path | None = None) -> None:
    """Write JSON lines to `file`, else to standard error."""
    number = logging.getLevelNamesMapping()[level.upper()]
    stream = file.open("a", encoding="utf-8") if file else sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Foreign())
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def logger(name: str) -> Any:
    return structlog.get_logger().bind(logger=name)
