"""The words of the report in both languages."""

from istmo.model.findings import Severity
from istmo.model.text import Text

SUMMARY = Text(es="Istmo resumen", en="Istmo summary")
FINDINGS = Text(es="Istmo hallazgos", en="Istmo findings")
REPORT = Text(es="Informe de validación", en="Validation report")
FILE = Text(es="Archivo", en="File")
PROFILE = Text(es="Perfil de fuente", en="Source profile")
READ = Text(es="Leídos", en="Read")
ACCEPTED = Text(es="Aceptados", en="Accepted")
QUARANTINED = Text(es="En cuarentena", en="In quarantine")
REJECTED = Text(es="Rechazados", en="Rejected")
SET_ASIDE = Text(es="Apartados antes de contar", en="Set aside before counting")
RULE = Text(es="Regla", en="Rule")
MUST_HOLD = Text(es="Qué debe cumplirse", en="What must hold")
SEVERITY = Text(es="Gravedad", en="Severity")
COUNT = Text(es="Hallazgos", en="Findings")
NUMBER = Text(es="N.º", en="No.")
PLACE = Text(es="Celda", en="Cell")
ROW = Text(es="Fila", en="Row")
COLUMN = Text(es="Columna", en="Column")
VALUE = Text(es="Valor", en="Value")
FOUND = Text(es="Qué se encontró", en="What was found")
SUGGESTION = Text(es="Sugerencia", en="Suggestion")
WHOLE_FILE = Text(es="todo el archivo", en="whole file")
NOTHING = Text(es="No se encontró nada.", en="Nothing was found.")
NEVER_CHANGES = Text(
    es="Un hallazgo nunca cambia una cifra. Las celdas de sus hojas están como las envió; llevan notas.",
    en="A finding never changes a figure. The cells of your sheets are as you sent them; they carry notes.",
)
NOT_STORABLE = Text(
    es="Se detuvieron más registros de los que el perfil admite: así no se guarda nada.",
    en="More records were stopped than the profile allows: nothing is stored like this.",
)
ONLY_NEAR = Text(
    es="La tabla es muy larga: la hoja lleva solo las filas cercanas a un hallazgo, cada una en su propio número.",
    en="The table is very long: the sheet holds only the rows near a finding, each at its own number.",
)
FEWER_NOTES = Text(
    es="Llevan nota las primeras {} celdas, las más graves primero; la hoja de hallazgos los dice todos.",
    en="The first {} cells carry a note, the gravest first; the sheet of findings tells them all.",
)
FEWER_FINDINGS = Text(
    es="Se escriben los primeros {} hallazgos de {}; todos están en el CSV.",
    en="The first {} findings of {} are written; all of them are in the CSV.",
)
MORE = Text(es="y {} más en esta celda", en="and {} more in this cell")
DATA = Text(es="Datos", en="Data")

SEVERITIES = {
    Severity.ERROR: Text(es="Error", en="Error"),
    Severity.WARNING: Text(es="Aviso", en="Warning"),
    Severity.INFO: Text(es="Nota", en="Note"),
}
