"""Which files does the demonstration region hold? Published figures, written in the layouts of the national files.

The figures are those of the compiled series (`flows/` of the reference data) for Panama, Honduras, Mexico, Guatemala
and the United States, and for deaths and disappearances in the Americas; on asylum, those of UNHCR (`unhcr/`) for the
members. Nothing is added but the sums that a layout asks for (total rows and columns, subtotals), each
taken within one reporter's own file. What a series does not hold stays blank: a nationality that is absent from a
month, a month of a year that was published as a year, the sexes of one nationality. The labels are ours
(`labels_es.csv`).

    python tests/scenario/profiles/make_region.py FLOWS src/istmo/app/demonstration/region

`test_region.py` holds that the committed files are these.
"""

import csv
import io
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

MONTHS = ("Enero", "Febrero", "Marzo", "Abril", "Mayo", "Junio", "Julio", "Agosto", "Septiembre")
MONTHS += ("Octubre", "Noviembre", "Diciembre")
SHORT_MONTHS = ("Ene.", "Feb.", "Mar.", "Abr.", "May.", "Jun.", "Jul.", "Ago.", "Sep.", "Oct.", "Nov.", "Dic.")
FISCAL_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
CONTINENTS = ("América", "África", "Asia", "Europa", "Oceanía")
COMPILED = "según la compilación iom/gdidata (19 de junio de 2025). Archivo de la región de demostración de Istmo."

# Where a source prints another name than `labels_es.csv`, or prints one name for a code that it does not tell apart.
PANAMA_LABELS = {"COG": "Congo"}
PANAMA_LABELS_BEFORE_2017 = {"COG": "Congo", "CHN": "China, República Popular"}
HONDURAS_LABELS = {"COD": "Congo (Rep. Democrática)", "CHN": "China (República Popular)", "STL": "Apátrida"}
MEXICO_LABELS = {"COD": "Congo, República Democrática del", "STL": "Apátridas"}

CITIZENSHIPS = {"BRA": "BRAZIL", "CAN": "CANADA", "CHN": "CHINA, PEOPLES REPUBLIC OF", "COL": "COLOMBIA", "CUB": "CUBA"}
CITIZENSHIPS |= {"ECU": "ECUADOR", "SLV": "EL SALVADOR", "GTM": "GUATEMALA", "HTI": "HAITI", "HND": "HONDURAS"}
CITIZENSHIPS |= {"IND": "INDIA", "MEX": "MEXICO", "MMR": "MYANMAR (BURMA)", "NIC": "NICARAGUA", "PER": "PERU"}
CITIZENSHIPS |= {"PHL": "PHILIPPINES", "ROU": "ROMANIA", "RUS": "RUSSIA", "TUR": "TURKEY", "UKR": "UKRAINE"}
CITIZENSHIPS |= {"VEN": "VENEZUELA", "OOO": "OTHER"}
AREAS = {"Big Bend Sector": "BBT", "Del Rio Sector": "DRT", "El Centro Sector": "ELC", "El Paso Sector": "EPT"}
AREAS |= {"Laredo Sector": "LRT", "Rio Grande Valley Sector": "RGV", "San Diego Sector": "SDC"}
AREAS |= {"Tucson Sector": "TCA", "Yuma Sector": "YUM", "El Paso Field Office": "El Paso"}
AREAS |= {"Laredo Field Office": "Laredo", "San Diego Field Office": "San Diego", "Tucson Field Office": "Tucson"}

Row = Mapping[str, str]
Cells = dict[int, int]  # month -> figure


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def labels() -> dict[str, tuple[str, str]]:
    """The label and the continent of each code of the compiled series."""
    rows = read(Path(__file__).with_name("labels_es.csv"))
    return {row["code"]: (row["label"], row["continent"]) for row in rows}


LABELS = labels()


def year_of(row: Row) -> int:
    return int(row["t"][:4])


