"""Which version of a profile do the decisions make? Its own YAML with the labels added, and nothing else changed.

    proposal = propose(source, decisions, author="Ana Ejemplo", on=date(2024, 2, 1), name="PAN.SNM.cuadro003.yaml")
    proposal.diff      # unified diff; proposal.new is the file

The text is edited in place, so that comments and layout stay; then the new profile is read and compared with the old
one: only author, date, version and the added labels may differ, else nothing is proposed.
"""

import datetime
import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from istmo.intake.grammar import DatedMap, Field, Labels, Profile
from istmo.intake.profiles import read_profile
from istmo.intake.reviewing.deciding import Decision, Verdict, decide
from istmo.intake.reviewing.labels import field_key
from istmo.intake.testing import Failure, run_samples
from istmo.model.errors import IntegrityFailure, InvalidInput
from istmo.model.labels import fold
from istmo.model.text import Text

_PLAIN = re.compile(r"[^\W\d_][\w.()/’' -]*", re.UNICODE)
_Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A new version of a profile: its file, the profile in it, the difference, and samples that no longer hold."""

    old: bytes
    new: bytes
    profile: Profile
    diff: str
    failures: tuple[Failure, ...]


def propose(
    source: bytes,
    decisions: Sequence[Decision],
    *,
    author: str,
    on: datetime.date,
    name: str,
    library: Mapping[str, bytes] | None = None,
    taken: Collection[str] = (),
) -> Proposal:
    """The version of the profile in `source` that the decisions make; those that leave a label change nothing.

    Its number is later than that of the profile and than those `taken`. Raises `InvalidInput` when there is nothing to
    map, or when a decision may not stand.
    """
    before = read_profile(source, name=name, library=library)
    mapped = [_stands(before, decision) for decision in decisions if decision.verdict is Verdict.MAP]
    if not mapped:
        raise InvalidInput(
            Text(es="No hay ninguna etiqueta que agregar al perfil.", en="There is no label to add to the profile."),
            place=name,
            rule="R9",
        )
    added: dict[str, dict[str, _Codes]] = {}
    for decision in mapped:
        own = added.setdefault(decision.field, {})
        if own.setdefault(decision.label, decision.codes) != decision.codes:
            raise InvalidInput(
                Text(
                    es=f"Hay dos decisiones distintas sobre «{decision.label}».",
                    en=f"There are two different decisions about “{decision.label}”.",
                ),
                place=name,
                rule="R9",
            )
    version = raised(before.version, taken)
    new = _edited(source.decode("utf-8"), before, added, mapped, version, author, on).encode()
    after = read_profile(new, name=name, library=library)
    _only_added(before, after, added, name)
    old_failures = run_samples(before)
    failures = tuple(failure for failure in run_samples(after) if failure not in old_failures)
    return Proposal(source, new, after, _diff(source, new, before, after), failures)


def raised(version: str, taken: Collection[str] = ()) -> str:
    """The next version that adds labels, later than every other: 1.2.3 becomes 1.3.0."""
    major, minor, _ = max(tuple(map(int, each.split("."))) for each in (version, *taken))
    return f"{major}.{minor + 1}.0"


def _stands(profile: Profile, decision: Decision) -> Decision:
    return decide(
        profile,
        field=decision.field,
        label=decision.label,
        verdict=decision.verdict,
        codes=decision.codes,
        note=decision.note,
        source_rule=decision.source_rule,
        author=decision.author,
        on=decision.on,
    )


# --- the text


@dataclass(frozen=True, slots=True)
class _Edit:
    """What takes the place of the signs from `start` to `end`."""

    start: int
    end: int
    text: str


def _edited(
    text: str,
    profile: Profile,
    added: Mapping[str, Mapping[str, _Codes]],
    decisions: Sequence[Decision],
    version: str,
    author: str,
    on: datetime.date,
) -> str:
    if not text.endswith("\n"):
        text += "\n"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    edits = [*_head(text, root, decisions, version, author, on)]
    fields = _value(root, "fields")
    fresh: list[str] = []
    for key, labels in added.items():
        node = _field(fields, key) if fields is not None else None
        field = next(field for field in profile.fields if field_key(field) == key)
        if node is None:
            whole = f"{_key(key)}: {{map: {_map_with(field, labels)}}}"
            fresh.append(whole)
        else:
            edits.append(_field_edit(text, node, field, labels))
    if fresh:
        edits.append(_fields_edit(text, fields, fresh))
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _head(
    text: str, root: Any, decisions: Sequence[Decision], version: str, author: str, on: datetime.date
) -> Iterator[_Edit]:
    """Version, author and date, and above them what was decided and why: who did stays with the installation."""
    known = {"version": version, "author": _scalar(author), "date": on.isoformat()}
    node = _value(root, "version")
    start = text.rfind("\n", 0, node.start_mark.index) + 1
    said = [
        f"# {version}, {decision.on.isoformat()}: «{decision.label}» -> {' '.join(decision.codes)}. {decision.note}"
        f"{f' [{decision.source_rule}]' if decision.source_rule else ''}\n"
        for decision in decisions
    ]
    yield _Edit(start, start, "".join(said))
    absent = []
    for key, value in known.items():
        found = _value(root, key)
        if found is None:
            absent.append(f"{key}: {value}\n")
        else:
            yield _Edit(found.start_mark.index, found.end_mark.index, value)
    if absent:
        end = _line_end(text, node)
        yield _Edit(end, end, "".join(absent))


def _field_edit(text: str, node: Any, field: Field, labels: Mapping[str, _Codes]) -> _Edit:
    """The labels in the map of a field that the file has."""
    known = _value(node, "map")
    if known is None:
        return _entry_edit(text, node, f"map: {_map_with(field, labels)}")
    if isinstance(known, yaml.SequenceNode):
        open_ = [
            entry
            for entry in known.value
            if _value(entry, "from") is None and _value(entry, "until") is None and _value(entry, "map") is not None
        ]
        if open_:
            return _labels_edit(text, _value(open_[0], "map"), labels)
        return _item_edit(text, known, f"map: {_flow(labels)}")
    return _labels_edit(text, known, labels)


def _labels_edit(text: str, node: Any, labels: Mapping[str, _Codes]) -> _Edit:
    if not isinstance(node, yaml.MappingNode):  # the map that it would inherit is taken away: `map: ""`
        return _Edit(node.start_mark.index, node.end_mark.index, f" {_flow(labels)}")
    if node.flow_style:
        return _flow_edit(text, node, ", ".join(_pair(label, codes) for label, codes in labels.items()))
    end, indent = _line_end(text, node), " " * node.start_mark.column
    return _Edit(end, end, "".join(f"{indent}{_pair(label, codes)}\n" for label, codes in labels.items()))


def _entry_edit(text: str, node: Any, entry: str) -> _Edit:
    """One more key of a mapping."""
    if node.flow_style:
        return _flow_edit(text, node, entry)
    end = _line_end(text, node)
    return _Edit(end, end, f"{' ' * node.start_mark.column}{entry}\n")


def _item_edit(text: str, node: Any, entry: str) -> _Edit:
    """One more item of a list."""
    if node.flow_style:
        return _flow_edit(text, node, f"{{{entry}}}")
    end = _line_end(text, node)
    return _Edit(end, end, f"{' ' * node.start_mark.column}- {entry}\n")


def _flow_edit(text: str, node: Any, entry: str) -> _Edit:
    """One more entry before the closing sign of a mapping or list that is written in brackets."""
    end = node.end_mark.index - 1
    before = text[:end].rstrip()
    comma = "" if before.endswith(("{", "[", ",")) else ", "
    if comma == "" and before.endswith(","):
        comma = " "
    return _Edit(len(before), end, f"{comma}{entry}")


def _fields_edit(text: str, fields: Any, entries: Sequence[str]) -> _Edit:
    """Fields that the file takes from the profile it extends, and now has itself for their maps."""
    if fields is None:
        return _Edit(len(text), len(text), "fields:\n" + "".join(f"  {entry}\n" for entry in entries))
    if fields.flow_style:
        return _flow_edit(text, fields, ", ".join(entries))
    end, indent = _line_end(text, fields), " " * fields.start_mark.column
    return _Edit(end, end, "".join(f"{indent}{entry}\n" for entry in entries))


def _map_with(field: Field, labels: Mapping[str, _Codes]) -> str:
    """The map of a field that the file did not have. A list of maps is inherited whole or not at all, so it is written
    out; a single map is inherited key by key.
    """
    assert isinstance(field.how, Labels)
    if not any(map_.first or map_.last for map_ in field.how.maps):
        return _flow(labels)
    entries = []
    for map_ in field.how.maps:
        bounds = [
            f"{name}: {day.isoformat()}"
            for name, day in (("from", map_.first), ("until", map_.last))
            if day is not None
        ]
        entries.append(f"{{{', '.join([*bounds, f'map: {_flow(map_.codes)}'])}}}")
    return f"[{', '.join([*entries, f'{{map: {_flow(labels)}}}'])}]"


def _flow(labels: Mapping[str, _Codes]) -> str:
    return f"{{{', '.join(_pair(label, codes) for label, codes in labels.items())}}}"


def _pair(label: str, codes: _Codes) -> str:
    value = codes[0] if len(codes) == 1 else f"[{', '.join(codes)}]"
    return f"{_scalar(label)}: {value}"


def _key(key: str) -> str:
    return key if "+" not in key else json.dumps(key)


def _scalar(text: str) -> str:
    """A text as YAML: plain where it can be nothing else, else in quotes."""
    if _PLAIN.fullmatch(text) and not text.endswith(" "):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08X}" for sign in quoted)


# --- where things stand


def _value(node: Any, key: str) -> Any:
    """The value of a key of a mapping; None where it has none."""
    return next((value for own, value in node.value if own.value == key), None)


def _field(fields: Any, key: str) -> Any:
    """The value of a field, whose name may be written with other spaces."""
    wanted = [part.strip() for part in key.split("+")]
    return next((value for own, value in fields.value if [p.strip() for p in own.value.split("+")] == wanted), None)


def _line_end(text: str, node: Any) -> int:
    """Where the line after the node's last sign begins."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    return text.find("\n", node.end_mark.index) + 1


