"""The command line: thin commands over the use cases of the packages below.

Exit 0: done, nothing quarantined or rejected. Exit 1: something was, or a check found something. Exit 2: wrong use, or
the file cannot be read or recognised. Exit 3: a part is unavailable. Errors are written in both languages.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from typer.rich_utils import rich_format_error

from istmo.model.errors import IntegrityFailure, InvalidInput, IstmoError, NotFound, Unavailable, reason_of
from istmo.model.text import Text

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Istmo: the integrated regional information system on migratory flows.",
)
profile_app = typer.Typer(no_args_is_help=True, help="Source profiles: how a national export is read.")
app.add_typer(profile_app, name="profile")
account_app = typer.Typer(no_args_is_help=True, help="Accounts of the site: who may sign in, and as what.")
app.add_typer(account_app, name="account")
exchange_app = typer.Typer(no_args_is_help=True, help="The exchange: where we listen, whom we know, our certificate.")
app.add_typer(exchange_app, name="exchange")
log_app = typer.Typer(no_args_is_help=True, help="The log of exchanges: what it proves to a third party.")
app.add_typer(log_app, name="log")
registry_app = typer.Typer(no_args_is_help=True, help="The registry in the making: who signs what, published to all.")
app.add_typer(registry_app, name="registry")
agreement_app = typer.Typer(no_args_is_help=True, help="Agreements: what may be exchanged, and who signed it.")
app.add_typer(agreement_app, name="agreement")

DEMONSTRATION_MONTH = "2023-08"
SHOWN = 40  # findings on the terminal; the rest are written with --findings
PROGRAMS_UP_TO = 25_000  # cells of a table that “protect” also attacks with linear programs
ATTACKED_UP_TO = 15_000  # cells of a rounded table on which “attack” spends them: at 10,000 they take a minute

out = Console(highlight=False)
err = Console(stderr=True, highlight=False, soft_wrap=True)

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The installation's home; default: ISTMO_HOME, else the demonstration's.")
]
AccountArgument = Annotated[str, typer.Argument(help="The name that the account signs in with.")]
SiteOption = Annotated[
    str | None, typer.Option("--site", help="Address of the site, for the link; default: the first of ISTMO_HOSTS.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON for a machine to read.")]


def main() -> None:
    """The process boundary: every error that we raise becomes a sentence and an exit code here, once."""
    try:
        code = app(standalone_mode=False)
    except IstmoError as exc:
        _explain(exc)
        sys.exit(3 if isinstance(exc, Unavailable | IntegrityFailure) else 2)
    except typer.Abort:
        err.print("Aborted / Cancelado")
        sys.exit(1)
    except USAGE_ERROR as exc:
        rich_format_error(exc)
        if spanish := _usage_in_spanish(exc):
            err.print(spanish, markup=False)
        sys.exit(exc.exit_code)
    sys.exit(code if type(code) is int else 0)


USAGE_ERROR: Any = typer.BadParameter.__mro__[1]


def _usage_in_spanish(exc: Any) -> str:
    """What the command line's own parser says in English; "" where it shows the help."""
    what, param = type(exc).__name__, getattr(exc, "param", None)
    if what == "NoArgsIsHelpError":
        return ""
    if what == "NoSuchOption":
        return f"No existe la opción {exc.option_name}. Vea --help."
    if param is None:
        return "El comando o sus argumentos no son correctos. Vea --help."
    name = ", ".join(one if one.startswith("-") else one.upper() for one in param.opts)
    if what == "MissingParameter":
        return f"Falta {name}. Vea --help."
    low, high = getattr(param, "min", None), getattr(param, "max", None)
    if low is not None and high is not None:
        return f"El valor de {name} no es válido: tiene que ser un número de {low} a {high}."
    return f"El valor de {name} no es válido. Vea --help."


def _explain(exc: IstmoError) -> None:
    rule = f" {exc.rule}" if exc.rule else ""
    err.print(f"[bold red]error{rule}[/]: ", end="")
    err.print(exc.in_("en"), markup=False)
    err.print("       ", end="")
    err.print(exc.in_("es"), markup=False)


def _today() -> date:
    return datetime.now(UTC).date()


