"""Which version of a profile reads a file, who put it there, and that an earlier one still reads what it read."""

import io
from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from istmo.app.demonstration import files
from istmo.installation.accounts.models import User
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.audit.models import Event
from istmo.installation.mapping import review, versions
from istmo.installation.mapping.models import MappingDecision, ProfileChoice, ProfileVersion, UnmappedLabel
from istmo.installation.observations.models import Vintage
from istmo.installation.submissions.models import Submission
from istmo.installation.submissions.submit import submit_read
from istmo.intake.grammar import Profile
from istmo.intake.profiles import builtin_profiles, profile_source, read_profile, sources
from istmo.intake.reviewing.deciding import Verdict
from istmo.intake.run import intake
from istmo.model.errors import InvalidInput, NotFound

pytestmark = pytest.mark.usefixtures("database")

AT = datetime(2024, 1, 8, 12, tzinfo=UTC)
ON = date(2024, 1, 8)
ID = "PAN.SNM.cuadro003"
CONTENT = next(file.content() for file in files() if file.name == "pan_snm_cuadro003_2023-08.csv")
WRONG = CONTENT.replace(b"Nepal,", b"Nepall,")


def person(username: str, member: str | None = None) -> User:
    role = AccountRole.STATISTICIAN
    return User.objects.create_user(username, full_name=f"{username} Prueba", role=role, password=None, member=member)


def loaded(content: bytes = WRONG, *, by: Profile | None = None, given: dict[str, bytes] | None = None) -> Submission:
    profile = by or versions.in_force()[ID]
    result = intake(io.BytesIO(content), filename="cuadro.csv", profile=profile, on=ON)
    return submit_read(result, size=len(content), account=None, on=ON, sources=given, received_at=AT)


def newer(version: str, *, label: str = "Nepall: NPL") -> bytes:
    text = profile_source(ID).decode().replace("version: 1.0.0", f"version: {version}")
    return text.replace("          Otras: _O\n", f"          Otras: _O\n          {label}\n").encode()


def decided(account: User, label: str = "Nepall", codes: tuple[str, ...] = ("NPL",), rule: str = "") -> MappingDecision:
    return review.decide_label(
        ID,
        field="CITIZENSHIP",
        label=label,
        verdict=Verdict.MAP,
        codes=codes,
        note="errata",
        source_rule=rule,
        account=account,
        at=AT,
    )


# --- versions


def test_the_version_that_read_a_stored_file_is_kept_with_what_it_extends() -> None:
    loaded()
    stored = versions.version(f"{ID}@1.0.0")
    assert stored.hash == builtin_profiles()[ID].hash
    assert versions.read_version(stored) == builtin_profiles()[ID]
    assert versions.source_of(stored) == profile_source(ID)
    extending = builtin_profiles()["PAN.SNM.gdi_nat"]
    kept = versions.remember(extending, sources(profile_source(extending.id), name="x"), at=AT)
    assert set(kept.sources) == {"PAN.SNM.gdi_nat", "IOM.GDI.series"}
    assert versions.read_version(kept).hash == extending.hash
    assert versions.remember(extending, {}, at=AT) == kept
    with pytest.raises(NotFound):
        versions.version(f"{ID}@9.9.9")


def test_an_installed_version_reads_files_until_it_is_withdrawn() -> None:
    maria = person("maria", "PAN")
    stored = versions.install(newer("1.1.0"), name="x.yaml", account=maria, note="la pidió el SNM", at=AT)
    assert versions.in_force()[ID].label == f"{ID}@1.1.0"
    assert loaded().profile == f"{ID}@1.1.0"
    assert Vintage.objects.get().profile_hash == stored.hash
    versions.install(newer("1.2.0", label="Nepal1: NPL"), name="x.yaml", account=maria, note="", at=AT)
    assert versions.withdraw(ID, account=maria, note="", at=AT) == stored
    assert versions.in_force()[ID].version == "1.1.0"
    assert versions.withdraw(ID, account=maria, note="", at=AT) is None
    assert versions.in_force()[ID] == builtin_profiles()[ID]
    kinds = list(Event.objects.filter(object_type="profile").values_list("kind", flat=True).order_by("at", "kind"))
    assert kinds == ["profile_installed"] * 2 + ["profile_withdrawn"] * 2
    shown = {row["version"]: row["in force"] for row in versions.overview(ID)}
    assert shown == {"1.2.0": "", "1.1.0": "", "1.0.0": "yes"}
    assert len(versions.overview()) > len(shown)
    with pytest.raises(InvalidInput, match="no installed version"):
        versions.withdraw(ID, account=None, note="", at=AT)


