"""Somebody brings a file that no profile describes: keep it, look at it, take their decisions, read it by them.

    draft = receive(stream, filename="cuadro.xlsx", account=user, directory=..., at=now)
    look(draft, directory=..., clock=...)                    # in a process of its own
    decide(draft, {"MEASURE": "ENT_IRR"}, {"year": "2024"}, account=user, at=now)
    read(draft, directory=..., clock=...)                    # once nothing is open
    install(draft, account=other, note="...", at=now)        # files are read by it from then on

Nothing is stored but the draft itself: no vintage comes of it. A file with a row for each person is removed as soon as
it was looked at.
"""

import logging
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db import connection, transaction

from istmo.installation.audit.models import EventKind, record
from istmo.installation.drafts.models import DraftDecision, DraftState, ProfileDraft
from istmo.installation.drafts.outcome import outcome_of
from istmo.installation.mapping import versions
from istmo.installation.mapping.models import ProfileVersion
from istmo.installation.mapping.versions import installed_sources
from istmo.installation.submissions.sandbox import Bounds, Task, read_in_sandbox, run
from istmo.intake.suggesting.answering import value_of
from istmo.model.errors import InvalidInput, IstmoError, NotFound
from istmo.model.text import Text

BOUNDS = Bounds(file_bytes=100 * 1024**2, seconds=300)
KEPT_FOR = timedelta(days=30)
LASTS = timedelta(seconds=2 * BOUNDS.seconds)  # longer than a file may be looked at: then nobody does any more
_CHUNK = 1024 * 1024
_ONE_AT_A_TIME = threading.Semaphore(1)
_LOG = logging.getLogger(__name__)

Clock = Callable[[], datetime]


def receive(stream: IO[bytes], *, filename: str, account: Any, directory: Path, at: datetime) -> ProfileDraft:
    """Keep the file in `directory`; raises `InvalidInput` for one that is too large, of which nothing stays."""
    draft = ProfileDraft(filename=_plain_name(filename), account=account, received_at=at, kept_until=at + KEPT_FOR)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = file_of(draft, directory)
    try:
        draft.size = _write_limited(stream, path, draft.filename)
        with transaction.atomic():
            draft.save(force_insert=True)
            _record(EventKind.PROFILE_DRAFTED, draft, account=account, at=at)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return draft


def look(draft: ProfileDraft, *, directory: Path, clock: Clock, bounds: Bounds = BOUNDS) -> None:
    """Draft the profile, or say why there is none."""
    _begin(draft, clock())
    path = file_of(draft, directory)
    request = {"on": draft.received_at.date().isoformat(), "installed": installed_sources()}
    try:
        with _ONE_AT_A_TIME, run(Task.SUGGEST, path, request, filename=draft.filename, bounds=bounds) as (found, _):
            draft.draft_json, draft.fits = found["draft"], found["fits"]
            draft.state, draft.error = DraftState.DRAFTED.value, None
    except IstmoError as error:
        draft.state, draft.error = DraftState.REFUSED.value, error
    draft.begun_at = None
    if draft.error_json or draft.draft.personal:
        draft.kept_until = None
        path.unlink(missing_ok=True)
    draft.save()


def decide(
    draft: ProfileDraft,
    answers: Mapping[str, str | None],
    parameters: Mapping[str, str],
    *,
    account: Any,
    at: datetime,
) -> None:
    """Take the answers over the earlier ones, with who gave them; None takes one back. Raises `InvalidInput` and takes
    none."""
    known = {decision.id: decision for decision in draft.draft.decisions}
    taken = dict(draft.answers)
    for id_, text in answers.items():
        if text is None:
            taken.pop(id_, None)
        else:
            value_of(known[id_], text)
            taken[id_] = text.strip()
    changed = [id_ for id_ in answers if taken.get(id_) != draft.answers.get(id_)]
    if changed or dict(parameters) != draft.parameters:
        draft.answers, draft.parameters, draft.outcome, draft.error = taken, dict(parameters), None, None
        given = [
            DraftDecision(draft=draft, decision=id_, answer=taken.get(id_), account=account, at=at) for id_ in changed
        ]
        with transaction.atomic():
            draft.save()
            DraftDecision.objects.bulk_create(given)


def standing(draft: ProfileDraft) -> dict[str, DraftDecision]:
    """Of each decision that is taken, who gave the answer that stands."""
    last = {one.decision: one for one in draft.decided.select_related("account").order_by("id")}
    return {id_: one for id_, one in last.items() if id_ in draft.answers}


def read(draft: ProfileDraft, *, directory: Path, clock: Clock, bounds: Bounds = BOUNDS) -> None:
    """Read the file by the draft; nothing is stored but how it reads, or why it does not."""
    if draft.left:
        raise InvalidInput(
            Text(es="Quedan decisiones por tomar.", en="Some decisions are still open."),
            place=draft.filename,
            rule="F20",
        )
    if not has_file(draft, directory, at=clock()):
        raise NotFound(
            Text(es="El archivo ya no está aquí.", en="The file is no longer here."),
            place=draft.filename,
            advice=Text(es="Tráigalo otra vez.", en="Bring it again."),
            rule="F5",
        )
    _begin(draft, clock())
    profile_id, text = draft.answers["profile"], draft.text
    try:
        with _ONE_AT_A_TIME:
            reading = read_in_sandbox(
                file_of(draft, directory),
                filename=draft.filename,
                profile_id=profile_id,
                parameters=draft.parameters,
                on=clock().date(),
                bounds=bounds,
                installed={**installed_sources(), profile_id: {profile_id: text}},
            )
        draft.outcome, draft.error = outcome_of(reading.intake), None
    except IstmoError as error:
        draft.outcome, draft.error = None, error
    draft.begun_at = None
    draft.save()


