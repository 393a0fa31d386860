"""A node's site in a process of its own, because one process serves homes of one role. Printed: JSON of what it showed.

python site.py HOME DATA_DIR
"""

import io
import json
import re
import sys
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from istmo.app.home import Role, init, open_home
from istmo.app.settings import Settings
from istmo.model.text import Text
from istmo.policy import Refusal

FILE = "pan_snm_cuadro003_2023-08.csv"
PAGES = (
    "/es/", "/en/", "/es/metodo/", "/en/method/", "/es/glosario/", "/es/codigos/", "/es/acerca/", "/es/conferencia/",
    "/es/mesa/", "/en/workbench/", "/es/mesa/archivos/", "/es/mesa/archivos/nuevo/", "/es/mesa/correspondencias/",
    "/es/mesa/borradores/", "/es/mesa/entregas-a-la-secretaria/", "/en/workbench/releases/", "/es/mesa/registro/",
    "/es/mesa/cuentas/", "/es/cuenta/", "/es/perfiles/PAN.SNM.cuadro003/",
)  # fmt: skip


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def load() -> None:
    from istmo.app.demonstration import files
    from istmo.installation.submissions.submit import submit_read
    from istmo.intake.profiles import builtin_profiles
    from istmo.intake.run import intake

    file = next(one for one in files() if one.name == FILE)
    profile = builtin_profiles()[file.profile]
    read = intake(io.BytesIO(file.content()), filename=file.name, profile=profile, parameters=file.parameters)
    at = datetime.combine(file.received, time(12), tzinfo=UTC)
    submit_read(read, size=1, account=None, on=file.received, received_at=at)


def main(home: Path, data_dir: Path) -> dict[str, Any]:
    settings = Settings(home=home, data_dir=data_dir, log_level="error")
    init(settings, role=Role.NODE, member="PAN", demonstration=True)
    with open_home(settings):
        from django.apps import apps
        from django.test import Client

        from istmo.installation.accounts.models import User
        from istmo.installation.accounts.roles import AccountRole
        from istmo.node.release import posting

        people = {
            name: User.objects.create_user(name, full_name=name.title(), role=role, password=None)
            for name, role in (
                ("eli", AccountRole.STATISTICIAN),
                ("pio", AccountRole.APPROVER),
                ("ada", AccountRole.ADMINISTRATOR),
            )
        }
        visitor = Client(headers={"host": "localhost"})
        empty = text_of(_as(visitor, people["eli"]).get("/es/mesa/entregas-a-la-secretaria/"))
        load()
        statuses = {}
        for path in PAGES:
            statuses[path] = {name: _as(visitor, user).get(path).status_code for name, user in people.items()}
        visitor.logout()
        closed = {path: visitor.get(path).status_code for path in ("/es/", "/es/mesa/", "/es/informes/", "/es/datos/")}
        releases = "/es/mesa/entregas-a-la-secretaria/"
        listed = text_of(_as(visitor, people["eli"]).get(releases))
        vintage = re.findall(r"\d{4}-\d\d-\d\d\.\d+", listed)[0]
        proposed = text_of(visitor.post(f"{releases}propose/", {"vintage": vintage}, follow=True))
        own = visitor.post(f"{releases}1/release/").status_code
        released = text_of(_as(visitor, people["pio"]).post(f"{releases}1/release/", follow=True))
        after = text_of(visitor.get(f"{releases}1/"))
        posting.post = _refused
        refused = text_of(visitor.post(f"{releases}1/release/", follow=True))
        return {
            "apps": [config.name for config in apps.get_app_configs() if config.name.startswith("istmo.")],
            "empty": empty,
            "statuses": statuses,
            "closed": closed,
            "vintage": vintage,
            "proposed": proposed,
            "own": own,
            "released": released,
            "after": after,
            "refused": refused,
            "missing": text_of(visitor.get("/es/nada/")),
        }


def _refused(*arguments: object, **named: object) -> Any:
    from istmo.installation.delivery.permission import NotPermitted

    raise NotPermitted(Refusal("R46", Text(es="Está suspendido.", en="It is suspended."), "9"))


def _as(client: Any, user: Any) -> Any:
    client.force_login(user)
    return client


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
