"""Whatever the file: accepted + quarantined + rejected == read, in text and in workbooks, in any order of rows."""

import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from istmo.intake.profiles import builtin_profiles
from istmo.intake.result import Intake
from istmo.intake.run import intake
from istmo.model.errors import InvalidInput
from istmo.model.findings import FINDING_SCHEMA, rules

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "national"
FILES = {
    "pan_snm_cuadro003.csv": "PAN.SNM.cuadro003",
    "pan_snm_cuadro002.csv": "PAN.SNM.cuadro002",
    "hnd_inm_flujo.csv": "HND.INM.flujo",
    "mex_upm_3_1_1.tsv": "MEX.UPM.3_1_1",
    "gtm_igm_rechazados.csv": "GTM.IGM.rechazados",
    "usa_cbp_nationwide.csv": "USA.CBP.nationwide",
    "cri_dgme_permisos.csv": "CRI.DGME.permisos",
    "mex_upmrip_bdsiomr.csv": "MEX.UPMRIP.bdsiomr",
}
PIECES = (
    *(b"", b"\n", b"\n\n", b"\r\n", b",", b";", b"\t", b'"', b"-", b"0", b"1.5", b"Total", b"  ", b"\xff", b"\x00"),
    *(b"99999999999999999999", b"31/06/2016", "Haití".encode(), b"2016,junio,Congo,,1,2,3,4,10\n"),
)
SPLICES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES)), max_size=4)


def read(raw: bytes, name: str) -> Intake:
    parameters = {"year": "2016"} if name == "pan_snm_cuadro002.csv" else {}
    profile = builtin_profiles()[FILES[name]]
    return intake(io.BytesIO(raw), filename=name, profile=profile, parameters=parameters)


def read_or_refuse(raw: bytes, name: str) -> Intake | InvalidInput:
    try:
        return read(raw, name)
    except InvalidInput as error:
        return error


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60, deadline=None)
@given(splices=SPLICES)
def test_a_mutilated_file_is_counted_in_full_or_refused_with_its_place(name: str, splices: list[tuple]) -> None:
    raw = (FIXTURES / name).read_bytes()
    for place, length, piece in splices:
        start = int(place * len(raw))
        raw = raw[:start] + piece + raw[start + length :]
    result = read_or_refuse(raw, name)
    if isinstance(result, InvalidInput):
        assert result.place.startswith(name)
        assert result.rule in rules()
        return
    assert result.accepted + result.quarantined + result.rejected == result.read
    assert min(result.accepted, result.quarantined, result.rejected) >= 0
    assert result.findings.schema == FINDING_SCHEMA
    assert set(result.findings["rule"].unique()) <= set(rules())
    stopped = result.findings.filter(pl.col("severity") == "error")
    assert (stopped.height > 0) == (result.stopped > 0 or not result.storable)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["2016", "2023", "16"]),
        st.sampled_from(["junio", "Julio", "jn"]),
        st.sampled_from(["Haití", "Cuba", "Congo", "Atlántida", ""]),
        st.sampled_from(["1", "7", "x", "-2"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, data=st.data())
def test_the_order_of_the_rows_changes_no_count_and_no_figure(rows: list[tuple], data: st.DataObject) -> None:
    header = "Año,Mes,Nacionalidad,Delegación,Hombres,Mujeres,Niños,Niñas,Total\n"
    shuffled = data.draw(st.permutations(rows))
    one, other = (
        read((header + "".join(f"{y},{m},{c},Trojes,{n},,,,\n" for y, m, c, n in body)).encode(), "hnd_inm_flujo.csv")
        for body in (rows, shuffled)
    )
    assert (one.read, one.accepted, one.quarantined, one.rejected) == (
        other.read,
        other.accepted,
        other.quarantined,
        other.rejected,
    )
    key = ["PERIOD", "CITIZENSHIP", "SEX", "AGE", "OBS_VALUE"]
    assert one.observations.select(key).sort(key).equals(other.observations.select(key).sort(key))
    assert one.findings["rule"].sort().equals(other.findings["rule"].sort())
