"""Which fields has a file with a row for each person? Dates, documents, permits, ages, services: the labels of events.

Whose columns are personal is said in the profile, so that their values are masked in findings and never written. What
counts as the source's own number is a decision: it may be made from a name.
"""

from collections.abc import Sequence

from istmo.intake.suggesting.columns import Plan, is_expiry, plain, says
from istmo.intake.suggesting.fields import Drafted, dates_of
from istmo.intake.suggesting.personal import is_birth, is_free_text
from istmo.intake.suggesting.shapes import Shape
from istmo.intake.suggesting.values import Block, Decision, Node, Open, Option, block_of
from istmo.model.codes import codelist
from istmo.model.labels import fold
from istmo.model.text import Text

_DOCUMENTS = {
    "pasaporte": "PASSPORT",
    "passport": "PASSPORT",
    "cedula": "NATIONAL_ID",
    "cedula de identidad": "NATIONAL_ID",
    "dni": "NATIONAL_ID",
    "national id": "NATIONAL_ID",
    "sin documento": "NONE",
    "sin documentos": "NONE",
    "indocumentado": "NONE",
    "none": "NONE",
    "no document": "NONE",
}
_NOT_SAID = frozenset({"99", "999", "9999", "-1"})
_OLDEST = 110


def person_fields(plan: Plan, shapes: Sequence[Shape]) -> Drafted:
    """The fields that unit records have beside the labels of code lists."""
    drafted = Drafted()
    events = [shape for shape in plan.dates if not is_expiry(shape.label)]
    _event_date(events, drafted)
    for shape in shapes:
        if shape.label in plan.personal:
            _private(shape, drafted)
    for shape in plan.dates:
        if is_expiry(shape.label):
            drafted.add(dates_of("VALID_UNTIL", shape))
            _entry(drafted, "VALID_UNTIL")["blank"] = "none"
    for shape in plan.unknown:
        _unknown(shape, drafted)
    _flags([shape for shape in plan.unknown if _is_flag(shape)], drafted)
    return drafted


def _event_date(events: Sequence[Shape], drafted: Drafted) -> None:
    if not events:
        return
    drafted.add(dates_of("EVENT_DATE", events[0]))
    if len(events) > 1:
        _entry(drafted, "EVENT_DATE")["from"] = Open("EVENT_DATE.from")
        drafted.decisions.append(
            Decision(
                "EVENT_DATE.from",
                Text(es="¿Qué columna dice el día del hecho?", en="Which column says the day of the event?"),
                options=tuple(Option(shape.label, Text(es=shape.label, en=shape.label)) for shape in events),
                evidence=(Text(es="Varias columnas tienen fechas.", en="Several columns hold dates."),),
            )
        )


def _private(shape: Shape, drafted: Drafted) -> None:
    """A date of birth, or a number of the source: the only personal columns that a profile may read."""
    if is_birth(shape.label) and shape.is_dated:
        drafted.add(dates_of("BIRTH_DATE", shape, personal=True))
        _entry(drafted, "BIRTH_DATE")["blank"] = "unknown"
    elif _is_number(shape):
        id_ = f"number.{shape.label}"
        drafted.entries[Open(id_)] = {
            "from": shape.label,
            "text": {},
            "personal": "yes",
            "unique": {"on_duplicate": "quarantine"},
        }
        drafted.decisions.append(
            Decision(
                id_,
                Text(
                    es=f"¿Distingue «{shape.label}» cada registro de la fuente, sin estar hecho del nombre?",
                    en=f"Does “{shape.label}” tell the source's records apart, without being made from a name?",
                ),
                options=(
                    Option(
                        "SOURCE_ID",
                        Text(es="sí: dos iguales son el mismo registro", en="yes: two equal ones are one record"),
                    ),
                    Option(None, Text(es="no: no se lee", en="no: it is not read")),
                ),
                evidence=(
                    Text(
                        es=f"{shape.distinct} números distintos en {shape.filled} filas.",
                        en=f"{shape.distinct} distinct numbers in {shape.filled} rows.",
                    ),
                ),
            )
        )


def _is_number(shape: Shape) -> bool:
    """Digits under a header of a case or a key, nearly all different; never a name or free text."""
    coded = all(any(sign.isdigit() for sign in text) and " " not in text for text in shape.texts)
    words = r"expediente|folio|consecutivo|correlativo|id|ire|clave|key|nro|numero|caso|case|registro|record"
    alike = shape.distinct > 0.8 * max(shape.filled, 1)
    return bool(shape.texts) and coded and alike and says(words, shape.label) and not is_free_text(shape.label)