def month_of(row: Row) -> int:
    return int(row["t"][5:7])


def within(rows: Iterable[Row], year: int, last: int) -> list[Row]:
    """The rows of the months 1 to `last` of `year`."""
    return [row for row in rows if year_of(row) == year and month_of(row) <= last]


def stacked(rows: Iterable[Row], key: Callable[[Row], str]) -> list[tuple[str, Cells]]:
    """One line for each key; for a key that stands twice in a month a second line holds the second figure."""
    lines: dict[tuple[str, int], Cells] = defaultdict(dict)
    for row in rows:
        place = next(n for n in range(99) if month_of(row) not in lines[key(row), n])
        lines[key(row), place][month_of(row)] = int(row["n"])
    return [(name, cells) for (name, _), cells in lines.items() if cells]


def added(lines: Iterable[tuple[str, Cells]]) -> Cells:
    total: Counter[int] = Counter()
    for _, cells in lines:
        total.update(cells)
    return dict(total)


def delimited(rows: Iterable[Sequence[str]], *, delimiter: str = ",", end: str = "\n") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    return text.getvalue()


# Panama ---------------------------------------------------------------------------------------------------------------


def _with_commas(value: int) -> str:
    return f"{value:,}"


def panama_line(label: str, cells: Cells, *, last: int) -> list[str]:
    """`-` in the months still to come, as the source prints them; blank where a month has come and holds no figure."""
    months = ["-" if month > last else _with_commas(cells[month]) if month in cells else "" for month in range(1, 13)]
    return [label, _with_commas(sum(cells.values())), *months]


def panama_by_country(rows: Sequence[Row], *, year: int, last: int = 12) -> bytes:
    """Cuadro 003. In a year that was published as a year (before 2020) only the column Total is filled."""
    own = PANAMA_LABELS if year > 2017 else PANAMA_LABELS_BEFORE_2017
    lines = sorted(stacked(within(rows, year, last), lambda row: row["nat"]), key=lambda line: -sum(line[1].values()))
    table = [panama_line("Total", added(lines), last=last)]
    table += [panama_line(own.get(code, LABELS[code][0]), cells, last=last) for code, cells in lines]
    if year < 2020:
        table = [[*line[:2], *[""] * 12] for line in table]
    text = delimited(
        [
            ["SERVICIO NACIONAL DE MIGRACIÓN"],
            ["DIRECCIÓN NACIONAL DE ESTADÍSTICA"],
            [
                "TRÁNSITO IRREGULAR DE EXTRANJEROS POR LA FRONTERA CON COLOMBIA POR PAÍS SEGÚN ORDEN DE IMPORTANCIA: "
                f"AÑO {year}"
            ],
            ["Cuadro No. 003"],
            ["País", "Total", *SHORT_MONTHS],
            *table,
            [f"Fuente: Servicio Nacional de Migración de Panamá (SNM), {COMPILED}"],
        ]
    )
    return text.encode()


def panama_by_condition(rows: Sequence[Row], *, year: int, last: int = 12) -> bytes:
    """Cuadro 002: men and women of all ages until 2022, then men, women, boys and girls. It does not print its year."""
    names = {"men": "Hombres", "women": "Mujeres", "boys": "Niños", "girls": "Niñas"}
    lines = stacked(within(rows, year, last), lambda row: row["demog"])
    ordered = [(names[code], cells) for name in names for code, cells in lines if code == name]
    text = delimited(
        [
            ["Cuadro No. 002 TRÁNSITO IRREGULAR DE EXTRANJEROS POR LA FRONTERA CON COLOMBIA SEGÚN CONDICIÓN"],
            ["Condición", "Total", *SHORT_MONTHS],
            panama_line("Total", added(ordered), last=last),
            *[panama_line(label, cells, last=last) for label, cells in ordered],
            [f"Fuente: Servicio Nacional de Migración de Panamá (SNM), {COMPILED}"],
        ]
    )
    return text.encode()


