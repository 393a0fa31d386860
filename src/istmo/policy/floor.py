"""The protection floor: what no agreement can permit. The twin in Python of `cedar/floor.cedar`, rule by rule.

Each rule is a value with its number, its sentence and a test of `Facts`. The first that holds, in this order, is the
reason that officers are told; one is enough to refuse. Rules say what is forbidden and never what is allowed. Who asks
about their own comes before everything that depends on the record of a person, so that the answer does not (R53).
"""

from collections.abc import Callable
from dataclasses import dataclass

from istmo.model.text import Text
from istmo.policy.facts import Facts
from istmo.policy.outcome import Refusal
from istmo.registry.agreements.record import Direction

FOR_CHILDREN = frozenset({"REFERRAL", "FAM_LINK"})
ONLY_AGGREGATES = frozenset({"STAT", "BORDER", "CRIM"})
CONSULAR = frozenset({"IDENT", "CONS_PROT", "RETURN"})


@dataclass(frozen=True, slots=True)
class FloorRule:
    """`id` is unique in the floor, the same as in Cedar; `rule` is the expert's."""

    id: str
    rule: str
    reason: Text
    forbids: Callable[[Facts], bool]


FLOOR: tuple[FloorRule, ...] = (
    FloorRule(
        "criminal-records",
        "R46",
        Text(es="Los antecedentes penales no se intercambian.", en="Criminal records are not exchanged."),
        lambda facts: "CRIMREC" in facts.categories,
    ),
    FloorRule(
        "aggregates-only",
        "R46",
        Text(es="Esta finalidad admite solo agregados.", en="This purpose admits aggregates only."),
        lambda facts: facts.person and facts.purpose in ONLY_AGGREGATES,
    ),
    FloorRule(
        "secretariat",
        "R46",
        Text(
            es="La Secretaría no da ni recibe datos de personas.",
            en="The Secretariat neither gives nor receives data on persons.",
        ),
        lambda facts: facts.person and facts.secretariat,
    ),
    FloorRule(
        "nothing-unasked",
        "R54",
        Text(es="Nada sobre una persona se envía sin que se pida.", en="Nothing about a person is sent unasked."),
        lambda facts: facts.person and facts.direction is Direction.PUSH,
    ),
    FloorRule(
        "origin-asks",
        "R53",
        Text(
            es="Un Estado no pregunta por quien es o puede ser nacional, nativo o residente suyo, ni por quien le "
            "teme.",
            en="A State does not ask about somebody who is or may be its national, native or former resident, or who "
            "fears it.",
        ),
        lambda facts: facts.person and any(facts.asks & facet for facet in facts.facets),
    ),
    FloorRule(
        "need",
        "R28",
        Text(
            es="Llegaría a un Estado de origen y hay, o puede haber, necesidad de protección.",
            en="It would reach a State of origin, and there is or may be a need for protection.",
        ),
        lambda facts: facts.person and facts.need and facts.reaches_origin,
    ),
    FloorRule(
        "asylum-data",
        "R28",
        Text(
            es="Los datos de asilo van solo entre autoridades de asilo y nunca hacia un Estado de origen.",
            en="Asylum data go between asylum authorities only, and never towards a State of origin.",
        ),
        lambda facts: (
            facts.person
            and ("ASYLUM" in facts.categories or facts.purpose == "ASYLUM_RESP")
            and (facts.purpose != "ASYLUM_RESP" or not facts.asylum_authorities or facts.reaches_origin)
        ),
    ),
    FloorRule(
        "presumed-only",
        "R33",
        Text(
            es="Una nacionalidad presunta no basta para consultar al Estado que se presume.",
            en="A presumed nationality is no ground to consult the State that is presumed.",
        ),
        lambda facts: facts.person and facts.purpose in CONSULAR and bool(facts.receives & facts.presumed_only),
    ),
    FloorRule(
        "child",
        "R39",
        Text(
            es="De una niña o un niño solo para referencia o vínculos familiares, con su interés superior determinado.",
            en="Of a child only for referral or family links, with best interests determined.",
        ),
        lambda facts: facts.person and facts.child and (facts.purpose not in FOR_CHILDREN or not facts.best_interests),
    ),
    FloorRule(
        "trafficking",
        "R38",
        Text(
            es="De una víctima de trata solo para referencia, con su consentimiento.",
            en="Of a trafficking victim only for referral, with consent.",
        ),
        lambda facts: (
            facts.person and facts.protection == "TRAFFICKING" and (facts.purpose != "REFERRAL" or not facts.consent)
        ),
    ),
    FloorRule(
        "consent",
        "R54",
        Text(es="Falta el consentimiento vigente de la persona.", en="The person’s consent, still valid, is missing."),
        lambda facts: facts.person and not facts.consent,
    ),
    FloorRule(
        "movements",
        "R55",
        Text(
            es="Dónde y cuándo se vio a una persona solo se da para referencia o vínculos familiares.",
            en="Where and when a person was seen is given only for referral or family links.",
        ),
        lambda facts: facts.person and "MOVE" in facts.categories and facts.purpose not in FOR_CHILDREN,
    ),
    FloorRule(
        "return",
        "R43",
        Text(
            es="El retorno no se admite mientras la solicitud no lleve sus garantías.",
            en="Return is not admitted while the request does not carry its guarantees.",
        ),
        lambda facts: facts.person and facts.purpose == "RETURN",
    ),
)


def broken(facts: Facts) -> tuple[FloorRule, ...]:
    """Every rule of the floor that forbids it, in order."""
    return tuple(rule for rule in FLOOR if rule.forbids(facts))


def floor(facts: Facts) -> Refusal | None:
    """The floor's refusal; None where it forbids nothing."""
    found = next((rule for rule in FLOOR if rule.forbids(facts)), None)
    return Refusal(found.rule, found.reason) if found else None
