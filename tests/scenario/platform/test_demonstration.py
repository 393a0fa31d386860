"""The demonstration comes about by the ordinary steps, once, and can be started again."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from istmo.app.demonstration import files
from istmo.app.demonstration_loading import PEOPLE, load
from istmo.app.home import Home
from istmo.model.errors import IntegrityFailure
from istmo.model.periods import month

ROOT = Path(__file__).resolve().parents[3]
MAKE = """
import json, sys
from pathlib import Path
from istmo.app.demonstration_loading import make
from istmo.app.home import open_home
from istmo.app.settings import Settings

settings = Settings(home=Path(sys.argv[1]) / "home", data_dir=Path(sys.argv[1]) / "data", log_level="error")
said = []
make(settings, month="2023-08", say=said.append)
with open_home(settings) as home:
    from istmo.hub.briefs.models import BriefEdition, PublishedFile, Transition
    from istmo.installation.accounts.models import User
    from istmo.installation.audit.models import Event
    from istmo.installation.observations.models import Vintage
    from istmo.installation.submissions.models import Submission

    print(json.dumps({
        "lines": len(said),
        "accounts": sorted(User.objects.values_list("username", "role")),
        "submissions": sorted(Submission.objects.values_list("filename", flat=True)),
        "without_vintage": Submission.objects.filter(vintage=None).count(),
        "vintages": Vintage.objects.count(),
        "events": Event.objects.count(),
        "editions": list(BriefEdition.objects.values_list("month", "number", "state", "demonstration")),
        "steps": list(Transition.objects.order_by("id").values_list("target", "account__username")),
        "files": sorted(PublishedFile.objects.values_list("name", flat=True)),
        "brief": bytes(PublishedFile.objects.get(name="brief.json").content).decode(),
    }))
"""


@pytest.fixture(scope="module")
def runs() -> Iterator[list[dict[str, object]]]:
    """What is there after the first and after the second start."""
    directory = Path(tempfile.mkdtemp(prefix="istmo-demo-"))
    directory.chmod(0o755)
    made = []
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-c", MAKE, directory],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )
        assert run.returncode == 0, run.stderr
        made.append(json.loads(run.stdout))
    yield made
    shutil.rmtree(directory)


def test_every_file_of_the_region_is_a_submission_with_its_vintage(runs: list[dict[str, object]]) -> None:
    assert runs[0]["submissions"] == sorted(file.name for file in files())
    assert runs[0]["without_vintage"] == 0
    assert runs[0]["vintages"] == len(files())


def test_two_named_people_take_the_brief_to_published(runs: list[dict[str, object]]) -> None:
    assert runs[0]["accounts"] == sorted([person.username, person.role] for person in PEOPLE)
    assert runs[0]["editions"] == [["2023-08", 1, "PUBLISHED", True]]
    assert runs[0]["steps"] == [["ANALYSED", "analista"], ["APPROVED", "aprobador"], ["PUBLISHED", "aprobador"]]


def test_the_published_brief_holds_the_months_figures(runs: list[dict[str, object]]) -> None:
    brief = str(runs[0]["brief"])
    for figure in ("81946", "65526", "82376", "232963"):
        assert figure in brief
    assert {"brief.es.pdf", "brief.en.html", "brief.xlsx", "observations.csv"} <= set(map(str, runs[0]["files"]))  # type: ignore[call-overload]


def test_a_second_start_does_nothing_twice(runs: list[dict[str, object]]) -> None:
    first, second = ({name: value for name, value in run.items() if name != "lines"} for run in runs)
    assert first == second
    assert runs[1]["lines"] == 2


def test_the_demonstration_is_not_loaded_into_a_real_installation(installation: Home) -> None:
    import dataclasses

    with pytest.raises(IntegrityFailure, match="only into a demonstration"):
        load(dataclasses.replace(installation, demonstration=False), month=month(2023, 8), progress=lambda step: None)
