"""The trial of neutral answers: a question about nobody, which a party asks to see that it learns nothing.

The asker names a case, the receiver decides it and answers as it would any question. Whom it is about is invented here,
so that no question can carry a person: its payload is one of three, each of the same length.

    judge(seen)                     # what the asker saw of the answers: can the three cases be told apart?
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import combinations
from types import MappingProxyType
from typing import Any

from istmo.exchange.slots import padded
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.policy import Simulation, simulated
from istmo.registry.agreements.record import Agreement
from istmo.registry.demonstration import demonstration_snapshot
from istmo.registry.snapshot import Snapshot

FORMAT = "istmo-trial-question/1"
QUESTION_TYPE = "application/vnd.istmo.trial-question+json"
ANSWER_TYPE = "application/vnd.istmo.neutral-answer+json"
LONGEST_ANSWER = 4000
ALLOWED = 0.55
"""The area under the curve that no classifier may exceed, with enough answers to tell it from chance."""
ENOUGH = 600
"""Answers of each case above which chance alone stays below `ALLOWED`."""
_AGREEMENT = "demo:CRI-COL-IDENT"


class Case(StrEnum):
    """Why there is nothing to tell: nothing is known, the person is protected, or it may not be asked."""

    NONE = "none"
    PROTECTED = "protected"
    NOT_PERMITTED = "not-permitted"

    @property
    def text(self) -> Text:
        return _TITLES[self]


_TITLES = {
    Case.NONE: Text(es="No se sabe nada", en="Nothing is known"),
    Case.PROTECTED: Text(es="La persona está protegida", en="The person is protected"),
    Case.NOT_PERMITTED: Text(es="No está permitido preguntar", en="It may not be asked"),
}
_SUBJECT = {
    "protection": "NONE_FOUND",
    "asylum_informed": True,
    "consent": True,
    "declared": ["ISL"],
    "presented": [],
    "presumed": [],
    "verified": [],
    "residence": [],
    "feared": [],
    "birth": None,
    "child": False,
    "best_interests": False,
}
_REQUEST = {
    "sender": "CRI",
    "recipient": "COL",
    "direction": "answer",
    "purpose": "IDENT",
    "categories": ["BIO_BASIC"],
    "fields": ["name", "birth_date"],
    "agreement": _AGREEMENT,
    "subject": _SUBJECT,
}
_REQUESTS: Mapping[Case, Mapping[str, Any]] = MappingProxyType(
    {
        Case.NONE: _REQUEST,
        Case.PROTECTED: {**_REQUEST, "subject": {**_SUBJECT, "protection": "CLAIM", "declared": []}},
        Case.NOT_PERMITTED: {**_REQUEST, "fields": ["name", "birth_date", "sex"]},
    }
)


def write_question(case: Case) -> bytes:
    return padded(json.dumps({"format": FORMAT, "case": case.value}).encode("ascii"))


def read_question(payload: bytes) -> Case:
    """The case; raises `InvalidInput` for whatever is not one of the three questions, to the byte but for blanks."""
    document = _object(payload)
    if document.keys() != {"format", "case"} or document["format"] != FORMAT or document["case"] not in list(Case):
        raise _refused(
            Text(es="No es una pregunta de prueba que esta versión conozca.", en="No trial question of this version.")
        )
    return Case(document["case"])


def read_answer(payload: bytes) -> Text:
    """What an answer says; raises `InvalidInput` for one that holds anything but a short text in both languages."""
    document = _object(payload) if len(payload) <= LONGEST_ANSWER else {}
    told = document.get("answer")
    if document.keys() != {"answer"} or not isinstance(told, dict) or told.keys() != {"es", "en"}:
        raise _refused(Text(es="No es una respuesta neutra.", en="No neutral answer."))
    if not all(isinstance(text, str) for text in told.values()):
        raise _refused(Text(es="No es una respuesta neutra.", en="No neutral answer."))
    return Text(es=told["es"], en=told["en"])


def decided(case: Case, now: datetime) -> Simulation:
    """The case judged by `istmo.policy.decide`, between two parties and about a person who are all invented."""
    agreement, snapshot = _setting(now.replace(hour=0, minute=0, second=0, microsecond=0))
    return simulated(agreement, _REQUESTS[case], snapshot, now)


@lru_cache(maxsize=2)
def _setting(day: datetime) -> tuple[Agreement, Snapshot]:
    """An agreement in force that day, and a registry that is fresh, whatever the installation's own hold."""
    snapshot = demonstration_snapshot(day)
    agreement = replace(
        snapshot.agreements[_AGREEMENT],
        in_force=day.date(),
        expires=day.date() + timedelta(days=2),
    )
    return agreement, replace(snapshot, agreements=MappingProxyType({}), expires=day + timedelta(days=2))


@dataclass(frozen=True, slots=True)
class Seen:
    """What the asker saw of one answer. `said` is the payload; `length` that of the envelope, in characters; `place`
    counts the answers as they came.
    """

    case: Case
    asked: datetime
    left: datetime
    came: datetime
    length: int
    manifest: int
    place: int
    said: bytes


