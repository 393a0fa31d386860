"""The Secretariat chases a late month: from the vintages in the store to the letter, the contact and the reminder."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from django.db import DatabaseError, connection, transaction

from istmo.hub.deliveries import chasing
from istmo.hub.deliveries.models import Contact, Reminder
from istmo.installation.accounts.models import User
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.audit.models import Event
from istmo.installation.observations import store
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.observations import COLUMNS, DEFAULTS, schema
from istmo.model.periods import month, period

pytestmark = pytest.mark.usefixtures("database")

PANAMA = "PAN.SNM.cuadro003"
TODAY = date(2023, 9, 20)
NOW = datetime(2023, 9, 20, 15, tzinfo=UTC)


@pytest.fixture
def analyst() -> User:
    made = User.objects.create_user("analista", full_name="Ana Lista", role=AccountRole.ANALYST, password=None)
    assert isinstance(made, User)
    return made


@pytest.fixture(autouse=True)
def panama_until_july(database: None) -> None:
    rows = [
        {
            **DEFAULTS,
            **dict(zip(("REPORTER", "AGENCY", "DATASET"), PANAMA.split(".", 2), strict=True)),
            "MEASURE": "TRA_IRR",
            "UNIT": "REGISTRATION",
            "PERIOD": f"2023-{number:02d}",
            "CITIZENSHIP": "VEN",
            "OBS_VALUE": 100 + number,
            "VINTAGE": "",
            "SOURCE_HASH": "a" * 64,
            "PROFILE": f"{PANAMA}@1.0.0",
        }
        for number in range(1, 8)
    ]
    store.store_frame(
        pl.DataFrame(rows).select(COLUMNS).cast(dict(schema())),
        profile_hash="p" * 64,
        parameters={},
        source_name="file.csv",
        on=date(2023, 8, 9),
        received_at=datetime(2023, 8, 9, 12, tzinfo=UTC),
    )


def chased() -> chasing.Chased:
    return next(entry for entry in chasing.chase_list(on=TODAY) if entry.dataset.id == PANAMA)


def test_a_month_that_is_due_and_not_here_is_chased() -> None:
    entry = chased()
    assert [square.month for square in entry.line.missing] == [month(2023, 8)]
    assert entry.days == 10
    assert (entry.contact, entry.reminder) == (None, None)
    assert "agosto de 2023" in chasing.letter(entry.line).es
    assert "August 2023" in chasing.letter(entry.line).en


def test_the_calendar_covers_two_years_or_what_is_asked() -> None:
    lines = {line.dataset.id: line for line in chasing.coverage(on=TODAY)}
    assert len(lines[PANAMA].squares) == 24
    asked = {line.dataset.id: line for line in chasing.coverage(on=TODAY, first=month(2023, 7), last=month(2023, 7))}
    assert [square.arrival.value for square in asked[PANAMA].squares] == ["on_time"]


def test_a_contact_is_kept_changed_and_taken_away(analyst: User) -> None:
    details = {"address": "foco@example.org", "telephone": "+507 000", "account": analyst, "at": NOW}
    chasing.keep_contact(PANAMA, name="Foco Nacional", **details)
    chasing.keep_contact(PANAMA, name="Otra Persona", **details)
    contact = chased().contact
    assert contact is not None
    assert contact.name == "Otra Persona"
    with pytest.raises(InvalidInput, match="not valid"):
        chasing.keep_contact(PANAMA, name="X", **{**details, "address": "no es correo"})
    assert chasing.keep_contact(PANAMA, name=" ", **details) is None
    assert not Contact.objects.exists()
    kept = Event.objects.filter(kind="contact_changed")
    assert kept.count() == 3
    assert "Persona" not in str(list(kept.values()))


def test_the_last_reminder_is_shown_and_none_is_ever_changed(analyst: User) -> None:
    chasing.remind(PANAMA, period("2023-08"), channel="email", account=analyst, at=NOW, note="Segundo aviso.")
    reminder = chased().reminder
    assert reminder is not None
    assert (reminder.month, reminder.note, reminder.account) == ("2023-08", "Segundo aviso.", analyst)
    for statement in ("DELETE FROM deliveries_reminder", "UPDATE deliveries_reminder SET note = ''"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_reminder_of_something_unknown_is_refused(analyst: User) -> None:
    with pytest.raises(NotFound):
        chasing.remind("PAN.SNM.none", period("2023-08"), channel="email", account=analyst, at=NOW)
    with pytest.raises(InvalidInput, match="not known"):
        chasing.remind(PANAMA, period("2023-08"), channel="pigeon", account=analyst, at=NOW)
    with pytest.raises(InvalidInput, match="not a month"):
        chasing.remind(PANAMA, period("2023"), channel="email", account=analyst, at=NOW)
    assert not Reminder.objects.exists()
