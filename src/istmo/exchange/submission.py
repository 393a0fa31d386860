"""The payload of a submission: a vintage of a dataset as a node stores it, and what the hub answers.

A payload is JSON. `columns` holds one list a column of the observation, or one text where every row has the same; what
stands once for the whole vintage (reporter, profile, hash of the file) stands at the head. Reading is strict: a column
that is not known, a code that is in no list or a length that differs is refused, and nothing is stored.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from istmo.model.codes import Codelist, codelist
from istmo.model.errors import InvalidInput
from istmo.model.findings import Finding, Severity
from istmo.model.observations import CODELISTS, COLUMNS, schema
from istmo.model.text import Text

FORMAT = "istmo-submission/1"
ANSWER = "istmo-submission-answer/1"
PAYLOAD_TYPE = "application/vnd.istmo.submission+json"
ANSWER_TYPE = "application/vnd.istmo.submission-answer+json"
HEAD = ("REPORTER", "AGENCY", "DATASET", "VINTAGE", "SOURCE_HASH", "PROFILE")
BODY = tuple(column for column in COLUMNS if column not in HEAD)
MAX_ROWS = 500_000
_VINTAGE = re.compile(r"\d{4}-\d\d-\d\d\.[1-9]\d*")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Submission:
    """A vintage on its way. `frame` has the columns of an observation; `parameters` are those of the profile."""

    frame: pl.DataFrame
    profile_hash: str
    parameters: Mapping[str, str]
    source_name: str
    counts: Mapping[str, int]
    """`read`, `accepted`, `quarantined`, `rejected`, as the node judged the file."""
    protection: tuple[str, ...] | None = None
    """Of a protected dataset: the lines of the release register that are new with it; None where it is public."""

    @property
    def head(self) -> dict[str, str]:
        """What is the same in every row; raises `InvalidInput` where a vintage holds more than one dataset."""
        found = self.frame.select(HEAD).unique()
        if found.height != 1:
            raise _refused(
                Text(es="Un envío lleva un solo conjunto de datos.", en="A submission holds one dataset."), "columns"
            )
        return {name: str(value) for name, value in found.row(0, named=True).items()}

    @property
    def dataset_id(self) -> str:
        head = self.head
        return f"{head['REPORTER']}.{head['AGENCY']}.{head['DATASET']}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub made of a submission: `vintage` is its name at the hub, "" where nothing was stored."""

    outcome: str
    """`acknowledged` (stored), `known` (this very content was there already) or `refused`."""
    vintage: str = ""
    findings: tuple[Mapping[str, Any], ...] = ()
    message: Text | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


OUTCOMES = ("acknowledged", "known", "refused")


class UnknownCodes(InvalidInput):
    """Codes that the receiver's list does not have; the answer names the list and its version, code by code."""

    def __init__(self, known: Codelist, codes: Sequence[str], *, column: str, place: str) -> None:
        self.codes, self.column, self.known = tuple(codes), column, f"{known.id} {known.version}"
        super().__init__(
            self._message(self.codes[0]),
            place=place,
            advice=Text(
                es="Compare las listas de ambas instalaciones con «istmo registry compare».",
                en="Compare the lists of both installations with “istmo registry compare”.",
            ),
            rule="F86",
        )

    def findings(self, *, most: int) -> tuple[Mapping[str, Any], ...]:
        made = (
            Finding("F86", Severity.ERROR, self._message(code), column=self.column, value=code[:40])
            for code in self.codes[:most]
        )
        return tuple(one.as_json() for one in made)

    def _message(self, code: str) -> Text:
        return Text(
            es=f"El código «{code[:40]}» no está en la lista {self.known} de quien recibe.",
            en=f"The code “{code[:40]}” is not in the receiver's list {self.known}.",
        )


def write_submission(submission: Submission) -> bytes:
    """The payload; the same submission gives the same bytes."""
    head = submission.head
    body = submission.frame.select(BODY).sort(BODY)
    document = {
        "format": FORMAT,
        **{name.lower(): head[name] for name in HEAD},
        "profile_hash": submission.profile_hash,
        "parameters": dict(submission.parameters),
        "source_name": submission.source_name,
        "counts": dict(submission.counts),
        "rows": body.height,
        "columns": {name: _packed(body[name]) for name in BODY},
        **({} if submission.protection is None else {"protection": list(submission.protection)}),
    }
    return _written(document)


