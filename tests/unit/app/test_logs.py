"""Logs hold ids, counts and durations, and nothing that came out of a file."""

import json
import logging
from pathlib import Path

import pytest

from istmo.app.logs import ForbiddenKey, logger, set_up_logs


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    file = tmp_path / "istmo.log"
    set_up_logs(level="info", file=file)
    return file


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_an_event_is_one_json_line_with_its_ids_and_counts(log_file: Path) -> None:
    logger("submissions").info("submission_finished", submission="4711", accepted=3120, seconds=1.4)
    (line,) = lines(log_file)
    assert line.pop("timestamp")
    assert line == {
        "event": "submission_finished",
        "level": "info",
        "logger": "submissions",
        "submission": "4711",
        "accepted": 3120,
        "seconds": 1.4,
    }


@pytest.mark.parametrize(
    "key", ["label", "value", "name", "filename", "nationality", "message", "citizenship", "query"]
)
def test_a_key_that_could_carry_data_is_refused(log_file: Path, key: str) -> None:
    with pytest.raises(ForbiddenKey, match=key):
        logger("x").info("something", **{key: "Venezuela"})
    assert lines(log_file) == []


@pytest.mark.parametrize("value", [["Venezuela"], {"VEN": 62700}, "x" * 121, b"bytes"])
def test_an_allowed_key_cannot_smuggle_a_value(log_file: Path, value: object) -> None:
    with pytest.raises(ForbiddenKey, match="rows"):
        logger("x").info("something", rows=value)
    assert lines(log_file) == []


def test_the_text_of_other_libraries_is_left_out(log_file: Path) -> None:
    try:
        raise ValueError("Venezuela 62700")
    except ValueError:
        logging.getLogger("another.library").exception("Internal Server Error: /es/Venezuela")
    (line,) = lines(log_file)
    assert "Venezuela" not in json.dumps(line)
    assert (line["logger"], line["level"], line["error"]) == ("another.library", "error", "ValueError")
