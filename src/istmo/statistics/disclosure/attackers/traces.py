"""What do the files tell besides the counts?

Codes and columns in which withheld cells differ, rows in an order that the codes do not explain, numbers written in
several ways, times and names inside archives and documents, files that were left behind: each can carry what was taken
out of the table. The attackers get texts, bytes and names, and say where they see something; reading a directory is
the caller's part.
"""

import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from io import BytesIO

NO_TIME = (1980, 1, 1, 0, 0, 0)  # what a zip archive says where no time was set
PLAIN = re.compile(r"(0|[1-9][0-9]*)(-[1-9][0-9]*)?")  # a count, or a class: `0-9`
PDF_TRACE = re.compile(rb"/(?:CreationDate|ModDate|Author) ?\([^)]")
OFFICE_TRACE = re.compile(
    rb"<(?:dcterms:(?:created|modified)[^>]*>(?!1980-01-01T00:00:00Z)|(?:dc:creator|cp:lastModifiedBy)>)[^<]"
)


def flags(
    columns: Mapping[str, Sequence[str]], withheld: Sequence[bool], dimensions: Collection[str]
) -> tuple[str, ...]:
    """The columns in which withheld cells differ from one another; `columns` has a text a row.

    A column that names the codes of a dimension, one to one, says nothing new.
    """
    own = [columns[name] for name in dimensions]
    return tuple(
        name
        for name, texts in columns.items()
        if name not in dimensions
        and len({text for text, hidden in zip(texts, withheld, strict=True) if hidden}) > 1
        and not any(_names(codes, texts) for codes in own)
    )


def formats(values: Sequence[str]) -> tuple[int, ...]:
    """The rows whose number is not in plain digits: a thousands mark or a decimal shows where it comes from."""
    return tuple(row for row, value in enumerate(values) if value and not PLAIN.fullmatch(value))


def metadata(files: Mapping[str, bytes], named: Collection[str]) -> tuple[str, ...]:
    """The files, by name, that are not among the `named`, or that carry a time or an author."""
    return tuple(sorted(name for name, content in files.items() if name not in named or _carries(content)))


def left_behind(before: Collection[str], after: Collection[str], named: Collection[str] = ()) -> tuple[str, ...]:
    """The names that a run left in a directory, working or temporary, beside those it was to write."""
    return tuple(sorted(set(after) - set(before) - set(named)))


def _names(codes: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether each code has one text and each text one code."""
    pairs = set(zip(codes, texts, strict=True))
    return len(pairs) == len(set(codes)) == len(set(texts))


def _carries(content: bytes) -> bool:
    if content[:2] == b"\x1f\x8b":
        return content[4:8] != b"\0\0\0\0"
    if zipfile.is_zipfile(BytesIO(content)):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return any(member.date_time != NO_TIME or _carries(archive.read(member)) for member in archive.infolist())
    return bool(PDF_TRACE.search(content) or OFFICE_TRACE.search(content))