def _unknown(shape: Shape, drafted: Drafted) -> None:
    few = shape.distinct <= 15 and shape.distinct <= max(3, shape.filled / 2)  # else each may be a person's own
    if says(r"tipo de documento|tipo documento|document type|documento", shape.label) and few:
        known = {label: _DOCUMENTS[fold(label)] for label in shape.labels if fold(label) in _DOCUMENTS}
        _labels("DOCUMENT", shape, known, drafted)
    elif says(r"permiso|permit", shape.label) and few:
        named = {label: plain(label).replace("_", "").upper() for label in shape.labels if label}
        _labels("PERMIT", shape, named, drafted)
    elif says(r"edad|age|eda", shape.label) and shape.is_numeric:
        block: Block = {"from": shape.label, "integer": {"min": "0", "max": str(_OLDEST)}}
        missing = [text for text in shape.texts if text in _NOT_SAID]
        if missing:
            block["missing"] = list[Node](missing)
        drafted.entries["AGE_YEARS"] = block


def _labels(name: str, shape: Shape, known: dict[str, str], drafted: Drafted) -> None:
    mapped = block_of(known.items())
    for label in shape.labels:
        if label not in known:
            id_ = f"{name}.{label or 'blank'}"
            mapped[label] = Open(id_)
            drafted.decisions.append(
                Decision(
                    id_,
                    Text(
                        es=f"¿Qué código lleva «{label or 'en blanco'}» en «{shape.label}»?",
                        en=f"Which code does “{label or 'blank'}” take in “{shape.label}”?",
                    ),
                    options=(
                        Option("_U", Text(es="no se sabe", en="not known")),
                        Option("_Z", Text(es="no aplica", en="not applicable")),
                        *(
                            Option(code, Text(es=code, en=code))
                            for code in dict.fromkeys((*known.values(), *_DOCUMENTS.values()))
                            if name == "DOCUMENT"
                        ),
                        Option(None, Text(es="dejar en cuarentena", en="leave in quarantine")),
                    ),
                    pattern=r"[A-Z_][A-Z0-9_]*",
                )
            )
    drafted.entries[name] = {"from": shape.label, "map": mapped}


def _is_flag(shape: Shape) -> bool:
    """A column of yes and no, written 1 and 0, with 9999 for what was not said."""
    texts = set(shape.texts)
    return bool(texts & {"0", "1"}) and texts <= {"0", "1", *_NOT_SAID}


def _flags(flags: Sequence[Shape], drafted: Drafted) -> None:
    """Columns of yes and no as services; what each stands for is a decision."""
    if len(flags) < 3:
        return
    service = codelist("service")
    options = (
        *(Option(code.id, code.name) for code in service),
        Option(None, Text(es="no es un servicio: no se lee", en="no service: it is not read")),
    )
    named: Block = {}
    for shape in flags:
        id_ = f"SERVICES.{shape.label}"
        named[shape.label] = Open(id_)
        drafted.decisions.append(
            Decision(
                id_,
                Text(
                    es=f"¿Qué servicio es «{shape.label}» (1 sí, 0 no)?",
                    en=f"Which service is “{shape.label}” (1 yes, 0 no)?",
                ),
                options=options,
            )
        )
    missing = sorted({text for shape in flags for text in shape.texts if text in _NOT_SAID})
    block: Block = {"flags": named}
    if missing:
        block["missing"] = list[Node](missing)
    drafted.entries["SERVICES"] = block


def _entry(drafted: Drafted, name: str) -> Block:
    entry = drafted.entries[name]
    assert isinstance(entry, dict)
    return entry


def used_columns(drafted: Drafted, plan: Plan) -> list[str]:
    """The columns that these fields read."""
    used: list[str] = []
    for entry in drafted.entries.values():
        assert isinstance(entry, dict)
        source, flags = entry.get("from"), entry.get("flags")
        if isinstance(source, str):
            used.append(source)
        elif isinstance(source, Open):
            used += [shape.label for shape in plan.dates]
        if isinstance(flags, dict):
            used += [str(name) for name in flags]
    return used


def checks(entries: Block) -> list[Node]:
    """The order of dates that cannot be otherwise (R20)."""
    if "BIRTH_DATE" not in entries or "EVENT_DATE" not in entries:
        return []
    return [
        {
            "id": "birth_before_event",
            "rule": "R20",
            "when": "BIRTH_DATE is not null",
            "that": "BIRTH_DATE <= EVENT_DATE",
            "es": "La fecha de nacimiento es posterior a la del hecho.",
            "en": "The date of birth is after the date of the event.",
        }
    ]
