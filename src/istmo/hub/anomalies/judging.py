"""What of an edition's month lies outside the usual, and the analyst's decision on each: mention it, or leave it out.

The figures are those that the edition is made from. To mention an anomaly puts its sentences at the end of the comment
in both languages, where the analyst goes on writing; nothing of it reaches the brief in another way. To take that back
removes them again, if they still stand there as they were put. Each decision is kept with who, when and why.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
from django.db import transaction

from istmo.hub.anomalies.decisions import Decision
from istmo.hub.anomalies.models import Judgement
from istmo.hub.briefs.compilation import inputs_at, no_observations
from istmo.hub.briefs.models import BriefEdition
from istmo.hub.briefs.workflow import write_analysis
from istmo.installation.audit.models import EventKind, record
from istmo.installation.observations import store
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.periods import Grain, Period, period
from istmo.model.text import Text
from istmo.registry.datasets import datasets
from istmo.statistics.anomalies.review import review
from istmo.statistics.anomalies.values import Anomaly, Review
from istmo.statistics.brief.values import BriefState
from istmo.statistics.checks import cross_checks

LONGEST_NOTE = 500


def review_of(edition: BriefEdition) -> Review:
    """The month of an edition, from the vintages that it is made from."""
    vintages = edition.vintages or inputs_at(edition.period, cut_off=edition.cut_off).vintages
    return _review(store.observations(vintages=vintages, last=edition.period), edition.period)


def review_at(month: Period) -> Review:
    """Any month with observations, from what is in force now; raises `NotFound` when the store holds none of it."""
    held = store.observations(last=month)
    if held.filter(pl.col("PERIOD") == str(month)).is_empty():
        raise no_observations(month)
    return _review(held, month)


def latest_month() -> Period | None:
    """The latest month that any dataset holds; None before the first load."""
    held = [period(text) for text in set(store.periods_held()["PERIOD"])]
    return max((at for at in held if at.grain is Grain.MONTH), default=None)


def _review(held: pl.DataFrame, month: Period) -> Review:
    doubted = cross_checks(held.filter(pl.col("PERIOD") >= str(month.year)), datasets=datasets())
    return review(held, month, datasets=datasets(), findings=doubted)


def judgements(edition: BriefEdition) -> Mapping[str, Judgement]:
    """The decision in force on each anomaly that was ever decided on, by the anomaly's id."""
    return {one.anomaly: one for one in edition.judgements.select_related("account")}  # type: ignore[attr-defined]


def judge(
    edition: BriefEdition, anomaly_id: str, decision: Decision, *, note: str, account: Any, at: datetime
) -> BriefEdition:
    """Keep the decision, and bring the comment in line with it.

    Raises `NotFound` for an anomaly that the month does not have, `InvalidInput` when the edition is no draft, when
    nothing changes, or when it is left out without a reason; the workflow refuses who is no analyst.
    """
    anomaly = next((one for one in review_of(edition).anomalies if one.id == anomaly_id), None)
    if anomaly is None:
        raise NotFound(
            Text(
                es="Esa cifra ya no está fuera de lo usual en este mes.",
                en="That figure does not lie outside the usual of this month any more.",
            ),
            rule="F50",
        )
    note = note.strip()[:LONGEST_NOTE]
    with transaction.atomic():
        held = BriefEdition.objects.select_for_update().get(pk=edition.pk)
        earlier = judgements(held).get(anomaly_id)
        before = Decision(earlier.decision) if earlier else Decision.OPEN
        _check(held, before, decision, note)
        es, en = held.analysis_es, held.analysis_en
        if decision is Decision.MENTION:
            es, en = _with(es, anomaly.said.es), _with(en, anomaly.said.en)
        elif before is Decision.MENTION:
            es, en = _without(es, anomaly.said.es), _without(en, anomaly.said.en)
        written = write_analysis(held, es=es, en=en, account=account)
        Judgement.objects.create(
            edition=written, anomaly=anomaly_id, decision=decision.value, note=note, account=account, at=at
        )
        record(
            EventKind.ANOMALY_JUDGED,
            at=at,
            account=account,
            object_type="brief",
            object_id=str(written),
            codes={"decision": decision.value},
        )
    return written


def still_said(edition: BriefEdition, anomaly: Anomaly) -> bool:
    """Whether the sentences stand in the comment as they were put, in both languages."""
    return anomaly.said.es in edition.analysis_es and anomaly.said.en in edition.analysis_en


def _check(edition: BriefEdition, before: Decision, decision: Decision, note: str) -> None:
    if edition.brief_state is not BriefState.DRAFT:
        raise InvalidInput(
            Text(
                es="Se decide mientras la edición es un borrador.",
                en="This is decided while the edition is a draft.",
            ),
            advice=Text(es="Devuelva primero la edición.", en="Send the edition back first."),
            rule="F51",
        )
    if decision is before:
        raise InvalidInput(
            Text(es="Esa decisión ya estaba tomada.", en="That decision had been taken already."), rule="F51"
        )
    if decision is Decision.LEAVE and not note:
        raise InvalidInput(
            Text(es="Falta decir por qué no se menciona.", en="It is not said why it is not mentioned."),
            advice=Text(es="Escriba una razón breve.", en="Write a short reason."),
            rule="F52",
        )


def _with(comment: str, sentences: str) -> str:
    return comment if sentences in comment else f"{comment}\n\n{sentences}".strip()


def _without(comment: str, sentences: str) -> str:
    """The comment without the sentences where they stand as they were put; what the analyst rewrote stays."""
    before, found, after = comment.partition(sentences)
    return f"{before.rstrip()}\n\n{after.lstrip()}".strip() if found else comment
