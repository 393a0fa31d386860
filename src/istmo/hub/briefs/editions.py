"""What has been published? Read from the stored files, so that a permanent address says the same for ever."""

from django.db.models import QuerySet

from istmo.hub.briefs.models import BriefEdition, PublishedFile, Withdrawal
from istmo.hub.briefs.render.json import read_brief
from istmo.model.errors import NotFound
from istmo.model.periods import Period
from istmo.model.text import Text
from istmo.statistics.brief.values import Brief, BriefState, Edition

JSON = "brief.json"


def published_editions() -> tuple[Edition, ...]:
    """Every published edition, the latest month and number first."""
    return tuple(_brief(edition).edition for edition in _published())


def latest_published() -> Brief | None:
    """The latest edition of the latest month that is not withdrawn; None before the first publication."""
    edition = _published().exclude(withdrawals__confirmed_at__isnull=False).first()
    return _brief(edition) if edition else None


def withdrawn_editions() -> frozenset[tuple[Period, int]]:
    """Month and number of the published editions that have been withdrawn."""
    held = _published().filter(withdrawals__confirmed_at__isnull=False)
    return frozenset((edition.period, edition.number) for edition in held)


def withdrawal(month: Period, number: int) -> Withdrawal | None:
    """When and why the edition was withdrawn; None where it stands. Raises `NotFound` for one never published."""
    return _one(month, number).withdrawals.filter(confirmed_at__isnull=False).first()


def published_brief(month: Period, number: int) -> Brief:
    """The brief as it was published; raises `NotFound`."""
    return _brief(_one(month, number))


def published_file(month: Period, number: int, name: str) -> bytes:
    """A file of an edition, byte by byte as it was published; raises `NotFound`."""
    return _content(_one(month, number), name)


def published_names(month: Period, number: int) -> tuple[str, ...]:
    """The names of the files of an edition; raises `NotFound`."""
    return tuple(_one(month, number).digests)


def _published() -> "QuerySet[BriefEdition]":
    return BriefEdition.objects.filter(state=BriefState.PUBLISHED.value).order_by("-month", "-number")


def _one(month: Period, number: int) -> BriefEdition:
    edition = _published().filter(month=str(month), number=number).first()
    if edition is None:
        raise NotFound(
            Text(
                f"No hay una edición {number} publicada de {month}.",
                f"There is no published edition {number} of {month}.",
            ),
            rule="F50",
        )
    return edition


def _content(edition: BriefEdition, name: str) -> bytes:
    content = PublishedFile.objects.filter(edition=edition, name=name).values_list("content", flat=True).first()
    if content is None:
        raise NotFound(
            Text(f"La edición no tiene el archivo {name}.", f"The edition has no file {name}."), place=name, rule="F50"
        )
    return bytes(content)


def _brief(edition: BriefEdition) -> Brief:
    """Read once a process: what was published does not change, and its digest names it."""
    digest = str(edition.digests[JSON])
    if digest not in _READ:
        _READ[digest] = read_brief(_content(edition, JSON))
    return _READ[digest]


_READ: dict[str, Brief] = {}
