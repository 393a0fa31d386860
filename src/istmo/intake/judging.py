"""What does each record say, and is it accepted? Every field decoded, every check asked, for all records at once.

The distinct texts of each column are decoded in Python (`decoding`), each row takes its answer by number; checks are
Polars expressions. The result has one column `@NAME` for each field and the masks of `problems`; no row is dropped.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from itertools import accumulate

import polars as pl

from istmo.intake import expressions
from istmo.intake.cells import MEANING, NUMBER, value_field
from istmo.intake.decoding import (
    MAX_SUGGESTIONS,
    TOTAL,
    Cell,
    LabelDecoder,
    Meaning,
    Named,
    PeriodDecoder,
    by_period,
    date_decoder,
    number_decoder,
)
from istmo.intake.grammar import (
    Action,
    Blank,
    Check,
    Const,
    DateOf,
    Field,
    Flags,
    Integer,
    Labels,
    PeriodOf,
    Plain,
    Profile,
    RecordGrain,
)
from istmo.intake.grammar import Meaning as Sign
from istmo.intake.layout import COLUMN_TOTAL, ROW_TOTAL, collapsed, sources
from istmo.intake.merged import TOGETHER, figure
from istmo.intake.problems import CELL, MASK, Problem, Problems, bit_of, mask_columns, mask_name
from istmo.intake.profiles.reader import kinds_of
from istmo.intake.table import EXTRA, ROW
from istmo.model.findings import Severity
from istmo.model.labels import clean
from istmo.model.text import Text

DAY = "#day"  # the first day of the record's period, or the day of its event
NOTES = "#notes"  # prefix of the columns that hold notes of labels
INDEX = "#index"  # the place of a record among all, from 0
_SEPARATOR = "\x1f"
_FEW_MASKS = 4
_TOGETHER = 4  # masks that one expression brings together; several of them run beside each other
_SMALL = 10_000
_DECODED = Labels | PeriodOf | Integer | DateOf


def out(column: str) -> str:
    """The name of a field's column in the judged frame; source columns keep their labels."""
    return f"@{column}"


@dataclass(frozen=True, slots=True)
class _Decoder:
    """A key of the source (one text or several), its outputs by name and type, and what a text means."""

    field: Field
    key: pl.Expr
    outputs: tuple[tuple[str, pl.DataType], ...]
    label: LabelDecoder | None = None
    period: PeriodDecoder | None = None
    number: Integer | None = None
    dated: DateOf | None = None
    on: date | None = None

    def meaning(self, text: str) -> Meaning:
        if self.label is not None:
            label, _, on = text.partition(_SEPARATOR)
            return self.label.decode(label, date.fromisoformat(on) if on else None)
        if self.period is not None:
            return self.period.decode(tuple(text.split(_SEPARATOR)))
        source = self.field.source or ""
        if self.number is not None:
            return number_decoder(self.field, self.number, source)(text)
        assert self.dated is not None
        return date_decoder(self.field, self.dated, source, self.on)(text)


