"""Filters for what an audit event holds: codes and names of counts in the reader's words; States by name."""

from allauth.mfa.models import Authenticator
from django import template
from django.utils.translation import gettext_lazy as _

from istmo.hub.anomalies.decisions import Decision
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.alarms.models import AlarmKind
from istmo.installation.audit.models import Event, EventKind
from istmo.model.codes import codelist
from istmo.model.text import Text
from istmo.statistics.brief import figures
from istmo.web.common.language import current
from istmo.web.hub.mappings import VERDICTS

register = template.Library()

_FACTORS = {
    Authenticator.Type.TOTP.value: _("application"),
    Authenticator.Type.WEBAUTHN.value: _("passkey"),
    Authenticator.Type.RECOVERY_CODES.value: _("recovery code"),
}
_DECIDED: dict[str, dict[str, Text]] = {
    "decision": {decision.value: decision.title for decision in Decision},
    "verdict": VERDICTS,
    "kind": {**{kind.value: kind.title for kind in EventKind}, **{kind.value: kind.title for kind in AlarmKind}},
    "result": {
        "ok": Text(es="bien", en="good"),
        "warn": Text(es="por revisar", en="look at it"),
        "fail": Text(es="por arreglar", en="to mend"),
    },
}
_COUNTS = {
    "accepted": _("accepted"),
    "characters": _("characters"),
    "factors": _("factors"),
    "files": _("files"),
    "messages": _("messages"),
    "periods": _("periods"),
    "quarantined": _("in quarantine"),
    "read": _("read"),
    "rejected": _("rejected"),
    "round": _("round"),
    "rows": _("rows"),
    "sessions": _("sessions"),
    "vintages": _("vintages"),
}

_OBJECTS = {
    "account": _("account"),
    "agreement": _("agreement"),
    "brief": _("brief"),
    "alarm": _("alarm"),
    "dataset": _("dataset"),
    "inbox": _("messages received"),
    "mapping": _("mapping"),
    "message": _("message"),
    "party": _("party"),
    "profile": _("profile"),
    "profile_draft": _("draft of a profile"),
    "submission": _("submission"),
    "trail": _("audit trail"),
    "vintage": _("vintage"),
}


@register.filter
def state(code: str) -> str:
    """ "PAN" as "Panamá"."""
    return codelist("reporter").label(code, current()) if code in codelist("reporter") else code


@register.filter
def kind_of_object(event: Event) -> str:
    """ "submission", "account" in the reader's language."""
    return str(_OBJECTS.get(event.object_type, event.object_type))


@register.filter
def more_about(event: Event) -> list[str]:
    """What an event says besides who and when: "Analyst → Approver", "passkey", "sessions: 2"."""
    codes = {name: code_in_words(name, code) for name, code in event.codes.items()}
    change = [f"{codes.pop('from')} → {codes.pop('to')}"] if {"from", "to"} <= set(codes) else []
    counts = [f"{_COUNTS.get(name, name)}: {figures.count(value)}" for name, value in event.counts.items() if value]
    return [*change, *codes.values(), *counts]


def code_in_words(name: str, code: str) -> str:
    """A code of the list that `name` says; a decision and a verdict have their own words."""
    if name in _DECIDED and code in _DECIDED[name]:
        return _DECIDED[name][code].in_(current())
    if code in set(AccountRole):
        return AccountRole(code).title.in_(current())
    return str(_FACTORS.get(code) or state(code))
