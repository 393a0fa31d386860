"""How is an edition named, marked and cited? The same words in every format."""

from istmo.hub.briefs.render import words
from istmo.hub.briefs.render.views import Mark
from istmo.statistics.brief.values import Brief, BriefState


def address(brief: Brief, language: str) -> str:
    """The permanent address of an edition below the site's root."""
    edition = brief.edition
    return f"/{language}/{'informes' if language == 'es' else 'briefs'}/{edition.month}/{edition.number}/"


def marks(brief: Brief, language: str) -> tuple[Mark, ...]:
    """DRAFT unless published; DEMONSTRATION where the installation is one."""
    found = []
    if brief.edition.demonstration:
        found.append(Mark(words.DEMONSTRATION.in_(language), words.DEMONSTRATION_MEANS.in_(language)))
    if brief.edition.state is not BriefState.PUBLISHED:
        found.append(Mark(words.DRAFT.in_(language), words.DRAFT_MEANS.in_(language)))
    return tuple(found)


def citation(brief: Brief, language: str, *, figure: str = "") -> str:
    """How a reader cites the brief, or one figure of it; a final edition is cited as such."""
    edition = brief.edition
    kind = "" if edition.preliminary else f" ({words.FINAL.in_(language)})"
    text = words.CITE.in_(language).format(
        publisher=words.PUBLISHER_SHORT.in_(language),
        year=(edition.published or edition.cut_off).year,
        month=words.month_name(edition.month, language),
        number=f"{edition.number}{kind}",
    )
    return f"{text.removesuffix('.')}, {figure}." if figure else text


def coverage(brief: Brief, language: str) -> str:
    """`4 de 11 miembros; sin informe de la medida del corredor: CRI, NIC ...`"""
    counted = words.COVERAGE_COUNT.in_(language).format(len(brief.reported), brief.members)
    return f"{counted}; {not_reported(brief, language)}"


def not_reported(brief: Brief, language: str) -> str:
    missing = (*brief.silent, *brief.other_measure)
    if not missing:
        return words.COVERAGE_ALL.in_(language)
    return words.COVERAGE_SHORT.in_(language).format(", ".join(missing))
