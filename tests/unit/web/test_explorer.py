"""The explorer as a reader meets it: one address for one question, refusals with reasons, files that carry everything,
and figures that are never older than the last load.
"""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook
from tests.unit.statistics.frames import by_code, frame, of

from istmo.model.observations import COLUMNS
from istmo.model.text import Text

PAGES = (
    ("/es/datos/", "/en/data/", "Explorar los datos"),
    ("/es/datos/nacionalidades/", "/en/data/nationalities/", "Una nacionalidad a lo largo del corredor"),
    ("/es/datos/nacionalidades/ven/", "/en/data/nationalities/ven/", "Venezuela"),
    ("/es/datos/nacionalidades/x_congo/", "/en/data/nationalities/x_congo/", "Congo (sin distinguir)"),
    (
        "/es/datos/por-nacionalidad/",
        "/en/data/by-nationality/",
        "Todas las nacionalidades de un mes, informante por informante",
    ),
    ("/es/datos/regiones/", "/en/data/regions/", "Regiones de origen en cada estación"),
    ("/es/datos/regiones/africa/", "/en/data/regions/africa/", "África"),
    ("/es/datos/extrarregional/", "/en/data/extra-regional/", "Personas de origen extrarregional"),
    ("/es/datos/sexo-y-edad/", "/en/data/age-and-sex/", "Sexo y edad dentro de cada informante"),
    ("/es/datos/revisiones/", "/en/data/revisions/", "Qué se revisó"),
    ("/es/datos/mapa/", "/en/data/map/", "Puestos y estaciones que nombran las fuentes"),
)
SENEGAL = "reporter=PAN,HND&measure=corridor&origin=SEN&first=2022-08&last=2023-08&mix=apart"


def store(rows: pl.DataFrame, on: date, received: datetime | None = None) -> str:
    from istmo.installation.observations.store import store_frame

    at = received or datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    return store_frame(rows, profile_hash="", parameters={}, source_name="file.csv", on=on, received_at=at).name


@pytest.mark.parametrize(("spanish", "english", "heading"), PAGES)
def test_each_page_stands_in_both_languages(
    figures: None, client: Any, spanish: str, english: str, heading: str
) -> None:
    page = client.get(spanish)
    assert page.status_code == 200
    assert f"<h1>{heading}</h1>" in page.content.decode()
    other = client.get(english)
    assert other.status_code == 200
    assert f'href="{spanish}"' in other.content.decode()
    assert page["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", [spanish for spanish, _english, _heading in PAGES])