class Judge:
    """Judges the records of one file; holds what all of its steps need."""

    def __init__(self, profile: Profile, named: Named, problems: Problems, on: date | None) -> None:
        self.profile = profile
        self.named = named
        self.problems = problems
        self.on = on
        self.bits: dict[str, list[pl.Expr]] = {}
        self.categories: dict[str, tuple[str, ...]] = {}
        self.on_demand: dict[str, pl.Expr] = {}  # fields of unit records that no check asks for: made for the accepted

    def judge(
        self, records: pl.DataFrame, masks: Iterable[str], again: Mapping[str, pl.DataFrame] | None = None
    ) -> pl.DataFrame:
        """The records with `@` columns and masks; `masks` are those they already carry.

        `again` has the rows that repeat a number (`repeated`) by the source of its field, where they were looked for in
        other tables too.
        """
        for name in masks:
            records = records.rename({name: f"#cells{name}"})
            self.bits.setdefault(name, []).append(pl.col(f"#cells{name}"))
        fields = [field for field in self.profile.fields if isinstance(field.how, _DECODED)]
        if self.profile.grain is RecordGrain.AGGREGATE:
            fields = [field for field in fields if field.columns != ("OBS_VALUE",)]
        later = [field for field in fields if isinstance(field.how, Labels) and by_period(field.how)]
        unique = [field for field in self.profile.fields if field.unique]
        with ThreadPoolExecutor(max_workers=1) as beside:  # sorting uses one processor, decoding the other
            looked = [] if again else [beside.submit(repeated, records, field.source or "") for field in unique]
            records = self._decoded(records, [field for field in fields if field not in later])
        records = self._not_yet(records)
        records = records.with_columns(self._plain(records))
        if later:
            records = self._decoded(records.with_columns(self._day(records).alias(DAY)), later)
        self._ragged(records)
        if TOGETHER in records.columns:
            _, source = value_field(self.profile)
            self._set(figure("" if CELL in records.columns else source, source), pl.col(TOGETHER))
        found = [again[field.source or ""] for field in unique] if again else [rows.result() for rows in looked]
        for field, rows in zip(unique, found, strict=True):
            self._again(field, rows, records.height)
        for check in self.profile.checks:
            self._check(check)
        return records.with_columns(
            _either(self.bits.get(name, [pl.lit(0, MASK)])).alias(name) for name in self.problems.masks
        )

    # --- decoding

    def _decoded(self, records: pl.DataFrame, fields: Sequence[Field]) -> pl.DataFrame:
        """The records with the outputs of the fields, and the bits of what the texts' problems set."""
        decoders = [self._decoder(field, records) for field in fields]
        names = [f"#key{field.columns[0]}" for field in fields]
        keys = [decoder.key.alias(name) for decoder, name in zip(decoders, names, strict=True)]
        coded = records.select(keys)
        coded = coded.with_columns(
            pl.col(name).cast(pl.String).cast(pl.Categorical(pl.Categories.random()))
            for name in names
            if not isinstance(coded.schema[name], pl.Categorical) and not _small(coded[name])
        )
        outputs: list[pl.Expr] = []
        masks: dict[str, list[pl.Expr]] = {}
        for name, decoder in zip(names, decoders, strict=True):
            texts = _texts(coded[name])
            blank = coded[name].null_count() > 0
            code = _code(pl.col(name), texts, blank=blank)
            source = decoder.field.source or ""
            own = sources(decoder.field) == (source,) and records.schema.get(source) == coded.schema[name]
            for column, series in self._answers(decoder, [*texts, ""] if blank else texts).items():
                if column.startswith("#mask"):
                    masks.setdefault(column, []).append(_masked(code, series))
                elif own and self._waits(column):
                    self.on_demand[column] = _answered(_code(pl.col(source), texts, blank=blank), series)
                else:
                    outputs.append(_answered(code, series).alias(column))
        for column, several in masks.items():
            for number in range(0, len(several), _TOGETHER):
                bits = f"{column}{names[0]}{number}"
                self.bits.setdefault(column, []).append(pl.col(bits))
                outputs.append(_either(several[number : number + _TOGETHER]).alias(bits))
        return records.hstack(coded.select(outputs)) if outputs else records

    def _waits(self, column: str) -> bool:
        """Whether an output of a unit record is asked for by no check, nor as the day of the event."""
        return self.profile.grain is RecordGrain.PERSON and column not in {out("EVENT_DATE"), *map(out, self.asked)}

    @cached_property
    def asked(self) -> frozenset[str]:
        """The names that the checks ask for."""
        kinds = kinds_of(self.profile.fields)
        texts = [text for check in self.profile.checks for text in (check.that, check.when) if text is not None]
        return frozenset(name for text in texts for name in expressions.names(expressions.parse(text, kinds, place="")))

    def _answers(self, decoder: _Decoder, texts: list[str]) -> dict[str, pl.Series]:
        """For each output of the decoder, and each mask that is touched, the answers in the order of the texts."""
        meanings = [decoder.meaning(text) for text in texts]
        numbers = [tuple(self.problems.number(found.problem) for found in meaning.found) for meaning in meanings]
        suggested = 0
        for text, meaning in sorted(zip(texts, meanings, strict=True), key=lambda pair: pair[0]):
            label = text.partition(_SEPARATOR)[0]
            for found in meaning.found:
                suggestion = found.suggestion
                if decoder.label and found.problem.rule in ("R9", "R2", "R3") and suggested < MAX_SUGGESTIONS:
                    suggested += 1
                    suggestion = decoder.label.suggestion(label)
                if suggestion:
                    self.problems.suggest(self.problems.number(found.problem), label, suggestion)
        answers = {
            name: self._answer(name, [meaning.values[index] for meaning in meanings], type_)
            for index, (name, type_) in enumerate(decoder.outputs)
        }
        for name, values in mask_columns(numbers).items():
            answers[name] = pl.Series(values, dtype=MASK)
        return answers

    def _answer(self, name: str, values: list[Cell], type_: pl.DataType) -> pl.Series:
        """The answers as a series; the codes of unit records as an `Enum`, a byte each instead of a text."""
        if type_ != pl.String() or self.profile.grain is not RecordGrain.PERSON:
            return pl.Series(values, dtype=type_)
        categories = tuple(dict.fromkeys(str(value) for value in values if value is not None))
        self.categories[name.removeprefix("@")] = categories
        return pl.Series(values, dtype=pl.Enum(categories))

    def _decoder(self, field: Field, records: pl.DataFrame) -> _Decoder:
        key = [self._text(source, records) for source in sources(field)] or [pl.lit("")]
        match field.how:
            case Labels() as how:
                source = field.source or ""
                unpivoted = self.profile.unpivot is not None and source == self.profile.unpivot.name
                label = LabelDecoder(field, how, self.named, "" if unpivoted else source, source)
                if by_period(how):
                    key.append(pl.col(DAY).cast(pl.String))
                outputs: list[tuple[str, pl.DataType]] = [(out(name), pl.String()) for name in field.columns]
                if how.strip:
                    outputs.append((f"{NOTES}{field.columns[0]}", pl.String()))
                return _Decoder(field, _joined(key), tuple(outputs), label=label)
            case PeriodOf() as how:
                unpivoted = self.profile.unpivot is not None and field.source == self.profile.unpivot.name
                shown = "" if unpivoted else (field.source or "")
                period = PeriodDecoder(how, self.named, shown, field.source, field.source is not None)
                outputs = [(out(field.columns[0]), pl.String()), (DAY, pl.Date())]
                if how.keep_as:
                    outputs.append((out(how.keep_as), pl.String()))
                return _Decoder(field, _joined(key), tuple(outputs), period=period)
            case Integer() as how:
                return _Decoder(field, _joined(key), ((out(field.columns[0]), pl.Int64()),), number=how)
            case how:
                assert isinstance(how, DateOf)
                outputs = [(out(field.columns[0]), pl.Date())]
                if how.partial or how.blank is Blank.UNKNOWN or how.missing:
                    outputs.append((out(f"{field.columns[0]}_PRECISION"), pl.String()))
                return _Decoder(field, _joined(key), tuple(outputs), dated=how, on=self.on)

    def _text(self, source: str, records: pl.DataFrame) -> pl.Expr:
        """The text of a source column; for a kept total that sums over it, the sign for "total"."""
        text = pl.col(source)
        totals = [
            pl.col(name) == number
            for number, total in enumerate(self.profile.totals)
            for name in ((ROW_TOTAL if total.column is None else COLUMN_TOTAL),)
            if name in records.columns and source in collapsed(total, self.profile.levels)
        ]
        if not totals:
            return text
        is_total = pl.any_horizontal(totals).fill_null(value=False)
        return pl.when(is_total).then(pl.lit(TOTAL)).otherwise(text)

    def _plain(self, records: pl.DataFrame) -> list[pl.Expr]:
        """The columns that need no decoding: constants, text, flags, the number of an aggregate."""
        columns: list[pl.Expr] = []
        for field in self.profile.fields:
            name = out(field.columns[0])
            match field.how:
                case Const():
                    columns.append(self._const(field.columns[0], constant(field.how, self.named)).alias(name))
                case Plain():
                    columns.append(pl.col(field.source or "").alias(name))
                case Flags():
                    columns.append(self._flags(field, field.how, records).alias(name))
                case Integer() if NUMBER in records.columns and field.columns == ("OBS_VALUE",):
                    columns.append(pl.col(NUMBER).alias(name))
        return columns

    def _const(self, column: str, value: str) -> pl.Expr:
        """One text for all; of unit records as an `Enum`, like every code."""
        if self.profile.grain is not RecordGrain.PERSON:
            return pl.lit(value)
        self.categories[column] = (value,)
        return pl.lit(value, pl.Enum([value]))

    def _flags(self, field: Field, how: Flags, records: pl.DataFrame) -> pl.Expr:
        parts = []
        for label, code in how.codes.items():
            column = clean(label)
            text = pl.col(column).fill_null("").str.strip_chars()
            parts.append(pl.when(text.is_in(list(how.on))).then(pl.lit(code)))
            problem = Problem(
                "F10",
                Severity.ERROR,
                Action.REJECT,
                Text(
                    es="«{value}» no es un valor de esta marca."
                    if not field.personal
                    else "El valor no es de la marca.",
                    en="“{value}” is no value of this flag."
                    if not field.personal
                    else "The value is none of the flag.",
                ),
                column,
                column,
                field.personal,
            )
            self._set(problem, ~text.is_in([*how.on, *how.off, *how.missing]))
        return pl.concat_list(parts).list.drop_nulls()

    def _day(self, records: pl.DataFrame) -> pl.Expr:
        if DAY in records.columns:
            return pl.col(DAY)
        name = out("EVENT_DATE")
        return pl.col(name) if records.schema.get(name) == pl.Date() else pl.lit(None, pl.Date)

    # --- checks

    def _not_yet(self, records: pl.DataFrame) -> pl.DataFrame:
        """R20: a figure of a period that has not come yet cannot be; a sign there is no zero but not reported yet."""
        if self.on is None or NUMBER not in records.columns or DAY not in records.columns:
            return records
        field = next(field for field in self.profile.fields if isinstance(field.how, PeriodOf))
        unpivoted = self.profile.unpivot is not None and field.source == self.profile.unpivot.name
        problem = Problem(
            "R20",
            Severity.ERROR,
            Action.REJECT,
            Text(es="«{value}»: el período aún no ha ocurrido.", en="“{value}”: the period has not come yet."),
            "" if unpivoted else (field.source or ""),
            field.source or "",
        )
        future = pl.col(DAY) > self.on
        self._set(problem, future & pl.col(MEANING).is_null())
        empty = future & (pl.col(MEANING) == Sign.ZERO.value)
        return records.with_columns(
            pl.when(empty).then(None).otherwise(pl.col(NUMBER)).alias(NUMBER),
            pl.when(empty).then(pl.lit(Sign.NOT_REPORTED.value)).otherwise(pl.col(MEANING)).alias(MEANING),
        )

    def _set(self, problem: Problem, failing: pl.Expr) -> None:
        """The problem's bit wherever `failing` is true."""
        number = self.problems.number(problem)
        bit = pl.when(failing).then(pl.lit(bit_of(number), MASK)).otherwise(pl.lit(0, MASK))
        self.bits.setdefault(mask_name(number), []).append(bit)

    def _ragged(self, records: pl.DataFrame) -> None:
        if EXTRA in records.columns:
            problem = Problem(
                "F9",
                Severity.ERROR,
                Action.REJECT,
                Text(
                    es="La fila tiene más celdas que el encabezado.",
                    en="The row has more cells than the header.",
                ),
                self.profile.fields[0].source or "#",
            )
            self._set(problem, pl.col(EXTRA))

    def _again(self, field: Field, rows: pl.DataFrame, height: int) -> None:
        """R21: the second and later rows of a number that the source should give once."""
        if rows.height == 0:
            return
        source = field.source or ""
        problem = Problem(
            "R21",
            Severity.ERROR,
            Action.QUARANTINE,
            Text(
                es="El mismo número ya figura en la fila {other}; se conservan ambas filas.",
                en="The same number stands in row {other} already; both rows are kept.",
            ),
            source,
            source,
            field.personal,
        )
        number = self.problems.number(problem)
        mask = pl.Series([0], dtype=MASK).new_from_index(0, height).scatter(rows[INDEX], bit_of(number))
        self.bits.setdefault(mask_name(number), []).append(pl.lit(mask))
        self.problems.others[number] = rows.select(ROW, "#other")

    def _check(self, check: Check) -> None:
        kinds = kinds_of(self.profile.fields)
        that = expressions.parse(check.that, kinds, place=check.id)
        failing = ~expressions.compiled(that, self._column)
        if check.when is not None:
            when = expressions.compiled(expressions.parse(check.when, kinds, place=check.id), self._column)
            failing = when & failing
        looked_at = sorted(expressions.names(that))
        column = next((self._source_of(name) for name in looked_at), "")
        problem = Problem(
            rule=check.rule,
            severity=Severity(check.severity),
            action=check.action,
            message=check.message,
            column=column,
            source=column or None,
            personal=any(name in self.profile.personal or name.startswith("[") for name in looked_at)
            and self.profile.grain is RecordGrain.PERSON,
        )
        self._set(problem, failing)

    def _column(self, name: str) -> expressions.Column:
        """The column that a check names, a source column in brackets or a field."""
        if name.startswith("["):
            return expressions.Column(pl.col(name[1:-1]))
        return expressions.Column(pl.col(out(name)), self.categories.get(name))

    def _source_of(self, name: str) -> str:
        if name.startswith("["):
            return name[1:-1]
        return next((field.source or "" for field in self.profile.fields if name in field.columns), "")


