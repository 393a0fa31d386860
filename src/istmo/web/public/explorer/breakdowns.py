"""Sex and age within each reporter (C3), and what was revised from one vintage to the next (C6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from istmo.installation.observations.held import Holdings, catalogue, holdings
from istmo.model.codes import codelist
from istmo.model.csvtext import csv_bytes
from istmo.model.errors import InvalidInput, IstmoError
from istmo.model.periods import Grain, Period, period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset, is_organisation
from istmo.statistics.brief.figures import change, count, share
from istmo.statistics.comparability import Figure
from istmo.statistics.comparability import share as share_of
from istmo.statistics.disclosure.notes import written as note
from istmo.statistics.explore.demography import Composition, periods_with_composition, with_composition
from istmo.statistics.explore.history import Revised, history
from istmo.statistics.explore.holdings import Held
from istmo.statistics.explore.mixing import line_name, unit_name
from istmo.statistics.explore.origins import ALL, is_origin, origin_name
from istmo.statistics.explore.question import CORRIDOR, Catalogue, measure_name
from istmo.statistics.wording import month_name
from istmo.web.common.language import current
from istmo.web.common.spark import Bar, panel
from istmo.web.common.words import short
from istmo.web.public import shown
from istmo.web.public.explorer import pages, present
from istmo.web.public.explorer.caching import tagged
from istmo.web.public.reference import signs

_EMPTY = "istmo/data/empty.html"


# --- C3: sex and age


@dataclass(frozen=True, slots=True)
class BarsView:
    """A composition as bars and as table rows; `cells` are by head: count and share of the own table's total."""

    reporter: str
    title: str
    measure: str
    unit: str
    picture: SafeString
    heads: tuple[str, ...]
    rows: tuple[tuple[str, SafeString], ...]
    total: str
    dataset: Dataset
    vintage: str


@require_safe
@tagged
def age_and_sex(request: HttpRequest) -> HttpResponse:
    made = _compositions(request)
    if isinstance(made, HttpResponse):
        return made
    measure, at, found, known, months = made
    used: set[str] = set()
    context = {
        "section": "data",
        "blocks": [_bars(one, number, used) for number, one in enumerate(found)],
        "month": at,
        "measure": measure_name(measure),
        "measures": [
            pages.Choice(code, measure_name(code).in_(current()), code == measure) for code in _measures(known)
        ],
        "months": [pages.Choice(str(one), short(one, current()), one == at) for one in months],
        "csv": f"{reverse('age-and-sex-file')}?measure={measure}&last={at}" if at else "",
        "address": f"{reverse('age-and-sex')}?measure={measure}&last={at}" if at else reverse("age-and-sex"),
    }
    context["protection"] = shown.protection(used)
    return render(request, "istmo/data/age_and_sex.html", context)


