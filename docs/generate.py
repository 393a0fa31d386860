"""Writes the generated pages of docs/reference from the code lists, rules, profiles, places, settings and commands.

`python docs/generate.py` rewrites them; a repository test fails when a committed page is not what this would write.
"""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer.main

from istmo.app.django_setup import SHORTEST_PASSWORD
from istmo.app.settings import SETTINGS
from istmo.cli import app
from istmo.installation.accounts.permissions import OF_A_STATE, PERMISSIONS, SENSITIVE, needs_second_factor
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.accounts.sessions import FRESH, IDLE, LIFETIME, LINK_LASTS
from istmo.installation.audit.kinds import EventKind
from istmo.intake.profiles import builtin_profiles
from istmo.model.codes import codelist, codelists
from istmo.model.documents import read_document
from istmo.model.findings import rules
from istmo.model.text import Text
from istmo.policy.outcome import FOR_CLERK, NEUTRAL
from istmo.registry.agreements.activation import Ground
from istmo.registry.agreements.fields import catalogue
from istmo.registry.agreements.plain import NAMES
from istmo.registry.agreements.reading import FORMAT, OPTIONAL, PARTY_OPTIONAL, TERMS
from istmo.registry.agreements.record import (
    AuthorityKind,
    CapPeriod,
    Certainty,
    Condition,
    ContactKind,
    Direction,
    Exclusion,
    PartyRole,
    StopsFor,
    Subject,
)
from istmo.registry.agreements.states import OWNERS, Event, Status
from istmo.registry.agreements.states import diagram as agreement_diagram
from istmo.registry.datasets import datasets
from istmo.registry.members import members
from istmo.registry.places import places
from istmo.registry.policy_changes import policy_changes
from istmo.statistics.disclosure.attackers.catalogue import ATTACKERS
from istmo.statistics.disclosure.report import FORMAT as FORMAT_OF_REPORTS
from istmo.statistics.disclosure.rules import KEYS, REQUIRED, reading, region_rules
from istmo.web.composition import PASSKEY_LIMITS, RATE_LIMITS

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
HEAD = "<!-- Written by docs/generate.py; change its source, not this page. -->\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    titles = list(head)
    return "\n".join([line(titles), "|" + "---|" * len(titles), *map(line, rows)]) + "\n"


def codelists_page() -> str:
    parts = [HEAD, "# Code lists / Listas de códigos\n"]
    for list_ in codelists():
        parts.append(f"## {list_.id} {list_.version}\n{list_.name.es} / {list_.name.en}\n")
        extra = [key for key in ("parent", "region") if any(key in code.attributes for code in list_)]
        rows = (
            [f"`{code.id}`", code.name.es, code.name.en, *(code.attributes.get(key, "") for key in extra)]
            for code in list_
        )
        parts.append(_table(["code", "español", "English", *extra], rows))
    return "\n".join(parts)


def rules_page() -> str:
    parts = [
        HEAD,
        "# Rules and findings / Reglas y hallazgos\n",
        "R rules are the field's own; F rules are technical. A finding names its rule, its place, the value as the "
        "source wrote it, and what to do. It never changes a figure.\n",
    ]
    areas: dict[str, list[list[str]]] = {}
    for rule in rules().values():
        areas.setdefault(rule.area, []).append([f"`{rule.id}`", rule.title.es, rule.title.en])
    for area, rows in areas.items():
        parts += [f"## {area}\n", _table(["rule", "español", "English"], rows)]
    return "\n".join(parts)