def test_each_page_has_something_to_say_before_any_figure(database: None, client: Any, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert "<h1>" in page.content.decode()


def test_the_first_file_of_a_reporter_is_awaited_in_words(database: None, client: Any) -> None:
    assert "Aún no hay cifras aquí" in client.get("/es/datos/").content.decode()
    assert client.get("/es/datos/data.csv").status_code == 404


def test_a_form_is_sent_to_the_one_address_of_its_question(figures: None, client: Any) -> None:
    form = "reporter=HND&reporter=PAN&origin=Senegal&measure=corridor&first=2022-08&last=2023-08&mix=apart"
    sent = client.get(f"/es/datos/?{form}")
    assert (sent.status_code, sent["Location"]) == (302, f"/es/datos/?{SENEGAL}")
    page = client.get(f"/es/datos/?{SENEGAL}").content.decode()
    assert "as_of=2023-09-1" in page
    assert "Panamá: ausente no es cero" in page
    assert "Senegal: más que un año antes en Honduras; en Panamá la fuente no lo distingue" in page
    assert "1,629" in page
    assert f'<link rel="canonical" href="/es/datos/?{SENEGAL.replace("&", "&amp;")}">' in page


def test_an_impossible_choice_keeps_the_other_choices(figures: None, client: Any) -> None:
    page = client.get("/es/datos/?reporter=HND&origin=Congo&last=2022-12")
    text = page.content.decode()
    assert page.status_code == 400
    assert "Congo (sin distinguir) (X_CONGO)" in text
    assert 'value="Congo"' in text
    assert 'value="HND" checked' in text
    assert 'value="PAN" checked' not in text
    assert '<option value="2022-12" selected>' in text
    assert client.get("/es/datos/?as_of=2001-01-01.1").status_code == 400


def test_what_must_not_be_mixed_is_refused_with_the_reason_and_has_no_file(figures: None, client: Any) -> None:
    wanted = SENEGAL.replace("mix=apart", "mix=scale")
    page = client.get(f"/en/data/?{wanted}")
    assert page.status_code == 422
    assert "one person may stand in both figures" in page.content.decode()
    assert "Side by side" in page.content.decode()
    assert client.get(f"/en/data/data.csv?{wanted}").status_code == 422
    allowed = client.get(f"/en/data/?{SENEGAL.replace('mix=apart', 'mix=difference')}")
    assert allowed.status_code == 200
    assert "Panama less Honduras" in allowed.content.decode()


def test_a_load_by_somebody_else_is_seen_at_once_and_an_address_as_of_a_vintage_stays(
    figures: None, client: Any
) -> None:
    wanted = "/es/datos/?reporter=HND&measure=corridor&origin=SEN&first=2023-08&last=2023-08&mix=apart"
    before = client.get(wanted)
    assert "1,629" in before.content.decode()
    assert client.get(wanted, headers={"if-none-match": before["ETag"]}).status_code == 304
    permanent = re.search(r'href="([^"]*as_of=[^"]*)"', before.content.decode())
    assert permanent is not None
    store(frame(*by_code("HND.INM.flujo", "2023-08", {"SEN": 1700, "VEN": 5})), date(2023, 10, 5))
    after = client.get(wanted, headers={"if-none-match": before["ETag"]})
    assert after.status_code == 200
    assert "1,700" in after.content.decode()
    assert "1,629" not in after.content.decode()
    kept = client.get(permanent[1].replace("&amp;", "&")).content.decode()
    assert "1,629" in kept
    assert "1,700" not in kept
    assert "Ver las cifras vigentes" in kept


def test_a_person_who_is_signed_in_gets_no_tag(figures: None, reader: Any, signed_in: Callable[[Any], Any]) -> None:
    assert "ETag" not in signed_in(reader).get("/es/datos/")


def test_the_history_of_a_figure_shows_what_each_vintage_said(figures: None, client: Any) -> None:
    store(frame(*by_code("HND.INM.flujo", "2023-08", {"SEN": 1700, "VEN": 5})), date(2023, 10, 5))
    wanted = "dataset=HND.INM.flujo&measure=ENT_IRR&origin=SEN"
    page = client.get(f"/es/datos/revisiones/?{wanted}").content.decode()
    assert "+71" in page
    assert 'id="policy"' in page
    assert "no se vio el texto oficial" in page
    assert "Se revisaron 1 de 20 períodos." in page
    assert 'role="img"' in page
    rows = pl.read_csv(client.get(f"/es/datos/revisiones/vintages.csv?{wanted}").content)
    august = rows.filter(pl.col("PERIOD") == "2023-08")
    assert august["OBS_VALUE"].to_list() == [1629, 1700]
    assert "HND.INM.flujo" in client.get("/es/datos/revisiones/").content.decode()
    for wrong in ("dataset=XYZ", "dataset=HND.INM.flujo&measure=XYZ", f"{wanted[:-3]}QQQ", f"{wanted}&country=MEX"):
        assert client.get(f"/es/datos/revisiones/?{wrong}").status_code == 400
        assert client.get(f"/es/datos/revisiones/vintages.csv?{wrong}").status_code == 400


def test_the_file_carries_source_unit_vintage_comparability_and_caveats(figures: None, client: Any) -> None:
    sent = client.get(f"/es/datos/data.csv?{SENEGAL}")
    assert sent["Content-Disposition"] == 'attachment; filename="istmo-SEN-2022-08-2023-08.csv"'
    rows = pl.read_csv(sent.content)
    assert rows.height == 26
    last = rows.filter(pl.col("REPORTER") == "HND", pl.col("PERIOD") == "2023-08").row(0, named=True)
    assert (last["OBS_VALUE"], last["OBS_STATUS"], last["UNIT"]) == (1629, "A", "REGISTRATION")
    assert last["VINTAGE"].startswith("2023-09-")
    assert len(last["SOURCE_HASH"]) == 64
    assert "Instituto Nacional de Migración" in last["SOURCE"]
    assert last["COMPARABILITY"] == "PAN.TRA_IRR=2"
    assert "as_of=2023-09-1" in last["ADDRESS"]
    absent = rows.filter(pl.col("REPORTER") == "PAN", pl.col("PERIOD") == "2023-01").row(0, named=True)
    assert (absent["OBS_VALUE"], absent["OBS_STATUS"]) == (None, "L")
    assert "no es cero" in absent["NOTE"]
    assert "Mauritania" in absent["NOTE"]


def test_what_is_downloaded_is_what_the_page_shows(figures: None, client: Any) -> None:
    for wanted in (SENEGAL, SENEGAL.replace("SEN", "VEN"), SENEGAL.replace("SEN", "EXTRA,UNDET,AFRICA")):
        page = client.get(f"/en/data/?{wanted}").content.decode()
        table = page[page.index('<table class="grid">') : page.index("</table>")]
        cells = [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r'<td class="n">(.*?)</td>', table)]
        on_page = sorted(int(re.sub(r"[a-z,]", "", cell)) for cell in cells if cell[:1].isdigit())
        rows = pl.read_csv(client.get(f"/en/data/data.csv?{wanted}").content)
        assert sorted(rows["OBS_VALUE"].drop_nulls().to_list()) == on_page
        book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/en/data/data.xlsx?{wanted}").content))
        sheet = book.get_sheet_by_name("Meses · Months").to_python()[5:]
        assert sorted(int(cell) for row in sheet for cell in row if isinstance(cell, float)) == on_page


