"""How many findings of each rule are there? The gravest first; the order in which every report tells them."""

from dataclasses import dataclass

import polars as pl

from istmo.intake.problems import HIDDEN
from istmo.model.findings import FINDING_SCHEMA, Rule, Severity, rules
from istmo.model.text import Text


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one rule and severity, and how many there are."""

    rule: Rule
    severity: Severity
    count: int


def groups(findings: pl.DataFrame) -> tuple[Group, ...]:
    """Findings counted by rule and severity: the gravest first, then the most frequent."""
    order = {severity: position for position, severity in enumerate(Severity)}
    counted = findings.group_by("rule", "severity").len().iter_rows()
    found = [Group(rule=rule_of(rule), severity=Severity(severity), count=count) for rule, severity, count in counted]
    return tuple(sorted(found, key=lambda group: (order[group.severity], -group.count, group.rule.id)))


def ordered(findings: pl.DataFrame) -> pl.DataFrame:
    """The findings with their number (`number`, from 1), by group in the order of `groups`, then as they stand."""
    places = [(group.rule.id, group.severity.value, index) for index, group in enumerate(groups(findings))]
    schema = pl.Schema({"rule": pl.String(), "severity": FINDING_SCHEMA["severity"], "#group": pl.Int64()})
    known = pl.DataFrame(places, schema=schema, orient="row")
    sorted_ = findings.join(known, on=["rule", "severity"], how="left", maintain_order="left")
    return sorted_.sort("#group", maintain_order=True).drop("#group").with_row_index("number", offset=1)


def places_only(findings: pl.DataFrame) -> pl.DataFrame:
    """The findings of a file on persons as they may be kept: place, rule and severity, no text of the file."""
    es, en = ({id_: rule_of(id_).title.in_(language) for id_ in findings["rule"].unique()} for language in ("es", "en"))
    return findings.with_columns(
        pl.when(pl.col("value") == "").then(pl.lit("")).otherwise(pl.lit(HIDDEN)).alias("value"),
        pl.col("rule").replace_strict(list(es), list(es.values()), return_dtype=pl.String).alias("message_es"),
        pl.col("rule").replace_strict(list(en), list(en.values()), return_dtype=pl.String).alias("message_en"),
        pl.lit("").alias("suggestion"),
    )


def rule_of(id_: str) -> Rule:
    """The documented rule; a profile's own check may name one that is not listed."""
    return rules().get(id_) or Rule(id=id_, area="checks", title=Text(es=id_, en=id_))
