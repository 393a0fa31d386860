"""A month from the store to the published brief and back: four eyes, stored bytes, and the same bytes made again."""

import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import polars as pl
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from pypdf import PdfReader

from istmo.hub.briefs import replies, withdrawals, workflow
from istmo.hub.briefs.compilation import compile_edition, compiled, draft
from istmo.hub.briefs.editions import (
    latest_published,
    published_brief,
    published_editions,
    published_file,
    withdrawal,
    withdrawn_editions,
)
from istmo.hub.briefs.models import BriefEdition, PublishedFile, Transition, Withdrawal
from istmo.hub.briefs.render.html import standalone
from istmo.hub.briefs.render.outputs import digests, render_all
from istmo.installation.accounts.models import User
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.audit.models import Event
from istmo.installation.observations import store
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.observations import COLUMNS, DEFAULTS, schema
from istmo.model.periods import Period, month, months
from istmo.model.text import Text
from istmo.statistics.brief.values import BriefState

pytestmark = pytest.mark.usefixtures("database")

AUGUST = month(2023, 8)
CUT_OFF = date(2023, 9, 18)
RECEIVED = datetime(2023, 9, 9, 15, tzinfo=UTC)
NOW = datetime(2023, 9, 20, 14, tzinfo=UTC)
CSS = ".n{text-align:right}"
SERIES = {
    "PAN.SNM.cuadro003": ("TRA_IRR", "REGISTRATION", 1_000),
    "HND.INM.flujo": ("ENT_IRR", "REGISTRATION", 700),
    "MEX.UPMRIP.3.1.1": ("EVT_IRR", "EVENT", 900),
}
NATIONALITIES = ("VEN", "ECU", "HTI", "CUB", "COL")


def figures(dataset: str, *, last: Period = AUGUST, more: int = 0, source: str = "a") -> pl.DataFrame:
    """Thirteen months of invented figures by nationality; `more` is added to each of the last month."""
    reporter, agency, table = dataset.split(".", 2)
    measure, unit, base = SERIES[dataset]
    rows = [
        {
            **DEFAULTS,
            "REPORTER": reporter,
            "AGENCY": agency,
            "DATASET": table,
            "MEASURE": measure,
            "UNIT": unit,
            "PERIOD": str(at),
            "CITIZENSHIP": code,
            "OBS_VALUE": base + 37 * index + 11 * position + (more if at == last else 0),
            "VINTAGE": "",
            "SOURCE_HASH": source * 64,
            "PROFILE": f"{dataset}@1.0.0",
        }
        for index, at in enumerate(months(last.plus(-12), last))
        for position, code in enumerate(NATIONALITIES)
    ]
    return pl.DataFrame(rows).select(COLUMNS).cast(dict(schema()))


def load(dataset: str, *, at: datetime = RECEIVED, **changes: Any) -> store.StoredVintage:
    frame = figures(dataset, **changes)
    return store.store_frame(
        frame, profile_hash="p" * 64, parameters={}, source_name="file.csv", on=at.date(), received_at=at
    )


def account(role: AccountRole, name: str, *, member: str | None = None) -> User:
    made = User.objects.create_user(name, full_name=f"Cuenta {name}", role=role, password=None, member=member)
    assert isinstance(made, User)
    return made


@pytest.fixture
def analyst() -> User:
    return account(AccountRole.ANALYST, "analista")


@pytest.fixture
def approver() -> User:
    return account(AccountRole.APPROVER, "jefatura")


@pytest.fixture
def loaded() -> None:
    for dataset in SERIES:
        load(dataset)


@pytest.fixture
def edition(loaded: None, analyst: User) -> BriefEdition:
    return workflow.open_edition(AUGUST, account=analyst, at=NOW, demonstration=True, cut_off=CUT_OFF)


def analysed(edition: BriefEdition, analyst: User) -> BriefEdition:
    if edition.number > 1:
        workflow.write_correction(edition, es="Cambia Panamá.", en="Panama changes.", account=analyst)
    written = workflow.write_analysis(edition, es="Lo que se ve.", en="What can be seen.", account=analyst)
    return workflow.move(written, BriefState.ANALYSED, account=analyst, at=NOW)


