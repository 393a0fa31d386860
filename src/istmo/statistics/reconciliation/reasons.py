"""Why may two reporters differ, by the codes of the list `difference_reason`?

Each reason is what could make figures differ, told with what is known of it for this pair and year; none is proved to.
A nationality that is frequent at one station and has less than a tenth of that share at the other may follow a route
that does not pass there. What a fixed list does not distinguish is no zero.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from istmo.model.periods import Period
from istmo.model.text import Text
from istmo.registry.datasets import Break
from istmo.registry.policy_changes import PolicyChange
from istmo.statistics.checks import swapped_codes
from istmo.statistics.comparability import Comparability, Figure, Series, ranked
from istmo.statistics.reconciliation.values import FREQUENT, NationalityPair, Reason, Side
from istmo.statistics.series_figures import SeriesFigures
from istmo.statistics.wording import enumeration, first_letter_up, in_prose, month_name, short_name

# A route may not pass a station where a nationality's share is less than a tenth of its share at the other.
BYPASS_BELOW = 10
# So many nationalities are named in a reason; the table has them all.
NAMED = 8


def confused_codes(rows: Sequence[NationalityPair]) -> Mapping[str, str]:
    """Codes without a common node of which one is frequent here and almost absent there, and the other the reverse."""
    first = {row.code: row.first.figure.value or 0 for row in rows}
    second = {row.code: row.second.figure.value or 0 for row in rows}
    found = {}
    for _, code, other in swapped_codes(first, second):
        found.update({code: other, other: code})
    return found


def with_reasons(
    row: NationalityPair, *, along: bool, confused: Mapping[str, str], changes: Sequence[PolicyChange]
) -> NationalityPair:
    """The reasons that concern this nationality alone; those of the pair hold for every row."""
    sides = (row.first, row.second)
    found = []
    if any(side.incomplete or (side.figure.value is None and side.figure.status == "L") for side in sides):
        found.append("LIST")
    if row.code in confused or _other_codes(row):
        found.append("NODE")
    if along and row.code not in confused and (_passes(*sides) or _passes(*reversed(sides))):
        found.append("BYPASS")
    if any(change.about(row.code) for change in changes):
        found.append("POLICY")
    if any(_is_protected(side.figure) for side in sides):
        found.append("PROTECTION")
    return NationalityPair(row.code, row.first, row.second, row.difference, tuple(found))


def _printed(side: Side) -> frozenset[str]:
    """The codes with people in them."""
    return frozenset(code for code, figure in side.parts if figure.value)


def _other_codes(row: NationalityPair) -> bool:
    """Whether the two print people of the node under other codes."""
    first, second = _printed(row.first), _printed(row.second)
    return row.is_node and bool(first) and bool(second) and first != second


def _passes(here: Side, there: Side) -> bool:
    """Whether a nationality frequent here has less than a tenth of its share there, where it is distinguished."""
    if here.share is None or there.share is None or (here.figure.value or 0) < FREQUENT:
        return False
    return there.share * BYPASS_BELOW < here.share


def reasons_of(
    a: SeriesFigures,
    b: SeriesFigures,
    comparability: Comparability,
    rows: Sequence[NationalityPair],
    *,
    along: bool,
    confused: Mapping[str, str],
    changes: Sequence[PolicyChange],
) -> Iterable[Reason]:
    """The reasons of the pair, in the order of the code list. `along`: both are stations of the route."""
    code = {0: "CONCEPT", 1: "UNIT"}.get(comparability.level)
    if code:
        yield Reason(code, comparability.reason)
    if comparability.level == 0 and a.series.dataset.unit != b.series.dataset.unit:
        yield Reason("UNIT", _each(a, b, lambda one: one.series.dataset.unit_name))
    if a.series.dataset.coverage_key != b.series.dataset.coverage_key:
        yield Reason("COVERAGE", _each(a, b, lambda one: one.series.dataset.coverage))
    frequent = [row for row in rows if row.frequent]
    yield from _of_lists(a, b, frequent)
    yield from _of_nodes(a, b, frequent)
    yield from _of_confused(a, b, frequent, confused)
    yield from _of_routes(a, b, frequent)
    if along:
        yield Reason("LAG", _of_lag(a, b))
    for series, one in breaks_between(a, b):
        yield Reason("BREAK", _dated(series, one))
    if changes:
        yield Reason("POLICY", _of_policy(changes))
    yield from _of_protection(a, b, rows)


def _each(a: SeriesFigures, b: SeriesFigures, what: Callable[[SeriesFigures], Text]) -> Text:
    """`Panamá: registros de persona; Honduras: registros de persona.`"""
    said = [(short_name("reporter", one.series.reporter), what(one)) for one in (a, b)]
    return Text(
        es="; ".join(f"{name.es}: {text.es}" for name, text in said) + ".",
        en="; ".join(f"{name.en}: {text.en}" for name, text in said) + ".",
    )


def _names(rows: Sequence[NationalityPair], side: Callable[[NationalityPair], Side]) -> Text:
    """The names of the nationalities, those that one reporter registers most in front; of many only the first."""
    order = ranked([(row, side(row).figure) for row in rows])
    names = [short_name("citizenship", row.code) for row, _ in order]
    if len(names) > NAMED + 1:
        rest = len(names) - NAMED
        names = [*names[:NAMED], Text(es=f"{rest} más", en=f"{rest} more")]
    return enumeration(names)


def _first(row: NationalityPair) -> Side:
    return row.first


def _second(row: NationalityPair) -> Side:
    return row.second


def _of_lists(a: SeriesFigures, b: SeriesFigures, rows: Sequence[NationalityPair]) -> Iterable[Reason]:
    """What a fixed list does not distinguish and the other reporter registers."""
    for one, side, other in ((a, _first, _second), (b, _second, _first)):
        absent = [row for row in rows if side(row).figure.value is None and side(row).figure.status == "L"]
        if not absent:
            continue
        name, who = in_prose("reporter", one.series.reporter), _names(absent, other)
        yield Reason(
            "LIST",
            Text(
                es=f"{first_letter_up(name.es)} no distingue {who.es}: pueden estar en su residual; no son cero.",
                en=f"{first_letter_up(name.en)} does not distinguish {who.en}: they may be in its residual; they are "
                "not zero.",
            ),
        )


def _of_nodes(a: SeriesFigures, b: SeriesFigures, rows: Sequence[NationalityPair]) -> Iterable[Reason]:
    for row in rows:
        if _other_codes(row):
            first, second = (in_prose("reporter", one.series.reporter) for one in (a, b))
            codes = [", ".join(sorted(_printed(side))) for side in (row.first, row.second)]
            name = short_name("citizenship", row.code)
            yield Reason(
                "NODE",
                Text(
                    es=f"{name.es}: {first.es} usa {codes[0]} y {second.es} usa {codes[1]}; se comparan juntos.",
                    en=f"{name.en}: {first.en} uses {codes[0]} and {second.en} uses {codes[1]}; they are compared "
                    "together.",
                ),
            )


def _of_confused(
    a: SeriesFigures, b: SeriesFigures, rows: Sequence[NationalityPair], confused: Mapping[str, str]
) -> Iterable[Reason]:
    """R18a where the two codes have no node."""
    names = [in_prose("reporter", one.series.reporter) for one in (a, b)]
    for row in rows:
        other = confused.get(row.code)
        if other and (row.first.figure.value or 0) > (row.second.figure.value or 0):
            yield Reason(
                "NODE",
                Text(
                    es=f"{names[0].es} registra {row.code} y {names[1].es}, {other}: puede ser la misma etiqueta "
                    "leída de dos maneras (R18a). Ningún código se cambia.",
                    en=f"{names[0].en} registers {row.code} and {names[1].en} {other}: it may be one label read in two "
                    "ways (R18a). No code is changed.",
                ),
            )


def _of_routes(a: SeriesFigures, b: SeriesFigures, rows: Sequence[NationalityPair]) -> Iterable[Reason]:
    """The nationalities whose share at one station is less than a tenth of that at the other."""
    for here, there, side, other in ((b, a, _second, _first), (a, b, _first, _second)):
        many = [row for row in rows if "BYPASS" in row.reasons and _passes(side(row), other(row))]
        if not many:
            continue
        at, beside = (in_prose("reporter", one.series.reporter) for one in (here, there))
        who = _names(many, side)
        yield Reason(
            "BYPASS",
            Text(
                es=f"{who.es}: su parte en lo que registra {beside.es} es menos de la décima de su parte en {at.es}. "
                "Pueden empezar o terminar el viaje en otro punto, seguir otra ruta, por ejemplo por aire, o no "
                "registrarse; las cifras no lo prueban.",
                en=f"{who.en}: their share in what {beside.en} registers is less than a tenth of their share in "
                f"{at.en}. They may begin or end the journey elsewhere, follow another route, for example by air, or "
                "not be registered; the figures do not prove it.",
            ),
        )


def _of_lag(a: SeriesFigures, b: SeriesFigures) -> Text:
    first, second = (in_prose("reporter", one.series.reporter) for one in (a, b))
    return Text(
        es=f"Quien se registra en {first.es} puede registrarse en {second.es} en el mismo mes, más tarde o nunca, y "
        "otras personas solo allí: los meses no son de las mismas personas.",
        en=f"A person registered in {first.en} may be registered in {second.en} in the same month, later or never, "
        "and other people only there: the months are not of the same people.",
    )


def _of_policy(changes: Sequence[PolicyChange]) -> Text:
    number, year = len(changes), changes[0].day.year
    if number == 1:
        return Text(
            es=f"El calendario tiene 1 cambio de {year} que puede tocar estas series; está en la lista.",
            en=f"The calendar has 1 change of {year} that may touch these series; it stands in the list.",
        )
    return Text(
        es=f"El calendario tiene {number} cambios de {year} que pueden tocar estas series; están en la lista.",
        en=f"The calendar has {number} changes of {year} that may touch these series; they stand in the list.",
    )


def _is_protected(figure: Figure) -> bool:
    """Whether a protected table withholds the figure, counts it in another row, or rounds it."""
    return figure.told.rounded or (figure.value is None and figure.reported)


def _of_protection(a: SeriesFigures, b: SeriesFigures, rows: Sequence[NationalityPair]) -> Iterable[Reason]:
    for one, side in ((a, _first), (b, _second)):
        figures = [*one.totals.values(), *(side(row).figure for row in rows)]
        if not any(_is_protected(figure) for figure in figures):
            continue
        name = in_prose("reporter", one.series.reporter)
        how = next((figure.told.how for figure in figures if figure.told.rounded), None)
        es = f"{first_letter_up(name.es)} protege a las personas en esta tabla: retiene celdas (s) o las reúne en otra "
        en = f"{first_letter_up(name.en)} protects people in this table: it withholds cells (s) or counts them in "
        es, en = f"{es}fila (incl.)", f"{en}another row (incl.)"
        if how is not None:
            es = f"{es}; sus cifras (a) son aproximadas, {how.es}"
            en = f"{en}; its figures (a) are approximate, {how.en}"
        yield Reason("PROTECTION", Text(es=f"{es}. No son cero.", en=f"{en}. They are not zero."))


def breaks_between(a: SeriesFigures, b: SeriesFigures) -> tuple[tuple[Series, Break], ...]:
    """The breaks of either series within the months that it holds, of its total and of its list of nationalities."""
    return tuple(
        (one.series, each)
        for one in (a, b)
        for each in one.series.dataset.breaks_on("citizenship", one.series.measure)
        if min(one.totals) < each.period <= max(one.totals)
    )


def last_break(a: SeriesFigures, b: SeriesFigures) -> Period | None:
    """The latest break of either total: months before it are counted in another way."""
    return max((each.period for _, each in breaks_between(a, b) if each.on == "total"), default=None)


def _dated(series: Series, one: Break) -> Text:
    name, at = short_name("reporter", series.reporter), month_name(one.period)
    return Text(es=f"{name.es}, {at.es}: {one.text.es}", en=f"{name.en}, {at.en}: {one.text.en}")