def repeated(records: pl.DataFrame, source: str) -> pl.DataFrame:
    """The rows whose text an earlier row has: their place (`INDEX`), number, and the earliest of them (`#other`)."""
    return _repeats(records, source).select(INDEX, ROW, "#other")


def _repeats(records: pl.DataFrame, source: str) -> pl.DataFrame:
    """`repeated`, with the place of the earliest row (`#first`).

    Numbers that stand in order are compared with their neighbours. Else hashes are sorted, which is fast, and only rows
    whose hash stands twice are compared by their texts.
    """
    texts = records[source].cast(pl.String)
    not_after = (~(texts > texts.shift(1))).arg_true()  # in order, these are the rows that repeat the one before
    if texts.null_count() == 0 and (texts.gather(not_after) == texts.gather(not_after - 1)).all():
        may_be = pl.Series([False]).new_from_index(0, len(texts)).scatter(pl.concat([not_after, not_after - 1]), True)
    else:
        hashes = texts.hash()
        ordered = hashes.sort()
        twice = ordered.filter(ordered == ordered.shift(1)).unique()
        may_be = hashes.is_in(twice.implode()) & texts.is_not_null()
    rows = records.select(ROW, texts.alias("#text")).with_row_index(INDEX).filter(may_be)
    firsts = rows.with_columns(
        pl.col(ROW).first().over("#text").alias("#other"), pl.col(INDEX).first().over("#text").alias("#first")
    )
    return firsts.filter(pl.col(INDEX) != pl.col("#first")).select(INDEX, ROW, "#other", "#first")


