"""What do the figures count, in which unit, whose are they, and of which place? Never decided: the file hardly says it.

Words of the title, of the headers and of the file's name rank the options and stand beside them as their reason.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from istmo.intake.suggesting.labelling import place_option
from istmo.intake.suggesting.values import Decision, Option
from istmo.model.codes import codelist
from istmo.model.labels import fold
from istmo.model.text import Text
from istmo.registry.members import members
from istmo.registry.places import places

_MEASURES = (
    (r"transito\w* irregular", "TRA_IRR"),
    (r"(?:ingres|entrada)\w* irregular|irregular entr", "ENT_IRR"),
    (r"eventos? de (?:personas en situacion|.* irregular)", "EVT_IRR"),
    (r"encounter|encuentro", "ENCOUNTER"),
    (r"rechaz|refus", "REF_ENT"),
    (r"inadmi", "INADM"),
    (r"retorno asistido|assisted return", "RET_ASS"),
    (r"deporta|removal|removed", "DEPORT"),
    (r"retornad|repatria|returned|fec rep", "RET_REC"),
    (r"expuls", "EXPUL"),
    (r"permiso|permit|salvoconducto", "PERM_TMP"),
    (r"alberga|shelter", "SHELTERED"),
    (r"canalizad", "CHANNEL"),
    (r"aprehen|apprehen|presentad|asegurad", "APPREH"),
    (r"(?:solicit\w*|applications?) .*(?:refugi|asilo|asylum)|asylum appl", "ASY_APP"),
    (r"refugi\w* reconocid|recogni[sz]ed refugee", "ASY_REC"),
    (r"fallec|muert|death", "DEATH"),
    (r"desapareci|missing", "MISSING"),
    (r"varad|stranded", "STRANDED"),
    (r"regulariza|regularis", "REG"),
    (r"trata de personas|trafficking", "TRAF_VIC"),
    (r"ingres|entrada|arrivals?|entries", "ENT_REG"),
    (r"salida|egreso|departures?|exits?", "EXI_REG"),
    (r"atencion|atendid|attention", "ATT"),
)
_UNITS = (
    (r"evento|encounter|encuentro|event", "EVENT"),
    (r"registr|transito|irregular", "REGISTRATION"),
    (r"permiso|permit", "PERMIT"),
    (r"expediente|casos?|cases?", "CASE"),
    (r"grupos? familiar|family group", "GROUP"),
    (r"persona|people|persons|extranjeros|migrantes", "PERSON_SOURCE"),
)


_NOT_SAID = Option(None, Text(es="no se dice", en="it is not said"))


def measure_decision(lines: Sequence[str], *, optional: bool) -> Decision:
    """What is counted; `optional` in a file of records, where the answer stands for the whole field."""
    question = Text(es="¿Qué cuentan las cifras?", en="What do the figures count?")
    decision = _ranked("MEASURE", "measure", question, _MEASURES, lines)
    return _as_field(decision) if optional else decision


def _as_field(decision: Decision) -> Decision:
    """The same decision with whole fields as answers, and that there is none."""
    options = (
        Option({"const": option.value}, option.title, option.reason) for option in decision.options if option.value
    )
    return Decision(decision.id, decision.question, (*options, _NOT_SAID), decision.evidence)


def unit_decision(lines: Sequence[str]) -> Decision:
    return _ranked(
        "UNIT",
        "unit_of_count",
        Text(es="¿En qué unidad se cuentan?", en="In which unit are they counted?"),
        _UNITS,
        lines,
    )


def _ranked(id_: str, list_id: str, question: Text, words: Iterable[tuple[str, str]], lines: Sequence[str]) -> Decision:
    reasons: dict[str, Text | None] = {}
    for pattern, code in words:
        for line in lines:
            match = re.search(pattern, fold(line))
            if match is not None:
                reasons.setdefault(code, Text(es=f"dice «{match[0]}»", en=f"it says “{match[0]}”"))
    codes = (*reasons, *(code for code in codelist(list_id).ids if code not in reasons))
    options = tuple(Option(code, codelist(list_id)[code].name, reasons.get(code)) for code in codes)
    return Decision(id_, question, options)


def reporters(lines: Sequence[str], *, filename: str, country: str) -> Mapping[str, tuple[str, ...]]:
    """The reporters whose agency, places or name the file speaks of, each with the acronyms that fit, best first."""
    tokens = set(re.split(r"[^a-z0-9]+", fold(filename)))
    found: dict[str, dict[str, None]] = {}
    for member in members():
        for agency in member.agencies:
            names = {fold(agency.name.es), fold(agency.name.en)}
            named = any(name in fold(line) for line in lines for name in names)
            signed = [name for name in (agency.acronym, agency.formerly) if name]
            acronym = any(fold(name) in tokens or any(_has_word(name, line) for line in lines) for name in signed)
            if named or (acronym and (fold(member.code) in tokens or member.code == country)):
                found.setdefault(member.code, {}).setdefault(agency.acronym, None)
    for member in members():
        spoken = any(_has_word(fold(member.short.es), fold(line)) for line in lines)
        if member.code == country or fold(member.code) in tokens or spoken:
            acronyms = found.setdefault(member.code, {})
            for agency in member.agencies:
                acronyms.setdefault(agency.acronym, None)
    order = sorted(found, key=lambda code: (code != country, fold(code) not in tokens))
    return {code: tuple(found[code]) for code in order}


def _has_word(word: str, line: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line) is not None


def profile_decision(found: Mapping[str, tuple[str, ...]], *, filename: str) -> Decision:
    """The id of the profile: who reports, which agency counted, which table."""
    options = [
        Option(
            f"{code}.{acronym}.{table_id(filename, (code, acronym))}",
            Text(
                es=f"{codelist('reporter')[code].name.es}, {acronym}",
                en=f"{codelist('reporter')[code].name.en}, {acronym}",
            ),
        )
        for code, acronyms in found.items()
        for acronym in acronyms
    ]
    return Decision(
        "profile",
        Text(
            es="¿De quién es el cuadro? País informante, dependencia que cuenta y nombre del cuadro.",
            en="Whose table is it? Reporting country, agency that counts, and name of the table.",
        ),
        options=tuple(options),
        pattern=r"[A-Z]{3}\.\w+\.\w+",
        example="PAN.SNM.cuadro003",
    )


def table_id(filename: str, without: Sequence[str] = ()) -> str:
    """The file's name as the name of a table: letters, digits and low lines."""
    stem = filename.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    left = [part for part in re.split(r"[^a-z0-9]+", fold(stem)) if part and part not in map(fold, without)]
    return "_".join(left)[:60] or "cuadro"