_FEATURES: Mapping[str, Callable[[Seen], float]] = MappingProxyType(
    {
        "length": lambda one: float(one.length),
        "manifest": lambda one: float(one.manifest),
        "left": lambda one: (one.left - one.asked).total_seconds(),
        "came": lambda one: (one.came - one.asked).total_seconds(),
        "within": lambda one: one.came.microsecond / 1e6,
        "place": lambda one: float(one.place),
    }
)


_NAMES: Mapping[str, Text] = MappingProxyType(
    {
        "length": Text(es="su longitud", en="their length"),
        "manifest": Text(es="la longitud de su manifiesto", en="the length of their manifest"),
        "left": Text(es="cuándo salen", en="when they leave"),
        "came": Text(es="cuándo llegan", en="when they come"),
        "within": Text(es="la fracción de segundo en que llegan", en="the part of a second in which they come"),
        "place": Text(es="su orden", en="their order"),
    }
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """`told_apart` is the largest area under the curve of any feature over any two cases, `by` that feature; None where
    a case has no answer. `limit` is what chance alone allows with so many answers, at least `ALLOWED`.
    """

    answers: Mapping[Case, int]
    lengths: tuple[int, ...]
    one_text: bool
    told_apart: float | None
    by: str
    limit: float

    @property
    def is_alike(self) -> bool:
        """Whether nothing that was seen tells one answer from another, as far as so many can show."""
        alike = self.one_text and len(self.lengths) <= 1
        return alike and (self.told_apart is None or self.told_apart <= self.limit)

    @property
    def holds(self) -> bool:
        """The same, with answers of all three cases."""
        return self.is_alike and self.told_apart is not None

    @property
    def is_measured(self) -> bool:
        """Whether there are answers enough to hold them to `ALLOWED` itself."""
        return self.told_apart is not None and self.limit <= ALLOWED

    @property
    def message(self) -> Text:
        """What was found, for a person."""
        if not self.one_text:
            return Text(es="Las respuestas no llevan el mismo texto.", en="The answers do not hold the same text.")
        if len(self.lengths) > 1:
            return Text(es="Las respuestas no tienen la misma longitud.", en="The answers do not have the same length.")
        if self.told_apart is None:
            return Text(
                es="Todas son iguales; para comparar hay que preguntar por los tres casos.",
                en="All are alike; to compare, all three cases have to be asked.",
            )
        area, limit, fewest = f"{self.told_apart:.3f}", f"{self.limit:.3f}", min(self.answers.values())
        if not self.holds:
            name = _NAMES[self.by]
            return Text(
                es=f"Los casos se distinguen por {name.es}: área {area}, más que {limit}. Avise a su contacto técnico.",
                en=f"The cases can be told apart by {name.en}: area {area}, above {limit}. Tell its technical contact.",
            )
        few_es = "" if self.is_measured else f"; con más de {ENOUGH} por caso se mide hasta {ALLOWED}"
        few_en = "" if self.is_measured else f"; with more than {ENOUGH} a case it is measured to {ALLOWED}"
        return Text(
            es=f"Nada distingue los casos: área {area}, se admite {limit} con {fewest} respuestas por caso{few_es}.",
            en=f"Nothing tells the cases apart: area {area}, {limit} is allowed with {fewest} answers a case{few_en}.",
        )


def judge(seen: Sequence[Seen]) -> Judgement:
    """Whether what was seen of the answers tells the cases apart."""
    by_case = {case: [one for one in seen if one.case is case] for case in Case}
    best, by = None, ""
    if all(by_case.values()):
        best, by = max(
            (auc([of(one) for one in by_case[first]], [of(one) for one in by_case[second]]), name)
            for first, second in combinations(Case, 2)
            for name, of in _FEATURES.items()
        )
    fewest = min(map(len, by_case.values()))
    return Judgement(
        answers=MappingProxyType({case: len(found) for case, found in by_case.items()}),
        lengths=tuple(sorted({one.length for one in seen})),
        one_text=len({one.said for one in seen}) <= 1,
        told_apart=best,
        by=by,
        limit=max(ALLOWED, 0.5 + 3 * math.sqrt((2 * fewest + 1) / (12 * fewest * fewest))) if fewest else 1.0,
    )


def auc(first: Sequence[float], second: Sequence[float]) -> float:
    """How well one number tells two groups apart: 0.5 not at all, 1 wholly (Mann-Whitney, ties count half)."""
    values = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks, start = 0.0, 0
    while start < len(values):
        end = start
        while end < len(values) and values[end][0] == values[start][0]:
            end += 1
        ranks += sum(group for _, group in values[start:end]) * (start + end + 1) / 2
        start = end
    won = ranks - len(second) * (len(second) + 1) / 2
    area = won / (len(first) * len(second))
    return max(area, 1 - area)


def _object(payload: bytes) -> dict[str, Any]:
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        document = None
    return document if isinstance(document, dict) else {}


def _refused(message: Text) -> InvalidInput:
    return InvalidInput(message, rule="F82")
