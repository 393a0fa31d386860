"""Which files make a brief, and in what order are they made? Their bytes depend on the brief alone.

    files = render_all(brief, css=..., observations=frame)
    files["brief.es.pdf"], files["brief.xlsx"], files["observations.csv"]

Nothing here reads the clock, the time zone, the locale or the order of a set: two machines with the same lock
make the same bytes, which is why a published brief can be made again from its recorded inputs.
"""

import hashlib
from collections.abc import Mapping, Sequence

import polars as pl

from istmo.hub.briefs.render.csv import observations_csv
from istmo.hub.briefs.render.html import ORGANISATIONS_FILE, standalone
from istmo.hub.briefs.render.json import brief_json
from istmo.hub.briefs.render.pdf import pdf
from istmo.hub.briefs.render.xlsx import xlsx
from istmo.model.text import LANGUAGES
from istmo.statistics.brief.values import Brief
from istmo.statistics.selection import by_organisations, of_states

MEDIA_TYPES = {
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def render_all(
    brief: Brief, *, css: str, observations: pl.DataFrame, languages: Sequence[str] = LANGUAGES
) -> dict[str, bytes]:
    """Every file of the brief by its name; `css` is the site's style sheet, for the pages that stand alone.

    What international organisations published stands in a file of its own, which is there when they published anything.
    """
    files = {"brief.json": brief_json(brief)}
    for language in languages:
        files[f"brief.{language}.html"] = standalone(brief, language, css=css).encode()
        files[f"brief.{language}.pdf"] = pdf(brief, language)
    files["brief.xlsx"] = xlsx(brief)
    files["observations.csv"] = observations_csv(of_states(observations))
    apart = observations.filter(by_organisations())
    if apart.height:
        files[ORGANISATIONS_FILE] = observations_csv(apart)
    return files


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each file, by name."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}


def media_type(name: str) -> str:
    """The media type of a file of the brief."""
    return MEDIA_TYPES[name.rsplit(".", 1)[-1]]
