"""A workbook with our notes and sheets keeps everything of its own; what an earlier report left is replaced."""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from xml.etree import ElementTree

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from istmo.intake.reporting import markup
from istmo.intake.reporting.annotate import annotated
from istmo.intake.reporting.sheets import Link, Look, NewSheet, reference, sheet_name

LIST = NewSheet(
    "Istmo hallazgos",
    (8, 40),
    (("Celda", "Qué"), (Link("B3", "Mi cuadro", 2, 1), "=1+1"), (None, 7)),
    ((0, Look.HEAD),),
    frozen=1,
)
SUMMARY = NewSheet("Istmo resumen", (30,), (("Informe",),), ((0, Look.TITLE),))


def book() -> bytes:
    """A workbook with formats, a formula with its result, merged cells, a chart, a filter, and a second sheet."""
    made = io.BytesIO()
    workbook = xlsxwriter.Workbook(made)
    workbook.set_properties({"created": datetime(2024, 1, 2)})
    sheet = workbook.add_worksheet("Mi cuadro")
    bold, yellow = workbook.add_format({"bold": True}), workbook.add_format({"bg_color": "#ffff00"})
    sheet.write_row(1, 1, ["País", "n"], bold)
    sheet.write_row(2, 1, ["Haití", 12], yellow)
    sheet.write(3, 1, "Cuba")
    sheet.write_formula(3, 2, "=C3*2", workbook.add_format({"num_format": "#,##0.00"}), 24)
    sheet.merge_range("B6:C7", "Nota al pie")
    sheet.autofilter("B2:C4")
    chart = workbook.add_chart({"type": "column"})
    chart.add_series({"values": "='Mi cuadro'!$C$3:$C$4"})
    sheet.insert_chart("E2", chart)
    workbook.add_worksheet("Otra & más").write("A1", "texto")
    workbook.close()
    return made.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rezipped(changed: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in changed.items():
            archive.writestr(name, content)
    return made.getvalue()


def notes(data: bytes, sheet: str = "Mi cuadro") -> dict[str, str]:
    cells = openpyxl.load_workbook(io.BytesIO(data))[sheet].iter_rows()
    return {cell.coordinate: cell.comment.text for row in cells for cell in row if cell.comment}


def boxes(data: bytes) -> list[tuple[int, int]]:
    """Row and column of each note's box, of all drawings."""
    drawings = "".join(content.decode() for name, content in parts(data).items() if name.endswith(".vml"))
    ElementTree.fromstring(drawings)
    found = re.findall(r"<\w+:Row>(\d+)</\w+:Row>\s*<\w+:Column>(\d+)</", drawings)
    return sorted((int(row), int(column)) for row, column in found)


def test_values_formats_formulas_results_charts_and_sheets_stay_as_they_were() -> None:
    before = book()
    after = annotated(before, notes={"Mi cuadro": {(2, 1): "una nota"}}, sheets=(SUMMARY, LIST))
    for data_only in (False, True):
        old, new = (openpyxl.load_workbook(io.BytesIO(data), data_only=data_only) for data in (before, after))
        assert new.sheetnames == ["Mi cuadro", "Otra & más", "Istmo resumen", "Istmo hallazgos"]
        for name in old.sheetnames:
            for row in old[name].iter_rows():
                for cell in row:
                    other = new[name][cell.coordinate]
                    assert (other.value, other.number_format) == (cell.value, cell.number_format)
                    assert (repr(other.font), repr(other.fill)) == (repr(cell.font), repr(cell.fill))
            assert new[name].merged_cells.ranges == old[name].merged_cells.ranges
    assert openpyxl.load_workbook(io.BytesIO(after), data_only=True)["Mi cuadro"]["C4"].value == 24
    touched = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "[Content_Types].xml"}
    touched |= {"xl/worksheets/sheet1.xml", "xl/worksheets/_rels/sheet1.xml.rels"}
    old_parts, new_parts = parts(before), parts(after)
    assert {name for name in old_parts if new_parts[name] != old_parts[name]} <= touched
    assert "xl/charts/chart1.xml" in new_parts


def test_a_note_stands_in_its_cell_with_a_box_and_the_same_input_gives_the_same_bytes() -> None:
    wanted = {(2, 1): "«Haití» <&> algo", (3, 2): "otra\nlínea"}
    after = annotated(book(), notes={"Mi cuadro": wanted}, sheets=(SUMMARY,))
    assert notes(after) == {"B3": "«Haití» <&> algo", "C4": "otra\nlínea"}
    assert boxes(after) == [(2, 1), (3, 2)]
    assert annotated(book(), notes={"Mi cuadro": wanted}, sheets=(SUMMARY,)) == after


