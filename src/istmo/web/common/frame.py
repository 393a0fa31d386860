"""What every page's frame needs: the menu, the demonstration banner, whether the workbench is open to the reader."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from istmo.web.common.language import current
from istmo.web.common.permissions import Act, may

SECTIONS = (
    ("home", _("Home")),
    ("briefs", _("Monthly brief")),
    ("data", _("Data")),
    ("reporters", _("Reporters")),
    ("comparability", _("Comparability")),
    ("agreements", _("Agreements")),
    ("method", _("Method and glossary")),
)
NODE_SECTIONS = (
    ("home", _("Home")),
    ("method", _("Method and glossary")),
)


def site(request: HttpRequest) -> dict[str, object]:
    user = getattr(request, "user", None)
    return {
        "language": current(),
        "sections": NODE_SECTIONS if settings.ISTMO_NODE_OF else SECTIONS,
        "node_of": settings.ISTMO_NODE_OF,
        "demonstration": settings.ISTMO_DEMONSTRATION,
        "workbench_open": user is not None and may(user, Act.READ_WORKBENCH),
        "acts_open": {act.value for act in Act if user is not None and may(user, act)},
    }
