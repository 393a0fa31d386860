"""How does a figure stand in a cell of a public page: its number and letters, or what stands in place of a number?

One place for all pages: a withheld figure (`s`) is never 0 and never blank, a figure that another row holds says which
and leads there, a rounded one has the letter `a`.
"""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from istmo.statistics.brief.figures import APPROXIMATE, LETTERS, SIGNS
from istmo.statistics.comparability import Figure
from istmo.statistics.explore.origins import is_nationality
from istmo.web.common.language import current
from istmo.web.public.reference import signs

INCLUDED, WITHHELD = SIGNS["K"], SIGNS["Q"]
RANGE = "0–9"
# What of a table's signs says that it is a protected one.
PROTECTION = (WITHHELD, INCLUDED, RANGE, APPROXIMATE)


def sign(figure: Figure) -> str:
    """What stands in place of a value, as plain text: a sign, or the range that a protected table prints."""
    return figure.told.range or SIGNS.get(figure.status, "n/d")


def letters(figure: Figure, *, broken: bool = False) -> str:
    """The letters behind a value or a sign."""
    own = ""
    if figure.value is not None:
        own = LETTERS.get(figure.status, "") + (APPROXIMATE if figure.told.rounded else "")
    return own + ("b" if broken else "")


def instead(figure: Figure, used: set[str]) -> str:
    """What stands in place of a value, as HTML; the sign is added to `used`.

    A figure that another row holds names the row in words below the sign, and leads to the page of that row.
    """
    told = figure.told
    if told.range:
        used.add(RANGE)
        return f'<span class="nb">{escape(told.range)}</span>'
    shown = sign(figure)
    used.add(shown)
    if figure.status != "K" or told.name is None:
        return f'<abbr class="sg" title="{escape(dict(signs())[shown])}">{shown}</abbr>'
    name = told.name.in_(current())
    words = escape(_("included in %(row)s") % {"row": name})
    short = escape(_("in %(row)s") % {"row": name})
    below = f'<small class="of">{short}</small>'
    if not is_nationality(told.rolled_up):
        return f'<abbr class="sg" title="{words}">{shown}</abbr>{below}'
    where = reverse("nationality", kwargs={"code": told.rolled_up.lower()})
    return f'<a class="sg" href="{where}" title="{words}">{shown}</a>{below}'


def abbreviated(letters_: str, used: set[str]) -> str:
    """Letters with their meaning, as HTML."""
    used.update(letters_)
    return "".join(f'<abbr title="{escape(dict(signs())[one])}">{one}</abbr>' for one in letters_)


def meanings(used: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The signs of a page with their meaning, in the order of the methods page."""
    wanted = set(used)
    return tuple((one, meaning) for one, meaning in signs() if one in wanted)


def protection(used: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Those of them that say that a table is protected."""
    return meanings(set(used) & set(PROTECTION))
