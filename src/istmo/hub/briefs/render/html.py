"""How is the brief laid out as HTML? A fragment for the site's own frame, and a page that needs nothing else.

The fragment and the page work without JavaScript and without inline styles, so a strict content-security policy
holds. The engine is our own: the text is already written in its language, and the site's active language must
not change a byte.

    body(brief, "es", links=[Link("brief.es.pdf", "PDF")])     the fragment, safe to put into a template
    standalone(brief, "es", css=...)                           a whole page: fonts and styles inside, no outside request
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.template import Context, Engine
from django.utils.safestring import SafeString, mark_safe

from istmo.hub.briefs.render import charts, words
from istmo.hub.briefs.render.page import page, reasons
from istmo.statistics.brief.values import Brief

BRIEFS = Path(__file__).resolve().parent.parent
FONTS = Path(__file__).resolve().parent / "fonts"
STYLE = BRIEFS / "static" / "briefs" / "brief.css"
ORGANISATIONS_FILE = "organisations.csv"
ORGANISATIONS_TABLES = ("T7B", "T8", "T8B")


@dataclass(frozen=True, slots=True)
class Link:
    """A file that the reader can take along; `download` asks the browser to save it."""

    href: str
    label: str
    download: bool = False


def beside(brief: Brief, language: str) -> tuple[Link, ...]:
    """The files of the same folder, as `istmo brief --out` writes them."""
    other = "en" if language == "es" else "es"
    return (
        Link(f"brief.{language}.pdf", "PDF"),
        Link("brief.xlsx", "XLSX"),
        Link("observations.csv", "CSV"),
        *([Link(ORGANISATIONS_FILE, words.ORGANISATIONS_CSV.in_(language))] if reads_organisations(brief) else []),
        Link("brief.json", "JSON"),
        Link(f"brief.{other}.html", "English" if other == "en" else "Español"),
    )


def reads_organisations(brief: Brief) -> bool:
    """Whether tables of the brief come from what international organisations publish."""
    return any(table.id in ORGANISATIONS_TABLES and not table.missing for table in brief.tables)


def body(brief: Brief, language: str, *, links: Sequence[Link] = ()) -> SafeString:
    """The brief as a fragment: `<div class="brief">...</div>`."""
    return _rendered("briefs/body.html", brief, language, links=links)


def standalone(brief: Brief, language: str, *, css: str) -> str:
    """The brief as one file; `css` is the site style sheet, whose font files are replaced by ours in the page."""
    style = "\n".join((_font_faces(), without_outside_requests(css), STYLE.read_text("utf-8")))
    return str(_rendered("briefs/standalone.html", brief, language, links=beside(brief, language), css=style))


def without_outside_requests(css: str) -> str:
    """The style sheet without `@import`, `@font-face` and `url(...)` other than data in the sheet itself."""
    css = re.sub(r"@import[^;]*;", "", css)
    css = re.sub(r"@font-face\s*\{[^}]*\}", "", css)
    return re.sub(r"url\(\s*['\"]?(?!data:)[^)]*\)", "none", css)


def _rendered(template: str, brief: Brief, language: str, **context: object) -> SafeString:
    view = page(brief, language, size=charts.SCREEN)
    values = {
        "page": view,
        "steps": [step.in_(language) for step in words.HEAT_STEPS],
        "reasons": reasons(brief, language),
        **context,
    }
    text = _engine().get_template(template).render(Context(values, use_l10n=False, use_tz=False))
    return mark_safe(text)  # noqa: S308  every value was escaped by the engine; the drawings are made by charts.py, which escapes


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(BRIEFS / "templates")])


@cache
def _font_faces() -> str:
    faces = []
    for weight, name in ((400, "source-sans-3-latin-400-normal.woff2"), (600, "source-sans-3-latin-600-normal.woff2")):
        data = base64.b64encode((FONTS / name).read_bytes()).decode("ascii")
        faces.append(
            f'@font-face{{font-family:"Source Sans 3";font-weight:{weight};font-display:swap;'
            f'src:url(data:font/woff2;base64,{data}) format("woff2")}}'
        )
    return "\n".join(faces)
