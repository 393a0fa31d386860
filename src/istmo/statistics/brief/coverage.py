"""T1: which member reported what, in which unit, until when, how punctually, and how far is it comparable?"""

from datetime import date

from istmo.model.text import Text
from istmo.registry.datasets import Dataset
from istmo.registry.members import members
from istmo.statistics.brief.asylum import asylum_coverage, asylum_series
from istmo.statistics.brief.cells import Notes, sign, words
from istmo.statistics.brief.deaths import deaths_coverage, deaths_series
from istmo.statistics.brief.material import Material
from istmo.statistics.brief.sources import source_lines
from istmo.statistics.brief.values import Cell, CellKind, Column, Row, Table
from istmo.statistics.comparability import Series, compare
from istmo.statistics.wording import (
    MONTHS_EN,
    MONTHS_ES,
    enumeration,
    first_letter_down,
    first_letter_up,
    in_prose,
    month_name,
    month_short,
    short_name,
)

SECTION = Text(es="Quién informó", en="Who reported")
NO_DEPARTURES = Text(
    es="Salidas: ningún miembro tiene todavía una fuente de cuántas personas dejaron su territorio; este informe "
    "no da cifras de salidas. Las devoluciones (T9) no son una medida de las salidas.",
    en="Departures: no member has a source yet of how many people left its territory; this brief gives no figures of "
    "departures. Returns (T9) are no measure of departures.",
)
NO_SOURCE = Text(
    es="Todavía no hay una fuente registrada de la medida del corredor para este miembro.",
    en="No source of the corridor measure is registered for this member yet.",
)
_WORDS_ES = (
    "ninguno",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
)
_WORDS_EN = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def coverage_table(material: Material) -> Table:
    notes = Notes()
    rows = tuple(_row(member.code, member.on_route, material, notes) for member in members())
    notes.ref(NO_DEPARTURES)
    if organisation_series(material):
        notes.ref(_organisations(material))
    used = [*material.corridor.values(), *(s for many in material.other_measures.values() for s in many)]
    return Table(
        id="T1",
        section=SECTION,
        title=coverage_title(material),
        subtitle=_subtitle(material),
        row_head=Text(es="Miembro", en="Member"),
        columns=(
            Column("measure", Text(es="Qué mide", en="What it measures"), CellKind.TEXT),
            Column("unit", Text(es="Unidad de conteo", en="Unit of count"), CellKind.TEXT),
            Column("last", Text(es="Último mes", en="Last month"), CellKind.TEXT),
            Column("delivery", Text(es="Entrega", en="Delivery"), CellKind.TEXT),
            Column("comparability", Text(es="Comparabilidad", en="Comparability"), CellKind.TEXT),
        ),
        rows=rows,
        notes=notes.all(),
        sources=source_lines(used, material),
    )


def organisation_series(material: Material) -> tuple[Series, ...]:
    """What the brief reads of international organisations: no member's report."""
    return (*asylum_series(material), *deaths_series(material))


def _organisations(material: Material) -> Text:
    """Whose figures the brief reads beside the members' own, and that these are no report of a member."""
    read = [text for text in (asylum_coverage(material), deaths_coverage(material)) if text is not None]
    both = enumeration(read)
    return Text(
        es=f"De organizaciones internacionales se lee, además: {both.es}. No son informes de los miembros, no tienen "
        "plazo de entrega y no cuentan en la cobertura.",
        en=f"Of international organisations is read, besides: {both.en}. These are no reports of the members, have no "
        "due day and do not count in the coverage.",
    )


def coverage_title(material: Material) -> Text:
    """`Cuatro de once miembros informaron la medida del corredor; uno más informó otra medida`."""
    total, reported = len(members()), len(material.reported)
    others = len(other_reporters(material))
    verb_es = "informó" if reported < 2 else "informaron"
    title_es = f"{_WORDS_ES[reported]} de {_WORDS_ES[total]} miembros {verb_es} la medida del corredor"
    title_en = f"{_WORDS_EN[reported]} of {_WORDS_EN[total]} members reported the corridor measure"
    if others:
        title_es += f"; {_WORDS_ES[others]} más {'informó' if others == 1 else 'informaron'} otra medida"
        title_en += f"; {_WORDS_EN[others]} more reported another measure"
    return Text(es=first_letter_up(title_es), en=first_letter_up(title_en))