def sources_page() -> str:
    parts = [HEAD, "# Sources: members, datasets, profiles, places / Fuentes\n", "## Members and the route\n"]
    parts.append(
        _table(
            ["code", "español", "English", "on the route"],
            ([m.code, m.name.es, m.name.en, "yes" if m.on_route else ""] for m in members()),
        )
    )
    parts += ["## Datasets\n"]
    parts.append(
        _table(
            ["dataset", "título", "title", "measures", "unit", "due day", "source"],
            (
                [f"`{d.id}`", d.title.es, d.title.en, ", ".join(d.measures), d.unit, str(d.due_day or ""), d.source.en]
                for d in datasets().values()
            ),
        )
    )
    parts += ["## Profiles\n"]
    parts.append(
        _table(
            ["profile", "version", "date", "author", "título", "title", "grain"],
            (
                [f"`{p.id}`", p.version, str(p.date), p.author, p.title.es, p.title.en, p.grain]
                for p in builtin_profiles().values()
            ),
        )
    )
    parts += ["## Places\n"]
    parts.append(
        _table(
            ["place", "member", "kind", "español", "English"],
            ([f"`{p.id}`", p.member, p.kind, p.name.es, p.name.en] for p in places().values()),
        )
    )
    parts += [
        "## Policy changes\n",
        "The calendar that stands beside the series and in the brief. A change is never given as a figure's cause. "
        "“No” in the last column: the official text was not seen; the entry rests on a report of it.\n",
    ]
    parts.append(
        _table(
            ["day", "kind", "by", "series", "people of", "qué", "what", "source", "checked"],
            (
                [
                    str(c.day),
                    c.kind,
                    c.by,
                    ", ".join(c.reporters),
                    ", ".join((*c.nationalities, *c.regions)) or "all",
                    c.what.es,
                    c.what.en,
                    f"[{c.source.title}]({c.source.url}), {c.source.day}",
                    "yes" if c.checked else "no",
                ]
                for c in policy_changes()
            ),
        )
    )
    return "\n".join(parts)


def settings_page() -> str:
    rows = ([f"`{s.name}`", s.meaning.es, s.meaning.en, s.default.es, s.default.en] for s in SETTINGS)
    return "\n".join(
        [HEAD, "# Settings / Ajustes\n", _table(["setting", "significado", "meaning", "si falta", "default"], rows)]
    )


def commands_page() -> str:
    root = typer.main.get_command(app)
    parts = [
        HEAD,
        "# Commands\n",
        "Exit 0: done, nothing quarantined or rejected. Exit 1: something was, or a check found something. "
        "Exit 2: wrong use, or the file cannot be read or recognised. Exit 3: a part is unavailable.\n",
    ]
    parts += _commands(root, "istmo")
    return "\n".join(parts)


def accounts_page() -> str:
    roles = list(AccountRole)
    parts = [
        HEAD,
        "# Accounts: roles, limits, sessions, the trail / Cuentas\n",
        "## Roles\n",
        _table(
            ["role", "función", "role", "para qué", "what for", "second factor"],
            (
                [
                    f"`{role.value}`",
                    role.title.es,
                    role.title.en,
                    role.purpose.es,
                    role.purpose.en,
                    "needed" if needs_second_factor(role) else "optional",
                ]
                for role in roles
            ),
        ),
        "## What each role may do\n",
        "Of an account of the Secretariat. An account of a State does only what is marked “State”, as far as its role "
        "goes, and for that State alone. “Confirmed” acts want a confirmation of the last five minutes. Whoever "
        "approves is never the person who wrote the analysis, whatever the role.\n",
        _table(
            ["act", "acto", "act", *(role.value for role in roles), "State", "confirmed"],
            (
                [
                    f"`{act.value}`",
                    act.title.es,
                    act.title.en,
                    *("yes" if role in allowed else "" for role in roles),
                    "yes" if act in OF_A_STATE else "",
                    "yes" if act in SENSITIVE else "",
                ]
                for act, allowed in PERMISSIONS.items()
            ),
        ),
        "## Sessions and links\n",
        f"A session rests after {_minutes(IDLE)} minutes without a request and ends after {_minutes(LIFETIME) // 60} "
        f"hours. A confirmation counts for {_minutes(FRESH)} minutes. A link of an invitation works once, for "
        f"{LINK_LASTS.days} days. A password has at least {SHORTEST_PASSWORD} characters.\n",
        "## Rate limits\n",
        "Tries in a time (m: minute, h: hour) by address (ip), by account (user), or by what was typed (key: the user "
        "name, or the account whose second factor is asked).\n",
        _table(["what", "rate"], ([f"`{name}`", rate] for name, rate in {**RATE_LIMITS, **PASSKEY_LIMITS}.items())),
        "## Acts in the trail\n",
        "Written in the transaction of the act itself, never changed, never removed.\n",
        _table(
            ["event", "español", "English"], ([f"`{kind.value}`", kind.title.es, kind.title.en] for kind in EventKind)
        ),
    ]
    return "\n".join(parts)


