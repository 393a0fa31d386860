"""Recognising a file, testing a profile by its samples, and showing what a change of profile would change."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from istmo.intake.diff import diff
from istmo.intake.grammar import Profile
from istmo.intake.limits import MIB
from istmo.intake.profiles import builtin_profiles, read_profile
from istmo.intake.recognise import fitting, the_only, with_fits
from istmo.intake.result import Intake
from istmo.intake.run import intake
from istmo.intake.testing import run_samples
from istmo.model.errors import InvalidInput

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "national"
BASE = """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^País,n"}}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {const: 2023-08, period: {grain: M}}
  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB}}
  OBS_VALUE: {from: n, integer: {}}
"""


def profile(text: str, name: str = "prueba") -> Profile:
    return read_profile(text.replace("PAN.SNM.prueba", f"PAN.SNM.{name}").encode(), name=name)


def fits(raw: bytes, filename: str = "f.csv", **profiles: str) -> list[str]:
    known = {name: profile(text, name) for name, text in profiles.items()}
    return [fit.profile.dataset for fit in fitting(io.BytesIO(raw), filename=filename, profiles=known)]


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("pan_snm_cuadro003.csv", "PAN.SNM.cuadro003"),
        ("pan_snm_cuadro002.csv", "PAN.SNM.cuadro002"),
        ("hnd_inm_flujo.csv", "HND.INM.flujo"),
        ("mex_upm_3_1_1.tsv", "MEX.UPM.3_1_1"),
        ("gtm_igm_rechazados.csv", "GTM.IGM.rechazados"),
        ("usa_cbp_nationwide.csv", "USA.CBP.nationwide"),
        ("cri_dgme_permisos.csv", "CRI.DGME.permisos"),
        ("mex_upmrip_bdsiomr.csv", "MEX.UPMRIP.bdsiomr"),
    ],
)
def test_each_national_file_is_recognised_by_its_own_profile_alone(name: str, id_: str) -> None:
    with (FIXTURES / name).open("rb") as stream:
        found = fitting(stream, filename=name, profiles=builtin_profiles())
    assert [fit.profile.id for fit in found] == [id_]
    assert the_only(found, filename=name).id == id_


def test_a_fit_says_where_the_table_stands_and_what_must_still_be_given() -> None:
    with (FIXTURES / "pan_snm_cuadro002.csv").open("rb") as stream:
        (fit,) = fitting(stream, filename="x.csv", profiles=builtin_profiles())
    assert (fit.header_row, fit.parameters, fit.sheet) == (2, ("year",), "")


GOOD = "Título\nPaís,n,otra\nHaití,1,2\n".encode()


def test_everything_that_a_profile_asks_to_recognise_must_hold() -> None:
    def asking(recognise: str) -> str:
        return BASE.replace("read:", f"recognise: {{{recognise}}}\nread:")

    found = fits(
        GOOD,
        filename="Darién_2023.csv",
        plain=BASE,
        header=asking("header: [PAIS, n, otra]"),
        other_header=asking("header: [País, n, tercera]"),
        title=asking('first_lines: "^T.tulo$"'),
        other_title=asking("first_lines: Cuadro"),
        name=asking("filename: dari"),
        other_name=asking("filename: honduras"),
        workbook=BASE.replace("read: {", "read: {format: xlsx, "),
        tabs=BASE.replace("read: {", "read: {format: tsv, "),
        other_find=BASE.replace("^País,n", "^Country,n"),
    )
    assert found == ["header", "name", "plain", "title"]


def test_the_profile_that_names_more_of_the_columns_comes_first() -> None:
    few = BASE.replace("read:", "recognise: {header: [País, n]}\nread:")
    more = BASE.replace("read:", "recognise: {header: [País, n, otra]}\nread:")
    assert fits(GOOD, few=few, more=more) == ["more", "few"]


def test_a_workbook_is_recognised_by_the_sheet_that_holds_the_table() -> None:
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw, {"in_memory": True})
    book.add_worksheet("Portada").write_row(0, 0, ["País", "n"])
    page = book.add_worksheet("Cuadro 2")
    page.write_row(0, 0, ["País", "n"])
    page.write_row(1, 0, ["Haití", 1])
    book.close()
    known = {
        "any": profile(BASE, "any"),
        "sheet": profile(BASE.replace("read: {", 'read: {sheet: "cuadro*", '), "sheet"),
        "text": profile(BASE.replace("read: {", "read: {format: csv, "), "text"),
    }
    found = fitting(io.BytesIO(raw.getvalue()), filename="f.xlsx", profiles=known)
    assert {fit.profile.dataset: fit.sheet for fit in found} == {"any": "Portada", "sheet": "Cuadro 2"}


def test_no_profile_or_several_are_told_apart_for_the_user() -> None:
    with pytest.raises(InvalidInput) as none:
        the_only((), filename="f.csv")
    assert (none.value.rule, none.value.place) == ("F6", "f.csv")
    two = fitting(io.BytesIO(GOOD), filename="f", profiles={"a": profile(BASE, "a"), "b": profile(BASE, "b")})
    with pytest.raises(InvalidInput) as several:
        the_only(two, filename="f.csv")
    assert several.value.rule == "F29"
    assert "PAN.SNM.a, PAN.SNM.b" in several.value.message.en


def test_a_file_of_another_layout_is_refused_with_the_profiles_that_fit() -> None:
    raw = (FIXTURES / "hnd_inm_flujo.csv").read_bytes()
    fits_it = fitting(io.BytesIO(raw), filename="f", profiles=builtin_profiles())
    with pytest.raises(InvalidInput) as caught:
        intake(io.BytesIO(raw), filename="f", profile=builtin_profiles()["PAN.SNM.cuadro003"])
    advised = with_fits(caught.value, fits_it)
    assert "HND.INM.flujo" in advised.in_("en")
    assert (advised.rule, advised.place, advised.message) == ("F7", "f", caught.value.message)
    assert with_fits(caught.value, ()) is caught.value
    other = InvalidInput(caught.value.message, rule="F8")
    assert with_fits(other, fits_it) is other


def test_what_cannot_be_read_at_all_is_refused_not_unrecognised() -> None:
    for raw in (b"", b"%PDF-1.7", b"PK\x03\x04xx", b"x" * (MIB + 2)):
        with pytest.raises(InvalidInput):
            fits(raw, plain=BASE)


def test_a_first_line_that_never_closes_its_quotes_is_recognised_by_nothing() -> None:
    assert fits(b'"' + b"x" * 200_000, plain=BASE) == []


TESTS = """
tests:
  - name: two countries
    text: |
      País,n
      Haití,1
      Atlántida,2
    expect: {read: "2", accepted: "1", quarantined: "1", rejected: "0", set_aside: "0", storable: "no"}
    cells: [{CITIZENSHIP: HTI, OBS_VALUE: "1"}]
    findings: [{rule: R9, row: "3"}]
