"""The command line: thin commands over the use cases of the packages below.

Exit 0: done, nothing quarantined or rejected. Exit 1: something was, or a check found something. Exit 2: wrong use, or the
file cannot be read or recognised. Exit 3: a part is unavailable. Errors are written in both languages, with their place.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from istmo.model.errors import InvalidInput, IntegrityFailure, IstmoError, NotFound, Unavailable
from istmo.model.text import Text

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Istmo: the integrated regional information system on migratory flows.",
)
profile_app = typer.Typer(no_args_is_help=True, help="Source profiles: how a national export is read.")
app.add_typer(profile_app, name="profile")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False, soft_wrap=True)

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The installation's home; default: ISTMO_HOME, else the demonstration's.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON for a machine to read.")]


def main() -> None:
    """The process boundary: every error that we raise becomes a sentence and an exit code here, once."""
    try:
        app()
    except IstmoError as exc:
        _explain(exc)
        sys.exit(3 if isinstance(exc, Unavailable | IntegrityFailure) else 2)
    except KeyboardInterrupt:
        err.print("Interrupted / Interrumpido")
        sys.exit(130)


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
