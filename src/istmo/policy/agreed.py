"""What an agreement does not permit, with the clause that says so. The twin in Python of `compiling/cedar.py`."""

from collections.abc import Iterator

from istmo.model.text import Text
from istmo.policy.compiling.cedar import PROVABLE
from istmo.policy.facts import Facts, Standing
from istmo.policy.outcome import Refusal
from istmo.registry.agreements.record import Agreement, Condition, Exclusion, Subject

UNSCREENED = frozenset({"NOT_SCREENED", "UNREADABLE"})


def refused_by(agreement: Agreement, facts: Facts, standing: Standing) -> Refusal | None:
    """The first part of the agreement that does not permit it, in the order of the expert's brief."""
    return next(_refusals(agreement, facts, standing), None)


def _refusals(agreement: Agreement, facts: Facts, standing: Standing) -> Iterator[Refusal]:
    def refused(subject: Subject, es: str, en: str) -> Refusal:
        return Refusal("R46", Text(es=es, en=en), agreement.clauses[subject.value].number)

    if not {facts.sender, facts.recipient} <= agreement.party_ids:
        yield refused(Subject.PARTIES, "Una de las dos no es parte del acuerdo.", "One of the two is no party to it.")
    if not agreement.in_force.toordinal() <= standing.on <= agreement.expires.toordinal():
        yield refused(Subject.TERM, "El acuerdo no está vigente ese día.", "The agreement is not in force that day.")
    if standing.superseded:
        yield refused(Subject.TERM, "Otro acuerdo lo sustituye.", "Another agreement supersedes it.")
    if standing.denounced:
        yield refused(
            Subject.TERM, "Una parte lo denunció y ya no la obliga.", "A party denounced it and is no longer bound."
        )
    if standing.suspended:
        yield refused(Subject.SUSPENSION, "El acuerdo está suspendido.", "The agreement is suspended.")
    if facts.person and not standing.fresh:
        yield refused(
            Subject.TERM,
            "El registro lleva demasiado sin renovarse.",
            "The registry has not been renewed for too long.",
        )
    if not any(
        (flow.sender, flow.recipient) == (facts.sender, facts.recipient) and facts.direction in flow.directions
        for flow in agreement.flows
    ):
        yield refused(Subject.FLOWS, "El acuerdo no prevé ese sentido.", "The agreement has no such direction.")
    if facts.purpose not in agreement.purposes:
        yield refused(Subject.PURPOSES, "La finalidad no está en el acuerdo.", "The purpose is not in the agreement.")
    if not facts.categories <= agreement.categories:
        yield refused(Subject.CATEGORIES, "Una categoría no está en el acuerdo.", "A category is not in it.")
    if facts.fields - {rule.name for rule in agreement.fields}:
        yield refused(Subject.FIELDS, "Un campo no está en el acuerdo.", "A field is not in the agreement.")
    if facts.person and any(_excluded(one, agreement, facts) for one in agreement.exclusions):
        yield refused(Subject.EXCLUSIONS, "El acuerdo excluye a esa persona.", "The agreement leaves them out.")
    if facts.person and agreement.conditions - PROVABLE:
        yield refused(
            Subject.CONDITIONS,
            "El acuerdo pone una condición que una solicitud todavía no puede probar.",
            "The agreement sets a condition that a request cannot prove yet.",
        )
    if facts.person and any(not _met(one, facts) for one in agreement.conditions & PROVABLE):
        yield refused(Subject.CONDITIONS, "Falta una condición del acuerdo.", "A condition of it is not met.")


def _excluded(exclusion: Exclusion, agreement: Agreement, facts: Facts) -> bool:
    """Whether the person is, or may be, one whom the agreement leaves out; the last case is `OWN_NATIONAL`."""
    match exclusion:
        case Exclusion.ASYLUM:
            return facts.need
        case Exclusion.CHILD:
            return facts.child
        case Exclusion.TRAFFICKING:
            return facts.protection == "TRAFFICKING" or facts.protection in UNSCREENED
        case _:
            national = facts.declared | facts.presented | facts.presumed | facts.verified
            return facts.unsure or bool(agreement.party_ids & national)


def _met(condition: Condition, facts: Facts) -> bool:
    return facts.consent if condition is Condition.CONSENT else not facts.child or facts.best_interests
