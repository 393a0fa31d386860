"""What does a table of the brief say of figures that a protected table withholds, holds in another row, or rounds?

A cell that another row holds refers to a note that names the row. What is so of all figures of a reporter (they are
rounded, some are withheld) is a note of the whole table.
"""

from collections.abc import Iterable, Mapping, Sequence

from istmo.model.text import Text
from istmo.statistics.brief.cells import Notes
from istmo.statistics.brief.figures import APPROXIMATE, SIGNS
from istmo.statistics.brief.values import Cell, Table
from istmo.statistics.comparability import Figure, direction
from istmo.statistics.disclosure.notes import INCLUDES, ROLLED_UP, WITHHELD
from istmo.statistics.wording import enumeration, short_name

WITHHELD_NOTE = Text(
    es="Una cifra retenida (s) no es cero: la institución no la publica para proteger a las personas. No se suma, no "
    "se ordena y no se dibuja; una suma que la contiene no tiene valor, salvo que la fuente la declare.",
    en="A withheld figure (s) is not zero: the institution does not publish it, to protect people. It is not added, "
    "ranked or drawn; a sum that contains it has no value unless the source declares it.",
)
# So many nationalities are named in a note; the file of observations has a row of each.
NAMED = 8
METHOD = (
    Text(es="Cifras protegidas", en="Protected figures"),
    Text(
        es="Donde pocas personas podrían ser reconocidas, la institución protege la tabla antes de que salga: reúne "
        "nacionalidades en una fila de su región (incl.), retiene celdas (s) o redondea (a). Nadie desaparece: quien "
        "no tiene fila propia se cuenta en la fila que la nota nombra. De su archivo no va el SHA-256, sino una huella "
        "con clave, con la que nadie comprueba una suposición. Las reglas están en la página de métodos.",
        en="Where few people could be recognised, the institution protects the table before it leaves: it takes "
        "nationalities together in a row of their region (incl.), withholds cells (s) or rounds (a). Nobody "
        "disappears: who has no row of their own is counted in the row that the note names. Not the SHA-256 of its "
        "file goes out but a digest with a key, with which nobody can try a guess. The rules stand on the "
        "methods page.",
    ),
)
LEGEND = {
    SIGNS[ROLLED_UP]: Text(
        es="incluido en otra fila, que la nota nombra: se cuenta en ella y solo en ella",
        en="included in another row, which the note names: counted there, and only there",
    ),
    APPROXIMATE: Text(
        es="aproximado: redondeado para proteger a las personas", en="approximate: rounded to protect people"
    ),
}


def protected(figure: Figure, notes: Notes) -> tuple[str, ...]:
    """The caveats of one figure's cell; what is said of the whole table goes into `notes` without a reference."""
    name = short_name("reporter", figure.series.reporter)
    told = figure.told
    if told.rounded:
        notes.ref(rounded_note(figure))
    if figure.value is None and told.range:
        notes.ref(
            Text(
                es=f"{name.es}: {told.range} quiere decir de {told.least} a {told.greatest}; la tabla no distingue "
                "cero de un número pequeño, para proteger a las personas.",
                en=f"{name.en}: {told.range} means from {told.least} to {told.greatest}; the table does not tell zero "
                "from a small number, to protect people.",
            )
        )
    elif figure.value is None and figure.status == WITHHELD:
        notes.ref(WITHHELD_NOTE)
    if figure.value is None and figure.status == ROLLED_UP and told.name is not None:
        return (
            notes.ref(
                Text(
                    es=f"{name.es}: incluido en {told.name.es}; se cuenta en esa fila y solo en ella.",
                    en=f"{name.en}: included in {told.name.en}; counted in that row, and only there.",
                )
            ),
        )
    return ()


