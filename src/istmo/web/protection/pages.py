"""What was published as a protected table, under which rules and by whom, and what the checks of the whole found.

Who looks at the cells of a release or of a check is written in the audit trail: those pages name what is withheld.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from istmo.installation.audit.models import EventKind, record
from istmo.installation.releases.facts import external_facts
from istmo.installation.releases.keeping import broken_at, head
from istmo.installation.releases.models import Check, ReleasedTable
from istmo.model.labels import collation_key
from istmo.model.text import Text
from istmo.registry.regions import region
from istmo.statistics.disclosure.hierarchy import Hierarchy
from istmo.statistics.disclosure.register import Published, read_line
from istmo.statistics.disclosure.rules import RULE, Rules, region_rules, sentences
from istmo.statistics.disclosure.unrolled import MARK
from istmo.statistics.wording import short_name
from istmo.web.common.language import current
from istmo.web.common.permissions import Act, requires
from istmo.web.protection.naming import named, named_cell, named_codes, named_population

PER_PAGE = 30
CHECKS = 20
FACTS = 50
KINDS = {
    "exact": Text(es="se conoce exactamente", en="is known exactly"),
    "small": Text(es="se prueba que es pequeña y no cero", en="is proved to be small and not zero"),
    "revised": Text(es="se conoce la diferencia con lo publicado antes", en="its difference from before is known"),
}


@dataclass(frozen=True)
class HeldRow:
    """A row that holds others: which, by region of origin."""

    name: Text
    regions: tuple[tuple[Text, tuple[Text, ...]], ...]
    categories: int


@dataclass(frozen=True)
class Shown:
    """A published table in counts: how many cells show a value and how many do not, and which rows hold which."""

    title: Text
    period: str
    revises: bool
    cells: int
    visible: int
    withheld: tuple[Text, ...]
    rows: tuple[HeldRow, ...]


@require_safe
@requires(Act.READ_PROTECTION)
def index(request: HttpRequest) -> HttpResponse:
    names = list(dict.fromkeys(ReleasedTable.objects.order_by("-number").values_list("release", flat=True)))
    page = Paginator(names, PER_PAGE).get_page(request.GET.get("page"))
    tables = ReleasedTable.objects.filter(release__in=list(page)).select_related("proposed_by", "released_by")
    by_release: dict[str, list[ReleasedTable]] = {}
    for table in tables:
        by_release.setdefault(table.release, []).append(table)
    context = {
        "menu": "protection",
        "page": page,
        "releases": [(by_release[name], named_population(by_release[name][0].population)) for name in page],
        "lines": ReleasedTable.objects.count(),
        "head": head(),
        "broken_at": broken_at(),
        "checks": Check.objects.all()[:CHECKS],
        "facts": [(fact, named_population(fact.population)) for fact in external_facts()[-FACTS:]],
        "query_kept": "",
    }
    return render(request, "istmo/protection/index.html", context)


@require_safe
@requires(Act.READ_PROTECTION)
def release(request: HttpRequest, vintage: str) -> HttpResponse:
    tables = list(ReleasedTable.objects.filter(release=vintage).select_related("proposed_by", "released_by"))
    if not tables:
        raise Http404
    looked_at(request, "vintage", vintage)
    first = tables[0]
    context = {
        "menu": "protection",
        "vintage": vintage,
        "first": first,
        "title": named_population(first.population),
        "rules": rules_told(first),
        "tables": [shown(read_line(one.line.encode())[0]) for one in tables],
        "checks": Check.objects.filter(object_type="vintage", object_id=vintage),
    }
    return render(request, "istmo/protection/release.html", context)


@require_safe
@requires(Act.READ_PROTECTION)
def check(request: HttpRequest, check_id: int) -> HttpResponse:
    found = Check.objects.filter(pk=check_id).first()
    if found is None:
        raise Http404
    looked_at(request, "check", str(check_id))
    context = {
        "menu": "protection",
        "check": found,
        "findings": [
            (*named_cell(one["cell"]), KINDS[one["kind"]], one["lower"], one["upper"]) for one in found.findings
        ],
    }
    return render(request, "istmo/protection/check.html", context)


def looked_at(request: HttpRequest, object_type: str, object_id: str) -> None:
    """Who looked at what is withheld."""
    record(
        EventKind.PROTECTION_READ,
        at=datetime.now(UTC),
        account=request.user,
        object_type=object_type,
        object_id=object_id,
    )


def rules_told(table: ReleasedTable) -> tuple[Text, ...]:
    """The rules of a release in plain words, where this version has them as they were."""
    known: Rules | None = region_rules().get(table.rules.get("id", ""))
    if known is None or known.digest != table.rules_digest:
        return (Text(es=f"{RULE}: {table.rules_digest[:12]}", en=f"{RULE}: {table.rules_digest[:12]}"),)
    return sentences(known)


def shown(entry: Published) -> Shown:
    """A table of the register as a page shows it."""
    made = entry.protected
    held = {d.name: _rows(d) for d in made.dimensions}
    inside = {name: {code for codes in rows.values() for code in codes} for name, rows in held.items()}
    hidden: list[Text] = []
    visible = 0
    for flat, withheld in enumerate(made.withheld.reshape(-1).tolist()):
        codes = _codes(made.dimensions, flat)
        if not withheld:
            visible += 1
        elif not any(code in inside[name] for name, code in codes):
            hidden.append(named_codes(codes))
    rows = [
        HeldRow(named(name, row), _by_region(name, codes), len(codes))
        for name, by_row in held.items()
        for row, codes in by_row.items()
    ]
    return Shown(
        named_population(entry.population),
        str(entry.span),
        entry.revises,
        visible + len(hidden),
        visible,
        tuple(hidden),
        tuple(rows),
    )


def _codes(dimensions: Sequence[Hierarchy], flat: int) -> list[tuple[str, str]]:
    found = []
    for dimension in reversed(dimensions):
        flat, at = divmod(flat, len(dimension.codes))
        found.append((dimension.name, dimension.codes[at]))
    return found[::-1]


def _rows(dimension: Hierarchy) -> Mapping[str, tuple[str, ...]]:
    """By row that holds others: all that it holds."""
    return {
        code: tuple(dimension.codes[at + 1 : dimension.end[at]])
        for at, code in enumerate(dimension.codes)
        if MARK in code
    }


def _by_region(column: str, codes: Sequence[str]) -> tuple[tuple[Text, tuple[Text, ...]], ...]:
    """The names of the codes, by region of origin where they are nationalities."""
    if column != "CITIZENSHIP":
        return ((Text(es="", en=""), tuple(named(column, code) for code in codes)),)
    by: dict[str, list[Text]] = {}
    for code in codes:
        by.setdefault(region(code), []).append(short_name("citizenship", code))
    return tuple(
        (short_name("flow_region", one), tuple(sorted(names, key=lambda name: collation_key(name.in_(current())))))
        for one, names in sorted(by.items())
    )