def agreement_format_page() -> str:
    name = "agreement-format.yaml"
    document = read_document((Path(__file__).parent / name).read_bytes(), name=name)
    values: dict[str, Any] = {
        "parties.authority_kind": AuthorityKind,
        "parties.role": PartyRole,
        "parties.legal_basis.certainty": Certainty,
        "exclusions": Exclusion,
        "flows.directions": Direction,
        "conditions": Condition,
        "volume_cap.per": CapPeriod,
        "contacts.kind": ContactKind,
        "stops_for": StopsFor,
    }
    optional = {*OPTIONAL, *(f"parties.{key}" for key in PARTY_OPTIONAL), "parties.legal_basis.checked_on"}
    optional |= {f"terms.{key}" for key in TERMS}
    example = (ROOT / "src/istmo/registry/documents/agreements/PAN-HTI-IDENT.yaml").read_text("utf-8")
    parts = [
        HEAD,
        "# Agreement format / Formato de un acuerdo\n",
        f"`{FORMAT}`. People write an agreement in YAML; every value is text, so a number or a day is what is printed. "
        "What the parties sign is the same content as canonical JSON: UTF-8, keys in order, no blanks, every value "
        "text. A signed agreement is a JWS in its general JSON serialisation (`typ: istmo-agreement+jws`, "
        "`alg: Ed25519`), one signature a party. A key, code, field or condition that is not listed here is refused "
        "with its place, and so "
        "is a text with signs that cannot be seen. How to sign: [English](../how-to/sign-and-suspend-an-agreement.md), "
        "[español](../how-to/firmar-y-suspender-un-acuerdo.md).\n",
        "Las personas escriben el acuerdo en YAML; todo valor es texto. Lo que las partes firman es el mismo contenido "
        "en JSON canónico. Una clave, un código, un campo o una condición que no está aquí se rechaza con su lugar.\n",
        "## Keys / Claves\n",
        _table(
            ["key", "significado", "meaning", "may be absent", "values"],
            (
                [
                    f"`{key}`",
                    entry["es"],
                    entry["en"],
                    "yes" if key in optional else "",
                    ", ".join(f"`{one.value}`" for one in values[key]) if key in values else "",
                ]
                for key, entry in document["keys"].items()
            ),
        ),
        "## Words / Palabras\n",
        _table(
            ["where", "value", "español", "English"],
            (
                [f"`{key}`", f"`{one.value}`", NAMES[one].es, NAMES[one].en]
                for key, kind in {**values, "clauses": Subject}.items()
                for one in kind
            ),
        ),
        "## Fields by category / Campos por categoría\n",
        "The list is closed. No agreement lists `CRIMREC`, which has none. / La lista es cerrada.\n",
        _table(
            ["category", "field", "español", "English"],
            (
                [f"`{category}`", f"`{field}`", named.es, named.en]
                for category, fields in catalogue().items()
                for field, named in fields.items()
            ),
        ),
        "## What keeps it from coming into force / Qué impide que entre en vigor\n",
        "`istmo agreement check FILE` says it. The table of cases is `tests/spec/agreements/test_activation.py`.\n",
        _table(
            ["ground", "rule", "motivo", "reason"],
            ([f"`{ground.value}`", f"`{ground.rule}`", ground.label.es, ground.label.en] for ground in Ground),
        ),
        "## States / Estados\n",
        f"```mermaid\n{agreement_diagram()}\n```\n",
        "Nobody sets a state: it follows from who signed, which day it is, and who suspended, denounced or superseded. "
        "/ Nadie fija un estado: se deduce.\n",
        _table(
            ["state", "español", "English", "a cargo de", "in the hands of"],
            (
                [f"`{status.value}`", status.label.es, status.label.en, OWNERS[status].es, OWNERS[status].en]
                for status in Status
            ),
        ),
        _table(
            ["event", "español", "English"], ([f"`{event.value}`", event.label.es, event.label.en] for event in Event)
        ),
        "## Where each provision stands / Dónde está cada disposición\n",
        _table(
            ["disposición", "provision", "key", "por qué no", "why not"],
            (
                [
                    entry["es"],
                    entry["en"],
                    f"`{entry['place']}`" if "place" in entry else "",
                    entry.get("reason_es", ""),
                    entry.get("reason_en", ""),
                ]
                for entry in document["provisions"]
            ),
        ),
        "## Example / Ejemplo\n",
        f"```yaml\n{example}```\n",
    ]
    return "\n".join(parts)


