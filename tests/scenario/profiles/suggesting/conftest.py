"""Answers the decisions of a draft as our own profile of the same file would, and compares the two field by field.

`answers_of` looks each decision up in the built-in profile; an answer that is not among the draft's options is not
given, and counts as not proposed. `parts_of` says what a profile makes of one file, part by part: by its effect on the
file, not by its wording, so that `lists: [names_en]` equals a map of the same labels.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from istmo.intake.cells import value_field
from istmo.intake.decoding import LabelDecoder, Named
from istmo.intake.grammar import (
    Cell,
    Const,
    DatedMap,
    DateOf,
    Field,
    Flags,
    Integer,
    Labels,
    PeriodOf,
    Profile,
    RecordGrain,
    Total,
)
from istmo.intake.layout import arrange, sources
from istmo.intake.limits import Limits
from istmo.intake.naming import named_values
from istmo.intake.numbers import integer
from istmo.intake.opening import open_table
from istmo.intake.profiles import read_profile
from istmo.intake.recognise import fitting
from istmo.intake.run import intake
from istmo.intake.suggesting.answering import open_decisions, profile_text, value_of
from istmo.intake.suggesting.drafting import suggest
from istmo.intake.suggesting.values import Decision, Draft
from istmo.intake.suggesting.writing import option_text
from istmo.intake.testing import run_samples
from istmo.model.errors import InvalidInput
from istmo.model.labels import clean, fold
from istmo.model.observations import DEFAULTS, KEY

AUTHOR = "Prueba"


@dataclass(frozen=True)
class Comparison:
    """`proposed` and `missing` name parts of our own profile; `marked` are those that a decision of the draft gives."""

    draft: Draft
    text: str
    answers: Mapping[str, str]
    unanswered: tuple[str, ...]
    proposed: tuple[str, ...]
    marked: tuple[str, ...]
    missing: tuple[str, ...]
    lost: int
    wrong: int
    failures: tuple[str, ...]

    @property
    def fields(self) -> tuple[int, int]:
        """How many parts of our profile are proposed whole, of how many; the labels of a field are one part."""
        parts = {_part(name) for name in (*self.proposed, *self.missing)}
        return len(parts - {_part(name) for name in self.missing}), len(parts)


def _part(name: str) -> str:
    return name.rpartition(":")[0] if name.startswith(("label:", "field:SERVICES:")) else name


@pytest.fixture(scope="session")
def compare() -> "Callable[..., Comparison]":
    """`compare(data, filename=, ours=, parameters=)`: our own profile of a file beside the draft of it."""
    return compared


def compared(data: bytes, *, filename: str, ours: Profile, parameters: Mapping[str, str]) -> Comparison:
    draft = suggest(io.BytesIO(data), filename=filename)
    on = date(int(_named(ours, data, filename, parameters).values.get("year", "2016")), 6, 1)
    answers = answers_of(draft, ours, on)
    unanswered = tuple(decision.id for decision in open_decisions(draft, answers))
    stand_in = {id_: option_text(draft.decision(id_).options[0]) for id_ in unanswered}
    text = profile_text(draft, {**answers, **stand_in})
    theirs = read_profile(text.encode(), name="draft.yaml")
    given = {p.name: parameters.get(p.name, "2016") for p in theirs.parameters}
    wanted = dict(parts_of(ours, data, filename, parameters, on))
    found = dict(parts_of(theirs, data, filename, given, on))
    swapped = read_profile(profile_text(draft, _others(draft, answers)).encode(), name="other.yaml")
    other = dict(parts_of(swapped, data, filename, given, on))
    proposed = tuple(name for name in wanted if name in found and found[name] == wanted[name])
    missing = tuple(name for name in wanted if name not in proposed)
    lost, wrong = _outcomes(ours, theirs, data, filename, parameters, given)
    return Comparison(
        draft=draft,
        text=text,
        answers=answers,
        unanswered=unanswered,
        proposed=proposed,
        marked=tuple(name for name in proposed if other.get(name) != wanted[name]),
        missing=missing,
        lost=lost,
        wrong=wrong,
        failures=tuple(failure.message.en for failure in run_samples(theirs)),
    )


def _named(profile: Profile, data: bytes, filename: str, parameters: Mapping[str, str]) -> Named:
    table = open_table(data, profile.read, Limits(), filename=filename)
    return named_values(table, profile, parameters, filename=filename)


def _others(draft: Draft, answers: Mapping[str, str]) -> dict[str, str]:
    """For each decision another option than the one that was answered, where there is one."""
    result = {}
    for decision in draft.decisions:
        written = [option_text(option) for option in decision.options if option.value is not None]
        other = [text for text in written if text != answers.get(decision.id)]
        result[decision.id] = (other or written or [answers.get(decision.id, AUTHOR)])[0]
    return result


# --- what our own profile answers


def answers_of(draft: Draft, ours: Profile, on: date) -> dict[str, str]:
    answers = {}
    for decision in draft.decisions:
        answer = _answer(decision, draft, ours, on)
        if answer is not None and _is_answer(decision, answer):
            answers[decision.id] = answer
    return answers


def _is_answer(decision: Decision, answer: str) -> bool:
    try:
        value_of(decision, answer)
    except InvalidInput:
        return False
    return True


def _answer(decision: Decision, draft: Draft, ours: Profile, on: date) -> str | None:
    id_ = decision.id
    kind, _, rest = id_.partition(".")
    if id_ == "profile":
        return f"{ours.reporter}.{ours.agency}.{ours.dataset.replace('.', '_')}"
    if id_ == "author":
        return AUTHOR
    if id_ in ("MEASURE", "UNIT", "PLACE", "CITIZENSHIP", "BORDER"):
        code = ours.constant(id_)
        if draft.personal:
            return f"{{const: {code}}}" if code else ""
        return code or DEFAULTS.get(id_)
    if id_ == "fiscal_start":
        return str(_period(ours).fiscal_start)
    if id_ == "PERIOD.from":
        return next(field.source for field in ours.fields if field.columns == ("PERIOD",))
    if id_ == "PERIOD.grain":
        split = len(_period(ours).grains) > 1
        return next(option_text(o) for o in decision.options if ("when" in option_text(o)) is split)
    if kind == "cells":
        return _cell_answer(decision, "" if rest == "blank" else rest, ours)
    if kind == "number":
        return "SOURCE_ID" if any(rest in sources(field) for field in ours.fields) else ""
    if kind == "drop":
        return option_text(decision.options[0]) if rest in ours.drop or not _reads(ours, rest) else None
    if kind == "SERVICES":
        flags = next((field.how.codes for field in ours.fields if isinstance(field.how, Flags)), {})
        return flags.get(rest, "")
    if not rest:
        return _map_answer(decision, ours, on)
    return _label_answer(id_, ours, on)


def _reads(ours: Profile, column: str) -> bool:
    return any(column in sources(field) for field in ours.fields)


def _period(ours: Profile) -> PeriodOf:
    how = next(field.how for field in ours.fields if field.columns == ("PERIOD",))
    assert isinstance(how, PeriodOf)
    return how


def _cell_answer(decision: Decision, sign: str, ours: Profile) -> str | None:
    cell = ours.cells.get(sign)
    if cell is None:
        return None
    written = cell.meaning.value
    if cell.test is not None:
        written = f"{{{cell.then.value}_if: {cell.column} has a {cell.test}, else: {cell.meaning.value}}}"
    return written


def _map_answer(decision: Decision, ours: Profile, on: date) -> str | None:
    """The option that is our own map of sex and age, by what it makes of each label and day."""
    field = next((field for field in ours.fields if " + ".join(field.columns) == decision.id), None)
    if field is None or not isinstance(field.how, Labels):
        return None
    for option in decision.options:
        if _as_maps(option.value) == _own_maps(field.how.maps, option.value, on):
            return option_text(option)
    return None


def _as_maps(value: Any) -> list[tuple[str, str, dict[str, tuple[str, ...]]]]:
    entries = value if isinstance(value, list) else [{"map": value}]
    return [
        (
            entry.get("from", ""),
            entry.get("until", ""),
            {label.casefold(): tuple(codes) for label, codes in entry["map"].items()},
        )
        for entry in entries
    ]


def _own_maps(maps: tuple[DatedMap, ...], like: Any, on: date) -> list[tuple[str, str, dict[str, tuple[str, ...]]]]:
    labels = {label for _, _, codes in _as_maps(like) for label in codes}
    dated = [
        (
            str(m.first or ""),
            str(m.last or ""),
            {label: codes for label, codes in m.codes.items() if _folded(label, labels)},
        )
        for m in maps
    ]
    if isinstance(like, list):
        return [(a, b, _unfolded(codes, labels)) for a, b, codes in dated]
    in_force = next((codes for a, b, codes in dated if (not b or b >= f"{on}") and a <= f"{on}"), {})
    return [("", "", _unfolded(in_force, labels))]


def _folded(label: str, labels: set[str]) -> bool:
    return label in {fold(other) for other in labels}


def _unfolded(codes: Mapping[str, tuple[str, ...]], labels: set[str]) -> dict[str, tuple[str, ...]]:
    return {label: codes[fold(label)] for label in labels if fold(label) in codes}


def _label_answer(id_: str, ours: Profile, on: date) -> str | None:
    for field in ours.fields:
        key = " + ".join(field.columns)
        for name in (key, *field.columns):
            if id_.startswith(f"{name}.") and isinstance(field.how, Labels):
                label = id_.removeprefix(f"{name}.")
                codes = _decode(field, "" if label == "blank" else label, on)
                if codes is None:
                    return ""
                return codes[0] if len(codes) == 1 else f"[{', '.join(codes)}]"
    return None


def _decode(field: Field, label: str, on: date) -> tuple[str, ...] | None:
    """The codes of a label on a day."""
    assert isinstance(field.how, Labels)
    decoder = LabelDecoder(field, field.how, Named({}), "", field.source or "")
    values = decoder.decode(label, on).values[: len(field.columns)]
    return None if None in values else tuple(str(value) for value in values)


# --- what a profile makes of one file


def parts_of(
    profile: Profile, data: bytes, filename: str, parameters: Mapping[str, str], on: date
) -> Iterator[tuple[str, Any]]:
    table = open_table(data, profile.read, Limits(), filename=filename)
    named = named_values(table, profile, parameters, filename=filename)
    fits = fitting(io.BytesIO(data), filename=filename, profiles={"it": profile})
    yield "grain", profile.grain
    yield "recognise", len(fits)
    yield "read:encoding", table.encoding
    yield "read:header", (table.header_row, table.header)
    yield "read:end", (table.body["#row"].max(), [line.row for line in table.footer if line.text])
    for name, value in named.values.items():
        if name not in parameters:
            yield f"capture:{name}", value
    for parameter in profile.parameters:
        yield f"parameter:{parameter.name}", parameter.type
    if profile.fill_down:
        yield "fill_down", profile.fill_down
    if profile.levels:
        here = {clean(text or "") for text in table.body[profile.levels.column].to_list()}
        yield "levels", (profile.levels.column, len(profile.levels.names), here & set(profile.levels.alone))
    layout = arrange(table, profile, filename=filename)
    for number, total in enumerate(profile.totals):
        kind, found = _total(layout.cells, number, total)
        if found:
            yield f"total {kind}: {found}", True
    if profile.unpivot:
        yield "unpivot", {name for name in table.header if name in _parts(layout.cells)}
    yield "drop", _unread(profile, table.header)
    yield from _fields(profile, table, layout.cells, named, on)
    for field in profile.fields:
        if field.personal:
            yield f"personal:{field.source}", field.unique
    for check in profile.checks:
        yield f"check:{check.rule}", (check.when, check.that)


def _parts(cells: pl.DataFrame) -> set[str]:
    return set(cells["#cell"].unique().to_list())


def _total(cells: pl.DataFrame, number: int, total: Total) -> Any:
    if total.column is not None:
        return ("column", sorted(cells.filter(pl.col("#column_total") == number)["#cell"].unique().to_list()))
    return ("row", sorted(cells.filter(pl.col("#row_total") == number)["#row"].unique().to_list()))


def _unread(profile: Profile, header: tuple[str, ...]) -> frozenset[str]:
    """The columns that no field reads, declared so or not."""
    read = {name for field in profile.fields for name in sources(field)}
    if profile.levels:
        read.add(profile.levels.column)
    return frozenset(name for name in header if name in profile.drop and name not in read)


def _fields(profile: Profile, table: Any, cells: pl.DataFrame, named: Named, on: date) -> Iterator[tuple[str, Any]]:
    for field in profile.fields:
        key = " + ".join(field.columns)
        if key in ("REPORTER", "AGENCY", "DATASET"):
            yield f"field:{key}", profile.constant(key).replace(".", "_")
        elif isinstance(field.how, Const):
            flags = [value for name, value in field.how.when if name in named.values]
            value = (flags or [field.how.value])[0]
            if value != DEFAULTS.get(key):
                yield f"field:{key}", value
        elif isinstance(field.how, PeriodOf):
            yield (
                "field:PERIOD",
                replace(field.how, year=None, const=None, grains=field.how.grains if field.how.month is None else ()),
            )
        elif isinstance(field.how, Flags):
            for column, code in field.how.codes.items():
                yield f"field:{key}:{column}", code
        elif isinstance(field.how, DateOf):
            yield f"field:{key}", (field.source, field.how.format, field.how.partial, field.how.blank)
        elif isinstance(field.how, Integer):
            texts = _texts(table, cells, field.source or "")
            yield (
                f"field:{key}",
                {t: integer(t, thousands=field.how.thousands, decimal=field.how.decimal) for t in texts},
            )
        elif isinstance(field.how, Labels):
            for label in sorted(_texts(table, cells, field.source or "")):
                codes = _decode(field, label, on)
                for number, column in enumerate(field.columns):
                    yield f"label:{column}:{label}", codes and codes[number]
        else:
            yield f"field:{key}", field.source
    if profile.grain is RecordGrain.AGGREGATE:
        _, source = value_field(profile)
        for sign in profile.cells:
            if sign in {clean(text) for text in cells[source].fill_null("").unique().to_list()}:
                cell = profile.cells[sign]
                yield (
                    f"cells:{sign or 'blank'}",
                    Cell(cell.meaning, cell.then, cell.test, "" if cell.test is None else "*"),
                )


def _texts(table: Any, cells: pl.DataFrame, source: str) -> set[str]:
    frame = cells if source in cells.columns else table.body
    if source not in frame.columns:
        return set()
    rows = frame
    for name in ("#row_total", "#column_total"):
        if name in rows.columns:
            rows = rows.filter(pl.col(name).is_null())
    return {clean(text or "") for text in rows[source].unique().to_list()}


# --- what comes out


def _outcomes(
    ours: Profile,
    theirs: Profile,
    data: bytes,
    filename: str,
    parameters: Mapping[str, str],
    given: Mapping[str, str],
) -> tuple[int, int]:
    """Records of ours that the draft does not give, and records of the draft that are not ours (kept totals apart)."""
    a = intake(io.BytesIO(data), filename=filename, profile=ours, parameters=parameters)
    b = intake(io.BytesIO(data), filename=filename, profile=theirs, parameters=given)
    if ours.grain is RecordGrain.PERSON:
        shared = [name for name in a.rows.columns if name in b.rows.columns]
        plain = [_plain(frame.select(shared)) for frame in (a.rows, b.rows)]
        return max(a.accepted - b.accepted, 0), sum((plain[1] - plain[0]).values())
    columns = [*KEY, "OBS_VALUE", "OBS_STATUS"]
    first, second = (_text(frame, columns) for frame in (a.observations, b.observations))
    lost = first.join(second, on=columns, how="anti", nulls_equal=True).height
    extra = second.join(first, on=columns, how="anti", nulls_equal=True)
    kept = pl.any_horizontal(pl.col(name) == "_T" for name in ("CITIZENSHIP", "SEX", "AGE", "PLACE"))
    return lost, extra.filter(~kept).height


def _text(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    return frame.select(pl.col(columns).cast(pl.String)).with_columns(
        pl.col("DATASET").str.replace_all(".", "_", literal=True)
    )


def _plain(frame: pl.DataFrame) -> Any:
    return Counter(str(row) for row in frame.iter_rows())