def test_the_workbook_opens_on_the_first_sheet_of_ours_and_on_that_alone() -> None:
    after = openpyxl.load_workbook(io.BytesIO(annotated(book(), notes={}, sheets=(SUMMARY, LIST))))
    assert after.active.title == "Istmo resumen"
    assert [sheet.title for sheet in after if sheet.sheet_view.tabSelected] == []


def test_a_link_leads_to_its_cell_a_text_is_never_a_formula_and_the_head_has_the_filter() -> None:
    after = openpyxl.load_workbook(io.BytesIO(annotated(book(), notes={}, sheets=(LIST,))))
    sheet = after["Istmo hallazgos"]
    assert sheet["A2"].hyperlink.location == "'Mi cuadro'!B3"
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=1+1", "s")
    assert (sheet["B3"].value, sheet["A3"].value) == (7, None)
    assert (sheet.auto_filter.ref, sheet.freeze_panes) == ("A1:B3", "A2")
    assert sheet["A1"].font.b
    assert sheet["A2"].font.u
    assert after["Mi cuadro"].auto_filter.ref == "B2:C4"


def test_a_note_of_the_senders_own_stays_and_ours_follows_in_it() -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(book()))
    workbook["Mi cuadro"]["B3"].comment = Comment("revisado por Ana", "Ana")
    workbook["Mi cuadro"]["B4"].comment = Comment("otra de Ana", "Ana")
    made = io.BytesIO()
    workbook.save(made)
    first = annotated(made.getvalue(), notes={"Mi cuadro": {(2, 1): "nuestra", (2, 2): "sola"}}, sheets=())
    assert notes(first) == {"B3": "revisado por Ana\n\nnuestra", "B4": "otra de Ana", "C3": "sola"}
    assert boxes(first) == [(2, 1), (2, 2), (3, 1)]


def test_an_earlier_report_is_replaced_notes_boxes_and_sheets() -> None:
    first = annotated(book(), notes={"Mi cuadro": {(2, 1): "vieja", (3, 1): "queda"}}, sheets=(SUMMARY, LIST))
    again = annotated(first, notes={"Mi cuadro": {(3, 1): "nueva"}}, sheets=(SUMMARY, LIST))
    assert notes(again) == {"B4": "nueva"}
    assert boxes(again) == [(3, 1)]
    opened = openpyxl.load_workbook(io.BytesIO(again))
    assert opened.sheetnames == ["Mi cuadro", "Otra & más", "Istmo resumen", "Istmo hallazgos"]
    assert opened["Istmo hallazgos"]["A2"].hyperlink.location == "'Mi cuadro'!B3"
    names = re.findall("_FilterDatabase", parts(again)["xl/workbook.xml"].decode())
    assert len(names) == 2


def test_a_conversation_in_a_cell_is_left_alone() -> None:
    first = parts(annotated(book(), notes={"Mi cuadro": {(2, 1): "[Threaded comment]"}}, sheets=()))
    first = {
        name: content.replace(b"<author>Istmo</author>", b"<author>tc</author>") for name, content in first.items()
    }
    first["xl/threadedComments/threadedComment1.xml"] = b"<ThreadedComments/>"
    relations = "xl/worksheets/_rels/sheet1.xml.rels"
    first[relations] = first[relations].replace(
        b"</Relationships>",
        b'<Relationship Id="t1" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"'
        b' Target="../threadedComments/threadedComment1.xml"/></Relationships>',
    )
    after = annotated(rezipped(first), notes={"Mi cuadro": {(2, 1): "nuestra", (2, 2): "otra"}}, sheets=())
    assert notes(after) == {"B3": "[Threaded comment]", "C3": "otra"}


def prefixed(data: bytes) -> bytes:
    """The workbook as programs write it that name the main namespace `x:`."""
    main = (rb"xl/(workbook|styles|comments\d|worksheets/sheet\d)\.xml", rb"<(/?)([a-zA-Z]+)(?=[\s/>])")

    def renamed(name: str, content: bytes) -> bytes:
        if re.fullmatch(main[0].decode(), name) is None:
            return content
        head, _, body = content.partition(b"?>")
        body = re.sub(main[1], rb"<\1x:\2", body)
        return head + b"?>" + body.replace(b' xmlns="http', b' xmlns:x="http', 1)

    return rezipped({name: renamed(name, content) for name, content in parts(data).items()})


