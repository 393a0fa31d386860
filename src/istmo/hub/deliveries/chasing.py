"""Who is late, whom to ask, when were they asked last: the chase list of the Secretariat.

for entry in chase_list(on=today):
    entry.line.dataset, entry.days, entry.contact, entry.reminder
remind(dataset_id, month, channel=Channel.EMAIL, account=analyst, at=now, note="")
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from istmo.hub.deliveries.calendar import Line, Load, calendar, late
from istmo.hub.deliveries.models import Contact, Reminder
from istmo.hub.directory.keeping import by_party
from istmo.hub.directory.models import FocalPoint
from istmo.hub.refusal import refused
from istmo.installation.audit.models import EventKind, record
from istmo.installation.observations.models import VintagePeriod
from istmo.model.periods import Grain, Period, month, period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset, dataset
from istmo.statistics.wording import enumeration, month_name

SHOWN_MONTHS = 24
ASKED_THEMES = ("MONTHLY_BRIEF", "INFORMATION_SYSTEM")
CHASED_MONTHS = 6  # months before the current one that are still asked for


class Channel(StrEnum):
    EMAIL = "email"
    TELEPHONE = "telephone"
    MEETING = "meeting"
    LETTER = "letter"

    @property
    def title(self) -> Text:
        return _CHANNELS[self]


_CHANNELS = {
    Channel.EMAIL: Text(es="correo", en="e-mail"),
    Channel.TELEPHONE: Text(es="teléfono", en="telephone"),
    Channel.MEETING: Text(es="reunión", en="meeting"),
    Channel.LETTER: Text(es="nota oficial", en="official letter"),
}


@dataclass(frozen=True, slots=True)
class Chased:
    """A dataset that is late: `days` since its first missing month was due. `focal_point` is the reporter's for the
    monthly brief, else for the information system; a `contact` of the dataset itself goes before it.
    """

    line: Line
    days: int
    contact: Contact | None
    focal_point: FocalPoint | None
    reminder: Reminder | None

    @property
    def dataset(self) -> Dataset:
        return self.line.dataset


def loads() -> tuple[Load, ...]:
    """Every vintage with months, as the calendar asks."""
    found: dict[int, tuple[str, date, set[Period]]] = {}
    rows = VintagePeriod.objects.filter(period__regex=r"^\d{4}-\d{2}$").values_list(
        "vintage_id", "period", "vintage__reporter", "vintage__agency", "vintage__dataset", "vintage__received_at"
    )
    for vintage, text, reporter, agency, table, received in rows.iterator():
        day = received.astimezone(UTC).date()
        found.setdefault(vintage, (f"{reporter}.{agency}.{table}", day, set()))[2].add(period(text))
    return tuple(Load(id_, day, frozenset(held)) for id_, day, held in found.values())


def coverage(*, on: date, first: Period | None = None, last: Period | None = None) -> tuple[Line, ...]:
    """The calendar of two years, or of the months asked for: the two years end with the last month, or half a year
    after the latest one that any dataset holds.
    """
    held = loads()
    latest = max((max(load.months) for load in held), default=None)
    end = last or month(on.year, on.month).plus(-1)
    if last is None and latest is not None:
        end = min(end, latest.plus(CHASED_MONTHS))
    return calendar(held, first=first or end.plus(1 - SHOWN_MONTHS), last=end, on=on)


def chase_list(*, on: date) -> tuple[Chased, ...]:
    """The datasets with a month that is due and not here, the longest late first."""
    end = month(on.year, on.month).plus(-1)
    lines = calendar(loads(), first=end.plus(1 - CHASED_MONTHS), last=end, on=on)
    contacts = {contact.dataset: contact for contact in Contact.objects.all()}
    reminders: dict[str, Reminder] = {}
    for reminder in Reminder.objects.select_related("account"):
        reminders.setdefault(reminder.dataset, reminder)
    named = by_party(on=on)
    return tuple(
        Chased(
            line,
            days,
            contacts.get(line.dataset.id),
            next(filter(None, map(named.get(line.dataset.reporter, {}).get, ASKED_THEMES)), None),
            reminders.get(line.dataset.id),
        )
        for line, days in late(lines, on=on)
    )


def letter(line: Line) -> Text:
    """The text of a reminder, to send from one's own mail: which dataset, which months, until when they were due."""
    missing = line.missing
    named = enumeration([month_name(square.month) for square in missing])
    return Text(
        es=(
            f"Estimadas y estimados colegas:\n\nAún no hemos recibido «{line.dataset.title.es}» de "
            f"{named.es}. El plazo venció el {missing[-1].due.isoformat()}. ¿Pueden enviar el archivo o "
            "decirnos cuándo estará? Si el mes no se publicará, dígannoslo: así lo dirá también el informe.\n\n"
            "Secretaría Técnica de la Conferencia Regional sobre Migración"
        ),
        en=(
            f"Dear colleagues,\n\nWe have not yet received “{line.dataset.title.en}” for {named.en}. It "
            f"was due on {missing[-1].due.isoformat()}. Could you send the file, or tell us when it will be ready? If "
            "the month will not be published, please say so: the brief will say it too.\n\n"
            "Technical Secretariat of the Regional Conference on Migration"
        ),
    )


def remind(dataset_id: str, at_month: Period, *, channel: str, account: Any, at: datetime, note: str = "") -> Reminder:
    """Keep that an institution was reminded of a month."""
    known = dataset(dataset_id)
    if at_month.grain is not Grain.MONTH:
        raise refused(Text("No es un mes.", "That is not a month."), Text("Escriba 2023-08.", "Write 2023-08."))
    if channel not in set(Channel):
        raise refused(
            Text("No se conoce ese medio.", "That way is not known."),
            Text("Elija uno de la lista.", "Choose one of the list."),
        )
    if len(note) > 500:
        raise refused(Text("La nota es muy larga.", "The note is too long."), Text("Acórtela.", "Shorten it."))
    with transaction.atomic():
        made = Reminder.objects.create(
            dataset=known.id, month=str(at_month), at=at, account=account, channel=channel, note=note.strip()
        )
        record(EventKind.REMINDED, at=at, account=account, object_type="dataset", object_id=known.id)
    return made


def keep_contact(
    dataset_id: str, *, name: str, address: str, telephone: str, account: Any, at: datetime
) -> Contact | None:
    """Keep whom to ask about a dataset; an empty name takes the contact away."""
    known = dataset(dataset_id)
    name, address, telephone = name.strip(), address.strip(), telephone.strip()
    if address:
        try:
            validate_email(address)
        except ValidationError as exc:
            raise refused(
                Text("La dirección de correo no es válida.", "The e-mail address is not valid."),
                Text("Escríbala como nombre@institucion.gob.", "Write it as name@institution.gov."),
            ) from exc
    if len(name) > 200 or len(telephone) > 60:
        raise refused(
            Text("El nombre o el teléfono es muy largo.", "The name or the telephone is too long."),
            Text("Acórtelo.", "Shorten it."),
        )
    with transaction.atomic():
        record(EventKind.CONTACT_CHANGED, at=at, account=account, object_type="dataset", object_id=known.id)
        if not name:
            Contact.objects.filter(dataset=known.id).delete()
            return None
        contact, _ = Contact.objects.update_or_create(
            dataset=known.id,
            defaults={
                "name": name,
                "address": address,
                "telephone": telephone,
                "changed_by": account,
                "changed_at": at,
            },
        )
    return contact