def install(draft: ProfileDraft, *, account: Any, note: str, at: datetime) -> ProfileVersion:
    """Read such files by the draft from now on. Somebody says so who neither brought the file nor took a decision that
    stands, once the draft reads the file.

    Raises `InvalidInput`, also for what `install` of a version refuses: a sample that does not hold, a number taken.
    """
    if draft.account == account:
        raise InvalidInput(
            Text(
                es="Quien trajo el archivo no instala su perfil: lo hace otra persona.",
                en="Who brought the file does not install its profile: another person does.",
            ),
            place=draft.filename,
            rule="F51",
        )
    if draft.left or draft.outcome is None or not draft.outcome["storable"]:
        raise InvalidInput(
            Text(
                es="Un borrador se instala cuando con él se lee el archivo.",
                en="A draft is installed when the file reads by it.",
            ),
            place=draft.filename,
            advice=Text(es="Lea el archivo con el borrador.", en="Read the file by the draft."),
            rule="F20",
        )
    if any(one.account == account for one in standing(draft).values()):
        raise InvalidInput(
            Text(
                es="Quien tomó una decisión del borrador no lo instala: lo hace otra persona.",
                en="Who took a decision of the draft does not install it: another person does.",
            ),
            place=draft.filename,
            rule="F51",
        )
    raw = draft.text.encode()
    return versions.install(raw, name=draft.answers["profile"], account=account, note=note, at=at)


def installed_version(draft: ProfileDraft) -> ProfileVersion | None:
    """The version by which files are read, when it is this draft as it stands."""
    stored = versions.installed().get(draft.answers.get("profile", ""))
    return stored if stored is not None and versions.source_of(stored) == draft.text.encode() else None


def in_background(act: Callable[..., None], draft_id: UUID, *, directory: Path, clock: Clock) -> threading.Thread:
    """`look` or `read` in a thread of its own, whose connection ends with it."""

    def work() -> None:
        try:
            act(ProfileDraft.objects.get(id=draft_id), directory=directory, clock=clock)
        except Exception:  # a bug of ours in one file: its page says that it was interrupted
            _LOG.exception("the draft %s could not be worked on", draft_id)
            ProfileDraft.objects.filter(id=draft_id).update(begun_at=clock() - 2 * LASTS)
        finally:
            connection.close()

    thread = threading.Thread(target=work, name=f"istmo-draft-{draft_id}", daemon=True)
    thread.start()
    return thread


def is_busy(draft: ProfileDraft, *, at: datetime) -> bool:
    """Whether the file is being looked at or read now."""
    return draft.begun_at is not None and at - draft.begun_at < LASTS


def is_interrupted(draft: ProfileDraft, *, at: datetime) -> bool:
    """Whether the process that looked at the file ended before it did: it has to be begun again."""
    waiting = draft.draft_state is DraftState.LOOKING and at - draft.received_at > LASTS
    return not is_busy(draft, at=at) and (draft.begun_at is not None or waiting)


def has_file(draft: ProfileDraft, directory: Path, *, at: datetime) -> bool:
    """Whether the file can still be read."""
    return draft.kept_until is not None and at < draft.kept_until and file_of(draft, directory).is_file()


def discard(draft: ProfileDraft, *, directory: Path, account: Any, at: datetime) -> None:
    """Remove the draft and its file."""
    with transaction.atomic():
        _record(EventKind.FILE_REMOVED, draft, account=account, at=at)
        file_of(draft, directory).unlink(missing_ok=True)
        draft.delete()


def expire(directory: Path, *, at: datetime) -> int:
    """Remove the files whose days are over, and what no draft keeps; how many."""
    if not directory.is_dir():
        return 0
    kept = {str(id_) for id_ in ProfileDraft.objects.filter(kept_until__gt=at).values_list("id", flat=True)}
    over = [path for path in directory.iterdir() if path.name[:36] not in kept]
    for path in over:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(over)


def file_of(draft: ProfileDraft, directory: Path) -> Path:
    return directory / str(draft.id)


def _begin(draft: ProfileDraft, at: datetime) -> None:
    draft.begun_at = at
    draft.save(update_fields=["begun_at"])


def _record(kind: EventKind, draft: ProfileDraft, *, account: Any, at: datetime) -> None:
    record(kind, at=at, account=account, object_type="profile_draft", object_id=str(draft.id))


def _write_limited(stream: IO[bytes], path: Path, filename: str) -> int:
    size = 0
    with open(path, "wb", opener=_private) as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > BOUNDS.file_bytes:
                limit = BOUNDS.file_bytes // 1024**2
                raise InvalidInput(
                    Text(es=f"El archivo pasa de {limit} MB.", en=f"The file is larger than {limit} MB."),
                    place=filename,
                    advice=Text(
                        es="Traiga una parte, por ejemplo un año: el perfil sirve para todos.",
                        en="Bring a part of it, for example one year: the profile serves for all.",
                    ),
                    rule="F5",
                )
            file.write(chunk)
    return size


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _plain_name(filename: str) -> str:
    """The last part of the name, without signs that could steer a terminal or a path."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in name if sign.isprintable())[:255] or "archivo"