def repeated_across(tables: Sequence[tuple[str, pl.DataFrame]], source: str) -> list[pl.DataFrame]:
    """`repeated` for each of several tables with their sheets: the earliest row may stand in another (`#other`)."""
    sizes = [records.height for _, records in tables]
    starts = [0, *accumulate(sizes)][:-1]
    together = pl.concat(records.select(ROW, pl.col(source).cast(pl.String)) for _, records in tables)
    sheets = pl.concat(pl.Series([sheet]).new_from_index(0, records.height) for sheet, records in tables)
    rows = _repeats(together, source).with_columns(
        pl.when(pl.lit(sheets).gather("#first") == pl.lit(sheets).gather(INDEX))
        .then(pl.col("#other").cast(pl.String))
        .otherwise(pl.format("{} ({})", "#other", pl.lit(sheets).gather("#first")))
        .alias("#other")
    )
    return [
        rows.filter(pl.col(INDEX).is_between(start, start + size, closed="left")).with_columns(pl.col(INDEX) - start)
        for start, size in zip(starts, sizes, strict=True)
    ]


def _either(masks: Sequence[pl.Expr]) -> pl.Expr:
    """The bits that any of the masks has."""
    return reduce(lambda a, b: a | b, masks)


def _code(column: pl.Expr, texts: Sequence[str], *, blank: bool) -> pl.Expr:
    """The number of each row's text; a blank has the one after the last."""
    return column.to_physical().fill_null(len(texts)) if blank else column.to_physical()