def decisions_page() -> str:
    folder = ROOT / "tests/spec/policy"
    document = read_document((folder / "decisions.yaml").read_bytes(), name="decisions.yaml")
    need = document["need"]
    states = [code for code in codelist("protection_state") if code.id != "NONE_FOUND"]
    head = ["caso", "case", "decisión", "decision", "rule", "clause"]
    parts = [
        HEAD,
        "# What is permitted and what is refused / Qué se permite y qué se deniega\n",
        "Each case changes one thing in the control. `tests/spec/policy/test_decisions.py` decides them all; the rules "
        "are in [rules](rules.md). Rule and clause are told to the protection officer and the data-protection officer "
        f"alone: a clerk reads “{FOR_CLERK.en}” and a peer “{NEUTRAL.en}”, whatever the reason. Try one with "
        "`istmo decide REQUEST.json`.\n",
        "Cada caso cambia una cosa en el caso base. La regla y la cláusula se dicen solo a la persona oficial de "
        f"protección y a la de protección de datos: quien atiende lee «{FOR_CLERK.es}» y la otra parte "
        f"«{NEUTRAL.es}», sea cual sea el motivo.\n",
        f"**Caso base.** {document['control']['es']}\n",
        f"**Control.** {document['control']['en']}\n",
    ]
    for group in document["groups"]:
        parts.append(f"## {group['en']} / {group['es']}\n")
        parts.append(_table(head, (_case(case) for case in group["cases"])))
    parts += [
        "## Every need, in every facet / Toda necesidad, en toda faceta\n",
        f"{need['en']} / {need['es']}\n",
        _table(
            ["faceta", "facet", "`NONE_FOUND`", *(f"`{code.id}`" for code in states)],
            (
                [name.es, name.en, _decided(need["none_found"][facet]), *(_decided("R28") for _ in states)]
                for facet, name in FACET_NAMES.items()
            ),
        ),
        _table(["code", "español", "English"], ([f"`{code.id}`", code.name.es, code.name.en] for code in states)),
        "## What cannot be read / Lo que no se puede leer\n",
        f"{document['unreadable']['en']} / {document['unreadable']['es']}\n",
    ]
    return "\n".join(parts)


FACET_NAMES = {
    "declared": Text(es="Nacionalidad declarada", en="Nationality declared"),
    "presented": Text(es="Nacionalidad presentada (documento)", en="Nationality presented (document)"),
    "presumed": Text(es="Nacionalidad presunta", en="Nationality presumed"),
    "verified": Text(es="Nacionalidad verificada", en="Nationality verified"),
    "birth": Text(es="País de nacimiento", en="Country of birth"),
    "residence": Text(es="Residencia anterior", en="Former residence"),
    "feared": Text(es="Estado temido", en="State feared"),
}


def _decided(outcome: str) -> str:
    return "✓" if outcome == "permit" else f"✗ `{outcome}`"


def _case(case: Any) -> list[str]:
    if case["expect"] == "permit":
        return [case["es"], case["en"], "se permite", "permitted", "", ""]
    return [case["es"], case["en"], "se deniega", "refused", f"`{case['expect']}`", case["clause"]]


def _minutes(duration: timedelta) -> int:
    return int(duration.total_seconds()) // 60


