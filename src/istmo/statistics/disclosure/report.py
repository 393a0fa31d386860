"""What is said in public of how a table was protected?

    document = report(release, outcomes, ...)     the content of `report.json`; `page.page` lays it out for a person

A report holds no number that is a withheld cell in disguise: how many cells are small is never said, only how many have
no value, which anybody counts in `published.csv`; how much was lost is for the releasers (`audit`). The witnesses stand
in it by a salted digest alone.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from istmo.model.text import Text
from istmo.statistics.disclosure.attack import Outcome
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.disclosure.published import NORMAL, WITHHELD, Release, hierarchies_json
from istmo.statistics.disclosure.rules import Finest, Rules, sentences

FORMAT = "istmo-protected-table/1"

METHODS: Mapping[Method, Text] = {
    Method.SUPPRESS: Text(es="Retención con pruebas", en="Withholding with witnesses"),
    Method.ROUND: Text(es="Redondeo con clave", en="Keyed rounding"),
    Method.ALIKE: Text(es="Redondeo con clave, sensible", en="Keyed rounding, sensitive"),
    Method.NEAREST: Text(es="Redondeo al más cercano", en="Rounding to the nearest"),
    Method.CELL_KEY: Text(es="Ruido con clave por celda", en="Noise by cell key"),
    Method.SMALL_COUNT: Text(es="Redondeo de recuentos pequeños", en="Small-count rounding"),
}
_SETTINGS = (
    Text(
        es="Salen: published.csv, report.json y estas páginas. Nada más se entrega.",
        en="What leaves: published.csv, report.json and these pages. Nothing else is handed over.",
    ),
    Text(
        es="Se queda: la carpeta audit, con los recuentos verdaderos y las pruebas, que solo abre quien publica.",
        en="What stays: the folder audit, with the true counts and the witnesses, which only the releasers open.",
    ),
    Text(
        es="La clave secreta no sale nunca de donde están los registros; aquí figura solo su nombre.",
        en="The secret key never leaves where the records are; only its name stands here.",
    ),
)


def report(
    release: Release,
    outcomes: Sequence[Outcome],
    *,
    rolled_up: Sequence[Mapping[str, str]],
    witnesses: str,
    key_id: str,
    files: Mapping[str, str],
    program: str,
) -> dict[str, Any]:
    """The document; `files` are the SHA-256 of the other public files by name."""
    rules, table = release.rules, release.table
    rows = len(release.order)
    withheld = int(table.withheld.reshape(-1)[release.order].sum())
    statuses = {NORMAL: rows - withheld, WITHHELD: withheld} if withheld else {NORMAL: rows}
    return {
        "format": FORMAT,
        "program": program,
        "rules": rules.as_json(),
        "rules_digest": rules.digest,
        "period": release.period,
        "method_name": METHODS[rules.way].as_json(),
        "summary": _summary(rules).as_json(),
        "reading": [sentence.as_json() for sentence in sentences(rules)],
        "settings": [sentence.as_json() for sentence in _SETTINGS],
        "dimensions": hierarchies_json(table.dimensions),
        "rolled_up": [dict(one) for one in rolled_up],
        "cells": {"all": rows, "by_status": statuses},
        "attacks": [
            {
                "id": outcome.attacker.id,
                "title": outcome.attacker.title.as_json(),
                "assumes": outcome.attacker.assumes.as_json(),
                "findings": len(outcome.findings),
                "open": outcome.open,
                "tried": outcome.tried,
            }
            for outcome in outcomes
        ],
        "residual_risk": [sentence.as_json() for sentence in _residual(rules)],
        "key_id": key_id,
        "witnesses": witnesses,
        "files": dict(files),
    }


def as_bytes(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _summary(rules: Rules) -> Text:
    if rules.method is Method.SUPPRESS:
        return Text(
            es="Cada número publicado es exacto. Nadie puede calcular un recuento retenido ni probar que es pequeño.",
            en="Each number published is exact. Nobody can work out a withheld count or prove that it is small.",
        )
    return Text(
        es="Los números publicados son aproximados a propósito. Nadie puede calcular cuántas personas hay en un grupo"
        " pequeño.",
        en="The numbers that are published are approximate on purpose. Nobody can work out how many people are in a"
        " small group.",
    )


def _residual(rules: Rules) -> tuple[Text, ...]:
    said = [
        Text(
            es="Quien ya conoce a algunas de las personas contadas sabe más que un atacante de fuera.",
            en="Whoever knows some of the people counted knows more than an attacker from outside.",
        ),
        Text(
            es="Otra tabla con las mismas personas, publicada aquí o en otra parte, puede revelar lo que esta protege:"
            " compárelas con «istmo attack --against» antes de publicar.",
            en="Another table of the same people, published here or elsewhere, may reveal what this one protects:"
            " compare them with “istmo attack --against” before publishing.",
        ),
    ]
    if rules.method is Method.SUPPRESS:
        said.append(
            Text(
                es="Una celda retenida dice que hubo alguien: los ceros se publican.",
                en="A withheld cell says that there was somebody: zeros are published.",
            )
        )
    if rules.way in (Method.ROUND, Method.CELL_KEY, Method.SMALL_COUNT):
        said.append(
            Text(
                es="De un valor mayor que cero se sabe que hubo alguien, y de algunos que son menores que el umbral:"
                " por eso el lugar es una región o un país, nunca un puesto, y la tabla no es sensible.",
                en="Of a value above zero it is known that there was somebody, and of some that they are under the"
                " threshold: therefore place is a region or a country, never a point, and the table is not sensitive.",
            )
        )
        if not any(one.finest in (Finest.COUNTRY, Finest.REGION) for one in rules.dimensions):
            said.append(
                Text(
                    es="Las reglas no dicen qué lugares tiene la tabla («finest»): quien publica lo comprueba.",
                    en="The rules do not say which places the table has (“finest”): the releasers make sure.",
                )
            )
    return tuple(said)