def _write_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def _show(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table in which no cell is cut, however narrow the terminal or the pipe."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, width=10_000).print(table)


# --- source profiles ---


def _profile(name: str, *, home: Path | None = None) -> Any:
    """A built-in profile by id, a version that the installation keeps (`id@version`), or one read from a YAML file."""
    from istmo.intake.profiles import builtin_profiles, read_profile

    if "@" in name and not Path(name).is_file():
        with _opened(home):
            from istmo.installation.mapping import versions

            return versions.read_version(versions.version(name))
    builtin = builtin_profiles()
    if name in builtin:
        return builtin[name]
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return read_profile(_open(path), name=path.name)
    raise NotFound(
        Text(es=f"No existe el perfil «{name}».", en=f"There is no profile “{name}”."),
        advice=Text(es="Vea «istmo profile list».", en="See “istmo profile list”."),
    )


def _open(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise InvalidInput(
            Text(
                es=f"No se puede abrir el archivo: {reason_of(exc).es}.",
                en=f"The file cannot be opened: {reason_of(exc).en}.",
            ),
            place=str(path),
            rule="F1",
        ) from exc


@profile_app.command("list")
def profile_list(json_: JsonOption = False) -> None:
    """List the source profiles that this version knows."""
    from istmo.intake.profiles import builtin_profiles

    profiles = builtin_profiles().values()
    if json_:
        _write_json(
            [
                {
                    "id": p.id,
                    "version": p.version,
                    "author": p.author,
                    "date": str(p.date),
                    "hash": p.hash,
                    "grain": p.grain,
                    "title": p.title.as_json(),
                    "dataset": p.dataset_id,
                }
                for p in profiles
            ]
        )
        return
    _show(
        ("profile", "version", "date", "author", "grain", "SHA-256", "title"),
        [(p.id, p.version, str(p.date), p.author, p.grain, p.hash[:12], p.title.en) for p in profiles],
    )


@profile_app.command("show")
def profile_show(
    profile: Annotated[str, typer.Argument(help="Profile id, or a version that the installation keeps: id@1.0.0.")],
    home: HomeOption = None,
) -> None:
    """Print a profile's YAML, to start your own from it."""
    from istmo.intake.profiles import profile_source

    if "@" in profile:
        with _opened(home):
            from istmo.installation.mapping import versions

            sys.stdout.write(versions.source_of(versions.version(profile)).decode())
        return
    sys.stdout.write(profile_source(_profile(profile).id).decode())


@profile_app.command("versions")
def profile_versions(
    profile: Annotated[str | None, typer.Argument(help="Profile id; without it all.")] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """List the versions of profiles that are kept here and those of the program, and which is in force."""
    with _opened(home):
        from istmo.installation.mapping import versions

        rows = versions.overview(profile)
    if json_:
        _write_json(rows)
        return
    columns = ("profile", "version", "date", "author", "in force", "SHA-256")
    _show(columns, ([*(str(row[name]) for name in columns[:-1]), str(row["SHA-256"])[:12]] for row in rows))


@profile_app.command("install")
def profile_install(
    file: Annotated[Path, typer.Argument(help="The YAML of a new version of a profile, or of a new profile.")],
    note: Annotated[str, typer.Option("--note", help="Why, for whoever reads the list of versions.")] = "",
    home: HomeOption = None,
) -> None:
    """Read files by this version from now on; earlier ones stay, and what they read stays as it was."""
    raw = _open(file)
    with _opened(home):
        from istmo.installation.mapping import versions

        stored = versions.install(raw, name=file.name, account=None, note=note, at=datetime.now(UTC))
        out.print(f"in force / vigente: {stored.label}  {stored.hash[:12]}", markup=False)


@profile_app.command("withdraw")
def profile_withdraw(
    profile: Annotated[str, typer.Argument(help="Profile id.")],
    note: Annotated[str, typer.Option("--note", help="Why, for whoever reads the list of versions.")] = "",
    home: HomeOption = None,
) -> None:
    """Go back to the version before the one in force; what was read by it stays as it was."""
    with _opened(home):
        from istmo.installation.mapping import versions

        before = versions.withdraw(profile, account=None, note=note, at=datetime.now(UTC))
        of_program = f"{profile} of the program / del programa"
        out.print(f"in force / vigente: {before.label if before else of_program}", markup=False)


@profile_app.command("test")
def profile_test(
    profile: Annotated[str, typer.Argument(help="Profile id or YAML file; “all” for every built-in profile.")],
    json_: JsonOption = False,
) -> None:
    """Run the samples that a profile carries; exit 1 when one fails, or when there is none."""
    from istmo.intake.profiles import builtin_profiles
    from istmo.intake.testing import run_sample

    chosen = list(builtin_profiles().values()) if profile == "all" else [_profile(profile)]
    results = [(p.id, sample.name, run_sample(p, sample)) for p in chosen for sample in p.samples]
    if json_:
        _write_json(
            [
                {
                    "profile": id_,
                    "sample": name,
                    "passed": not failures,
                    "failures": [f.message.as_json() for f in failures],
                }
                for id_, name, failures in results
            ]
        )
    else:
        for id_, name, failures in results:
            out.print(f"{'[bold red]failed[/]' if failures else 'passed'}  {id_}  {name}")
            for failure in failures:
                out.print(f"        {failure.message.en}\n        {failure.message.es}", markup=False)
        failed = sum(bool(failures) for _, _, failures in results)
        out.print(f"{len(results) - failed} passed, {failed} failed")
    if not results or any(failures for _, _, failures in results):
        raise typer.Exit(1)


@profile_app.command("suggest")
def profile_suggest(
    file: Annotated[Path, typer.Argument(help="A national file that no profile describes yet: CSV, TSV, XLSX or XLS.")],
    out_: Annotated[
        Path | None, typer.Option("--out", help="Write the draft here; else it goes to the output.")
    ] = None,
    decide: Annotated[
        list[str] | None, typer.Option("--decide", help="The answer to a decision of the draft: MEASURE=ENT_IRR.")
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Draft a source profile: what the file shows, with the evidence, and what only a person can decide, marked."""
    import io

    from istmo.intake.profiles import builtin_profiles
    from istmo.intake.recognise import fitting
    from istmo.intake.suggesting.answering import open_decisions, profile_text
    from istmo.intake.suggesting.drafting import suggest
    from istmo.intake.suggesting.reporting import as_json

    data = _open(file)
    draft = suggest(io.BytesIO(data), filename=file.name, on=_today())
    answers = _parameters(decide)
    unknown = sorted(set(answers) - {decision.id for decision in draft.decisions})
    if unknown:
        raise InvalidInput(
            Text(
                es=f"El borrador no pide la decisión «{unknown[0]}».", en=f"The draft asks no decision “{unknown[0]}”."
            ),
            advice=Text(
                es=f"Pide: {', '.join(decision.id for decision in draft.decisions)}.",
                en=f"It asks: {', '.join(decision.id for decision in draft.decisions)}.",
            ),
            rule="F20",
        )
    text = profile_text(draft, answers)
    left = open_decisions(draft, answers)
    fits = tuple(fit.profile.id for fit in fitting(io.BytesIO(data), filename=file.name, profiles=builtin_profiles()))
    if out_:
        out_.write_text(text, encoding="utf-8")
    if json_:
        _write_json(as_json(draft, answers, text=text, fits=fits))
    elif not out_:
        sys.stdout.write(text)
    _print_draft(draft, left, fits, out_)


def _print_draft(draft: Any, left: Any, fits: tuple[str, ...], path: Path | None) -> None:
    """What was found and what is left to decide, beside the draft; never a value of a masked column."""
    language = _language()
    found = {"es": "lectura propuesta", "en": "what was found"}[language]
    err.print(f"{draft.filename}: {found}", markup=False)
    for guess in draft.guesses:
        err.print(f"  {guess.reason.in_(language)}", markup=False)
    for column in draft.columns:
        if column.masked:
            err.print(f"  {column.label}: {column.reason.in_(language)}", markup=False)
    if fits:
        said = {"es": "Ya hay perfiles que sirven para este archivo", "en": "Profiles that fit this file exist already"}
        err.print(f"{said[language]}: {', '.join(fits)}", markup=False)
    if left:
        asked = {"es": "decisiones por tomar", "en": "decisions to take"}[language]
        err.print(f"{len(left)} {asked}:", markup=False)
        for decision in left:
            err.print(f"  {decision.id}: {decision.question.in_(language)}", markup=False)
    if path:
        err.print(f"-> {path}", markup=False)


@profile_app.command("diff")
def profile_diff(
    old: Annotated[str, typer.Argument(help="Profile id, id@version that the installation keeps, or YAML file.")],
    new: Annotated[str, typer.Argument(help="The same for the other profile, or the other version.")],
    file: Annotated[Path, typer.Argument(help="The national file to read with both.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="A parameter of the profile: year=2016.")] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Show each observation that another profile, or another version, would change; exit 1 when there is one."""
    import io

    from istmo.intake.diff import diff

    difference = diff(
        _profile(old, home=home),
        _profile(new, home=home),
        io.BytesIO(_open(file)),
        filename=file.name,
        parameters=_parameters(set_),
        on=_today(),
    )
    cells = difference.cells
    if not json_:
        sides = zip(
            ("read / leídos", "accepted / aceptados", "stopped / detenidos"),
            *map(_counts, (difference.old, difference.new)),
            strict=True,
        )
        for name, before, after in sides:
            out.print(f"{name}: {before:,} -> {after:,}", markup=False)
    if json_:
        _write_json(cells.to_dicts())
    elif cells.is_empty():
        out.print("No cell changes. / Ninguna celda cambia.")
    else:
        out.print(f"{cells.height} cells change / celdas cambian:")
        for row in cells.head(50).iter_rows(named=True):
            out.print(
                "  " + ", ".join(f"{key}={value}" for key, value in row.items() if value not in (None, "")),
                markup=False,
            )
        if cells.height > 50:
            out.print("  ... write them all with --json")
    if not cells.is_empty():
        raise typer.Exit(1)


def _counts(result: Any) -> tuple[int, int, int]:
    return result.read, result.accepted, result.stopped


def _parameters(pairs: list[str] | None) -> dict[str, str]:
    result = {}
    for pair in pairs or []:
        name, sign, value = pair.partition("=")
        if not sign:
            raise InvalidInput(
                Text(
                    es=f"«--set {pair}» no tiene la forma nombre=valor.",
                    en=f"“--set {pair}” is not of the form name=value.",
                )
            )
        result[name.strip()] = value.strip()
    return result


# --- intake ---


@app.command("intake")
def intake_command(
    file: Annotated[Path, typer.Argument(help="The national file: CSV, TSV, XLSX or XLS.")],
    profile: Annotated[
        str | None, typer.Option("--profile", help="Profile id or YAML file; without it the one that fits is taken.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter that the profile asks for: year=2016.")
    ] = None,
    home: HomeOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check only; nothing is stored.")] = False,
    findings: Annotated[
        Path | None, typer.Option("--findings", help="Write counts and findings here, as JSON (or CSV by its name).")
    ] = None,
    rows: Annotated[Path | None, typer.Option("--out", help="Write the accepted observations here, as CSV.")] = None,
    report_to: Annotated[
        Path | None,
        typer.Option("--report", help="Write the annotated workbook here (XLSX): the file's own sheets with notes."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Read a national file by its source profile, check it, and store it as a vintage."""
    from istmo.installation.submissions.reading import read_by
    from istmo.intake.profiles import attributed

    _check_report(report_to, file)
    data = _open(file)
    now = datetime.now(UTC)
    outcome = "dry run: nothing was stored / prueba: no se guardó nada"
    since = None
    with _at_hand(home, always=not dry_run or report_to is not None or "@" in (profile or "")) as opened:
        chosen, sources = _chosen(profile, file, opened=opened)
        if not dry_run:
            attributed(chosen, name=profile or chosen.id)
        if not json_ and not profile:
            title = chosen.title.in_(_language())
            out.print(f"profile {chosen.id} {chosen.version}: {title}", markup=False, soft_wrap=True)
        result = read_by(chosen, file, filename=file.name, parameters=_parameters(set_), on=now.date())
        found = result.findings
        report: dict[str, Any] = {**result.as_json(), "vintage": None}
        if not dry_run:
            with nullcontext() if opened else _opened(home):
                outcome, since, found = _submit(result, report, data=data, sources=sources, now=now)
        elif opened and report_to:
            from istmo.installation.submissions.reporting import since_stored

            since = since_stored(result)
    if report_to:
        from istmo.installation.submissions.reporting import report_workbook

        report_to.write_bytes(report_workbook(data, result, found, since, language=_language()))
    if findings:
        _write_findings(findings, report)
    if rows:
        _write_rows(rows, result, vintage=report["vintage"] or f"{now:%Y-%m-%d}.0")
    if json_:
        _write_json(report)
    else:
        _print_intake(result, report)
        if since is not None:
            from istmo.installation.submissions.reporting import told

            out.print(told(since, stopped=result.stopped).in_(_language()), markup=False, soft_wrap=True)
        out.print(outcome, markup=False)
    refused = not dry_run and report["vintage"] is None
    if refused or result.stopped or any(finding["severity"] == "error" for finding in report["findings"]):
        raise typer.Exit(1)


def _chosen(name: str | None, file: Path, *, opened: bool) -> tuple[Any, Any]:
    """The profile that is named, else the one that fits; and the YAML of one that only its file has."""
    from istmo.installation.submissions.reading import choose_profile, profiles_with
    from istmo.intake.profiles import read_profile, sources

    installed: dict[str, dict[str, str]] = {}
    if opened:
        from istmo.installation.mapping import versions

        if name and "@" in name and not Path(name).is_file():
            return versions.read_version(versions.version(name)), None
        installed = versions.installed_sources()
    if name is None or name in profiles_with(installed):
        return choose_profile(file, filename=file.name, profile_id=name, installed=installed), None
    if Path(name).suffix in (".yaml", ".yml") or Path(name).is_file():
        raw = _open(Path(name))
        return read_profile(raw, name=Path(name).name), sources(raw, name=Path(name).name)
    return _profile(name), None


@contextmanager
def _at_hand(home: Path | None, *, always: bool) -> Iterator[bool]:
    """The installation, opened, if there is one: asked for by its name, or `always`. Whether it is open."""
    from istmo.app.home import open_home, read_home
    from istmo.app.settings import read_settings

    settings = read_settings(home=home)
    if not (always or settings.home_named):
        yield False
        return
    try:
        read_home(settings)
    except NotFound:
        yield False
        return
    with open_home(settings):
        yield True


def _check_report(report_to: Path | None, file: Path) -> None:
    """The annotated workbook is an XLSX and never takes the place of the file that was sent."""
    if report_to is None:
        return
    if report_to.suffix.lower() != ".xlsx":
        raise InvalidInput(
            Text(es="El informe es un libro XLSX.", en="The report is an XLSX workbook."),
            place=str(report_to),
            advice=Text(es="Escriba, por ejemplo, --report informe.xlsx.", en="Write, for example, --report out.xlsx."),
        )
    if report_to.exists() and file.exists() and report_to.samefile(file):
        raise InvalidInput(
            Text(es="El informe no se escribe sobre el archivo mismo.", en="The report does not overwrite the file."),
            place=str(report_to),
            advice=Text(es="Dele otro nombre.", en="Give it another name."),
        )


def _submit(result: Any, report: dict[str, Any], *, data: bytes, sources: Any, now: datetime) -> tuple[str, Any, Any]:
    """Store what was read; the findings of the checks across datasets and vintages are added to the report.

    What became of it in a sentence, what changed since the last submission, and all findings.
    """
    from istmo.installation.submissions.submit import submit_read
    from istmo.model.findings import findings_json

    figures = result.profile.grain != "person"
    submission = submit_read(
        result, size=len(data), data=data, account=None, on=now.date(), sources=sources, received_at=now
    )
    found = submission.findings if figures else result.findings
    report["findings"] = findings_json(found)
    if submission.vintage is None:
        assert submission.error is not None
        error = submission.error
        return f"nothing was stored: {error.in_('en')}\nno se guardó nada: {error.in_('es')}", None, found
    name, dataset = submission.vintage.name, submission.dataset_id
    report["vintage"] = name
    if submission.already_loaded:
        outcome = f"already stored as vintage {name} of {dataset}; nothing changed / ya estaba guardado; nada cambió"
        return outcome, None, found
    return f"stored as vintage {name} of {dataset} / guardado", submission.report.since, found


def _write_findings(path: Path, report: dict[str, Any]) -> None:
    if path.suffix.lower() != ".csv":
        path.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        return
    import csv

    from istmo.model.csvtext import text_field

    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(
            ["sheet", "row", "column", "value", "rule", "severity", "message_es", "message_en", "suggestion"]
        )
        for f in report["findings"]:
            cells = [
                f["sheet"],
                f["row"],
                f["column"],
                f["value"],
                f["rule"],
                f["severity"],
                f["message"]["es"],
                f["message"]["en"],
            ]
            writer.writerow([text_field(cell) if isinstance(cell, str) else cell for cell in [*cells, f["suggestion"]]])


def _print_intake(result: Any, report: dict[str, Any]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in (
        ("read / leídos", result.read),
        ("accepted / aceptados", result.accepted),
        ("quarantined / en cuarentena", result.quarantined),
        ("rejected / rechazados", result.rejected),
        ("set aside / apartados", len(result.set_aside)),
    ):
        table.add_row(name, f"{value:,}")
    out.print(table)
    colours = {"error": "red", "warning": "yellow", "info": "cyan"}
    findings = sorted(report["findings"], key=lambda finding: list(colours).index(finding["severity"]))
    for finding in findings[:SHOWN]:
        place = ", ".join(
            part
            for part in (finding["sheet"], f"row {finding['row']}" if finding["row"] else "", finding["column"])
            if part
        )
        out.print(f"[{colours[finding['severity']]}]{finding['severity']:8}[/] {finding['rule']:5}", end="")
        out.print(
            f"{place}: {finding['message'][_language()]}" if place else finding["message"][_language()],
            markup=False,
            soft_wrap=True,
        )
        if finding["suggestion"]:
            out.print(f"               -> {finding['suggestion']}", markup=False, soft_wrap=True)
    if len(findings) > SHOWN:
        out.print(f"... {len(findings) - SHOWN} more findings; write them all with --findings FILE.json or FILE.csv")


def _language() -> str:
    import os

    return "es" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).lower().startswith("es") else "en"


def _write_rows(path: Path, result: Any, *, vintage: str) -> None:
    import polars as pl

    from istmo.model.csvtext import csv_bytes

    frame = result.rows
    path.write_bytes(
        csv_bytes(frame.with_columns(pl.lit(vintage).alias("VINTAGE")) if "VINTAGE" in frame.columns else frame)
    )


# --- installations ---


@contextmanager
def _opened(home: Path | None) -> Iterator[Any]:
    """The installation, running. The demonstration's home is made and loaded on first use; a new directory that was
    named becomes a hub, and the command says so."""
    from istmo.app.home import Role, init, open_home, read_home
    from istmo.app.settings import read_settings

    settings = read_settings(home=home)
    try:
        read_home(settings)
    except NotFound:
        if not settings.home_named:
            _make_demonstration(settings)
        elif settings.home.is_dir() and any(settings.home.iterdir()):
            raise
        else:
            init(settings, role=Role.HUB)
            err.print(f"made a new installation (hub) in {settings.home} / se creó una instalación nueva", markup=False)
    with open_home(settings) as opened:
        yield opened


def _make_demonstration(settings: Any) -> None:
    from istmo.app.demonstration_loading import make

    make(settings, month=DEMONSTRATION_MONTH, say=lambda text: err.print(text, markup=False))


@app.command("init")
def init_command(
    role: Annotated[str, typer.Option(help="hub (the Secretariat) or node (a country).")],
    home: HomeOption = None,
    member: Annotated[str, typer.Option(help="The country's code, for a node: PAN.")] = "",
    beside: Annotated[
        Path | None,
        typer.Option(help="The home of another installation of this machine, whose PostgreSQL server it shares."),
    ] = None,
    exchange_host: Annotated[
        list[str] | None,
        typer.Option(help="The name under which peers reach it; as “istmo exchange listen --name”."),
    ] = None,
    exchange_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port for peers; as “istmo exchange listen --port”.")
    ] = None,
    request: Annotated[
        Path | None,
        typer.Option(help="Write what the Secretariat is sent to this new file; as “istmo exchange show --out”."),
    ] = None,
) -> None:
    """Make a new installation: its directory, keys, database and roles; say what to do next."""
    from istmo.app import joining
    from istmo.app.home import Role, init, open_home, read_home
    from istmo.app.keys import authority_of
    from istmo.app.settings import read_settings

    if role not in {known.value for known in Role}:
        raise InvalidInput(
            Text(es=f"No existe la función «{role}».", en=f"There is no role “{role}”."),
            advice=Text(es="Elija hub o node.", en="Choose hub or node."),
        )
    settings = read_settings(home=home)
    sharing = read_home(read_settings(home=beside)) if beside else None
    joining.check_names(exchange_host or ())
    if request and (request.exists() or not request.parent.is_dir()):
        raise InvalidInput(
            Text(
                es="El archivo ya existe, o su directorio no existe.",
                en="The file exists already, or its directory does not exist.",
            ),
            place=str(request),
            advice=Text(es="Elija otro con --request.", en="Choose another with --request."),
            rule="F66",
        )
    made = init(settings, role=Role(role), member=member, beside=sharing)
    takes_part = bool(exchange_host or exchange_port)
    if takes_part:
        joining.listen(made, host="0.0.0.0", port=exchange_port or joining.PORT, names=exchange_host or ())  # noqa: S104
    if request:
        _write_whole(request, json.dumps(joining.presentation(made), indent=2) + "\n")
    with open_home(settings) as opened:
        ready = f"{made.path} ({role}{' ' + member if member else ''}, {opened.app.name})"
        out.print(f"ready / lista: {ready}", markup=False, soft_wrap=True)
    if request:
        _tell_address(made)
        out.print(
            f"{request}: send it to the other side; nothing in it is secret. Read this out over the telephone:\n"
            f"{request}: envíelo a la otra parte; nada en él es secreto. Lea esto por teléfono:\n"
            f"  {joining.fingerprint(authority_of(made.path))}",
            markup=False,
            soft_wrap=True,
        )
    at = f"--home {settings.home}"
    listen = (f"istmo exchange listen --name SERVER {at}", "take part in the exchange", "participar en el intercambio")
    show = (
        f"istmo exchange show --out {(member or 'TS').lower()}.json {at}",
        "what the other side is sent; nothing in it is secret",
        "lo que se envía a la otra parte; nada en ello es secreto",
    )
    for command, en, es in (
        (f"istmo account invite NAME --role administrator {at}", "who lets people in", "quién da acceso"),
        *(() if takes_part else (listen,)),
        *(() if request else (show,)),
        (
            f"istmo exchange peer FILE {at}; istmo exchange trust root.json {at}",
            "know the other side, and the registry",
            "conocer a la otra parte y el registro",
        ),
        (f"istmo backup-key --out FILE; istmo backup --out FILE.age --recipient age1… {at}", "a backup", "una copia"),
        (f"istmo doctor {at}; istmo serve {at}", "check, then serve", "revisar y servir"),
    ):
        out.print(f"  {command}\n      {en} / {es}", markup=False, soft_wrap=True)


@app.command("serve")
def serve_command(
    home: HomeOption = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8000,
) -> None:
    """Serve the site at http://127.0.0.1:PORT, and the exchange when it is set up, until Ctrl-C."""
    from istmo.app.running import run

    with _opened(home) as opened:
        out.print(f"http://127.0.0.1:{port}", markup=False)
        run(opened, port=port)


@app.command("doctor")
def doctor_command(
    home: HomeOption = None,
    peers: Annotated[bool, typer.Option("--peers", help="Ask every peer too, over the network.")] = False,
    json_: JsonOption = False,
) -> None:
    """Check the machine and the installation, and say what to mend."""
    from istmo.app.doctor import Health, examine, examine_peers
    from istmo.app.settings import read_settings

    settings = read_settings(home=home)
    checks = (*examine(settings), *(examine_peers(settings) if peers else ()))
    if json_:
        _write_json([check.as_json() for check in checks])
    else:
        colours = {Health.OK: "green", Health.WARN: "yellow", Health.FAIL: "bold red"}
        for check in checks:
            out.print(f"[{colours[check.health]}]{check.health.value:5}[/]", end=" ")
            out.print(f"{check.name}: {check.message.in_(_language())}", markup=False, soft_wrap=True)
    if any(check.health is Health.FAIL for check in checks):
        raise typer.Exit(1)


@app.command("demo")
def demo_command(
    month: Annotated[str, typer.Option(help="The month whose brief is published.")] = DEMONSTRATION_MONTH,
    home: HomeOption = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8000,
) -> None:
    """The whole region on this machine: a hub and three nodes that exchange, the brief published, until Ctrl-C."""
    from istmo.app.region import demonstrate
    from istmo.app.settings import read_settings

    demonstrate(read_settings(home=home), month=month, port=port, say=lambda text: out.print(text, markup=False))


@app.command("backup-key")
def backup_key_command(
    out_: Annotated[Path, typer.Option("--out", help="A new file for the secret key; keep it away from this machine.")],
) -> None:
    """Make a key for backups: the secret one in a file, the public one on the terminal."""
    import os

    from istmo.app.backup import new_identity

    secret, public = new_identity()
    try:
        with os.fdopen(os.open(out_, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"# public key: {public}\n{secret}\n")
    except OSError as exc:
        raise InvalidInput(
            Text(
                es=f"No se puede escribir el archivo: {reason_of(exc).es}.",
                en=f"The file cannot be written: {reason_of(exc).en}.",
            ),
            place=str(out_),
            rule="F95",
        ) from exc
    out.print(public, markup=False, soft_wrap=True)
    err.print(
        f"-> {out_}: whoever has it reads every backup; without it none can be restored. / quien lo tenga lee todas las"
        " copias; sin él ninguna se puede restaurar.",
        markup=False,
    )


@app.command("backup")
def backup_command(
    out_: Annotated[Path, typer.Option("--out", help="The new file, on another disk: node-2026-03-01.age.")],
    recipient: Annotated[
        list[str], typer.Option("--recipient", help="Public key that may open it: age1…; several times for several.")
    ],
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Save the installation to one encrypted file: database, keys, registry and files not read yet."""
    from istmo.app.backup import back_up, read_recipient

    recipients = [read_recipient(each) for each in recipient]
    with _opened(home) as opened:
        made = back_up(opened, out_, recipients=recipients, now=datetime.now(UTC))
    _print_backup(made, out_, json_)


@app.command("facts")
def facts_command(
    file: Annotated[Path, typer.Argument(help="CSV: population,period,cell,value,source,date.")],
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Take in exact totals that others publish, and try what is published here against them."""
    raw = _open(file)
    with _opened(home):
        from istmo.installation.releases.checking import take_facts

        taken, found = take_facts(raw, place=file.name, at=datetime.now(UTC))
    if json_:
        _write_json({"new": taken.new, "known": taken.known, "beside": taken.beside, "findings": len(found)})
    else:
        out.print(
            f"{taken.new} new totals, {taken.known} known; {taken.beside} about tables published here.\n"
            f"{taken.new} totales nuevos, {taken.known} ya conocidos; {taken.beside} sobre tablas publicadas aquí.",
            markup=False,
            soft_wrap=True,
        )
        if found:
            out.print(
                f"Protected cells that they let be worked out: {len(found)}. See “Protected tables” in the workbench.\n"
                f"Celdas protegidas que permiten calcular: {len(found)}. Vea «Tablas protegidas» en la mesa.",
                markup=False,
                soft_wrap=True,
            )
    if found:
        raise typer.Exit(1)


@app.command("restore")
def restore_command(
    file: Annotated[Path, typer.Argument(help="A backup that “istmo backup” wrote.")],
    identity: Annotated[Path, typer.Option("--identity", help="The file with the secret key of the backup.")],
    home: Annotated[Path, typer.Option("--home", help="A new directory for the installation; none that exists.")],
    json_: JsonOption = False,
) -> None:
    """Make the installation of a backup anew in a directory that does not exist yet; all of it, or nothing."""
    from istmo.app.backup import read_identities, restore
    from istmo.app.settings import read_settings

    identities = read_identities(_open(identity).decode("utf-8", errors="replace"), name=identity.name)
    made = restore(file, settings=read_settings(home=home), identities=identities, now=datetime.now(UTC))
    _print_backup(made, home, json_)
    if not json_:
        out.print(
            f"What was exchanged after {made.made_at} is not in it. With “istmo serve” the peers are told, and tell "
            "what it was; an alarm stays until somebody closes it.\n"
            f"Lo que se intercambió después de {made.made_at} no está en ella. Con «istmo serve» las demás partes "
            "reciben el aviso y lo cuentan; una alarma queda hasta que alguien la cierre.",
            markup=False,
            soft_wrap=True,
        )


def _print_backup(made: Any, place: Path, json_: bool) -> None:
    rows = sum(made.tables.values())
    if json_:
        _write_json(
            {
                "party": made.party,
                "role": made.role,
                "made_at": made.made_at,
                "program": made.program,
                "postgresql": made.postgresql,
                "tables": dict(made.tables),
                "files": made.files,
                "bytes": made.size,
                "place": str(place),
            }
        )
        return
    out.print(
        f"{made.party} ({made.role}) {made.made_at}: {len(made.tables)} tables / tablas, {rows:,} rows / filas, "
        f"{made.files} files / archivos -> {place}",
        markup=False,
        soft_wrap=True,
    )


# --- the exchange ---


@exchange_app.command("listen")
def exchange_listen(
    host: Annotated[
        str, typer.Option("--host", help="The address of this machine on which peers reach it.")
    ] = "0.0.0.0",  # noqa: S104
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8443,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="The name under which peers reach it; the certificate is made for it."),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Take part in the exchange: say where “istmo serve” listens for peers, and under which names."""
    from istmo.app.joining import listen

    with _home(home) as opened:
        chosen = listen(opened, host=host, port=port, names=name or ())
        _print_exchange(opened)
    out.print(f"from the next start / desde el próximo inicio: {chosen.host}:{chosen.port}", markup=False)


@exchange_app.command("certificate")
def exchange_certificate(
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="The names that peers use; without it those of the present certificate."),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Renew the listener's certificate under the same authority: peers need not do anything."""
    from istmo.app.joining import renew

    with _home(home) as opened:
        renew(opened, name or ())
        _print_exchange(opened)


@exchange_app.command("show")
def exchange_show(
    out_: Annotated[Path | None, typer.Option("--out", help="Write what the other side is sent to this file.")] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Show what this installation is to others: party, public keys, authority, address; nothing of it is secret."""
    from istmo.app.joining import presentation

    with _home(home) as opened:
        document = presentation(opened)
        if out_:
            _write_whole(out_, json.dumps(document, indent=2) + "\n")
        if json_:
            _write_json(document)
        else:
            _print_exchange(opened)
    if out_ and not json_:
        _tell_address(opened)
        out.print(f"-> {out_}", markup=False, soft_wrap=True)


def _tell_address(home: Any) -> None:
    """Say it where the other side is not told how it can be reached."""
    from istmo.app.joining import address

    if not address(home):
        command = "istmo exchange listen --name SERVER"
        text = (
            f"No address in it: give the name under which peers reach this server, “{command}”.\n"
            f"No lleva dirección: dé el nombre con que los pares llegan a este servidor, «{command}»."
        )
        out.print(text, style="yellow", markup=False, soft_wrap=True)


@exchange_app.command("peer")
def exchange_peer(
    file: Annotated[Path, typer.Argument(help="What the other installation's “istmo exchange show --out” wrote.")],
    address: Annotated[
        str, typer.Option("--address", help="Where it listens, if the file does not say: https://…")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="The fingerprint was compared; do not ask.")] = False,
    home: HomeOption = None,
) -> None:
    """Know another installation: deliver to its address and believe its authority, once its fingerprint is compared."""
    from istmo.app.joining import know, read_presentation

    other = read_presentation(_open(file), name=file.name, address=address)
    with _home(home) as opened:
        out.print(f"{other.party} {other.address}\n  {other.fingerprint}", markup=False, soft_wrap=True)
        if not yes and not _agreed("Did you compare it over the telephone? / ¿La comparó por teléfono? [s/y, N]"):
            err.print("Nothing was changed. / No se cambió nada.")
            raise typer.Exit(1)
        know(opened, other)
        _print_exchange(opened)


@exchange_app.command("trust")
def exchange_trust(
    file: Annotated[Path, typer.Argument(help="The registry's root, got from a member in person or on paper.")],
    yes: Annotated[bool, typer.Option("--yes", help="The fingerprint was compared; do not ask.")] = False,
    home: HomeOption = None,
) -> None:
    """Trust the root of the registry, once: from it everything is verified that the hub passes on."""
    from istmo.app.joining import read_root, trust

    root, fingerprint = read_root(_open(file), name=file.name)
    with _home(home) as opened:
        out.print(f"root / raíz:\n  {fingerprint}", markup=False, soft_wrap=True)
        if not yes and not _agreed("Did you compare it with a member? / ¿La comparó con un miembro? [s/y, N]"):
            err.print("Nothing was changed. / No se cambió nada.")
            raise typer.Exit(1)
        trust(opened, root)
    out.print("trusted / de confianza", markup=False)


@exchange_app.command("test")
def exchange_test(
    to: Annotated[str, typer.Option("--to", help="The party: HND.")],
    case: Annotated[
        str,
        typer.Option("--case", help="Ask about nobody instead: none, protected, not-permitted, or all of them."),
    ] = "",
    count: Annotated[int, typer.Option("--count", help="Messages, or questions of each case.")] = 1,
    wait: Annotated[
        int | None, typer.Option("--wait", help="Seconds to wait for receipts and answers; default: 60, or 240.")
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Send test messages to a peer and wait for their receipts; or ask trial questions and judge the answers."""
    import random

    from istmo.exchange.trial import Case

    cases = tuple(Case) if case == "all" else tuple(one for one in Case if one.value == case)
    if case and not cases:
        raise InvalidInput(
            Text(es=f"No existe el caso «{case}».", en=f"There is no case “{case}”."),
            advice=Text(
                es="Elija none, protected, not-permitted o all.", en="Choose none, protected, not-permitted or all."
            ),
        )
    with _opened(home):
        from istmo.installation.delivery.point import access_point
        from istmo.installation.delivery.trials import MOST, ask, send_tests

        point, most = access_point(), MOST
        if not 1 <= count <= most:
            raise InvalidInput(
                Text(es=f"Se envían de 1 a {most}.", en=f"From 1 to {most} are sent."), place="--count", rule="F52"
            )
        if to not in point.addresses():
            known = ", ".join(sorted(point.addresses())) or "-"
            raise NotFound(
                Text(es=f"«{to}» no está en exchange.json.", en=f"“{to}” is not in exchange.json."),
                advice=Text(es=f"Se conocen: {known}.", en=f"Known are: {known}."),
            )
        now = datetime.now(UTC)
        if cases:
            run = ask(point, to, cases=cases, each=count, at=now, shuffle=random.SystemRandom().shuffle)
            good = _wait_for_answers(run, 240 if wait is None else wait, json_=json_)
        else:
            sent = send_tests(point, to, count=count, at=now)
            good = _wait_for_receipts(sent, 60 if wait is None else wait, json_=json_)
    if not good:
        raise typer.Exit(1)


def _until(done: Callable[[], bool], seconds: int) -> None:
    import time

    ends = time.monotonic() + seconds
    while not done() and time.monotonic() < ends:
        time.sleep(0.2)


def _wait_for_receipts(sent: Sequence[Any], seconds: int, *, json_: bool) -> bool:
    """Whether every message was delivered in time; what became of them is written."""
    from istmo.installation.delivery.models import Outbound
    from istmo.installation.delivery.states import DeliveryState, reason_text

    ours = Outbound.objects.filter(pk__in=[one.pk for one in sent])
    waiting = ours.filter(state=DeliveryState.WAITING.value)
    _until(lambda: not waiting.exists(), seconds)
    found = list(ours.order_by("pk").defer("payload", "nonce", "envelope"))
    if json_:
        _write_json([{"message": str(one.message_id), "state": one.state, "reason": one.reason} for one in found])
    else:
        language = _language()
        for one in found:
            reason = f" ({reason_text(one.reason).in_(language)})" if one.reason else ""
            took = f" {(one.ended_at - one.created_at).total_seconds():.1f} s" if one.ended_at else ""
            title = one.delivery_state.title.in_(language)
            out.print(f"{one.message_id}: {title}{took}{reason}", markup=False, soft_wrap=True)
    if any(one.delivery_state is DeliveryState.WAITING for one in found):
        _say_who_delivers()
    return all(one.delivery_state is DeliveryState.DELIVERED for one in found)


def _wait_for_answers(run: Any, seconds: int, *, json_: bool) -> bool:
    """Whether every question was answered in time and nothing tells the cases apart; what was found is written."""
    from istmo.installation.delivery.states import reason_text
    from istmo.installation.delivery.trials import trial_of

    _until(lambda: trial_of(run).waiting == 0, seconds)
    found = trial_of(run)
    judged = found.judgement
    if json_:
        _write_json(
            {
                "trial": str(run),
                "peer": found.peer,
                "asked": {case.value: number for case, number in found.asked.items()},
                "answered": {case.value: number for case, number in found.answered.items()},
                "ended": found.ended,
                "reasons": list(found.reasons),
                "alike": judged.is_alike if judged else None,
                "area": judged.told_apart if judged else None,
                "allowed": judged.limit if judged else None,
                "message": judged.message.as_json() if judged else None,
            }
        )
    else:
        language = _language()
        for case, number in found.asked.items():
            if number:
                out.print(f"{case.text.in_(language)}: {found.answered[case]} / {number}", markup=False)
        for reason in found.reasons:
            out.print(reason_text(reason).in_(language), markup=False, soft_wrap=True)
        if judged:
            out.print(judged.message.in_(language), markup=False, soft_wrap=True)
    if found.waiting:
        _say_who_delivers()
    return judged is not None and judged.is_alike


def _say_who_delivers() -> None:
    err.print(
        "They wait in the outbox and leave while “istmo serve” runs here and at the peer. / Esperan en la cola y salen "
        "mientras «istmo serve» funcione aquí y en la otra parte.",
        markup=False,
    )


@contextmanager
def _home(home: Path | None) -> Iterator[Any]:
    """An installation's directory, nothing started; keys that an earlier version did not make are made."""
    from istmo.app.home import party_of, read_home
    from istmo.app.keys import make_keys
    from istmo.app.settings import read_settings

    read = read_home(read_settings(home=home))
    make_keys(read.path, party_of(read))
    yield read


def _print_exchange(opened: Any) -> None:
    from istmo.app import joining
    from istmo.app.exchange import read_exchange
    from istmo.app.home import party_of
    from istmo.app.keys import authority_of, public_keys, registry_key

    rows = [("party / parte", party_of(opened)), ("address / dirección", joining.address(opened) or "-")]
    rows += [(key["use"], key["kid"]) for key in public_keys(opened.path, party_of(opened))["keys"]]
    rows += [("registry key / clave del registro", registry_key(opened.path).kid)]
    rows += [("authority / autoridad", joining.fingerprint(authority_of(opened.path)))]
    rows += [("names / nombres", ", ".join(joining.names(opened)))]
    try:
        peers = read_exchange(opened).peers
    except NotFound:
        peers = {}
    rows += [(f"peer / par {party}", where) for party, where in sorted(peers.items())]
    for title, value in rows:
        out.print(f"{title}: {value}", markup=False, soft_wrap=True)


# --- accounts ---


def _site(opened: Any, site: str | None) -> str:
    """The address of the site as a person types it: the one given, else the first of ISTMO_HOSTS."""
    if site:
        return site.rstrip("/")
    host = opened.settings.hosts[0]
    return f"https://{host}" if opened.settings.https else f"http://{host}:8000"


def _print_link(opened: Any, account: Any, token: str, site: str | None) -> None:
    from django.urls import reverse
    from django.utils.translation import override

    from istmo.installation.accounts.sessions import LINK_LASTS

    with override("es"):
        path = reverse("invitation", kwargs={"token": token})
    out.print(f"account {account.username} ({account.role})", markup=False)
    out.print(f"{_site(opened, site)}{path}", markup=False, soft_wrap=True)
    out.print(
        f"The link works once, within {LINK_LASTS.days} days; it is not shown again. / "
        f"El enlace sirve una vez, en {LINK_LASTS.days} días; no se muestra de nuevo.",
        markup=False,
        soft_wrap=True,
    )


@account_app.command("list")
def account_list(home: HomeOption = None, json_: JsonOption = False) -> None:
    """List the accounts: role, State, whether they can be used, second factors, last sign-in."""
    with _opened(home):
        from istmo.installation.accounts.models import User
        from istmo.installation.accounts.second_factor import lacks_needed_factor, second_factors

        found = [
            {
                "username": user.username,
                "name": user.full_name,
                "role": user.role,
                "member": user.member,
                "state": user.state,
                "factors": second_factors(user),
                "factor_missing": lacks_needed_factor(user),
                "last_sign_in": user.last_login.isoformat() if user.last_login else None,
            }
            for user in User.objects.order_by("username")
        ]
    if json_:
        _write_json(found)
        return
    if not found:
        out.print("There is no account yet: istmo account invite. / Aún no hay cuentas.", markup=False)
        return
    _show(
        ("account", "name", "role", "State", "use", "second factor", "last sign-in"),
        [
            (
                each["username"],
                each["name"],
                each["role"],
                each["member"] or "-",
                each["state"],
                "missing" if each["factor_missing"] else str(each["factors"] or "-"),
                (each["last_sign_in"] or "-")[:16],
            )
            for each in found
        ],
    )


@account_app.command("invite")
def account_invite(
    username: AccountArgument,
    role: Annotated[str, typer.Option(help="reader, statistician, analyst, approver or administrator.")],
    full_name: Annotated[str, typer.Option("--name", help="The person's name, printed on what they approve.")],
    member: Annotated[str, typer.Option(help="The State of a national statistician or a reader: PAN.")] = "",
    site: SiteOption = None,
    home: HomeOption = None,
) -> None:
    """Make an account and print the link with which its person chooses a password."""
    with _opened(home) as opened:
        from istmo.installation.accounts.administration import invite, new_token

        token = new_token()
        made = invite(
            username=username,
            full_name=full_name,
            role=role,
            member=member,
            by=None,
            at=datetime.now(UTC),
            token=token,
        )
        _print_link(opened, made, token, site)


@account_app.command("link")
def account_link(username: AccountArgument, site: SiteOption = None, home: HomeOption = None) -> None:
    """Print a new link for somebody who lost theirs or forgot the password; earlier links stop working."""
    with _opened(home) as opened:
        from istmo.installation.accounts.administration import find_account, give_new_link, new_token

        token, account = new_token(), find_account(username)
        give_new_link(account, by=None, at=datetime.now(UTC), token=token)
        _print_link(opened, account, token, site)


@account_app.command("role")
def account_role(
    username: AccountArgument,
    role: Annotated[str, typer.Argument(help="reader, statistician, analyst, approver or administrator.")],
    member: Annotated[str, typer.Option(help="The State of a national statistician or a reader: PAN.")] = "",
    home: HomeOption = None,
) -> None:
    """Give an account another role; its sessions end. The last administrator stays one."""
    with _opened(home):
        from istmo.installation.accounts.administration import change_role, find_account

        changed = change_role(find_account(username), role, member=member, by=None, at=datetime.now(UTC))
        out.print(f"account {changed.username} ({changed.role}{' ' + changed.member if changed.member else ''})")


@account_app.command("disable")
def account_disable(username: AccountArgument, home: HomeOption = None) -> None:
    """Let nobody sign in with an account any more; what it did stays."""
    with _opened(home):
        from istmo.installation.accounts.administration import disable, find_account

        out.print(f"disabled / desactivada: {disable(find_account(username), by=None, at=datetime.now(UTC)).username}")


@account_app.command("enable")
def account_enable(username: AccountArgument, home: HomeOption = None) -> None:
    """Let an account be signed in to again, with its password and its second factor."""
    with _opened(home):
        from istmo.installation.accounts.administration import enable, find_account

        out.print(f"enabled / activa: {enable(find_account(username), by=None, at=datetime.now(UTC)).username}")


@account_app.command("reset-factor")
def account_reset_factor(username: AccountArgument, home: HomeOption = None) -> None:
    """Remove application, passkeys and recovery codes of somebody who lost them; a new one is asked for."""
    with _opened(home):
        from istmo.installation.accounts.administration import find_account, reset_second_factor

        reset = reset_second_factor(find_account(username), by=None, at=datetime.now(UTC))
        out.print(f"second factor removed / segundo factor quitado: {reset.username}")


@account_app.command("roles")
def account_roles(json_: JsonOption = False) -> None:
    """Print what each role may do."""
    from istmo.installation.accounts.permissions import PERMISSIONS, needs_second_factor
    from istmo.installation.accounts.roles import AccountRole

    if json_:
        _write_json(
            {
                role.value: {
                    "title": role.title.as_json(),
                    "second_factor": needs_second_factor(role),
                    "acts": [act.value for act, roles in PERMISSIONS.items() if role in roles],
                }
                for role in AccountRole
            }
        )
        return
    rows = [
        (act.title.in_(_language()), *("yes" if role in roles else "-" for role in AccountRole))
        for act, roles in PERMISSIONS.items()
    ]
    _show(("act", *(role.value for role in AccountRole)), rows)


# --- agreements ---


AgreementFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A YAML source (istmo-agreement/1) or a signed document (.jws.json).")
]


@agreement_app.command("check")
def agreement_check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="YAML sources or signed documents; several are also held side by side."),
    ],
    json_: JsonOption = False,
) -> None:
    """Say whether agreements can be read and may come into force, and which of several overlap; exit 1 when one may
    not."""
    from istmo.registry.agreements.activation import overlaps, refusals
    from istmo.registry.agreements.reading import read_agreement, read_file

    read = [(file, read_agreement(read_file(_open(file), name=file.name), name=file.name)) for file in files]
    found = [(file, agreement, refusals(agreement)) for file, agreement in read]
    beside = list(dict.fromkeys(overlap.reason for overlap in overlaps(agreement for _, agreement in read)))
    if json_:
        _write_json(
            {
                "agreements": [
                    {
                        "file": str(file),
                        "id": agreement.id,
                        "version": agreement.version,
                        "kind": agreement.kind,
                        "digest": agreement.digest,
                        "refusals": [_refusal_json(one) for one in refused],
                    }
                    for file, agreement, refused in found
                ],
                "overlaps": [reason.as_json() for reason in beside],
            }
        )
    else:
        for file, agreement, refused in found:
            out.print(f"{file}: {agreement.id}, {agreement.digest[:12]}", markup=False, soft_wrap=True)
            if not refused:
                out.print("  may come into force / puede entrar en vigor")
            _print_refusals(refused)
        for reason in beside:
            out.print(f"  F74  {reason.en}\n       {reason.es}", markup=False, soft_wrap=True)
    if beside or any(refused for _, _, refused in found):
        raise typer.Exit(1)


@agreement_app.command("sign")
def agreement_sign(
    file: AgreementFile,
    key: Annotated[Path, typer.Option("--key", help="The private key of the party: PKCS#8 in PEM, Ed25519.")],
    out_: Annotated[Path, typer.Option("--out", help="Where the signed document goes: FILE.jws.json.")],
    yes: Annotated[bool, typer.Option("--yes", help="Sign without asking.")] = False,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Show in plain words what is signed, ask, and add the signature of a party's key; the key stays where it is."""
    from istmo.registry.agreements.activation import refusals
    from istmo.registry.agreements.reading import read_agreement, read_file
    from istmo.registry.keys import Use, from_pem
    from istmo.registry.signing import add_signature

    document = read_file(_open(file), name=file.name)
    agreement = read_agreement(document, name=file.name)
    private = from_pem(_open(key), use=Use.SIGNING, name=key.name)
    refused = refusals(agreement)
    if refused:
        err.print("It could not come into force / No podría entrar en vigor:")
        _print_refusals(refused, to=err)
        raise typer.Exit(1)
    speaks_for = _party_of(private.kid, home)
    if speaks_for and speaks_for not in agreement.party_ids:
        raise InvalidInput(
            Text(
                es=f"La clave es de {speaks_for}, que no es parte de este acuerdo.",
                en=f"The key is that of {speaks_for}, who is no party to this agreement.",
            ),
            place=key.name,
            rule="F75",
        )
    _print_agreement(agreement)
    known = speaks_for or "key not in this registry / clave que no está en este registro"
    err.print(f"key / clave: {private.kid} ({known})", markup=False, soft_wrap=True)
    if private.kid in document.kids:
        err.print("This key has signed it already. / Esta clave ya lo firmó.")
    elif not yes and not _agreed("¿Firmar? / Sign? [s/y, N]"):
        err.print("Nothing was signed. / No se firmó nada.")
        raise typer.Exit(1)
    signed = add_signature(document, private)
    written = signed.as_json() + "\n"
    read_file(written.encode(), name=out_.name)
    _write_whole(out_, written)
    if json_:
        _write_json(
            {
                "id": agreement.id,
                "version": agreement.version,
                "digest": signed.digest,
                "kid": private.kid,
                "party": speaks_for,
                "signatures": list(signed.kids),
                "out": str(out_),
            }
        )
    else:
        out.print(f"-> {out_}", markup=False, soft_wrap=True)


@agreement_app.command("show")
def agreement_show(file: AgreementFile, home: HomeOption = None, json_: JsonOption = False) -> None:
    """Say what an agreement is, who has signed it by the keys of the registry, who is missing and its state today; exit
    1 when it is not valid."""
    from istmo.app.decisions import snapshot_of
    from istmo.registry.agreements.activation import refusals
    from istmo.registry.agreements.reading import read_agreement, read_file
    from istmo.registry.agreements.states import state
    from istmo.registry.agreements.stopping import ended_from
    from istmo.registry.agreements.validity import judged

    now = datetime.now(UTC)
    snapshot = snapshot_of(home, now)
    document = read_file(_open(file), name=file.name)
    agreement = read_agreement(document, name=file.name)
    signed, flawed = judged(document, agreement, snapshot.keys, now)
    refused = refusals(agreement)
    status = state(
        agreement,
        now=now,
        signatures=() if refused else signed,
        suspensions=snapshot.suspensions,
        supersessions=snapshot.agreements.values(),
        denounced=ended_from(agreement, snapshot.denunciations),
        proposed=bool(document.signatures),
    )
    if json_:
        _write_json(
            {
                "id": agreement.id,
                "version": agreement.version,
                "kind": agreement.kind,
                "title": agreement.title.as_json(),
                "digest": agreement.digest,
                "state": status.value,
                "valid": signed == agreement.party_ids and not refused,
                "parties": [{"party": one.party, "signed": one.party in signed} for one in agreement.parties],
                "flawed": [
                    {"kid": one.kid, "party": one.party, "flaw": one.flaw.value, "reason": one.flaw.label.as_json()}
                    for one in flawed
                ],
                "refusals": [_refusal_json(one) for one in refused],
            }
        )
    else:
        _print_agreement(agreement, to=out)
        out.print(f"state / estado: {status.label.en} / {status.label.es}", markup=False, soft_wrap=True)
        for one in agreement.parties:
            said = "signed / firmó" if one.party in signed else "missing / falta"
            out.print(f"  {one.party}: {said}", markup=False)
        for flaw in flawed:
            reason = flaw.flaw.label
            named = f"{flaw.kid[:12]}… {flaw.party}".strip()
            out.print(f"  F75  {named}: {reason.en} / {reason.es}", markup=False, soft_wrap=True)
        _print_refusals(refused)
    if signed != agreement.party_ids or refused:
        raise typer.Exit(1)


RequestFile = Annotated[Path, typer.Argument(metavar="REQUEST.json", help="The request, a JSON object.")]


@agreement_app.command("compile")
def agreement_compile(
    file: AgreementFile,
    out_: Annotated[Path, typer.Option("--out", help="The directory for the files; it is made.")],
) -> None:
    """Write the policies, a reading in both languages, the schema of the payload, test vectors and an audit query."""
    from istmo.policy.compiling.documents import compiled

    files = compiled(_agreement(file))
    try:
        out_.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise InvalidInput(
            Text(es=f"No se puede crear: {reason_of(exc).es}.", en=f"It cannot be made: {reason_of(exc).en}."),
            place=str(out_),
            rule="F1",
        ) from exc
    for name, content in files.items():
        _write_whole(out_ / name, content)
        out.print(f"-> {out_ / name}", markup=False, soft_wrap=True)


@agreement_app.command("explain")
def agreement_explain(
    file: AgreementFile,
    lang: Annotated[str, typer.Option("--lang", help="es or en; default: both.")] = "",
) -> None:
    """Say in words what an agreement permits, under which conditions, and what stands above it."""
    from istmo.policy.compiling.documents import reading

    if lang not in ("", "es", "en"):
        raise InvalidInput(
            Text(es="El idioma es «es» o «en».", en="The language is “es” or “en”."), place="--lang", rule="F1"
        )
    for language in (lang,) if lang else ("es", "en"):
        out.print(reading(_agreement(file), language), markup=False, soft_wrap=True)


@agreement_app.command("simulate")
def agreement_simulate(
    file: AgreementFile, request: RequestFile, home: HomeOption = None, json_: JsonOption = False
) -> None:
    """Say what would be decided of a request if this agreement were signed by all, and by which clause; exit 1 when it
    would be refused."""
    from istmo.app.decisions import read_document, snapshot_of
    from istmo.policy import simulated

    now = datetime.now(UTC)
    document = read_document(_open(request), name=request.name)
    found = simulated(_agreement(file), document, snapshot_of(home, now), now)
    if json_:
        answer = found.public_answer
        text = found.clause_text
        _write_json(
            {
                "decision": found.decision,
                "rule": found.rule,
                "clause": found.clause,
                "clause_text": text.as_json() if text else None,
                "reason": found.reason.as_json(),
                "public_answer": answer.as_json() if answer else None,
            }
        )
    else:
        _say_decision(found.decision, found.rule, found.clause, found.reason, to=out)
        if found.clause_text:
            out.print(f"  {found.clause_text.es}\n  {found.clause_text.en}", markup=False, soft_wrap=True)
    if found.decision != "permit":
        raise typer.Exit(1)


@app.command("decide")
def decide_command(
    request: RequestFile,
    agreements: Annotated[
        Path | None,
        typer.Option("--agreements", help="A directory of signed agreements, in place of those of the registry."),
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Decide whether a request may leave, as JSON; exit 0 for permit, 1 for refuse, 2 when it cannot be read. The
    reason in words, for officers, is written beside it unless --json is given."""
    from istmo.app.decisions import read_document, snapshot_of, with_agreements
    from istmo.policy import Refusal, decide, read_request

    now = datetime.now(UTC)
    document = read_document(_open(request), name=request.name)
    snapshot = snapshot_of(home, now)
    if agreements is not None:
        snapshot, left_out = with_agreements(snapshot, agreements, now)
        for why in left_out:
            err.print(f"{why.en}\n{why.es}", markup=False)
    found = decide(read_request(document), snapshot=snapshot, now=now)
    refusal = found if isinstance(found, Refusal) else None
    _write_json(
        {
            "decision": found.decision,
            "rule": refusal.rule if refusal else "",
            "clause": found.clause,
            "public_answer": refusal.public_answer.as_json() if refusal else None,
        }
    )
    if not json_:
        permitted = Text(es="El acuerdo lo permite.", en="The agreement permits it.")
        rule = refusal.rule if refusal else ""
        _say_decision(found.decision, rule, found.clause, refusal.reason if refusal else permitted, to=err)
    if refusal:
        raise typer.Exit(1)


def _say_decision(decision: str, rule: str, clause: str, reason: Text, *, to: Console) -> None:
    words = {"permit": "permit / se permite", "refuse": "refuse / se rechaza"}[decision]
    named = [rule, *([f"clause / cláusula {clause}"] if clause else [])]
    to.print(" · ".join([words, *(part for part in named if part)]), markup=False)
    to.print(f"  {reason.es}\n  {reason.en}", markup=False, soft_wrap=True)


def _agreement(file: Path) -> Any:
    from istmo.registry.agreements.reading import read_agreement, read_file

    return read_agreement(read_file(_open(file), name=file.name), name=file.name)


def _agreed(question: str) -> bool:
    """Whether a person says yes, in Spanish or in English; an empty answer is no."""
    answer = typer.prompt(question, default="n", show_default=False, err=True)
    return str(answer).strip().casefold() in ("s", "si", "sí", "y", "yes")


def _party_of(kid: str, home: Path | None) -> str:
    """The party of a key; "" for one that the registry does not hold, or where there is no registry yet."""
    from istmo.app.decisions import snapshot_of

    try:
        record = snapshot_of(home, datetime.now(UTC)).keys.records.get(kid)
    except NotFound as error:
        if error.rule != "F87":
            raise
        return ""
    return record.party if record else ""


def _print_agreement(agreement: Any, *, to: Console = err) -> None:
    """The agreement in plain words, first in Spanish, then in English."""
    from istmo.registry.agreements.plain import sections

    for language in ("es", "en"):
        for section in sections(agreement):
            to.print(f"\n{section.heading.in_(language)}", markup=False, soft_wrap=True)
            for line in section.lines:
                to.print(f"  {line.in_(language)}", markup=False, soft_wrap=True)
    to.print()


def _print_refusals(refused: Any, *, to: Console = out) -> None:
    for one in refused:
        place = f"({one.place}) " if one.place else ""
        to.print(f"  {one.rule}  {place}{one.reason.en}\n       {one.reason.es}", markup=False, soft_wrap=True)


def _refusal_json(one: Any) -> dict[str, Any]:
    return {"rule": one.rule, "ground": one.ground.value, "place": one.place, "reason": one.reason.as_json()}


def _write_whole(path: Path, text: str) -> None:
    """The file is there in full or as it was before."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as exc:
        raise InvalidInput(
            Text(
                es=f"No se puede escribir el archivo: {reason_of(exc).es}.",
                en=f"The file cannot be written: {reason_of(exc).en}.",
            ),
            place=str(path),
            rule="F1",
        ) from exc


# --- the registry ---


ReasonEs = Annotated[str, typer.Option("--reason-es", help="Why, in Spanish; the other parties read it.")]
ReasonEn = Annotated[str, typer.Option("--reason-en", help="Why, in English.")]
AgreementId = Annotated[str, typer.Argument(metavar="ID", help="The agreement's id.")]


@agreement_app.command("suspend")
def agreement_suspend(
    agreement: AgreementId, reason_es: ReasonEs, reason_en: ReasonEn, home: HomeOption = None
) -> None:
    """Suspend an agreement with the installation's key: here at once, and told to the other parties."""
    _suspending("suspend_here", agreement, reason_es, reason_en, home)


@agreement_app.command("lift")
def agreement_lift(agreement: AgreementId, reason_es: ReasonEs, reason_en: ReasonEn, home: HomeOption = None) -> None:
    """Lift the suspension that this installation's party made; nobody else can."""
    _suspending("lift_here", agreement, reason_es, reason_en, home)


@agreement_app.command("denounce")
def agreement_denounce(
    agreement: AgreementId,
    reason_es: ReasonEs,
    reason_en: ReasonEn,
    from_: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day not bound; default: when the notice is over."),
    ] = None,
    out_: Annotated[
        Path | None, typer.Option("--out", help="Also write the signed notice here, to add it to the registry.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Denounce without asking.")] = False,
    home: HomeOption = None,
) -> None:
    """Denounce an agreement with the installation's key: it ends after its notice, and nothing undoes it."""
    _check_reasons(reason_es, reason_en)
    now = datetime.now(UTC).replace(microsecond=0)
    day = from_.date() if from_ else None
    with _opened(home) as opened:
        from django.db import transaction

        from istmo.installation.delivery.point import access_point
        from istmo.installation.registry_copy.copy import RegistryCopy
        from istmo.installation.registry_copy.suspending import agreed, denounce_here, prepared
        from istmo.registry.agreements.record import StopsFor

        point, copy = access_point(), RegistryCopy(opened.path / "registry")
        known, reason = agreed(point, agreement), Text(es=reason_es, en=reason_en)
        planned = prepared(point, agreement, reason=reason, at=now, day=day).said.day
        for language in ("es", "en"):
            err.print(known.title.in_(language), markup=False, soft_wrap=True)
        err.print(f"{known.id}: {point.party}, from / desde {planned}", markup=False, soft_wrap=True)
        if known.stops_for is StopsFor.ALL:
            err.print("  It stops for all parties. / Se detiene para todas las partes.")
        else:
            err.print(
                "  Only what goes from it and to it stops. / Se detiene solo lo que sale de ella y va hacia ella."
            )
        err.print("  Nothing undoes it. / Nada lo deshace.")
        if not yes and not _agreed("¿Denunciar? / Denounce? [s/y, N]"):
            err.print("Nothing was denounced. / No se denunció nada.")
            raise typer.Exit(1)
        with transaction.atomic():
            made = denounce_here(point, copy, agreement, reason=reason, at=now, day=day)
        told = sorted(known.party_ids & set(point.addresses()) - {point.party})
        untold = sorted(known.party_ids - set(told) - {point.party})
    out.print(f"{agreement}: {point.party} not bound from / deja de obligarla {made.said.day}", markup=False)
    _print_told(told, untold)
    if out_:
        _write_whole(out_, made.document.as_json() + "\n")
        out.print(f"-> {out_}", markup=False, soft_wrap=True)


def _check_reasons(reason_es: str, reason_en: str) -> None:
    if not reason_es.strip() or not reason_en.strip():
        raise InvalidInput(Text(es="Falta el motivo.", en="The reason is missing."), rule="F78")


def _print_told(told: Sequence[str], untold: Sequence[str]) -> None:
    out.print(f"  told / avisado a: {', '.join(told) or '-'}", markup=False, soft_wrap=True)
    if untold:
        out.print(f"  tell them yourself / avise usted a: {', '.join(untold)}", markup=False, soft_wrap=True)


def _suspending(act: str, agreement: str, reason_es: str, reason_en: str, home: Path | None) -> None:
    _check_reasons(reason_es, reason_en)
    now = datetime.now(UTC).replace(microsecond=0)
    with _opened(home) as opened:
        from django.db import transaction

        from istmo.installation.delivery.point import access_point
        from istmo.installation.registry_copy import suspending
        from istmo.installation.registry_copy.copy import RegistryCopy

        point, copy = access_point(), RegistryCopy(opened.path / "registry")
        with transaction.atomic():
            getattr(suspending, act)(point, copy, agreement, reason=Text(es=reason_es, en=reason_en), at=now)
        suspended = point.registry().suspended(agreement, now)
        agreed = point.registry().agreements.get(agreement)
        told = sorted((agreed.party_ids if agreed else set()) & set(point.addresses()) - {point.party})
        untold = sorted((agreed.party_ids if agreed else set()) - set(told) - {point.party})
    state = f"suspended by / suspendido por {suspended.party}" if suspended else "not suspended / no suspendido"
    out.print(f"{agreement}: {state}", markup=False, soft_wrap=True)
    _print_told(told, untold)


RegistryDirectory = Annotated[
    Path, typer.Argument(metavar="DIR", help="The registry in the making: a folder that may travel between signers.")
]
PrivateKeyOption = Annotated[Path, typer.Option("--key", help="A private registry key: PKCS#8 in PEM, Ed25519.")]


def _private(path: Path) -> Any:
    from istmo.registry.keys import Use, from_pem

    return from_pem(_open(path), use=Use.SIGNING, name=path.name)


def _public(path: Path, *, sealing: bool = False) -> Any:
    """The public key of a file: a JWK, as “istmo registry key” writes it, or what “istmo exchange show --out” did."""
    from istmo.registry.keys import Use, from_jwk

    try:
        jwk = json.loads(_open(path))
    except ValueError:
        jwk = None
    if isinstance(jwk, dict) and isinstance(jwk.get("registry"), dict):
        jwk = jwk["registry"]
    if not isinstance(jwk, dict):
        raise InvalidInput(
            Text(es="El archivo no contiene una clave pública JWK.", en="The file holds no public key as a JWK."),
            place=path.name,
            advice=Text(
                es="La escribe «istmo registry key»; nunca envíe la privada.",
                en="“istmo registry key” writes it; never send the private one.",
            ),
            rule="F70",
        )
    use = Use.SEALING if sealing and jwk.get("crv") == Use.SEALING.curve else Use.SIGNING
    return from_jwk(jwk, use=use, name=path.name)


def _named_key(written: str) -> tuple[str, Any]:
    """`PAN=FILE` as a party and its public key."""
    party, _, file = written.partition("=")
    if not file:
        raise InvalidInput(
            Text(es=f"Se escribe PARTE=ARCHIVO, no «{written}».", en=f"It is written PARTY=FILE, not “{written}”."),
            rule="F79",
        )
    return party, _public(Path(file))


def _registry_edited(directory: Path, edit: Any) -> None:
    """Edit the folder and show what the drafts wait for."""
    from istmo.installation.registry_copy.published import Published

    _show_waiting(Published(directory).change(edit))


def _show_waiting(files: Any) -> None:
    from istmo.registry.distribution.making import waiting

    for one in waiting(files):
        missing = f"missing / faltan {one.missing}" if one.missing else "complete / completo"
        signed = ", ".join(one.signed) or "-"
        out.print(f"draft / borrador {one.role} {one.version}: {missing}; signed / firmó: {signed}", markup=False)
        if one.missing:
            out.print(f"  may sign / puede firmar: {', '.join(one.others)}", markup=False, soft_wrap=True)


@registry_app.command("key")
def registry_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the private key goes; the public one beside it.")],
    sealing: Annotated[bool, typer.Option("--sealing", help="A key that messages are sealed to, not to sign.")] = False,
) -> None:
    """Make a key: FILE stays with you (mode 0600), FILE.pub.json is for the others."""
    import os
    import secrets

    from istmo.registry.keys import Use, from_seed

    made = from_seed(Use.SEALING if sealing else Use.SIGNING, secrets.token_bytes(32))
    public = file.with_name(f"{file.name}.pub.json")
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as private:
            private.write(made.as_pem())
        _write_whole(public, json.dumps(made.public.as_jwk(), indent=2) + "\n")
    except FileExistsError:
        raise InvalidInput(
            Text(es="Ya existe: una clave no se sobrescribe.", en="It exists: a key is never overwritten."),
            place=str(file),
            rule="F70",
        ) from None
    except OSError as exc:
        raise InvalidInput(
            Text(
                es=f"No se puede escribir el archivo: {reason_of(exc).es}.",
                en=f"The file cannot be written: {reason_of(exc).en}.",
            ),
            place=str(file),
            rule="F1",
        ) from exc
    out.print(f"{made.kid}\n-> {file}\n-> {public}", markup=False, soft_wrap=True)


@registry_app.command("public")
def registry_public(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A private key: PKCS#8 in PEM, Ed25519 or X25519.")],
    out_: Annotated[Path, typer.Option("--out", help="Where the public key goes, as a JWK.")],
) -> None:
    """Write the public key that belongs to a private one, for the others: keys/exchange/signing.pem, for example."""
    from istmo.registry.keys import Use, from_pem

    pem = _open(file)
    try:
        key = from_pem(pem, use=Use.SEALING, name=file.name)
    except InvalidInput:
        key = from_pem(pem, use=Use.SIGNING, name=file.name)
    _write_whole(out_, json.dumps(key.public.as_jwk(), indent=2) + "\n")
    out.print(f"{key.kid}\n-> {out_}", markup=False, soft_wrap=True)


@registry_app.command("init")
def registry_init(
    directory: RegistryDirectory,
    member: Annotated[list[str], typer.Option("--member", help="PAN=FILE: a member and its public registry key.")],
    hub: Annotated[Path, typer.Option("--hub", help="The hub's public registry key.")],
    threshold: Annotated[int, typer.Option(help="How many members sign the root and the common documents.")] = 2,
) -> None:
    """Begin a registry: drafts of the root and of the common documents: parties, code lists, rules."""
    from istmo.registry.demonstration import demonstration_parties
    from istmo.registry.distribution import layout, making
    from istmo.registry.distribution.contents import write_parties
    from istmo.registry.reference import own_documents

    now = datetime.now(UTC)
    owners = [making.Owner(party, key) for party, key in map(_named_key, member)]
    hub_key = _public(hub)

    def begin(files: Any) -> Any:
        if files:
            raise InvalidInput(
                Text(es="El directorio no está vacío.", en="The directory is not empty."),
                place=str(directory),
                rule="F79",
            )
        begun = making.begin(owners, threshold=threshold, hub=hub_key, now=now)
        begun = making.put(begun, layout.PARTIES, write_parties(demonstration_parties().values()), now=now)
        for path, raw in own_documents().items():
            begun = making.put(begun, path, raw, now=now)
        for owner in owners:
            begun = making.delegate(begun, owner.party, [owner.key], now=now)
        return begun

    _registry_edited(directory, begin)


@registry_app.command("add")
def registry_add(
    directory: RegistryDirectory,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A signed agreement or notice, or a document.")
    ] = None,
    path: Annotated[str, typer.Option("--as", help="Where a document goes: rules/NAME, members/PAN/NAME...")] = "",
    party: Annotated[str, typer.Option("--party", help="PAN=FILE: a party and its public registry key.")] = "",
) -> None:
    """Add a party, an agreement, a suspension, a denunciation or a document: a draft that its signers sign."""
    from istmo.registry.distribution import making
    from istmo.registry.reference import DISCLOSURE
    from istmo.statistics.disclosure.rules import read_rules

    now = datetime.now(UTC)
    if (file is None) == (not party):
        raise InvalidInput(
            Text(es="Indique un archivo, o una parte con --party.", en="Name a file, or a party with --party."),
            rule="F79",
        )
    if file is None:
        name, key = _named_key(party)
        _registry_edited(directory, lambda files: making.delegate(files, name, [key], now=now))
        return
    raw = _open(file)
    if not path:
        path, raw = _place_of(raw, name=file.name)
    elif path.startswith(f"{DISCLOSURE}/"):
        read_rules(raw, name=file.name)
    _registry_edited(directory, lambda files: making.put(files, path, raw, now=now))


@registry_app.command("lists")
def registry_lists(directory: RegistryDirectory) -> None:
    """Put the code lists and rules of this program into the registry: a draft that the members sign. What the registry
    has in a later version stays."""
    from istmo.registry.distribution import making
    from istmo.registry.reference import Standing, compared, own_documents

    now, changed = datetime.now(UTC), {Standing.AHEAD, Standing.ONLY_PROGRAM}

    def edit(files: Any) -> Any:
        held = {path: raw for path in own_documents() if (raw := making.document(files, path)) is not None}
        for one in compared(held):
            if one.standing in changed:
                files = making.put(files, one.path, own_documents()[one.path], now=now)
            if one.standing is not Standing.EQUAL:
                said = "drafted / en borrador" if one.standing in changed else "left / se deja"
                out.print(f"{said}: {one.message.en}", markup=False, soft_wrap=True)
        return files

    _registry_edited(directory, edit)


@registry_app.command("compare")
def registry_compare(home: HomeOption = None, json_: JsonOption = False) -> None:
    """Hold the code lists and rules of this program against those of the registry; exit 1 when one differs."""
    from dataclasses import asdict

    from istmo.app.exchange import Registry
    from istmo.app.home import read_home
    from istmo.app.settings import read_settings

    found = Registry(read_home(read_settings(home=home))).compared()
    if json_:
        _write_json([{**asdict(one), "message": one.message.as_json()} for one in found])
    else:
        for one in found:
            if one.needs_attention:
                out.print(f"{one.message.en}\n  {one.message.es}", markup=False, soft_wrap=True)
        equal = sum(one.standing.value == "equal" for one in found)
        absent = sum(one.standing.value == "only_program" for one in found)
        out.print(f"equal / iguales {equal}, not in the registry / no están en el registro {absent}")
    if any(one.needs_attention for one in found):
        raise typer.Exit(1)


def _focal_points(raw: bytes) -> tuple[str, Any] | None:
    """The party of a draft of focal points and whom it names; None for another file."""
    from istmo.registry.distribution.contents import FOCAL_POINTS_FORMAT, read_focal_points

    try:
        document = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(document, dict) or document.get("format") != FOCAL_POINTS_FORMAT:
        return None
    party = str(document.get("party"))
    return party, read_focal_points(raw, party=party, place="focal-points.json")


@registry_app.command("focal-points")
def registry_focal_points(
    party: Annotated[str, typer.Argument(metavar="PARTY", help="Whose focal points: PAN.")],
    out_: Annotated[Path, typer.Option("--out", help="Where the draft goes: PAN-focal-points.json.")],
    home: HomeOption = None,
) -> None:
    """At the hub: draft the focal points of a party as the directory names them; the party signs them with its key."""
    with _opened(home):
        from istmo.hub.directory.exporting import draft

        raw = draft(party, on=_today())
    _write_whole(out_, raw.decode())
    out.print(f"-> {out_}", markup=False, soft_wrap=True)
    err.print("The party signs it: / La parte lo firma: istmo registry add DIR FILE; istmo registry sign DIR --key KEY")


def _place_of(raw: bytes, *, name: str) -> tuple[str, bytes]:
    """Where a signed document says that it belongs, and how it lies there."""
    from istmo.registry import denunciations, suspensions
    from istmo.registry.agreements.reading import read_agreement, read_file
    from istmo.registry.distribution import layout
    from istmo.registry.signing import typ_of

    kind, points = typ_of(raw), _focal_points(raw)
    if points:
        party, named = points
        out.print(f"{party}:", markup=False)
        for one in named:
            until = f" – {one.until}" if one.until else ""
            said = f"  {one.theme} {one.rank}: {one.name}, {one.institution} ({one.since}{until})"
            out.print(said, markup=False, soft_wrap=True)
        return layout.focal_points_path(party), raw
    if kind == suspensions.TYP:
        notice = suspensions.read_notice(raw, name=name)
        return layout.suspension_path(notice.party, notice.digest), notice.document.as_json().encode()
    if kind == denunciations.TYP:
        said = denunciations.read_denunciation(raw, name=name)
        return layout.denunciation_path(said.party, said.digest), said.document.as_json().encode()
    document = read_file(raw, name=name)
    agreement = read_agreement(document, name=name)
    return layout.agreement_path(agreement.id, agreement.version), document.as_json().encode()


@registry_app.command("keys")
def registry_keys(
    directory: RegistryDirectory,
    party: Annotated[str, typer.Argument(metavar="PARTY", help="Whose keys: PAN.")],
    add: Annotated[list[Path] | None, typer.Option("--add", help="A public key, to sign or to be sealed to.")] = None,
    revoke: Annotated[list[str] | None, typer.Option("--revoke", help="The id of a key that counts no more.")] = None,
    days: Annotated[int, typer.Option(help="How long an added key is valid.")] = 730,
) -> None:
    """Publish or revoke the keys that a party signs messages with, or that messages to it are sealed with."""
    from dataclasses import replace
    from datetime import timedelta

    from istmo.registry.distribution import layout, making
    from istmo.registry.distribution.contents import read_keys, write_keys
    from istmo.registry.parties import KeyRecord

    now = datetime.now(UTC).replace(microsecond=0)
    path = layout.keys_path(party)
    added = [KeyRecord(party, _public(one, sealing=True), now, now + timedelta(days=days)) for one in add or []]

    def edit(files: Any) -> Any:
        raw = making.document(files, path)
        known = {one.key.kid: one for one in (read_keys(raw, party=party, place=path) if raw else ())}
        for kid in revoke or []:
            if kid not in known:
                raise NotFound(
                    Text(es=f"{party} no tiene la clave «{kid}».", en=f"{party} has no key “{kid}”."), rule="F79"
                )
            known[kid] = replace(known[kid], revoked_from=known[kid].revoked_from or now)
        known |= {one.key.kid: one for one in added if one.key.kid not in known}
        return making.put(files, path, write_keys(party, known.values()), now=now)

    _registry_edited(directory, edit)


@registry_app.command("sign")
def registry_sign(directory: RegistryDirectory, key: PrivateKeyOption) -> None:
    """Sign every draft that this key may sign. See first with “status” what it is."""
    from istmo.registry.distribution import making

    private = _private(key)
    _registry_edited(directory, lambda files: making.sign(files, private).files)


@registry_app.command("publish")
def registry_publish(
    directory: RegistryDirectory,
    key: Annotated[Path, typer.Option("--key", help="The hub's private registry key.")],
    renew: Annotated[bool, typer.Option("--renew", help="Only say that what is published is current.")] = False,
) -> None:
    """Publish the drafts that are complete; the others wait. What an installation would refuse is not published."""
    from istmo.installation.registry_copy.published import Published

    published, private, now = Published(directory), _private(key), datetime.now(UTC).replace(microsecond=0)
    files = published.renew(private, now=now) if renew else published.publish(private, now=now)
    _print_registry(files, now)
    _show_waiting(files)


@registry_app.command("status")
def registry_status(directory: RegistryDirectory, json_: JsonOption = False) -> None:
    """Say what is published, until when, and whose signatures the drafts wait for; exit 1 when it is stale."""
    from dataclasses import asdict

    from istmo.installation.registry_copy.published import Published
    from istmo.registry.distribution.making import current, waiting

    now, files = datetime.now(UTC), Published(directory).files() if directory.is_dir() else {}
    if not files:
        raise NotFound(
            Text(es="Aquí no hay ningún registro.", en="There is no registry here."),
            place=str(directory),
            advice=Text(es="Comience con «istmo registry init».", en="Begin with “istmo registry init”."),
        )
    found = current(files, now=now)
    if json_:
        _write_json(
            {
                "version": found and found.snapshot.version,
                "digest": found and found.snapshot.digest,
                "expires": found and found.snapshot.expires.isoformat(),
                "keys": [
                    {"party": one.party, "kid": kid, "use": one.key.use.value, "good": one.is_good(now)}
                    for kid, one in (found.snapshot.keys.records.items() if found else ())
                ],
                "agreements": sorted(found.snapshot.agreements) if found else [],
                "drafts": [asdict(one) for one in waiting(files)],
            }
        )
    else:
        _print_registry(files, now)
        _show_waiting(files)
    if found is None or found.snapshot.expires <= now:
        raise typer.Exit(1)


@registry_app.command("rotate")
def registry_rotate(
    directory: RegistryDirectory,
    new: Annotated[Path, typer.Option("--new", help="The new public registry key.")],
    old: Annotated[str, typer.Option("--old", help="The id of the member's key that it replaces.")] = "",
    party: Annotated[str, typer.Option("--party", help="Whose key it is: PAN; “hub” for the hub's.")] = "hub",
) -> None:
    """Replace a registry key that was lost, stolen or grew old: drafts that the other members sign."""
    from istmo.registry.distribution import making

    now, key = datetime.now(UTC), _public(new)
    if party == "hub":
        _registry_edited(directory, lambda files: making.replace_hub_key(files, key, now=now))
    elif old:
        owner = making.Owner(party, key)
        _registry_edited(directory, lambda files: making.replace_member_key(files, old, owner, now=now))
    else:
        _registry_edited(directory, lambda files: making.delegate(files, party, [key], now=now))


def _print_registry(files: Any, now: datetime) -> None:
    from istmo.registry.distribution.making import current

    found = current(files, now=now)
    if found is None:
        out.print("nothing published yet / todavía no se publicó nada")
        return
    snapshot = found.snapshot
    stale = "  STALE / VENCIDO" if snapshot.expires <= now else ""
    out.print(
        f"registry / registro {snapshot.version}, {snapshot.digest[:12]}, "
        f"until / hasta {snapshot.expires:%Y-%m-%d %H:%M}Z{stale}\n"
        f"  parties / partes {len(snapshot.parties)}, keys / claves {len(snapshot.keys.records)}, "
        f"agreements / acuerdos {len(snapshot.agreements)}",
        markup=False,
        soft_wrap=True,
    )


# --- protected tables ---


@app.command("protect")
def protect_command(
    table: Annotated[Path, typer.Argument(help="CSV with one column a dimension and the counts in “n”.")],
    rules: Annotated[Path, typer.Option("--rules", help="The rule document (YAML); paths in it are relative to it.")],
    out_: Annotated[Path, typer.Option("--out", help="Directory of the release; it is created.")],
    period: Annotated[
        str, typer.Option("--period", help="Over which months was counted: 2023-08, 2023-Q3, 2023.")
    ] = "",
    register_: Annotated[
        Path | None,
        typer.Option("--register", help="The office's register of what was published: a file that only grows."),
    ] = None,
    revises: Annotated[
        bool, typer.Option("--revises", help="With --register: this corrects what was published of the period.")
    ] = False,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Protect a table of counts, prove it and attack it; it is written only if no attacker finds anything.

    With --register it is also attacked together with everything that was published before, and entered there.
    """
    from istmo import __version__
    from istmo.app import protecting, registering
    from istmo.app.settings import read_settings
    from istmo.statistics.disclosure.protect import protect
    from istmo.statistics.disclosure.spans import span

    place = read_settings(home=home).home
    inputs = protecting.read_inputs(table, rules)
    secret = protecting.secret_key(inputs, place)
    made = protect(
        inputs.cube,
        inputs.rules,
        secret=secret,
        program=f"istmo {__version__}",
        period=str(span(period)) if period else "",
        programs=inputs.cube.counts.size <= PROGRAMS_UP_TO,
    )
    identity = protecting.audit_identity(place) if protecting.is_node(place) else None
    entered = None
    if register_ is not None and not made.broken:
        held = registering.read_register(register_)
        entered = registering.draft_of(
            made, inputs.cube, table=table.stem, register=held, revises=revises, at=datetime.now(UTC)
        )
        if registering.is_known(entered, held):
            entered = None
        else:
            registering.check_draft(entered, held)
    fresh = protecting.write(made, out_, identity=identity)
    if register_ is not None and entered is not None:
        registering.add(register_, held, entered)
    if json_:
        _write_json(
            {
                "out": str(out_),
                "released": not made.broken,
                "cells": made.release.table.values.size,
                "withheld": int(made.release.table.withheld.sum()),
                "rolled_up": len(made.made.rolled_up),
                "faults": len(made.made.faults),
                "attacks": {outcome.attacker.id: len(outcome.findings) for outcome in made.outcomes},
                "audit": "encrypted" if identity else "plain",
            }
        )
    else:
        _say_protected(made, out_, fresh=fresh, encrypted=identity is not None)
    if inputs.key and not protecting.is_private(inputs.key):
        _note(
            Text(
                es=f"{inputs.key}: otras cuentas pueden leer la clave; use «chmod 600».",
                en=f"{inputs.key}: other accounts can read the key; use “chmod 600”.",
            )
        )
    if made.broken:
        raise typer.Exit(1)


def _say_protected(made: Any, place: Path, *, fresh: bool, encrypted: bool) -> None:
    from istmo.statistics.disclosure.rules import reading

    language = _language()
    out.print(reading(made.release.rules).in_(language), markup=False, soft_wrap=True)
    table = made.release.table
    out.print(
        f"{table.values.size:,} cells / celdas, {int(table.withheld.sum()):,} withheld / retenidas,"
        f" {len(made.made.rolled_up):,} codes rolled up / códigos incluidos en otro",
        markup=False,
        soft_wrap=True,
    )
    _say_outcomes(made.outcomes)
    if made.broken:
        for fault in made.made.faults[:SHOWN]:
            err.print(f"  {fault.message.en} / {fault.message.es} ({fault.place})", markup=False)
        _note(
            Text(es=f"No se publica nada: lea {place / 'audit'}.", en=f"Nothing is released: read {place / 'audit'}.")
        )
        return
    if not fresh:
        _note(Text(es="Lo mismo ya estaba ahí.", en="The same is there already."))
    out.print(f"-> {place}: published.csv, report.json, report.es.html, report.en.html", markup=False, soft_wrap=True)
    stays = (
        Text(es="cifrada con la clave de este nodo", en="encrypted with this node's key")
        if encrypted
        else Text(es="sin cifrar, modo 0700", en="not encrypted, mode 0700")
    )
    _note(
        Text(
            es=f"{place / 'audit'} ({stays.es}): recuentos verdaderos y pruebas; nunca se entrega.",
            en=f"{place / 'audit'} ({stays.en}): true counts and witnesses; it is never handed over.",
        )
    )


def _say_outcomes(outcomes: Sequence[Any]) -> None:
    _show(
        ("attack / ataque", "found / encontró"),
        [
            (
                outcome.attacker.title.in_(_language()),
                (str(len(outcome.findings)) if outcome.tried else "not tried / no se hizo")
                + (f" (+{outcome.open} ?)" if outcome.open else ""),
            )
            for outcome in outcomes
        ],
    )


def _note(text: Text) -> None:
    err.print(f"{text.en}\n{text.es}", markup=False, soft_wrap=True)


@app.command("attack")
def attack_command(
    directory: Annotated[Path, typer.Argument(help="A release: published.csv and report.json.")],
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", help="Another release of the same people; several times for several."),
    ] = None,
    before: Annotated[
        Path | None, typer.Option("--before", help="The same table as it was published before it was corrected.")
    ] = None,
    facts: Annotated[
        Path | None, typer.Option("--facts", help="CSV of exact totals that others publish: dimensions, value, source.")
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", help="Rules of a table that another program protected, with its hierarchies."),
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Attack a protected table as an outsider would, with the published files alone.

    Exit 1 when anything is found, an attack comes to no end, or the table is not the one that its report is about.
    """
    from istmo.app import protecting
    from istmo.app.settings import read_settings
    from istmo.statistics.disclosure.attack import attack, corrected, held
    from istmo.statistics.disclosure.protect import direction

    place = read_settings(home=home).home
    identity = protecting.audit_identity(place) if protecting.is_node(place) else None
    read = [protecting.read_directory(directory, rules_file=rules, identity=identity)]
    read += [protecting.read_directory(other, identity=identity) for other in against or ()]
    known = held(
        [(str(one.path), one.release) for one in read],
        facts=protecting.read_facts(facts, read[0].release) if facts else (),
        secrets=[one.truth.secret if one.truth else None for one in read],
    )
    made = attack(known, direction=direction(known.system.size), rounded_up_to=ATTACKED_UP_TO)
    revised = [corrected(protecting.read_directory(before).release, read[0].release)] if before else []
    outcomes = (*made, *revised, protecting.attack_files(read))
    found = sum(len(outcome.findings) for outcome in outcomes)
    undecided = sum(outcome.open for outcome in outcomes)
    altered = [str(one.path) for one in read if one.altered]
    if json_:
        _write_json(_attack_json(outcomes, found=found, altered=altered, audited=read[0].truth is not None))
    else:
        _say_outcomes(outcomes)
        _say_findings(outcomes)
        for path in altered:
            _note(
                Text(
                    es=f"{path}: published.csv no es el archivo del que habla report.json.",
                    en=f"{path}: published.csv is not the file that report.json is about.",
                )
            )
    if found or undecided or altered:
        raise typer.Exit(1)


def _attack_json(outcomes: Sequence[Any], *, found: int, altered: Sequence[str], audited: bool) -> dict[str, Any]:
    return {
        "findings": found,
        "audited": audited,
        "altered": list(altered),
        "attacks": [
            {
                "id": outcome.attacker.id,
                "title": outcome.attacker.title.as_json(),
                "assumes": outcome.attacker.assumes.as_json(),
                "open": outcome.open,
                "tried": outcome.tried,
                "findings": [
                    {
                        "kind": one.kind.value,
                        "release": one.release,
                        "cell": list(one.cell),
                        "lower": one.lower,
                        "upper": one.upper,
                        "secret": one.secret,
                    }
                    for one in outcome.findings
                ],
            }
            for outcome in outcomes
        ],
    }


def _say_findings(outcomes: Sequence[Any]) -> None:
    from istmo.statistics.disclosure.attack import told_bounds
    from istmo.statistics.disclosure.attackers.catalogue import KINDS

    language = _language()
    findings = list(dict.fromkeys((one.release, one.cell, one.kind) for o in outcomes for one in o.findings))
    first = {}
    for one in (each for outcome in outcomes for each in outcome.findings):
        first.setdefault((one.release, one.cell, one.kind), one)
    if not findings:
        out.print("no finding / ningún hallazgo", markup=False)
        return
    secret = {True: "yes / sí", False: "no", None: "?"}
    _show(
        ("release / entrega", "cell / celda", "what / qué", "bounds / límites", "secret / secreto"),
        [
            (one.release, " · ".join(one.cell), KINDS[one.kind].in_(language), told_bounds(one), secret[one.secret])
            for one in (first[key] for key in findings[:SHOWN])
        ],
    )
    if len(findings) > SHOWN:
        out.print(f"... {len(findings) - SHOWN} more; all of them with --json / todas con --json", markup=False)


# --- figures and briefs ---


@app.command("brief")
def brief_command(
    month: Annotated[str, typer.Argument(help="The month: 2023-08.")],
    to: Annotated[Path, typer.Option("--out", help="Directory for the files; it is created.")],
    home: HomeOption = None,
    lang: Annotated[str | None, typer.Option("--lang", help="es or en; without it both.")] = None,
    json_: JsonOption = False,
) -> None:
    """Write the brief of a month: page, PDF, workbook, CSV and JSON. One that is not published is marked DRAFT."""
    from istmo.model.periods import Grain, period

    chosen = period(month)
    if chosen.grain is not Grain.MONTH:
        raise InvalidInput(
            Text(es=f"«{month}» no es un mes.", en=f"“{month}” is not a month."),
            advice=Text(es="Escriba 2023-08.", en="Write 2023-08."),
        )
    if lang not in (None, "es", "en"):
        raise InvalidInput(Text(es=f"No hay informe en «{lang}».", en=f"There is no brief in “{lang}”."))
    with _opened(home) as opened:
        from istmo.hub.briefs.compilation import draft
        from istmo.hub.briefs.render.outputs import render_all
        from istmo.web.hub.editions import style_sheet

        drafted = draft(chosen, on=_today(), demonstration=opened.demonstration)
        files = render_all(
            drafted.brief,
            css=style_sheet(),
            observations=drafted.observations,
            languages=(lang,) if lang else ("es", "en"),
        )
    to.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (to / name).write_bytes(data)
    if json_:
        _write_json(
            {
                "month": str(chosen),
                "state": drafted.brief.edition.state,
                "files": {name: len(data) for name, data in files.items()},
            }
        )
        return
    out.print(f"{drafted.brief.edition.state}: {drafted.brief.title.in_(_language())}", markup=False)
    for name, data in files.items():
        out.print(f"  {to / name}  {len(data):,} bytes", markup=False)


@app.command("vintages")
def vintages_command(
    dataset: Annotated[str | None, typer.Argument(help="REPORTER.AGENCY.DATASET; without it all.")] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """List the loads: dataset, vintage, day of receipt, file, profile."""
    with _opened(home):
        from istmo.installation.observations.store import vintages

        found = [
            {
                "dataset": v.dataset_id,
                "vintage": v.name,
                "received": v.received_at.isoformat(),
                "rows": v.rows,
                "profile": v.profile,
                "parameters": v.parameters,
                "file": v.source_name,
                "source_hash": v.source_hash,
            }
            for v in vintages(dataset=dataset)
        ]
    if json_:
        _write_json(found)
        return
    if not found:
        out.print("No file has been loaded yet. / Aún no se ha cargado ningún archivo.")
        return
    _show(
        ("dataset", "vintage", "received", "rows", "profile", "file"),
        [(v["dataset"], v["vintage"], v["received"][:10], f"{v['rows']:,}", v["profile"], v["file"]) for v in found],
    )


@app.command("revisions")
def revisions_command(
    dataset: Annotated[str, typer.Argument(help="REPORTER.AGENCY.DATASET.")],
    before: Annotated[
        str | None, typer.Option("--before", help="Earlier vintage; default: the one before the last.")
    ] = None,
    after: Annotated[str | None, typer.Option("--after", help="Later vintage; default: the last.")] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """List each cell that a later load of a dataset changed; exit 1 when there is one."""
    with _opened(home):
        from istmo.installation.observations.store import vintage_revisions, vintages

        names = [v.name for v in vintages(dataset=dataset)]
        if len(names) < 2 and not (before and after):
            out.print("There is one load or none: nothing can have changed. / Hay una carga o ninguna.")
            return
        frame = vintage_revisions(before or names[1], after or names[0])
    if json_:
        _write_json(frame.to_dicts())
    else:
        out.print(f"{frame.height} cells were revised / celdas revisadas: {before or names[1]} -> {after or names[0]}")
        for row in frame.head(50).iter_rows(named=True):
            what = " ".join(
                row[name] for name in ("PERIOD", "MEASURE", "CITIZENSHIP", "SEX", "AGE", "PLACE") if row[name] != "_T"
            )
            out.print(f"  {what}: {row['BEFORE']} -> {row['AFTER']}", markup=False)
    if frame.height:
        raise typer.Exit(1)


@app.command("observations")
def observations_command(
    to: Annotated[Path, typer.Option("--out", help="CSV file to write.")],
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="As was in force at the end of that day.")
    ] = None,
    reporter: Annotated[str | None, typer.Option(help="Only this reporter: PAN.")] = None,
    measure: Annotated[str | None, typer.Option(help="Only this measure: TRA_IRR.")] = None,
    home: HomeOption = None,
) -> None:
    """Write the observations in force, now or as of an earlier day, as CSV."""
    moment = as_of.replace(hour=23, minute=59, second=59, microsecond=999_999, tzinfo=UTC) if as_of else None
    with _opened(home):
        from istmo.installation.observations.store import observations
        from istmo.model.csvtext import csv_bytes

        frame = observations(
            as_of=moment, reporters=[reporter] if reporter else None, measures=[measure] if measure else None
        )
    to.write_bytes(csv_bytes(frame))
    out.print(f"{frame.height:,} observations / observaciones: {to}", markup=False)


@app.command("due")
def due_command(
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day; default: today.")] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Say which datasets are on time, late or silent on a day; exit 1 when one is late or silent."""
    day = on.date() if on else _today()
    with _opened(home):
        from istmo.installation.observations.gaps import Standing, standing
        from istmo.installation.observations.store import periods_held
        from istmo.registry.datasets import datasets

        registered = {id_: d for id_, d in datasets().items() if d.demonstration}
        found = standing(periods_held(), on=day, registered=registered)
    rows = [
        {
            "dataset": entry.dataset.id,
            "standing": entry.standing.value,
            "expected": str(entry.expected),
            "latest": str(entry.latest) if entry.latest else None,
            "due": entry.due.isoformat(),
        }
        for entry in found
    ]
    if json_:
        _write_json(rows)
    else:
        _show(
            ("dataset", "standing", "expected month", "last month", "due"),
            [
                (
                    str(row["dataset"]),
                    entry.standing.title.in_(_language()),
                    str(row["expected"]),
                    str(row["latest"] or "-"),
                    str(row["due"]),
                )
                for entry, row in zip(found, rows, strict=True)
            ],
        )
    if any(entry.standing is not Standing.ON_TIME for entry in found):
        raise typer.Exit(1)


@app.command("comparability")
def comparability_command(json_: JsonOption = False) -> None:
    """Print the level between every two reporters' measures of the demonstration, with its reason in both languages."""
    from istmo.registry.datasets import datasets
    from istmo.statistics.comparability import matrix, series_of

    pairs = matrix(series_of(d for d in datasets().values() if d.demonstration))
    rows = [
        {
            "first": f"{pair.first.reporter} {pair.first.measure}",
            "second": f"{pair.second.reporter} {pair.second.measure}",
            "level": pair.comparability.level,
            "name": pair.comparability.name.as_json(),
            "reason": pair.comparability.reason.as_json(),
        }
        for pair in pairs
    ]
    if json_:
        _write_json(rows)
        return
    for pair, row in zip(pairs, rows, strict=True):
        level = f"{row['first']} - {row['second']}: {row['level']} {pair.comparability.name.in_(_language())}"
        out.print(level, markup=False, soft_wrap=True)
        out.print(f"    {pair.comparability.reason.es}", markup=False, soft_wrap=True)
        out.print(f"    {pair.comparability.reason.en}", markup=False, soft_wrap=True)


@app.command("reconcile")
def reconcile_command(
    first: Annotated[str, typer.Argument(help="A reporter: PAN.")],
    second: Annotated[str, typer.Argument(help="Another reporter: HND.")],
    measure: Annotated[
        list[str] | None,
        typer.Option("--measure", help="A measure of one of them; twice for one of each; default: of the corridor."),
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", help="Whose months and nationalities; default: the last.")
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Put two reporters side by side with the reasons to differ; subtract only at comparability 2 or more."""
    from istmo.registry.datasets import datasets
    from istmo.statistics.reconciliation.compare import choose_measures, in_order, reconcile
    from istmo.statistics.reconciliation.table import as_json

    a, b = in_order(first.upper(), second.upper())
    with _opened(home):
        from istmo.installation.observations.store import observations

        held = observations(reporters=[a, b])
    chosen = choose_measures(held, (a, b), measure or (), datasets=datasets())
    found = reconcile(held, a, b, datasets=datasets(), measures=chosen, year=year)
    if json_:
        _write_json(as_json(found))
    else:
        _print_reconciliation(found, months=[one for one in found.months if year in (None, one.month.year)][:_SHOWN])


_SHOWN = 13


def _print_reconciliation(found: Any, *, months: Sequence[Any]) -> None:
    language, a, b = _language(), found.first, found.second
    for one in (a, b):
        what, unit = one.dataset.what.in_(language), one.dataset.unit_name.in_(language)
        out.print(f"{one.reporter}  {what}; {unit}", markup=False, soft_wrap=True)
    out.print(f"{found.comparability.level} {found.comparability.name.in_(language)}", markup=False, soft_wrap=True)
    if found.refusal:
        out.print(found.refusal.in_(language), markup=False, soft_wrap=True)
    gap = [] if found.refusal else [f"{a.reporter} - {b.reporter}"]
    _show(
        ("month / mes", a.reporter, b.reporter, *gap),
        [
            (str(one.month), _figure(one.first), _figure(one.second), *([_signed(one.difference)] if gap else []))
            for one in months
        ],
    )
    for one in found.reasons:
        out.print(f"{one.code:9} {one.text.in_(language)}", markup=False, soft_wrap=True)
    if found.span:
        out.print(found.span.name.in_(language), markup=False)
        _show(
            ("nationality / nacionalidad", a.reporter, b.reporter, *gap, "reasons / motivos"),
            [
                (
                    one.code,
                    _figure(one.first.figure),
                    _figure(one.second.figure),
                    *([_signed(one.difference)] if gap else []),
                    " ".join(one.reasons),
                )
                for one in found.frequent
            ],
        )
    if found.lags:
        out.print(
            "months later: Spearman's coefficient of the figures (on so many months); a description, not a proof\n"
            "meses después: coeficiente de Spearman de las cifras (con tantos meses); una descripción, no una prueba"
        )
        for lag in found.lags:
            value = "n/a" if lag.of_figures is None else f"{lag.of_figures:.2f}"
            out.print(f"  {lag.months_later}: {value} ({lag.figures})", markup=False)
    for change in found.changes:
        out.print(f"{change.day} {change.kind:9} {change.what.in_(language)}", markup=False, soft_wrap=True)


def _figure(figure: Any) -> str:
    from istmo.statistics.brief.figures import SIGNS

    return SIGNS.get(figure.status, "n/d") if figure.value is None else f"{figure.value:,}"


def _signed(value: int | None) -> str:
    return "n/a" if value is None else f"{value:+,}"


@app.command("anomalies")
def anomalies_command(
    month: Annotated[str | None, typer.Argument(help="The month: 2023-08; default: the latest with figures.")] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """List what of a month lies outside the usual, what services may need, and what was left out; exit 1 if any is."""
    from istmo.model.periods import Grain, period

    chosen = period(month) if month else None
    if chosen and chosen.grain is not Grain.MONTH:
        raise InvalidInput(
            Text(es=f"«{month}» no es un mes.", en=f"“{month}” is not a month."),
            advice=Text(es="Escriba 2023-08.", en="Write 2023-08."),
        )
    with _opened(home):
        from istmo.hub.anomalies.judging import latest_month, review_at

        at = chosen or latest_month()
        if at is None:
            out.print("No file has been loaded yet. / Aún no se ha cargado ningún archivo.")
            return
        found = review_at(at)
    if json_:
        from istmo.statistics.anomalies.words import as_json

        _write_json(as_json(found))
    else:
        for one in found.anomalies:
            out.print(f"{one.id}\n  {one.said.in_(_language())}", markup=False, soft_wrap=True)
        for omitted in found.left_out:
            what = f"{omitted.series.dataset.id} {omitted.subject.kind} {omitted.subject.code}"
            out.print(f"left out / sin examinar: {what}: {omitted.text.in_(_language())}", markup=False, soft_wrap=True)
        out.print(
            f"{at}: {found.examined} figures of 50 or more, {len(found.anomalies)} outside the usual, "
            f"{len(found.left_out)} left out / cifras de 50 o más, fuera de lo usual, sin examinar",
            markup=False,
        )
    if found.anomalies:
        raise typer.Exit(1)


# --- the log of exchanges ---


@log_app.command("verify")
def log_verify(
    evidence: Annotated[Path, typer.Argument(help="A package of evidence, as “istmo log export” writes it.")],
    keys: Annotated[
        Path | None,
        typer.Option("--keys", help="Keys of the parties that you got in another way; then only these count."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Tell what a package of evidence proves, without any connection. Exit 0: all of it holds; 1: a part does not."""
    from istmo.exchange.evidence import read_evidence, read_trusted
    from istmo.exchange.verdict import verify

    trusted = None if keys is None else read_trusted(_open(keys), name=keys.name)
    verdict = verify(read_evidence(_open(evidence), name=evidence.name), trusted=trusted)
    if json_:
        _write_json(verdict.as_json())
    else:
        for language in sorted(("es", "en"), key=lambda one: one != _language()):
            for line in verdict.lines(language):
                out.print(line, markup=False, soft_wrap=True)
            out.print()
    if not verdict.proves:
        raise typer.Exit(1)


@log_app.command("export")
def log_export(
    message: Annotated[str, typer.Argument(help="The id of a message that left here or came here.")],
    out_: Annotated[Path, typer.Option("--out", help="The file to write; its directory is created.")],
    home: HomeOption = None,
) -> None:
    """Write the evidence of one message: who sent what kind of thing to whom, when and why. Never its content."""
    with _opened(home):
        from istmo.installation.delivery.point import access_point
        from istmo.installation.delivery.proof import evidence_of

        package = evidence_of(access_point(), message, account=None, at=datetime.now(UTC))
        out_.parent.mkdir(parents=True, exist_ok=True)
        out_.write_text(package.as_json() + "\n", encoding="utf-8")
    out.print(f"written / escrito: {out_}", markup=False, soft_wrap=True)
    out.print(f"istmo log verify {out_}", markup=False, soft_wrap=True)


@log_app.command("keys")
def log_keys(
    out_: Annotated[Path, typer.Option("--out", help="The file to write: keys.json.")],
    home: HomeOption = None,
) -> None:
    """Write the signing keys of all parties as this installation's registry has them, for “istmo log verify --keys”."""
    from istmo.app.exchange import Registry
    from istmo.app.home import read_home
    from istmo.app.settings import read_settings
    from istmo.exchange.evidence import keys_as_json
    from istmo.registry.keys import Use
    from istmo.registry.parties import KeyRing

    held = Registry(read_home(read_settings(home=home)))().keys.records
    signing = {kid: record for kid, record in held.items() if record.key.use is Use.SIGNING}
    _write_whole(out_, json.dumps({"keys": keys_as_json(KeyRing(signing))}, indent=2) + "\n")
    out.print(f"{len(signing)} keys / claves -> {out_}", markup=False, soft_wrap=True)


@app.command("bench")
def bench_command(
    name: Annotated[
        str,
        typer.Argument(help="intake, brief, site, suggest, exchange, chaos, decide, disclosure or register."),
    ],
    rows: Annotated[int, typer.Option(help="Rows of the CSV of “intake”.")] = 1_000_000,
    json_: JsonOption = False,
) -> None:
    """Run a benchmark of the source checkout: ours, a peer and the physical limit in one run."""
    import importlib

    import istmo

    checkout = Path(istmo.__file__).resolve().parents[2]
    if not (checkout / "bench").is_dir():
        raise Unavailable(
            Text(
                es="Los bancos de pruebas vienen con el código fuente.",
                en="The benchmarks come with the source checkout.",
            )
        )
    aids = ("__init__", "events", "peer_pytauargus")
    known = sorted(path.stem for path in (checkout / "bench").glob("*.py") if path.stem not in aids)
    if name not in known:
        raise NotFound(
            Text(es=f"No existe el banco «{name}».", en=f"There is no benchmark “{name}”."),
            advice=Text(es=f"Existen: {', '.join(known)}.", en=f"There are: {', '.join(known)}."),
        )
    sys.path.insert(0, str(checkout))
    module = importlib.import_module(f"bench.{name}")
    result = module.run(rows) if name == "intake" else module.run()
    if json_:
        _write_json(result)
        return
    columns = list(result[0])
    _show(
        columns,
        [
            [
                f"{row.get(column):,}" if isinstance(row.get(column), int | float) else str(row.get(column) or "")
                for column in columns
            ]
            for row in result
        ],
    )


if __name__ == "__main__":
    main()
