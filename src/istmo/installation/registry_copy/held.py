"""The registry that this installation holds, as pages show it. `istmo.app` hands it over (`ISTMO_REGISTRY_HELD`)."""

from collections.abc import Mapping
from typing import Protocol

from django.conf import settings

from istmo.installation.registry_copy.copy import Change, Copy
from istmo.model.text import Text
from istmo.registry.agreements.register import Entry
from istmo.registry.distribution.listing import Listed
from istmo.registry.reference import Compared
from istmo.registry.snapshot import Snapshot


class Held(Protocol):
    """Calling it gives what decisions read; raises `NotFound` where there is no registry yet."""

    def __call__(self) -> Snapshot: ...

    def documents(self) -> Mapping[str, bytes]:
        """The documents behind the snapshot by their path in the registry."""

    def agreements(self) -> tuple[Entry, ...]:
        """Every agreement among them, also those that do not count."""

    def listed(self) -> Mapping[str, Listed]:
        """Who signed each of them, and since when it is as it is; empty for a registry that was not fetched."""

    def compared(self) -> tuple[Compared, ...]:
        """The code lists and rules of this program beside those of the registry."""

    def copies(self) -> tuple[Copy, ...]:
        """The registries that were taken and are still kept."""

    def history(self) -> tuple[Change, ...]:
        """What each registry that was in use here brought, the newest first."""

    def last_failure(self) -> Text | None:
        """Why the last refresh failed; None where it went well."""


def held_registry() -> Held:
    held: Held = settings.ISTMO_REGISTRY_HELD
    return held
