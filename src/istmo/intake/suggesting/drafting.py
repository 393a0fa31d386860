"""Which profile does an unknown file suggest? The answers of the other modules put together into one draft.

    draft = suggest(stream, filename="cuadro.xlsx", on=date(2024, 2, 1))
    print(written(draft))

Nothing is decided here; this module knows the order of the blocks and hands on what was found.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

import polars as pl

from istmo.intake.limits import Limits, read_limited
from istmo.intake.run import DEFAULT_LIMITS
from istmo.intake.suggesting import fields, leaving, matters, persons, sampling, titles, totals
from istmo.intake.suggesting.columns import Labelled, Plan
from istmo.intake.suggesting.fields import Drafted, Since
from istmo.intake.suggesting.finding import Found, find
from istmo.intake.suggesting.groups import CHILD, meanings
from istmo.intake.suggesting.heading import escaped
from istmo.intake.suggesting.labelling import citizenships
from istmo.intake.suggesting.numerals import Marks, marks_of
from istmo.intake.suggesting.showing import hidden_columns, shown_columns, shown_table
from istmo.intake.suggesting.signs import signs_of
from istmo.intake.suggesting.sums import sums_of
from istmo.intake.suggesting.texts import is_number
from istmo.intake.suggesting.timing import Timed, good_dates, period_of
from istmo.intake.suggesting.titles import Captured
from istmo.intake.suggesting.values import Block, Decision, Draft, Guess, Node, Open, Option
from istmo.intake.suggesting.views import delimiter_guess
from istmo.intake.suggesting.writing import write
from istmo.model.text import Text

VALUE = "valor"


def suggest(stream: BinaryIO, *, filename: str, on: date | None = None, limits: Limits = DEFAULT_LIMITS) -> Draft:
    """The draft of a profile; raises `InvalidInput` where no table is found. `on` is the day that it is of."""
    return drafted(find(read_limited(stream, limits, filename=filename), limits, filename=filename), on)


def written(draft: Draft) -> str:
    """The draft as YAML, with the decisions and the evidence in comments."""
    return write(draft.document, {decision.id: decision for decision in draft.decisions}, draft.guesses)


@dataclass(slots=True)
class _Work:
    """The blocks as they grow, with the decisions and the evidence that they bring."""

    found: Found
    decisions: list[Decision] = field(default_factory=list)
    guesses: list[Guess] = field(default_factory=list)

    @property
    def plan(self) -> Plan:
        return self.found.plan

    @property
    def dimension(self) -> str:
        """The name of the dimension that the columns of a wide table are values of."""
        return self.plan.wide.name if self.plan.wide else ""

    def take(self, part: Drafted) -> None:
        self.decisions += part.decisions
        self.guesses += part.guesses


def drafted(found: Found, on: date | None) -> Draft:
    """The draft of a file in which a table was found."""
    work = _Work(found)
    reporters = matters.reporters(found.words, filename=found.filename, country=_country(found.plan))
    document: Block = {"profile": Open("profile"), "version": "1.0.0", "author": Open("author")}
    work.decisions += [
        matters.profile_decision(reporters, filename=found.filename),
        matters.author_decision(),
    ]
    if on is not None:
        document["date"] = on.isoformat()
    document["title"] = _title(found)
    if found.plan.person:
        document |= {"target": "RCM:EVENT(1.0.0)", "grain": "person"}
        work.guesses.append(_person_guess(found.plan))
    captures, timed = _time(work)
    marks = _marks(work)
    document["recognise"] = _recognise(work)
    document["read"] = _read(work, marks)
    document |= _layout(work, captures, timed)
    own, used = _fields(work, timed, tuple(reporters), captures)
    document["fields"] = own.entries
    left = leaving.left_out(found.plan, found.shapes, found.parts, used)
    work.take(own)
    work.take(left)
    if left.entries:
        document["drop"] = left.entries
    checks = persons.checks(own.entries)
    if checks:
        document["checks"] = checks
    document["tests"] = [_sample(work, captures, timed, marks, own, used)]
    return Draft(
        filename=found.filename,
        document=document,
        decisions=tuple(work.decisions),
        guesses=tuple(work.guesses),
        columns=shown_columns(found, own, left),
        shown=shown_table(found),
    )


def _country(plan: Plan) -> str:
    entry = plan.field("PLACE")
    return entry.country if entry else ""


def _title(found: Found) -> Node:
    """A title in both languages that says what the columns do; the source's own title is in one language only."""
    names = {
        "CITIZENSHIP": Text(es="nacionalidad", en="nationality"),
        "COUNTERPART": Text(es="país de procedencia o destino", en="country they come from or go to"),
        "GROUP": Text(es="sexo y edad", en="sex and age"),
        "PLACE": Text(es="lugar", en="place"),
        "BORDER": Text(es="frontera", en="border"),
        "ENTRY_MODE": Text(es="modo de ingreso", en="mode of entry"),
        "MEASURE": Text(es="medida", en="measure"),
    }
    kinds = list(dict.fromkeys(entry.field for entry in found.plan.labelled))
    if found.plan.wide and found.plan.wide.kind == "group":
        kinds = list(dict.fromkeys([*kinds, "GROUP"]))
    words = [names[kind] for kind in kinds] or [Text(es="período", en="period")]
    what = Text(es="Registros", en="Records") if found.plan.person else Text(es="Cuadro", en="Table")
    return {
        "es": f"{what.es} por {', '.join(word.es for word in words)} ({found.filename})",
        "en": f"{what.en} by {', '.join(word.en for word in words)} ({found.filename})",
    }


