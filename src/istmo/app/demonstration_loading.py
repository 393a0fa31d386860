"""How does the demonstration come about? By the same steps as a real month, with invented people and published figures.

    with open_home(settings) as home:
        accounts = load(home, month=month(2023, 8), progress=print_step)

Each file of the region is sent as a submission on the day it is taken to have arrived; then two accounts take the
brief from draft to published. A second call finds everything done and only returns the accounts.
"""

import io
import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from istmo.app.demonstration import DemoFile, files
from istmo.app.home import Home, Role, init, open_home, read_home
from istmo.app.settings import Settings
from istmo.model.errors import IntegrityFailure, InvalidInput, NotFound
from istmo.model.periods import Grain, Period, period
from istmo.model.text import Text

if TYPE_CHECKING:
    from istmo.installation.submissions.models import Submission

PUBLISHED_ON_DAY = 20
WORDS = ("istmo", "selva", "puente", "canal", "ceiba", "quetzal", "volcan", "laguna", "tucan", "manglar")


@dataclass(frozen=True, slots=True)
class Step:
    """Progress for a person to read: `done` of `total`."""

    text: Text
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An invented person; the password is for this demonstration alone and lies in its home."""

    username: str
    password: str
    role: Text


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    full_name: str
    role: str
    member: str | None = None


PEOPLE = (
    Person("analista", "Ana Muestra", "analyst"),
    Person("aprobador", "Andrés Ejemplo", "approver"),
    Person("administradora", "Adela Modelo", "administrator"),
    Person("estadistica", "Elisa Prueba", "statistician", "PAN"),
    Person("lectora", "Lucía Ensayo", "reader"),
)

ANALYSIS_OF_2023_08 = Text(
    es=(
        "Panamá registró en agosto de 2023 la cifra mensual más alta de su serie de tránsitos irregulares. "
        "Honduras y México registraron también aumentos, cada uno en su propia unidad de conteo; las tres cifras no "
        "se suman, porque una misma persona puede figurar en varias. El orden de las nacionalidades cambia de una "
        "estación a otra de la ruta.\n\n"
        "Texto de demostración: lo escribió el programa para mostrar el lugar del análisis."
    ),
    en=(
        "In August 2023 Panama registered the highest monthly figure of its series of irregular transits. Honduras "
        "and Mexico registered increases too, each in its own unit of count; the three figures are not added, because "
        "the same person may stand in several. The order of nationalities changes from one station of the route to "
        "the next.\n\n"
        "Demonstration text: written by the program to show where the analysis stands."
    ),
)

ANALYSIS_OF_ANOTHER_MONTH = Text(
    es="Texto de demostración: lo escribió el programa para mostrar el lugar del análisis.",
    en="Demonstration text: written by the program to show where the analysis stands.",
)


def load(home: Home, *, month: Period, progress: Callable[[Step], None]) -> tuple[DemoAccount, ...]:
    """Load the region's files at one hub, make the accounts and publish the brief; what is done is left alone."""
    if not home.demonstration:
        raise IntegrityFailure(
            Text(
                es="La demostración se carga solo en una instalación de demostración.",
                en="The demonstration is loaded only into a demonstration installation.",
            ),
            place=str(home.path),
            rule="F66",
        )
    accounts = accounts_of(home)
    region = files()
    total = len(region) + 2
    done = {file.name: number for number, file in enumerate(region, start=1)}
    load_files(
        region,
        account=PEOPLE[0].username,
        progress=lambda file: progress(Step(Text(es=file.name, en=file.name), done[file.name], total)),
    )
    publish(month, progress=lambda text: progress(Step(text, total - 1, total)))
    progress(Step(Text(es="Todo está cargado y publicado", en="Everything is loaded and published"), total, total))
    return accounts


def make(settings: Settings, *, month: str, say: Callable[[str], None]) -> None:
    """The demonstration's home, made on first use and loaded; nothing is left running."""
    with opened(settings, say) as home:
        load(home, month=month_of(month), progress=lambda step: say(line(step)))


@contextmanager
def opened(settings: Settings, say: Callable[[str], None]) -> Iterator[Home]:
    try:
        read_home(settings)
    except NotFound:
        say(f"Making the demonstration / Creando la demostración: {settings.home}")
        init(settings, role=Role.HUB, demonstration=True)
        say("Its files are loaded one by one / Sus archivos se cargan uno por uno.")
    say("Starting PostgreSQL / Iniciando PostgreSQL ...")
    with open_home(settings) as home:
        yield home


def month_of(text: str) -> Period:
    found = period(text)
    if found.grain is not Grain.MONTH:
        raise InvalidInput(
            Text(es=f"«{text}» no es un mes.", en=f"“{text}” is not a month."),
            advice=Text(es="Escriba 2023-08.", en="Write 2023-08."),
        )
    return found


def line(step: Step) -> str:
    text = step.text.en if step.text.en == step.text.es else f"{step.text.en} / {step.text.es}"
    return f"[{step.done:2}/{step.total}] {text}"


