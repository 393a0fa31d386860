"""A dataset that is protected, for the tests: an invented month of a ministry, its node's key, and the people there."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from istmo.installation.accounts.models import User
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.observations.models import Vintage
from istmo.installation.submissions.submit import submit_read
from istmo.intake.profiles import builtin_profiles
from istmo.intake.run import intake
from istmo.node.release import releasing
from istmo.registry import datasets as registry
from istmo.registry.datasets import Dataset

AT = datetime(2023, 9, 14, 15, tzinfo=UTC)
DATASET = "HND.INM.gdi_nat"
SECRET = bytes(range(32))
AUGUST = {"HTI": 120, "CUB": 40, "VEN": 500, "SOM": 60, "KEN": 9, "ERI": 2, "IND": 3, "NPL": 2, "STL": 2}


def protect(monkeypatch: pytest.MonkeyPatch, settings: Any, **changes: Any) -> Dataset:
    """From now on the dataset is not public at its source and leaves under the rules of headline tables."""
    held = registry._registry()
    made = replace(held.datasets[DATASET], **{"public_at_source": False, "protection": "headline-flows", **changes})
    known = MappingProxyType({**held.datasets, DATASET: made})
    monkeypatch.setattr(registry, "_registry", lambda: replace(held, datasets=known))
    settings.ISTMO_DISCLOSURE_KEY = SECRET
    return made


def people() -> dict[str, User]:
    return {
        name: User.objects.create_user(name, full_name=f"{name.title()} Ejemplo", role=role, password=None)
        for name, role in (
            ("eli", AccountRole.STATISTICIAN),
            ("ana", AccountRole.ANALYST),
            ("pio", AccountRole.APPROVER),
            ("lea", AccountRole.READER),
        )
    }


def file_of(counts: dict[str, int], month: str = "2023-08") -> bytes:
    return ("t,nat,n\n" + "".join(f"{month}-01,{code},{n}\n" for code, n in counts.items())).encode()


def load(counts: dict[str, int], account: User, *, month: str = "2023-08", on: date = date(2023, 9, 14)) -> Any:
    """The submission of the ministry's file at its node."""
    read = intake(
        io.BytesIO(file_of(counts, month)),
        filename=f"honduras_{month}.csv",
        profile=builtin_profiles()[DATASET],
        parameters={},
    )
    return submit_read(read, size=1, account=account, on=on, received_at=AT)


@contextmanager
def node(settings: Any) -> Iterator[None]:
    """What happens inside is the node's: nothing of it is in the database afterwards, which is the hub's again."""
    with transaction.atomic():
        settings.ISTMO_NODE_OF = "HND"
        yield
        settings.ISTMO_NODE_OF = ""
        transaction.set_rollback(True)


class Outbox:
    def __init__(self) -> None:
        self.posted: list[bytes] = []

    def __call__(self, payload: bytes, dataset_id: str, at: datetime) -> UUID:
        self.posted.append(payload)
        return uuid4()


def sent(vintage: Vintage, who: dict[str, User], outbox: Outbox, *, at: datetime = AT) -> bytes:
    """Proposed by one, released by another."""
    proposed = releasing.propose(vintage, account=who["eli"], at=at)
    releasing.release(proposed, account=who["pio"], at=at, post=outbox)
    return outbox.posted[-1]