def _person_guess(plan: Plan) -> Guess:
    columns = ", ".join(plan.personal) or ", ".join(shape.label for shape in plan.dates)
    return Guess(
        "grain",
        "person",
        Text(
            es=f"Cada fila es de una persona: no hay columna de cifras y sí {columns}.",
            en=f"Each row is of a person: there is no column of figures, and there is {columns}.",
        ),
    )


# --- where the table is


def _recognise(work: _Work) -> Block:
    found = work.found
    by_title = titles.first_lines_of(found.table.preamble)
    if by_title is not None:
        pattern, guess = by_title
        work.guesses.append(guess)
        return {"first_lines": pattern}
    header: list[Node] = [label for label in found.table.header if not label.startswith("#")]
    return {"header": header}


def _read(work: _Work, marks: Marks) -> Block:
    found = work.found
    block: Block = {}
    if found.seen.decision is not None:
        block["encoding"] = Open("encoding")
        work.decisions.append(found.seen.decision)
    elif found.seen.encoding is not None:
        block["encoding"] = found.seen.encoding
    if found.heading.view.delimiter:
        block["delimiter"] = found.heading.view.delimiter
        work.guesses.append(delimiter_guess(found.heading.view.delimiter, len(found.table.header)))
    if found.table.sheet and len(found.seen.views) > 1:
        block["sheet"] = found.table.sheet
        work.guesses.append(_sheet_guess(found))
    if marks.decision is not None:
        block[Open("number_mark")] = marks.thousands
        work.decisions.append(marks.decision)
    else:
        block |= {name: mark for name, mark in (("thousands", marks.thousands), ("decimal", marks.decimal)) if mark}
    header: Block = {"find": found.heading.find}
    if found.heading.rows > 1:
        header |= {"rows": str(found.heading.rows), "fill": "yes"}
    block["header"] = header
    if found.ending.stop_at is not None:
        block["stop_at"] = found.ending.stop_at
    work.guesses += [found.seen.guess] if found.seen.guess else []
    work.guesses.append(_header_guess(found))
    work.guesses += _ending_guesses(found)
    return block


def _sheet_guess(found: Found) -> Guess:
    others = ", ".join(view.sheet for view in found.seen.views if view.sheet != found.table.sheet)
    return Guess(
        "read.sheet",
        found.table.sheet,
        Text(es=f"Las otras hojas no se leen: {others}.", en=f"The other sheets are not read: {others}."),
    )


