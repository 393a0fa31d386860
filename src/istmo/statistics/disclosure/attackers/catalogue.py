"""Which attackers are there, what does each take for granted, and what does a finding say?

`ATTACKERS` is the list of which the report of a release and `istmo attack` name those that they made; the release
register makes those of several months and of neighbours.
"""

from dataclasses import dataclass
from enum import StrEnum

from istmo.model.text import Text


class Kind(StrEnum):
    """What an attacker can say of a cell."""

    EXACT = "exact"
    BELOW = "below"
    PRESENCE = "presence"
    CHANGE = "change"
    LEAK = "leak"


KINDS = {
    Kind.EXACT: Text(es="el recuento exacto", en="the exact count"),
    Kind.BELOW: Text(es="que el recuento es menor que el umbral", en="that the count is under the threshold"),
    Kind.PRESENCE: Text(es="que allí hubo alguien", en="that somebody was there"),
    Kind.CHANGE: Text(es="que la corrección es de pocas personas", en="that the correction is of few persons"),
    Kind.LEAK: Text(
        es="que los archivos distinguen lo que debe verse igual", en="that files tell apart what must look the same"
    ),
}


@dataclass(frozen=True, slots=True)
class Attacker:
    """`assumes` says what the attacker holds, `finds` the kinds of its findings, `module` where it is written."""

    id: str
    title: Text
    assumes: Text
    finds: tuple[Kind, ...]
    module: str


_COUNTED = (Kind.EXACT, Kind.BELOW)

