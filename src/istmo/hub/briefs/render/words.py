"""What does the brief say that is the same every month? Labels, marks and explanations, always in both languages.

They are values rather than gettext messages because a PDF, a workbook and a page are made in both languages at
once, and must come out byte by byte the same whatever language or translation catalogue the process has active.
"""

from datetime import date

from istmo.model.periods import Grain, Period
from istmo.model.text import Text
from istmo.statistics.wording import MONTHS_EN, MONTHS_ES

MONTHS = {"es": MONTHS_ES, "en": MONTHS_EN}

KICKER = Text("Informe mensual regional", "Monthly regional brief")
PUBLISHER = Text(
    "Secretaría Técnica de la Conferencia Regional sobre Migración",
    "Technical Secretariat of the Regional Conference on Migration",
)
PUBLISHER_SHORT = Text("Secretaría Técnica de la CRM", "RCM Technical Secretariat")

DRAFT = Text("BORRADOR", "DRAFT")
DRAFT_MEANS = Text(
    "Edición sin publicar. Puede cambiar hasta que dos personas distintas la analicen y la aprueben. No la cite.",
    "Not published. It may change until two different people have analysed and approved it. Do not cite it.",
)
DEMONSTRATION = Text("DEMOSTRACIÓN", "DEMONSTRATION")
DEMONSTRATION_MEANS = Text(
    "Instalación de demostración: las cifras son las que cada institución publicó, según la compilación iom/gdidata "
    "de junio de 2025 y, sobre asilo, la base de datos del ACNUR; las fechas de entrega, las cuentas y las firmas son "
    "inventadas.",
    "Demonstration installation: the figures are those that each institution published, as compiled by iom/gdidata in "
    "June 2025 and, on asylum, those of UNHCR's database; delivery dates, accounts and signatures are invented.",
)

EDITION = Text("Edición", "Edition")
PRELIMINARY = Text("preliminar", "preliminary")
FINAL = Text("definitiva", "final")
PUBLISHED_ON = Text("Publicada el {}", "Published {}")
NOT_PUBLISHED = Text("Sin publicar", "Not published")
CUT_OFF = Text("Corte de datos", "Data cut-off")
VINTAGES_RECEIVED = Text("{} versiones usadas", "{} vintages used")
VINTAGE_RECEIVED = Text("1 versión usada", "1 vintage used")
COVERAGE = Text("Cobertura", "Coverage")
COVERAGE_COUNT = Text("{} de {} miembros", "{} of {} members")
CHANGES = Text("Cambios desde la edición anterior", "Changes since the earlier edition")
NONE = Text("Ninguno", "None")
FIRST_EDITION = Text("primera edición de este mes", "first edition of this month")
REVISED_COUNT = Text("{} cifras revisadas", "{} figures revised")
REVISED_ONE = Text("1 cifra revisada", "1 figure revised")
SEE_REVISIONS = Text("véase Revisiones", "see Revisions")
RELEASED = Text("Publicación", "Published")
NEXT_RELEASE = Text("Próxima edición", "Next release")
NEXT_RELEASE_WHAT = Text("mes siguiente y revisiones", "next month and revisions")
NOT_SET = Text("sin fecha", "not set")

DOWNLOAD = Text("Descargar", "Download")
ORGANISATIONS_CSV = Text("CSV de organizaciones", "CSV of organisations")
ADDRESS = Text("Dirección permanente", "Permanent address")
KEY_MESSAGES = Text("Mensajes clave", "Key messages")
IN_THIS_BRIEF = Text("En este informe", "In this brief")
READING = Text("Lectura de la Secretaría Técnica", "The Technical Secretariat's reading")
NO_READING = Text(
    "El análisis de la Secretaría Técnica aún no se ha escrito.",
    "The Technical Secretariat has not written its analysis yet.",
)
ANALYSED_BY = Text("Redactó: {}.", "Written by: {}.")
APPROVED_BY = Text("Aprobó: {}.", "Approved by: {}.")

CORRECTION = Text("Qué corrige esta edición", "What this edition corrects")
MEMBER_NOTES = Text("Notas de los miembros", "Notes of the members")
MEMBER_NOTES_TEXT = Text(
    "Cada miembro vio su parte antes de la publicación. Su nota se imprime como la escribió.",
    "Each member saw its part before publication. Its note is printed as it wrote it.",
)
SIGNED_ON = Text("{}, {}.", "{}, {}.")

