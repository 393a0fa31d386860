"""`suggest` maps no label that may mean two things, and shows nothing of a person, whatever the file looks like."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from istmo.intake.suggesting.drafting import suggest, written
from istmo.intake.suggesting.reporting import as_json
from istmo.intake.suggesting.values import Draft, Open
from istmo.model.errors import InvalidInput
from istmo.model.labels import fold
from istmo.registry.names import LabelKind, ambiguous_labels, labels_of, reference_list

UNDECIDABLE = sorted(
    {
        label
        for entry in ambiguous_labels()
        if entry.kind is not LabelKind.CONFUSABLE or entry.context is not None
        for label in entry.labels
    }
)
NAMES = sorted(
    label for id_ in ("names_es", "gentilicios_es", "names_en") for ls in labels_of(id_).values() for label in ls
)
MONTHS = ("Enero", "Febrero", "Marzo")
CASES = (str, str.upper, str.lower, lambda text: f"  {text} ", lambda text: text.replace(" ", "\u00a0"))


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, delimiter: str, before: Sequence[str] = ()) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\r\n")
    for line in before:
        writer.writerow([line])
    writer.writerows([header, *rows])
    return written.getvalue().encode()


def drafted(data: bytes) -> Draft:
    return suggest(io.BytesIO(data), filename="cuadro.csv")


def is_decided(draft: Draft, label: str) -> bool:
    """Whether the draft gives the label a code without a person's answer."""
    field: Any = next((v for k, v in draft.document["fields"].items() if str(k).startswith("CITIZENSHIP")), None)
    if not isinstance(field, dict) or "from" not in field:
        return False
    mapped = {fold(str(key)): value for key, value in field.get("map", {}).items()}
    if fold(label) in mapped:
        return not isinstance(mapped[fold(label)], Open)
    return any(fold(label) in reference_list(name) for name in field.get("lists", ()))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(UNDECIDABLE), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(NAMES), min_size=8, max_size=20, unique=True),
    st.sampled_from(CASES),
    st.sampled_from((",", ";", "\t", "|")),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_a_label_that_may_mean_two_things_is_never_mapped(
    doubtful: list[str], names: list[str], case: Any, delimiter: str, wide: bool, random: Any
) -> None:
    labels = [*map(case, doubtful), *names]
    random.shuffle(labels)
    if wide:
        header = ["Nacionalidad", *MONTHS]
        rows = [[label, *(str(n + k) for k in range(3))] for n, label in enumerate(labels, start=1)]
    else:
        header = ["Fecha", "Nacionalidad", "Casos"]
        rows = [["2016-06-01", label, str(number)] for number, label in enumerate(labels, start=1)]
    draft = drafted(table(header, rows, delimiter=delimiter, before=["CUADRO 1. AÑO 2016"] if wide else []))
    assert "CITIZENSHIP" in draft.document["fields"]
    assert [label for label in doubtful if is_decided(draft, label)] == []
    asked = {
        fold(decision.id.partition(".")[2]) for decision in draft.decisions if decision.id.startswith("CITIZENSHIP.")
    }
    assert {fold(label) or "blank" for label in doubtful} <= asked


# --- what is personal

HEADERS = (
    "Nombre",
    "Nombres y apellidos",
    "APELLIDO",
    "Name",
    "No. de documento",
    "Pasaporte",
    "CURP",
    "Teléfono",
    "Correo electrónico",
    "Dirección",
    "Observaciones",
    "Nombre de la madre",
    "Expediente",
    "Funcionario",
    "Campo 7",  # what nobody recognises is not shown either
    "X",
)
WORDS = st.text("zqxkwjñ", min_size=7, max_size=12)  # no word of any language
KINDS = (
    st.tuples(WORDS, WORDS).map(lambda words: f"{words[0].title()} {words[1].title()}"),
    st.tuples(WORDS, WORDS).map(lambda words: f"{words[0]}@{words[1]}.org"),
    st.integers(10**8, 10**9).map(lambda number: f"ZQ{number}"),
    st.integers(10**10, 10**11).map(str),
    WORDS,
)
SECRETS = st.one_of(*KINDS)


def everything(draft: Draft) -> str:
    """All that is printed, written, logged or put on a page."""
    text = written(draft)
    parts = (text, json.dumps(as_json(draft, {}, text=text, fits=()), ensure_ascii=False), repr(draft))
    return "\n".join(parts)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(HEADERS), min_size=1, max_size=4, unique=True),
    st.data(),
    st.integers(1, 9),
    st.sampled_from((",", ";", "\t")),
    st.booleans(),
)
def test_no_value_of_a_personal_column_is_in_any_output(
    headers: list[str], data: st.DataObject, height: int, delimiter: str, counted: bool
) -> None:
    kinds = st.sampled_from((*KINDS, SECRETS))
    columns = [data.draw(st.lists(data.draw(kinds), min_size=height, max_size=height, unique=True)) for _ in headers]
    header = ["Fecha", "Nacionalidad", *headers, "Sexo", *(["Casos"] if counted else [])]
    rows = [
        [
            f"{13 + row:02d}/06/2016",
            ("Haití", "Cuba", "Nepal")[row % 3],
            *(column[row] for column in columns),
            "FM"[row % 2],
            *([str(row + 1)] if counted else []),
        ]
        for row in range(height)
    ]
    author = data.draw(SECRETS)
    before = [f"Elaborado por: {author}", "Registro de ingresos 2016"]
    try:
        draft = drafted(table(header, rows, delimiter=delimiter, before=before))
    except InvalidInput as error:
        shown = error.in_("es") + error.in_("en")
    else:
        shown = everything(draft)
    for secret in (author, *(value for column in columns for value in column)):
        assert secret not in shown
