"""One nationality, one region, or extra-regional origin along the corridor: the stations side by side, never summed.

Each page is a question of the explorer with its own words around it; the files and the permanent address are those of
that question.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from istmo.hub.briefs.render.charts import heat_step
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput, IstmoError
from istmo.model.labels import collation_key
from istmo.model.periods import Grain, Period
from istmo.model.text import Text
from istmo.registry.datasets import is_organisation
from istmo.registry.members import route
from istmo.registry.regions import nodes, region
from istmo.statistics.brief.figures import count, share
from istmo.statistics.comparability import Figure
from istmo.statistics.comparability import share as share_of
from istmo.statistics.explore.answer import Answer, Column
from istmo.statistics.explore.holdings import Held
from istmo.statistics.explore.origins import ALL, GROUPS, REGIONS, is_nationality, members_of, origin_name
from istmo.statistics.explore.question import CORRIDOR, Question, address, measure_name
from istmo.web.common.language import current
from istmo.web.common.words import short
from istmo.web.public import shown
from istmo.web.public.explorer import files, pages, present
from istmo.web.public.explorer.caching import tagged
from istmo.web.public.explorer.pages import Asked, asked

_EMPTY = "istmo/data/empty.html"


@dataclass(frozen=True, slots=True)
class Listed:
    """A nationality of the index, with the reporters that have a figure of it in the months shown."""

    code: str
    name: str
    reporters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same origin in other measures: where that stands in the explorer."""

    name: str
    address: str


def _ask(request: HttpRequest, *origins: str) -> Asked | None:
    """The corridor measures for these origins and the months asked for."""
    parameters = {name: request.GET.getlist(name) for name in ("first", "last", "as_of")}
    return asked({**parameters, "origin": [",".join(origins)]})


@require_safe
@tagged
def nationalities(request: HttpRequest) -> HttpResponse:
    """Every nationality by region, with who registered it in the last thirteen months."""
    found = _ask(request, ALL)
    if found is None:
        return render(request, _EMPTY, {"section": "data"})
    seen = _seen(found.answered())
    language = current()
    groups = []
    for code in REGIONS:
        listed = [
            Listed(one, origin_name(one).in_(language), seen.get(one, ()))
            for one in members_of(code)
            if is_nationality(one) and (seen.get(one) or codelist("citizenship")[one].attributes["kind"] == "country")
        ]
        if listed:
            groups.append((code, origin_name(code), sorted(listed, key=lambda one: collation_key(one.name))))
    context = {"section": "data", "groups": groups, "question": found.question}
    return render(request, "istmo/data/nationalities.html", context)


def _seen(result: Answer) -> dict[str, tuple[str, ...]]:
    """The reporters that printed a nationality above zero in the months shown, or hold it back to protect people."""
    found: dict[str, dict[str, None]] = {}
    for column in result.columns:
        for at in column.figures:
            for code, figure in column.held.nationalities.get(at, {}).items():
                if figure.value or _kept_back(figure):
                    found.setdefault(code, {})[column.line.reporter] = None
    return {code: tuple(reporters) for code, reporters in found.items()}


def _kept_back(figure: Figure) -> bool:
    """Whether a protected table withholds the figure or counts it in another row: its people must not disappear."""
    return figure.value is None and figure.reported


@require_safe
@tagged
def nationality(request: HttpRequest, code: str) -> HttpResponse:
    known = code.upper()
    if not is_nationality(known):
        raise Http404
    if slug(known) != code:
        return redirect("nationality", code=slug(known))
    return _page(request, known, "istmo/data/nationality.html", _about(known))


def slug(code: str) -> str:
    """How a code stands in an address: `x_congo`, `_o`."""
    return code.lower()


def _about(code: str) -> dict[str, object]:
    """The region and the node of a nationality, and what a node holds."""
    parent = codelist("citizenship")[code].parent
    near = (*nodes().get(code, ()), *((parent,) if parent and is_nationality(parent) else ()))
    return {
        "code": code,
        "region": region(code) if region(code) in REGIONS else "",
        "near": [(slug(one), origin_name(one)) for one in near],
    }


@require_safe
@tagged
def regions(request: HttpRequest) -> HttpResponse:
    """Each region in what each reporter registered in the last month: counts and shares, in columns of their own."""
    found = _ask(request, *REGIONS)
    if found is None:
        return render(request, _EMPTY, {"section": "data"})
    found = replace(found, question=replace(found.question, origins=(ALL,)))
    result = found.answered()
    at = result.last
    lines = [column for column in result.columns if at is not None and column.held.nationalities.get(at)]
    used: set[str] = set()
    rows = [(code, origin_name(code), _cells(lines, code, at, used)) for code in REGIONS] if at else []
    rows = [row for row in rows if row[2][1] or row[0] not in ("NORTH_AM_OTH", "MIXED")]
    context = pages.page(found, result) | {
        "section": "data",
        "rows": [(code, slug(code), name, cells) for code, name, (cells, _any) in rows],
        "heads": [present.head_of(column, result) for column in lines],
        "month": at,
        "protection": shown.protection(used),
    }
    return render(request, "istmo/data/regions.html", context)


