"""Where does a table's figure come from: who counted, which load, and is it public at its source?"""

from collections.abc import Iterable

from istmo.model.text import Text
from istmo.statistics.brief.material import Material
from istmo.statistics.comparability import Series
from istmo.statistics.wording import short_name


def source_lines(series: Iterable[Series], material: Material) -> tuple[Text, ...]:
    """One line a dataset, in the order given: reporter, source, unit, vintages and whether the source publishes the
    cells or they were protected. What file a vintage was read from stands once, in the brief's list of vintages.
    """
    distinct = {one.dataset.id: one for one in series}
    return tuple(_line(one, material) for one in distinct.values())


def _line(series: Series, material: Material) -> Text:
    dataset, name = series.dataset, short_name("reporter", series.reporter)
    used = [vintage for vintage in material.vintages if vintage.dataset == dataset.id]
    loads = ", ".join(vintage.vintage for vintage in used)
    public = dataset.public_at_source
    return Text(
        es=f"{name.es}: {dataset.source.es}. Unidad: {dataset.unit_name.es}."
        + (f" Versión {loads}." if loads else "")
        + (" Cifras públicas en la fuente." if public else " Cifras protegidas antes de salir de la institución."),
        en=f"{name.en}: {dataset.source.en}. Unit: {dataset.unit_name.en}."
        + (f" Vintage {loads}." if loads else "")
        + (" Figures public at source." if public else " Figures protected before they left the institution."),
    )