def test_a_number_of_a_version_means_one_content_for_ever() -> None:
    loaded()
    versions.install(newer("1.1.0"), name="x.yaml", account=None, note="", at=AT)
    versions.withdraw(ID, account=None, note="", at=AT)
    with pytest.raises(InvalidInput, match="exists already with other content"):
        versions.install(newer("1.1.0", label="Nepal1: NPL"), name="x.yaml", account=None, note="", at=AT)
    versions.install(newer("1.1.0"), name="x.yaml", account=None, note="the very same", at=AT)
    versions.withdraw(ID, account=None, note="", at=AT)
    decided(person("ana"))
    assert review.proposal(ID, author="SNM", on=ON).profile.version == "1.2.0"


def test_the_version_that_read_a_submission_is_found_by_its_vintage() -> None:
    stored = loaded()
    assert versions.that_read(stored).hash == builtin_profiles()[ID].hash
    stored.vintage = None
    assert versions.that_read(stored).label == stored.profile


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (newer("1.0.0"), "is not later than"),
        (newer("0.9.0"), "is not later than"),
        (newer("1.1.0").replace(b"author: ", b"# author: "), "author"),
        (newer("1.1.0", label="Nepall: NEPAL"), "not in list"),
        (newer("1.1.0").replace(b"PERIOD: 2016-01, OBS_VALUE: 1000", b"PERIOD: 2016-01, OBS_VALUE: 7"), "sample"),
        (profile_source("CRI.DGME.permisos").replace(b"version: 1.0.0", b"version: 1.1.0"), "persons"),
        (b"not: a profile", "key"),
    ],
)
def test_a_version_that_may_not_be_installed_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        versions.install(raw, name="x.yaml", account=None, note="", at=AT)
    assert said in refused.value.in_("en")
    assert not ProfileChoice.objects.exists()


def test_an_account_of_a_state_installs_and_withdraws_only_profiles_of_that_state() -> None:
    other = person("hona", "HND")
    with pytest.raises(InvalidInput, match="of that State only"):
        versions.install(newer("1.1.0"), name="x.yaml", account=other, note="", at=AT)
    versions.install(newer("1.1.0"), name="x.yaml", account=None, note="", at=AT)
    with pytest.raises(InvalidInput, match="of that State only"):
        versions.withdraw(ID, account=other, note="", at=AT)


def test_a_new_profile_can_be_installed_too() -> None:
    text = profile_source(ID).decode().replace(f"profile: {ID}", "profile: PAN.SNM.otro")
    versions.install(text.encode(), name="otro.yaml", account=None, note="", at=AT)
    assert "PAN.SNM.otro" in versions.in_force()
    raw, library = versions.source_in_force("PAN.SNM.otro")
    assert raw == text.encode() == library["PAN.SNM.otro"]
    assert versions.source_in_force(ID)[0] == profile_source(ID)
    with pytest.raises(NotFound):
        versions.source_in_force("NA.DA.x")


def test_a_profile_of_its_own_file_is_kept_when_its_yaml_is_given() -> None:
    raw = newer("1.7.0")
    profile = read_profile(raw, name="mine.yaml")
    loaded(by=profile)
    assert not ProfileVersion.objects.filter(profile_id=ID).exists()
    loaded(WRONG.replace(b"62,700", b"62,701"), by=profile, given=dict(sources(raw, name="mine.yaml")))
    assert versions.version(f"{ID}@1.7.0").hash == profile.hash
    assert versions.known_sources(profile) == {ID: raw}


def test_an_earlier_file_is_read_again_by_the_earlier_version_with_the_same_bytes() -> None:
    loaded()
    before = Vintage.objects.get()
    versions.install(newer("1.1.0"), name="x.yaml", account=None, note="", at=AT)
    again = loaded(by=versions.read_version(versions.version(before.profile)))
    assert again.already_loaded  # the same file, profile and content, byte by byte
    assert again.vintage == before
    now = loaded()
    assert not now.already_loaded
    assert now.vintage is not None
    assert now.vintage.content_hash != before.content_hash
    assert Vintage.objects.get(id=before.id).content_hash == before.content_hash


# --- labels and decisions


