"""How are notes and sheets written in the XML of a workbook? Pieces of text that are put between what is there.

What a workbook holds already is never parsed and written again, because that loses what the parser does not know
(charts, formats of newer programs, the stored results of formulas). The places are found by their tags; the prefix of
the main namespace, which some programs write (`<x:row>`), is kept.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from istmo.intake.reporting.sheets import Cell, Link, Look, NewSheet, reference

AUTHOR = "Istmo"
CELL_TEXT = 32_767  # signs that a cell, or a note, can hold
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

Notes = Mapping[tuple[int, int], str]  # by row and column, from 0

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED = re.compile(r"_(x[0-9A-Fa-f]{4}_)")
_AFTER_LEGACY = (
    *("legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst"),
)
_DRAWN = (
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_SHAPE_TYPE = (
    '<v:shapetype{} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_VML = f'<xml{_DRAWN}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>'


@dataclass(frozen=True, slots=True)
class Styles:
    """The numbers of our four formats among those of a workbook; None where it has no formats at all."""

    plain: int | None = None
    head: int | None = None
    title: int | None = None
    link: int | None = None

    def of(self, cell: Cell, look: Look) -> int | None:
        if isinstance(cell, Link):
            return self.link
        return {Look.PLAIN: self.plain, Look.HEAD: self.head, Look.TITLE: self.title}[look]


def escaped(text: str, *, quote: bool = False) -> str:
    """A text as XML: signs that XML does not have are left out, `_x0041_` stays what it is."""
    plain = _ESCAPED.sub(r"_x005F_\1", _NOT_XML.sub("", text[:CELL_TEXT]))
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace('"', "&quot;") if quote else plain


def prefix(xml: str, root: str) -> str:
    """What stands before the names of the main namespace: "" or "x:"."""
    match = re.search(rf"<(\w+:)?{root}\b", xml)
    return (match[1] or "") if match else ""


def inserted(xml: str, piece: str, tag: str) -> str:
    """The XML with `piece` as the last of what the element `tag` holds; the element may be empty."""
    empty = re.search(rf"<{tag}(\s[^<>]*)?/>", xml)
    end = xml.rfind(f"</{tag}>")
    if end >= 0:
        return f"{xml[:end]}{piece}{xml[end:]}"
    if empty is None:
        raise ValueError(f"no element {tag}")
    return f"{xml[: empty.start()]}<{tag}{empty[1] or ''}>{piece}</{tag}>{xml[empty.end() :]}"


# --- notes


def comments(notes: Notes) -> str:
    """The part of a sheet's notes where it had none."""
    empty = f'{HEAD}<comments xmlns="{MAIN}"><authors/><commentList/></comments>'
    return with_comments(empty, notes)


def with_comments(xml: str, notes: Notes) -> str:
    """The part with our notes; where a cell has a note already, ours follows in it."""
    p = prefix(xml, "comments")
    author = len(_authors(xml))
    xml = inserted(xml, f"<{p}author>{AUTHOR}</{p}author>", f"{p}authors")
    fresh = []
    for place, text in sorted(notes.items()):
        ref = reference(*place)
        known = re.search(rf'<{p}comment\b[^>]*\bref="{ref}"[^>]*>.*?</{p}comment>', xml, re.DOTALL)
        if known is None:
            body = f"<{p}text>{_run(text, p)}</{p}text>"
            fresh.append(f'<{p}comment ref="{ref}" authorId="{author}">{body}</{p}comment>')
        else:
            xml = f"{xml[: known.start()]}{_appended(known[0], text, p)}{xml[known.end() :]}"
    return inserted(xml, "".join(fresh), f"{p}commentList")


def noted(xml: str) -> frozenset[tuple[int, int]]:
    """The cells that have a note."""
    return frozenset(map(_place, re.findall(r'<(?:\w+:)?comment\b[^>]*\bref="([A-Z]+\d+)"', xml)))


def without_ours(xml: str) -> str:
    """The part without the notes that an earlier report of ours left."""
    ours = "|".join(str(number) for number, author in enumerate(_authors(xml)) if author == AUTHOR)
    note = rf'<((?:\w+:)?)comment\b[^>]*\bauthorId="(?:{ours})"[^>]*>.*?</\1comment>'
    return re.sub(note, "", xml, flags=re.DOTALL) if ours else xml


def _authors(xml: str) -> list[str]:
    return [name or "" for name in re.findall(r"<(?:\w+:)?author(?:\s*/>|>([^<]*)</)", xml)]