def _cells(columns: Sequence[Column], origin: str, at: Period, used: set[str]) -> tuple[SafeString, bool]:
    """Count and share of the own total for each reporter, and whether any is above zero."""
    parts, some = [], False
    for column in columns:
        figure, whole = column.held.figure(origin, at), column.held.total(at)
        some = some or bool(figure.value)
        part = share_of(figure, whole) if figure.value is not None else None
        parts.append(_pair(figure, part, used, step=-1))
    return mark_safe("".join(parts)), some  # noqa: S308 - numbers and signs of our own


def _pair(figure: Figure, part: float | None, used: set[str], *, step: int) -> str:
    css = "n" if step < 0 else f"n k{step}"
    if figure.value is None:
        empty = "n kx" if step >= 0 else "n"
        return f'<td class="{empty}">{shown.instead(figure, used)}</td>'
    own = "" if part is None else f"<small>{share(part, current(), rounded=figure.told.rounded)}</small>"
    letters = f'<span class="st">{shown.abbreviated("a", used)}</span>' if figure.told.rounded else ""
    return f'<td class="{css}">{count(figure.value)}{letters}{own}</td>'


@require_safe
@tagged
def one_region(request: HttpRequest, code: str) -> HttpResponse:
    known = code.upper()
    if known not in REGIONS:
        raise Http404
    if slug(known) != code:
        return redirect("region", code=slug(known))
    return _page(request, known, "istmo/data/region.html", {"code": known, "within": True})


@require_safe
@tagged
def extra_regional(request: HttpRequest) -> HttpResponse:
    """Nationals of no member country, of which from other continents, nationals of members, and what cannot be said."""
    try:
        found = _ask(request, *GROUPS)
    except IstmoError as error:
        return pages.impossible(request, error, {})
    if found is None:
        return render(request, _EMPTY, {"section": "data"})
    result = found.answered()
    per_line: dict[Held, list[Column]] = {}
    for column in result.columns:
        per_line.setdefault(column.held, []).append(column)
    extra = replace(found, question=replace(found.question, origins=("EXTRA",)))
    of_extra = extra.answered()
    used: set[str] = set()
    context = pages.page(found, result) | {
        "section": "data",
        "panels": present.panels(of_extra, policy=present.policy_of(of_extra)),
        "headline": present.headline(of_extra),
        "blocks": [_block(columns, result, used) for columns in per_line.values()],
        "groups": [(code, origin_name(code), codelist("extra_regional")[code].name) for code in GROUPS],
        "protection": shown.protection(used),
    }
    return render(request, "istmo/data/extra_regional.html", context)


@dataclass(frozen=True, slots=True)
class Block:
    """One reporter's months by group of origin, each with its share of the reporter's own total."""

    reporter: str
    title: str
    unit: str
    rows: tuple[tuple[str, SafeString], ...]


def _block(columns: Sequence[Column], result: Answer, used: set[str]) -> Block:
    head = present.head_of(columns[0], result)
    months = sorted((at for at in columns[0].figures if at.grain is Grain.MONTH), reverse=True)
    rows = []
    for at in months:
        cells = [_pair(c.figures[at], c.shares[at], used, step=-1) for c in columns]
        whole = columns[0].held.total(at)
        cells.append(_pair(whole, None, used, step=-1))
        name = present.first_up(short(at, current()))
        rows.append((name, mark_safe("".join(cells))))  # noqa: S308 - numbers and signs of our own
    return Block(head.reporter, head.title, head.unit, tuple(rows))


def _page(request: HttpRequest, origin: str, template: str, more: dict[str, object]) -> HttpResponse:
    try:
        found = _ask(request, origin)
    except IstmoError as error:
        return pages.impossible(request, error, {})
    if found is None:
        return render(request, _EMPTY, {"section": "data"})
    result = found.answered()
    context = pages.page(found, result) | {
        "section": "data",
        "name": origin_name(origin),
        "elsewhere": _elsewhere(found),
        "explorer": f"{reverse('data')}?{address(found.question)}",
        **more,
    }
    if more.get("within"):
        context |= _within(result, origin)
    return render(request, template, context)


def _within(result: Answer, origin: str) -> dict[str, object]:
    """The nationalities of a region at each reporter in the last month, shaded within the reporter alone."""
    at = result.last
    columns = [column for column in result.columns if at is not None and column.held.nationalities.get(at)]
    if at is None or not columns:
        return {"nationalities": [], "heads": [], "month": at, "protection": ()}
    heads = [present.head_of(column, result) for column in columns]
    used: set[str] = set()
    rows = _shaded(columns, at, _printed(columns, at) & members_of(origin), used)
    return {"nationalities": rows, "heads": heads, "month": at, "protection": shown.protection(used)}


def _printed(columns: Sequence[Column], at: Period) -> frozenset[str]:
    """The nationalities that a reporter printed above zero in a period, or holds back to protect people."""
    return frozenset(
        code
        for column in columns
        for code, one in column.held.nationalities.get(at, {}).items()
        if one.value or _kept_back(one)
    )


