"""How does a month of observations become the brief: its tables, charts, sentences and methods, in both languages?

A pure function of what it is given: the same observations, edition, vintages, revisions, findings and days give the
same brief. No number in it is a sum over reporters: tables take figures together only through
`statistics.comparability`, which refuses.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from istmo.model.findings import findings_json
from istmo.model.text import Text
from istmo.registry.datasets import Dataset
from istmo.registry.datasets import datasets as registered
from istmo.registry.members import members
from istmo.registry.policy_changes import PolicyChange
from istmo.statistics.brief.asylum import asylum_tables
from istmo.statistics.brief.corridor import corridor_chart, corridor_table
from istmo.statistics.brief.coverage import coverage_sentence, coverage_table, other_reporters, silent
from istmo.statistics.brief.deaths import deaths_table
from istmo.statistics.brief.demography import demography_table
from istmo.statistics.brief.material import Material, gather
from istmo.statistics.brief.methods import LEGEND, comparability, methods
from istmo.statistics.brief.nationalities import heat_map, own_ten_table, side_by_side_table
from istmo.statistics.brief.pending import mirror_table, pending_tables
from istmo.statistics.brief.policies import marked, policy_notes
from istmo.statistics.brief.protection import METHOD, protection_legend, shows_protection
from istmo.statistics.brief.regions import region_chart, region_table
from istmo.statistics.brief.returns import returns_table
from istmo.statistics.brief.sentences import find_left, sentences
from istmo.statistics.brief.values import Brief, Edition, Revision, Table, VintageUsed
from istmo.statistics.wording import month_name

LEAD = Text(
    es="Lo que registraron los países miembros a lo largo del corredor, con la fuente, la unidad y los límites de "
    "cada cifra.",
    en="What member countries registered along the corridor, with the source, the unit and the limits of each figure.",
)


def compile_brief(
    observations: pl.DataFrame,
    *,
    edition: Edition,
    on: date,
    vintages: Sequence[VintageUsed] = (),
    revisions: Sequence[Revision] = (),
    findings: pl.DataFrame | None = None,
    deliveries: Mapping[str, date] | None = None,
    datasets: Mapping[str, Dataset] | None = None,
    calendar: Sequence[PolicyChange] | None = None,
) -> Brief:
    """The brief of `edition.month`.

    `on` is the day of compilation (a figure that is not due yet is not late). `vintages` are the loads that the
    observations come from; `revisions` what changed since the previous edition; `findings` those of the cross checks;
    `deliveries`, where known, the day on which the month's figures of a dataset first came in. `datasets` and the
    `calendar` of policy changes default to the registry.
    """
    material = gather(
        observations,
        edition=edition,
        on=on,
        datasets=registered() if datasets is None else datasets,
        vintages=vintages,
        revisions=revisions,
        findings=findings,
        deliveries=deliveries,
    )
    left = find_left(material)
    told = (left.code,) if left else ()
    side_by_side, regions = side_by_side_table(material, told), region_table(material)
    asylum, deaths = asylum_tables(material), deaths_table(material)
    policies = policy_notes(material.window, calendar)
    tables = _ordered(
        (
            coverage_table(material),
            corridor_table(material),
            own_ten_table(material),
            side_by_side,
            regions,
            demography_table(material),
            returns_table(material),
            *asylum,
            *([deaths] if deaths else []),
            *pending_tables(asylum=not asylum, deaths=deaths is None),
            mirror_table(),
        )
    )
    return Brief(
        edition=edition,
        title=_title(material),
        lead=LEAD,
        members=len(members()),
        reported=tuple(material.reported),
        other_measure=other_reporters(material),
        silent=silent(material),
        coverage=coverage_sentence(material),
        sentences=sentences(material, tables, left),
        tables=tables,
        charts=(
            marked(corridor_chart(material), policies),
            heat_map(material, side_by_side),
            region_chart(material, regions),
        ),
        comparability=comparability(material),
        methods=(*methods(material, findings), *([METHOD] if shows_protection(tables) else [])),
        legend=(*LEGEND, *protection_legend(tables)),
        revisions=tuple(revisions),
        vintages=tuple(sorted(vintages, key=lambda vintage: (vintage.dataset, vintage.vintage))),
        findings=() if findings is None else tuple(findings_json(findings)),
        policies=policies,
    )


def _ordered(tables: Sequence[Table]) -> tuple[Table, ...]:
    """Numbered tables by number (T3B after T3), then those without."""
    return tuple(sorted(tables, key=lambda table: (_number(table.id), table.id)))


def _number(id_: str) -> int:
    digits = "".join(sign for sign in id_ if sign.isdigit())
    return int(digits) if digits else 99


def _title(material: Material) -> Text:
    month = month_name(material.month)
    return Text(es=f"Informe mensual regional, {month.es}", en=f"Monthly regional brief, {month.en}")