TABLE = Text("Tabla", "Table")
CHART = Text("Gráfico", "Chart")
SIGNS = Text("Signos", "Signs")
NOTES = Text("Notas", "Notes")
SOURCE = Text("Fuente", "Source")
SAME_SOURCE = Text("la de la tabla {}.", "as table {}.")
UNIT = Text("Unidad", "Unit")
COMPARABILITY = Text("Comparabilidad", "Comparability")
MATRIX = Text("matriz", "matrix")
HOW_TO_CITE = Text("Cómo citar", "How to cite")
CITE = Text(
    "{publisher} ({year}). Informe mensual regional, {month}, edición {number}.",
    "{publisher} ({year}). Monthly regional brief, {month}, edition {number}.",
)
SAME_FIGURES = Text("Fuente, unidades, versiones y notas:", "Source, units, vintages and notes:")
COVERAGE_SHORT = Text("sin informe de la medida del corredor: {}", "no report of the corridor measure: {}")
COVERAGE_ALL = Text("informaron todos", "all reported")
LEVEL_OF = Text("nivel {} ({}): {}", "level {} ({}): {}")
LEVELS = (
    Text("0, otro concepto", "0, other concept"),
    Text("1, mismo concepto, otra unidad", "1, same concept, other unit"),
    Text("2, mismo concepto y unidad, otra cobertura", "2, same concept and unit, other coverage"),
    Text("3, comparable", "3, comparable"),
)
SCROLL = Text("Tabla ancha: desplácela hacia los lados", "Wide table: scroll it sideways")

NO_MONTHS = Text("Sin datos en ninguno de los meses.", "No data in any of the months.")
PANEL_ALT = Text("{}: {}.", "{}: {}.")
PANEL_ALT_POINT = Text("{} en {}", "{} in {}")
PANEL_ALT_HIGHEST = Text("el mayor, {} en {}", "highest {} in {}")
PANEL_ALT_LOWEST = Text("el menor, {} en {}", "lowest {} in {}")
PANEL_ALT_MISSING_ONE = Text("1 mes sin dato", "1 month without a figure")
PANEL_ALT_MISSING = Text("{} meses sin dato", "{} months without a figure")
PANEL_ALT_POLICY = Text("cambios de política en {}", "policy changes in {}")
PANEL_ALT_NOTHING = Text("sin dato en ningún mes", "no figure in any month")
STATUS_WORDS = {
    "P": Text("provisional", "provisional"),
    "B": Text("ruptura de serie", "break in series"),
    "E": Text("estimado", "estimate"),
}
BREAK_AT = Text("{}: {}", "{}: {}")
WHY_NOT_ADDED = Text("Por qué no se suman", "Why they are not added")
WHY_NOT_ADDED_TEXT = Text(
    "Una misma persona puede quedar registrada en cada país por el que pasa y, donde la unidad es el evento, más "
    "de una vez en el mismo mes. Un total del corredor la contaría de nuevo en cada paso.",
    "One person may be registered in each country on the way and, where the unit is the event, more than once in "
    "the same month. A total for the corridor would count that person again at every step.",
)
KEY_PROVISIONAL = Text("provisional", "provisional")
KEY_SOLID = Text(
    "relleno pleno: el mes del informe y el mismo mes del año anterior",
    "solid: the month of the brief and the same month a year earlier",
)
KEY_MISSING = Text("no reportado aún: un hueco, no un cero", "not reported yet: a gap, not a zero")
KEY_POLICY = Text("cambio de política en ese mes; véase la lista", "policy change in that month; see the list")
KEY_BREAK = Text("ruptura de serie, con su nota", "break in series, with its note")
HEAT_HOW = Text("Cómo leerlo", "How to read it")
HEAT_HOW_TEXT = Text(
    "Cada columna se lee sola: el tono compara un valor con el mayor de su misma columna. No compare tonos entre "
    "columnas. Rayado no es cero: la celda no tiene valor y su signo dice por qué.",
    "Read each column by itself: the shade compares a value with the largest of its own column. Do not compare "
    "shades between columns. Hatched is not zero: the cell has no value and its sign says why.",
)
HEAT_STEPS = (
    Text("hasta 10 % del mayor de su columna", "up to 10% of the largest in its column"),
    Text("10–25 %", "10–25%"),
    Text("25–50 %", "25–50%"),
    Text("50–75 %", "50–75%"),
    Text("75 % o más", "75% or more"),
)
HEAT_NONE = Text("sin valor", "no value")
BARS_FULL = Text("Todas las barras van de 0 a 100 %.", "All bars run from 0 to 100%.")

