"""Drafts profiles for small files given as text, answers their decisions, and reads the files with what came out."""

import io
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from istmo.intake.profiles import read_profile
from istmo.intake.result import Intake
from istmo.intake.run import intake
from istmo.intake.suggesting.answering import profile_text
from istmo.intake.suggesting.drafting import suggest
from istmo.intake.suggesting.values import Draft
from istmo.intake.suggesting.writing import option_text
from istmo.intake.testing import run_samples

DraftOf = Callable[..., Draft]
ReadWith = Callable[..., Intake]
NO_ANSWERS: Mapping[str, str] = {}


@pytest.fixture(scope="session")
def draft_of() -> DraftOf:
    """`draft_of(text)`: the draft for a file; bytes are taken as they are."""

    def draft(content: str | bytes, *, filename: str = "cuadro.csv", **more: Any) -> Draft:
        data = content.encode() if isinstance(content, str) else content
        return suggest(io.BytesIO(data), filename=filename, **more)

    return draft


def first_answers(draft: Draft, answers: Mapping[str, str]) -> dict[str, str]:
    """The given answers, and for every other decision its first option."""
    own = {"profile": "PAN.SNM.cuadro", "author": "Prueba"}
    first = {d.id: option_text(d.options[0]) if d.options else own.get(d.id, "x") for d in draft.decisions}
    return {**first, "profile": own["profile"], **answers}


@pytest.fixture(scope="session")
def read_with() -> ReadWith:
    """`read_with(text, answers, year="2016")`: what the file gives once its draft is answered; its sample must hold."""

    def read(
        content: str | bytes,
        answers: Mapping[str, str] = NO_ANSWERS,
        *,
        filename: str = "cuadro.csv",
        **parameters: str,
    ) -> Intake:
        data = content.encode() if isinstance(content, str) else content
        draft = suggest(io.BytesIO(data), filename=filename)
        text = profile_text(draft, first_answers(draft, answers))
        profile = read_profile(text.encode(), name="draft.yaml")
        assert run_samples(profile) == ()
        return intake(io.BytesIO(data), filename=filename, profile=profile, parameters=parameters)

    return read
