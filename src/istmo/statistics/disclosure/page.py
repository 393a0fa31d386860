"""How is the report of a protected table laid out for a person? One HTML page that needs nothing else.

    page(document, "es")     the page of a `report.json` that was read

No script, no outside request, printable; five headings after the five safes. The page says nothing that the JSON
document does not say.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from istmo.model.text import Text

Document = Mapping[str, Any]

_HEADINGS = {
    "projects": (
        Text(es="Proyecto: para qué y con qué reglas", en="Project: what for, and under which rules"),
        Text(es="Proyectos seguros", en="Safe projects"),
    ),
    "people": (
        Text(es="Personas: quién la preparó y quién la aprobó", en="People: who prepared and who approved it"),
        Text(es="Personas seguras", en="Safe people"),
    ),
    "settings": (
        Text(es="Entorno: qué sale y qué se queda", en="Setting: what leaves and what stays"),
        Text(es="Entornos seguros", en="Safe settings"),
    ),
    "data": (
        Text(es="Datos: qué tiene la tabla", en="Data: what the table holds"),
        Text(es="Datos seguros", en="Safe data"),
    ),
    "outputs": (
        Text(es="Resultado: qué se publica y cómo se atacó", en="Output: what is published and how it was attacked"),
        Text(es="Resultados seguros", en="Safe outputs"),
    ),
}
_STATUS = {
    "A": Text(es="Con valor", en="With a value"),
    "Q": Text(es="Retenida para proteger a las personas", en="Withheld to protect people"),
}


def page(document: Document, language: str) -> str:
    """The page in `language` ("es" or "en")."""
    other = "en" if language == "es" else "es"

    def say(es: str, en: str) -> str:
        return escape(es if language == "es" else en)

    def text(value: Mapping[str, str]) -> str:
        return escape(value[language])

    rules = document["rules"]
    title = text(rules["title"]) if "title" in rules else say("Tabla protegida", "Protected table")
    if document["period"]:
        title = f"{title}, {escape(document['period'])}"
    cells = document["cells"]
    if any(attack["findings"] for attack in document["attacks"]):
        passed = say("Los ataques encontraron algo: no publicar", "The attacks found something: do not publish")
    elif any(attack["open"] for attack in document["attacks"]):
        passed = say("Un ataque no terminó: no publicar", "An attack came to no end: do not publish")
    else:
        passed = say("Ningún ataque encontró nada", "No attack found anything")
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{language}">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="robots" content="noindex">',
        f"<title>{title} · Istmo</title>",
        f"<style>{_style()}</style>",
        "</head>",
        "<body>",
        f'<a class="skip" href="#main">{say("Ir al contenido", "Skip to the content")}</a>',
        '<header class="top"><div class="wrap">',
        f'<span class="brand"><b>Istmo</b><span>{say("Protección de tablas", "Protection of tables")}</span></span>',
        f'<nav class="lang" aria-label="{say("Idioma", "Language")}">'
        f'<span aria-current="page">{"Español" if language == "es" else "English"}</span>'
        f'<a href="report.{other}.html" lang="{other}" hreflang="{other}">'
        f"{'English' if other == 'en' else 'Español'}</a></nav>",
        "</div></header>",
        '<main id="main" class="wrap">',
        '<div class="title">',
        f'<p class="kicker">{say("Informe de protección", "Protection report")}</p>',
        f"<h1>{title}</h1>",
        f'<p class="lead">{text(document["summary"])}</p>',
        "</div>",
        _facts(
            [
                (say("Método", "Method"), text(document["method_name"]), _number_of(document, language)),
                (say("Umbral", "Threshold"), str(rules["threshold"]), ""),
                (say("Celdas", "Cells"), _n(cells["all"], language), say("totales incluidos", "totals included")),
                (say("Retenidas", "Withheld"), _n(cells["by_status"].get("Q", 0), language), ""),
                (
                    say("Ataques", "Attacks"),
                    _n(sum(attack["tried"] for attack in document["attacks"]), language),
                    passed,
                ),
            ]
        ),
        f'<p class="get"><b>{say("Archivos", "Files")}</b> '
        f'<a class="chip" href="published.csv" download>published.csv</a> '
        f'<a class="chip" href="report.json" download>report.json</a></p>',
    ]

    parts += _section("projects", language)
    parts.append(f"<h3>{say('Las reglas, en palabras', 'The rules, in plain words')}</h3>")
    parts.append(_list(text(sentence) for sentence in document["reading"]))
    named = f"{rules['id']}, v{rules['version']}" if "id" in rules else ""
    identity = [
        (name, value)
        for name, value in (
            (say("Documento de reglas", "Rule document"), escape(named) or say("propio, sin nombre", "own, unnamed")),
            (say("Fecha del documento", "Date of the document"), escape(rules.get("date", ""))),
            (say("Huella (SHA-256)", "Digest (SHA-256)"), f"<code>{escape(document['rules_digest'])}</code>"),
            (say("Qué se cuenta", "What is counted"), escape(rules.get("population", ""))),
            (say("Período", "Period"), escape(document["period"])),
            (say("Política publicada", "Published policy"), text(rules["source"]) if "source" in rules else ""),
        )
        if value
    ]
    parts.append(_pairs(identity))
    parts.append("</section>")

    parts += _section("people", language)
    two = say(
        "Una tabla sale cuando dos personas distintas la miraron. Se firma en papel o en la mesa de trabajo.",
        "A table leaves when two different people have looked at it. They sign on paper or at the workbench.",
    )
    parts.append(f"<p>{two}</p>")
    parts.append(
        _table(
            [say("Función", "Role"), say("Nombre", "Name"), say("Fecha", "Date"), say("Firma", "Signature")],
            [
                [say("Preparó", "Prepared by"), "", "", ""],
                [say("Aprobó (otra persona)", "Approved by (somebody else)"), "", "", ""],
            ],
            css="sign",
        )
    )
    parts.append(f'<p class="line">{say("Excepciones, con su motivo:", "Exceptions, with their reason:")}</p>')
    parts.append("</section>")

    parts += _section("settings", language)
    parts.append(_list(text(sentence) for sentence in document["settings"]))
    parts.append(
        _pairs(
            [
                (say("Programa", "Program"), escape(document["program"])),
                (say("Nombre de la clave", "Name of the key"), f"<code>{escape(document['key_id'])}</code>"),
                (
                    say("Huella con sal de las pruebas", "Salted digest of the witnesses"),
                    f"<code>{escape(document['witnesses'])}</code>",
                ),
            ]
        )
    )
    parts.append("</section>")

    parts += _section("data", language)
    parts.append(
        _table(
            [say("Dimensión", "Dimension"), say("Códigos", "Codes"), say("Del detalle", "In the detail")],
            [
                [escape(one["name"]), _n(len(one["codes"]), language), _n(_leaves(one["codes"]), language)]
                for one in document["dimensions"]
            ],
            numbers=(1, 2),
        )
    )
    parts.append(f"<h3>{say('Lo que se incluyó en otra categoría', 'What was included in another category')}</h3>")
    if document["rolled_up"]:
        parts.append(
            _table(
                [say("Dimensión", "Dimension"), say("Código", "Code"), say("Incluido en", "Included in")],
                [[escape(one["dimension"]), escape(one["code"]), escape(one["into"])] for one in document["rolled_up"]],
            )
        )
    else:
        nothing = say(
            "Nada: la tabla se publica con todos sus códigos.", "Nothing: the table is published with all its codes."
        )
        parts.append(f"<p>{nothing}</p>")
    parts.append("</section>")

    parts += _section("outputs", language)
    parts.append(f"<h3>{say('Celdas según su estado', 'Cells by status')}</h3>")
    parts.append(
        _table(
            ["OBS_STATUS", say("Significa", "Means"), say("Celdas", "Cells")],
            [
                [f"<code>{escape(code)}</code>", escape(_STATUS[code].in_(language)), _n(count, language)]
                for code, count in cells["by_status"].items()
            ],
            numbers=(2,),
        )
    )
    parts.append(f"<h3>{say('Ataques que se hicieron', 'Attacks that were made')}</h3>")
    parts.append(
        _table(
            [say("Ataque", "Attack"), say("Qué supone", "What it assumes"), say("Encontró", "Found")],
            [[text(one["title"]), text(one["assumes"]), _found(one, language)] for one in document["attacks"]],
            css="attacks",
            numbers=(2,),
        )
    )
    if not all(one["tried"] for one in document["attacks"]):
        left = say(
            "Al proteger no se hizo lo que tarda mucho con una tabla de este tamaño; «istmo attack» hace más.",
            "What takes long with a table of this size was not made while protecting; “istmo attack” does more.",
        )
        parts.append(f"<p>{left}</p>")
    parts.append(f"<h3>{say('Lo que queda de riesgo', 'The risk that remains')}</h3>")
    parts.append(_list(text(sentence) for sentence in document["residual_risk"]))
    parts.append("</section>")
    parts += ["</main>", f'<footer class="wrap">{say("Hecho por", "Made by")} {escape(document["program"])}.</footer>']
    parts += ["</body>", "</html>", ""]
    return "\n".join(parts)


def _section(name: str, language: str) -> list[str]:
    heading, safe = _HEADINGS[name]
    return [
        f'<section class="sec" aria-labelledby="{name}">',
        f'<p class="kicker">{escape(safe.in_(language))}</p>',
        f'<h2 id="{name}">{escape(heading.in_(language))}</h2>',
    ]


def _facts(facts: Iterable[tuple[str, str, str]]) -> str:
    rows = "".join(
        f"<div><dt>{name}</dt><dd>{value}{f'<small>{more}</small>' if more else ''}</dd></div>"
        for name, value, more in facts
    )
    return f'<dl class="facts">{rows}</dl>'


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return '<dl class="pairs">' + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in pairs) + "</dl>"


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], *, css: str = "", numbers: Sequence[int] = ()) -> str:
    def cell(at: int, value: str, tag: str = "td") -> str:
        mark = ' class="n"' if at in numbers else ""
        scope = ' scope="row"' if tag == "th" else ""
        return f"<{tag}{scope}{mark}>{value}</{tag}>"

    titles = "".join(
        f'<th scope="col"{" class=" + chr(34) + "n" + chr(34) if at in numbers else ""}>{title}</th>'
        for at, title in enumerate(head)
    )
    body = "".join(
        "<tr>" + cell(0, row[0], "th") + "".join(cell(at, value) for at, value in enumerate(row[1:], 1)) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{head[0]}"><table class="{css}">'
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _leaves(codes: Sequence[Sequence[str]]) -> int:
    parents = {parent for _, parent in codes}
    return sum(code not in parents for code, _ in codes)


def _found(attack: Document, language: str) -> str:
    findings = attack["findings"]
    if not findings and not attack["tried"]:
        return "no se hizo" if language == "es" else "not made"
    if not findings and attack["open"]:
        return f'<b class="bad">{"sin terminar" if language == "es" else "no end"}</b>'
    if not findings:
        return f'<span class="ok">{"nada" if language == "es" else "nothing"}</span>'
    return f'<b class="bad">{_n(findings, language)}</b>'


def _number_of(document: Document, language: str) -> str:
    base = document["rules"].get("base")
    noise = document["rules"].get("noise")
    if base:
        return f"base {base}"
    if noise:
        return escape(f"{'noise at most' if language == 'en' else 'ruido máximo'} {noise['greatest']}")
    return ""


def _n(number: int, language: str) -> str:
    """A number as the language writes it: 100,110 in both, as the region's brief does."""
    return f"{number:,}"


def _style() -> str:
    return (files("istmo.statistics.disclosure") / "report.css").read_text("utf-8")
