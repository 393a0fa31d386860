"""How does a column become a field? Its block in the profile, with an open place for each label nobody may decide.

Each function gives a `Drafted`: the entries of `fields`, the decisions they need and what speaks for them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from istmo.intake.suggesting.columns import Labelled
from istmo.intake.suggesting.dating import dating
from istmo.intake.suggesting.footnotes import Footnotes
from istmo.intake.suggesting.groups import CHILD, DIMENSIONS, Meaning, meanings
from istmo.intake.suggesting.labelling import Reading, Undecided, code_option, groups_in_part, quarantine
from istmo.intake.suggesting.shapes import Shape
from istmo.intake.suggesting.texts import is_total
from istmo.intake.suggesting.values import Block, Decision, Guess, Node, Open, Option, block_of
from istmo.model.codes import codelist
from istmo.model.labels import fold
from istmo.model.text import Text

_LISTS = {"SEX": "sex", "AGE": "age_group", "ACCOMPANIMENT": "accompaniment"}
_IMPLIED = {"RET_ASS_CH": "Y_LT18"}  # a measure that counts children only
_CHILDREN = re.compile(r"menores|niñ|children|child|adolescen")
_SHOWN = 80  # combinations of codes that are offered for one label


@dataclass(slots=True)
class Drafted:
    """Entries of a block with their decisions and evidence."""

    entries: Block = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    guesses: list[Guess] = field(default_factory=list)

    def add(self, other: "Drafted") -> None:
        self.entries.update(other.entries)
        self.decisions += other.decisions
        self.guesses += other.guesses


def labelled(entry: Labelled, notes: Footnotes | None, *, implied: bool = False) -> Drafted:
    """The field of a column whose labels belong to a code list; `implied`: no other column says an age."""
    reading = entry.reading
    assert reading is not None
    drafted = Drafted()
    block: Block = {"from": entry.source}
    if notes is not None:
        block["strip"] = notes.strip
        if notes.notes:
            block["note"] = block_of((mark, f"$note{number}") for number, (mark, _) in enumerate(notes.notes, start=1))
    children = any(_CHILDREN.search(fold(label)) for label in entry.labels)
    paired = implied and entry.field == "MEASURE" and children
    field_ = "MEASURE + AGE" if paired else entry.field
    mapped = _mapped(field_, reading.undecided, drafted, paired=paired)
    last: Block = {}
    if entry.field == "PLACE":
        last["places"] = entry.country
    elif reading.iso3:
        for code, decision in _codes_in_part(entry.field, reading):
            mapped[code] = Open(decision.id)
            drafted.decisions.append(decision)
        last["codes"] = "ISO3"
    elif reading.lists:
        last["lists"] = list(reading.lists)
    else:
        known = ((label, _with_age(code) if paired else code) for label, code in reading.decided.items())
        mapped = block_of(known) | mapped
    if mapped or not last:
        block["map"] = mapped
    block |= last
    drafted.entries[field_] = block
    drafted.guesses.append(_hit_rate(f"fields.{field_}", entry, reading))
    return drafted


def groups(entry: Labelled, *, person: bool, aged: bool = False, since: "Since | None" = None) -> Drafted:
    """The field of labels that name sex, age or accompaniment; `aged`: another column says the age."""
    own = [label for label in entry.labels if label and not is_total(label)]
    read = meanings(own)
    dimensions = tuple(name for name in DIMENSIONS if any(name in m.dims for m in read.values())) or ("SEX",)
    key = " + ".join(dimensions)
    drafted = Drafted()
    place = f"fields.{key}"
    others = "_U" if person else "_T"
    unsure = not aged and any(meaning.open_age for meaning in read.values())
    if unsure and set(dimensions) <= {"SEX", "AGE"}:
        key, dimensions = "SEX + AGE", ("SEX", "AGE")
        drafted.entries[key] = {"from": entry.source, "map": Open(key)}
        drafted.decisions.append(_ages_decision(key, read))
        return drafted
    decided: Block = {label: _codes(meaning.dims, dimensions, others) for label, meaning in read.items()}
    if since is not None and key == "SEX + AGE":
        drafted.entries[key] = {"from": entry.source, "map": Open(key)}
        drafted.decisions.append(_since_decision(key, read, decided, since))
        return drafted
    left = [label for label in own if label not in read]
    if "" in entry.labels:
        left.append("")
    for label in left:
        id_ = f"{key}.{label or 'blank'}"
        decided[label] = Open(id_)
        drafted.decisions.append(_group_decision(id_, label, entry, dimensions))
    drafted.entries[key] = {"from": entry.source, "map": decided}
    drafted.guesses.append(
        Guess(
            place,
            f"{len(read)}/{len(own)}",
            Text(
                es=f"«{entry.source}»: {len(read)} de {len(own)} etiquetas nombran sexo, edad o acompañamiento.",
                en=f"“{entry.source}”: {len(read)} of {len(own)} labels name sex, age or accompaniment.",
            ),
        )
    )
    return drafted


@dataclass(frozen=True, slots=True)
class Since:
    """Labels of children appear in the periods from this day on only: what the others mean may have changed."""

    first: date


def dates_of(name: str, shape: Shape, *, personal: bool = False) -> Drafted:
    """A date of unit records, in the order that its column proves."""
    dated = dating(shape.texts, column=shape.label, place=f"fields.{name}")
    block: Block = {"from": shape.label, **({"personal": "yes"} if personal else {}), "date": dated.format}
    if dated.partial:
        block["partial"] = block_of(dated.partial.items())
    drafted = Drafted({name: block})
    drafted.decisions += [dated.decision] if dated.decision else []
    drafted.guesses += [dated.guess] if dated.guess else []
    return drafted


# --- labels


def _mapped(field_: str, undecided: Sequence[Undecided], drafted: Drafted, *, paired: bool) -> Block:
    mapped: Block = {}
    for entry in undecided:
        id_ = f"{field_}.{entry.label or 'blank'}"
        mapped[entry.label] = Open(id_)
        shown = Text(es=entry.label, en=entry.label) if entry.label else Text(es="en blanco", en="blank")
        options = [_paired(option) for option in entry.options] if paired else entry.options
        drafted.decisions.append(
            Decision(
                id_,
                Text(es=f"¿Qué código lleva «{shown.es}»?", en=f"Which code does “{shown.en}” take?"),
                options=tuple(options),
                evidence=(Text(es=f"{entry.why.es}.", en=f"{entry.why.en}."),),
            )
        )
    return mapped


def _paired(option: Option) -> Option:
    return Option(_with_age(option.value), option.title, option.reason) if isinstance(option.value, str) else option


def _codes_in_part(field_: str, reading: Reading) -> list[tuple[str, Decision]]:
    """A decision for a code whose neighbours the list never has: the source may print one name for all of them."""
    result = []
    citizenship = codelist("citizenship")
    for node, held in groups_in_part(reading.decided.values()):
        code = next((code for code in held if len(held) == 1 or citizenship[code].name.es == _word(node)), None)
        if code is None:
            continue
        missing = [other.id for other in citizenship if other.parent == node and other.id not in held]
        result.append(
            (
                code,
                Decision(
                    f"{field_}.{code}",
                    Text(
                        es=f"¿«{code}» es siempre {citizenship[code].name.es}, o la fuente no distingue?",
                        en=f"Is “{code}” always {citizenship[code].name.en}, or does the source not distinguish?",
                    ),
                    options=(code_option("citizenship", code), code_option("citizenship", node)),
                    evidence=(
                        Text(
                            es=f"El archivo no tiene nunca {', '.join(missing)}.",
                            en=f"The file never has {', '.join(missing)}.",
                        ),
                    ),
                ),
            )
        )
    return result


def _word(node: str) -> str:
    return node.removeprefix("X_").capitalize()


def _with_age(code: str) -> Node:
    return [code, _IMPLIED.get(code, "_T")]


def _hit_rate(place: str, entry: Labelled, reading: Reading) -> Guess:
    total = len(reading.decided) + len(reading.undecided)
    by = entry.country or ("ISO 3166" if reading.iso3 else ", ".join(reading.lists)) or entry.field
    return Guess(
        place,
        f"{len(reading.decided)}/{total}",
        Text(
            es=f"«{entry.source}»: {len(reading.decided)} de {total} etiquetas están en {by}.",
            en=f"“{entry.source}”: {len(reading.decided)} of {total} labels are in {by}.",
        ),
    )


# --- sex, age, accompaniment


def _codes(dims: Mapping[str, str], dimensions: Sequence[str], others: str) -> Node:
    codes = [dims.get(name, others if name == "ACCOMPANIMENT" else "_T") for name in dimensions]
    return codes[0] if len(codes) == 1 else list(codes)


def _ages_decision(id_: str, read: Mapping[str, Meaning]) -> Decision:
    """Men and women without children beside them: of all ages, or adults only."""

    def map_of(age: str) -> Block:
        return {label: [m.dims["SEX"], m.dims.get("AGE", age)] for label, m in read.items() if "SEX" in m.dims}

    return Decision(
        id_,
        Text(
            es="¿Las personas de estas etiquetas son de todas las edades o solo adultas?",
            en="Are the people of these labels of all ages, or adults only?",
        ),
        options=(
            Option(map_of("_T"), Text(es="de todas las edades", en="of all ages")),
            Option(map_of("Y_GE18"), Text(es="solo adultas", en="adults only")),
        ),
        evidence=(
            Text(
                es=f"Están {', '.join(read)} y ninguna etiqueta de niñas o niños: ambiguo.",
                en=f"There are {', '.join(read)} and no label of girls or boys: ambiguous.",
            ),
        ),
    )


def _since_decision(id_: str, read: Mapping[str, Meaning], decided: Block, since: Since) -> Decision:
    """Men and women with children beside them from some day on only."""
    before: Block = {
        label: [m.dims["SEX"], "_T"] for label, m in read.items() if "SEX" in m.dims and m.dims.get("AGE") not in CHILD
    }
    last = since.first - timedelta(days=1)
    split: Node = [{"until": last.isoformat(), "map": before}, {"from": since.first.isoformat(), "map": decided}]
    return Decision(
        id_,
        Text(
            es="¿Las etiquetas significan lo mismo en todos los períodos?",
            en="Do the labels mean the same in all periods?",
        ),
        options=(
            Option(
                split,
                Text(
                    es=f"hasta {last} de todas las edades, desde {since.first} solo adultas",
                    en=f"until {last} of all ages, from {since.first} adults only",
                ),
            ),
            Option(decided, Text(es="siempre solo adultas", en="adults only, always")),
        ),
        evidence=(
            Text(
                es=f"Las etiquetas de niñas y niños aparecen solo desde {since.first}.",
                en=f"The labels of girls and boys appear from {since.first} on only.",
            ),
        ),
    )


def _group_decision(id_: str, label: str, entry: Labelled, dimensions: Sequence[str]) -> Decision:
    shown = Text(es=f"«{label}»", en=f"“{label}”") if label else Text(es="una celda en blanco", en="a blank cell")
    return Decision(
        id_,
        Text(
            es=f"¿Qué significa {shown.es} en «{entry.source}»?",
            en=f"What does {shown.en} mean in “{entry.source}”?",
        ),
        options=(*_combinations(dimensions), quarantine()),
        evidence=(Text(es="El archivo no lo dice.", en="The file does not say it."),),
    )


def _combinations(dimensions: Sequence[str]) -> tuple[Option, ...]:
    """Every code, or every pair of codes, of the dimensions."""
    rows: list[tuple[str, ...]] = [()]
    for name in dimensions:
        rows = [(*row, code) for row in rows for code in codelist(_LISTS[name]).ids]

    def title(row: Sequence[str], language: str) -> str:
        names = zip(dimensions, row, strict=True)
        return ", ".join(codelist(_LISTS[name]).label(code, language) for name, code in names)

    return tuple(
        Option(row[0] if len(row) == 1 else list(row), Text(es=title(row, "es"), en=title(row, "en")))
        for row in rows[:_SHOWN]
    )
