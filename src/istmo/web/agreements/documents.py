"""The documents of the registry held here: who signed each and since when, and how the program's own stand to them."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from istmo.installation.registry_copy.held import Held, held_registry
from istmo.model.codes import Code, Codelist
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.distribution.layout import AGREEMENTS, CODELISTS, PARTIES, RULES, owner_of
from istmo.registry.distribution.listing import Listed
from istmo.registry.reference import DISCLOSURE, Compared, Standing, own_documents, read_reference
from istmo.statistics.disclosure.rules import read_rules, sentences
from istmo.web.agreements.registry import ABSENT, attachment, frame
from istmo.web.common.permissions import Act, requires

PILLS = {Standing.EQUAL: "ok", Standing.AHEAD: "warn", Standing.ONLY_PROGRAM: ""}
TYPES = {"yaml": "application/yaml", "json": "application/json"}


@dataclass(frozen=True, slots=True)
class Row:
    """A document: as the registry carries it (`listed`) and as it stands to the program's own (`compared`)."""

    path: str
    listed: Listed | None
    compared: Compared | None

    @property
    def pill(self) -> str:
        return PILLS.get(self.compared.standing, "err") if self.compared else ""


@require_safe
@requires(Act.READ_AGREEMENTS)
def index(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = frame(request, "documents")
    try:
        held = held_registry()
        rows = _rows(held)
    except ABSENT as error:
        return render(request, "istmo/agreements/documents.html", {**context, "absent": error})
    groups = [
        (_("Who takes part"), [one for one in rows if one.path == PARTIES]),
        (_("Code lists"), [one for one in rows if one.path.startswith(f"{CODELISTS}/")]),
        (_("Rules"), [one for one in rows if one.path.startswith(f"{RULES}/")]),
        (_("Parts of the parties"), _of_parties(rows)),
        (_("Agreements"), [one for one in rows if one.path.startswith(f"{AGREEMENTS}/")]),
    ]
    context |= {
        "groups": [(title, listed) for title, listed in groups if listed],
        "fetched": bool(held.listed()),
        "differ": [one for one in held.compared() if one.needs_attention],
        "snapshot": held(),
    }
    return render(request, "istmo/agreements/documents.html", context)


@require_safe
@requires(Act.READ_AGREEMENTS)
def document(request: HttpRequest, path: str) -> HttpResponse:
    held, row = _found(path)
    raw = held.documents().get(path)
    own = own_documents().get(path)
    context = {
        **frame(request, "documents"),
        "row": row,
        "text": _text(raw if raw is not None else own),
        "codes": _codes(path, raw, own),
        "rules": _rules(path, raw if raw is not None else own),
        "own_rules": _rules(path, own) if raw is not None and raw != own else None,
    }
    return render(request, "istmo/agreements/document.html", context)


@require_safe
@requires(Act.READ_AGREEMENTS)
def file(request: HttpRequest, path: str) -> HttpResponse:
    """The document as it was signed; the program's own where the registry has none."""
    held, _row = _found(path)
    raw = held.documents().get(path)
    name = path.rpartition("/")[2]
    text = _text(raw if raw is not None else own_documents()[path])
    return attachment(text, name, TYPES.get(name.rpartition(".")[2], "text/plain"))


def _rows(held: Held) -> list[Row]:
    listed, compared = held.listed(), {one.path: one for one in held.compared()}
    paths = sorted({*held.documents(), *compared})
    return [Row(path, listed.get(path), compared.get(path)) for path in paths]


def _of_parties(rows: list[Row]) -> list[Row]:
    return [one for one in rows if owner_of(one.path) not in (None, "targets", AGREEMENTS)]


def _found(path: str) -> tuple[Held, Row]:
    try:
        held = held_registry()
        rows = {one.path: one for one in _rows(held)}
    except ABSENT as error:
        raise Http404 from error
    if path not in rows:
        raise Http404
    return held, rows[path]


def _text(raw: bytes | None) -> str:
    return "" if raw is None else raw.decode("utf-8", "replace")


def _codes(path: str, raw: bytes | None, own: bytes | None) -> list[tuple[Code, str]]:
    """The codes of a list with where each is known: "" in both, else `added` (registry), `lost` (here), `renamed`."""
    if not path.startswith(f"{CODELISTS}/"):
        return []
    here, there = _read(path, own), _read(path, raw)
    if here is None or there is None:
        return [(code, "") for code in here or there or ()]
    marks = {id_: "added" for id_ in there.codes if id_ not in here}
    marks |= {id_: "renamed" for id_, code in there.codes.items() if id_ in here and here[id_] != code}
    gone = [(code, "lost") for code in here if code.id not in there]
    return [*((code, marks.get(code.id, "")) for code in there), *gone]


def _rules(path: str, raw: bytes | None) -> tuple[Text | None, tuple[Text, ...]] | None:
    """A rule of disclosure control in plain words: its title and sentences; None for what is none or cannot be read."""
    if not path.startswith(f"{DISCLOSURE}/") or raw is None:
        return None
    try:
        rules = read_rules(raw, name=path)
    except InvalidInput:
        return None
    return rules.title, sentences(rules)


def _read(path: str, raw: bytes | None) -> Codelist | None:
    try:
        return None if raw is None else read_reference(path, raw)
    except InvalidInput:
        return None
