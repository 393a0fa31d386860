"""Which columns may hold a person's data? By what their header says, and by texts that only persons have.

Whatever else is found, a column that is personal, or whose texts nobody recognised, is never shown, copied into a draft
or read for candidates: the draft carries its header and how many distinct texts it has.
"""

import re

from istmo.intake.suggesting.shapes import Shape
from istmo.model.labels import fold
from istmo.model.text import Text

_NACIMIENTO = r"nacimiento|birth|fec(?:ha)? ?nac|f ?nac|dob"
_HEADERS: tuple[tuple[str, str, str], ...] = (
    (r"nombres?|apellidos?|name|surname|alias|apodo", "un nombre", "a name"),
    (_NACIMIENTO, "una fecha o lugar de nacimiento", "a date or place of birth"),
    (r"tel(?:efono)?s?|celular|movil|phone|mobile|whatsapp", "un teléfono", "a telephone"),
    (r"correo|e-?mail|mail", "un correo", "an e-mail address"),
    (r"direccion|domicilio|address", "una dirección", "an address"),
    (r"huellas?|foto(?:grafia)?|firma|rostro|fingerprints?|photo|signature|adn|dna", "un rasgo", "a trait"),
    (
        r"curp|dui|dpi|rfc|nie|alien|a-number|pasaporte|passport|cedula|dni|ire",
        "un documento o clave",
        "a document or key",
    ),
    (r"padre|madre|conyuge|contacto|father|mother|spouse|contact|responsable", "otra persona", "another person"),
    (r"observacion(?:es)?|comentarios?|remarks?|comments?|descripcion|relato|narrative", "texto libre", "free text"),
    (r"expediente|folio|consecutivo|correlativo|case (?:id|number)|file number", "un número de caso", "a case number"),
    (r"funcionario|oficial|officer|usuario|user", "quien lo registró", "who registered it"),
)
_WEAK = re.compile(
    r"(?:id|identificador|clave|key|nro|no|num|numero|codigo|code|caso|case|registro|record|cuenta|account|ip|placa|"
    r"notas?|notes?)[.:]?(?: (?:de|del|of|id|no|nro|la|el|the|persona|person|registro|record|caso|case|unico|unique))*"
)
_PLACES = r"pais|country|puesto|post|delegacion|estado|state|municipio|entidad|lugar|place|provincia|province|oficina"
_DOCUMENT = re.compile(r"(?:^|\W)(?:doc(?:umento)?s?|document)(?:\W|$)")
_KIND = re.compile(r"(?:^|\W)(?:tipo|type|clase|kind|motivo)(?:\W|$)")
_CONTENT = (
    (re.compile(r"[^@\s]+@[^@\s]+\.\w+"), "correos", "e-mail addresses"),
    (re.compile(r"\+?\d[\d ().-]{7,}\d"), "teléfonos", "telephones"),
    (re.compile(r"[A-Z]{4}\d{6}[HM][A-Z]{5}\w\d"), "claves de persona", "keys of persons"),
    (re.compile(r"[A-Z]{1,3}-?\d{6,9}"), "números de documento", "document numbers"),
)


def personal(shape: Shape) -> Text | None:
    """Why the column is taken for a person's data; None when nothing says so."""
    by_header = of_header(shape.label)
    if by_header is not None:
        return by_header
    alike = shape.filled > 0 and shape.distinct > 0.9 * shape.filled
    if alike and not shape.is_dated and _WEAK.fullmatch(_words(shape.label)):
        return Text(es="cada fila tiene su propio número o clave", en="each row has a number or key of its own")
    if shape.is_numeric or shape.is_dated or not shape.texts:
        return None
    for pattern, es, en in _CONTENT:
        hits = sum(number for text, number in shape.texts.items() if pattern.fullmatch(text))
        if hits > 0.3 * sum(shape.texts.values()):
            return Text(es=f"sus textos tienen forma de {es}", en=f"its texts have the form of {en}")
    return None


def of_header(label: str) -> Text | None:
    """Why a header names a person's data; None when it does not."""
    if _KIND.search(_words(label)):
        return None
    for pattern, es, en in _HEADERS:
        if _says(pattern, label) and not (en == "a name" and _says(_PLACES, label)):
            return Text(es=f"el encabezado nombra {es} de una persona", en=f"the header names {en} of a person")
    if _DOCUMENT.search(_words(label)):
        return Text(es="el encabezado nombra un documento de una persona", en="the header names a person's document")
    return None


def is_birth(label: str) -> bool:
    return _says(_NACIMIENTO, label)


def is_free_text(label: str) -> bool:
    return _says(
        r"observacion(?:es)?|comentarios?|notas?|remarks?|comments?|notes?|descripcion|relato|narrative", label
    )


def _says(pattern: str, label: str) -> bool:
    return re.search(rf"(?:^|\W)(?:{pattern})(?:\W|$)", _words(label)) is not None


def _words(label: str) -> str:
    return fold(label).replace("_", " ")
