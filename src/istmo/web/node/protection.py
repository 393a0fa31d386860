"""What was rolled up into what, and what is withheld, in the node's own exact figures: for those who release (R27)."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from istmo.model.codes import codelist
from istmo.model.text import Text
from istmo.node.release.models import Release
from istmo.registry.datasets import datasets
from istmo.registry.regions import region
from istmo.statistics.wording import short_name
from istmo.web.common.permissions import Act, requires
from istmo.web.protection.naming import named, named_codes
from istmo.web.protection.pages import looked_at


@require_safe
@requires(Act.READ_PROTECTION)
def protection(request: HttpRequest, release_id: int) -> HttpResponse:
    found = Release.objects.select_related("vintage", "protection").filter(pk=release_id).first()
    if found is None or not hasattr(found, "protection"):
        raise Http404
    looked_at(request, "vintage", found.vintage.name)
    known = datasets().get(found.vintage.dataset_id)
    context = {
        "menu": "releases",
        "release": found,
        "title": known.title if known else Text(es=found.vintage.dataset_id, en=found.vintage.dataset_id),
        "tables": [_table(one) for one in found.protection.told],
    }
    return render(request, "istmo/workbench/protection.html", context)


def _table(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "measure": codelist("measure")[told["measure"]].name,
        "period": told["period"],
        "revises": told["revises"],
        "cells": told["cells"],
        "rows": [(named("CITIZENSHIP", row["code"]), row["count"], _by_region(row["holds"])) for row in told["rows"]],
        "withheld": [(named_codes(map(tuple, one["codes"])), one["count"], one["small"]) for one in told["withheld"]],
    }


def _by_region(holds: list[tuple[str, int]]) -> list[tuple[Text, list[tuple[Text, int]]]]:
    by: dict[str, list[tuple[Text, int]]] = {}
    for code, count in holds:
        by.setdefault(region(code), []).append((short_name("citizenship", code), count))
    return [(short_name("flow_region", one), names) for one, names in sorted(by.items())]