def _place(ref: str) -> tuple[int, int]:
    letters = ref.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(ref[len(letters) :]) - 1, column - 1


def _appended(comment: str, text: str, p: str) -> str:
    """A note of the sender's with our text after its own; a bare text becomes a run, as several need."""
    comment = re.sub(rf"(<{p}text>)(<{p}t\b.*?</{p}t>)", rf"\1<{p}r>\2</{p}r>", comment, count=1, flags=re.DOTALL)
    return inserted(comment, _run(f"\n\n{text}", p), f"{p}text")


def _run(text: str, p: str) -> str:
    look = f'<{p}rPr><{p}sz val="9"/><{p}color indexed="81"/><{p}rFont val="Tahoma"/><{p}family val="2"/></{p}rPr>'
    return f'<{p}r>{look}<{p}t xml:space="preserve">{escaped(text)}</{p}t></{p}r>'


def shapes(notes: Notes) -> str:
    """The drawing of the notes' boxes where the sheet had none."""
    return with_shapes(_VML, notes)


def with_shapes(xml: str, notes: Notes) -> str:
    """The drawing with a box for each note; boxes that are there keep their numbers."""
    used = [int(number) for number in re.findall(r"_x0000_s(\d+)", xml)]
    first = max([1024, *used]) + 1
    names = "" if _DRAWN in xml else _DRAWN  # the drawing may call these namespaces otherwise
    if "_x0000_t202" not in xml:
        xml = inserted(xml, _SHAPE_TYPE.format(names), "xml")
    boxes = [
        _shape(number, place, text, names) for number, (place, text) in enumerate(sorted(notes.items()), start=first)
    ]
    blocks = sorted({number // 1024 for number in (*used, *range(first, first + len(boxes)))})
    listed = ",".join(map(str, blocks))
    xml = re.sub(r'(<\w+:idmap\b[^>]*\bdata=")[^"]*(")', rf"\g<1>{listed}\g<2>", xml, count=1)
    return inserted(xml, "".join(boxes), "xml")


def without_shapes(xml: str, places: frozenset[tuple[int, int]]) -> str:
    """The drawing without the boxes of the notes of these cells."""

    def kept(match: re.Match[str]) -> str:
        place = [int(number) for number in re.findall(r"<\w+:(?:Row|Column)>\s*(\d+)\s*<", match[0])]
        return "" if 'ObjectType="Note"' in match[0] and tuple(place) in places else match[0]

    return re.sub(r"<(\w+):shape\b.*?</\1:shape>", kept, xml, flags=re.DOTALL)


def _shape(number: int, place: tuple[int, int], text: str, names: str) -> str:
    row, column = place
    height = min(4 + len(text) // 36, 16)  # rows of 15 points, some 36 signs to a line
    top = max(row - 1, 0)
    anchor = f"{column + 1}, 15, {top}, 2, {column + 5}, 15, {top + height}, 4"
    return (
        f'<v:shape{names} id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;'
        f'margin-top:2pt;width:200pt;height:{15 * height}pt;z-index:1;visibility:hidden" fillcolor="#ffffe1"'
        ' o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div>'
        f'</v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
        f"<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    )


def with_legacy_drawing(xml: str, id_: str) -> str:
    """The sheet with its drawing of notes, in the place that the schema gives it."""
    p = prefix(xml, "worksheet")
    xml = re.sub(rf"<{p}legacyDrawing\b[^>]*/>", "", xml)  # one that leads nowhere
    start = max(xml.rfind(f"</{p}sheetData>"), xml.rfind(f"</{p}customSheetViews>"), 0)
    later = re.compile(rf"<(?:\w+:)?AlternateContent\b|<{p}(?:{'|'.join(_AFTER_LEGACY)})\b|</{p}worksheet>")
    match = later.search(xml, start)
    if match is None:
        raise ValueError("no worksheet")
    piece = f'<{p}legacyDrawing xmlns:r="{RELATIONS}" r:id="{id_}"/>'
    return f"{xml[: match.start()]}{piece}{xml[match.start() :]}"


def legacy_drawing(xml: str) -> str | None:
    """The id of the sheet's drawing of notes; None where it has none."""
    element = re.search(r"<(?:\w+:)?legacyDrawing\b[^>]*>", xml)
    match = re.search(r'\bid="([^"]*)"', element[0]) if element else None
    return match[1] if match else None


# --- sheets


def sheet(new: NewSheet, styles: Styles) -> str:
    """The part of a sheet of ours: texts as texts in their cells, so that none is ever run as a formula."""
    looks = dict(new.looks)
    rows, links = [], []
    for number, cells in enumerate(new.rows):
        look = looks.get(number, Look.PLAIN)
        parts = []
        for column, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            ref = reference(number, column)
            parts.append(_cell(ref, cell, styles.of(cell, look)))
            if isinstance(cell, Link):
                location = escaped(cell.location, quote=True)
                links.append(
                    f'<hyperlink ref="{ref}" location="{location}" display="{escaped(cell.text, quote=True)}"/>'
                )
        rows.append(f'<row r="{number + 1}">{"".join(parts)}</row>')
    columns = "".join(
        f'<col min="{index}" max="{index}" width="{width}" customWidth="1"/>'
        for index, width in enumerate(new.widths, start=1)
    )
    pane, filter_ = "", ""
    if new.frozen:
        pane = f'<pane ySplit="{new.frozen}" topLeftCell="A{new.frozen + 1}" activePane="bottomLeft" state="frozen"/>'
        filter_ = f'<autoFilter ref="{filtered(new)}"/>'
    return "".join(
        (
            f'{HEAD}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>',
            f'<sheetViews><sheetView showGridLines="0" workbookViewId="0">{pane}</sheetView></sheetViews>',
            f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols>',
            f"<sheetData>{''.join(rows)}</sheetData>{filter_}",
            f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else "",
            '<pageMargins left="0.5" right="0.5" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>',
            '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>',
        )
    )


def filtered(new: NewSheet) -> str:
    """The cells that the filter of a sheet covers."""
    return f"A{new.frozen}:{reference(max(len(new.rows), new.frozen) - 1, len(new.widths) - 1)}"


def _cell(ref: str, cell: Cell, style: int | None) -> str:
    s = "" if style is None else f' s="{style}"'
    if isinstance(cell, int):
        return f'<c r="{ref}"{s}><v>{cell}</v></c>'
    text = cell.text if isinstance(cell, Link) else str(cell)
    return f'<c r="{ref}"{s} t="inlineStr"><is><t xml:space="preserve">{escaped(text)}</t></is></c>'


def with_styles(xml: str) -> tuple[str, Styles]:
    """The workbook's formats with ours at their end, and our numbers; unchanged where there are no lists to add to."""
    p = prefix(xml, "styleSheet")
    fonts = re.search(rf"<{p}fonts\b[^>]*>.*?</{p}fonts>", xml, re.DOTALL)
    formats = re.search(rf"<{p}cellXfs\b[^>]*>.*?</{p}cellXfs>", xml, re.DOTALL)
    if fonts is None or formats is None:
        return xml, Styles()
    first = len(re.findall(rf"<{p}font[\s/>]", fonts[0]))
    face = f'<{p}sz val="10"/><{p}name val="Calibri"/><{p}family val="2"/>'
    bold = f"<{p}b/>"
    own_fonts = [
        f"<{p}font>{face}</{p}font>",
        f"<{p}font>{bold}{face}</{p}font>",
        f'<{p}font>{bold}<{p}sz val="13"/><{p}name val="Calibri"/><{p}family val="2"/></{p}font>',
        f'<{p}font><{p}u/><{p}sz val="10"/><{p}color rgb="FF0B4F8A"/><{p}name val="Calibri"/><{p}family val="2"/>'
        f"</{p}font>",
    ]
    wrap = f'<{p}alignment vertical="top" wrapText="1"/>'
    own_formats = [
        f'<{p}xf numFmtId="0" fontId="{first + index}" fillId="0" borderId="0" xfId="0" applyFont="1"'
        f' applyAlignment="1">{wrap if index != 2 else ""}</{p}xf>'
        for index in range(len(own_fonts))
    ]
    number = len(re.findall(rf"<{p}xf[\s/>]", formats[0]))
    for block, own, count in (
        (formats, own_formats, number),
        (fonts, own_fonts, first),
    ):  # the later of the two first, so that the other's place stays
        xml = f"{xml[: block.start()]}{_longer(block[0], own, count)}{xml[block.end() :]}"
    return xml, Styles(plain=number, head=number + 1, title=number + 2, link=number + 3)


def _longer(block: str, own: Sequence[str], count: int) -> str:
    """A list of formats with more at its end, and its number of them."""
    block = re.sub(r'(\bcount=")\d+(")', rf"\g<1>{count + len(own)}\g<2>", block, count=1)
    end = block.rindex("</")
    return f"{block[:end]}{''.join(own)}{block[end:]}"