def welcome(accounts: tuple[DemoAccount, ...], month: Period, port: int) -> str:
    """What the terminal says when the hub's first page can be asked for."""
    from django.urls import reverse
    from django.utils.translation import override

    def address(language: str, name: str, **parts: object) -> str:
        with override(language):
            return f"http://127.0.0.1:{port}{reverse(name, kwargs=parts)}"

    people = [
        f"    {account.username}  {account.password}  ({account.role.en} / {account.role.es})" for account in accounts
    ]
    lines = [
        "",
        f"  Sitio            {address('es', 'home')}",
        f"  Site             {address('en', 'home')}",
        f"  Informe          {address('es', 'brief-latest', month=month)}",
        f"  Brief            {address('en', 'brief-latest', month=month)}",
        f"  Mesa de trabajo  {address('es', 'account_login')}",
        f"  Workbench        {address('en', 'account_login')}",
        "  Accounts of the demonstration / Cuentas de la demostración:",
        *people,
        "",
        "  Ctrl-C stops everything / lo detiene todo.",
    ]
    return "\n".join(lines)


def accounts_of(home: Home, people: Sequence[Person] = PEOPLE) -> tuple[DemoAccount, ...]:
    """The invented people of a demonstration, made on first use."""
    from istmo.installation.accounts.models import User, make_account
    from istmo.installation.accounts.roles import AccountRole

    file = home.path / "keys" / "demonstration.json"
    passwords: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    for person in people:
        passwords.setdefault(person.username, _password())
    _write_private(file, json.dumps(passwords))
    for person in people:
        if not User.objects.filter(username=person.username).exists():
            make_account(
                username=person.username,
                role=person.role,
                full_name=person.full_name,
                member=person.member,
                password=passwords[person.username],
                at=datetime.now(UTC),
            )
    return tuple(
        DemoAccount(person.username, passwords[person.username], AccountRole(person.role).title) for person in people
    )


def load_files(
    region: Sequence[DemoFile],
    *,
    account: str,
    progress: Callable[[DemoFile], None],
    then: "Callable[[Submission], None]" = lambda submission: None,
) -> None:
    """Send the files that were not sent yet, in order, as the person `account`; `then` with each one that is stored."""
    from istmo.installation.accounts.models import User
    from istmo.installation.submissions.models import Submission
    from istmo.installation.submissions.submit import submit_read
    from istmo.intake.profiles import builtin_profiles
    from istmo.intake.run import intake

    sender = User.objects.get(username=account)
    loaded = set(Submission.objects.filter(vintage__isnull=False).values_list("filename", flat=True))
    for file in region:
        if file.name in loaded:
            continue
        progress(file)
        content = file.content()
        read = intake(
            io.BytesIO(content),
            filename=file.name,
            profile=builtin_profiles()[file.profile],
            parameters=file.parameters,
            on=datetime.now(UTC).date(),
        )
        submission = submit_read(
            read,
            size=len(content),
            data=content,
            account=sender,
            on=file.received,
            received_at=noon(file.received),
        )
        if submission.error is not None:
            raise submission.error
        then(submission)


def publish(month: Period, *, progress: Callable[[Text], None]) -> None:
    """The ordinary transitions: the analyst writes and hands on, the member that is asked has nothing to add, the
    approver approves and publishes.
    """
    from istmo.hub.briefs.models import BriefEdition
    from istmo.hub.briefs.replies import reply, waiting_for
    from istmo.hub.briefs.workflow import default_cut_off, move, open_edition, write_analysis
    from istmo.installation.accounts.models import User
    from istmo.statistics.brief.values import BriefState
    from istmo.web.hub.editions import style_sheet

    analyst, approver = (User.objects.get(username=person.username) for person in PEOPLE[:2])
    edition = BriefEdition.objects.filter(month=str(month)).order_by("-number").first()
    cut_off = default_cut_off(month)
    at = noon(cut_off)
    if edition is not None and edition.brief_state is BriefState.PUBLISHED:
        return
    progress(
        Text(es=f"Compilando y publicando el informe de {month}", en=f"Compiling and publishing the brief of {month}")
    )
    if edition is None:
        edition = open_edition(month, account=analyst, at=at, demonstration=True, cut_off=cut_off)
    if edition.brief_state is BriefState.DRAFT:
        text = ANALYSIS_OF_2023_08 if str(month) == "2023-08" else ANALYSIS_OF_ANOTHER_MONTH
        edition = write_analysis(edition, es=text.es, en=text.en, account=analyst)
        edition = move(edition, BriefState.ANALYSED, account=analyst, at=at)
    on = noon(month.plus(1).first_day.replace(day=PUBLISHED_ON_DAY))
    if edition.brief_state is BriefState.ANALYSED:
        for statistician in User.objects.filter(member__in=[each.member for each in waiting_for(edition, on=cut_off)]):
            reply(edition, es="", en="", account=statistician, at=at + timedelta(days=1))
        edition = move(edition, BriefState.APPROVED, account=approver, at=on)
    if edition.brief_state is BriefState.APPROVED:
        move(edition, BriefState.PUBLISHED, account=approver, at=on, css=style_sheet())


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def _password() -> str:
    """Three words and a number: easy to type from the terminal, of no use anywhere else."""
    return "-".join([*(secrets.choice(WORDS) for _ in range(3)), str(secrets.randbelow(9000) + 1000)])


def _write_private(path: Path, content: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
