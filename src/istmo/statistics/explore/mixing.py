"""May the columns of an answer be taken together? One place asks, before any difference, quotient or common scale.

`istmo.statistics.comparability` decides for two series. An organisation's figures know more: those about two countries
are never added or put on one scale (one person may be counted in both), those by two channels or in two units are not
taken together at all.
"""

from collections.abc import Sequence
from itertools import combinations

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.comparability import MIXING_LEVEL, Comparability, NotComparable, Operation, compare, require
from istmo.statistics.explore.holdings import Line
from istmo.statistics.explore.question import Mix
from istmo.statistics.wording import in_prose, short_name

_OPERATIONS = {Mix.DIFFERENCE: Operation.SUBTRACT, Mix.RATIO: Operation.DIVIDE, Mix.SCALE: Operation.SHADE}
_WORDS = {
    Operation.SUBTRACT: Text(es="restar", en="subtracted"),
    Operation.DIVIDE: Text(es="dividir", en="divided"),
    Operation.SHADE: Text(es="mostrar en una sola escala", en="shown on one scale"),
    Operation.ADD: Text(es="sumar", en="added"),
    Operation.RANK: Text(es="ordenar en una sola lista", en="ranked in one list"),
}
_OVER_COUNTRIES = (Operation.ADD, Operation.RANK, Operation.SHADE)


def unit_name(line: Line) -> Text:
    """The unit as the dataset calls it, else as the code list does."""
    return line.dataset.unit_name if line.unit == line.dataset.unit else codelist("unit_of_count")[line.unit].name


def line_name(line: Line) -> Text:
    """Who reports: the reporter, for an organisation also the country and the channel."""
    name = short_name("reporter", line.reporter)
    parts_es, parts_en = [name.es], [name.en]
    if line.about != "_T":
        country = short_name("citizenship", line.about)
        parts_es.append(country.es)
        parts_en.append(country.en)
    if line.channel != "_T":
        channel = codelist("entry_mode")[line.channel].name
        parts_es.append(channel.es)
        parts_en.append(channel.en)
    return Text(es=": ".join(parts_es[:2]) + "".join(f", {one}" for one in parts_es[2:]),
                en=": ".join(parts_en[:2]) + "".join(f", {one}" for one in parts_en[2:]))  # fmt: skip


def compare_lines(a: Line, b: Line) -> Comparability:
    """How far figures of two lines can be taken together, with the reason."""
    found = compare(a.dataset, b.dataset, a.measure, b.measure)
    same = (a.unit, a.about, a.channel) == (b.unit, b.about, b.channel)
    if found.level == 0 or a.dataset.id != b.dataset.id or same:
        return found
    if a.channel != b.channel:
        first, second = codelist("entry_mode")[a.channel].name, codelist("entry_mode")[b.channel].name
        return _level(
            0,
            es=f"Otra vía: «{first.es}» y «{second.es}»; un mismo caso puede pasar por las dos.",
            en=f"Other channel: “{first.en}” and “{second.en}”; one case may pass through both.",
        )
    if a.unit != b.unit:
        return _level(
            1,
            es=f"La misma medida en otra unidad: {unit_name(a).es} y {unit_name(b).es}.",
            en=f"The same measure in another unit: {unit_name(a).en} and {unit_name(b).en}.",
        )
    here, there = in_prose("citizenship", a.about), in_prose("citizenship", b.about)
    return _level(
        2,
        es=f"La misma medida y unidad, otro país: {here.es} y {there.es}; lo que llega a registrarse difiere.",
        en=f"Same measure and unit, other country: {here.en} and {there.en}; what comes to be registered differs.",
    )


def _level(level: int, *, es: str, en: str) -> Comparability:
    return Comparability(level=level, name=codelist("comparability")[str(level)].name, reason=Text(es=es, en=en))


def require_lines(lines: Sequence[Line], operation: Operation) -> None:
    """Raises `NotComparable`, with the reason, if two of the lines must not be taken together in that way."""
    for a, b in combinations(dict.fromkeys(lines), 2):
        found = compare_lines(a, b)
        if operation in _OVER_COUNTRIES and a.about != b.about:
            raise _refused(a, b, operation, _TWO_COUNTRIES, rule="R1")
        try:
            require(a.series, b.series, operation)
        except NotComparable as refused:
            reason = _ONE_CORRIDOR if refused.rule == "R1" else _in_words(found)
            raise _refused(a, b, operation, reason, rule=refused.rule) from refused
        if found.level < MIXING_LEVEL:
            raise _refused(a, b, operation, _in_words(found), rule="F42")


_ONE_CORRIDOR = Text(
    es="Son informantes de un mismo corredor: una persona puede estar en las dos cifras.",
    en="They are reporters of one corridor: one person may stand in both figures.",
)
_TWO_COUNTRIES = Text(
    es="Son cifras sobre dos países: una persona puede estar en las dos.",
    en="They are figures about two countries: one person may stand in both.",
)


def _in_words(found: Comparability) -> Text:
    return Text(
        es=f"Nivel {found.level}, {found.name.es.lower()}. {found.reason.es}",
        en=f"Level {found.level}, {found.name.en.lower()}. {found.reason.en}",
    )


def require_mix(mix: Mix, lines: Sequence[Line]) -> None:
    """Raises `NotComparable` where the mix asked for is refused, `InvalidInput` where it needs another number of
    columns.
    """
    if mix not in _OPERATIONS:
        return
    if mix is not Mix.SCALE and len(lines) != 2:
        raise InvalidInput(
            Text(
                es=f"Una diferencia o un cociente necesita dos series; aquí hay {len(lines)}.",
                en=f"A difference or a quotient needs two series; here are {len(lines)}.",
            ),
            place="mix",
            advice=Text(
                es="Elija dos informantes y una nacionalidad, o un informante y dos nacionalidades.",
                en="Choose two reporters and one nationality, or one reporter and two nationalities.",
            ),
            rule="F52",
        )
    require_lines(lines, _OPERATIONS[mix])


def _refused(a: Line, b: Line, operation: Operation, reason: Text, *, rule: str) -> NotComparable:
    word, first, second = _WORDS[operation], line_name(a), line_name(b)
    return NotComparable(
        Text(
            es=f"{first.es} y {second.es} no se pueden {word.es}. {reason.es}",
            en=f"{first.en} and {second.en} cannot be {word.en}. {reason.en}",
        ),
        place=f"{a.dataset.id} {a.measure} / {b.dataset.id} {b.measure}",
        rule=rule,
        advice=Text(
            es="Véalas una al lado de la otra, con su unidad en cada encabezado.",
            en="See them side by side, with the unit in each head.",
        ),
    )