@require_safe
@tagged
def age_and_sex_file(request: HttpRequest) -> HttpResponse:
    made = _compositions(request)
    if isinstance(made, HttpResponse):
        return made
    measure, at, found, _known, _months = made
    if at is None:
        raise Http404
    rows = [row for one in found for row in _composition_rows(one)]
    columns = ("REPORTER", "AGENCY", "DATASET", "MEASURE", "UNIT", "PERIOD", "SEX", "AGE", "ACCOMPANIMENT", "OBS_VALUE")
    schema = {name: pl.Int64() if name == "OBS_VALUE" else pl.String() for name in (*columns, *_TAIL)}
    response = HttpResponse(csv_bytes(pl.DataFrame(rows, schema=schema, orient="row")), "text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="istmo-{measure}-{at}-sex-age.csv"'
    return response


_TAIL = ("OBS_STATUS", "NOTE", "VINTAGE", "SOURCE_HASH", "PROFILE", "SOURCE", "COVERAGE")


def _composition_rows(one: Composition) -> list[tuple[object, ...]]:
    line, load = one.held.line, one.held.loads.get(one.at)
    head = (line.reporter, line.dataset.agency, line.dataset.dataset, line.measure, line.unit, str(one.at))
    source, coverage = line.dataset.source, line.dataset.coverage
    tail = (
        load.vintage if load else "",
        load.source_hash if load else "",
        load.profile if load else "",
        f"{source.es} / {source.en} {line.dataset.source_url}",
        f"{coverage.es} / {coverage.en}",
    )
    cells = [(sex, row.age, ALL, figure) for row in one.ages for sex, figure in row.by_sex.items()]
    cells += [(ALL, ALL, code, figure) for code, figure in one.with_whom]
    return [
        (*head, sex, age, whom, figure.value, figure.status, note(figure.told), *tail)
        for sex, age, whom, figure in cells
    ]


def _measures(known: Catalogue) -> tuple[str, ...]:
    corridor = (CORRIDOR,) if known.corridor else ()
    return (*corridor, *(code for code in known.measures if any(known.of(one, code) for one in known.states)))


Made = tuple[str, Period | None, tuple[Composition, ...], Catalogue, tuple[Period, ...]]


def _compositions(request: HttpRequest) -> Made | HttpResponse:
    """Measure and period asked for, with what each State distinguishes there."""
    stored = holdings()
    known = catalogue(stored)
    if known is None:
        return render(request, _EMPTY, {"section": "data"})
    measure = request.GET.get("measure") or _measures(known)[0]
    try:
        if measure not in _measures(known):
            raise no_such("measure", measure, [measure_name(code).in_(current()) for code in _measures(known)])
        held = [
            one
            for reporter in known.states
            for one in stored.of(known.of(reporter, measure))
            if measure in (CORRIDOR, one.line.measure)
        ]
        months = periods_with_composition(held)
        at = period(request.GET["last"]) if request.GET.get("last") else max(months, default=None)
    except IstmoError as error:
        return pages.impossible(request, error, {})
    found = with_composition(held, at) if at else ()
    order = {code: number for number, code in enumerate(known.reporters)}
    return measure, at, tuple(sorted(found, key=lambda one: order[one.held.line.reporter])), known, months


def no_such(place: str, value: str, choices: Sequence[str]) -> InvalidInput:
    listed = "; ".join(choices)
    return InvalidInput(
        Text(es=f"«{value}» no se puede elegir aquí.", en=f"“{value}” cannot be chosen here."),
        place=place,
        advice=Text(es=f"Se puede elegir: {listed}.", en=f"You can choose: {listed}."),
        rule="F52",
    )


def _bars(one: Composition, number: int, used: set[str]) -> BarsView:
    language, line = current(), one.held.line
    sexes = [sex for sex in ("M", "F", "_T") if any(sex in row.by_sex for row in one.ages)]
    heads = tuple(_SEX_HEADS[sex].in_(language) for sex in sexes) or (_("People"),)
    rows = [
        (_age(row.age), mark_safe("".join(_count(row.by_sex.get(sex), one, used) for sex in sexes)))  # noqa: S308 - numbers of our own
        for row in reversed(one.ages)
    ]
    rows += [
        (
            present.first_up(codelist("accompaniment")[code].name.in_(language)),
            mark_safe(_count(figure, one, used) + '<td class="n"></td>' * (len(heads) - 1)),  # noqa: S308 - numbers of our own
        )
        for code, figure in one.with_whom
    ]
    load = one.held.loads.get(one.at)
    whole = one.total.value
    return BarsView(
        reporter=line.reporter,
        title=line_name(line).in_(language),
        measure=line.dataset.what.in_(language),
        unit=unit_name(line).in_(language),
        picture=pyramid(one, f"c{number}"),
        heads=heads,
        rows=tuple(rows),
        total=shown.sign(one.total) if whole is None else count(whole) + (" (a)" if one.total.told.rounded else ""),
        dataset=line.dataset,
        vintage=load.vintage if load else "",
    )


_SEX_HEADS = {
    "M": Text(es="Hombres y niños", en="Men and boys"),
    "F": Text(es="Mujeres y niñas", en="Women and girls"),
    "_T": Text(es="Sin distinguir el sexo", en="Sex not distinguished"),
}


def _age(code: str) -> str:
    if code == "_T":
        return _("All ages")
    return present.first_up(codelist("age_group")[code].name.in_(current()))


def _count(figure: Figure | None, one: Composition, used: set[str]) -> str:
    if figure is None:
        return f'<td class="n"><abbr class="sg" title="{dict(signs())["n/c"]}">n/c</abbr></td>'
    if figure.value is None:
        return f'<td class="n">{shown.instead(figure, used)}</td>'
    part = share_of(figure, one.total)
    own = "" if part is None else f"<small>{share(part, current(), rounded=figure.told.rounded)}</small>"
    letters = shown.abbreviated(shown.letters(figure), used)
    return f'<td class="n">{count(figure.value)}<span class="st">{letters}</span>{own}</td>'


def pyramid(one: Composition, key: str) -> SafeString:
    """Age-sex bars: men to the left, women to the right, on one scale within the reporter; the oldest on top."""
    width, row, label = 330.0, 26.0, 96.0
    lines = [(_short_age(each.age), each.by_sex) for each in reversed(one.ages)]
    lines += [(codelist("accompaniment")[code].name.in_(current()), {"_T": figure}) for code, figure in one.with_whom]
    largest = max((figure.value or 0 for figure in one.figures), default=0) or 1
    both = any(sex in by for _name, by in lines for sex in ("M", "F"))
    centre = (width + label) / 2 if both else label + 2
    reach = (width - label) / 2 - 44 if both else width - label - 56
    parts = []
    for number, (name, by) in enumerate(lines):
        y = number * row + 4
        parts.append(f'<text class="tx" x="0" y="{y + 14:.0f}">{escape(_cut(name))}</text>')
        for sex, figure in by.items():
            if figure.value is None:
                left, anchor = (centre - 4, "end") if sex == "M" else (centre + 4, "start")
                place = f'x="{left:.1f}" y="{y + 14:.0f}" text-anchor="{anchor}"'
                parts.append(f'<text class="tx sign" {place}>{shown.sign(figure)}</text>')
                continue
            long = reach * figure.value / largest
            colour = {"M": "male", "F": "female"}.get(sex, "other" if both else "female")
            left, end, anchor = (
                (centre - long, centre - long - 4, "end") if sex == "M" else (centre, centre + long + 4, "start")
            )
            place = f'x="{left:.1f}" y="{y:.0f}" width="{long:.1f}" height="{row - 8:.0f}"'
            parts.append(f'<rect class="{colour}" {place}/>')
            text = count(figure.value)
            parts.append(f'<text class="tx" x="{end:.1f}" y="{y + 14:.0f}" text-anchor="{anchor}">{text}</text>')
    height = len(lines) * row + 6
    parts.append(f'<line class="ax" x1="{centre:.1f}" x2="{centre:.1f}" y1="0" y2="{height - 4:.0f}"/>')
    told = "; ".join(f"{name}: {_told(by)}" for name, by in lines)
    alt = escape(f"{line_name(one.held.line).in_(current())}. {told}")
    return mark_safe(  # noqa: S308 - names are escaped, the rest are numbers of our own
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{alt}">{"".join(parts)}</svg>'
    )


def _told(by: Mapping[str, Figure]) -> str:
    told = {sex: shown.sign(one) if one.value is None else count(one.value) for sex, one in by.items()}
    return ", ".join(f"{_SEX_HEADS[sex].in_(current())} {text}" for sex, text in told.items())


def _short_age(code: str) -> str:
    return _age(code).partition(" (")[0]


def _cut(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:15]}…"