def test_the_workbook_says_what_it_is_made_of(figures: None, client: Any) -> None:
    difference = SENEGAL.replace("mix=apart", "mix=difference")
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/es/datos/data.xlsx?{difference}").content))
    assert book.sheet_names == ["Meses · Months", "Dos series · Two series", "Notas · Notes", "Fuentes · Sources"]
    text = {name: str(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names}
    assert "PAN.SNM.cuadro003" in text["Fuentes · Sources"]
    assert "sha256" in text["Fuentes · Sources"]
    assert "Cómo citar" in text["Fuentes · Sources"]
    assert "ausente no es cero" in text["Notas · Notes"]
    assert "2: El mismo concepto y unidad" in text["Dos series · Two series"]
    shares = client.get(f"/es/datos/data.xlsx?{SENEGAL.replace('mix=apart', 'mix=share')}")
    assert "% del total propio" in str(
        CalamineWorkbook.from_filelike(io.BytesIO(shares.content)).get_sheet_by_index(0).to_python()
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_text_of_a_download_runs_as_a_formula(start: str) -> None:
    from istmo.model.periods import month
    from istmo.registry.datasets import dataset
    from istmo.statistics.explore.answer import answer
    from istmo.statistics.explore.holdings import read_lines
    from istmo.statistics.explore.question import Catalogue, read_question
    from istmo.web.public.explorer.files import rows_csv, table, workbook

    nasty = Text(es=f"{start}cmd|' /C calc'!A0", en=f"{start}1+1")
    one = replace(dataset("HND.INM.flujo"), source=nasty, coverage=nasty)
    known = Catalogue((one,), month(2023, 8), month(2023, 8))
    rows = frame(*by_code("HND.INM.flujo", "2023-08", {"SEN": 4}))
    result = answer(read_question({"origin": ["SEN"]}, known), read_lines(rows, one), known)
    made = pl.read_csv(rows_csv(result, where=f"{start}A1"))
    assert made["COVERAGE"].to_list()[0].startswith(f"'{start}")
    assert made["ADDRESS"].to_list()[0] == f"'{start}A1"
    plain = table(result, where="x")
    assert pl.read_csv(rows_csv(result, where="x"))["OBS_VALUE"].to_list() == plain["OBS_VALUE"].to_list()
    book = workbook(result, where=f"{start}A1")
    import zipfile

    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/sheet" in name]
    assert not [sheet for sheet in sheets if "<f>" in sheet]


def test_all_nationalities_of_a_month_stand_side_by_side_and_can_be_saved(figures: None, client: Any) -> None:
    page = client.get("/en/data/by-nationality/?last=2023-08").content.decode()
    assert "Nationalities in August 2023" in page
    assert 'href="/en/data/nationalities/sen/"' in page
    assert "1,629" in page
    sent = client.get("/en/data/by-nationality/data.csv?measure=corridor&first=2023-07&last=2023-08")
    rows = pl.read_csv(sent.content)
    assert tuple(rows.columns) == COLUMNS
    assert set(rows["PERIOD"]) == {"2023-07", "2023-08"}
    assert set(rows["SEX"]) == set(rows["AGE"]) == set(rows["PLACE"]) == {"_T"}
    assert "_T" not in set(rows["CITIZENSHIP"])
    august = rows.filter(pl.col("PERIOD") == "2023-08")
    assert august.filter(pl.col("REPORTER") == "HND")["OBS_VALUE"].sum() == 65526
    assert august.filter(pl.col("REPORTER") == "PAN")["OBS_VALUE"].sum() == 81946
    assert client.get("/en/data/by-nationality/data.csv?first=2015-01&last=2023-08").status_code == 400
    assert client.get("/en/data/by-nationality/?measure=XYZ").status_code == 400
    assert client.get("/en/data/by-nationality/data.csv?measure=XYZ").status_code == 400
    nothing = client.get("/en/data/by-nationality/?last=2001-01").content.decode()
    assert "No figures by nationality in this month" in nothing


def test_bars_stand_on_one_scale_below_and_above_zero() -> None:
    from istmo.web.common.spark import Bar, panel

    drawn = panel(
        [Bar("a", -50), Bar("b", 200, hatched=True), Bar("c", None, sign="n/d"), Bar("d", 1, mark="b")],
        alt="<x>",
        key="k",
        marks={1: "2"},
    )
    assert "\u2212" not in drawn  # the step is that of the larger side
    assert 'fill="url(#h-k)"' in drawn
    assert ">n/d<" in drawn
    assert 'class="brk"' in drawn
    assert ">2<" in drawn
    assert "&lt;x&gt;" in drawn
    assert "\u2212100" in panel([Bar("a", -250), Bar("b", 90)], alt="x", key="k")
    half = panel([Bar("a", 5)], alt="x", key="k", top=10)
    assert re.findall(r'class="bar-full"[^>]*height="([\d.]+)"', half) == ["54.0"]
    assert panel([], alt="x", key="k").startswith("<svg")


def test_sex_and_age_are_shown_as_the_source_distinguishes_them(figures: None, client: Any) -> None:
    page = client.get("/es/datos/sexo-y-edad/?last=2023-08").content.decode()
    assert "37,590" in page
    assert "Mujeres y niñas" in page
    rows = pl.read_csv(client.get("/es/datos/sexo-y-edad/data.csv?measure=corridor&last=2023-08").content)
    assert set(rows["REPORTER"].to_list()) == {"HND"}
    assert rows["OBS_VALUE"].sum() == 65526
    assert "CITIZENSHIP" not in rows.columns
    assert client.get("/es/datos/sexo-y-edad/?measure=XYZ").status_code == 400
    assert client.get("/es/datos/sexo-y-edad/?last=nunca").status_code == 400
    assert "Ningún informante distingue" in client.get("/es/datos/sexo-y-edad/?last=2001-01").content.decode()


def test_asylum_is_shown_for_one_country_each_and_deaths_never_by_nationality(figures: None, client: Any) -> None:
    asylum = "UNHCR.UNHCR.asylum_applications"
    store(
        frame(
            of(asylum, "2022", 50, CITIZENSHIP="HTI", COUNTERPART="MEX", ENTRY_MODE="GOV_FI"),
            of(asylum, "2022", 70, CITIZENSHIP="HTI", COUNTERPART="CRI", ENTRY_MODE="GOV_FI"),
        ),
        date(2023, 10, 1),
    )
    store(
        frame(of("IOM.MMP.incidents", "2023-08", 13, CITIZENSHIP="HTI", COUNTERPART="PAN", ENTRY_MODE="RT_CENTRAL")),
        date(2023, 10, 2),
    )
    page = client.get("/es/datos/?reporter=UNHCR&measure=ASY_APP&origin=HTI&country=MEX,CRI&last=2023-08", follow=True)
    text = page.content.decode()
    assert page.status_code == 200
    assert "ACNUR: México" in text
    assert ">120<" not in text
    assert client.get("/es/datos/?reporter=UNHCR", follow=True).status_code == 400
    deaths = client.get("/es/datos/?reporter=IOM&origin=HTI&country=PAN&last=2023-08", follow=True).content.decode()
    assert "solo por país y mes" in deaths
    assert ">13<" not in deaths
    total = client.get("/es/datos/?reporter=IOM&country=PAN&last=2023-08", follow=True).content.decode()
    assert ">13<" in total


def test_no_figure_stands_on_the_map(figures: None, client: Any) -> None:
    page = client.get("/en/data/map/").content.decode()
    start = page.index('class="fig map"')
    drawing = page[start : page.index("</svg>", start)]
    labels = re.findall(r"<text[^>]*>([^<]*)</text>", drawing)
    assert labels
    assert not [label for label in labels if re.search(r"\d", label)]
    assert "imply no opinion" in page
    assert "Natural Earth" in page


@pytest.mark.parametrize(
    "path", ["/es/datos/nacionalidades/xyz/", "/es/datos/nacionalidades/_t/", "/es/datos/regiones/atlantis/"]
)
def test_an_origin_that_does_not_exist_has_no_page(figures: None, client: Any, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_code_in_capitals_leads_to_its_page(figures: None, client: Any) -> None:
    assert client.get("/es/datos/nacionalidades/VEN/")["Location"] == "/es/datos/nacionalidades/ven/"
    assert client.get("/es/datos/regiones/AFRICA/")["Location"] == "/es/datos/regiones/africa/"
    assert client.get("/es/datos/nacionalidades/ven/?first=2023-08&last=2022-01").status_code == 400
    assert client.get("/es/datos/extrarregional/?first=2023-08&last=2022-01").status_code == 400


def test_home_brief_and_reporter_lead_to_the_explorer(published: Any, client: Any) -> None:
    assert 'href="/es/datos/"' in client.get("/es/").content.decode()
    assert 'href="/es/datos/?last=2023-08"' in client.get("/es/informes/2023-08/1/").content.decode()
    reporter = client.get("/es/informantes/pan/").content.decode()
    assert "/es/datos/?reporter=PAN&amp;measure=TRA_IRR" in reporter


def test_the_reference_names_every_parameter_and_every_column_of_the_file() -> None:
    from pathlib import Path

    from istmo.statistics.explore.question import PARAMETERS, Mix
    from istmo.web.public.explorer.files import COLUMNS as OF_THE_FILE

    page = (Path(__file__).resolve().parents[3] / "docs/reference/explorer.md").read_text("utf-8")
    assert [name for name in (*PARAMETERS, *OF_THE_FILE, *Mix) if f"`{name}`" not in page] == []
