"""UTF-8 that was read as Windows-1252 is repaired where that is proved, and said; what cannot be proved is left."""

import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.intake.grammar import Profile
from istmo.intake.mending import is_damaged, mended
from istmo.intake.profiles import read_profile
from istmo.intake.result import Intake
from istmo.intake.run import intake

SPANISH = "Haití, República Democrática del Congo, Ñ, AÑO, PANAMÁ, Ángel, ¿qué?, «cita», 1\u00a0204 – €"


def misread(text: str, encoding: str = "cp1252") -> str:
    """The text as a program shows it that takes its UTF-8 for CP1252 (bytes that CP1252 lacks become C1 signs)."""
    return "".join(bytes([byte]).decode(encoding, errors="ignore") or chr(byte) for byte in text.encode())


def profile(read: str = "", layout: str = "", country: str = "País", more: str = "") -> Profile:
    text = f"""
profile: PAN.SNM.prueba
version: 1.0.0
read: {{header: {{find: "^País,n"}}, thousands: "\u00a0"{read}}}
{layout}
cells: {{"–": not_reported}}
fields:
  MEASURE: {{const: TRA_IRR}}
  UNIT: {{const: REGISTRATION}}
  PERIOD: {{const: 2024, period: {{grain: A}}}}
  CITIZENSHIP: {{from: {country}, map: {{Haití: HTI, Cuba: CUB}}, lists: [names_es]}}
  OBS_VALUE: {{from: n, integer: {{}}}}
{more}
accept: {{max_stopped: 100 %}}
"""
    return read_profile(text.encode(), name="p.yaml")


def read(text: str | bytes, by: Profile) -> Intake:
    raw = text.encode() if isinstance(text, str) else text
    return intake(io.BytesIO(raw), filename="f", profile=by)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("text", SPANISH.split(", "))
def test_a_text_that_was_misread_once_or_twice_is_what_it_was(text: str, encoding: str) -> None:
    once = misread(text, encoding)
    assert (is_damaged(once), mended(once)) == ((True, text) if once != text else (False, None))
    twice = misread(once)
    assert mended(twice) == (text if twice != text else None)


@pytest.mark.parametrize(
    "text",
    [
        *SPANISH.split(", "),
        "SÃO TOMÉ",
        "IRMÃ»",  # a closing quote after Ã would be a letter of French
        "é Ã©",  # only a part of it was misread
        "Ã© 한",  # a sign that no byte stands for
        "Hait\ufffd",
        misread("한국"),
        misread(misread(misread("Haití"))),
    ],
)
def test_what_is_not_proved_is_left(text: str) -> None:
    assert mended(text) is None


def test_a_name_of_a_country_with_a_letter_of_another_language_is_proved_by_the_list() -> None:
    assert mended(misread("Curaçao")) == "Curaçao"
    assert mended(misread("Çuraçau")) is None


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x2122), max_size=12))
def test_a_text_is_mended_only_if_it_is_what_the_misreading_of_the_result_gives(text: str) -> None:
    result = mended(text)
    assert result is None or text in (
        *(misread(result), misread(misread(result)), misread(result, "latin-1")),
        *(misread(misread(result, "latin-1")), misread(misread(result, "latin-1"), "latin-1")),
        misread(misread(result), "latin-1"),
    )


def test_labels_are_read_as_what_they_were_and_said_once_each_with_their_count() -> None:
    rows = "País,n\nHaití,1\nCuba,2\nHaití,3\nPerú,4\nHait\ufffd,5\n".replace("País", "País")
    result = read(rows.replace("Haití", misread("Haití")).replace("Perú", misread("Perú")), profile())
    values = dict(result.observations.select("CITIZENSHIP", "OBS_VALUE").iter_rows())
    assert values == {"HTI": 4, "CUB": 2, "PER": 4}
    found = result.findings.filter(pl.col("rule") == "F36")
    assert found.select("row", "column", "value", "severity").rows() == [
        (2, "País", misread("Haití"), "info"),
        (5, "País", misread("Perú"), "info"),
        (6, "País", "Hait\ufffd", "warning"),
    ]
    assert "“Haití”. Cells: 2." in found["message_en"][0]
    assert "left so. Cells: 1." in found["message_en"][2]
    assert result.findings.filter(pl.col("rule") == "R9")["row"].to_list() == [6]


