"""An installation of whatever version of the program is on PYTHONPATH: `version.py init|run HOME DATA_DIR MEMBER`.

`run` serves the exchange until SIGTERM and says `ready` once its tables are up to date. Nothing here is newer than the
earliest version that it runs with.
"""

import signal
import sys
from pathlib import Path


def main(act: str, home: Path, data_dir: Path, member: str) -> None:
    from istmo.app.home import Role, init, open_home
    from istmo.app.running import exchanging
    from istmo.app.settings import Settings

    settings = Settings(home=home, data_dir=data_dir, log_level="error")
    if act == "init":
        init(settings, role=Role.NODE if member else Role.HUB, member=member, demonstration=True)
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    with open_home(settings) as opened, exchanging(opened):
        print("ready", flush=True)
        signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else "")