def author_decision() -> Decision:
    return Decision(
        "author",
        Text(
            es="¿Qué institución o función responde por este perfil?",
            en="Which institution or role answers for this profile?",
        ),
        pattern=r"\S.{0,119}",
        example="Dirección de Estadística",
    )


def place_decision(lines: Sequence[str], reporters: Iterable[str]) -> Decision:
    """What the figures cover when no column says it: the whole country, or one place that the title may name."""
    chosen = set(reporters)
    named = {
        place.id: Text(es=f"dice «{label}»", en=f"it says “{label}”")
        for place in places().values()
        for label in place.labels
        if len(label) > 2  # «de» and “in” are abbreviations of places too
        if (not chosen or place.member in chosen) and any(_has_word(fold(label), fold(line)) for line in lines)
    }
    rest = [place.id for place in places().values() if place.member in chosen and place.id not in named]
    return Decision(
        "PLACE",
        Text(
            es="¿De qué lugar son las cifras? El archivo no tiene una columna que lo diga.",
            en="Of which place are the figures? No column of the file says it.",
        ),
        options=(
            *(place_option(id_, reason) for id_, reason in named.items()),
            place_option("_T"),
            *(place_option(id_) for id_ in rest),
        ),
        pattern=r"_[TUOZ]|[A-Z]{3}_[A-Z0-9_]+",
    )


def citizenship_decision(reporters: Iterable[str], *, optional: bool) -> Decision:
    """Of whom the figures are when no column says it: of every nationality, or of one; `optional` as above."""
    citizenship = codelist("citizenship")
    codes = ["_T", *reporters, *(member.code for member in members())]
    options = [Option(code, citizenship[code].name) for code in dict.fromkeys(codes)]
    decision = Decision(
        "CITIZENSHIP",
        Text(
            es="¿De qué nacionalidad son? El archivo no tiene una columna que lo diga.",
            en="Of which nationality are they? No column of the file says it.",
        ),
        options=tuple(options),
        pattern=r"[A-Z]{3}|[_X]\w+",
    )
    return _as_field(decision) if optional else decision


def border_decision() -> Decision:
    """Which border of the United States the figures cover when no column says it."""
    border = codelist("border")
    codes = ("_T", *(code for code in border.ids if code != "_T"))
    return Decision(
        "BORDER",
        Text(es="¿De qué frontera son las cifras?", en="Of which border are the figures?"),
        options=tuple(Option(code, border[code].name) for code in codes),
    )
