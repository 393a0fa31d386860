"""What does a machine read of a draft? The profile's text, the decisions with their options, evidence and columns."""

from istmo.intake.suggesting.answering import open_decisions
from istmo.intake.suggesting.values import Answers, Decision, Draft
from istmo.intake.suggesting.writing import option_text


def as_json(draft: Draft, answers: Answers, *, text: str, fits: tuple[str, ...]) -> dict[str, object]:
    """`fits` are the profiles of the program that read the file already. No value of a masked column is in it."""
    left = {decision.id for decision in open_decisions(draft, answers)}
    return {
        "file": draft.filename,
        "profile": text,
        "fits": list(fits),
        "person": draft.personal,
        "decisions": [_decision(decision, open_=decision.id in left) for decision in draft.decisions],
        "evidence": [
            {"place": guess.place, "value": guess.shown, "reason": guess.reason.as_json()} for guess in draft.guesses
        ],
        "columns": [
            {
                "column": column.label,
                "role": column.role.value,
                "field": column.field,
                "distinct": column.distinct,
                "masked": column.masked,
                "reason": column.reason.as_json(),
            }
            for column in draft.columns
        ],
    }


def _decision(decision: Decision, *, open_: bool) -> dict[str, object]:
    return {
        "id": decision.id,
        "open": open_,
        "question": decision.question.as_json(),
        "evidence": [evidence.as_json() for evidence in decision.evidence],
        "options": [
            {
                "value": option_text(option),
                "title": option.title.as_json(),
                "reason": option.reason.as_json() if option.reason else None,
            }
            for option in decision.options
        ],
        "pattern": decision.pattern,
        "example": decision.example,
    }
