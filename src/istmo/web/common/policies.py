"""Policy changes beside a series: which ones, in words, and where they stand on the months of a picture."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from istmo.model.codes import Code, codelist
from istmo.model.periods import Period
from istmo.registry.policy_changes import PolicyChange, changes_beside
from istmo.web.common.language import current

MARK = "▲"


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change with the names that a reader needs; `who` is empty where it is about every nationality."""

    change: PolicyChange
    kind: Code
    by: str
    who: str


def shown_changes(reporters: Collection[str], months: Sequence[Period]) -> tuple[ChangeView, ...]:
    """The changes from the first of the months to the last, the latest first."""
    if not months:
        return ()
    found = changes_beside(reporters, first=min(months), last=max(months))
    return views(reversed(found))


def views(changes: Iterable[PolicyChange]) -> tuple[ChangeView, ...]:
    language = current()
    citizenship, regions = codelist("citizenship"), codelist("flow_region")
    return tuple(
        ChangeView(
            change=change,
            kind=codelist("policy_change_kind")[change.kind],
            by=citizenship[change.by].short(language),
            who=", ".join(
                [
                    *(citizenship[code].short(language) for code in change.nationalities),
                    *(regions.label(code, language) for code in change.regions),
                ]
            ),
        )
        for change in changes
    )


def marks(changes: Iterable[ChangeView], months: Sequence[Period]) -> Mapping[int, str]:
    """The mark under the axis, by the number of the month's bar."""
    marked = {view.change.month for view in changes}
    return {index: MARK for index, at in enumerate(months) if at in marked}