def test_a_workbook_whose_elements_have_a_prefix_is_annotated_too() -> None:
    before = prefixed(annotated(book(), notes={"Mi cuadro": {(0, 0): "vieja"}}, sheets=()))
    after = annotated(before, notes={"Mi cuadro": {(2, 1): "nota"}}, sheets=(SUMMARY, LIST))
    opened = openpyxl.load_workbook(io.BytesIO(after))
    assert opened.sheetnames[-2:] == ["Istmo resumen", "Istmo hallazgos"]
    assert notes(after) == {"B3": "nota"}
    assert opened["Mi cuadro"]["B3"].value == "Haití"


def test_a_workbook_without_formats_views_or_relations_gets_its_sheets_all_the_same() -> None:
    bare = parts(book())
    del bare["xl/styles.xml"], bare["xl/worksheets/_rels/sheet1.xml.rels"]
    bare["xl/workbook.xml"] = re.sub(
        rb"<bookViews>.*?</bookViews>|<definedNames>.*?</definedNames>", b"", bare["xl/workbook.xml"]
    )
    bare["xl/_rels/workbook.xml.rels"] = re.sub(
        rb'<Relationship [^>]*styles.xml"/>', b"", bare["xl/_rels/workbook.xml.rels"]
    )
    bare["xl/worksheets/sheet1.xml"] = re.sub(rb'<drawing [^>]*/>| s="\d"', b"", bare["xl/worksheets/sheet1.xml"])
    bare["[Content_Types].xml"] = re.sub(
        rb'<Override PartName="/xl/styles.xml"[^>]*/>', b"", bare["[Content_Types].xml"]
    )
    after = annotated(rezipped(bare), notes={"Mi cuadro": {(2, 1): "nota"}, "Otra & más": {}}, sheets=(SUMMARY, LIST))
    assert notes(after) == {"B3": "nota"}
    assert b' s="' not in parts(after)["xl/worksheets/sheet3.xml"]
    sheets = re.findall(rb"<definedName .*?</definedName>", parts(after)["xl/workbook.xml"])
    assert len(sheets) == 1  # the sender's own filter had no name here


def test_a_sheet_with_buttons_and_no_notes_keeps_its_drawing() -> None:
    data = parts(book())
    drawing = '<xml xmlns:v="urn:v" xmlns:o="urn:o" xmlns:x="urn:x"><v:shape id="_x0000_s1030"/></xml>'
    data["xl/drawings/vmlDrawing1.vml"] = drawing.encode()
    relations = "xl/worksheets/_rels/sheet1.xml.rels"
    data[relations] = data[relations].replace(
        b"</Relationships>",
        b'<Relationship Id="v1" Type="http://x/vmlDrawing" Target="../drawings/vmlDrawing1.vml"/></Relationships>',
    )
    sheet = data["xl/worksheets/sheet1.xml"]
    data["xl/worksheets/sheet1.xml"] = sheet.replace(b"</worksheet>", b'<legacyDrawing r:id="v1"/></worksheet>')
    after = annotated(rezipped(data), notes={"Mi cuadro": {(2, 1): "nota"}}, sheets=())
    assert notes(after) == {"B3": "nota"}
    written = parts(after)["xl/drawings/vmlDrawing1.vml"].decode()
    assert re.findall(r'<v:shape\b[^>]* id="(_x0000_s\d+)"', written) == ["_x0000_s1030", "_x0000_s1031"]
    assert "_x0000_t202" in written


def test_notes_that_lost_their_drawing_get_one() -> None:
    data = parts(annotated(book(), notes={"Mi cuadro": {(2, 1): "vieja"}}, sheets=()))
    sheet = data["xl/worksheets/sheet1.xml"]
    data["xl/worksheets/sheet1.xml"] = re.sub(rb"<legacyDrawing[^>]*/>", b"", sheet)
    after = annotated(rezipped(data), notes={"Mi cuadro": {(2, 2): "nota"}}, sheets=())
    assert notes(after) == {"C3": "nota"}
    assert parts(after)["[Content_Types].xml"].count(b'Extension="vml"') == 1