def _header_guess(found: Found) -> Guess:
    row, count = found.heading.row, len(found.table.header)
    return Guess(
        "read.header",
        str(row),
        Text(
            es=f"Encabezado en la fila {row}: {count} columnas y, debajo, {found.body.height} filas de datos.",
            en=f"Header in row {row}: {count} columns and, below them, {found.body.height} rows of data.",
        ),
    )


def _ending_guesses(found: Found) -> list[Guess]:
    ending = found.ending
    result = []
    if ending.footer:
        first, last = ending.footer[0].row, ending.footer[-1].row
        reason = Text(
            es=f"Las filas {first} a {last} son notas: empiezan como tales y no tienen cifras.",
            en=f"Rows {first} to {last} are notes: they begin so and hold no figures.",
        )
        result.append(Guess("read.stop_at", str(first), reason))
    if ending.after:
        result.append(
            Guess(
                "read.stop_at",
                str(ending.after),
                Text(
                    es=f"CUIDADO: {ending.after} filas con datos están bajo una nota y pueden ser otra tabla.",
                    en=f"CAUTION: {ending.after} rows of data stand below a note and may be another table.",
                ),
            )
        )
    return result


def _marks(work: _Work) -> Marks:
    found, plan = work.found, work.plan
    if plan.person:
        return Marks()
    columns = (*plan.wide.labels, *plan.wide.totals) if plan.wide else plan.values
    numbers = dict.fromkeys(text for name in columns for text in found.shape(name).texts if is_number(text))
    for name in columns:
        numbers |= dict.fromkeys(
            text for text in found.body.filter(found.is_total)[name].drop_nulls() if is_number(text)
        )
    parts, sums = (plan.wide.labels, plan.wide.totals) if plan.wide else (plan.values, ())
    marks = marks_of(numbers, sums_of(found.body, parts, sums, found.is_total, found.tree))
    work.guesses += [marks.guess] if marks.guess else []
    return marks


# --- what stands around the table, and how its rows and columns are arranged


def _time(work: _Work) -> tuple[list[Captured], Timed]:
    found, plan = work.found, work.plan
    preamble = found.table.preamble
    captures: list[Captured] = []
    if plan.person:
        return captures, Timed()
    year, years = titles.year_of(preamble)
    month = titles.month_and_year(preamble)
    wide = work.dimension if plan.wide and plan.wide.kind in ("month", "period") else ""
    timed = period_of(plan, found.parts, year=year, years=years, month=month, wide=wide)
    entry = timed.entries["PERIOD"]
    if isinstance(entry, dict) and entry.get("const") == "$month" and month is not None:
        captures.append(month)
    elif year is not None and (isinstance(entry, Open) or "$year" in str(entry)):
        captures.append(year)
    provisional = titles.preliminary(found.ending.footer, preamble)
    if provisional is not None:
        captures.append(provisional)
    work.guesses += [capture.guess for capture in captures]
    return captures, timed


def _layout(work: _Work, captures: list[Captured], timed: Timed) -> Block:
    found, plan = work.found, work.plan
    block: Block = {}
    captured: Block = {capture.key: capture.block for capture in captures}
    for number, (_, pattern) in enumerate(found.notes.notes if found.notes else (), start=1):
        captured[f"note{number}"] = {"in": "footer", "match": pattern}
    if captured:
        block["capture"] = captured
    if timed.parameters:
        block["parameters"] = timed.parameters
    if plan.person:
        return block
    if found.filled is not None:
        block["fill_down"] = Open("fill_down") if found.filled.decision else [found.filled.column]
        work.guesses.append(found.filled.guess)
        work.decisions += [found.filled.decision] if found.filled.decision else []
    if found.tree is not None:
        block["levels"] = _levels(work)
    declared, guesses = totals.entries(
        found.totals,
        found.tree,
        column_totals=plan.wide.totals if plan.wide else (),
        dimension=work.dimension,
        keeps=_keeps(work),
        keep_heads=_heads_are_measures(work),
    )
    work.guesses += guesses
    if declared:
        block["totals"] = declared
    if plan.wide is not None:
        block["unpivot"] = {
            "keep": _one_or_all(_kept(work)),
            "columns": f"^({'|'.join(escaped(label) for label in plan.wide.labels)})$",
            "as": work.dimension,
            "value": VALUE,
        }
        work.guesses.append(_wide_guess(plan))
    block |= _cells(work)
    return block


