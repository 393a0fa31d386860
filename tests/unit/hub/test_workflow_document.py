"""The documentation shows the states of a brief as the program knows them."""

from pathlib import Path

from istmo.hub.briefs.workflow import diagram

PAGE = Path(__file__).resolve().parents[3] / "docs/explanation/how-a-brief-is-published.md"


def test_the_diagram_in_the_documentation_is_printed_from_the_allowed_moves() -> None:
    assert f"```mermaid\n{diagram()}\n```" in PAGE.read_text("utf-8")