def published(edition: BriefEdition, analyst: User, approver: User) -> BriefEdition:
    held = workflow.move(analysed(edition, analyst), BriefState.APPROVED, account=approver, at=NOW)
    return workflow.move(held, BriefState.PUBLISHED, account=approver, at=NOW, css=CSS)


def test_two_people_bring_a_month_from_draft_to_published(edition: BriefEdition, analyst: User, approver: User) -> None:
    done = published(edition, analyst, approver)
    assert done.brief_state is BriefState.PUBLISHED
    assert (done.analysed_name, done.approved_name) == ("Cuenta analista", "Cuenta jefatura")
    assert done.published_on == date(2023, 9, 20)
    assert done.next_release == date(2023, 10, 20)
    assert [step.target for step in Transition.objects.filter(edition=done)] == ["ANALYSED", "APPROVED", "PUBLISHED"]
    kinds = Event.objects.filter(object_type="brief", object_id="2023-08/1").values_list("kind", flat=True)
    assert sorted(kinds) == ["brief_analysed", "brief_approved", "brief_compiled", "brief_published"]


def test_what_was_published_is_served_byte_by_byte(edition: BriefEdition, analyst: User, approver: User) -> None:
    done = published(edition, analyst, approver)
    names = set(PublishedFile.objects.filter(edition=done).values_list("name", flat=True))
    assert names == set(done.digests)
    assert len(names) == 7
    assert digests({name: published_file(AUGUST, 1, name) for name in names}) == done.digests
    assert published_brief(AUGUST, 1) == compile_edition(done) == latest_published()
    assert [(each.month, each.number) for each in published_editions()] == [(AUGUST, 1)]


def test_a_published_brief_is_made_again_from_its_recorded_inputs_byte_by_byte(
    edition: BriefEdition, analyst: User, approver: User
) -> None:
    """Also after new vintages have come in, some of them dated before the cut-off."""
    done = published(edition, analyst, approver)
    load("PAN.SNM.cuadro003", at=RECEIVED + timedelta(days=3), more=500, source="b")
    load("HND.INM.flujo", at=NOW + timedelta(days=30), last=month(2023, 9), source="c")
    again = BriefEdition.objects.get(pk=done.pk)
    made = compiled(again)
    files = render_all(made.brief, css=CSS, observations=made.observations)
    assert digests(files) == done.digests


def test_a_published_edition_never_moves_again(edition: BriefEdition, analyst: User, approver: User) -> None:
    done = published(edition, analyst, approver)
    for state in BriefState:
        with pytest.raises(InvalidInput):
            workflow.move(done, state, account=approver, at=NOW, note="x", css=CSS)


