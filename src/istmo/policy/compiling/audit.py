"""The question of an auditor, in SQL: what travelled under this agreement, and did any of it leave its bounds?

It reads the tables of an installation (`delivery_outbound`, `delivery_inbound`, `evidence_leaf`) and no content of any
message. `within` is false where the term or the purposes of the agreement do not cover a message.
"""

from collections.abc import Iterable
from importlib.resources import files
from string import Template

from istmo.registry.agreements.record import Agreement


def audit_query(agreement: Agreement) -> str:
    """PostgreSQL; a row for each message that was decided on, with the place in the log that proves it."""
    text = (files("istmo.policy.compiling") / "audit.sql").read_text("utf-8")
    return Template(text).substitute(
        name=agreement.id,
        version=agreement.version,
        digest=agreement.digest,
        agreement=_literal(agreement.id),
        first=_literal(agreement.in_force.isoformat()),
        last=_literal(agreement.expires.isoformat()),
        purposes=_listed(sorted(agreement.purposes)),
    )


def _listed(values: Iterable[str]) -> str:
    return ", ".join(map(_literal, values)) or "NULL"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