# Honduras -------------------------------------------------------------------------------------------------------------


def honduras(nationalities: Sequence[Row], groups: Sequence[Row], *, year: int, last: int = 12) -> bytes:
    """Each nationality with its total only; for each month a row `Total` with the sexes and ages; no post is named."""
    header = ["Año", "Mes", "Nacionalidad", "Delegación", "Hombres", "Mujeres", "Niños", "Niñas", "Total"]
    table = []
    for month in range(1, last + 1):
        name = MONTHS[month - 1].lower()
        for row in within(nationalities, year, last):
            if month_of(row) == month:
                label = HONDURAS_LABELS.get(row["nat"], LABELS[row["nat"]][0])
                table.append([str(year), name, label, "", "", "", "", "", row["n"]])
        of_month = {row["demog"]: row["n"] for row in within(groups, year, last) if month_of(row) == month}
        counts = [of_month[group] for group in ("men", "women", "boys", "girls")]
        table.append([str(year), name, "Total", "", *counts, str(sum(map(int, counts)))])
    return delimited([header, *table]).encode("utf-8-sig")


# Mexico ---------------------------------------------------------------------------------------------------------------


def _with_spaces(value: int) -> str:
    return f"{value:,}".replace(",", "\u00a0")


def bulletin(title: str, head: str, table: Iterable[tuple[int, str, Cells]], *, last: int, number: str) -> bytes:
    """A table of the bulletin: a line is (level, label, cells); two blanks of indentation a level; blank: no figure."""
    lines = [
        "\t".join(
            [
                "  " * level + label,
                *[_with_spaces(cells[month]) if month in cells else "" for month in range(1, last + 1)],
                _with_spaces(sum(cells.values())),
            ]
        )
        for level, label, cells in table
    ]
    notes = [
        "Nota: Los datos se refieren a eventos; una misma persona pudo haber sido presentada en más de una ocasión.",
        "Fuente: Unidad de Política Migratoria, Registro e Identidad de Personas (UPMRIP), Boletín mensual, cuadro "
        f"{number}, {COMPILED}",
    ]
    return "\n".join([title, "\t".join([head, *MONTHS[:last], "Total"]), *lines, *notes, ""]).encode()


def by_label(lines: Iterable[tuple[str, Cells]]) -> list[tuple[str, Cells]]:
    """Codes replaced by the bulletin's labels, in the order of the alphabet (É beside E)."""
    named = [(MEXICO_LABELS.get(code, LABELS[code][0]), cells) for code, cells in lines]
    return sorted(named, key=lambda line: line[0].translate(str.maketrans("ÁÉÍÓÚáéíóú", "AEIOUaeiou")))


def mexico_by_nationality(rows: Sequence[Row], *, year: int, last: int = 12) -> bytes:
    """3.1.1: total, continents, countries; people without a State stand alone at the end."""
    lines = stacked(within(rows, year, last), lambda row: row["nat"])
    table: list[tuple[int, str, Cells]] = [(0, "Total general", added(lines))]
    for continent in CONTINENTS:
        of_continent = [line for line in lines if LABELS[line[0]][1] == continent]
        if of_continent:
            table.append((0, continent, added(of_continent)))
            table += [(1, label, cells) for label, cells in by_label(of_continent)]
    table += [(0, label, cells) for label, cells in by_label(line for line in lines if not LABELS[line[0]][1])]
    title = (
        "3.1.1\u00a0 Eventos de personas en situación migratoria irregular en México, "
        f"según continente, país de nacionalidad y mes, {year}"
    )
    return bulletin(title, "Continente/País de nacionalidad", table, last=last, number="3.1.1")


