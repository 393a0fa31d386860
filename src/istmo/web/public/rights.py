"""The page for migrants, in five languages: what is recorded, what is never shared, asylum at any time, free help.

It is one file without any outside request, sets no cookie and asks for none, works offline (a service worker keeps the
five pages; one download holds all of them), and expires: after `valid_until` the text is hidden and only contacts stand
(R51). The texts, their legal sources and dates are data in `documents/rights.yaml`.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from istmo.model.documents import only, read_document

LANGUAGES = ("es", "en", "fr", "pt", "ht")

_CSS = (files("istmo.web") / "documents" / "rights.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()

_own_style = csp_replace({"style-src": [f"'sha256-{_STYLE_HASH}'"]})

# Network first, so that a changed or expired text replaces the kept one whenever there is a connection.
_WORKER = (files("istmo.web") / "documents" / "rights_worker.js").read_text(encoding="utf-8")
_OFFLINE_SCRIPT = """if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("%(worker)s", {scope: "%(scope)s"});
}
"""


@dataclass(frozen=True, slots=True)
class Rights:
    """The texts as read, with the day they were true and the day they end."""

    as_of: date
    valid_until: date
    contacts: tuple[dict[str, Any], ...]
    texts: dict[str, dict[str, Any]]
    digest: str

    def in_(self, language: str, *, on: date) -> dict[str, Any]:
        """The page's text in `language` as it may be shown on the day `on`: whole, or its contacts once expired."""
        text = self.texts[language]
        shown = {
            "language": language,
            "title": text["title"],
            "languages": text["languages"],
            "contacts_heading": text["contacts"]["heading"],
            "contacts_text": text["contacts"]["text"],
            "contacts": [{"name": c["name"][language], "address": c["address"]} for c in self.contacts],
            "download": text["download"],
            "back": text["back"],
        }
        if on > self.valid_until:
            return {**shown, "expired": text["expired"]}
        dates = text["dates"].format(as_of=_written(self.as_of, text), valid_until=_written(self.valid_until, text))
        return {
            **shown,
            "lead": text["lead"],
            "sections": text["sections"],
            "sources_heading": text["sources"]["heading"],
            "sources": text["sources"]["items"],
            "sources_text": text["sources"]["text"],
            "review": text["review"],
            "dates": dates,
        }


@cache
def rights() -> Rights:
    name = "rights.yaml"
    raw = (files("istmo.web") / "documents" / name).read_bytes()
    keys = ("as_of", "valid_until", "contacts", "texts")
    document = only(read_document(raw, name=name), keys, name=name, required=keys)
    texts = only(document["texts"], LANGUAGES, name=name, required=LANGUAGES)
    return Rights(
        as_of=date.fromisoformat(document["as_of"]),
        valid_until=date.fromisoformat(document["valid_until"]),
        contacts=tuple(document["contacts"]),
        texts=dict(texts),
        digest=hashlib.sha256(raw + _CSS.encode()).hexdigest()[:12],
    )


def render(languages: tuple[str, ...], *, on: date, served: bool) -> str:
    """One page with these languages' texts; `served` adds links to the other pages, the download and the worker."""
    document = rights()
    context = {
        "texts": [document.in_(language, on=on) for language in languages],
        "languages": [(code, document.texts[code]["name"]) for code in LANGUAGES],
        "css": mark_safe(_CSS),  # noqa: S308 - our own style sheet
        "served": served,
        "back": f"/{languages[0]}/" if languages[0] in ("es", "en") else "/es/",
    }
    return render_to_string("istmo/rights.html", context)


@require_safe
@_own_style
def page(request: HttpRequest, language: str) -> HttpResponse:
    if language not in LANGUAGES:
        raise Http404
    response = HttpResponse(render((language,), on=_today(), served=True))
    response["Content-Language"] = language
    return response


@require_safe
@_own_style
def one_file(request: HttpRequest) -> HttpResponse:
    """All five languages in one file, to keep."""
    response = HttpResponse(render(LANGUAGES, on=_today(), served=False))
    response["Content-Disposition"] = 'attachment; filename="istmo-derechos-rights-droits-direitos-dwa.html"'
    return response


@require_safe
def offline_script(request: HttpRequest) -> HttpResponse:
    script = _OFFLINE_SCRIPT % {
        "worker": reverse("rights-worker"),
        "scope": reverse("rights-worker").rpartition("/")[0] + "/",
    }
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    pages = [reverse("rights", kwargs={"language": code}) for code in LANGUAGES]
    listed = "[" + ",".join(f'"{address}"' for address in [*pages, reverse("rights-offline")]) + "]"
    script = _WORKER % {"version": rights().digest, "pages": listed}
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def _written(day: date, text: dict[str, Any]) -> str:
    return str(text["date"]).format(day=day.day, month=text["months"][day.month - 1], year=day.year)


def _today() -> date:
    return datetime.now(UTC).date()
