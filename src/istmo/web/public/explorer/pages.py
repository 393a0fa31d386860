"""The explorer's own page and its files: any reporter, measure, nationality or region, and period.

Every choice stands in the address, in one order: another way of asking the same is sent there. What cannot be chosen is
answered with what can (400); what must not be mixed, with the reason and the columns side by side (422).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from istmo.installation.observations.held import Holdings, catalogue, holdings
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput, IstmoError
from istmo.model.labels import collation_key
from istmo.model.periods import Period, months
from istmo.registry.members import members
from istmo.statistics.explore.answer import Answer, answer, datasets_wanted
from istmo.statistics.explore.caveats import caveats
from istmo.statistics.explore.origins import ALL, GROUPS, REGIONS, is_nationality, origin_name
from istmo.statistics.explore.question import (
    CORRIDOR,
    PARAMETERS,
    Catalogue,
    Mix,
    Question,
    address,
    measure_name,
    read_question,
)
from istmo.statistics.wording import month_short, short_name
from istmo.web.common.language import current
from istmo.web.public.explorer import files, present
from istmo.web.public.explorer.caching import tagged

IMPOSSIBLE, REFUSED = 400, 422
LONG = 40  # from so many rows on, the table is folded after the first ones


@dataclass(frozen=True, slots=True)
class Asked:
    """An address that could be read: what it asks, of what stood in the store."""

    question: Question
    held: Holdings
    catalogue: Catalogue

    def answered(self) -> Answer:
        return answer(self.question, self.held.of(datasets_wanted(self.question, self.catalogue)), self.catalogue)


def asked(parameters: Mapping[str, Sequence[str]]) -> Asked | None:
    """What the parameters ask; None where nothing is held yet. Raises `InvalidInput` or `NotFound`."""
    held = holdings((parameters.get("as_of") or [""])[0].strip())
    known = catalogue(held)
    return None if known is None else Asked(read_question(parameters, known), held, known)


def given(request: HttpRequest) -> dict[str, list[str]]:
    """The parameters of an address that the explorer knows."""
    return {name: [text for text in request.GET.getlist(name) if text.strip()] for name in PARAMETERS}


@require_safe
@tagged
def explore(request: HttpRequest) -> HttpResponse:
    parameters = given(request)
    try:
        found = asked(parameters)
        if found is None:
            return render(request, "istmo/data/empty.html", {"section": "data"})
        wanted = address(found.question)
        sent = request.META.get("QUERY_STRING", "")
        if sent and unquote(sent) != unquote(wanted):  # a client may write a comma as %2C
            return redirect(f"{reverse('data')}?{wanted}")
        result = found.answered()
    except IstmoError as error:
        return impossible(request, error, parameters)
    context = page(found, result) | {"section": "data", "form": form(found.question, found.catalogue)}
    return render(request, "istmo/data/explore.html", context, status=200 if result.refused is None else REFUSED)


@require_safe
@tagged
def download(request: HttpRequest, kind: str) -> HttpResponse:
    """The answer as a file; what is refused has none."""
    parameters = given(request)
    try:
        found = asked(parameters)
        if found is None:
            return render(request, "istmo/data/empty.html", {"section": "data"}, status=404)
        result = found.answered()
        if result.refused is not None:
            raise result.refused
    except IstmoError as error:
        return impossible(request, error, parameters)
    where = request.build_absolute_uri(f"{reverse('data')}?{address(permanent(found))}")
    return files.response(result, kind, where=where)


def impossible(request: HttpRequest, error: IstmoError, parameters: Mapping[str, Sequence[str]]) -> HttpResponse:
    """A choice that cannot be made, with the form to choose again."""
    start = _other_choices(parameters, error.place)
    context = {
        "section": "data",
        "error": error,
        "form": form(start.question, start.catalogue) if start else None,
        "typed": next(iter(parameters.get("origin", ())), "") if error.place == "origin" else "",
    }
    status = REFUSED if isinstance(error, InvalidInput) and error.rule in ("R1", "F42") else IMPOSSIBLE
    return render(request, "istmo/data/impossible.html", context, status=status)


def _other_choices(parameters: Mapping[str, Sequence[str]], wrong: str) -> Asked | None:
    """What else was chosen, where that is possible without what was wrong; else what a form begins with."""
    others = {name: values for name, values in parameters.items() if name not in wrong.split(", ")}
    for kept in (others, {}):
        try:
            return asked(kept)
        except IstmoError:
            continue
    return None


def permanent(found: Asked) -> Question:
    """The question as of the last vintage: its address gives the same figures for good."""
    return found.question if found.question.as_of else replace(found.question, as_of=found.held.last_vintage)


def page(found: Asked, result: Answer) -> dict[str, object]:
    """What every page with an answer shows: panels, tables, caveats, sources, files and the permanent address."""
    question, language = found.question, current()
    query = address(question)
    policy = present.policy_of(result)
    return {
        "answer": result,
        "question": question,
        "query": query,
        "title": present.title_of(question),
        "headline": present.headline(result),
        "panels": present.panels(result, policy=policy),
        "tables": present.tables(result),
        "caveats": caveats(result),
        "sources": present.sources(result),
        "levels": present.levels(result),
        "mixed": present.mixed_view(result.mixed) if result.mixed else None,
        "apart": address(replace(question, mix=Mix.APART)),
        "by_share": address(replace(question, mix=Mix.SHARE)),
        "now": address(replace(question, as_of="")) if question.as_of else "",
        "permanent": f"{reverse('data')}?{address(permanent(found))}",
        "csv": f"{reverse('data-csv')}?{query}",
        "xlsx": f"{reverse('data-xlsx')}?{query}",
        "policy": policy,
        "marked": 0 < len(result.months) <= present.ROOM,
        "window": window_of(question, found.catalogue),
        "held_from": month_short(found.catalogue.first).in_(language),
        "held_to": month_short(found.catalogue.last).in_(language),
        "last_vintage": permanent(found).as_of,
        "revisions": revisions_of(result),
        "years_only": not result.months and bool(result.years),
        "long": LONG,
    }


def window_of(question: Question, known: Catalogue) -> dict[str, SafeString]:
    """The months to choose from, for pages that ask for nothing else."""
    window = months(known.first, known.last)
    return {"first": _options(window, question.first), "last": _options(window, question.last)}


def revisions_of(result: Answer) -> tuple[tuple[str, str], ...]:
    """The address of the history of each column."""
    language = current()
    found = {}
    for column in result.columns:
        line = column.line
        values = {"dataset": line.dataset.id, "measure": line.measure, "origin": column.origin}
        if line.about != ALL:
            values |= {"country": line.about, "channel": line.channel, "unit": line.unit}
        name = f"{present.head_of(column, result).title}: {origin_name(column.origin).in_(language)}"
        found[f"{reverse('data-revisions')}?{urlencode(values)}"] = name
    return tuple(found.items())


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose in the form."""

    code: str
    name: str
    chosen: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The form with what is chosen now; `names` suggests what to write."""

    origins: tuple[Choice, ...]
    reporters: tuple[Choice, ...]
    measures: tuple[Choice, ...]
    countries: tuple[Choice, ...]
    first: SafeString
    last: SafeString
    mixes: tuple[Choice, ...]
    names: SafeString
    silent: tuple[str, ...]
    as_of: str
    measured: str
    other_measures: bool
    some_country: bool


def form(question: Question, known: Catalogue) -> Form:
    language = current()

    def named(list_: str, code: str) -> str:
        return short_name(list_, code).in_(language)

    def measured(code: str) -> Choice:
        who = ", ".join(one for one in known.reporters if known.of(one, code)) if code != CORRIDOR else ""
        name = present.first_up(measure_name(code).in_(language))
        return Choice(code, name, code in question.measures, who)

    measures = tuple(measured(code) for code in ((CORRIDOR,) if known.corridor else ()) + known.measures)
    window = months(known.first, known.last)
    return Form(
        origins=tuple(Choice(code, origin_name(code).in_(language), True) for code in question.origins if code != ALL),
        reporters=tuple(Choice(code, named("reporter", code), code in question.reporters) for code in known.reporters),
        measures=measures,
        countries=tuple(
            Choice(code, named("citizenship", code), code in question.countries)
            for code in sorted(known.countries, key=lambda one: collation_key(named("citizenship", one)))
        ),
        first=_options(window, question.first),
        last=_options(window, question.last),
        mixes=tuple(Choice(mix.value, mix.label.in_(language), mix is question.mix) for mix in Mix),
        names=_names(language),
        silent=tuple(one.short.in_(language) for one in members() if one.code not in known.reporters),
        as_of=question.as_of,
        measured="; ".join(one.name for one in measures if one.chosen),
        other_measures=question.measures != (CORRIDOR,),
        some_country=bool(question.countries),
    )


def _options(window: Sequence[Period], chosen: Period) -> SafeString:
    """The months of a list, latest first; a chosen month outside of it stands at its place."""
    language = current()
    shown = sorted({*window, chosen}, reverse=True)
    return mark_safe(  # noqa: S308 - periods and month names of our own
        "".join(
            f'<option value="{at}"{" selected" if at == chosen else ""}>{month_short(at).in_(language)}</option>'
            for at in shown
        )
    )


_NAMES: dict[str, SafeString] = {}


def _names(language: str) -> SafeString:
    """The suggestions of the box for nationalities and regions: made once for each language."""
    if language not in _NAMES:
        codes = [*GROUPS, *REGIONS, *(one.id for one in codelist("citizenship") if is_nationality(one.id))]
        names = {origin_name(code).in_(language) for code in codes}
        options = "".join(f"<option>{name}</option>" for name in sorted(names, key=collation_key))
        _NAMES[language] = mark_safe(options)  # noqa: S308 - names of our own code lists
    return _NAMES[language]
