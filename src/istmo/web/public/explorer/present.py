"""How an answer of the explorer stands on a page: panels, a table by month and one by year, caveats, sources.

Nothing is computed here: figures, breaks, levels and refusals come from `istmo.statistics.explore`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from istmo.model.codes import codelist
from istmo.model.periods import Grain, Period
from istmo.model.text import Text
from istmo.registry.datasets import Break, Dataset, is_organisation
from istmo.registry.policy_changes import PolicyChange, changes_beside
from istmo.registry.regions import taken_together
from istmo.statistics.brief.figures import change, count, share
from istmo.statistics.comparability import Figure, direction
from istmo.statistics.explore.answer import Answer, Column, Mixed
from istmo.statistics.explore.holdings import Line
from istmo.statistics.explore.mixing import line_name, unit_name
from istmo.statistics.explore.origins import ALL, GROUPS, REGIONS, members_of, origin_name
from istmo.statistics.explore.question import Mix, Question
from istmo.statistics.wording import enumeration, month_name, month_short, short_name
from istmo.web.common.language import current
from istmo.web.common.spark import Bar, panel
from istmo.web.common.words import short
from istmo.web.public import shown as written

ROOM = 30  # bars, that a number has room under
_SHARE_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0)


@dataclass(frozen=True, slots=True)
class PanelView:
    """One column as a small chart; `picture` is None where no period has a figure."""

    reporter: str
    title: str
    agency: str
    detail: str
    text: str
    picture: SafeString | None


@dataclass(frozen=True, slots=True)
class HeadView:
    reporter: str
    title: str
    detail: str
    unit: str


@dataclass(frozen=True, slots=True)
class RowView:
    head: str
    cells: SafeString
    last: bool


@dataclass(frozen=True, slots=True)
class TableView:
    """`grain` tells the two tables apart; `signs` are those used in it, `protected` whether one says that people are
    protected.
    """

    grain: str
    heads: tuple[HeadView, ...]
    rows: tuple[RowView, ...]
    signs: tuple[tuple[str, str], ...]

    @property
    def protected(self) -> bool:
        return bool({sign for sign, _meaning in self.signs} & set(written.PROTECTION))


@dataclass(frozen=True, slots=True)
class SourceView:
    dataset: Dataset
    units: str
    loads: tuple[str, ...]
    breaks: tuple[Break, ...]


@dataclass(frozen=True, slots=True)
class MixedView:
    title: str
    lead: str
    picture: SafeString
    rows: tuple[tuple[str, str], ...]
    level: str


def panels(answer: Answer, *, policy: Sequence[PolicyChange] = ()) -> tuple[PanelView, ...]:
    """A panel for each column, months where it has months, else years; on one scale only where that was allowed."""
    one_scale = answer.question.mix is Mix.SCALE and answer.refused is None
    values = [figure.value for column in answer.columns for figure in column.figures.values() if figure.value]
    top = float(max(values, default=1)) if one_scale else None
    return tuple(_panel(answer, number, column, top, policy) for number, column in enumerate(answer.columns))


def _panel(answer: Answer, number: int, column: Column, top: float | None, policy: Sequence[PolicyChange]) -> PanelView:
    language, line = current(), column.line
    grain = Grain.MONTH if any(at.grain is Grain.MONTH for at in column.figures) else Grain.YEAR
    shown = {at: figure for at, figure in column.figures.items() if at.grain is grain}
    by_share = answer.question.mix is Mix.SHARE
    name = head_of(column, answer)
    picture = None
    if any(figure.value is not None for figure in shown.values()):
        values = {at: column.shares[at] if by_share else figure.value for at, figure in shown.items()}
        picture = panel(
            [
                Bar(
                    short(at, language),
                    values[at],
                    hatched=figure.status == "P",
                    mark="b" if at in column.breaks else "",
                    sign="" if figure.value is not None else written.sign(figure),
                )
                for at, figure in shown.items()
            ],
            alt=f"{name.title}. {in_words(column, shown)}",
            key=f"p{number}",
            top=max([value for value in values.values() if value is not None], default=1.0) if by_share else top,
            scale=_share_scale([value for value in values.values() if value is not None]) if by_share else None,
            marks={} if grain is Grain.YEAR else policy_marks(list(shown), policy),
        )
    return PanelView(
        reporter=line.reporter,
        title=name.title,
        agency=line.dataset.agency,
        detail=name.detail,
        text=_panel_text(column, shown),
        picture=picture,
    )


def _share_scale(values: Sequence[float]) -> list[tuple[float, str]]:
    """Two to five round marks for per cent."""
    highest = max(values, default=0.0)
    step = next((one for one in _SHARE_STEPS if highest / one <= 4), 50.0)
    digits = 0 if step >= 1 else 1 if step >= 0.1 else 2
    return [(step * n, f"{step * n:.{digits}f}{chr(0xA0)}%") for n in range(1, int(highest / step) + 1)]


def policy_marks(shown: Sequence[Period], policy: Sequence[PolicyChange]) -> dict[int, str]:
    """The number of each policy change under its month, where the months have room for it."""
    if len(shown) > ROOM:
        return {}
    marks: dict[int, str] = {}
    for number, one in enumerate(policy, start=1):
        if one.month in shown:
            at = list(shown).index(one.month)
            marks[at] = f"{marks[at]},{number}" if at in marks else str(number)
    return marks


def _panel_text(column: Column, shown: Mapping[Period, Figure]) -> str:
    """Unit, breaks, and the highest value or why there is none."""
    language = current()
    parts = [first_up(unit_name(column.line).in_(language)) + "."]
    parts.extend(
        _("Break in %(month)s.") % {"month": month_name(at).in_(language)} for at in column.breaks if at in shown
    )
    if any(figure.value is not None and figure.told.rounded for figure in shown.values()):
        parts.append(_("Rounded figures."))
    known = {at: figure.value for at, figure in shown.items() if figure.value is not None}
    held_back = any(figure.value is None and figure.reported for figure in shown.values())
    if known and not held_back:
        at = max(known, key=lambda one: known[one])
        parts.append(
            _("Highest: %(value)s in %(month)s.") % {"value": count(known[at]), "month": month_name(at).in_(language)}
        )
    elif all(figure.status == "L" for figure in shown.values()):
        parts.append(_("The source does not distinguish this origin in any of these periods."))
    elif column.origin in taken_together() and all(figure.status == "M" for figure in shown.values()):
        parts.append(_("The reporter has no such row: it counts each nationality on its own."))
    elif all(figure.status == "M" for figure in shown.values()):
        parts.append(_("The measure does not apply to the country’s own nationals."))
    elif known:
        parts.append(_("Some periods are withheld, or included in another row, to protect people."))
    elif held_back:
        parts.append(_("No figure of its own: withheld, or included in another row, to protect people."))
    else:
        parts.append(_("Nothing reported in these periods."))
    return " ".join(parts)


def in_words(column: Column, shown: Mapping[Period, Figure]) -> str:
    """The chart in one sentence: first and last, lowest and highest."""
    language = current()
    known = [(figure.value, at) for at, figure in shown.items() if figure.value is not None]
    if not known:
        return _("No figure in any period.")

    def told(pair: tuple[int, Period]) -> str:
        return f"{count(pair[0])} ({short(pair[1], language)})"

    return _("First %(first)s, last %(last)s; lowest %(low)s, highest %(high)s.") % {
        "first": told(known[0]),
        "last": told(known[-1]),
        "low": told(min(known)),
        "high": told(max(known)),
    }


def head_of(column: Column, answer: Answer) -> HeadView:
    """The head of a column: who, then what tells it from the others beside it."""
    language, line = current(), column.line
    details = []
    if len(answer.question.origins) > 1:
        details.append(origin_name(column.origin).in_(language))
    same = [one for one in answer.lines if (one.reporter, one.about) == (line.reporter, line.about)]
    if len({one.measure for one in same}) > 1 or len(answer.question.measures) > 1:
        details.append(codelist("measure")[line.measure].name.in_(language))
    if line.channel != ALL:
        details.append(codelist("entry_mode")[line.channel].name.in_(language))
    name = short_name("reporter", line.reporter).in_(language)
    if line.about != ALL:
        name = f"{name}: {short_name('citizenship', line.about).in_(language)}"
    return HeadView(line.reporter, name, "; ".join(details), unit_name(line).in_(language))


def tables(answer: Answer) -> tuple[TableView, ...]:
    """The figures by month, and those published by year; latest first."""
    found = []
    for grain, periods in ((Grain.MONTH, answer.months), (Grain.YEAR, answer.years)):
        columns = answer.of_grain(grain)
        if not periods:
            continue
        used: set[str] = set()
        rows = tuple(
            RowView(
                first_up(short(at, current())),
                mark_safe("".join(_cell(column, at, answer.question.mix, used) for column in columns)),  # noqa: S308 - numbers and signs of our own
                at == max(periods),
            )
            for at in sorted(periods, reverse=True)
        )
        heads = tuple(head_of(column, answer) for column in columns)
        found.append(TableView(grain.value, heads, rows, written.meanings(used)))
    return tuple(found)


def _cell(column: Column, at: Period, mix: Mix, used: set[str]) -> str:
    figure = column.shown(at)
    broken = at in column.breaks
    if figure.value is None:
        letter = written.abbreviated("b" if broken else "", used)
        sign, _between, below = written.instead(figure, used).partition("<small")
        below = f"<small{below}" if below else ""
        return f'<td class="n">{sign}<span class="st">{letter}</span>{below}</td>'
    shown = written.abbreviated(written.letters(figure, broken=broken), used)
    text = count(figure.value)
    if figure.value == 0:
        used.add("0")
    if mix is Mix.SHARE:
        part = column.shares.get(at)
        own = "n/a" if part is None else share(part, current(), rounded=figure.told.rounded)
        return f'<td class="n">{own}<span class="st">{shown}</span><small class="of">{text}</small></td>'
    return f'<td class="n">{text}<span class="st">{shown}</span></td>'


def mixed_view(mixed: Mixed) -> MixedView:
    """Two columns taken together: the chart around zero or in per cent, its table and the level that allows it."""
    language = current()
    first, second = line_name(mixed.first.line).in_(language), line_name(mixed.second.line).in_(language)
    if mixed.first.line == mixed.second.line:
        first, second = (origin_name(one.origin).in_(language) for one in (mixed.first, mixed.second))
    by_share = mixed.mix is Mix.RATIO
    title = (_("%(first)s in per cent of %(second)s") if by_share else _("%(first)s less %(second)s")) % {
        "first": first,
        "second": second,
    }
    bars = [Bar(short(at, language), value) for at, value in mixed.values.items()]
    known = [value for value in mixed.values.values() if value is not None]
    rounded = any(one.told.rounded for side in (mixed.first, mixed.second) for one in side.figures.values())
    picture = panel(bars, alt=title, key="mixed", scale=_share_scale(known) if by_share else None)
    level = f"{mixed.comparability.level}: {mixed.comparability.name.in_(language)}"
    return MixedView(
        title=title,
        lead=mixed.comparability.reason.in_(language),
        picture=picture,
        rows=tuple(
            (first_up(short(at, language)), _mixed_text(value, by_share, rounded))
            for at, value in reversed(mixed.values.items())
        ),
        level=level,
    )


def _mixed_text(value: float | None, by_share: bool, rounded: bool) -> str:
    if value is None:
        return "n/a"
    return share(value, current(), rounded=rounded) if by_share else change(round(value))


def sources(answer: Answer) -> tuple[SourceView, ...]:
    """Each dataset read, with its unit, the vintages of the periods shown, and its breaks in the window."""
    language = current()
    found: dict[str, list[Column]] = {}
    for column in answer.columns:
        found.setdefault(column.line.dataset.id, []).append(column)
    return tuple(
        SourceView(
            dataset=columns[0].line.dataset,
            units=enumeration(list(dict.fromkeys(unit_name(one.line) for one in columns))).in_(language),
            loads=tuple(sorted({load.vintage for one in columns for load in one.loads})),
            breaks=tuple(dict.fromkeys(b for one in columns for broken in one.breaks.values() for b in broken)),
        )
        for columns in found.values()
    )


def title_of(question: Question) -> Text:
    """What is asked, in words: origins and window."""
    names = enumeration([origin_name(code) for code in question.origins])
    first, last = month_short(question.first), month_short(question.last)
    if question.first == question.last:
        return Text(es=f"{names.es}, {last.es}", en=f"{names.en}, {last.en}")
    return Text(es=f"{names.es}, {first.es} a {last.es}", en=f"{names.en}, {first.en} to {last.en}")


def headline(answer: Answer) -> Text:
    """How the last month stands to the one a year before at each reporter, where that can be said of all of them; else
    what was asked.
    """
    if len(answer.question.origins) > 1 or answer.last is None:
        return title_of(answer.question)
    name = origin_name(answer.question.origins[0])
    groups: dict[str, list[Text]] = {key: [] for key in _TENDENCIES}
    for column in answer.columns:
        groups.setdefault(_tendency(column), []).append(line_name(column.line))
    told = [(key, list(dict.fromkeys(names))) for key, names in groups.items() if names and key in _TENDENCIES]
    if not told or groups.keys() - _TENDENCIES.keys():
        return title_of(answer.question)
    parts = [(enumeration(names), _TENDENCIES[key]) for key, names in told]
    return Text(
        es=f"{name.es}: " + "; ".join(said.es.format(names.es) for names, said in parts),
        en=f"{name.en}: " + "; ".join(said.en.format(names.en) for names, said in parts),
    )


_TENDENCIES = {
    "more": Text(es="más que un año antes en {}", en="more than a year before in {}"),
    "fewer": Text(es="menos que un año antes en {}", en="fewer than a year before in {}"),
    "same": Text(es="lo mismo que un año antes en {}", en="the same as a year before in {}"),
    "b": Text(
        es="en {} una ruptura de la serie no permite decirlo", en="in {} a break in the series does not let it be said"
    ),
    "L": Text(es="en {} la fuente no lo distingue", en="in {} the source does not distinguish it"),
    "a": Text(es="en {} el redondeo no permite decirlo", en="in {} the rounding does not let it be said"),
    "Q": Text(
        es="en {} no se publica, para proteger a las personas", en="in {} it is not published, to protect people"
    ),
}


def _tendency(column: Column) -> str:
    """How the last month stands to the same month a year before; of a State's series, and not across a break of it."""
    if is_organisation(column.line.reporter):
        return ""
    months = [at for at in column.figures if at.grain is Grain.MONTH]
    if not months:
        return ""
    last = max(months)
    now, before = column.figures[last], column.figures.get(last.plus(-12))
    if now.value is None:
        return {"L": "L", "Q": "Q", "K": "Q"}.get(now.status, "")
    crossed = any(last.plus(-12) < at <= last for at in column.breaks)
    if before is None or before.value is None:
        return ""
    if crossed:
        return "b"
    return {1: "more", -1: "fewer", 0: "same", None: "a"}[direction(now, before)]