def _levels(work: _Work) -> Node:
    tree = work.found.tree
    assert tree is not None
    levels, heads = len(tree.names), sum(map(len, tree.heads))
    order = Text(es="arriba", en="above") if tree.last else Text(es="abajo", en="below")
    if tree.by_label:
        why = Text(
            es=f"{heads} etiquetas de «{tree.column}» son en cada columna la suma de las que tienen {order.es}.",
            en=f"{heads} labels of “{tree.column}” are in each column the sum of those {order.en} them.",
        )
    else:
        why = Text(
            es=f"La sangría de «{tree.column}» hace {levels} niveles; {heads} etiquetas encabezan otras.",
            en=f"The indentation of “{tree.column}” makes {levels} levels; {heads} labels head others.",
        )
    work.guesses.append(Guess("levels", tree.column, why))
    block: Block = {"column": tree.column, "by": "label" if tree.by_label else "indent", "as": list[Node](tree.names)}
    if tree.by_label:
        block["parents"] = [f"^({'|'.join(map(escaped, tree.heads[0]))})$"]
    if tree.last:
        block["order"] = "parents_last"
    if tree.alone:
        block["alone"] = list[Node](tree.alone)
    return block


def _heads_are_measures(work: _Work) -> bool:
    """Whether what heads the levels is a measure of its own: then its total is a figure that no other column has."""
    tree, entry = work.found.tree, work.plan.field("MEASURE")
    return tree is not None and entry is not None and entry.source == tree.names[0]


def _keeps(work: _Work) -> str:
    """Whether a column's total is a figure: of groups it is; of months only where a row has no month."""
    plan = work.plan
    if plan.wide is None or not plan.wide.totals:
        return ""
    if plan.wide.kind == "group":
        return "yes"
    parts = work.found.parts
    has_part = pl.any_horizontal(pl.col(name).fill_null("").str.contains(r"\d") for name in plan.wide.labels)
    has_total = pl.any_horizontal(pl.col(name).fill_null("").str.contains(r"\d") for name in plan.wide.totals)
    return "without_parts" if parts.select((has_total & ~has_part).any()).item() else ""


def _kept(work: _Work) -> list[str]:
    """The columns that an unpivot keeps: those of labels, and of the year and month."""
    plan, wide = work.plan, work.plan.wide
    assert wide is not None
    gone = {*wide.labels, *wide.totals}
    tree = work.found.tree
    sources = {entry.source for entry in plan.labelled}
    if tree is not None and sources & set(tree.names):
        return [*tree.names, *(name for name in work.found.columns if name not in gone and name != tree.column)]
    return [name for name in work.found.columns if name not in gone]


def _one_or_all(names: list[str]) -> Node:
    return list[Node](names)


def _wide_guess(plan: Plan) -> Guess:
    assert plan.wide is not None
    kinds = {
        "month": Text(es="meses", en="months"),
        "period": Text(es="períodos", en="periods"),
        "group": Text(es="sexos y edades", en="sexes and ages"),
        "citizenship": Text(es="nacionalidades", en="nationalities"),
    }
    kind, count = kinds[plan.wide.kind], len(plan.wide.labels)
    return Guess(
        "unpivot",
        plan.wide.kind,
        Text(es=f"{count} columnas son {kind.es}.", en=f"{count} columns are {kind.en}."),
    )


def _cells(work: _Work) -> Block:
    found, plan = work.found, work.plan
    columns = (*plan.wide.labels, *plan.wide.totals) if plan.wide else plan.values
    has_rows = bool(found.totals)
    cells, decisions = signs_of(
        found.body, columns, total_rows=found.is_total if has_rows else None, dimension=work.dimension
    )
    work.decisions += decisions
    return {"cells": cells} if cells else {}


