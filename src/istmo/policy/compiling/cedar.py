"""One agreement as Cedar policies: a permit with all that it lists, a forbid for each exclusion and condition.

The floor stands in every set beside them and wins. Each policy carries `@id`, the agreement's, and `@clause`, the
number of the clause that it puts into force. A condition that a request cannot prove forbids: nothing about a person
leaves under an agreement that asks for it.
"""

from collections.abc import Iterable, Iterator

from istmo.registry.agreements.record import Agreement, Condition, Direction, Exclusion, Flow, Subject

_PROVED = {
    Condition.CONSENT: "context.consent",
    Condition.BEST_INTERESTS: "(!context.child || context.best_interests)",
}
"""What a request proves; whether a match came first, an examiner looked or notice was given it cannot."""
PROVABLE = frozenset(_PROVED)
_UNSCREENED = '["NOT_SCREENED", "UNREADABLE"].contains(context.protection)'
_IN_NEED = (
    '!(context.protection == "NONE_FOUND" && context.asylum_informed && context.consent) || '
    "!context.feared.isEmpty() || context.refugee_document || (context.child && !context.best_interests)"
)


def policies(agreement: Agreement) -> str:
    """The Cedar text of one agreement, to be read beside `floor.cedar`."""
    return "\n\n".join([_permit(agreement), *_exclusions(agreement), *_conditions(agreement)]) + "\n"


def literal(text: str) -> str:
    """A Cedar string."""
    return '"' + "".join(_escaped(sign) for sign in text) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return "\\" + sign
    return sign if sign.isprintable() else f"\\u{{{ord(sign):x}}}"


def _permit(agreement: Agreement) -> str:
    ordered = sorted(agreement.flows, key=lambda flow: (flow.sender, flow.recipient, sorted(flow.directions)))
    flows = " ||\n    ".join(map(_flow, ordered)) or "false"
    first, last = agreement.in_force, agreement.expires
    return f"""{_head(agreement, "", Subject.PURPOSES)}
permit (principal, action, resource)
when {{ {_named(agreement)} && context.agreement_version == {agreement.version} }}
when {{
    {flows}
}}
// {first} to {last}, as days counted from 0001-01-01
when {{ context.on >= {first.toordinal()} && context.on <= {last.toordinal()} }}
when {{ {_any_of(agreement.purposes, "contains(context.purpose)")} }}
when {{ {_any_of(agreement.categories, "containsAll(context.categories)")} }}
when {{ {_any_of((rule.name for rule in agreement.fields), "containsAll(context.fields)")} }};"""


def _exclusions(agreement: Agreement) -> Iterator[str]:
    named = [_any_of(agreement.party_ids, f"containsAny(context.{facet})") for facet in _NATIONAL]
    tests = {
        Exclusion.ASYLUM: _IN_NEED,
        Exclusion.CHILD: "context.child",
        Exclusion.TRAFFICKING: f'context.protection == "TRAFFICKING" || {_UNSCREENED}',
        Exclusion.OWN_NATIONAL: " || ".join([*named, "context.unsure"]),
    }
    for exclusion in sorted(agreement.exclusions):
        yield _forbid(agreement, f"/exclusions/{exclusion}", Subject.EXCLUSIONS, tests[exclusion])


_NATIONAL = ("declared", "presented", "presumed", "verified")


def _conditions(agreement: Agreement) -> Iterator[str]:
    for condition in sorted(agreement.conditions):
        proved = _PROVED.get(condition)
        test = f"!{proved}" if proved else "context.person"
        yield _forbid(agreement, f"/conditions/{condition}", Subject.CONDITIONS, test)


def _forbid(agreement: Agreement, part: str, subject: Subject, test: str) -> str:
    return f"""{_head(agreement, part, subject)}
forbid (principal, action, resource)
when {{ context.person && {_named(agreement)} && ({test}) }};"""


def _head(agreement: Agreement, part: str, subject: Subject) -> str:
    return f"@id({literal(agreement.id + part)}) @clause({literal(agreement.clauses[subject.value].number)})"


def _named(agreement: Agreement) -> str:
    return f"context.agreement == {literal(agreement.id)}"


def _flow(flow: Flow) -> str:
    actions = ", ".join(f'Action::"{one.value}"' for one in Direction if one in flow.directions)
    return (
        f"(principal == Party::{literal(flow.sender)} && resource == Party::{literal(flow.recipient)} && "
        f"[{actions}].contains(action))"
    )


def _any_of(values: Iterable[str], test: str) -> str:
    """Cedar gives an empty set no type: what lists nothing permits nothing."""
    listed = ", ".join(literal(value) for value in sorted(values))
    return f"[{listed}].{test}" if listed else "false"
