"""What an installation does for its registry now and then."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.registry.distribution.region import HUB, NOW, published, put_agreement, root_of
from tests.unit.registry.distribution.region import agreement as text

from istmo.app import registry_duties
from istmo.app.home import Role
from istmo.installation.registry_copy.copy import RegistryCopy
from istmo.installation.registry_copy.published import Published


def test_the_hub_itself_takes_what_was_published_without_waiting_for_the_hour(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hub:
        path, role = tmp_path, Role.HUB

    monkeypatch.setattr(registry_duties.keys, "registry_key", lambda path: HUB)
    assert registry_duties.registry_duties(Hub()) == ()  # type: ignore[arg-type]
    folder = tmp_path / "registry"
    store, copy = Published(folder / "published"), RegistryCopy(folder)
    store.change(lambda _: published())
    copy.install(root_of(store.files()))
    duties = {one.name: one for one in registry_duties.registry_duties(Hub())}  # type: ignore[arg-type]
    duties["registry"].act(NOW)
    assert copy.snapshot(NOW).version == 1
    store.change(lambda files: put_agreement(files, text(2), 2))
    store.publish(HUB, now=NOW)
    duties["registry_copy"].act(NOW + timedelta(minutes=2))
    assert copy.snapshot(NOW).version == 2
    assert duties["registry_copy"].every < duties["registry"].every
