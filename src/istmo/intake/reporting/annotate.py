"""How does a workbook get our notes and sheets without losing anything of its own? Part by part, in a new container.

    annotated(data, notes={"Cuadro 003": {(6, 1): "«Congo» ..."}}, sheets=(findings,))

Every part that is not named here is copied as it is: values, formulas with their stored results, formats, pictures.
Notes are added to the sheets that are named; our sheets come after the sender's own, and the first of them is the one
that is seen when the workbook is opened. In a workbook that was annotated before, our notes and sheets are replaced.
The same input gives the same bytes.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping, Sequence

from istmo.intake.reporting import markup
from istmo.intake.reporting.markup import Notes, Styles
from istmo.intake.reporting.sheets import NewSheet
from istmo.intake.xlsx import sheet_parts

_BOOK = "xl/workbook.xml"
_STYLES = "xl/styles.xml"
_TYPES = "[Content_Types].xml"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_KINDS = {
    "worksheet": f"{_OFFICE}spreadsheetml.worksheet+xml",
    "comments": f"{_OFFICE}spreadsheetml.comments+xml",
}
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SELECTED = re.compile(r'(<(?:\w+:)?sheetView\b[^>]*?)\s+tabSelected="[^"]*"')


def annotated(data: bytes, *, notes: Mapping[str, Notes], sheets: Sequence[NewSheet]) -> bytes:
    """The workbook in `data` with notes by sheet and cell, and `sheets` after its own."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        package = _Package({entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()})
        places = sheet_parts(archive, "")
    for name, own in notes.items():
        if own:
            package.note(places[name], own)
    package.add(sheets, places)
    return package.written()