def test_labels_are_collected_over_submissions_and_close_when_the_version_in_force_maps_them() -> None:
    loaded()
    loaded(WRONG.replace(b"62,700", b"62,701"))
    (label,) = review.labels()
    assert (label.label, label.field, label.rows, label.files, label.open) == ("Nepall", "CITIZENSHIP", 2, 2, True)
    assert (label.first, label.last) == (AT, AT)
    assert review.labels(member="HND") == []
    assert len(review.labels(member="PAN", profile_id=ID)) == 1
    assert [entry.rows for entry in review.submissions_of(ID, "CITIZENSHIP", "nepall")] == [[17], [17]]
    versions.install(newer("1.1.0"), name="x.yaml", account=None, note="", at=AT)
    (label,) = review.labels()
    assert (label.mapped, label.open) == (True, False)


def test_decisions_make_a_version_that_another_person_takes_over() -> None:
    loaded()
    ana, maria = person("ana"), person("maria", "PAN")
    decided(ana)
    assert [decision.label for decision in review.to_map(ID)] == ["Nepall"]
    with pytest.raises(InvalidInput, match="another person does"):
        review.take_over(ID, version="1.1.0", author="SNM", note="", account=ana, at=AT)
    with pytest.raises(InvalidInput, match="has changed since"):
        review.take_over(ID, version="1.2.0", author="SNM", note="", account=maria, at=AT)
    stored = review.take_over(ID, version="1.1.0", author="SNM", note="", account=maria, at=AT)
    assert stored.author == "SNM"
    assert review.to_map(ID) == []
    assert loaded().quarantined == 0
    with pytest.raises(InvalidInput, match="no label to add"):
        review.proposal(ID, author="SNM", on=ON)


def test_a_decision_is_undone_once_and_leaves_its_trail() -> None:
    loaded()
    ana = person("ana")
    first = decided(ana)
    review.undo(first.pk, account=ana, at=AT)
    assert review.to_map(ID) == []
    with pytest.raises(InvalidInput, match="does not hold any more"):
        review.undo(first.pk, account=ana, at=AT)
    second = decided(ana, codes=("IND",))
    assert [each.verdict for each in review.history(ID, "CITIZENSHIP", "nepall")] == ["map", "undone", "map"]
    assert review.in_force()[ID, "CITIZENSHIP", "nepall"] == second
    with pytest.raises(NotFound):
        review.undo(999_999, account=ana, at=AT)
    kinds = set(Event.objects.filter(object_type="mapping").values_list("kind", flat=True))
    assert kinds == {"label_decided", "label_decision_undone"}


def test_a_decision_about_a_profile_of_another_state_or_of_none_is_refused() -> None:
    loaded()
    with pytest.raises(InvalidInput, match="of that State only"):
        decided(person("hona", "HND"))
    own = decided(person("ana"))
    with pytest.raises(InvalidInput, match="of that State only"):
        review.undo(own.pk, account=person("otra", "HND"), at=AT)
    with pytest.raises(NotFound):
        review.decide_label(
            "NA.DA.x",
            field="CITIZENSHIP",
            label="x",
            verdict=Verdict.LEAVE,
            codes=(),
            note="n",
            source_rule="",
            account=person("eva"),
            at=AT,
        )


def test_the_database_too_refuses_an_ambiguous_label_that_is_mapped_without_a_rule() -> None:
    ana = person("ana")
    row = {
        "profile_id": ID,
        "field": "CITIZENSHIP",
        "label": "Corea",
        "folded": "corea",
        "codes": ["KOR"],
        "note": "n",
        "ambiguous": True,
        "at": AT,
        "account": ana,
    }
    with pytest.raises(IntegrityError, match="mapping_ambiguous_needs_rule"), transaction.atomic():
        MappingDecision.objects.create(verdict="map", **row)
    with pytest.raises(IntegrityError, match="mapping_decision_known_verdict"), transaction.atomic():
        MappingDecision.objects.create(verdict="guess", **row)
    with pytest.raises(IntegrityError, match="mapping_undone_names_what"), transaction.atomic():
        MappingDecision.objects.create(verdict="undone", **row)
    MappingDecision.objects.create(verdict="map", source_rule="Anuario 2023, nota 4", **row)


def test_versions_labels_and_decisions_only_grow() -> None:
    loaded()
    decided(person("ana"))
    versions.install(newer("1.1.0"), name="x.yaml", account=None, note="", at=AT)
    for model in (ProfileVersion, ProfileChoice, UnmappedLabel, MappingDecision):
        for act in (lambda each: each.update(profile_id="x"), lambda each: each.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                act(model._default_manager.all())
