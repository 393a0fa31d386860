"""A node of Panama with three people, served until somebody stops it: one process serves homes of one role.

python node_server.py HOME DATA_DIR PORT PASSWORD
"""

import sys
from pathlib import Path

from istmo.app.home import Role, init, open_home
from istmo.app.server import serve
from istmo.app.settings import Settings


def main(home: Path, data_dir: Path, port: int, password: str) -> None:
    settings = Settings(home=home, data_dir=data_dir, log_level="error", log_file=home / "istmo.log")
    init(settings, role=Role.NODE, member="PAN", demonstration=True)
    with open_home(settings) as opened:
        from istmo.installation.accounts.models import User
        from istmo.installation.accounts.roles import AccountRole

        for name, role in (
            ("eli", AccountRole.STATISTICIAN),
            ("pio", AccountRole.APPROVER),
            ("ada", AccountRole.ADMINISTRATOR),
        ):
            User.objects.create_user(name, full_name=f"{name.title()} Prueba", role=role, password=password)
        serve(opened, port=port, on_ready=lambda: print("ready", flush=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
