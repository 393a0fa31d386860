"""The review of mappings as pages: a label is decided with a note, undone, and a new version taken over by another."""

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from istmo.installation.mapping import review, versions
from istmo.installation.mapping.models import MappingDecision
from istmo.installation.submissions.models import Submission
from istmo.intake.profiles import builtin_profiles, read_profile
from istmo.intake.run import intake

from .test_workbench import text_of

if TYPE_CHECKING:
    from istmo.installation.accounts.models import User

ID = "PAN.SNM.cuadro003"
HEAD = 'SERVICIO\n"TRÁNSITO: AÑO 2023"\nCuadro No. 003\nPaís,Total,Ene.,Feb.\n'
FILE = (
    HEAD
    + 'Total,"1,012","1,000",12\nHaití,"1,000",990,10\n'
    + "Hatí,4,4,-\nCorea,4,3,1\nCuba,1,1,-\nVenezuela,1,1,-\n"
    + "".join(f"{name},0,-,-\n" for name in ("Ecuador", "Brasil", "Perú", "Chile", "India", "Nepal", "Angola"))
    + "".join(f"{name},0,-,-\n" for name in ("Camerún", "Somalia", "Pakistán", "Vietnam", "Afganistán", "Colombia"))
    + "".join(f"{name},0,-,-\n" for name in ("Francia", "España", "Italia", "Alemania", "Portugal", "Suiza", "Austria"))
    + "".join(f"{name},0,-,-\n" for name in ("Bolivia", "Paraguay", "Uruguay", "Argentina", "Canadá", "Jamaica"))
    + "".join(f"{name},0,-,-\n" for name in ("Kenia", "Ghana", "Togo", "Benín", "Egipto", "Túnez", "Japón"))
).encode()
BASE = "/es/mesa/correspondencias/"
LABEL = f"{BASE}{ID}/etiqueta/?field=CITIZENSHIP&label="
PROPOSAL = f"{BASE}{ID}/propuesta/"


@pytest.fixture
def statistician(database: None) -> "User":
    from .conftest import person

    return person("eli", "Elisa Prueba", "statistician")


@pytest.fixture
def sent(signed_in: Any, analyst: "User") -> Any:
    """The analyst's session, after a file with two labels that no map has."""
    client = signed_in(analyst)
    client.post("/es/mesa/archivos/nuevo/", {"file": SimpleUploadedFile("cuadro.csv", FILE), "profile": ID})
    assert Submission.objects.get().quarantined == 4
    return client


def decide(client: Any, label: str, **form: str) -> Any:
    return client.post(f"{LABEL}{label}", {"verdict": "map", "note": "errata de la fuente", **form})


def test_without_labels_the_page_says_what_will_be_there(signed_in: Any, analyst: "User") -> None:
    client = signed_in(analyst)
    assert "Todas las etiquetas de todos los archivos tenían correspondencia" in text_of(client.get(BASE))
    assert client.get(PROPOSAL).status_code == 200
    assert client.get(f"{LABEL}hati").status_code == 404
    assert client.get(f"{BASE}NADA/propuesta/").status_code == 404


def test_labels_are_listed_with_how_often_where_and_since_when(sent: Any) -> None:
    page = text_of(sent.get(BASE))
    assert "2 etiquetas esperan una decisión" in page
    for shown in ("«Hatí»", "«Corea»", "CITIZENSHIP", ID, "ambigua"):
        assert shown in page
    assert "Ninguna etiqueta está en ese estado" in text_of(sent.get(f"{BASE}?state=decided"))
    assert "«Hatí»" in text_of(sent.get(f"{BASE}?state=all&profile={ID}"))
    assert "2 etiquetas de este archivo no tienen correspondencia" in text_of(
        sent.get(f"/es/mesa/archivos/{Submission.objects.get().id}/")
    )


def test_a_label_shows_its_candidates_with_reasons_and_where_it_stood(sent: Any) -> None:
    page = text_of(sent.get(f"{LABEL}hati"))
    assert "HTI" in page
    assert "se parece a «haiti»" in page
    assert "Detuvo 1 fila" in page
    assert "cuadro.csv" in page
    assert "Solo una regla de la fuente" not in page
    english = text_of(sent.get(f"/en/workbench/mappings/{ID}/label/?field=CITIZENSHIP&label=corea"))
    assert "Only a rule of the source can decide this label" in english
    assert "KOR" in english