def mexico_by_sex_and_age(rows: Sequence[Row], *, year: int, last: int = 12) -> bytes:
    """3.1.3: total, sexes, age groups; the youngest by accompaniment."""
    ages = {
        "18+": "18 años y más",
        "12-17": "De 12 a 17 años",
        "under 12, accompanied": "Menores de 12 años acompañados",
        "under 12, unaccompanied": "Menores de 12 años no acompañados",
    }
    chosen = within(rows, year, last)
    everyone = added(stacked(chosen, lambda row: row["sex"] + row["age"]))
    table: list[tuple[int, str, Cells]] = [(0, "Total general", everyone)]
    for sex, label in (("male", "Hombres"), ("female", "Mujeres")):
        lines = dict(stacked([row for row in chosen if row["sex"] == sex], lambda row: row["age"]))
        table.append((0, label, added(lines.items())))
        table += [(1, name, lines[age]) for age, name in ages.items() if age in lines]
    title = (
        "3.1.3\u00a0 Eventos de personas en situación migratoria irregular en México, "
        f"según sexo, grupos de edad, condición de viaje y mes, {year}"
    )
    return bulletin(title, "Sexo/Grupos de edad y condición de viaje", table, last=last, number="3.1.3")


def mexico_returns(rows: Sequence[Row], *, year: int, last: int = 12) -> bytes:
    """3.2.4: total, kinds of return, countries. No total is printed: the kinds are different measures."""
    kinds = {
        "deportation": "Deportación",
        "assisted return": "Retorno asistido",
        "assisted return of children": "Retorno asistido de menores de 18 años",
    }
    table: list[tuple[int, str, Cells]] = []
    for kind, label in kinds.items():
        lines = stacked([row for row in within(rows, year, last) if row["type"] == kind], lambda row: row["nat"])
        table.append((0, label, added(lines)))
        table += [(1, name, cells) for name, cells in by_label(lines)]
    title = (
        "3.2.4\u00a0 Eventos de personas devueltas por la autoridad migratoria mexicana, "
        f"según tipo de evento, país de nacionalidad y mes, {year}"
    )
    return bulletin(title, "Tipo de evento/País de nacionalidad", table, last=last, number="3.2.4")


# Guatemala ------------------------------------------------------------------------------------------------------------


def guatemala(rows: Sequence[Row], *, year: int, last: int = 12) -> bytes:
    """People of Guatemala returned: month (printed once), country they come from (blank where the series has none)."""
    groups = [("male", "adult"), ("female", "adult"), ("male", "accompanied child"), ("female", "accompanied child")]
    groups += [("male", "unaccompanied child"), ("female", "unaccompanied child")]
    header = ["MES", "PAÍS DE PROCEDENCIA", "HOMBRES", "MUJERES", "NIÑOS ACOMPAÑADOS", "NIÑAS ACOMPAÑADAS"]
    header += ["NIÑOS NO ACOMPAÑADOS", "NIÑAS NO ACOMPAÑADAS", "TOTAL"]
    origins = {"MEX": "MÉXICO", "USA": "ESTADOS UNIDOS", "": ""}
    chosen = within(rows, year, last)
    table: list[list[int]] = []
    named: list[list[str]] = []
    for month in range(1, last + 1):
        of_month = {(row["origin"], row["sex"], row["age"]): int(row["n"]) for row in chosen if month_of(row) == month}
        present = [origin for origin in origins if any(origin == key[0] for key in of_month)]
        for position, origin in enumerate(present):
            named.append(["" if position else MONTHS[month - 1].upper(), origins[origin]])
            table.append([of_month[origin, *group] for group in groups])
    totals = [sum(column) for column in zip(*table, strict=True)]
    body = [[*names, *map(str, counts), str(sum(counts))] for names, counts in zip(named, table, strict=True)]
    days = {8: 31, 12: 31}[last]
    text = delimited(
        [
            ["INSTITUTO GUATEMALTECO DE MIGRACIÓN", *[""] * 8],
            ["GUATEMALTECOS RETORNADOS POR PAÍS DE PROCEDENCIA, SEXO Y EDAD", *[""] * 8],
            [f"DEL 01 DE ENERO AL {days} DE {MONTHS[last - 1].upper()} DE {year}", *[""] * 8],
            header,
            *body,
            ["TOTAL", "", *map(str, totals), str(sum(totals))],
            [f"Fuente: Instituto Guatemalteco de Migración (IGM), {COMPILED}", *[""] * 8],
        ],
        delimiter=";",
        end="\r\n",
    )
    return text.encode("cp1252")


