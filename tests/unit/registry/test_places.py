"""Places: every post, sector and office that the files name, by exact label."""

import csv
from pathlib import Path

import pytest

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.labels import fold
from istmo.registry.places import Coordinates, place_labels, places, read_places

ONE = b"""
places: HND
version: 1.0.0
source: here
entries:
  HND_TROJES:
    es: Trojes
    en: Trojes
    kind: station
    labels: [Trojes]
    at: {latitude: 14.08, longitude: -85.99, source: survey}
  HND_DANLI: {es: Danli, en: Danli, kind: station}
"""


def test_a_place_has_coordinates_only_with_their_source() -> None:
    trojes, danli = read_places(ONE, name="HND.yaml")
    assert trojes.coordinates == Coordinates(14.08, -85.99, "survey")
    assert danli.coordinates is None
    assert danli.labels == ()
    for place in places().values():
        assert place.coordinates is None or place.coordinates.source


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"HND_TROJES:", b"GTM_TROJES:"),
        (b"kind: station\n", b"kind: shelter\n"),
        (b", source: survey", b""),
        (b"source: survey", b"source: ''"),
        (b"latitude: 14.08", b"latitude: 140.8"),
        (b"latitude: 14.08", b"latitude: nan"),
        (b"latitude: 14.08", b"latitude: 14 N"),
        (b"{es: Danli, en: Danli, kind: station}", b"{es: Danli, en: Danli, kind: station, labels: [TROJES]}"),
        (b"en: Trojes", b"eng: Trojes"),
    ],
)
def test_a_list_of_places_that_is_not_as_it_should_be_is_refused(good: bytes, bad: bytes) -> None:
    assert good in ONE
    with pytest.raises(InvalidInput):
        read_places(ONE.replace(good, bad), name="HND.yaml")


def test_a_list_of_places_belongs_to_a_state_that_reports() -> None:
    with pytest.raises(NotFound):
        read_places(ONE.replace(b"places: HND", b"places: FRA"), name="FRA.yaml")


def test_each_place_is_in_the_list_of_its_country() -> None:
    assert {place.member for place in places().values()} <= set(codelist("reporter").ids)
    for id_, place in places().items():
        assert id_ == place.id
        assert id_.startswith(place.member + "_")
        assert place.kind in codelist("place_kind")


@pytest.mark.parametrize(
    ("member", "label", "id_"),
    [
        ("HND", "El Paraíso/Danlí", "HND_DANLI"),
        ("HND", "CAMI Choluteca", "HND_CHOLUTECA"),
        ("HND", "TROJES", "HND_TROJES"),
        ("HND", "El Pescadero", "HND_ELPESCADERO"),
        ("GTM", "AGUA CALIENTE", "GTM_AGUACALIENTE"),
        ("GTM", "EL CINCHADO", "GTM_ELCINCHADO"),
        ("GTM", "Pedro de Alvarado", "GTM_PEDRODEALVARADO"),
        ("GTM", "El Florido", "GTM_ELFLORIDO"),
        ("GTM", "El Corinto", "GTM_ELCORINTO"),
        ("CRI", "PASO CANOAS", "CRI_PASOCANOAS"),
        ("CRI", "PEÑAS BLANCAS", "CRI_PENASBLANCAS"),
        ("PAN", "Lajas Blancas", "PAN_LAJASBLANCAS"),
        ("USA", "San Diego Field Office", "USA_OFO_SANDIEGO"),
        ("USA", "Laredo Field Office", "USA_OFO_LAREDO"),
        ("USA", "San Diego Sector", "USA_BP_SANDIEGO"),
        ("USA", "Yuma Sector", "USA_BP_YUMA"),
        ("USA", "TX", "USA_TX"),
    ],
)
def test_a_label_of_a_file_names_its_place(member: str, label: str, id_: str) -> None:
    assert place_labels(member)[fold(label)] == id_


def test_the_border_of_the_darien_tables_is_a_place() -> None:
    assert places()["PAN_COL"].kind == "border"


def test_a_country_without_a_list_has_no_labels() -> None:
    assert place_labels("CAN") == {}


@pytest.mark.reference
@pytest.mark.parametrize(
    ("file", "column"),
    [
        ("data/flows/irreg_usa.csv", "area"),
        ("data/us_cbp/cbp-nationwide-encounters-fy20-fy23-state.csv", "State"),
        ("fixtures/usa_cbp_nationwide.csv", "Area of Responsibility"),
    ],
)
def test_every_place_of_the_published_files_is_known(reference_data: Path, file: str, column: str) -> None:
    with (reference_data / file).open(encoding="utf-8-sig", newline="") as stream:
        used = {row[column] for row in csv.DictReader(stream)} - {""}
    assert used
    assert not [label for label in used if fold(label) not in place_labels("USA")]