def coverage_sentence(material: Material) -> Text:
    """Who reported, who reported another measure, who did not report, and that departures have no source."""
    month = month_name(material.month)
    reported, others, missing = tuple(material.reported), other_reporters(material), silent(material)
    es, en = [], []
    if reported:
        names = _names(reported)
        verb = "Informó" if len(reported) == 1 else "Informaron"
        es.append(f"{verb} la medida del corredor de {month.es}: {names.es}.")
        en.append(f"The corridor measure of {month.en} was reported by {names.en}.")
    else:
        es.append(f"Ningún miembro informó la medida del corredor de {month.es}.")
        en.append(f"No member reported the corridor measure of {month.en}.")
    if others:
        names = _names(others)
        es.append(f"{'Informó' if len(others) == 1 else 'Informaron'} otra medida: {names.es}.")
        en.append(f"Another measure was reported by {names.en}.")
    if missing:
        names = _names(missing)
        es.append(f"{'No informó' if len(missing) == 1 else 'No informaron'}: {names.es}.")
        en.append(f"No report from {names.en}.")
    es.append("Las salidas no tienen fuente todavía.")
    en.append("Departures have no source yet.")
    return Text(es=" ".join(es), en=" ".join(en))


def other_reporters(material: Material) -> tuple[str, ...]:
    """The members that reported another measure but none along the corridor."""
    return tuple(code for code in material.other_measures if code not in material.reported)


def silent(material: Material) -> tuple[str, ...]:
    """The members that reported nothing of the month, in route order, then the others."""
    spoke = {*material.reported, *material.other_measures}
    return tuple(member.code for member in members() if member.code not in spoke)


def _names(codes: tuple[str, ...]) -> Text:
    """The names of a list, which take an article in English only."""
    return enumeration([Text(es=short_name("reporter", code).es, en=in_prose("reporter", code).en) for code in codes])


def _subtitle(material: Material) -> Text:
    days = {dataset.due(material.month) for dataset in material.datasets.values() if dataset.has_due_day}
    due, cut_off = sorted(days), material.edition.cut_off
    dates = enumeration([_day(day) for day in due]) if due else _day(cut_off)
    return Text(
        es=f"Cobertura y puntualidad. Plazo de entrega: {dates.es}; corte de datos: {_day(cut_off).es}.",
        en=f"Coverage and timeliness. Due: {dates.en}; data cut-off: {_day(cut_off).en}.",
    )


def _day(day: date) -> Text:
    return Text(
        es=f"{day.day} de {MONTHS_ES[day.month - 1]} de {day.year}",
        en=f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}",
    )


def _row(code: str, on_route: bool, material: Material, notes: Notes) -> Row:
    series = material.corridor.get(code)
    others = material.other_measures.get(code, ())
    if series is not None:
        cells = _cells_of_series(code, series, material)
    elif others:
        cells = _cells_of_other(code, others, material)
    else:
        cells = _cells_of_silent(code, material, notes)
    return Row(
        id=code,
        head=short_name("reporter", code),
        cells=cells,
        group=Text(es="Sobre el corredor, en orden de ruta", en="Along the corridor, in route order")
        if on_route
        else Text(es="Otros miembros", en="Other members"),
        reporter=code,
    )


def _cells_of_series(code: str, series: Series, material: Material) -> tuple[Cell, ...]:
    held = [month for month in material.window if material.figure(series, month).value is not None]
    last = held[-1]
    provisional = material.figure(series, last).status == "P"
    shown = month_short(last)
    return (
        words(f"T1.{code}.measure", series.dataset.what),
        words(f"T1.{code}.unit", series.dataset.unit_name),
        words(f"T1.{code}.last", Text(es=f"{shown.es} p", en=f"{shown.en} p") if provisional else shown),
        words(f"T1.{code}.delivery", _delivery(series.dataset, code in material.reported, material)),
        _comparability(code, series, material),
    )


