"""What is answered: a column for each series and origin asked for, side by side, and what is said beside them.

A column never holds figures of two reporters, datasets, units, countries or channels. `mixed` is made of exactly two
columns, and only where `mixing` allows it; what is refused stands in `refused`, and the columns stand side by side all
the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from istmo.model.errors import InvalidInput
from istmo.model.periods import Grain, Period, months
from istmo.model.text import Text
from istmo.registry.datasets import Break, Dataset, is_organisation
from istmo.statistics.comparability import PERCENT_BASE, Comparability, Figure, NotComparable, share
from istmo.statistics.explore.holdings import Held, Line, Load
from istmo.statistics.explore.mixing import compare_lines, require_mix
from istmo.statistics.explore.origins import ALL
from istmo.statistics.explore.question import CORRIDOR, Catalogue, Mix, Question

MOST_COLUMNS = 48


@dataclass(frozen=True, slots=True)
class Column:
    """The figures of one line and origin. `breaks`: the breaks that touch it, by their first period in the window."""

    held: Held
    origin: str
    figures: Mapping[Period, Figure]
    shares: Mapping[Period, float | None]
    breaks: Mapping[Period, tuple[Break, ...]]

    @property
    def line(self) -> Line:
        return self.held.line

    @property
    def id(self) -> str:
        parts = (self.line.reporter, self.line.measure, self.line.about, self.line.channel, self.line.unit, self.origin)
        return ".".join(part for part in parts if part != ALL) + ("" if self.origin != ALL else f".{ALL}")

    @property
    def has_value(self) -> bool:
        return any(one.value is not None for one in self.figures.values())

    def shown(self, at: Period) -> Figure:
        """The figure; a period that other columns have and this one has not is not reported, or, where an organisation
        prints no row for the country and channel, not distinguished.
        """
        status = "L" if is_organisation(self.line.reporter) else "O"
        return self.figures.get(at) or Figure(self.held.series, None, status)

    def load(self, at: Period) -> Load | None:
        return self.held.loads.get(at)

    @property
    def loads(self) -> tuple[Load, ...]:
        """The loads that the periods shown come from, in the order of these."""
        return tuple(dict.fromkeys(load for at in self.figures if (load := self.held.loads.get(at))))


@dataclass(frozen=True, slots=True)
class Mixed:
    """Two columns taken together, period by period; a count for a difference, per cent for a quotient."""

    mix: Mix
    first: Column
    second: Column
    comparability: Comparability
    values: Mapping[Period, float | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """`months` and `years`: the periods with a row, oldest first. `silent`: reporters asked for that hold nothing of
    what was asked.
    """

    question: Question
    columns: tuple[Column, ...]
    months: tuple[Period, ...]
    years: tuple[Period, ...]
    mixed: Mixed | None
    refused: InvalidInput | None
    silent: tuple[tuple[str, str], ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(dict.fromkeys(column.line for column in self.columns))

    @property
    def pairs(self) -> tuple[tuple[Line, Line, Comparability], ...]:
        """Every two lines with the level between them."""
        lines = self.lines
        return tuple((a, b, compare_lines(a, b)) for number, a in enumerate(lines) for b in lines[number + 1 :])

    @property
    def last(self) -> Period | None:
        """The last period in which a column has a figure."""
        known = [at for one in self.columns for at, figure in one.figures.items() if figure.value is not None]
        return max(known, default=None)

    def of_grain(self, grain: Grain) -> tuple[Column, ...]:
        """The columns with a row of that grain."""
        return tuple(one for one in self.columns if any(at.grain is grain for at in one.figures))


def datasets_wanted(question: Question, catalogue: Catalogue) -> tuple[Dataset, ...]:
    """The datasets to read for an answer."""
    found = [one for reporter, measure in question.wanted for one in catalogue.of(reporter, measure)]
    return tuple({one.id: one for one in found}.values())


def answer(question: Question, held: Iterable[Held], catalogue: Catalogue) -> Answer:
    """The answer from what is in force; raises `InvalidInput` where more columns are asked for than can be read."""
    known = tuple(held)
    columns: list[Column] = []
    silent = []
    for reporter, measure in question.wanted:
        chosen = _chosen(question, reporter, measure, known, catalogue)
        if not chosen and catalogue.of(reporter, measure):
            silent.append((reporter, measure))
        columns.extend(_column(one, origin, question) for one in chosen for origin in question.origins)
    distinct = tuple({one.id: one for one in columns}.values())
    if len(distinct) > MOST_COLUMNS:
        raise _too_many(len(distinct))
    refused = _refusal(question.mix, distinct)
    mixed = None if refused else _mixed(question.mix, distinct)
    return Answer(
        question=question,
        columns=distinct,
        months=_rows(distinct, question, Grain.MONTH),
        years=_rows(distinct, question, Grain.YEAR),
        mixed=mixed,
        refused=refused,
        silent=tuple(silent),
    )


def _too_many(number: int) -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"Se pidieron {number} series; una página muestra hasta {MOST_COLUMNS}.",
            en=f"{number} series were asked for; a page shows up to {MOST_COLUMNS}.",
        ),
        place="reporter, measure, origin, country",
        advice=Text(
            es="Quite informantes, medidas, nacionalidades o países.",
            en="Take away reporters, measures, nationalities or countries.",
        ),
        rule="F52",
    )


def _chosen(
    question: Question, reporter: str, measure: str, held: Sequence[Held], catalogue: Catalogue
) -> tuple[Held, ...]:
    """The lines read for a reporter and measure: of a State the best ranked one that can answer, as in the brief."""
    ids = [one.id for one in catalogue.of(reporter, measure)]
    found = [
        one
        for one in held
        if one.series.dataset.id in ids and (measure in (CORRIDOR, one.line.measure)) and _within(one, question)
    ]
    if is_organisation(reporter):
        about = [one for one in found if one.line.about in question.countries]
        return tuple(sorted(about, key=lambda one: _line_order(one.line, question)))
    by_nationality = question.origins != (ALL,)

    def preference(one: Held) -> tuple[bool, bool, int]:
        last = one.total(question.last).value is None
        return by_nationality and not one.by_nationality, last, one.series.dataset.rank

    return (min(found, key=preference),) if found else ()


def _line_order(line: Line, question: Question) -> tuple[int, str, str]:
    return question.countries.index(line.about), line.channel, line.unit


def _within(held: Held, question: Question) -> bool:
    return any(_in_window(at, question) for at in held.totals)


def _in_window(at: Period, question: Question) -> bool:
    """A year is in the window if one of its months is."""
    if at.grain is Grain.MONTH:
        return question.first <= at <= question.last
    return question.first.year <= at.year <= question.last.year


def _column(held: Held, origin: str, question: Question) -> Column:
    shown = [at for at in held.totals if _in_window(at, question)]
    if any(at.grain is Grain.MONTH for at in shown):
        begun = min(at for at in held.totals if at.grain is Grain.MONTH)
        shown = [at for at in shown if at.grain is not Grain.MONTH]
        shown.extend(at for at in months(question.first, question.last) if at >= begun)
    figures = {at: held.figure(origin, at) for at in sorted(shown)}
    shares = {at: _share(figure, held.total(at)) for at, figure in figures.items()}
    return Column(held, origin, figures, shares, _breaks(held.line, origin, figures))


def _share(part: Figure, whole: Figure) -> float | None:
    return None if part.value is None else share(part, whole)


def _breaks(line: Line, origin: str, shown: Mapping[Period, Figure]) -> dict[Period, tuple[Break, ...]]:
    """The breaks that begin after the first period shown: of the total, and of the list where it names the origin."""
    found: dict[Period, tuple[Break, ...]] = {}
    for one in line.dataset.breaks_on("citizenship" if origin != ALL else "total", line.measure):
        touched = one.on == "total" or not one.codes or origin in one.codes
        if touched and one.period in shown and one.period != min(shown):
            found[one.period] = (*found.get(one.period, ()), one)
    return found


def _rows(columns: Sequence[Column], question: Question, grain: Grain) -> tuple[Period, ...]:
    held = {at for one in columns for at in one.figures if at.grain is grain}
    return tuple(sorted(held))


def _refusal(mix: Mix, columns: Sequence[Column]) -> InvalidInput | None:
    try:
        require_mix(mix, [column.line for column in columns])
    except (NotComparable, InvalidInput) as refused:
        return refused
    return None


def _mixed(mix: Mix, columns: Sequence[Column]) -> Mixed | None:
    """The two columns taken together; they passed `require_mix`."""
    if mix not in (Mix.DIFFERENCE, Mix.RATIO):
        return None
    first, second = columns
    take = _difference if mix is Mix.DIFFERENCE else _ratio
    shared = [at for at in first.figures if at in second.figures]
    return Mixed(
        mix=mix,
        first=first,
        second=second,
        comparability=compare_lines(first.line, second.line),
        values={at: take(first.figures[at], second.figures[at]) for at in shared},
    )


def _difference(a: Figure, b: Figure) -> float | None:
    return None if a.value is None or b.value is None else a.value - b.value


def _ratio(a: Figure, b: Figure) -> float | None:
    """`a` in per cent of `b`, on a base of 30 or more (R16)."""
    if a.value is None or b.value is None or b.value < PERCENT_BASE:
        return None
    return 100 * a.value / b.value