ATTACKERS: tuple[Attacker, ...] = (
    Attacker(
        "margins",
        Text(es="Totales menos sus partes", en="Totals less their parts"),
        Text(
            es="Tiene la tabla y una calculadora: resta de cada total las partes publicadas, suma tras suma.",
            en="Has the table and a calculator: takes the published parts from each total, one sum after the other.",
        ),
        (Kind.EXACT,),
        "margins",
    ),
    Attacker(
        "propagation",
        Text(es="Intervalos que se estrechan", en="Intervals that narrow"),
        Text(
            es="Conoce el método y sabe que una celda retenida no es cero, porque los ceros se publican; aplica cada"
            " suma a los intervalos hasta que ninguno se estrecha.",
            en="Knows the method and that a withheld cell is not zero, because zeros are published; applies each sum to"
            " the intervals until none narrows.",
        ),
        (*_COUNTED, Kind.PRESENCE),
        "propagation",
    ),
    Attacker(
        "null_space",
        Text(es="Todas las sumas combinadas", en="All sums combined"),
        Text(
            es="Suma y resta múltiplos de todas las ecuaciones a la vez, sin usar intervalos.",
            en="Adds and subtracts multiples of all equations at once, without intervals.",
        ),
        (Kind.EXACT,),
        "null_space",
    ),
    Attacker(
        "linear",
        Text(es="Programas lineales", en="Linear programs"),
        Text(
            es="Busca con un programa lineal el mayor y el menor valor de cada celda; cada cota que da está demostrada"
            " con números enteros.",
            en="Looks for the greatest and the least value of each cell with a linear program; each bound that it gives"
            " is proved in whole numbers.",
        ),
        (*_COUNTED, Kind.PRESENCE),
        "linear",
    ),
    Attacker(
        "integer",
        Text(es="Números enteros", en="Whole numbers"),
        Text(
            es="Cuenta personas enteras: en partes pequeñas de la tabla busca con un programa entero.",
            en="Counts whole persons: searches small parts of the table with an integer program.",
        ),
        (*_COUNTED, Kind.PRESENCE),
        "integer",
    ),
    Attacker(
        "linked",
        Text(es="Tablas enlazadas", en="Linked tables"),
        Text(
            es="Tiene otras tablas con celdas iguales, también subtotales que no estaban cuando la tabla se protegió.",
            en="Has other tables with the same cells, also subtotals that were not there when the table was protected.",
        ),
        _COUNTED,
        "joined",
    ),
    Attacker(
        "year_to_date",
        Text(es="Acumulado del año", en="Year to date"),
        Text(
            es="Resta el acumulado de un mes del acumulado del siguiente.",
            en="Takes the year to date of one month from that of the next.",
        ),
        _COUNTED,
        "joined",
    ),
    Attacker(
        "neighbour",
        Text(es="El país vecino publica lo mismo", en="The neighbour publishes the same"),
        Text(
            es="Tiene la tabla del vecino, donde las salidas de uno son las entradas del otro salvo una tolerancia,"
            " quizá con otro umbral.",
            en="Has the neighbour's table, where one's exits are the other's entries within a tolerance, perhaps with"
            " another threshold.",
        ),
        _COUNTED,
        "joined",
    ),
    Attacker(
        "revision",
        Text(es="Revisiones y registros tardíos", en="Revisions and late records"),
        Text(
            es="Guardó la versión anterior de la tabla y resta: la diferencia cuenta a quienes entraron tarde.",
            en="Kept the earlier version of the table and subtracts: the difference counts those who came late.",
        ),
        (Kind.CHANGE,),
        "vintages",
    ),
    Attacker(
        "averaging",
        Text(es="Promedio de publicaciones repetidas", en="Average over repeated releases"),
        Text(
            es="Tiene la misma tabla publicada muchas veces; si el ruido es nuevo cada vez, el promedio es"
            " el recuento.",
            en="Has the same table published many times; if the noise is new each time, the average is the count.",
        ),
        (Kind.EXACT,),
        "vintages",
    ),
    Attacker(
        "minimality",
        Text(es="El patrón explicado", en="The pattern explained"),
        Text(
            es="Tiene el programa y las reglas, no la clave; prueba con muchas claves qué recuentos habrían dado las"
            " mismas celdas retenidas.",
            en="Has the program and the rules, not the key; tries under many keys which counts would have given the"
            " same withheld cells.",
        ),
        (Kind.EXACT,),
        "pattern",
    ),
    Attacker(
        "coalition",
        Text(es="Dos personas que se cuentan", en="Two persons who tell each other"),
        Text(
            es="Dos personas saben en qué celda están, se restan y miran quién más queda.",
            en="Two persons know in which cell they are, take themselves away and look who else is left.",
        ),
        (Kind.EXACT,),
        "insiders",
    ),
    Attacker(
        "groups",
        Text(es="Todo el grupo en una celda", en="The whole group in one cell"),
        Text(
            es="Sabe que alguien es de un grupo pequeño; si las demás celdas del grupo son cero, sabe dónde estuvo.",
            en="Knows that somebody is of a small group; if the group's other cells are zero, knows where they were.",
        ),
        (Kind.PRESENCE,),
        "insiders",
    ),
    Attacker(
        "flags",
        Text(es="Códigos y columnas", en="Codes and columns"),
        Text(
            es="Compara los códigos, las notas y las demás columnas de las celdas retenidas: ¿se ve cuál"
            " es la pequeña?",
            en="Compares the codes, notes and other columns of withheld cells: does one see which is the small one?",
        ),
        (Kind.LEAK,),
        "traces",
    ),
    Attacker(
        "order",
        Text(es="Orden de filas y formato de números", en="Order of rows and format of numbers"),
        Text(
            es="Mira en qué orden están las filas, cuáles ceros tienen fila y cómo se escribió cada número.",
            en="Looks at the order of the rows, at which zeros have a row and at how each number is written.",
        ),
        (Kind.LEAK,),
        "traces",
    ),
    Attacker(
        "files",
        Text(es="Metadatos y archivos olvidados", en="Metadata and files left behind"),
        Text(
            es="Abre los archivos comprimidos y los documentos en busca de horas y autores, y mira qué quedó"
            " en la carpeta.",
            en="Opens archives and documents in search of times and authors, and looks at what was left in the folder.",
        ),
        (Kind.LEAK,),
        "traces",
    ),
)