# --- what the columns mean


def _fields(
    work: _Work, timed: Timed, reporters: tuple[str, ...], captures: list[Captured]
) -> tuple[Drafted, list[str]]:
    """The block `fields`, and the columns that it uses."""
    found, plan = work.found, work.plan
    own = Drafted()
    places = {entry.field for entry in plan.labelled}
    _matters(work, own, reporters, places)
    own.add(timed)
    for entry in plan.labelled:
        own.add(_labelled(work, entry))
    if plan.wide is not None and plan.wide.kind == "group":
        own.add(fields.groups(Labelled("GROUP", work.dimension, plan.wide.labels, None), person=False))
    if plan.wide is not None and plan.wide.kind == "citizenship":
        reading = citizenships(plan.wide.labels)
        own.add(fields.labelled(Labelled("CITIZENSHIP", work.dimension, plan.wide.labels, reading), None))
    if not plan.person:
        _value(work, own)
        if any(capture.names == ("provisional",) for capture in captures):
            own.entries["OBS_STATUS"] = {"const": "A", "if": {"$provisional": "P"}}
        return own, _used(work)
    theirs = persons.person_fields(plan, found.shapes)
    used = [*_used(work), *persons.used_columns(theirs, plan)]
    own.add(theirs)
    return own, used


def _matters(work: _Work, own: Drafted, reporters: tuple[str, ...], places: set[str]) -> None:
    """The constants that no column says: measure, unit, nationality, place."""
    words, person = work.found.words, work.plan.person
    wide = work.plan.wide.kind if work.plan.wide else ""
    if "MEASURE" not in places:
        own.entries["MEASURE"] = {"const": Open("MEASURE")} if not person else Open("MEASURE")
        own.decisions.append(matters.measure_decision(words, optional=person))
    if not person:
        own.entries["UNIT"] = {"const": Open("UNIT")}
        own.decisions.append(matters.unit_decision(words))
    if "CITIZENSHIP" not in places and wide != "citizenship":
        own.entries["CITIZENSHIP"] = {"const": Open("CITIZENSHIP")} if not person else Open("CITIZENSHIP")
        own.decisions.append(matters.citizenship_decision(reporters, optional=person))
    if "PLACE" not in places and not person:
        own.entries["PLACE"] = {"const": Open("PLACE")}
        own.decisions.append(matters.place_decision(words, reporters))
    if "BORDER" not in places and reporters[:1] == ("USA",):
        own.entries["BORDER"] = {"const": Open("BORDER")}
        own.decisions.append(matters.border_decision())


def _labelled(work: _Work, entry: Labelled) -> Drafted:
    if entry.field == "GROUP":
        aged = _aged(work, entry)
        return fields.groups(entry, person=work.plan.person, aged=aged, since=None if aged else _since(work, entry))
    notes = work.found.notes if entry.field == "CITIZENSHIP" else None
    ages = any(other.field == "GROUP" for other in work.plan.labelled) or work.dimension == "grupo"
    return fields.labelled(entry, notes, implied=not ages)


def _aged(work: _Work, entry: Labelled) -> bool:
    """Whether another column of groups says the age."""
    others = [other for other in work.plan.labelled if other.field == "GROUP" and other is not entry]
    return any("AGE" in meaning.dims for other in others for meaning in meanings(other.labels).values())


def _since(work: _Work, entry: Labelled) -> Since | None:
    """The first day from which labels of children stand, when earlier periods have none of them."""
    read = meanings([label for label in entry.labels if label])
    children = [label for label, meaning in read.items() if meaning.dims.get("AGE") in CHILD]
    dates = work.plan.dates
    if not children or len(dates) == 0 or entry.source not in work.found.columns:
        return None
    column = pl.col(dates[0].label)
    if not all(text[:4].isdigit() for text in dates[0].texts):
        return None
    parts = work.found.parts.select(column.str.slice(0, 10).alias("day"), pl.col(entry.source).alias("label"))
    with_children = parts.filter(pl.col("label").is_in(children))["day"].min()
    first = parts["day"].min()
    if not isinstance(with_children, str) or not isinstance(first, str) or with_children <= first:
        return None
    return Since(date.fromisoformat(with_children))