def _shaded(
    columns: Sequence[Column], at: Period, codes: Iterable[str], used: set[str]
) -> list[tuple[str, Text, SafeString]]:
    """A row for each nationality by name: count and share of the own total, shaded within each column alone."""
    wanted = list(codes)
    largest = {
        column.id: max((column.held.figure(code, at).value or 0 for code in wanted), default=0) for column in columns
    }
    rows = []
    for code in sorted(wanted, key=lambda one: collation_key(origin_name(one).in_(current()))):
        cells = []
        for column in columns:
            figure = column.held.figure(code, at)
            part = share_of(figure, column.held.total(at)) if figure.value is not None else None
            step = heat_step(figure.value or 0, largest[column.id])
            cells.append(_pair(figure, part, used, step=step))
        rows.append((slug(code), origin_name(code), mark_safe("".join(cells))))  # noqa: S308 - numbers of our own
    return rows


@require_safe
@tagged
def by_nationality(request: HttpRequest) -> HttpResponse:
    """Every nationality of one period at each reporter that prints nationalities, by region."""
    try:
        found = _every(request)
        if found is None:
            return render(request, _EMPTY, {"section": "data"})
        result = found.answered()
    except IstmoError as error:
        return pages.impossible(request, error, {})
    at = max((at for one in result.columns for at in one.figures if one.held.nationalities.get(at)), default=None)
    columns = [one for one in result.columns if at is not None and one.held.nationalities.get(at)]
    groups = []
    used: set[str] = set()
    if at is not None:
        printed = _printed(columns, at)
        for region_ in REGIONS:
            rows = _shaded(columns, at, printed & members_of(region_), used)
            if rows:
                groups.append((slug(region_), origin_name(region_), rows))
    query = address(found.question)
    context = pages.page(found, result) | {
        "section": "data",
        "groups": groups,
        "heads": [present.head_of(column, result) for column in columns],
        "month": at,
        "measures": [
            pages.Choice(code, present.first_up(measure_name(code).in_(current())), code in found.question.measures)
            for code in _measures_by_nationality(found)
        ],
        "protection": shown.protection(used),
        "file": f"{reverse('by-nationality-file')}?{query}",
        "address": f"{reverse('by-nationality')}?measure={found.question.measures[0]}&last={found.question.last}",
    }
    return render(request, "istmo/data/by_nationality.html", context)


@require_safe
@tagged
def by_nationality_file(request: HttpRequest) -> HttpResponse:
    """Every nationality printed in the months asked for, in the columns of an observation."""
    try:
        found = _every(request)
        if found is None:
            raise Http404
        if found.question.first.plus(MONTHS_A_FILE) <= found.question.last:
            raise _too_long()
        result = found.answered()
    except IstmoError as error:
        return pages.impossible(request, error, {})
    return files.nationalities_response(result)


MONTHS_A_FILE = 36


def _too_long() -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"Un archivo de todas las nacionalidades lleva hasta {MONTHS_A_FILE} meses.",
            en=f"A file of all nationalities holds up to {MONTHS_A_FILE} months.",
        ),
        place="first, last",
        advice=Text(es="Pida los años por partes.", en="Ask for the years in parts."),
        rule="F52",
    )


def _every(request: HttpRequest) -> Asked | None:
    """One measure, the reporters that have it (States only), all nationalities and the months asked for."""
    parameters = {name: request.GET.getlist(name) for name in ("reporter", "measure", "first", "last", "as_of")}
    return asked({**parameters, "measure": parameters["measure"][:1]})


def _measures_by_nationality(found: Asked) -> tuple[str, ...]:
    """The measures of States that print nationalities."""
    known = found.catalogue
    held = [
        code
        for code in known.measures
        if any(one.nationality_list != "none" for state in known.states for one in known.of(state, code))
    ]
    return ((CORRIDOR,) if known.corridor else ()) + tuple(held)


def _elsewhere(found: Asked) -> tuple[Elsewhere, ...]:
    """The origin in the other measures held: of States, and of organisations by the countries on the route."""
    known, language = found.catalogue, current()
    corridor = {measure for code in known.corridor for one in known.of(code, CORRIDOR) for measure in one.measures}
    result = []
    for measure in known.measures:
        reporters = [
            code for code in known.reporters if any(one.nationality_list != "none" for one in known.of(code, measure))
        ]
        if measure in corridor or not reporters:
            continue
        countries = tuple(
            code for code in known.countries if any(is_organisation(one) for one in reporters) and code in route()
        )
        if any(is_organisation(one) for one in reporters) and not countries:
            continue
        question = Question(
            reporters=tuple(reporters),
            measures=(measure,),
            origins=found.question.origins,
            first=found.question.first,
            last=found.question.last,
            countries=countries[:3],
        )
        who = ", ".join(reporters)
        name = f"{present.first_up(measure_name(measure).in_(language))} ({who})"
        result.append(Elsewhere(name, f"{reverse('data')}?{address(question)}"))
    return tuple(result)
