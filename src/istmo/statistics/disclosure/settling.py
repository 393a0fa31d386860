"""Can this table be released beside all that was published before? It is cured until no attacker finds anything.

A table that is safe alone may not be safe beside last month's, the year to date or a neighbour's. `settle` makes the
draft, puts it into the union with what is related to it, attacks, and makes it again with more cells withheld: first
those that a neighbour withholds of the same events, then for each finding the nearest visible cell in the chain of
equations that leads to it, the smallest of the equally near.

    settled = settle(register.entries, make, required=small, mirrors=mirrors, facts=facts, attack=propagation.bounds)
    lines, register = append_lines(register, [settled.published])

`make(required)` protects the table anew with at least `required` withheld (suppression then adds what hides them). A
draft that cannot be cured is refused (F116), and nothing is published.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.cube import Mask
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.disclosure.register import Published, same_cells
from istmo.statistics.disclosure.spans import Span
from istmo.statistics.disclosure.union import Attack, Fact, Finding, Mirror, Union, attacked, names_of

ROUNDS = 200

Make = Callable[[Mask], Published]


@dataclass(frozen=True, eq=False)
class Settled:
    """`required`: what the union made the table withhold; `standing`: what was found already without it."""

    published: Published
    required: Mask
    rounds: int
    standing: tuple[Finding, ...]


class Unsafe(InvalidInput):
    """The draft cannot be published; `findings` are for the releasers only."""

    def __init__(self, draft: Published, findings: tuple[Finding, ...]) -> None:
        super().__init__(
            Text(
                es=f"Con lo ya publicado se pueden calcular {len(findings)} celdas protegidas: no se publica nada.",
                en=f"With what is published already {len(findings)} protected cells can be worked out: nothing is"
                " published.",
            ),
            place=f"{draft.table}, {draft.span}",
            advice=Text(
                es="Publique menos detalle, o redondeado con su propia clave.",
                en="Publish less detail, or rounded with a key of its own.",
            ),
            rule="F116",
        )
        self.findings = findings


def settle(
    earlier: Sequence[Published],
    make: Make,
    *,
    required: Mask,
    attack: Attack,
    then: Attack | None = None,
    mirrors: Iterable[Mirror] = (),
    facts: Iterable[Fact] = (),
    rounds: int = ROUNDS,
) -> Settled:
    """The table as it can be published beside `earlier`, with at least `required` withheld; raises `Unsafe`.

    `then`: a slower attack that is made where the first one finds nothing more.
    """
    mirrors, facts = tuple(mirrors), tuple(facts)
    asked = required.copy()
    standing: dict[Attack, tuple[Finding, ...]] = {}
    for turn in range(1, rounds + 1):
        draft = make(asked)
        beside = related(earlier, draft, mirrors)
        populations = {entry.population for entry in (*beside, draft)}
        of_these = tuple(fact for fact in facts if fact.population in populations)
        known = facts_about(of_these, (*beside, draft))
        for attacker in (attack, then) if then is not None else (attack,):
            whole, findings = attacked([*beside, draft], attack=attacker, mirrors=mirrors, facts=known)
            if findings and attacker not in standing:
                before = facts_about(of_these, beside)
                standing[attacker] = attacked(beside, attack=attacker, mirrors=mirrors, facts=before)[1]
            findings = _new(findings, standing.get(attacker, ()))
            if findings:
                break
        else:
            return Settled(
                draft, asked, turn, tuple(dict.fromkeys(one for found in standing.values() for one in found))
            )
        more = withheld_by_neighbours(draft, beside, mirrors) & ~asked
        if not more.any():
            more = cells_to_withhold(whole, findings, asked)
        if not more.any():
            break
        asked |= more
    raise Unsafe(draft, findings)


def related(earlier: Sequence[Published], draft: Published, mirrors: Sequence[Mirror]) -> tuple[Published, ...]:
    """The tables whose cells are tied to the draft's: of its population and those mirrored, in its year."""
    tied = {draft.population}
    while more := {
        side
        for mirror in mirrors
        if tied & {mirror.left, mirror.right}
        for side in (mirror.left, mirror.right)
        if side not in tied
    }:
        tied |= more
    return tuple(entry for entry in earlier if entry.population in tied and entry.span.year == draft.span.year)


def withheld_by_neighbours(draft: Published, beside: Iterable[Published], mirrors: Iterable[Mirror]) -> Mask:
    """The cells that a mirrored table of the same months withholds, saying with it that they are not 0."""
    made = draft.protected
    other_side = {m.right if m.left == draft.population else m.left for m in mirrors if m.joins(draft.population)}
    chosen = np.zeros(made.values.size, dtype=np.bool_)
    for entry in beside:
        if entry.population in other_side and entry.span == draft.span:
            mine, theirs = same_cells(made.dimensions, entry.protected.dimensions)
            hidden = entry.protected.withheld.reshape(-1) & (entry.bounds[0] >= 1)
            chosen[mine] |= hidden[theirs]
    return _open(draft) & chosen.reshape(made.shape)


def _open(draft: Published) -> Mask:
    """The cells that can still be withheld; a 0 cannot where zeros are published."""
    made = draft.protected
    visible: Mask = ~made.withheld
    return visible & (made.values > 0) if made.method is Method.SUPPRESS else visible


def cells_to_withhold(whole: Union, findings: Iterable[Finding], already: Mask) -> Mask:
    """For each finding the cell of the last table (the draft) that is to be withheld next; none where none is left."""
    draft, variables = whole.tables[-1], whole.cells[-1]
    made = draft.protected
    open_ = _open(draft) & ~already
    flat_of = {int(variables[flat]): int(flat) for flat in np.flatnonzero(open_.reshape(-1))}
    values = made.values.reshape(-1)
    chosen = np.zeros(made.values.size, dtype=np.bool_)
    for finding in findings:
        near = _nearest(whole, finding.variable, flat_of)
        if near:
            chosen[min(near, key=lambda flat: (values[flat], flat))] = True
    return chosen.reshape(made.shape)


def _nearest(whole: Union, start: int, flat_of: dict[int, int]) -> list[int]:
    """The open cells that the fewest equations part from `start`."""
    rows, columns = whole.system.equations, whole.equations_by_cell
    seen, layer = {start}, [start]
    while layer:
        if near := [flat_of[one] for one in layer if one in flat_of]:
            return near
        equations = {int(r) for one in layer for r in columns.indices[columns.indptr[one] : columns.indptr[one + 1]]}
        beyond = {int(c) for r in equations for c in rows.indices[rows.indptr[r] : rows.indptr[r + 1]]}
        layer = sorted(beyond - seen)
        seen |= beyond
    return []


def _new(findings: Iterable[Finding], standing: Iterable[Finding]) -> tuple[Finding, ...]:
    known = {(one.kind, one.cell) for one in standing}
    return tuple(one for one in findings if (one.kind, one.cell) not in known)


def facts_about(facts: Iterable[Fact], tables: Sequence[Published]) -> tuple[Fact, ...]:
    """The facts about a cell of these tables: what they count, the same months, and codes that they have."""
    facts = tuple(facts)
    wanted = {(fact.population, fact.span) for fact in facts}
    cells: dict[tuple[str, Span], set[str]] = {}
    for entry in tables:
        if (at := (entry.population, entry.span)) in wanted:
            cells.setdefault(at, set()).update(names_of(entry.population, entry.protected.dimensions))
    return tuple(fact for fact in facts if fact.coordinates in cells.get((fact.population, fact.span), ()))