def _answered(code: pl.Expr, answers: pl.Series) -> pl.Expr:
    """The answer of each row's code; a number that stands for itself is not looked up."""
    if answers.dtype == pl.Int64() and answers.equals(pl.int_range(len(answers), eager=True)):
        return code.cast(pl.Int64)
    return pl.lit(answers).gather(code.cast(pl.UInt32))


def _masked(code: pl.Expr, masks: pl.Series) -> pl.Expr:
    """The mask of each row's code; where few masks occur, comparing codes is quicker than looking each one up."""
    by_mask: dict[int, list[int]] = {}
    for number, mask in enumerate(masks.to_list()):
        if mask:
            by_mask.setdefault(mask, []).append(number)
    if len(by_mask) > _FEW_MASKS:
        return pl.lit(masks).gather(code.cast(pl.UInt32))
    expression = pl.lit(0, MASK)
    for mask, codes in by_mask.items():
        in_a_row = codes[-1] - codes[0] == len(codes) - 1
        has = code.is_between(codes[0], codes[-1]) if in_a_row else code.is_in(codes)
        expression = pl.when(has).then(pl.lit(mask, MASK)).otherwise(expression)
    return expression


def _joined(key: list[pl.Expr]) -> pl.Expr:
    """The key of a decoder as one text; a blank is null alone and "" among others."""
    if len(key) == 1:
        return key[0]
    return pl.concat_str([part.cast(pl.String).fill_null("") for part in key], separator=_SEPARATOR)


def _small(series: pl.Series) -> bool:
    """Whether a column holds whole numbers so small that each may be its own code."""
    if series.dtype != pl.Int64():
        return False
    least, most = series.min(), series.max()
    return isinstance(least, int) and isinstance(most, int) and least >= 0 and most <= _SMALL


def _texts(series: pl.Series) -> list[str]:
    """The text of each code of a column, in the order of the codes."""
    if isinstance(series.dtype, pl.Categorical):
        return series.dtype.categories.to_series().to_list()
    most = series.max()
    assert isinstance(most, int)
    return [str(number) for number in range(most + 1)]


def constant(how: Const, named: Named) -> str:
    """The value of a constant field in this file."""
    chosen = next((value for name, value in how.when if named.values.get(name)), how.value)
    return named(chosen)
