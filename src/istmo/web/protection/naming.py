"""What are the cells of a protected table called on a page?

`named_cell("HND...|CITIZENSHIP=ERI|period=2023-08")` gives the measure, the months and the codes in words.
"""

from collections.abc import Iterable
from urllib.parse import unquote

from istmo.model.codes import codelist
from istmo.model.observations import CODELISTS
from istmo.model.text import Text
from istmo.registry.datasets import datasets
from istmo.registry.places import places
from istmo.statistics.disclosure.register import PERIOD, STATE
from istmo.statistics.disclosure.unrolled import MARK
from istmo.statistics.wording import short_name

TOTAL = Text(es="Total", en="Total")


def named(column: str, code: str) -> Text:
    """A code of a column, by its short name; what is in no list is shown as it is."""
    plain = code.partition(MARK)[0]
    if column == "PLACE" and plain in places():
        return places()[plain].name
    if column in CODELISTS and plain in codelist(CODELISTS[column]):
        return short_name(CODELISTS[column], plain)
    return Text(es=plain, en=plain)


def joined(texts: Iterable[Text], separator: str = ", ") -> Text:
    parts = tuple(texts)
    return Text(es=separator.join(one.es for one in parts), en=separator.join(one.en for one in parts))


def named_codes(codes: Iterable[tuple[str, str]]) -> Text:
    """The codes of a cell in words; those that are totals say nothing."""
    shown = [named(column, code) for column, code in codes if code != "_T"]
    return joined(shown) if shown else TOTAL


def named_population(population: str) -> Text:
    """`HND.INM.x/ENT_IRR/REGISTRATION`: the dataset's title and the measure."""
    dataset_id, _, rest = population.partition("/")
    measure = rest.partition("/")[0]
    known = datasets().get(dataset_id)
    title = known.title if known else Text(es=dataset_id, en=dataset_id)
    return joined((title, codelist("measure")[measure].name), ": ") if measure in codelist("measure") else title


def named_cell(cell: str) -> tuple[Text, str, Text]:
    """Dataset and measure, months, and codes of a cell of the register."""
    population, *parts = [unquote(part) for part in cell.split("|")]
    held = [tuple(part.split("=", 1)) for part in parts]
    period = next((code for column, code in held if column == PERIOD), "")
    codes = [(column, code) for column, code in held if column not in (PERIOD, STATE)]
    return named_population(population), period, named_codes(codes)
