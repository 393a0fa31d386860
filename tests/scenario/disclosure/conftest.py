from typing import Any

import pytest


class Settings:
    """Django's settings, as they were again after the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.__dict__["_monkeypatch"] = monkeypatch

    def __setattr__(self, name: str, value: Any) -> None:
        from django.conf import settings

        self._monkeypatch.setattr(settings, name, value, raising=False)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    return Settings(monkeypatch)
