"""The box of policy changes: which of the calendar stand beside the months of the brief?

A change is never given as the cause of a figure; it says what a reader may ask about.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from istmo.model.codes import codelist
from istmo.model.periods import Period, month
from istmo.model.text import Text
from istmo.registry.members import members
from istmo.registry.policy_changes import PolicyChange, changes_beside
from istmo.statistics.brief.values import Chart, PolicyNote
from istmo.statistics.wording import enumeration, short_name

EVERY_NATIONALITY = Text(es="todas las nacionalidades", en="every nationality")


def policy_notes(window: Sequence[Period], calendar: Collection[PolicyChange] | None = None) -> tuple[PolicyNote, ...]:
    """The changes from the first of the months to the last that may touch a member, the latest first."""
    codes = [member.code for member in members()]
    found = changes_beside(codes, first=min(window), last=max(window), calendar=calendar)
    return tuple(_note(change) for change in reversed(found))


def marked(chart: Chart, notes: Sequence[PolicyNote]) -> Chart:
    """The monthly panels with the months of the changes that may touch each reporter."""
    panels = []
    for panel in chart.panels:
        at = {str(month(note.day.year, note.day.month)) for note in notes if panel.reporter in note.reporters}
        panels.append(replace(panel, policies=tuple(point.x for point in panel.points if point.x in at)))
    return replace(chart, panels=tuple(panels))


def _note(change: PolicyChange) -> PolicyNote:
    return PolicyNote(
        id=change.id,
        day=change.day,
        kind=codelist("policy_change_kind")[change.kind].name,
        what=change.what,
        about=_about(change),
        reporters=change.reporters,
        source=change.source.title,
        url=change.source.url,
        published=change.source.day,
        checked=change.checked,
    )


def _about(change: PolicyChange) -> Text:
    if change.whole:
        return EVERY_NATIONALITY
    regions = codelist("flow_region")
    return enumeration(
        [short_name("citizenship", code) for code in change.nationalities]
        + [regions[code].name for code in change.regions]
    )