"""


def test_a_profile_that_does_what_its_samples_say_has_no_failures() -> None:
    assert run_samples(profile(BASE + TESTS)) == ()


# what is written instead of what, the failure
FAILURES = (
    ('accepted: "1"', 'accepted: "2"', "accepted: 2 was expected, it is 1."),
    ('storable: "no"', 'storable: "yes"', "storable: yes was expected, it is no."),
    ('OBS_VALUE: "1"}', 'OBS_VALUE: "7"}', "CITIZENSHIP=HTI, OBS_VALUE=7: there are 0, not one."),
    ('OBS_VALUE: "1"}', 'HEIGHT: "1"}', "CITIZENSHIP=HTI, HEIGHT=1: there are 0, not one."),
    ("rule: R9", "rule: R11", "The finding rule=R11, row=3 is missing."),
    ("      País,n\n", "      Country,n\n", "The first 60 lines do not hold the header"),
)


@pytest.mark.parametrize(("old", "new", "failure"), FAILURES)
def test_a_sample_that_gives_something_else_says_what(old: str, new: str, failure: str) -> None:
    (found,) = run_samples(profile(BASE + TESTS.replace(old, new)))
    assert found.sample == "two countries"
    assert failure in found.message.en
    assert found.message.es != found.message.en


def test_a_list_of_flags_is_compared_as_words(read: Callable[..., Intake]) -> None:
    text = """
profile: CRI.DGME.prueba
version: 1.0.0
grain: person
read: {header: {find: "^a,b"}}
fields:
  SERVICES: {flags: {a: WATER, b: CALL}}
tests: [{name: x, text: "a,b\\n1,1\\n", cells: [{SERVICES: WATER CALL}]}]
"""
    assert run_samples(read_profile(text.encode(), name="p")) == ()


@pytest.mark.parametrize("id_", sorted(builtin_profiles()))
def test_every_profile_of_the_program_passes_its_samples(id_: str) -> None:
    chosen = builtin_profiles()[id_]
    assert chosen.samples
    assert run_samples(chosen) == ()


def test_a_change_of_profile_lists_the_cells_that_change() -> None:
    old = profile(BASE)
    new = profile(
        BASE.replace("version: 1.0.0", "version: 1.1.0")
        .replace("Cuba: CUB", "Cuba: X_ANTILLES")
        .replace("fields:", 'parameters: {x: {}}\ncells: {"-": zero}\nfields:')
        .replace("OBS_VALUE:", "OBS_STATUS: {const: P}\n  OBS_VALUE:")
    )
    stream = io.BytesIO("País,n\nHaití,1\nCuba,2\n".encode())
    result = diff(old, new, stream, filename="f", parameters={"x": "y"})
    rows = result.cells.select(
        "CITIZENSHIP", "CHANGE", "OLD_OBS_VALUE", "NEW_OBS_VALUE", "OLD_OBS_STATUS", "NEW_OBS_STATUS"
    )
    assert set(rows.rows()) == {
        ("HTI", "changed", 1, 1, "A", "P"),
        ("CUB", "removed", 2, None, "A", None),
        ("X_ANTILLES", "added", None, 2, None, "P"),
    }
    assert (result.old.accepted, result.new.accepted) == (2, 2)


def test_the_same_profile_changes_nothing() -> None:
    stream = io.BytesIO("País,n\nHaití,1\n".encode())
    assert diff(profile(BASE), profile(BASE), stream, filename="f").cells.height == 0
