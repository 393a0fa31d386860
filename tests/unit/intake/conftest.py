"""Reads a small file, given as text, by a small profile, given as YAML."""

import io
from collections.abc import Callable

import pytest

from istmo.intake.profiles import read_profile
from istmo.intake.result import Intake
from istmo.intake.run import intake

Read = Callable[..., Intake]


@pytest.fixture(scope="session")
def read() -> Read:
    def read_text(text: str, profile: str, *, encoding: str = "utf-8", **parameters: str) -> Intake:
        return intake(
            io.BytesIO(text.encode(encoding)),
            filename="file.csv",
            profile=read_profile(profile.encode(), name="profile.yaml"),
            parameters=parameters,
        )

    return read_text
