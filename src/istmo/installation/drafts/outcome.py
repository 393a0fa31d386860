"""How does a file read by a draft? Its counts, what was found by rule, the first findings and the first rows, as JSON.

Only of tables of figures: nothing of a file with a row for each person is kept.
"""

from typing import Any

import polars as pl

from istmo.intake.result import Intake
from istmo.model.findings import Severity, findings_json
from istmo.model.observations import KEY

FINDINGS = 40
ROWS = 20
_ALWAYS = ("PERIOD", "CITIZENSHIP")


def outcome_of(intake: Intake) -> dict[str, Any]:
    order = [severity.value for severity in Severity]
    gravity = pl.col("severity").cast(pl.String).replace_strict(order, range(len(order)), return_dtype=pl.Int8)
    findings = intake.findings.sort(gravity, maintain_order=True)
    groups = findings.group_by("rule", "severity", maintain_order=True).len()
    return {
        "read": intake.read,
        "accepted": intake.accepted,
        "quarantined": intake.quarantined,
        "rejected": intake.rejected,
        "storable": intake.storable,
        "set_aside": [entry.as_json() for entry in intake.set_aside],
        "groups": [[rule, severity, count] for rule, severity, count in groups.iter_rows()],
        "findings": findings_json(findings.head(FINDINGS)),
        **_rows(intake.observations),
    }


def _rows(frame: pl.DataFrame) -> dict[str, Any]:
    """The first observations, in the columns that tell them apart."""
    head = frame.head(ROWS)
    telling = [name for name in KEY if name in _ALWAYS or frame[name].n_unique() > 1]
    columns = [*telling, "OBS_VALUE", "OBS_STATUS"]
    return {"columns": columns, "rows": [list(map(_shown, row)) for row in head.select(columns).iter_rows()]}


def _shown(value: object) -> str | int:
    return value if isinstance(value, int) else str(value if value is not None else "")