def test_a_decision_is_written_down_can_be_undone_and_stays_in_the_trail(sent: Any) -> None:
    answer = decide(sent, "hati", codes="HTI")
    assert answer.status_code == 302
    page = text_of(sent.get(f"{LABEL}hati"))
    assert "Corresponde a un código: HTI" in page
    assert "errata de la fuente" in page
    decision = MappingDecision.objects.get()
    answer = sent.post(f"{BASE}{ID}/undo/{decision.pk}/", follow=True)
    assert "La decisión se deshizo" in text_of(answer)
    page = text_of(sent.get(f"{LABEL}hati"))
    assert "Decisión deshecha" in page
    assert "Anotar la decisión" in page
    again = sent.post(f"{BASE}{ID}/undo/{decision.pk}/", follow=True)
    assert "Esa decisión ya no está vigente" in text_of(again)
    assert "No existe esa decisión" in text_of(sent.post(f"{BASE}{ID}/undo/999999/", follow=True))


def test_another_code_can_be_chosen_from_the_list(sent: Any) -> None:
    assert decide(sent, "hati", **{"codes": "", "code-0": "TCD"}).status_code == 302
    assert MappingDecision.objects.get().codes == ["TCD"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"verdict": ""}, "Elija una de las tres decisiones"),
        ({"codes": "HTI", "note": ""}, "lleva una nota"),
        ({"codes": ""}, "Se esperaban 1 códigos y hay 0"),
        ({"codes": "HAITI"}, "no está en la lista"),
    ],
)
def test_a_decision_that_may_not_stand_is_refused_in_words_and_what_was_typed_stays(
    sent: Any, form: dict[str, str], said: str
) -> None:
    answer = decide(sent, "hati", **form)
    assert answer.status_code == 400
    assert said in text_of(answer)
    assert not MappingDecision.objects.exists()


def test_an_ambiguous_label_is_mapped_only_with_a_rule_of_its_source(sent: Any) -> None:
    refused = decide(sent, "corea", codes="KOR")
    assert refused.status_code == 400
    assert "solo la decide una regla de la propia fuente" in text_of(refused)
    elsewhere = decide(sent, "corea", codes="HTI", source_rule="Anuario 2023, nota 4")
    assert "solo puede ir a" in text_of(elsewhere)
    assert decide(sent, "corea", codes="KOR", source_rule="Anuario 2023, nota 4").status_code == 302
    assert MappingDecision.objects.get().ambiguous


def test_who_may_only_read_sees_the_label_and_no_form(sent: Any, signed_in: Any, reader: "User") -> None:
    client = signed_in(reader)
    page = client.get(f"{LABEL}hati")
    assert "decide una persona de análisis o de estadística" in text_of(page)
    assert 'name="verdict"' not in page.content.decode()
    assert decide(client, "hati", codes="HTI").status_code == 403
    assert client.post(f"{BASE}{ID}/undo/1/").status_code == 403
    assert client.post(f"{BASE}{ID}/take-over/").status_code == 403


def test_an_account_of_a_state_sees_and_decides_only_what_is_its_own(sent: Any, signed_in: Any) -> None:
    from .conftest import person

    other = person("hon", "Hona Prueba", "statistician")
    other.member = "HND"
    other.save()
    client = signed_in(other)
    assert "«Hatí»" not in text_of(client.get(f"{BASE}?state=all"))
    assert client.get(f"{LABEL}hati").status_code == 403
    assert decide(client, "hati", codes="HTI").status_code == 403


# --- the proposed version


def test_the_proposal_is_a_difference_to_take_along(sent: Any) -> None:
    assert "No hay ninguna etiqueta que agregar al perfil" in text_of(sent.get(PROPOSAL))
    assert sent.get(f"{BASE}{ID}/proposal.yaml").status_code == 302
    decide(sent, "hati", codes="HTI")
    page = text_of(sent.get(f"{PROPOSAL}?author=Direcci%C3%B3n"))
    assert "Versión 1.1.0, propuesta a partir de 1.0.0" in page
    assert "+author: Dirección" in page
    assert "+ Hatí: HTI" in page
    yaml = sent.get(f"{BASE}{ID}/proposal.yaml?author=Ana").content
    assert read_profile(yaml, name="x").label == f"{ID}@1.1.0"
    assert sent.get(f"{BASE}{ID}/proposal.diff").content.decode().startswith(f"--- {ID}@1.0.0\n+++ {ID}@1.1.0\n")
    assert sent.get(f"{BASE}{ID}/proposal.exe").status_code == 404
    assert "1 etiqueta" in text_of(sent.get(BASE))


