"""Which sentences open the brief? Each is made from cells, names its reporter and unit, and cites the cells' ids.

`Panamá registró 81,946 tránsitos irregulares en agosto de 2023, 26,559 más que en julio (+48 %) y 50,842 más que en
agosto de 2022 (+163 %).` A figure is called the highest of its series only when it is so in all the months held, and
the sentence says since when. A nationality that left a reporter's fixed list, and that others register, is told as a
finding to explain.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from istmo.model.periods import Period, month
from istmo.model.text import Text
from istmo.statistics.brief.cells import percent, share_of
from istmo.statistics.brief.corridor import breaks_in_window
from istmo.statistics.brief.deaths import deaths_sentence
from istmo.statistics.brief.figures import APPROXIMATE
from istmo.statistics.brief.figures import percent as written_percent
from istmo.statistics.brief.figures import share as written_share
from istmo.statistics.brief.material import Material
from istmo.statistics.brief.nationalities import RESIDUAL
from istmo.statistics.brief.values import Sentence, Table
from istmo.statistics.comparability import Figure, Series, difference, direction, ranked
from istmo.statistics.wording import enumeration, first_letter_up, in_prose, month_beside, month_name

MOST = 5
# A nationality is told when a reporter registers at least this many of it in the month.
TOLD_FROM = 100
# A highest or lowest value is told only of a series of at least this many months.
SERIES_FROM = 13
YEARS_BACK = 3
AN_EVENT = Text(
    es="Un evento no es una persona: la misma persona puede contarse otra vez en el mes.",
    en="An event is not a person: the same person may be counted again within the month.",
)


@dataclass(frozen=True, slots=True)
class LeftList:
    """A nationality that a reporter's fixed list no longer has since a month, and that `others` register."""

    series: Series
    code: str
    since: Period
    others: tuple[Series, ...]


def sentences(material: Material, tables: Sequence[Table], left: LeftList | None) -> tuple[Sentence, ...]:
    told = [one for one in material.reported.values() if material.figure(one, material.month).value is not None]
    found = [_movement(series, material) for series in told][:MOST]
    if left is not None:
        found = [*found[: MOST - 1], _left(left, material)]
    lost = deaths_sentence(material)
    if len(found) < MOST and lost is not None:
        found.append(lost)
    if len(found) < MOST:
        found.extend(_children(material, tables)[:1])
    return tuple(found)


def _movement(series: Series, material: Material) -> Sentence:
    now = material.figure(series, material.month)
    at, counted = month_name(material.month), series.dataset.counted[series.measure]
    noun, name = counted.of(now.value or 0), in_prose("reporter", series.reporter)
    changes, cited, compared = [], [f"T2.{series.reporter}.{material.month}"], [material.month]
    for base_month in (material.previous, material.year_before):
        base = material.figure(series, base_month)
        if difference(now, base) is not None:
            changes.append(_change(now, base, month_beside(base_month, material.month)))
            cited.append(f"T2.{series.reporter}.{base_month}")
            compared.append(base_month)
    tail = enumeration(changes) if changes else None
    return Sentence(
        text=Text(
            es=f"{first_letter_up(name.es)} registró {now.value:,} {noun.es} en {at.es}"
            + (f", {tail.es}." if tail else "."),
            en=f"{first_letter_up(name.en)} registered {now.value:,} {noun.en} in {at.en}"
            + (f", {tail.en}." if tail else "."),
        ),
        cells=tuple(cited),
        detail=_detail(series, material, compared),
    )


def _change(now: Figure, base: Figure, at: Text) -> Text:
    """`26,559 más que en julio (+48 %)`; without the percentage on a base below 30."""
    value, part = difference(now, base) or 0, percent(now, base)
    if direction(now, base) is None:
        return Text(
            es=f"sin cambio apreciable sobre {at.es}",
            en=f"no discernible change on {at.en}",
        )
    if value == 0:
        return Text(es=f"lo mismo que en {at.es}", en=f"as many as in {at.en}")
    es = f"{abs(value):,} {'más' if value > 0 else 'menos'} que en {at.es}"
    en = f"{abs(value):,} {'more' if value > 0 else 'fewer'} than in {at.en}"
    if part is not None:
        es += f" ({written_percent(part, 'es', signed=True)})"
        en += f" ({written_percent(part, 'en', signed=True)})"
    return Text(es=es, en=en)


def _detail(series: Series, material: Material, compared: Sequence[Period]) -> Text | None:
    """What a reader must know beside the number: an extreme of the series, what an event is, and the breaks that lie
    between the months that the sentence compares.
    """
    broken = [one.text for one in breaks_in_window(series, material) if one.period >= min(compared)]
    parts = [*_extreme(series, material), *_rounded(series, material), *broken]
    if series.dataset.unit == "EVENT":
        parts.append(AN_EVENT)
    return Text(es=" ".join(part.es for part in parts), en=" ".join(part.en for part in parts)) if parts else None


def _rounded(series: Series, material: Material) -> list[Text]:
    """How the figures of the sentence are rounded, where they are."""
    told = material.figure(series, material.month).told
    if not told.rounded:
        return []
    return [Text(es=f"Cifras aproximadas: {told.how.es}.", en=f"Approximate figures: {told.how.en}.")]