def test_published_files_and_moves_cannot_be_changed(edition: BriefEdition, analyst: User, approver: User) -> None:
    published(edition, analyst, approver)
    for table in ("briefs_publishedfile", "briefs_transition"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def test_the_analysis_is_needed_in_both_languages(edition: BriefEdition, analyst: User) -> None:
    half = workflow.write_analysis(edition, es="Solo en español.", en="  ", account=analyst)
    with pytest.raises(InvalidInput, match="missing"):
        workflow.move(half, BriefState.ANALYSED, account=analyst, at=NOW)


def test_who_analysed_does_not_approve(edition: BriefEdition, analyst: User) -> None:
    held = analysed(edition, analyst)
    User.objects.filter(pk=analyst.pk).update(role=AccountRole.APPROVER.value)
    changed = User.objects.get(pk=analyst.pk)
    with pytest.raises(InvalidInput, match="Another person"):
        workflow.move(held, BriefState.APPROVED, account=changed, at=NOW)


def test_the_database_itself_wants_two_people(edition: BriefEdition, analyst: User) -> None:
    analysed(edition, analyst)
    with pytest.raises(IntegrityError), transaction.atomic():
        BriefEdition.objects.filter(pk=edition.pk).update(approved_by=analyst)


@pytest.mark.parametrize("role", [AccountRole.READER, AccountRole.STATISTICIAN, AccountRole.ADMINISTRATOR])
def test_other_roles_neither_open_nor_move_an_edition(edition: BriefEdition, role: AccountRole) -> None:
    other = account(role, "otra")
    with pytest.raises(InvalidInput):
        workflow.open_edition(month(2023, 7), account=other, at=NOW, demonstration=True)
    with pytest.raises(InvalidInput):
        workflow.write_analysis(edition, es="a", en="b", account=other)
    with pytest.raises(InvalidInput):
        workflow.move(edition, BriefState.ANALYSED, account=other, at=NOW)


def test_an_edition_is_sent_back_with_a_reason_and_its_data_are_open_again(
    edition: BriefEdition, analyst: User, approver: User
) -> None:
    held = analysed(edition, analyst)
    assert len(held.vintages) == 3
    with pytest.raises(InvalidInput, match="say why"):
        workflow.move(held, BriefState.DRAFT, account=approver, at=NOW)
    back = workflow.move(held, BriefState.DRAFT, account=approver, at=NOW, note="Falta un párrafo.")
    assert back.vintages == []
    assert back.analysed_by is None
    assert back.analysis_es == "Lo que se ve."
    assert Transition.objects.get(edition=back, target="DRAFT").note == "Falta un párrafo."


def test_the_analysis_of_an_analysed_edition_is_not_rewritten(edition: BriefEdition, analyst: User) -> None:
    held = analysed(edition, analyst)
    with pytest.raises(InvalidInput, match="while the edition is a draft"):
        workflow.write_analysis(held, es="Otra", en="Another", account=analyst)


def test_a_month_has_one_open_edition_and_a_new_one_after_publication(
    edition: BriefEdition, analyst: User, approver: User
) -> None:
    with pytest.raises(InvalidInput, match="not published yet"):
        workflow.open_edition(AUGUST, account=analyst, at=NOW, demonstration=True)
    published(edition, analyst, approver)
    later = NOW + timedelta(days=40)
    second = workflow.open_edition(AUGUST, account=analyst, at=later, demonstration=True)
    assert second.number == 2
    assert second.cut_off == later.date()


def final(edition: BriefEdition, analyst: User, approver: User) -> BriefEdition:
    return published(workflow.choose_kind(edition, preliminary=False, account=analyst), analyst, approver)


def test_an_edition_is_preliminary_unless_it_is_opened_as_final(edition: BriefEdition, analyst: User) -> None:
    assert edition.preliminary
    last = workflow.open_edition(month(2023, 7), account=analyst, at=NOW, demonstration=True, preliminary=False)
    assert not last.preliminary
    assert not compile_edition(last).edition.preliminary


def test_after_a_final_edition_only_a_final_one_can_follow(
    edition: BriefEdition, analyst: User, approver: User
) -> None:
    final(edition, analyst, approver)
    with pytest.raises(InvalidInput, match="no preliminary one can follow"):
        workflow.open_edition(AUGUST, account=analyst, at=NOW, demonstration=True)
    assert BriefEdition.objects.count() == 1
    second = workflow.open_edition(AUGUST, account=analyst, at=NOW, demonstration=True, preliminary=False)
    with pytest.raises(InvalidInput, match="no preliminary one can follow"):
        workflow.choose_kind(second, preliminary=True, account=analyst)
    workflow.open_edition(month(2023, 7), account=analyst, at=NOW, demonstration=True)


def test_a_final_edition_follows_a_preliminary_one_and_leaves_it_as_it_was(
    edition: BriefEdition, analyst: User, approver: User
) -> None:
    published(edition, analyst, approver)
    second = workflow.open_edition(AUGUST, account=analyst, at=NOW, demonstration=True, preliminary=False)
    published(second, analyst, approver)
    assert [(one.number, one.preliminary) for one in published_editions()] == [(2, False), (1, True)]


def test_only_the_analyst_decides_the_kind_and_only_while_it_is_a_draft(
    edition: BriefEdition, analyst: User, approver: User
) -> None:
    with pytest.raises(InvalidInput, match="acts"):
        workflow.choose_kind(edition, preliminary=False, account=approver)
    held = analysed(edition, analyst)
    with pytest.raises(InvalidInput, match="while it is a draft"):
        workflow.choose_kind(held, preliminary=False, account=analyst)
    assert workflow.move(held, BriefState.DRAFT, account=approver, at=NOW, note="Es la definitiva.").preliminary
    assert not workflow.choose_kind(held, preliminary=False, account=analyst).preliminary


def test_a_final_edition_says_so_in_every_format(edition: BriefEdition, analyst: User, approver: User) -> None:
    final(edition, analyst, approver)
    for language, word in (("es", "definitiva"), ("en", "final")):
        assert word in published_file(AUGUST, 1, f"brief.{language}.html").decode()
        pdf = PdfReader(io.BytesIO(published_file(AUGUST, 1, f"brief.{language}.pdf")))
        assert word in pdf.pages[0].extract_text()
    cover = openpyxl.load_workbook(io.BytesIO(published_file(AUGUST, 1, "brief.xlsx"))).worksheets[0]
    assert {"1, definitiva", "1, final"} <= {value for row in cover.iter_rows(values_only=True) for value in row}
    assert json.loads(published_file(AUGUST, 1, "brief.json"))["edition"]["preliminary"] is False
    response = Client().get("/es/informes/2023-08/1/observations.csv")
    assert response["Content-Disposition"] == 'attachment; filename="istmo-2023-08-1-final-observations.csv"'


def test_a_new_edition_names_what_changed_since_the_one_before(
    edition: BriefEdition, analyst: User, approver: User
) -> None:
    published(edition, analyst, approver)
    later = NOW + timedelta(days=40)
    load("PAN.SNM.cuadro003", at=later - timedelta(days=2), more=500, source="b")
    second = workflow.open_edition(AUGUST, account=analyst, at=later, demonstration=True)
    changes = compile_edition(second).revisions
    assert [(change.dataset, change.period) for change in changes] == [("PAN.SNM.cuadro003", "2023-08")]
    assert changes[0].before is not None
    assert changes[0].after == changes[0].before + 500 * len(NATIONALITIES)


def test_what_came_in_after_the_cut_off_is_not_in_the_edition(edition: BriefEdition) -> None:
    before = compile_edition(edition).table("T2").rows[0].cells[0].value
    load("PAN.SNM.cuadro003", at=NOW, more=500, source="b")
    assert compile_edition(edition).table("T2").rows[0].cells[0].value == before


def delivery(at: Period) -> str:
    made = draft(at, on=date(2023, 9, 18), demonstration=True).brief
    cells = {cell.id: cell for row in made.table("T1").rows for cell in row.cells}
    text = cells["T1.PAN.delivery"].text
    assert text is not None
    return text.es


def test_earlier_months_that_came_with_the_first_load_of_months_are_not_called_late() -> None:
    store.store_frame(
        figures("PAN.SNM.cuadro003").head(1).with_columns(PERIOD=pl.lit("2016")),
        profile_hash="p" * 64,
        parameters={},
        source_name="2016.csv",
        on=date(2017, 1, 8),
        received_at=datetime(2017, 1, 8, 15, tzinfo=UTC),
    )
    load("PAN.SNM.cuadro003")
    assert delivery(AUGUST) == "a tiempo"
    assert delivery(month(2023, 7)) == "recibido"


def test_a_month_that_a_later_load_brought_after_its_day_is_late() -> None:
    load("PAN.SNM.cuadro003", at=datetime(2023, 8, 9, 15, tzinfo=UTC), last=month(2023, 6))
    load("PAN.SNM.cuadro003", source="b")
    assert delivery(month(2023, 7)) == "30 días tarde"


def test_a_month_without_edition_is_drafted_from_what_is_there(loaded: None) -> None:
    drafted = draft(month(2023, 7), on=date(2023, 10, 1), demonstration=False)
    assert drafted.brief.edition.state is BriefState.DRAFT
    files = render_all(drafted.brief, css=CSS, observations=drafted.observations)
    assert "BORRADOR" in files["brief.es.html"].decode()
    assert "DRAFT" in files["brief.en.html"].decode()
    assert {"es": "BORRADOR", "en": "DRAFT"} in json.loads(files["brief.json"])["marks"]
    assert not BriefEdition.objects.exists()


def test_a_month_with_an_edition_is_drafted_as_that_edition(edition: BriefEdition, analyst: User) -> None:
    held = analysed(edition, analyst)
    drafted = draft(AUGUST, on=date(2026, 1, 1), demonstration=True)
    assert drafted.brief == compile_edition(held)
    assert drafted.brief.edition.state is BriefState.ANALYSED


def test_a_month_without_observations_says_what_to_do(loaded: None) -> None:
    with pytest.raises(NotFound) as refused:
        draft(month(2021, 1), on=date(2023, 10, 1), demonstration=False)
    assert "istmo intake" in refused.value.in_("es")


def test_a_month_of_a_year_that_was_published_as_a_year_says_so(loaded: None) -> None:
    store.store_frame(
        figures("PAN.SNM.cuadro003").head(1).with_columns(PERIOD=pl.lit("2016")),
        profile_hash="p" * 64,
        parameters={},
        source_name="2016.csv",
        on=RECEIVED.date(),
        received_at=RECEIVED,
    )
    with pytest.raises(NotFound) as refused:
        draft(month(2016, 12), on=date(2023, 10, 1), demonstration=False)
    assert "de 2016 se publicó solo la cifra del año" in refused.value.in_("es")


def test_an_edition_of_a_month_without_observations_cannot_be_analysed(analyst: User) -> None:
    empty = workflow.open_edition(month(2021, 1), account=analyst, at=NOW, demonstration=True)
    written = workflow.write_analysis(empty, es="Nada.", en="Nothing.", account=analyst)
    with pytest.raises(NotFound):
        workflow.move(written, BriefState.ANALYSED, account=analyst, at=NOW)


def test_what_is_not_published_is_not_found(edition: BriefEdition) -> None:
    assert latest_published() is None
    assert published_editions() == ()
    with pytest.raises(NotFound):
        published_brief(AUGUST, 1)
    with pytest.raises(NotFound):
        published_file(AUGUST, 1, "brief.json")


def test_a_published_edition_has_only_its_files(edition: BriefEdition, analyst: User, approver: User) -> None:
    published(edition, analyst, approver)
    with pytest.raises(NotFound):
        published_file(AUGUST, 1, "../secret")


def test_publishing_needs_the_style_sheet(edition: BriefEdition, analyst: User, approver: User) -> None:
    held = workflow.move(analysed(edition, analyst), BriefState.APPROVED, account=approver, at=NOW)
    with pytest.raises(ValueError, match="style sheet"):
        workflow.move(held, BriefState.PUBLISHED, account=approver, at=NOW)
    assert not PublishedFile.objects.exists()


# --- two analysts, corrections, the right of reply, withdrawal


def test_two_analysts_who_write_at_once_are_warned_and_nothing_is_lost(edition: BriefEdition, analyst: User) -> None:
    first = workflow.write_analysis(edition, es="Uno.", en="One.", account=analyst, version=edition.analysis_version)
    with pytest.raises(workflow.EditConflict, match="Somebody else") as caught:
        workflow.write_analysis(edition, es="Dos.", en="Two.", account=analyst, version=edition.analysis_version)
    assert caught.value.held.analysis_es == "Uno."
    same = workflow.write_analysis(first, es="Uno.", en="One.", account=analyst, version=0)
    assert same.analysis_version == first.analysis_version
    later = workflow.write_analysis(first, es="Dos.", en="Two.", account=analyst, version=first.analysis_version)
    assert (later.analysis_es, later.analysis_version) == ("Dos.", 2)


def test_an_edition_after_the_first_says_in_both_languages_what_it_corrects(
    edition: BriefEdition, analyst: User, approver: User
) -> None:
    with pytest.raises(InvalidInput, match="follows another"):
        workflow.write_correction(edition, es="a", en="b", account=analyst)
    published(edition, analyst, approver)
    second = workflow.open_edition(AUGUST, account=analyst, at=NOW, demonstration=True)
    workflow.write_analysis(second, es="Lo que se ve.", en="What can be seen.", account=analyst)
    workflow.write_correction(second, es="Cambia Panamá.", en=" ", account=analyst)
    with pytest.raises(InvalidInput, match="what changes against the earlier edition"):
        workflow.move(second, BriefState.ANALYSED, account=analyst, at=NOW)
    done = published(second, analyst, approver)
    assert published_brief(AUGUST, 2).edition.correction == Text("Cambia Panamá.", "Panama changes.")
    with pytest.raises(InvalidInput):
        workflow.write_correction(done, es="a", en="b", account=analyst)


@pytest.fixture
def honduras(loaded: None) -> User:
    return account(AccountRole.STATISTICIAN, "estela", member="HND")


def test_a_member_replies_before_publication_and_its_note_is_printed(
    edition: BriefEdition, analyst: User, approver: User, honduras: User
) -> None:
    held = analysed(edition, analyst)
    assert held.replies_until == date(2023, 9, 22)
    assert [asked.member for asked in replies.waiting_for(held, on=NOW.date())] == ["HND"]
    with pytest.raises(InvalidInput, match="may still reply"):
        workflow.move(held, BriefState.APPROVED, account=approver, at=NOW)
    with pytest.raises(InvalidInput, match="one of the two languages"):
        replies.reply(held, es="Solo español.", en="", account=honduras, at=NOW)
    replies.reply(held, es="Una nota.", en="A note.", account=honduras, at=NOW)
    replies.reply(held, es="Otra nota.", en="Another note.", account=honduras, at=NOW + timedelta(hours=1))
    moved = workflow.move(held, BriefState.APPROVED, account=approver, at=NOW + timedelta(hours=2))
    with pytest.raises(InvalidInput, match="time to reply is over"):
        replies.reply(moved, es="Tarde.", en="Late.", account=honduras, at=NOW + timedelta(hours=3))
    workflow.move(moved, BriefState.PUBLISHED, account=approver, at=NOW + timedelta(hours=4), css=CSS)
    (note,) = published_brief(AUGUST, 1).edition.notes
    assert (note.member, note.text, note.signed) == ("HND", Text("Otra nota.", "Another note."), "Cuenta estela")
    assert "Otra nota." in published_file(AUGUST, 1, "brief.es.html").decode()
    assert Event.objects.filter(kind="brief_replied", account=honduras).count() == 2


def test_nothing_to_add_is_an_answer_and_the_time_to_reply_ends(
    edition: BriefEdition, analyst: User, approver: User, honduras: User
) -> None:
    held = analysed(edition, analyst)
    assert replies.waiting_for(held, on=date(2023, 9, 22))
    assert not replies.waiting_for(held, on=date(2023, 9, 23))
    replies.reply(held, es="", en=" ", account=honduras, at=NOW)
    assert not replies.waiting_for(held, on=NOW.date())
    assert replies.notes(held) == ()
    assert workflow.move(held, BriefState.APPROVED, account=approver, at=NOW).brief_state is BriefState.APPROVED


def test_only_a_statistician_of_a_member_whose_figures_are_used_replies(
    edition: BriefEdition, analyst: User, honduras: User
) -> None:
    held = analysed(edition, analyst)
    belize = account(AccountRole.STATISTICIAN, "belen", member="BLZ")
    for other in (belize, analyst, account(AccountRole.STATISTICIAN, "nadie")):
        with pytest.raises(InvalidInput):
            replies.reply(held, es="a", en="b", account=other, at=NOW)
    with pytest.raises(InvalidInput, match="longer than"):
        replies.reply(held, es="a" * 2001, en="b", account=honduras, at=NOW)


def test_a_new_round_asks_again_and_prints_only_its_own_notes(
    edition: BriefEdition, analyst: User, approver: User, honduras: User
) -> None:
    held = analysed(edition, analyst)
    replies.reply(held, es="Una nota.", en="A note.", account=honduras, at=NOW)
    back = workflow.move(held, BriefState.DRAFT, account=approver, at=NOW, note="Faltan cifras.")
    again = workflow.move(back, BriefState.ANALYSED, account=analyst, at=NOW)
    assert (again.round, replies.notes(again)) == (2, ())
    assert replies.waiting_for(again, on=NOW.date())


def test_a_member_sees_its_own_part_and_no_figure_of_another(
    edition: BriefEdition, analyst: User, honduras: User
) -> None:
    whole = compile_edition(analysed(edition, analyst))
    part = replies.part_of(whole, "HND")
    own = {
        cell.value for table in part.tables for row in table.rows for cell in row.cells if cell.kind.value == "count"
    }
    of_honduras = set(figures("HND.INM.flujo").group_by("PERIOD").agg(pl.col("OBS_VALUE").sum())["OBS_VALUE"])
    assert own & of_honduras
    assert {column.reporter for table in part.tables for column in table.columns} <= {"", "HND"}
    assert {row.reporter for table in part.tables for row in table.rows} <= {"", "HND"}
    assert {panel.reporter for chart in part.charts for panel in chart.panels} == {"HND"}
    assert {used.dataset for used in part.vintages} == {"HND.INM.flujo"}
    assert part.edition.analysis is None
    page = standalone(part, "en", css="")
    for other in ("PAN.SNM.cuadro003", "MEX.UPMRIP.3.1.1"):
        monthly = figures(other).group_by("PERIOD").agg(pl.col("OBS_VALUE").sum())["OBS_VALUE"].to_list()
        assert not [value for value in set(monthly) - own if f">{value:,}" in page]


def test_a_published_edition_is_withdrawn_by_two_people_and_says_why(
    edition: BriefEdition, analyst: User, approver: User
) -> None:
    with pytest.raises(InvalidInput, match="Only a published"):
        withdrawals.propose(edition, es="a", en="b", account=analyst, at=NOW)
    done = published(edition, analyst, approver)
    with pytest.raises(InvalidInput, match="reason is missing"):
        withdrawals.propose(done, es="a", en=" ", account=analyst, at=NOW)
    proposed = withdrawals.propose(done, es="Cuenta doble.", en="Counted twice.", account=approver, at=NOW)
    with pytest.raises(InvalidInput, match="proposed already"):
        withdrawals.propose(done, es="a", en="b", account=analyst, at=NOW)
    with pytest.raises(InvalidInput, match="Another person"):
        withdrawals.confirm(proposed, account=approver, at=NOW)
    assert latest_published() is not None
    second = account(AccountRole.APPROVER, "subjefatura")
    withdrawals.confirm(proposed, account=second, at=NOW)
    with pytest.raises(InvalidInput, match="decided already"):
        withdrawals.drop(proposed, account=analyst, at=NOW)
    assert latest_published() is None
    assert withdrawn_editions() == {(AUGUST, 1)}
    stated = withdrawal(AUGUST, 1)
    assert stated is not None
    assert stated.text == Text("Cuenta doble.", "Counted twice.")
    assert published_brief(AUGUST, 1).edition.number == 1


def test_a_proposal_that_is_dropped_leaves_the_edition_published(
    edition: BriefEdition, analyst: User, approver: User
) -> None:
    done = published(edition, analyst, approver)
    proposed = withdrawals.propose(done, es="a", en="b", account=analyst, at=NOW)
    for other in (analyst, account(AccountRole.READER, "lectora")):
        with pytest.raises(InvalidInput):
            withdrawals.confirm(proposed, account=other, at=NOW)
    withdrawals.drop(proposed, account=approver, at=NOW)
    assert withdrawal(AUGUST, 1) is None
    assert withdrawals.withdrawal_of(done) is None
    withdrawals.propose(done, es="c", en="d", account=analyst, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Withdrawal.objects.update(confirmed_by=analyst, confirmed_at=NOW)