# United States --------------------------------------------------------------------------------------------------------


def united_states(rows: Sequence[Row], *, first: str, last: str, running: int) -> bytes:
    """Encounters at the south-west border from `first` to `last`; `running` is the fiscal year that is not yet over."""
    header = ["Fiscal Year", "Month Grouping", "Month (abbv)", "Component", "Land Border Region"]
    header += ["Area of Responsibility", "AOR (Abbv)", "Demographic", "Citizenship", "Title of Authority"]
    header += ["Encounter Type", "Encounter Count"]
    table = []
    for row in rows:
        if not first <= row["t"][:7] <= last:
            continue
        fiscal = year_of(row) + (month_of(row) >= 10)
        year = f"{fiscal} (FYTD)" if fiscal == running else str(fiscal)
        where = [row["component"], "Southwest Land Border", row["area"], AREAS[row["area"]]]
        whom = [row["demog"], CITIZENSHIPS[row["nat"]], row["authority"], row["type"], row["n"]]
        table.append([year, "FYTD", FISCAL_MONTHS[month_of(row) - 1], *where, *whom])
    return delimited([header, *table]).encode("utf-8-sig")


# International organisations ------------------------------------------------------------------------------------------

MEMBERS = ("BLZ", "CAN", "CRI", "DOM", "SLV", "USA", "GTM", "HND", "MEX", "NIC", "PAN")
# Every country and territory of the Americas in which the Missing Migrants Project documents an incident.
AMERICAS = (*MEMBERS, "ABW", "ARG", "BHS", "BOL", "BRA", "CHL", "COL", "CUB", "CUW", "CYM", "DMA", "ECU", "GRD", "GUY")
AMERICAS += ("HTI", "KNA", "PER", "PRI", "PRY", "TCA", "TTO", "VEN", "VIR")
REGION_FILE = "Archivo de la región de demostración de Istmo / File of Istmo's demonstration region"
OF_UNHCR = "Source: UNHCR Refugee Population Statistics Database (CC BY 4.0), package refugees, commit 0c16a6d0"
OF_IOM = "Source: IOM, Missing Migrants Project, as compiled by iom/gdidata, commit c9e4cc69"


def asylum(rows: Sequence[Row], columns: Sequence[str], figures: Sequence[str], *, year: int) -> bytes:
    """The rows of one year and of the members as countries of asylum that have a figure, without names of countries."""
    chosen = [
        [row[column] for column in (*columns, *figures)]
        for row in rows
        if row["year"] == str(year) and row["coa_iso"] in MEMBERS and any(int(row[name]) for name in figures)
    ]
    order = [columns.index("coa_iso"), columns.index("coo_iso")]
    chosen.sort(key=lambda cells: ([cells[place] for place in order], cells))
    return delimited([[OF_UNHCR], [REGION_FILE], [*columns, *figures], *chosen]).encode()


def missing_migrants(rows: Sequence[Row], *, year: int, last: int = 12) -> bytes:
    """People dead or missing by month, route, country and nationality or list of them: no day, no place, no cause."""
    people: Counter[tuple[str, str, str, str]] = Counter()
    for row in rows:
        if row["geo"] in AMERICAS and row["m"][:4] == str(year) and int(row["m"][5:7]) <= last:
            people[row["m"], row["route"], row["geo"], row["nat"]] += int(row["dead"])
    table = [[*key[:3], str(number), key[3]] for key, number in sorted(people.items())]
    return delimited([[OF_IOM], [REGION_FILE], ["m", "route", "geo", "dead", "nat"], *table]).encode()


