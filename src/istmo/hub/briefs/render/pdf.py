"""How is the brief set on paper? As PDF/UA-1 by typst: tagged, titled, in its language, with our own font and no
system's.

The layout is `brief.typ`; what it lays out arrives as JSON and is never read as markup, so no label or analysis
can change the document's structure. The date in the file is the edition's, so the same brief gives the same
bytes on any day.
"""

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

import typst

from istmo.hub.briefs.render import charts, words
from istmo.hub.briefs.render.colours import REPORTERS
from istmo.hub.briefs.render.page import page, reasons
from istmo.statistics.brief.values import Brief

HERE = Path(__file__).resolve().parent


def pdf(brief: Brief, language: str) -> bytes:
    """The PDF in `language`."""
    view = page(brief, language, size=charts.PAPER)
    dated = brief.edition.published or brief.edition.cut_off
    values = asdict(view) | {
        "number": brief.edition.number,
        "date": [dated.year, dated.month, dated.day],
        "steps": [step.in_(language) for step in words.HEAT_STEPS],
        "reasons": reasons(brief, language),
    }
    made = typst.compile(
        _layout(),
        root=str(HERE),
        font_paths=[str(HERE / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"page": json.dumps(values, ensure_ascii=False), "colours": json.dumps(dict(REPORTERS))},
        pdf_standards=["ua-1"],
    )
    assert isinstance(made, bytes)
    return made


@cache
def _layout() -> bytes:
    return (HERE / "brief.typ").read_bytes()