def _cells_of_other(code: str, others: tuple[Series, ...], material: Material) -> tuple[Cell, ...]:
    datasets = {series.dataset.id: series.dataset for series in others}
    what = enumeration([first_letter_down(dataset.what) for dataset in datasets.values()])
    units = enumeration(list(dict.fromkeys(dataset.unit_name for dataset in datasets.values())))
    latest = max(datasets.values(), key=lambda dataset: material.received.get(dataset.id, date.min))
    return (
        words(f"T1.{code}.measure", Text(es=f"Otra medida: {what.es}", en=f"Another measure: {what.en}")),
        words(f"T1.{code}.unit", units),
        words(f"T1.{code}.last", month_short(material.month)),
        words(f"T1.{code}.delivery", _delivery(latest, True, material)),
        sign(f"T1.{code}.comparability", CellKind.TEXT, "M"),
    )


def _cells_of_silent(code: str, material: Material, notes: Notes) -> tuple[Cell, ...]:
    """A member with a source of the corridor measure has not reported (O); one without any does not collect it (L)."""
    expected = [dataset for dataset in material.datasets.values() if dataset.reporter == code and dataset.corridor]
    status = "O" if expected else "L"
    caveats = () if expected else (notes.ref(NO_SOURCE),)
    if code in material.by_year_only:
        caveats = (notes.ref(_by_year_only(code, material.month.year)),)
    return (
        *(
            sign(f"T1.{code}.{column}", CellKind.TEXT, status, caveats=caveats if column == "measure" else ())
            for column in ("measure", "unit", "last")
        ),
        words(f"T1.{code}.delivery", _delivery(expected[0] if expected else None, False, material)),
        sign(f"T1.{code}.comparability", CellKind.TEXT, "M"),
    )


def _by_year_only(code: str, year: int) -> Text:
    name = short_name("reporter", code)
    return Text(
        es=f"{name.es}: de {year} la fuente publica solo la cifra del año, que no se reparte entre meses.",
        en=f"{name.en}: of {year} the source publishes the figure of the year alone, which is not split into months.",
    )


def _delivery(dataset: Dataset | None, reported: bool, material: Material) -> Text:
    if dataset is None:
        return Text(es="no informó", en="not reported")
    due = dataset.due(material.month)
    if not reported:
        if material.on <= due:
            return Text(es=f"aún en plazo (hasta el {_day(due).es})", en=f"not due yet (until {_day(due).en})")
        return Text(es="no informó", en="not reported")
    received = material.received.get(dataset.id)
    if received is None:
        return Text(es="recibido", en="received")
    late = (received - due).days
    if late <= 0:
        return Text(es="a tiempo", en="on time")
    return (
        Text(es="1 día tarde", en="1 day late")
        if late == 1
        else Text(es=f"{late:,} días tarde", en=f"{late:,} days late")
    )


def _comparability(code: str, series: Series, material: Material) -> Cell:
    """The level with the neighbours on the route that report: `2 con HND · 1 con USA`."""
    stations = list(material.corridor)
    here = stations.index(code)
    around = [stations[i] for i in (here - 1, here + 1) if 0 <= i < len(stations)]
    id_ = f"T1.{code}.comparability"
    if not around:
        return sign(id_, CellKind.TEXT, "M")
    levels = {other: _level(series, material.corridor[other]) for other in around}
    return words(
        id_,
        Text(
            es=" · ".join(f"{level} con {other}" for other, level in levels.items()),
            en=" · ".join(f"{level} with {other}" for other, level in levels.items()),
        ),
    )


def _level(a: Series, b: Series) -> int:
    return compare(a.dataset, b.dataset, a.measure, b.measure).level