def test_a_relation_to_a_part_that_is_not_there_is_no_drawing() -> None:
    data = parts(book())
    sheet = data["xl/worksheets/sheet1.xml"]
    data["xl/worksheets/sheet1.xml"] = sheet.replace(b"</worksheet>", b'<legacyDrawing r:id="rId9"/></worksheet>')
    after = parts(annotated(rezipped(data), notes={"Mi cuadro": {(2, 1): "nota"}}, sheets=()))
    assert after["xl/worksheets/sheet1.xml"].count(b"<legacyDrawing") == 1
    assert "xl/drawings/vmlDrawing1.vml" in after


@pytest.mark.parametrize(
    ("xml", "place"),
    [
        ("<worksheet><sheetData/><drawing/><tableParts/></worksheet>", "<drawing/>{}<tableParts/>"),
        ("<worksheet><sheetData></sheetData><mc:AlternateContent/><extLst/></worksheet>", "{}<mc:AlternateContent/>"),
        ("<x:worksheet><x:sheetData></x:sheetData></x:worksheet>", "</x:sheetData>{}</x:worksheet>"),
    ],
)
def test_the_drawing_of_notes_stands_where_the_schema_has_it(xml: str, place: str) -> None:
    written = markup.with_legacy_drawing(xml, "n1")
    element = re.search(r"<(x:)?legacyDrawing [^>]*/>", written)
    assert element is not None
    assert place.format(element[0]) in written


def test_markup_without_its_element_is_refused() -> None:
    with pytest.raises(ValueError, match="no element comments"):
        markup.inserted("<other/>", "", "comments")
    with pytest.raises(ValueError, match="no worksheet"):
        markup.with_legacy_drawing("<chartsheet/>", "n1")


def test_a_text_in_xml_has_no_sign_that_xml_has_not_and_says_what_it_said() -> None:
    assert markup.escaped('a\x00<b>&\x0b"_x0041_') == 'a&lt;b&gt;&amp;"_x005F_x0041_'
    assert markup.escaped('"', quote=True) == "&quot;"
    assert len(markup.escaped("a" * 40_000)) == markup.CELL_TEXT


def test_a_note_that_is_a_bare_text_becomes_a_run_beside_ours() -> None:
    note = '<comment ref="A1" authorId="0"><text><t>suya</t></text></comment>'
    xml = f"<comments><authors><author/></authors><commentList>{note}</commentList></comments>"
    written = markup.with_comments(xml, {(0, 0): "nuestra"})
    assert "<text><r><t>suya</t></r><r><rPr>" in written
    assert markup.noted(written) == {(0, 0)}
    assert markup.without_ours(written) == written


def test_only_boxes_of_the_named_cells_are_taken_out() -> None:
    drawing = markup.shapes({(0, 0): "a", (4, 27): "b"})
    place = "<x:Row>0</x:Row><x:Column>0</x:Column>"
    button = f'<v:shape id="b"><x:ClientData ObjectType="Button">{place}</x:ClientData></v:shape>'
    kept = markup.without_shapes(markup.inserted(drawing, button, "xml"), frozenset({(0, 0)}))
    assert re.findall(r"<x:Row>(\d+)</x:Row>", kept) == ["4", "0"]


def test_names_of_cells_and_sheets() -> None:
    assert [reference(0, 0), reference(11, 2), reference(0, 26), reference(0, 701), reference(0, 702)] == [
        *("A1", "C12", "AA1", "ZZ1", "AAA1"),
    ]
    assert [sheet_name(name) for name in ("Año 2016: [a/b]", "", "x" * 40, "'q'")] == [
        *("Año 2016   a b", "Hoja", "x" * 31, "q"),
    ]


def test_formats_are_left_alone_where_there_is_no_list_of_them() -> None:
    assert markup.with_styles("<styleSheet/>") == ("<styleSheet/>", markup.Styles())


def test_cells_filled_and_bold_stay_filled_and_bold() -> None:
    workbook = openpyxl.Workbook()
    workbook.active.title = "Mi cuadro"
    workbook.active["A1"] = "x"
    workbook.active["A1"].font = Font(bold=True, color="FF112233")
    workbook.active["A1"].fill = PatternFill("solid", fgColor="FFAABBCC")
    made = io.BytesIO()
    workbook.save(made)
    cell = openpyxl.load_workbook(io.BytesIO(annotated(made.getvalue(), notes={}, sheets=(LIST,))))["Mi cuadro"]["A1"]
    assert (cell.font.color.rgb, cell.font.b, cell.fill.fgColor.rgb) == ("FF112233", True, "FFAABBCC")
