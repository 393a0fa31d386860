"""What is done in the process that looks at a stranger's file: its draft, and the profiles that fit it already.

Knows neither Django nor the database: it runs in the sandbox's process (`istmo.installation.submissions.sandbox`).
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any


def suggest(request: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    """The draft of the file as JSON, and the ids of the profiles that fit it."""
    from istmo.installation.submissions.reading import profiles_with
    from istmo.intake.recognise import fitting
    from istmo.intake.suggesting import drafting
    from istmo.intake.suggesting.storing import to_json

    path, filename = Path(request["path"]), request["filename"]
    with path.open("rb") as stream:
        draft = drafting.suggest(stream, filename=filename, on=date.fromisoformat(request["on"]))
    with path.open("rb") as stream:
        fits = fitting(stream, filename=filename, profiles=profiles_with(request["installed"]))
    return {"draft": to_json(draft), "fits": [fit.profile.id for fit in fits]}