# --- C6: revisions


@dataclass(frozen=True, slots=True)
class HistoryRow:
    month: str
    cells: SafeString


@require_safe
@tagged
def revisions(request: HttpRequest) -> HttpResponse:
    """Every series with the number of periods revised; of the one that the address names, what each vintage said."""
    stored = holdings()
    known = catalogue(stored)
    if known is None:
        return render(request, _EMPTY, {"section": "data"})
    if not request.GET.get("dataset"):
        return render(request, "istmo/data/revisions.html", {"section": "data", "rows": _all_series(stored, known)})
    try:
        held, origin = _one_series(request, stored, known)
    except IstmoError as error:
        return pages.impossible(request, error, {})
    used: set[str] = set()
    context = _history(stored, held, origin, used) | {
        "section": "data",
        "query": request.GET.urlencode(),
        "csv": f"{reverse('data-revisions-file')}?{request.GET.urlencode()}",
        "protection": shown.protection(used),
    }
    return render(request, "istmo/data/revision.html", context)


@require_safe
@tagged
def revisions_file(request: HttpRequest) -> HttpResponse:
    stored = holdings()
    known = catalogue(stored)
    if known is None:
        raise Http404
    try:
        held, origin = _one_series(request, stored, known)
    except IstmoError as error:
        return pages.impossible(request, error, {})
    versions, periods = stored.versions(held)
    line = held.line
    source = line.dataset.source
    rows = [
        (
            line.reporter,
            line.dataset.agency,
            line.dataset.dataset,
            line.measure,
            line.unit,
            str(one.period),
            origin,
            line.about,
            line.channel,
            told.version.vintage,
            told.version.received.isoformat(),
            told.figure.value,
            told.figure.status,
            note(told.figure.told),
            told.version.source_hash,
            told.version.profile,
            f"{source.es} / {source.en} {line.dataset.source_url}",
        )
        for one in history(versions, origin, periods)
        for told in one.told
    ]
    names = (
        *("REPORTER", "AGENCY", "DATASET", "MEASURE", "UNIT", "PERIOD", "ORIGIN", "COUNTERPART", "ENTRY_MODE"),
        *("VINTAGE", "RECEIVED", "OBS_VALUE", "OBS_STATUS", "NOTE", "SOURCE_HASH", "PROFILE", "SOURCE"),
    )
    schema = {name: pl.Int64() if name == "OBS_VALUE" else pl.String() for name in names}
    response = HttpResponse(csv_bytes(pl.DataFrame(rows, schema=schema, orient="row")), "text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="istmo-{line.dataset.id}-{line.measure}-vintages.csv"'
    return response


def _one_series(request: HttpRequest, stored: Holdings, known: Catalogue) -> tuple[Held, str]:
    """The line and origin that an address names; raises `InvalidInput` with what can be chosen."""
    wanted = {name: request.GET.get(name, ALL) for name in ("country", "channel", "unit")}
    id_, measure, origin = (request.GET.get(name, "") for name in ("dataset", "measure", "origin"))
    datasets = {one.id: one for one in known.datasets}
    if id_ not in datasets:
        raise no_such("dataset", id_, list(datasets))
    held = stored.of_dataset(datasets[id_])
    measures = list(dict.fromkeys(one.line.measure for one in held))
    measure = measure or measures[0]
    if measure not in measures:
        raise no_such("measure", measure, measures)
    if origin and not is_origin(origin):
        raise no_such("origin", origin, ["_T", "VEN", "AFRICA"])
    for one in held:
        line = one.line
        given = (line.about, line.channel, line.unit if wanted["unit"] != ALL else ALL)
        if line.measure == measure and given == (wanted["country"], wanted["channel"], wanted["unit"]):
            return one, origin or ALL
    about = sorted({one.line.about for one in held})
    raise no_such("country", wanted["country"], about)


def _all_series(stored: Holdings, known: Catalogue) -> list[dict[str, object]]:
    """Each line of a State with how many periods changed; an organisation's lines are reached from its figures."""
    language, where = current(), reverse("data-revisions")
    rows: list[dict[str, object]] = []
    for reporter in known.states:
        for dataset in (one for one in known.datasets if one.reporter == reporter and not is_organisation(reporter)):
            for held in stored.of_dataset(dataset):
                versions, periods = stored.versions(held)
                found = history(versions, ALL, periods)
                rows.append(
                    {
                        "reporter": reporter,
                        "name": line_name(held.line).in_(language),
                        "measure": codelist("measure")[held.line.measure].name.in_(language),
                        "dataset": dataset.id,
                        "vintages": len(versions),
                        "periods": len(found),
                        "revised": sum(one.changed for one in found),
                        "address": f"{where}?dataset={dataset.id}&measure={held.line.measure}&origin=_T",
                    }
                )
    return rows


def _history(stored: Holdings, held: Held, origin: str, used: set[str]) -> dict[str, object]:
    language, line = current(), held.line
    versions, periods = stored.versions(held)
    found = history(versions, origin, periods)
    monthly = [one for one in found if one.period.grain is Grain.MONTH] or list(found)
    changed = [one for one in found if one.changed]
    last = versions[-6:]
    title = f"{line_name(line).in_(language)}: {origin_name(origin).in_(language)}"
    return {
        "line": line,
        "title": title,
        "measure": codelist("measure")[line.measure].name.in_(language),
        "unit": unit_name(line).in_(language),
        "dataset": line.dataset,
        "versions": versions,
        "shown": last,
        "left_out": len(versions) - len(last),
        "policy": present.policy_beside(
            (line.reporter,), [one.period for one in found if one.period.grain is Grain.MONTH], (origin,)
        ),
        "found": found,
        "changed": changed,
        "summary": _summary(found, changed),
        "picture": _revision_chart(monthly, title) if changed else None,
        "rows": [_history_row(one, [each.vintage for each in last], used) for one in reversed(changed)],
        "others": [
            _history_row(one, [each.vintage for each in last], used) for one in reversed(found) if not one.changed
        ],
    }


def _summary(found: Sequence[Revised], changed: Sequence[Revised]) -> str:
    more = [one for one in changed if one.difference]
    if not changed:
        return _("No period was revised: each stands as it first came in.")
    text = _("%(n)s of %(all)s periods were revised.") % {"n": len(changed), "all": len(found)}
    if more:
        largest = max(more, key=lambda one: abs(one.difference or 0))
        text += " " + _("Largest: %(change)s in %(month)s.") % {
            "change": change(largest.difference or 0),
            "month": month_name(largest.period).in_(current()),
        }
    return text


def _revision_chart(found: Sequence[Revised], title: str) -> SafeString:
    """The difference from the first figure to the one in force, period by period, around zero."""
    bars = [
        Bar(
            short(one.period, current()),
            None if one.difference is None else float(one.difference),
        )
        for one in found
    ]
    told = "; ".join(f"{short(one.period, current())} {change(one.difference)}" for one in found if one.difference)
    return panel(bars, alt=f"{title}. {told}", key="rev")


def _said(figure: Figure) -> tuple[object, ...]:
    return figure.value, figure.status, figure.told.rolled_up


def _history_row(one: Revised, vintages: Sequence[str], used: set[str]) -> HistoryRow:
    by_vintage = {told.version.vintage: told.figure for told in one.told}
    cells = []
    before: Figure | None = None
    for name in vintages:
        figure = by_vintage.get(name)
        if figure is None:
            cells.append('<td class="n"></td>')
            continue
        text = shown.instead(figure, used) if figure.value is None else count(figure.value)
        differs = before is not None and _said(before) != _said(figure)
        letter = shown.abbreviated(("r" if differs else "") + ("a" if figure.told.rounded else ""), used)
        cells.append(f'<td class="n">{text}<span class="st">{letter}</span></td>')
        before = figure
    difference = one.difference
    cells.append(f'<td class="n">{"" if difference is None or len(one.told) < 2 else change(difference)}</td>')
    return HistoryRow(present.first_up(short(one.period, current())), mark_safe("".join(cells)))  # noqa: S308 - numbers of our own
