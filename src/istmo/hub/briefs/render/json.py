"""What does a machine read? `brief.json`: every table with its cells, and all that the figures must travel with.

A cell is `{"id", "kind", "value", "status", "caveats"}`; `value` is null where there is none, and `status` says
why. Texts are `{"es", "en"}`. The keys keep their order and nothing in the file depends on the day or the
machine.
"""

import json
from collections.abc import Iterable

from istmo.hub.briefs.render import words
from istmo.hub.briefs.render.page import address, citation
from istmo.model.text import LANGUAGES, Text
from istmo.statistics.brief.values import Brief, BriefState, Cell, Chart, Edition, Table

FORMAT = "istmo-brief-1"


def brief_json(brief: Brief) -> bytes:
    """The brief as UTF-8 JSON, indented by one space."""
    return (json.dumps(as_json(brief), ensure_ascii=False, indent=1) + "\n").encode()


def as_json(brief: Brief) -> dict[str, object]:
    """The brief as plain values."""
    return {
        "format": FORMAT,
        "title": brief.title.as_json(),
        "lead": brief.lead.as_json(),
        "marks": _marks(brief.edition),
        "edition": _edition(brief.edition),
        "address": {language: address(brief, language) for language in LANGUAGES},
        "citation": {language: citation(brief, language) for language in LANGUAGES},
        "coverage": {
            "members": brief.members,
            "reported": list(brief.reported),
            "other_measure": list(brief.other_measure),
            "silent": list(brief.silent),
            "text": brief.coverage.as_json(),
        },
        "sentences": [
            {"text": sentence.text.as_json(), "detail": _text(sentence.detail), "cells": list(sentence.cells)}
            for sentence in brief.sentences
        ],
        "tables": [_table(table) for table in brief.tables],
        "charts": [_chart(chart) for chart in brief.charts],
        "comparability": [
            {
                "first": pair.first,
                "second": pair.second,
                "first_measure": pair.first_measure,
                "second_measure": pair.second_measure,
                "level": pair.level,
                "name": pair.name.as_json(),
                "reason": pair.reason.as_json(),
            }
            for pair in brief.comparability
        ],
        "methods": [{"name": name.as_json(), "text": text.as_json()} for name, text in brief.methods],
        "legend": [{"sign": sign, "meaning": meaning.as_json()} for sign, meaning in brief.legend],
        "revisions": [
            {
                "dataset": change.dataset,
                "period": change.period,
                "cell": change.cell.as_json(),
                "before": change.before,
                "after": change.after,
                "vintage_before": change.vintage_before,
                "vintage_after": change.vintage_after,
            }
            for change in brief.revisions
        ],
        "vintages": [
            {
                "dataset": used.dataset,
                "vintage": used.vintage,
                "source_hash": used.source_hash,
                "profile": used.profile,
                "received": used.received.isoformat(),
            }
            for used in brief.vintages
        ],
        "findings": list(brief.findings),
    }


def _marks(edition: Edition) -> list[dict[str, str]]:
    marks = []
    if edition.demonstration:
        marks.append(words.DEMONSTRATION.as_json())
    if edition.state is not BriefState.PUBLISHED:
        marks.append(words.DRAFT.as_json())
    return marks


def _edition(edition: Edition) -> dict[str, object]:
    return {
        "month": str(edition.month),
        "number": edition.number,
        "state": edition.state.value,
        "preliminary": edition.preliminary,
        "demonstration": edition.demonstration,
        "cut_off": edition.cut_off.isoformat(),
        "published": edition.published.isoformat() if edition.published else None,
        "next_release": edition.next_release.isoformat() if edition.next_release else None,
        "analysis": _text(edition.analysis),
        "analysed_by": edition.analysed_by,
        "approved_by": edition.approved_by,
    }


def _table(table: Table) -> dict[str, object]:
    return {
        "id": table.id,
        "section": table.section.as_json(),
        "title": table.title.as_json(),
        "subtitle": table.subtitle.as_json(),
        "row_head": table.row_head.as_json(),
        "missing": _text(table.missing),
        "columns": [
            {
                "id": column.id,
                "head": column.head.as_json(),
                "kind": column.kind.value,
                "unit": _text(column.unit),
                "reporter": column.reporter,
            }
            for column in table.columns
        ],
        "rows": [
            {
                "id": row.id,
                "head": row.head.as_json(),
                "group": _text(row.group),
                "detail": _text(row.detail),
                "reporter": row.reporter,
                "cells": [_cell(cell) for cell in row.cells],
            }
            for row in table.rows
        ],
        "notes": {note.id: note.text.as_json() for note in table.notes},
        "sources": _texts(table.sources),
    }


def _cell(cell: Cell) -> dict[str, object]:
    written: dict[str, object] = {
        "id": cell.id,
        "kind": cell.kind.value,
        "value": cell.value,
        "status": cell.status,
        "flags": list(cell.flags),
        "caveats": list(cell.caveats),
    }
    return written | {"text": cell.text.as_json()} if cell.text else written


def _chart(chart: Chart) -> dict[str, object]:
    return {
        "id": chart.id,
        "kind": chart.kind.value,
        "section": chart.section.as_json(),
        "title": chart.title.as_json(),
        "subtitle": chart.subtitle.as_json(),
        "alt": chart.alt.as_json(),
        "table": chart.table,
        "panels": [
            {
                "reporter": panel.reporter,
                "title": panel.title.as_json(),
                "unit": panel.unit.as_json(),
                "points": [
                    {"x": point.x, "value": point.value, "status": point.status, "cell": point.cell}
                    for point in panel.points
                ],
                "breaks": [{"x": at, "text": text.as_json()} for at, text in panel.breaks],
            }
            for panel in chart.panels
        ],
        "notes": _texts(chart.notes),
        "sources": _texts(chart.sources),
    }


def _text(text: Text | None) -> dict[str, str] | None:
    return text.as_json() if text else None


def _texts(texts: Iterable[Text]) -> list[dict[str, str]]:
    return [text.as_json() for text in texts]
