"""The protection floor: what no agreement can permit. The twin in Python of `floor.cedar`; both must refuse the same.

Each rule is a value with its number, its sentence and a test of `Facts`. The first that holds, in this order, is the
reason that officers are told; one is enough to refuse. Rules say what is forbidden and never what is allowed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from istmo.model.text import Text
from istmo.policy.outcome import Refusal
from istmo.policy.request import Request, Subject
from istmo.registry.agreements.record import Direction
from istmo.registry.parties import Party

NO_NEED = "NONE_FOUND"
FOR_CHILDREN = frozenset({"REFERRAL", "FAM_LINK"})
ONLY_AGGREGATES = frozenset({"STAT", "BORDER", "CRIM"})
CONSULAR = frozenset({"IDENT", "CONS_PROT", "RETURN"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the floor looks at. `receives`: the recipient and every State that it passes data on to."""

    request: Request
    recipient_is_state: bool
    receives: frozenset[str]

    @property
    def subject(self) -> Subject:
        assert self.request.subject is not None
        return self.request.subject

    @property
    def need(self) -> bool:
        """Whether the person needs protection, or may: only a dated screening that found none says that they do not."""
        subject = self.subject
        screened = subject.protection == NO_NEED and subject.asylum_informed and subject.consent
        return not screened or (subject.child and not subject.best_interests)

    @property
    def reaches_origin(self) -> bool:
        """Whether what is sent would reach a State of any facet; where no facet is known, any State may be one."""
        origins = self.subject.origins
        return bool(self.receives & origins) or (not origins and self.recipient_is_state)


@dataclass(frozen=True, slots=True)
class FloorRule:
    """`id` is unique in the floor; `rule` is the expert's."""

    id: str
    rule: str
    reason: Text
    forbids: Callable[[Facts], bool]
    personal: bool = True


def _asker(facts: Facts) -> str:
    request = facts.request
    return request.sender if request.direction is Direction.ASK else request.recipient


FLOOR: tuple[FloorRule, ...] = (
    FloorRule(
        "criminal-records",
        "R46",
        Text(es="Los antecedentes penales no se intercambian.", en="Criminal records are not exchanged."),
        lambda facts: "CRIMREC" in facts.request.categories,
        personal=False,
    ),
    FloorRule(
        "aggregates-only",
        "R46",
        Text(es="Esta finalidad admite solo agregados.", en="This purpose admits aggregates only."),
        lambda facts: facts.request.purpose in ONLY_AGGREGATES and facts.request.is_personal,
        personal=False,
    ),
    FloorRule(
        "nothing-unasked",
        "R54",
        Text(es="Nada sobre una persona se envía sin que se pida.", en="Nothing about a person is sent unasked."),
        lambda facts: facts.request.direction is Direction.PUSH,
    ),
    FloorRule(
        "origin-asks",
        "R53",
        Text(
            es="Un Estado no pregunta por quien es o puede ser nacional, nativo o residente suyo.",
            en="A State does not ask about somebody who is or may be its national, native or former resident.",
        ),
        lambda facts: _asker(facts) in facts.subject.ties,
    ),
    FloorRule(
        "need",
        "R28",
        Text(
            es="Llegaría a un Estado de origen y hay, o puede haber, necesidad de protección.",
            en="It would reach a State of origin, and there is or may be a need for protection.",
        ),
        lambda facts: facts.need and facts.reaches_origin,
    ),
    FloorRule(
        "asylum-data",
        "R28",
        Text(
            es="Los datos de asilo van solo entre autoridades de asilo y nunca hacia un Estado de origen.",
            en="Asylum data go between asylum authorities only, and never towards a State of origin.",
        ),
        lambda facts: (
            "ASYLUM" in facts.request.categories and (facts.request.purpose != "ASYLUM_RESP" or facts.reaches_origin)
        ),
    ),
    FloorRule(
        "presumed-only",
        "R33",
        Text(
            es="Una nacionalidad presunta no basta para consultar al Estado que se presume.",
            en="A presumed nationality is no ground to consult the State that is presumed.",
        ),
        lambda facts: (
            facts.request.purpose in CONSULAR
            and facts.request.recipient in facts.subject.presumed
            and facts.request.recipient not in facts.subject.national
        ),
    ),
    FloorRule(
        "child",
        "R39",
        Text(
            es="De una niña o un niño solo para referencia o vínculos familiares, con su interés superior determinado.",
            en="Of a child only for referral or family links, with best interests determined.",
        ),
        lambda facts: (
            facts.subject.child and (facts.request.purpose not in FOR_CHILDREN or not facts.subject.best_interests)
        ),
    ),
    FloorRule(
        "trafficking",
        "R38",
        Text(
            es="De una víctima de trata solo para referencia, con su consentimiento.",
            en="Of a trafficking victim only for referral, with consent.",
        ),
        lambda facts: (
            facts.subject.protection == "TRAFFICKING"
            and (facts.request.purpose != "REFERRAL" or not facts.subject.consent)
        ),
    ),
    FloorRule(
        "consent",
        "R54",
        Text(es="Falta el consentimiento vigente de la persona.", en="The person’s consent, still valid, is missing."),
        lambda facts: not facts.subject.consent,
    ),
    FloorRule(
        "movements",
        "R55",
        Text(
            es="Dónde y cuándo se vio a una persona solo se da para referencia o vínculos familiares.",
            en="Where and when a person was seen is given only for referral or family links.",
        ),
        lambda facts: "MOVE" in facts.request.categories and facts.request.purpose not in FOR_CHILDREN,
    ),
    FloorRule(
        "return",
        "R43",
        Text(
            es="El retorno no se admite mientras la solicitud no lleve sus garantías.",
            en="Return is not admitted while the request does not carry its guarantees.",
        ),
        lambda facts: facts.request.purpose == "RETURN",
    ),
)


def facts_of(request: Request, recipient: Party | None) -> Facts:
    """A recipient that the registry does not know counts as a State."""
    passed_on = recipient.passes_on_to if recipient else frozenset()
    return Facts(
        request=request,
        recipient_is_state=recipient is None or recipient.kind.is_state,
        receives=frozenset({request.recipient}) | passed_on,
    )


def broken(facts: Facts) -> tuple[FloorRule, ...]:
    """Every rule of the floor that forbids it, in order."""
    personal = facts.request.is_personal
    return tuple(
        rule
        for rule in FLOOR
        if (not rule.personal or (personal and facts.request.subject is not None)) and rule.forbids(facts)
    )


def floor(request: Request, recipient: Party | None) -> Refusal | None:
    """The floor's refusal; None where it forbids nothing. A person-level request without a subject is refused."""
    if request.is_personal and request.subject is None:
        return Refusal("R29", Text(es="No se dice de quién se trata.", en="It is not said about whom it is."))
    found = broken(facts_of(request, recipient))
    return Refusal(found[0].rule, found[0].reason) if found else None
