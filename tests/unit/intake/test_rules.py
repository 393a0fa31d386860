"""Every rule that intake names is one of the documented rules."""

import re
from pathlib import Path

from istmo.model.findings import rules

SOURCE = Path(__file__).resolve().parents[3] / "src" / "istmo" / "intake"


def test_every_rule_that_the_code_names_is_documented() -> None:
    named = {
        rule
        for path in SOURCE.rglob("*.py")
        for rule in re.findall(r'"((?:F|R)\d+a?)"', path.read_text(encoding="utf-8"))
    }
    assert {"F1", "F15", "R6", "R9", "R11", "R20", "R21"} <= named
    assert named <= set(rules())