def _value(work: _Work, own: Drafted) -> None:
    plan = work.plan
    source: Node = VALUE if plan.wide else (plan.values[0] if len(plan.values) == 1 else Open("OBS_VALUE.from"))
    if isinstance(source, Open):
        own.decisions.append(_value_decision(work))
    own.entries["OBS_VALUE"] = {"from": source, "integer": {}}


def _value_decision(work: _Work) -> Decision:
    names = work.plan.values or tuple(work.found.columns)
    return Decision(
        "OBS_VALUE.from",
        Text(es="¿Qué columna tiene la cifra?", en="Which column holds the figure?"),
        options=tuple(Option(name, Text(es=name, en=name)) for name in names),
        evidence=(
            Text(es="Ninguna columna de números lo dice: ambiguo.", en="No column of numbers says it: ambiguous."),
        ),
    )


def _used(work: _Work) -> list[str]:
    """The columns of the table that the fields and the layout use."""
    found, plan = work.found, work.plan
    used = {entry.source for entry in plan.labelled}
    used |= {shape.label for shape in (plan.year, plan.month) if shape is not None}
    if plan.period is not None and not plan.dates:
        used.add(plan.period.label)
    if plan.dates and not plan.person:
        used |= _dates_used(work)
    if plan.wide is not None:
        used |= {*plan.wide.labels, *plan.wide.totals}
    used |= set(plan.values)
    if found.tree is not None:
        used.add(found.tree.column)
    return [name for name in found.columns if name in used]


def _dates_used(work: _Work) -> set[str]:
    return {shape.label for shape in good_dates(work.plan.dates, work.found.parts)}


# --- the sample


def _sample(work: _Work, captures: list[Captured], timed: Timed, marks: Marks, own: Drafted, used: list[str]) -> Block:
    found, plan = work.found, work.plan
    delimiter = found.heading.view.delimiter or ","
    first = found.heading.first
    header = [list(line.cells) for line in found.heading.view.lines[first : first + found.heading.rows]]
    before = _lines_needed(found, captures)
    after = [] if plan.person else [[line.text] for line in found.ending.footer if not titles.is_private(line.text)]
    if plan.person:
        formats = _formats(own)
        shown = [name for name in used if name not in plan.personal]
        rows = sampling.invented_persons(found.shapes, formats, shown)
    else:
        chosen = sampling.chosen_rows(found.body, found.is_total)
        figures = sampling.Figures(
            parts=plan.wide.labels if plan.wide else plan.values,
            totals=plan.wide.totals if plan.wide else (),
            depths=_depths(found, chosen),
            thousands=marks.thousands,
        )
        rows = sampling.invented_figures(chosen, figures, sorted(hidden_columns(found)))
    return sampling.sample(before, header, rows, after, delimiter=delimiter, parameters=timed.parameters)


def _lines_needed(found: Found, captures: list[Captured]) -> list[list[str]]:
    """The lines before the table by which it is recognised, or from which a value is taken."""
    title = titles.first_lines_of(found.table.preamble)
    patterns = [title[0]] if title else []
    patterns += [str(capture.block["match"]) for capture in captures if capture.block["in"] == "preamble"]
    return [[line.text] for line in found.table.preamble if any(re.search(pattern, line.text) for pattern in patterns)]


def _depths(found: Found, chosen: pl.DataFrame) -> list[int]:
    tree = found.tree
    if tree is None:
        return [0] * chosen.height
    return tree.depths([text or "" for text in chosen[tree.column].to_list()])


def _formats(own: Drafted) -> dict[str, str]:
    """The format of each date column; of one whose order is open, any that every order reads."""
    result = {}
    for entry in own.entries.values():
        if isinstance(entry, dict) and "date" in entry and isinstance(entry.get("from"), str):
            format_ = entry["date"]
            result[str(entry["from"])] = format_ if isinstance(format_, str) else "DD/MM/YYYY"
    return result
