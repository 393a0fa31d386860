"""The command line as a process, with a data directory and a home of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def istmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs `istmo ...` as a process with a data directory and a home of its own; `more` are environment variables."""
    base = tmp_path_factory.mktemp("cli")
    data = Path(tempfile.mkdtemp(prefix="istmo-cli-"))  # where a service account can reach it
    data.chmod(0o755)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ISTMO_")}
    environment |= {
        "ISTMO_DATA_DIR": str(data),
        "ISTMO_HOME": str(base / "home"),
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
    }

    def run(*arguments: str | Path, exit_code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "istmo", *map(str, arguments)],
            env=environment | more,
            cwd=base,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == exit_code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    yield run
    shutil.rmtree(data)