def policy_of(answer: Answer) -> tuple[PolicyChange, ...]:
    """The policy changes of the months shown that may touch one of the reporters, and the nationality where one is
    asked for.
    """
    return policy_beside({line.reporter for line in answer.lines}, answer.months, answer.question.origins)


def policy_beside(
    reporters: Collection[str], months: Sequence[Period], origins: Iterable[str]
) -> tuple[PolicyChange, ...]:
    """The policy changes of the months that may touch one of the reporters and one of the origins."""
    if not months:
        return ()
    found: dict[str, PolicyChange] = {}
    for origin in origins:
        codes: Iterable[str | None] = (None,) if origin == ALL else sorted(members_of(origin))
        if origin in REGIONS or origin in GROUPS:
            codes = (None,)
        for code in codes:
            beside = changes_beside(reporters, first=min(months), last=max(months), citizenship=code)
            found.update({one.id: one for one in beside})
    return tuple(sorted(found.values(), key=lambda one: (one.day, one.id)))


@dataclass(frozen=True, slots=True)
class LevelView:
    """Two lines with their level; `address`: the page of the pair, where both are States."""

    pair: str
    level: int
    name: str
    reason: str
    address: str


def levels(answer: Answer) -> tuple[LevelView, ...]:
    """Each pair of lines with its level in words and the reason."""
    language = current()

    def name(line: Line) -> str:
        return f"{line_name(line).in_(language)}, {codelist('measure')[line.measure].name.in_(language)}"

    found = []
    for a, b, level in answer.pairs:
        states = a.reporter != b.reporter and not is_organisation(a.reporter) and not is_organisation(b.reporter)
        where = reverse("pair", kwargs={"first": a.reporter.lower(), "second": b.reporter.lower()}) if states else ""
        words = level.name.in_(language), level.reason.in_(language)
        found.append(LevelView(f"{name(a)} – {name(b)}", level.level, *words, where))
    return tuple(found)


def first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