# The region -----------------------------------------------------------------------------------------------------------


def region(flows: Path) -> dict[str, bytes]:
    """Every file of the region by its name, made from the compiled series in `flows` and UNHCR's tables beside them."""
    darien, groups = read(flows / "irreg_darien_nat.csv"), read(flows / "irreg_darien_dmg.csv")
    honduras_nat, honduras_dmg = read(flows / "irreg_honduras_nat.csv"), read(flows / "irreg_honduras_dmg.csv")
    mexico_nat, mexico_dmg = read(flows / "irreg_mexico_nat.csv"), read(flows / "irreg_mexico_dmg.csv")
    returned, guatemalans = read(flows / "irreg_mexico_exp.csv"), read(flows / "irreg_guatemala.csv")
    encounters = read(flows / "irreg_usa.csv")
    made = {f"pan_snm_cuadro003_{year}.csv": panama_by_country(darien, year=year) for year in (2015, 2016)}
    for year, last, name in ((2022, 12, "2022"), (2023, 8, "2023-08"), (2023, 12, "2023"), (2024, 12, "2024")):
        made |= {
            f"pan_snm_cuadro003_{name}.csv": panama_by_country(darien, year=year, last=last),
            f"pan_snm_cuadro002_{name}.csv": panama_by_condition(groups, year=year, last=last),
            f"hnd_inm_flujo_{name}.csv": honduras(honduras_nat, honduras_dmg, year=year, last=last),
            f"mex_upm_3_1_1_{name}.tsv": mexico_by_nationality(mexico_nat, year=year, last=last),
            f"mex_upm_3_1_3_{name}.tsv": mexico_by_sex_and_age(mexico_dmg, year=year, last=last),
            f"mex_upm_3_2_4_{name}.tsv": mexico_returns(returned, year=year, last=last),
            f"gtm_igm_retornados_{name}.csv": guatemala(guatemalans, year=year, last=last),
        }
    made |= {
        "usa_cbp_nationwide_fy2022.csv": united_states(encounters, first="2021-10", last="2022-09", running=0),
        "usa_cbp_nationwide_2023-08.csv": united_states(encounters, first="2022-10", last="2023-08", running=2023),
        "usa_cbp_nationwide_fy2024.csv": united_states(encounters, first="2023-09", last="2024-09", running=0),
        "usa_cbp_nationwide_2024-12.csv": united_states(encounters, first="2024-10", last="2024-12", running=2025),
    }
    applications, decisions, population = (
        read(flows.parent / "unhcr" / f"{name}_americas_asylum.csv")
        for name in ("asylum_applications", "asylum_decisions", "population")
    )
    procedure = ("year", "coo_iso", "coa_iso", "procedure_type")
    outcomes = [f"dec_{outcome}" for outcome in ("recognized", "other", "rejected", "closed", "total")]
    for year in (2021, 2022, 2023):
        applied = (*procedure, "app_type", "dec_level", "app_pc")
        made |= {
            f"unhcr_asylum_applications_{year}.csv": asylum(applications, applied, ["applied"], year=year),
            f"unhcr_asylum_decisions_{year}.csv": asylum(
                decisions, (*procedure, "dec_level", "dec_pc"), outcomes, year=year
            ),
            f"unhcr_asylum_pending_{year}.csv": asylum(population, procedure[:3], ["asylum_seekers"], year=year),
        }
    incidents = read(flows / "iom_mmp.csv")
    for year, last, name in ((2022, 12, "2022"), (2023, 8, "2023-08"), (2023, 12, "2023"), (2024, 12, "2024")):
        made[f"iom_missing_migrants_{name}.csv"] = missing_migrants(incidents, year=year, last=last)
    return made


def main(flows: str, folder: str) -> None:
    for name, content in region(Path(flows)).items():
        (Path(folder) / name).write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
