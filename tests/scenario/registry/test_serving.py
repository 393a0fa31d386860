"""The hub's listener serves the published registry to GET and HEAD, with an ETag, and nothing else of the home."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.registry.distribution.region import NOW, published, root_of

from istmo.installation.registry_copy.copy import RegistryCopy
from istmo.installation.registry_copy.published import Published

TIMESTAMP = "/registry/metadata/timestamp.json"


@pytest.fixture
def hub(tmp_path: Path, installation: object) -> Iterator[Published]:
    from django.test import override_settings

    store = Published(tmp_path / "published")
    store.change(lambda _: published())
    with override_settings(ROOT_URLCONF="istmo.api.urls", MIDDLEWARE=[], ISTMO_REGISTRY=store.directory):
        yield store


def test_an_installation_copies_what_the_listener_serves(hub: Published, client: Any, tmp_path: Path) -> None:
    from urllib.parse import quote

    def fetch(path: str, limit: int) -> bytes | None:
        response = client.get(f"/registry/{quote(path)}")
        return bytes(response.content) if response.status_code == 200 else None

    copy = RegistryCopy(tmp_path / "node")
    copy.install(root_of(hub.files()))
    assert copy.refresh(fetch, now=NOW).version == 1


def test_a_file_that_is_known_is_not_sent_again(hub: Published, client: Any) -> None:
    first = client.get(TIMESTAMP)
    assert first.status_code == 200
    assert first["Cache-Control"] == "no-cache"
    again = client.get(TIMESTAMP, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "immutable" in client.get("/registry/metadata/1.root.json")["Cache-Control"]


def test_nothing_but_files_of_the_registry_is_served_and_nothing_is_written(hub: Published, client: Any) -> None:
    (hub.directory / "drafts").mkdir()
    (hub.directory / "drafts" / "PAN.json").write_bytes(b"{}")
    for path in (
        "drafts/PAN.json",
        "metadata/../drafts/PAN.json",
        "metadata/%2e%2e/drafts/PAN.json",
        ".lock",
        "metadata/",
    ):
        assert client.get(f"/registry/{path}").status_code == 404, path
    for method in (client.post, client.put, client.delete, client.patch):
        assert method(TIMESTAMP).status_code == 405
    assert client.head(TIMESTAMP).status_code == 200


def test_a_node_serves_no_registry(hub: Published, client: Any) -> None:
    from django.test import override_settings

    with override_settings(ISTMO_REGISTRY=None):
        assert client.get(TIMESTAMP).status_code == 404