def test_a_file_that_is_partly_utf_8_and_partly_cp1252_is_mended_where_it_was_misread() -> None:
    raw = "País,n\nHaití,1\nPanamá,2\n".encode() + "Haití,3\nEspaña,4\n".encode("cp1252") + "ÁFRICA,5\n".encode()
    result = read(raw, profile())
    assert dict(result.observations.select("CITIZENSHIP", "OBS_VALUE").iter_rows()) == {"HTI": 4, "PAN": 2, "ESP": 4}
    assert result.findings.filter(pl.col("rule") == "F36")["row"].to_list() == [1, 2, 3, 6]
    assert result.findings.filter(pl.col("rule") == "R9").select("row", "value").rows() == [(6, "ÁFRICA")]


def test_header_title_and_footer_are_mended_before_they_are_looked_at() -> None:
    by = profile(
        ", stop_at: ^Fuente",
        "capture: {y: {in: preamble, match: 'AÑO (\\d{4})', required: yes}, p: {in: footer, match: Según, as: flag}}",
    )
    text = misread("AÑO 2023,\nPaís,n,Región\nCuba,1,x\nFuente: Según nadie\n")
    result = read(text, by)
    assert result.accepted == 1
    assert result.findings.select("row", "rule", "column", "value").rows() == [
        (1, "F36", "País", "•••"),  # a line around the table may name a person
        (2, "F36", "País", misread("País")),
        (2, "F36", "Región", misread("Región")),
        (2, "F27", "Región", ""),
        (4, "F36", "País", "•••"),
    ]
    assert not any("Según" in message or "2023" in message for message in result.findings["message_es"])
    bad = read("País,n,Regi\ufffdn\nCuba,1,x\n", profile()).findings
    assert bad.filter(pl.col("rule") == "F36").select("severity", "column").rows() == [("warning", "Regi\ufffdn")]


def test_signs_and_figures_are_mended_only_where_they_then_mean_something() -> None:
    figure, dash, letter, blank = map(misread, ("1\u00a0204", "–", "é", "\u00a0"))
    rows = f"País,n\nCuba,{figure}\nHaití,{dash}\nPerú,{letter}\nChile,{blank}\n"
    result = read(rows, profile())
    assert result.observations.select("CITIZENSHIP", "OBS_VALUE", "OBS_STATUS").rows() == [
        ("CUB", 1204, "A"),
        ("HTI", None, "O"),
    ]
    assert result.findings.sort("row", "rule").select("row", "rule", "value").rows() == [
        (2, "F36", figure),
        (3, "F36", dash),
        (4, "F10", letter),
        (5, "F36", blank),
        (5, "R17", blank),
    ]


def test_totals_and_levels_see_the_mended_labels() -> None:
    text = "País,n\nÁfrica,3\n  Perú,1\n  Cuba,2\n"
    layout = "levels: {column: País, as: [c, p]}\ntotals: [{row: {País: ^África$}, over: p}]"
    plain = read(text, profile(layout=layout, country="p"))
    damaged = read(misread(text), profile(layout=layout, country="p"))
    assert damaged.observations.drop("SOURCE_HASH").equals(plain.observations.drop("SOURCE_HASH"))
    assert [(entry.row, entry.label) for entry in damaged.set_aside] == [(2, "África")]


def test_coded_columns_of_persons_are_mended_and_private_values_are_not_shown() -> None:
    by = read_profile(
        "profile: CRI.DGME.prueba\nversion: 1.0.0\ngrain: person\nread: {header: {find: '^p,q,n'}}\nfields:\n"
        "  CITIZENSHIP: {from: p, map: {Haití: HTI, Cuba: CUB}}\n"
        "  POST: {from: q, map: {Darién: D}, personal: yes}\n"
        "  NAME: {from: n, text: {}}\naccept: {max_stopped: 100 %}\n".encode(),
        name="p",
    )
    result = read(misread("p,q,n\nHaití,Darién,José\nCuba,Darién,Ana\n"), by)
    assert (result.accepted, result.events["CITIZENSHIP"].to_list()) == (2, ["HTI", "CUB"])
    assert result.events["NAME"].to_list() == [misread("José"), "Ana"]  # text stays as the source has it
    found = result.findings.filter(pl.col("rule") == "F36")
    assert found.select("row", "column", "value").rows() == [(2, "p", misread("Haití")), (2, "q", "•••")]
    assert "Darién" not in "".join(found["message_es"])
    assert "Cells: 2." in found["message_en"][1]
    assert read("p,q,n\nCuba,Darién,É\n", by).findings.height == 0
