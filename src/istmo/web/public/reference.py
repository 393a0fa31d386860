"""The reference pages: method, glossary, code lists, about. Made from the documents that the program itself obeys.

The rules come from `istmo.model.findings`, the codes from `istmo.model.codes`, the words from
`documents/glossary.yaml`; nothing on these pages is written twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from istmo.model.codes import codelist, codelists, text
from istmo.model.documents import only, read_document
from istmo.model.errors import NotFound
from istmo.model.findings import Rule, rules
from istmo.model.text import Text


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the glossary; `trap` says what it is often mistaken for."""

    id: str
    name: Text
    text: Text
    unit: Text | None = None
    trap: Text | None = None


@dataclass(frozen=True, slots=True)
class TermGroup:
    id: str
    title: Text
    terms: tuple[Term, ...]


@cache
def glossary_groups() -> tuple[TermGroup, ...]:
    name = "glossary.yaml"
    document = read_document((files("istmo.web") / "documents" / name).read_bytes(), name=name)
    return tuple(
        TermGroup(
            id=id_,
            title=text(group["title"], name=f"{name}, {id_}"),
            terms=tuple(_term(key, fields, name=f"{name}, {id_}, {key}") for key, fields in group["terms"].items()),
        )
        for id_, group in document.items()
    )


def _term(id_: str, fields: Mapping[str, Any], *, name: str) -> Term:
    only(fields, ("name", "unit", "text", "trap"), name=name, required=("name", "text"))
    return Term(
        id=id_,
        name=text(fields["name"], name=name),
        text=text(fields["text"], name=name),
        unit=text(fields["unit"], name=name) if "unit" in fields else None,
        trap=text(fields["trap"], name=name) if "trap" in fields else None,
    )


def signs() -> tuple[tuple[str, str], ...]:
    """The signs that stand in a cell without a value and the letters behind one, with their meaning."""
    return (
        ("0", _("zero: the source says that there was none")),
        ("n/a", _("not applicable: such a figure cannot exist")),
        ("n/c", _("not collected: the source does not collect or distinguish it")),
        ("n/d", _("not reported yet: it is collected, and this month has not arrived")),
        ("s", _("withheld to protect people")),
        ("incl.", _("included in another row, named with it: counted there, and only there")),
        ("0–9", _("from zero to nine: the table does not tell zero from a small number, to protect people")),
        ("p", _("provisional: the source may still correct it")),
        ("r", _("revised since an earlier edition")),
        ("b", _("break in the series at this month")),
        ("e", _("estimate of the source")),
        ("a", _("approximate: rounded to protect people; the note says how")),
    )


def rules_by_area() -> list[tuple[Text, list[Rule]]]:
    """Every rule under the name of its area, in the order of the reference page."""
    areas: dict[str, list[Rule]] = {}
    for rule in rules().values():
        areas.setdefault(rule.area, []).append(rule)
    return [(codelist("rule_area")[area].name, entries) for area, entries in areas.items()]


@require_safe
def method(request: HttpRequest) -> HttpResponse:
    context = {
        "section": "method",
        "signs": signs(),
        "statuses": codelist("obs_status"),
        "levels": codelist("comparability"),
        "rules": rules_by_area(),
    }
    return render(request, "istmo/method.html", context)


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    return render(request, "istmo/glossary.html", {"section": "method", "groups": glossary_groups()})


@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    lists = [(each.id, each.name, each.version, len(each.codes)) for each in codelists()]
    return render(request, "istmo/codes.html", {"section": "method", "lists": lists})


@require_safe
def code_list(request: HttpRequest, list_id: str) -> HttpResponse:
    try:
        found = codelist(list_id)
    except NotFound as exc:
        raise Http404(str(exc)) from exc
    extra = sorted({key for code in found for key in code.attributes if not key.startswith("short_")})
    rows = [(code, [code.attributes.get(key, "") for key in extra]) for code in found]
    return render(
        request,
        "istmo/code_list.html",
        {
            "section": "method",
            "id": found.id,
            "name": found.name,
            "version": found.version,
            "extra": extra,
            "rows": rows,
        },
    )


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "istmo/about.html", {"section": ""})