NOT_COLLECTED = Text("Lo que aún no se recoge", "What is not collected yet")
NOT_COLLECTED_TEXT = Text(
    "Estas tablas existen en el informe y están vacías porque ningún informante envía todavía sus datos. No se "
    "estiman.",
    "These tables belong to the brief and are empty because no reporter sends their data yet. They are not estimated.",
)
POLICIES = Text("Cambios de política del mes", "Policy changes of the month")
POLICIES_TEXT = Text(
    "Visas, cobros, fronteras, vías y procedimientos que cambiaron en el mes del informe y pueden tocar las series de "
    "los miembros. Están al lado de las cifras; ninguno se da como su causa.",
    "Visas, fees, borders, pathways and procedures that changed in the month of the brief and may touch the series of "
    "members. They stand beside the figures; none is given as their cause.",
)
POLICIES_SHEET = Text(
    "Cambios de política en el mes del informe y los doce anteriores",
    "Policy changes in the month of the brief and the twelve before",
)
POLICIES_CAUSE = Text(
    "Están al lado de las cifras; ninguno se da como su causa.",
    "They stand beside the figures; none is given as their cause.",
)
POLICIES_NONE = Text(
    "El calendario no tiene ningún cambio en este mes, lo que no quiere decir que no lo haya habido.",
    "The calendar holds no change in this month, which does not mean that there was none.",
)
POLICIES_BEFORE = Text(
    "En los doce meses anteriores, marcados en el gráfico C1", "In the twelve months before, marked in chart C1"
)
POLICY_ABOUT = Text("Personas de: {}.", "People of: {}.")
POLICY_BESIDE = Text("Series: {}.", "Series: {}.")
POLICY_SOURCE = Text("Fuente: {}, {}.", "Source: {}, {}.")
POLICY_UNCHECKED = Text("No se vio el texto oficial.", "The official text was not seen.")
APPROXIMATE = Text("cifra aproximada", "approximate figure")
KIND = Text("Tipo", "Kind")
DAY = Text("Día", "Day")
CHANGE = Text("Cambio", "Change")
AFFECTED = Text("Personas de", "People of")
SERIES = Text("Series", "Series")
URL = Text("Dirección", "Address")
METHOD = Text("Método y comparabilidad", "Method and comparability")
WHAT_COUNTS = Text("Qué se cuenta y cómo", "What is counted, and how")
COMPARABILITY_MATRIX = Text("Matriz de comparabilidad", "Comparability matrix")
COMPARABILITY_MATRIX_CAPTION = Text(
    "Nivel de comparabilidad entre pares de informantes, con su razón",
    "Level of comparability between pairs of reporters, with its reason",
)
REPORTER = Text("Informante", "Reporter")
SELF = Text("la misma serie", "the same series")
REVISIONS = Text("Revisiones", "Revisions")
REVISIONS_NONE = Text(
    "Ninguna cifra publicada antes ha cambiado en esta edición. Nada se sobrescribe: cada entrega es una versión "
    "nueva y las anteriores siguen disponibles.",
    "No figure published earlier has changed in this edition. Nothing is overwritten: each delivery is a new "
    "vintage and the earlier ones remain available.",
)
REVISIONS_TEXT = Text(
    "Cifras que una versión anterior mostraba de otro modo.", "Figures that an earlier vintage showed otherwise."
)
VINTAGES = Text("Versiones usadas", "Vintages used")
VINTAGES_TEXT = Text(
    "La carga de la que sale cada cifra. El código es el comienzo del SHA-256 del archivo recibido.",
    "The load that each figure comes from. The code is the beginning of the SHA-256 of the file received.",
)
LEGEND = Text("Signos y abreviaturas", "Signs and abbreviations")
NAMES = Text(
    "Los nombres de países y territorios no implican juicio alguno sobre su condición jurídica.",
    "Names of countries and territories imply no opinion on their legal status.",
)
OWNER = Text(
    "Cada cifra pertenece a la institución que la registró. Las cifras de distintos informantes a lo largo de un "
    "corredor no se suman.",
    "Each figure belongs to the institution that recorded it. Figures of different reporters along one corridor "
    "are not added.",
)
DATASET = Text("Conjunto de datos", "Dataset")
VINTAGE = Text("Versión", "Vintage")
FILE = Text("Archivo", "File")
PROFILE = Text("Perfil", "Profile")
RECEIVED = Text("Recibida", "Received")
PERIOD = Text("Período", "Period")
CELL = Text("Cifra", "Figure")
BEFORE = Text("Antes", "Before")
AFTER = Text("Ahora", "Now")
SKIP = Text("Ir al contenido", "Skip to content")


def month_name(period: Period, language: str) -> str:
    """`agosto de 2023`, `August 2023`; a quarter or year as its code."""
    if period.grain is not Grain.MONTH:
        return str(period)
    name = MONTHS[language][period.number - 1]
    return f"{name} de {period.year}" if language == "es" else f"{name} {period.year}"


def day(value: date, language: str) -> str:
    """`18 sep 2023`, `18 Sep 2023`."""
    return f"{value.day} {MONTHS[language][value.month - 1][:3]} {value.year}"