def test_the_cells_that_would_change_are_shown_for_a_kept_file_and_for_another(sent: Any) -> None:
    decide(sent, "hati", codes="CUB")
    kept = str(Submission.objects.get().id)
    page = text_of(sent.post(PROPOSAL, {"kept": kept}))
    assert "2 celdas cambian" in page
    sent_ = Submission.objects.get()
    assert sent_.accepted is not None
    assert f"Aceptados: {sent_.accepted} antes, {sent_.accepted + 2} ahora. En cuarentena: 4 antes, 2 ahora" in page
    other = SimpleUploadedFile("otro.csv", FILE)
    assert "2 celdas cambian" in text_of(sent.post(PROPOSAL, {"file": other}))
    refused = sent.post(PROPOSAL, {"kept": ""})
    assert refused.status_code == 400
    assert "Elija un archivo" in text_of(refused)
    wrong = sent.post(PROPOSAL, {"file": SimpleUploadedFile("otro.csv", b"a,b\n1,2\n")})
    assert "no están" in text_of(wrong) or "no está" in text_of(wrong)


def test_another_person_takes_the_version_over_and_files_are_read_by_it(
    sent: Any, signed_in: Any, statistician: "User"
) -> None:
    decide(sent, "hati", codes="HTI")
    assert "La versión la adopta" in text_of(sent.get(PROPOSAL)) or "Adopta la versión" in text_of(sent.get(PROPOSAL))
    client = signed_in(statistician)
    assert "Leer los archivos con la versión 1.1.0" in text_of(client.get(PROPOSAL))
    stale = client.post(f"{BASE}{ID}/take-over/", {"version": "1.0.9", "author": "Elisa"}, follow=True)
    assert "La propuesta cambió desde que la vio" in text_of(stale)
    taken = client.post(f"{BASE}{ID}/take-over/", {"version": "1.1.0", "author": "SNM", "note": "vista"}, follow=True)
    assert f"Desde ahora los archivos se leen con {ID}@1.1.0" in text_of(taken)
    assert versions.in_force()[ID].version == "1.1.0"
    public = text_of(client.get(f"/es/perfiles/{ID}/"))
    assert f"{ID} 1.1.0" in public
    assert "Hatí: HTI" in public
    assert "Ana Ejemplo" not in public  # who decided stays with the installation
    client.post("/es/mesa/archivos/nuevo/", {"file": SimpleUploadedFile("cuadro.csv", FILE), "profile": ID})
    latest = Submission.objects.first()
    assert latest is not None
    assert (latest.profile, latest.quarantined) == (f"{ID}@1.1.0", 2)
    assert "en el perfil" in text_of(client.get(f"{BASE}?state=decided"))
    assert "La versión vigente" in text_of(client.get(f"{LABEL}hati"))
    back = client.post(f"{BASE}{ID}/withdraw/", {"note": "error"}, follow=True)
    assert "Vigente de nuevo: la versión del programa" in text_of(back)
    assert versions.in_force()[ID].version == "1.0.0"
    none = client.post(f"{BASE}{ID}/withdraw/", {"note": "error"}, follow=True)
    assert "No hay ninguna versión instalada" in text_of(none)


def test_who_took_a_decision_does_not_take_the_version_over(sent: Any, signed_in: Any, statistician: "User") -> None:
    client = signed_in(statistician)
    decide(client, "hati", codes="HTI")
    assert "Usted tomó una de las decisiones" in text_of(client.get(PROPOSAL))
    refused = client.post(f"{BASE}{ID}/take-over/", {"version": "1.1.0", "author": "SNM"}, follow=True)
    assert "lo hace otra persona" in text_of(refused)
    assert versions.in_force()[ID].version == "1.0.0"


def test_an_earlier_file_is_read_again_by_the_earlier_version_with_the_same_bytes(
    sent: Any, signed_in: Any, statistician: "User"
) -> None:
    first = versions.version(f"{ID}@1.0.0")
    before = intake(io.BytesIO(FILE), filename="cuadro.csv", profile=builtin_profiles()[ID])
    decide(sent, "hati", codes="HTI")
    made = review.proposal(ID, author="SNM", on=Submission.objects.get().received_at.date())
    client = signed_in(statistician)
    client.post(f"{BASE}{ID}/take-over/", {"version": made.profile.version, "author": "SNM"})
    again = intake(io.BytesIO(FILE), filename="cuadro.csv", profile=versions.read_version(first))
    assert again.observations.write_csv() == before.observations.write_csv()
    now = intake(io.BytesIO(FILE), filename="cuadro.csv", profile=versions.in_force()[ID])
    assert now.observations.write_csv() != before.observations.write_csv()