# --- what was changed


def _only_added(before: Profile, after: Profile, added: Mapping[str, Mapping[str, _Codes]], name: str) -> None:
    """Raises `IntegrityFailure` if anything but author, date, version and the added labels differs."""
    fields = tuple(_without(field, added.get(field_key(field), {})) for field in after.fields)
    same = replace(
        after, version=before.version, author=before.author, date=before.date, hash=before.hash, fields=fields
    )
    plain = tuple(_without(field, {}) for field in before.fields)
    if same != replace(before, fields=plain):
        raise IntegrityFailure(
            Text(
                es="El perfil no se pudo cambiar sin cambiar otra cosa: agregue las etiquetas a mano.",
                en="The profile could not be changed without changing something else: add the labels by hand.",
            ),
            place=name,
        )


def _without(field: Field, labels: Mapping[str, _Codes]) -> Field:
    """The field without these labels, its maps as plain mappings, those that hold nothing left out."""
    if not isinstance(field.how, Labels):
        return field
    gone = {fold(label) for label in labels}
    maps = (
        DatedMap({label: codes for label, codes in map_.codes.items() if label not in gone}, map_.first, map_.last)
        for map_ in field.how.maps
    )
    return replace(field, how=replace(field.how, maps=tuple(map_ for map_ in maps if map_.codes)))


def _diff(old: bytes, new: bytes, before: Profile, after: Profile) -> str:
    lines = difflib.unified_diff(
        old.decode().splitlines(), new.decode().splitlines(), before.label, after.label, lineterm=""
    )
    return "".join(f"{line}\n" for line in lines)