def read_submission(payload: bytes) -> Submission:
    """Raises `InvalidInput` whose place names the part of the payload."""
    document = _object(payload)
    if document.get("format") != FORMAT:
        raise _refused(Text(es="No es un envío que esta versión conozca.", en="No submission that this version knows."))
    rows, columns = document.get("rows"), document.get("columns")
    if not isinstance(rows, int) or isinstance(rows, bool) or not 1 <= rows <= MAX_ROWS:
        raise _refused(
            Text(es=f"Un envío tiene de 1 a {MAX_ROWS} filas.", en=f"A submission has from 1 to {MAX_ROWS} rows."),
            "rows",
        )
    if not isinstance(columns, dict) or set(columns) != set(BODY):
        odd = sorted(set(columns) ^ set(BODY)) if isinstance(columns, dict) else list(BODY)
        raise _refused(
            Text(
                es=f"Faltan o sobran columnas: {', '.join(odd)}.", en=f"Columns missing or unknown: {', '.join(odd)}."
            ),
            "columns",
        )
    head = {name: _text(document, name.lower()) for name in HEAD}
    if not _VINTAGE.fullmatch(head["VINTAGE"]) or not _HASH.fullmatch(head["SOURCE_HASH"]):
        raise _refused(
            Text(es="La versión o la huella no tiene su forma.", en="The vintage or the hash is not well formed."),
            "vintage, source_hash",
        )
    profile_hash = _text(document, "profile_hash")
    if not _HASH.fullmatch(profile_hash):
        raise _refused(Text(es="La huella no tiene su forma.", en="The hash is not well formed."), "profile_hash")
    held = {name: [value] * rows for name, value in head.items()}
    held |= {name: _unpacked(columns[name], rows, name) for name in BODY}
    return Submission(
        frame=_frame(held),
        profile_hash=profile_hash,
        parameters=_texts(document.get("parameters"), "parameters"),
        source_name=_text(document, "source_name"),
        counts=_counts(document.get("counts")),
        protection=_lines(document["protection"]) if "protection" in document else None,
    )


def write_answer(answer: Answer) -> bytes:
    message = answer.message.as_json() if answer.message else None
    return _written(
        {
            **answer.extra,
            "format": ANSWER,
            "outcome": answer.outcome,
            "vintage": answer.vintage,
            "findings": [dict(finding) for finding in answer.findings],
            "message": message,
        }
    )


def read_answer(payload: bytes) -> Answer:
    """Raises `InvalidInput`; fields that this version does not know are kept in `extra`."""
    document = _object(payload)
    known = ("format", "outcome", "vintage", "findings", "message")
    message, findings = document.get("message"), document.get("findings", [])
    if document.get("format") != ANSWER or document.get("outcome") not in OUTCOMES:
        raise _refused(
            Text(es="No es una respuesta que esta versión conozca.", en="No answer that this version knows.")
        )
    if not isinstance(findings, list) or not all(isinstance(finding, dict) for finding in findings):
        raise _refused(Text(es="Los hallazgos no se pueden leer.", en="The findings cannot be read."), "findings")
    if message is not None:
        told = _texts(message, "message")
        if set(told) != {"es", "en"}:
            raise _refused(Text(es="El mensaje no se puede leer.", en="The message cannot be read."), "message")
    return Answer(
        outcome=document["outcome"],
        vintage=_text(document, "vintage"),
        findings=tuple(findings),
        message=None if message is None else Text(es=message["es"], en=message["en"]),
        extra={name: value for name, value in document.items() if name not in known},
    )


def _packed(column: pl.Series) -> Any:
    values = column.to_list() if column.name == "OBS_VALUE" else column.cast(pl.String).to_list()
    first = values[0] if values else None
    return first if isinstance(first, str) and all(value == first for value in values) else values


def _unpacked(packed: Any, rows: int, name: str) -> list[Any]:
    values = [packed] * rows if isinstance(packed, str) else packed
    number = name == "OBS_VALUE"
    good = isinstance(values, list) and len(values) == rows
    if good and number:
        good = all(value is None or (type(value) is int and 0 <= value < 2**63) for value in values)
    elif good:
        good = all(isinstance(value, str) for value in values)
    if not good:
        raise _refused(
            Text(es="La columna no tiene la forma o el largo esperado.", en="The column has another shape or length."),
            f"columns.{name}",
        )
    return list(values)


def _frame(held: Mapping[str, list[Any]]) -> pl.DataFrame:
    types = schema()
    made = {}
    for name in COLUMNS:
        if name == "OBS_VALUE":
            made[name] = pl.Series(name, held[name], dtype=pl.Int64)
            continue
        try:
            made[name] = pl.Series(name, held[name], dtype=pl.String).cast(types[name])
        except pl.exceptions.InvalidOperationError:
            known = codelist(CODELISTS[name])
            odd = sorted(set(held[name]) - set(known.ids))
            place = f"columns.{name}" if name in BODY else name.lower()
            raise UnknownCodes(known, odd, column=name, place=place) from None
    return pl.DataFrame(made)


def _object(payload: bytes) -> dict[str, Any]:
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _refused(Text(es="El contenido no es JSON.", en="The payload is not JSON."))
    return document


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or len(value) > 500:
        raise _refused(Text(es="Falta un texto, o es muy largo.", en="A text is missing or too long."), name)
    return value


def _texts(value: Any, name: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise _refused(Text(es="Se esperaban textos.", en="Texts were expected."), name)
    return value


def _lines(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise _refused(
            Text(es="Se esperaban líneas del registro.", en="Lines of the register were expected."), "protection"
        )
    return tuple(value)


def _counts(value: Any) -> dict[str, int]:
    if not isinstance(value, dict) or not all(type(count) is int and count >= 0 for count in value.values()):
        raise _refused(Text(es="Se esperaban números.", en="Numbers were expected."), "counts")
    return value


def _written(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _refused(message: Text, place: str = "") -> InvalidInput:
    return InvalidInput(message, place=place, rule="F85")
