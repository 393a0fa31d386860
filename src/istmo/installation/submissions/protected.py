"""A protected table that arrives: is it what it says, and does it give anything away beside what others published?

tables = tables_of(sent, now)      refused: a row shows what its table withholds, an attack finds something
register(tables, sent, now)        in the transaction that stores the vintage
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from istmo.exchange.submission import Submission
from istmo.installation.releases.checking import VINTAGE, check, check_register
from istmo.installation.releases.keeping import held, keep
from istmo.model.errors import InvalidInput, IstmoError
from istmo.model.text import Text
from istmo.registry.datasets import datasets
from istmo.statistics.disclosure.arrived import check_rows, check_tables
from istmo.statistics.disclosure.register import Published, append, read_line
from istmo.statistics.disclosure.rules import region_rules
from istmo.statistics.disclosure.vintage import population


def require_place(dataset_id: str) -> None:
    """The exact figures of a protected dataset stay at its node: the Secretariat takes no file of them (R24)."""
    known = datasets().get(dataset_id)
    if known is not None and known.is_protected and not settings.ISTMO_NODE_OF:
        raise InvalidInput(
            Text(
                es="Las cifras exactas de este conjunto se quedan en el nodo de su institución.",
                en="The exact figures of this dataset stay at the node of its institution.",
            ),
            place=dataset_id,
            advice=Text(
                es="Llegan a la Secretaría como tabla protegida, desde el nodo.",
                en="They reach the Secretariat as a protected table, from the node.",
            ),
            rule="R24",
        )


def tables_of(sent: Submission, at: datetime) -> tuple[Published, ...]:
    """The tables that are new with a submission. Raises InvalidInput; a check that found something is kept."""
    dataset = datasets()[sent.dataset_id]
    rules = region_rules().get(dataset.protection)
    if rules is None or not dataset.is_protected:
        raise _refused(
            Text(
                es="El registro de la Secretaría no da reglas de protección para este conjunto.",
                en="The Secretariat's registry gives no rules of protection for this dataset.",
            ),
            sent.dataset_id,
        )
    tables = tuple(_read(line, number) for number, line in enumerate(sent.protection or (), start=1))
    check_tables(tables, dataset, rules)
    before = held([population(dataset.id, measure, dataset.unit) for measure in dataset.measures])
    fresh = new_in(tables, before.entries)
    append(before, fresh)
    check_rows(sent.frame, [*before.entries, *fresh], dataset)
    vintage = sent.head["VINTAGE"]
    if fresh:
        found = check(fresh, object_type=VINTAGE, object_id=vintage, party=sent.head["REPORTER"], at=at)
    else:
        years = {int(period[:4]) for period in sent.frame["PERIOD"].unique()}
        found = check_register(object_type=VINTAGE, object_id=vintage, at=at, years=years)
    if found:
        raise InvalidInput(
            Text(
                es=f"No se guarda: junto a lo publicado por todos se podrían calcular celdas protegidas: {len(found)}.",
                en="It is not stored: beside what everybody has published, protected cells could be worked out: "
                f"{len(found)}.",
            ),
            place=sent.dataset_id,
            advice=Text(
                es="La Secretaría dice cuáles de las suyas; publique menos detalle y envíe de nuevo.",
                en="The Secretariat tells which of yours; publish less detail and send again.",
            ),
            rule="F116",
        )
    return fresh


def register(tables: Sequence[Published], sent: Submission, at: datetime) -> None:
    """Enter the tables in the Secretariat's register."""
    if tables:
        rules = region_rules()[datasets()[sent.dataset_id].protection]
        keep(tables, party=sent.head["REPORTER"], rules=rules.as_json(), at=at)


def new_in(tables: Sequence[Published], before: Sequence[Published]) -> tuple[Published, ...]:
    """Without those that the register has: a submission may come twice."""
    known = {(one.population, one.span, one.table, one.state, one.release) for one in before}
    return tuple(one for one in tables if (one.population, one.span, one.table, one.state, one.release) not in known)


def _read(line: str, number: int) -> Published:
    try:
        return read_line(line.encode(), place=f"protection, {number}")[0]
    except IstmoError:
        raise _refused(
            Text(es="Una tabla protegida no se puede leer.", en="A protected table cannot be read."),
            f"protection, {number}",
        ) from None


def _refused(message: Text, place: str) -> InvalidInput:
    return InvalidInput(message, place=place, rule="F85")