def rounded_note(figure: Figure) -> Text:
    """How a reporter's figures are rounded, and how far that carries a change and a percentage."""
    name, how, furthest = short_name("reporter", figure.series.reporter), figure.told.how, figure.told.furthest
    es = f"{name.es}: cifras aproximadas (a), {how.es}."
    en = f"{name.en}: approximate figures (a), {how.en}."
    if furthest is not None:
        es += f" Un cambio puede apartarse hasta {2 * furthest} del real"
        en += f" A change may lie up to {2 * furthest} from the true one"
        es += "; los porcentajes son de cifras redondeadas y se dan solo con una base de 30 o más."
        en += "; percentages are of rounded figures and given only on a base of 30 or more."
    return Text(es=es, en=en)


def withheld_names(reporter: str, printed: Mapping[str, Figure], notes: Notes) -> None:
    """Which nationalities have no place in a reporter's order, because they are withheld."""
    codes = [code for code, one in sorted(printed.items()) if one.value is None and one.status == WITHHELD]
    if not codes:
        return
    who, listed = short_name("reporter", reporter), _listed(codes)
    notes.ref(
        Text(
            es=f"{who.es}: sin lugar en el orden, por tener su cifra retenida: {listed.es}.",
            en=f"{who.en}: without a place in the order, since their figures are withheld: {listed.en}.",
        )
    )


def surely_first(ranked: Sequence[Figure], printed: Iterable[Figure], whole: Figure) -> bool:
    """Whether the first of a ranking is surely the largest: no rounding and no withheld figure leaves it open."""
    first = ranked[0]
    if len(ranked) > 1 and ranked[1].told.rounded and direction(first, ranked[1]) != 1:
        return False
    if all(one.value is not None or not one.reported for one in printed):
        return True
    return whole.value is not None and 2 * (first.value or 0) > whole.value


def held_rows(printed: Mapping[str, Figure]) -> dict[str, tuple[str, ...]]:
    """The rows that hold others, in the order of their codes, with the codes that each holds."""
    held: dict[str, list[str]] = {}
    for code, figure in sorted(printed.items()):
        if figure.value is None and figure.status == ROLLED_UP and figure.told.rolled_up in printed:
            held.setdefault(figure.told.rolled_up, []).append(code)
    for code, figure in printed.items():
        if figure.status == INCLUDES:
            held.setdefault(code, [])
    return {code: tuple(held[code]) for code in sorted(held)}


def _listed(codes: Sequence[str]) -> Text:
    """The nationalities by name; of many the first eight and how many more."""
    names = [short_name("citizenship", code) for code in codes]
    if len(names) > NAMED + 1:
        rest = len(names) - NAMED
        names = [*names[:NAMED], Text(es=f"{rest} más", en=f"{rest} more")]
    return enumeration(names)


def holds(figure: Figure, codes: Sequence[str], notes: Notes) -> tuple[str, ...]:
    """The caveat of a row that holds others: which they are."""
    if not codes:
        return ()
    who, listed = short_name("reporter", figure.series.reporter), _listed(codes)
    return (
        notes.ref(
            Text(
                es=f"{who.es}: esta fila reúne {listed.es}, sin cifra propia este mes para proteger a las personas.",
                en=f"{who.en}: this row holds {listed.en}, without figures of their own this month to protect people.",
            )
        ),
    )


def protection_legend(tables: Iterable[Table]) -> tuple[tuple[str, Text], ...]:
    """The signs of protected figures that the tables use, beside those of every brief."""
    used: set[str] = set()
    for cell in _cells(tables):
        used.update(cell.flags)
        used.update([SIGNS[ROLLED_UP]] if cell.value is None and cell.status == ROLLED_UP else [])
    return tuple((sign, meaning) for sign, meaning in LEGEND.items() if sign in used)


def shows_protection(tables: Iterable[Table]) -> bool:
    """Whether a figure of the tables is withheld, held by another row, or rounded."""
    return any(cell.status in (WITHHELD, ROLLED_UP) or APPROXIMATE in cell.flags for cell in _cells(tables))


def _cells(tables: Iterable[Table]) -> Iterable[Cell]:
    return (cell for table in tables for row in table.rows for cell in row.cells)