class _Package:
    """The parts of a workbook by name, changed in place."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = parts

    def text(self, name: str) -> str:
        return self.parts[name].decode("utf-8", errors="surrogateescape")

    def put(self, name: str, xml: str) -> None:
        self.parts[name] = xml.encode("utf-8", errors="surrogateescape")

    def note(self, part: str, notes: Notes) -> None:
        """Put notes into the cells of a sheet, instead of those that an earlier report put there."""
        comments = self.related(part, "comments")
        drawing = self.target(part, markup.legacy_drawing(self.text(part)))
        boxed = notes
        if comments is None:
            comments = self.free("xl/comments{}.xml")
            self.put(comments, markup.comments(notes))
            self.override(comments, _KINDS["comments"])
            self.relate(part, comments, "comments")
        else:
            before = self.text(comments)
            own = markup.without_ours(before)
            kept = markup.noted(own)
            if self.related(part, "threadedComment") is not None:  # a conversation shows nothing beside itself
                notes = {place: text for place, text in notes.items() if place not in kept}
            boxed = {place: text for place, text in notes.items() if place not in kept}
            self.put(comments, markup.with_comments(own, notes))
            if drawing is not None:
                self.put(drawing, markup.without_shapes(self.text(drawing), markup.noted(before) - kept))
        if drawing is None:
            drawing = self.free("xl/drawings/vmlDrawing{}.vml")
            self.put(drawing, markup.shapes(boxed))
            self.default("vml", f"{_OFFICE}vmlDrawing")
            id_ = self.relate(part, drawing, "vmlDrawing")
            self.put(part, markup.with_legacy_drawing(self.text(part), id_))
        else:
            self.put(drawing, markup.with_shapes(self.text(drawing), boxed))

    def add(self, sheets: Sequence[NewSheet], places: Mapping[str, str]) -> None:
        """Put our sheets after the sender's, or in the place of those of an earlier report; the first of ours is
        seen.
        """
        if not sheets:
            return
        styles = Styles()
        if _STYLES in self.parts:
            xml, styles = markup.with_styles(self.text(_STYLES))
            self.put(_STYLES, xml)
        book = self.text(_BOOK)
        p = markup.prefix(book, "workbook")
        names = re.findall(rf'<{p}sheet\s[^>]*?\bname="([^"]*)"', book)
        free = max(map(int, re.findall(r'\bsheetId="(\d+)"', book)), default=0) + 1
        numbers = []
        added: list[str] = []
        for new in sheets:
            name = markup.escaped(new.name, quote=True)
            if new.name in places:
                part = places[new.name]
                self.parts.pop(_relations_of(part), None)
                numbers.append(names.index(name))
            else:
                part = self.free("xl/worksheets/sheet{}.xml")
                self.override(part, _KINDS["worksheet"])
                id_ = self.relate(_BOOK, part, "worksheet")
                numbers.append(len(names) + len(added))
                added.append(
                    f'<{p}sheet name="{name}" sheetId="{free + len(added)}" xmlns:r="{markup.RELATIONS}" r:id="{id_}"/>'
                )
            self.put(part, markup.sheet(new, styles))
        book = markup.inserted(book, "".join(added), f"{p}sheets")
        self.put(_BOOK, self._with_filters(self._seen(book, numbers[0]), p, numbers, sheets))

    def _seen(self, book: str, number: int) -> str:
        """The workbook's part opening on sheet `number`, and no sheet selected beside it."""
        view = re.search(r"<(?:\w+:)?workbookView\b[^>]*?(?=/?>)", book)
        if view is None:
            return book
        for name in self.parts:
            if name.startswith(("xl/worksheets/", "xl/chartsheets/")) and name.endswith(".xml"):
                self.put(name, _SELECTED.sub(r"\1", self.text(name), count=1))
        plain = re.sub(r'\s+(?:activeTab|firstSheet)="\d*"', "", view[0]).rstrip()
        return f'{book[: view.start()]}{plain} activeTab="{number}"{book[view.end() :]}'

    @staticmethod
    def _with_filters(book: str, p: str, numbers: Sequence[int], sheets: Sequence[NewSheet]) -> str:
        """The names that a spreadsheet program keeps for the filter of a sheet, once for each of ours."""
        names = []
        for number, new in zip(numbers, sheets, strict=True):
            old = rf'<{p}definedName\b[^>]*\blocalSheetId="{number}"[^>]*>[^<]*</{p}definedName>'
            book = re.sub(old, "", book)
            if new.frozen:
                quoted = new.name.replace("'", "''")
                area = re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", markup.filtered(new))
                names.append(
                    f'<{p}definedName name="_xlnm._FilterDatabase" localSheetId="{number}" hidden="1">'
                    + markup.escaped(f"'{quoted}'!{area}")
                    + f"</{p}definedName>"
                )
        if not names:
            return re.sub(rf"<{p}definedNames></{p}definedNames>", "", book)
        if re.search(rf"<{p}definedNames\b", book):
            return markup.inserted(book, "".join(names), f"{p}definedNames")
        after = max(book.rfind(end) + len(end) for end in (f"</{p}sheets>", f"</{p}externalReferences>"))
        return f"{book[:after]}<{p}definedNames>{''.join(names)}</{p}definedNames>{book[after:]}"

    # --- the container's own book-keeping

    def related(self, part: str, kind: str) -> str | None:
        """The part that `part` names as its relation of a kind."""
        for relation in self._relations(part):
            if relation["Type"].endswith(f"/{kind}"):
                return _resolved(part, relation["Target"])
        return None

    def target(self, part: str, id_: str | None) -> str | None:
        """The part behind a relation's id, if it is there."""
        for relation in self._relations(part):
            if relation["Id"] == id_:
                found = _resolved(part, relation["Target"])
                return found if found in self.parts else None
        return None

    def relate(self, part: str, target: str, kind: str) -> str:
        """Name `target` as a relation of `part`; its new id."""
        name = _relations_of(part)
        xml = self.text(name) if name in self.parts else f'{markup.HEAD}<Relationships xmlns="{markup.PACKAGE}"/>'
        taken = {relation["Id"] for relation in self._relations(part)}
        number = 1
        while f"istmo{number}" in taken:
            number += 1
        p = markup.prefix(xml, "Relationships")
        relative = posixpath.relpath(target, posixpath.dirname(part))
        piece = f'<{p}Relationship Id="istmo{number}" Type="{markup.RELATIONS}/{kind}" Target="{relative}"/>'
        self.put(name, markup.inserted(xml, piece, f"{p}Relationships"))
        return f"istmo{number}"

    def _relations(self, part: str) -> list[dict[str, str]]:
        name = _relations_of(part)
        if name not in self.parts:
            return []
        found = re.findall(r"<(?:\w+:)?Relationship\s([^>]*?)/?>", self.text(name))
        pairs = [dict(re.findall(r'\b(Id|Type|Target)="([^"]*)"', attributes)) for attributes in found]
        return [{"Id": "", "Type": "", "Target": "", **pair} for pair in pairs]

    def free(self, pattern: str) -> str:
        """The first name of the pattern that no part has."""
        number = 1
        while pattern.format(number) in self.parts:
            number += 1
        return pattern.format(number)

    def override(self, part: str, kind: str) -> None:
        self._type(f'Override PartName="/{part}" ContentType="{kind}"')

    def default(self, extension: str, kind: str) -> None:
        if not re.search(rf'Extension="{extension}"', self.text(_TYPES), re.IGNORECASE):
            self._type(f'Default Extension="{extension}" ContentType="{kind}"')

    def _type(self, element: str) -> None:
        xml = self.text(_TYPES)
        p = markup.prefix(xml, "Types")
        self.put(_TYPES, markup.inserted(xml, f"<{p}{element}/>", f"{p}Types"))

    def written(self) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.parts.items():
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, content)
        return made.getvalue()


def _relations_of(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels"


def _resolved(part: str, target: str) -> str:
    if target.startswith("/"):
        return target.removeprefix("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))