def _commands(command: Any, path: str) -> list[str]:
    if hasattr(command, "commands"):
        return [part for name, child in sorted(command.commands.items()) for part in _commands(child, f"{path} {name}")]
    rows = []
    for parameter in command.params:
        options = [name for name in parameter.opts if name.startswith("-")]
        name = ", ".join(options) if options else parameter.name.upper()
        rows.append([f"`{name}`", getattr(parameter, "help", "") or ""])
    return [
        f"## `{path}`\n{command.help or ''}\n",
        *([_table(["argument or option", "meaning"], rows)] if rows else []),
    ]


def disclosure_page() -> str:
    parts = [
        HEAD,
        "# Protected tables: rules, codes, attackers / Tablas protegidas\n",
        "How it is used: [protect a table of your office](../how-to/protect-a-table.md), "
        "[en español](../how-to/proteger-una-tabla.md).\n",
        "## The rule document / El documento de reglas\n",
        "YAML; every value is text. Needed: "
        + ", ".join(f"`{key}`" for key in REQUIRED)
        + ". Paths are relative to it.\n",
        _table(["key", "español", "English"], ([f"`{key}`", said.es, said.en] for key, said in KEYS.items())),
        "What is refused, and why: a threshold outside 5 to 15; a base under the threshold, as counts under it could "
        "be told; base 3, and rounding to the nearest 5, since cells were worked out from them; `round`, `cell_key` "
        "and `small_count` where the finest place is a point, unless the table is sensitive, since a value above zero "
        "proves that somebody was there; a sensitive table by another method; exact totals of two dimensions beside "
        "rounded detail; a table with withheld cells that hides its zeros; with `suppress` and `headline`, a table by "
        "more dimensions than one that is listed.\n",
        "## The region's documents / Los documentos de la región\n",
        _table(
            ["id", "v", "título", "title", "threshold", "method", "base", "en palabras", "in plain words"],
            (
                [
                    f"`{rules.id}`",
                    str(rules.version),
                    rules.title.es if rules.title else "",
                    rules.title.en if rules.title else "",
                    str(rules.threshold),
                    rules.method.value,
                    str(rules.base or ""),
                    reading(rules).es,
                    reading(rules).en,
                ]
                for rules in region_rules().values()
            ),
        ),
        "## `published.csv`\n",
        "One row a cell, totals included: the dimensions in the order of the table, then these columns.\n",
        _table(
            ["column", "español", "English"],
            [
                [
                    "`value`",
                    "el recuento, exacto o redondeado; vacío si está retenido; `0-9` en una tabla sensible",
                    "the count, exact or rounded; empty where it is withheld; `0-9` in a sensitive table",
                ],
                ["`OBS_STATUS`", "`A` con valor, `Q` retenido", "`A` with a value, `Q` withheld"],
                [
                    "`CONF_STATUS`",
                    "`F` libre, `C` confidencial: un solo código, cualquiera sea el motivo",
                    "`F` free, `C` confidential: one code, whatever the reason",
                ],
            ],
        ),
        "`report.json` (`"
        + FORMAT_OF_REPORTS
        + "`) has the rules that were used with their digest, the hierarchies, the "
        "cells by status, what was rolled up, the attacks, the name of the key and a salted digest of the witnesses. "
        "`audit/` stays: `cells.csv` (true counts; true codes `A` small, `D` withheld for its sake, `F`), `moves.csv` "
        "(the witnesses), `audit.json` (what was lost, what was found).\n",
        "## Attackers / Atacantes\n",
        _table(
            ["id", "atacante", "qué supone", "attacker", "what it assumes", "finds"],
            (
                [
                    f"`{one.id}`",
                    one.title.es,
                    one.assumes.es,
                    one.title.en,
                    one.assumes.en,
                    ", ".join(kind.value for kind in one.finds),
                ]
                for one in ATTACKERS
            ),
        ),
    ]
    return "\n".join(parts)


PAGES = {
    "codelists.md": codelists_page,
    "rules.md": rules_page,
    "sources.md": sources_page,
    "settings.md": settings_page,
    "commands.md": commands_page,
    "accounts.md": accounts_page,
    "agreement-format.md": agreement_format_page,
    "decisions.md": decisions_page,
    "disclosure.md": disclosure_page,
}


def write() -> None:
    REFERENCE.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page().rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
