"""The brief as HTML: read back with a parser, never by pattern alone."""

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from istmo.hub.briefs.render import words
from istmo.hub.briefs.render.html import Link, body, standalone, without_outside_requests
from istmo.model.text import Text
from istmo.statistics.brief.figures import shown
from istmo.statistics.brief.values import Brief

VOID = {"meta", "link", "br", "rect", "line", "path"}
CSS = (
    '@import "x.css"; @font-face{src:url(fonts/a.woff2)} '
    'body{background:url("https://example.org/a.png")} .n{color:red}'
)


class Element:
    def __init__(self, tag: str, attributes: dict[str, str], parent: "Element | None") -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Element] = []
        self.parts: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def every(self, *tags: str) -> list["Element"]:
        found = [self] if not tags or self.tag in tags else []
        for child in self.children:
            found.extend(child.every(*tags))
        return found

    def within(self, *tags: str) -> bool:
        return self.parent is not None and (self.parent.tag in tags or self.parent.within(*tags))


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root", {}, None)
        self.here = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.children.append(Element(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_data(self, data: str) -> None:
        at: Element | None = self.here
        while at is not None:
            at.parts.append(data)
            at = at.parent


def parsed(text: str) -> Element:
    reader = Reader()
    reader.feed(text)
    assert reader.here is reader.root, f"<{reader.here.tag}> is not closed"
    return reader.root


@pytest.fixture(scope="module", params=["es", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def tree(brief: Brief, language: str) -> Element:
    return parsed(body(brief, language))


def test_every_cell_has_its_id_and_shows_its_figure(tree: Element, brief: Brief, language: str) -> None:
    held = {element.attributes["id"]: element for element in tree.every("td") if "id" in element.attributes}
    cells = {cell.id: cell for table in brief.tables for row in table.rows for cell in row.cells}
    assert set(held) == set(cells)
    for id_, cell in cells.items():
        assert held[id_].text.startswith(shown(cell, language)), id_


def test_every_number_in_a_chart_belongs_to_a_cell(tree: Element, brief: Brief, language: str) -> None:
    cells = {cell.id: cell for table in brief.tables for row in table.rows for cell in row.cells}
    drawn = [element for element in tree.every() if "data-cell" in element.attributes]
    assert len(drawn) > 30
    for element in drawn:
        named = element.attributes["data-cell"]
        assert element.text == (shown(cells[named], language) if named in cells else "n/c"), named


def test_ids_are_unique_and_every_link_within_the_page_leads_somewhere(tree: Element) -> None:
    ids = [element.attributes["id"] for element in tree.every() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    targets = {
        element.attributes["href"][1:] for element in tree.every("a") if element.attributes["href"].startswith("#")
    }
    assert targets
    assert targets <= set(ids)


def test_policy_changes_stand_with_their_source_and_their_absence_is_said(
    tree: Element, brief: Brief, language: str
) -> None:
    assert brief.policies is not None
    held = {element.attributes.get("id"): element.text for element in tree.every("li")}
    for note in brief.policies:
        assert note.what.in_(language) in held[f"policy-{note.id}"]
        assert note.url in held[f"policy-{note.id}"]
    none, earlier = (body(replace(brief, policies=some), language) for some in ((), None))
    assert words.POLICIES_NONE.in_(language) in none
    assert words.POLICIES.in_(language) not in earlier
    assert "#policies" not in earlier


def test_sentences_link_to_the_cells_they_are_made_from(tree: Element, brief: Brief) -> None:
    linked = [link.attributes["href"][1:] for link in tree.every("a") if link.attributes.get("class") == "ref"]
    assert linked == [cell for sentence in brief.sentences for cell in sentence.cells]


def test_tables_have_a_caption_and_every_head_has_a_scope(tree: Element) -> None:
    for table in tree.every("table"):
        assert table.every("caption")
        for head in table.every("th"):
            assert head.attributes.get("scope") in ("col", "row", "rowgroup"), head.text


def test_a_wide_table_scrolls_in_a_region_of_its_own_that_the_keyboard_reaches(tree: Element) -> None:
    regions = [element for element in tree.every("div") if "scroll" in element.attributes.get("class", "").split()]
    assert regions
    for region in regions:
        assert region.attributes.get("tabindex") == "0"
        assert region.attributes.get("role") == "region"
        assert region.attributes.get("aria-label")
    loose = [table for table in tree.every("table") if not table.within("div")]
    assert not loose


def test_headings_go_down_one_level_at_a_time(tree: Element) -> None:
    levels = [int(element.tag[1]) for element in tree.every("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_drawings_have_a_title_and_a_description(tree: Element) -> None:
    drawings = [element for element in tree.every("svg") if element.attributes.get("role") == "img"]
    assert len(drawings) == 7
    for drawing in drawings:
        ids = drawing.attributes["aria-labelledby"].split()
        named = {element.attributes["id"]: element for element in drawing.every("title", "desc")}
        assert all(named[id_].text for id_ in ids)


def test_the_fragment_has_no_script_and_no_inline_style(tree: Element) -> None:
    assert not tree.every("script", "style")
    assert not [element for element in tree.every() if "style" in element.attributes]
    assert not [name for element in tree.every() for name in element.attributes if name.startswith("on")]


def test_no_number_is_a_sum_over_reporters(
    tree: Element, sums_over_reporters: frozenset[int], numbers_in: Callable[[str], list[int]]
) -> None:
    assert len(sums_over_reporters) > 100
    assert not sums_over_reporters & set(numbers_in(" ".join(tree.parts)))


def test_text_from_outside_is_escaped(brief: Brief) -> None:
    hostile = "<img src=x onerror=alert(1)> & {{ page }} {% load x %}"
    changed = replace(brief, lead=Text(hostile, hostile), edition=replace(brief.edition, analysed_by=hostile))
    tree = parsed(body(changed, "es"))
    assert not tree.every("img")
    assert hostile in tree.text


def test_the_page_that_stands_alone_asks_nothing_of_anybody(brief: Brief, language: str) -> None:
    text = standalone(brief, language, css=CSS)
    tree = parsed(text)
    assert "example.org" not in text
    assert "x.css" not in text
    assert not tree.every("script", "img", "iframe")
    assert [element.attributes["href"] for element in tree.every("link")] == ["data:,"]
    assert text.count("font/woff2;base64,") == 2
    assert ".n{color:red}" in text
    assert tree.every("html")[0].attributes["lang"] == language


def test_marks_stand_in_words_before_the_title(draft: Brief) -> None:
    text = parsed(standalone(draft, "es", css="")).every("main")[0].text
    assert text.index("DEMOSTRACIÓN") < text.index("BORRADOR") < text.index("Agosto de 2023")


def test_links_are_those_that_the_caller_gives(brief: Brief) -> None:
    tree = parsed(body(brief, "en", links=[Link("/en/briefs/2023-08/1/brief.en.pdf", "PDF", download=True)]))
    chips = [link for link in tree.every("a") if link.attributes.get("class") == "chip"]
    assert [(link.attributes["href"], link.text) for link in chips] == [("/en/briefs/2023-08/1/brief.en.pdf", "PDF")]
    assert "download" in chips[0].attributes


def test_a_style_sheet_keeps_data_urls_and_loses_the_rest() -> None:
    kept = without_outside_requests("a{b:url(data:image/png;base64,AA)} c{d:url( 'e.png' )}")
    assert kept == "a{b:url(data:image/png;base64,AA)} c{d:none}"


def test_the_brief_has_classes_that_its_style_sheet_or_the_site_knows(tree: Element) -> None:
    """Reporter classes of members off the route are ours; those on it are the site's."""
    sheet = (Path(__file__).resolve().parents[3] / "src/istmo/hub/briefs/static/briefs/brief.css").read_text("utf-8")
    for name in ("r-BLZ", "r-CAN", "r-SLV", "r-DOM", "marks", "notes", "few"):
        assert f".{name}" in sheet