def _extreme(series: Series, material: Material) -> list[Text]:
    """Whether the month is the highest or lowest of all months received, and since when; of a long series only, and
    not where its rounding or a withheld month leaves it open.
    """
    held = material.totals[series.dataset.id, series.measure]
    known = {month: figure for month, figure in held.items() if figure.value is not None}
    if len(known) < SERIES_FROM or any(figure.reported for figure in held.values() if figure.value is None):
        return []
    since, number = month_name(min(known)), len(known)
    now = known.pop(material.month)
    stands = {direction(now, figure) for figure in known.values()}
    return [
        Text(
            es=f"Es el valor más {word_es} de los {number} meses recibidos desde {since.es}.",
            en=f"It is the {word_en} value of the {number} months received since {since.en}.",
        )
        for word_es, word_en, holds in (
            ("alto", "highest", stands == {1}),
            ("bajo", "lowest", stands == {-1}),
        )
        if holds
    ]


def find_left(material: Material) -> LeftList | None:
    """The nationality most worth telling: gone from a fixed list, and registered by a reporter that lists them all.

    Reporters are asked in route order and each only in its own order; figures of two reporters are never compared.
    """
    for series in material.by_nationality.values():
        gone = _gone(series, material)
        for other in material.by_nationality.values():
            if other.dataset.nationality_list != "open" or not gone:
                continue
            order = ranked([(code, material.nationality(other, material.month, code)) for code in sorted(gone)])
            if order and (order[0][1].value or 0) >= TOLD_FROM:
                code = order[0][0]
                return LeftList(series, code, gone[code], _registering(code, material))
    return None


def _gone(series: Series, material: Material) -> dict[str, Period]:
    """Since which January a code of the last years is no longer listed."""
    lists = material.listed.get((series.dataset.id, series.measure), {})
    this_year = material.month.year
    last: dict[str, int] = {}
    for year in range(this_year - YEARS_BACK, this_year):
        last.update(dict.fromkeys(lists.get(year, frozenset()) - lists.get(this_year, frozenset()), year))
    return {code: month(year + 1, 1) for code, year in last.items()}


def _registering(code: str, material: Material) -> tuple[Series, ...]:
    return tuple(
        series
        for series in material.by_nationality.values()
        if (material.nationality(series, material.month, code).value or 0) >= TOLD_FROM
    )


def _left(left: LeftList, material: Material) -> Sentence:
    origin = in_prose("citizenship", left.code)
    said = [_registered(series, left.code, position == 0, material) for position, series in enumerate(left.others)]
    who, since = in_prose("reporter", left.series.reporter), month_name(left.since)
    cited = [f"T3B.{series.reporter}.{left.code}" for series in (*left.others, left.series)]
    residual = material.nationality(left.series, material.month, RESIDUAL)
    if residual.value is not None:
        cited.append(f"T3.{left.series.reporter}.{RESIDUAL}")
    both = enumeration(said)
    return Sentence(
        text=Text(
            es=f"De personas de {origin.es}, {both.es}. {first_letter_up(who.es)} no publica {origin.es} por "
            f"separado desde {since.es}.",
            en=f"Of people from {origin.en}, {both.en}. {first_letter_up(who.en)} has not published {origin.en} "
            f"apart since {since.en}.",
        ),
        cells=tuple(cited),
        detail=_residual(left, residual, material),
    )


def _registered(series: Series, code: str, first: bool, material: Material) -> Text:
    """`Honduras registró 1,629 ingresos irregulares`, then `México, 1,414 eventos ...` without the verb."""
    value = material.nationality(series, material.month, code).value or 0
    name, noun = in_prose("reporter", series.reporter), series.dataset.counted[series.measure].of(value)
    return Text(
        es=f"{name.es}{' registró' if first else ','} {value:,} {noun.es}",
        en=f"{name.en}{' registered' if first else ','} {value:,} {noun.en}",
    )


def _residual(left: LeftList, residual: Figure, material: Material) -> Text | None:
    if residual.value is None:
        return None
    who, at = in_prose("reporter", left.series.reporter), month_name(material.month)
    counted = left.series.dataset.counted[left.series.measure].of(residual.value)
    return Text(
        es=f"Todas las nacionalidades fuera de la lista de {who.es} reúnen {residual.value:,} {counted.es} en "
        f"{at.es}. Lo que registra cada estación es un hallazgo por explicar, no un error de un informante.",
        en=f"All nationalities that are not on the list of {who.en} have {residual.value:,} {counted.en} in "
        f"{at.en}. What each station registers is a finding to explain, not an error of a reporter.",
    )


def _children(material: Material, tables: Sequence[Table]) -> list[Sentence]:
    """The share of children, of each reporter whose table of sex and age distinguishes them."""
    rows = {row.id: row for table in tables if table.id == "T5" for row in table.rows}
    found = []
    for reporter, series in material.by_demographic.items():
        cells = {cell.id: cell for cell in rows[reporter].cells} if reporter in rows else {}
        children = cells.get(f"T5.{reporter}.CHILDREN")
        if children is None or children.value is None:
            continue
        rounded = APPROXIMATE in children.flags
        part = Figure(series, int(children.value))
        share = share_of("", part, material.figure(series, material.month))
        if share.value is None:
            continue
        name, at, unit = in_prose("reporter", reporter), month_name(material.month), series.dataset.unit_name
        es = written_share(share.value, "es", rounded=rounded)
        en = written_share(share.value, "en", rounded=rounded)
        found.append(
            Sentence(
                text=Text(
                    es=f"En {at.es}, {children.value:,} {unit.es} de {name.es} fueron de niñas y niños ({es}).",
                    en=f"In {at.en}, {children.value:,} {unit.en} of {name.en} were of children ({en}).",
                ),
                cells=(f"T5.{reporter}.CHILDREN", f"T5.{reporter}.CHILDREN.S"),
            )
        )
    return found
