"""What do the figures of several tables, months and reporters say about each other?

Checks never change a figure. R7: a reporter's total by nationality equals its total by sex and age. R8: the residual
keeps its share. R18a: a code that is frequent at one reporter is not almost absent at another that has a code of the
same node or group. F41: a code enters or leaves a fixed list. R14: a new load does not drop or change published
months. F40: a dataset is late.

In a finding `column` is the dataset and `value` the period, followed by a code where there is one: `2023 TWN`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import permutations
from statistics import median

import polars as pl

from istmo.model.codes import codelist
from istmo.model.findings import Finding, Severity, findings_frame
from istmo.model.periods import Period, month, period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset, is_organisation
from istmo.registry.names import CandidateGroup, candidate_groups
from istmo.statistics.brief.figures import change, share
from istmo.statistics.disclosure.notes import read_note
from istmo.statistics.margins import grains, margin
from istmo.statistics.selection import (
    by_organisations,
    lists_by_year,
    monthly,
    of_corridor_border,
    of_states,
    with_dataset_id,
)
from istmo.statistics.vintages import TABLE_MONTH, changes, dropped_months
from istmo.statistics.wording import enumeration, in_prose, month_name, short_name

# R18a: a code counts as frequent from this many in a year, and as almost absent below this part of the other's share.
FREQUENT = 100
ABSENT_BELOW = 50
# R8: a residual jumps when its share is twice the median of the year before, and a percentage point above it.
RESIDUAL = "_O"
JUMP_TIMES = 2
JUMP_POINTS = 1.0
JUMP_FROM = 30
MONTHS_BEFORE = 12
MONTHS_NEEDED = 6


def cross_checks(
    observations: pl.DataFrame, *, datasets: Mapping[str, Dataset], touching: str | None = None
) -> pl.DataFrame:
    """The findings of R7, R8, R18a and F41 over all observations; with `touching` only those that concern that
    dataset.
    """
    held = with_dataset_id(of_states(observations)).filter(pl.col("ID").is_in(list(datasets)))
    held = of_corridor_border(held, datasets)
    return findings_frame(
        [
            *_breakdowns(held, datasets, touching),
            *_residuals(held, datasets, touching),
            *_lists(held, datasets, touching),
            *_across(held, datasets, touching),
        ]
    )


# R7: one total, two breakdowns


def _breakdowns(held: pl.DataFrame, datasets: Mapping[str, Dataset], touching: str | None) -> Iterable[Finding]:
    rows = monthly(held)
    nationality, demographic = _by_breakdown(rows, "CITIZENSHIP"), _by_breakdown(rows, "DEMOGRAPHIC")
    for key, first in nationality.items():
        for other, second in demographic.items():
            if (
                key[1] == other[1]
                and _one_table(datasets[key[0]], datasets[other[0]])
                and touching in (None, key[0], other[0])
            ):
                yield from _differences(datasets[key[0]], datasets[other[0]], key[1], first, second)


def _one_table(a: Dataset, b: Dataset) -> bool:
    return a.reporter == b.reporter and a.coverage_key == b.coverage_key


def _by_breakdown(rows: pl.DataFrame, group: str) -> dict[tuple[str, str], dict[str, int]]:
    """The monthly total of the rows detailed in `group`, by dataset and measure; months with a gap are left out, and
    those with rounded parts, whose sums may not agree.
    """
    bit = {"CITIZENSHIP": 1, "DEMOGRAPHIC": 2}[group]
    detailed = grains(rows).filter((pl.col("GRAIN") & bit) == bit).drop("GRAIN", "ID")
    result: dict[tuple[str, str], dict[str, int]] = {}
    for row in with_dataset_id(margin(detailed)).iter_rows(named=True):
        if row["OBS_VALUE"] is not None and not read_note(row["NOTE"]).rounded:
            result.setdefault((row["ID"], row["MEASURE"]), {})[row["PERIOD"]] = row["OBS_VALUE"]
    return result


def _differences(
    a: Dataset, b: Dataset, measure: str, first: Mapping[str, int], second: Mapping[str, int]
) -> Iterable[Finding]:
    both = sorted(set(first) & set(second))
    differing = [at for at in both if first[at] != second[at]]
    for year in sorted({at[:4] for at in differing}):
        of_year = [at for at in both if at[:4] == year]
        months = [at for at in differing if at[:4] == year]
        where = Text(
            es=f"{year}, con diferencia en {len(months)} de {len(of_year)} meses",
            en=f"{year}, differing in {len(months)} of {len(of_year)} months",
        )
        if codelist("measure")[measure].attributes["time_basis"] == "FLOW":
            # R5: the months of a stock are not summed.
            yield _difference(
                a, b, measure, year, where, sum(first[at] for at in of_year), sum(second[at] for at in of_year)
            )
        for at in months:
            yield _difference(a, b, measure, at, month_name(period(at)), first[at], second[at])


def _difference(a: Dataset, b: Dataset, measure: str, at: str, where: Text, first: int, second: int) -> Finding:
    name, what = short_name("reporter", a.reporter), a.counted[measure].many
    return Finding(
        rule="R7",
        severity=Severity.WARNING,
        message=Text(
            es=f"{name.es}, {what.es}, {where.es}: por nacionalidad {first:,} ({a.id}) y por sexo y edad {second:,} "
            f"({b.id}); diferencia {change(first - second)}.",
            en=f"{name.en}, {what.en}, {where.en}: by nationality {first:,} ({a.id}) and by sex and age {second:,} "
            f"({b.id}); difference {change(first - second)}.",
        ),
        column=a.id if a.id == b.id else f"{a.id} / {b.id}",
        value=at,
    )


# R8: the residual


def _residuals(held: pl.DataFrame, datasets: Mapping[str, Dataset], touching: str | None) -> Iterable[Finding]:
    by_code = with_dataset_id(margin(monthly(held).drop("ID"), keep=("CITIZENSHIP",)))
    shares = (
        by_code.filter(pl.col("OBS_VALUE").is_not_null())
        .group_by("ID", pl.col("MEASURE").cast(pl.String), "PERIOD")
        .agg(
            pl.col("OBS_VALUE").filter(pl.col("CITIZENSHIP") == RESIDUAL).sum().alias("RESIDUAL"),
            pl.col("OBS_VALUE").sum().alias("WHOLE"),
            (pl.col("CITIZENSHIP") == RESIDUAL).any().alias("PRINTED"),
        )
        .filter(pl.col("PRINTED").any().over("ID", "MEASURE"), pl.col("WHOLE") > 0)
        .sort("ID", "MEASURE", "PERIOD")
    )
    for (id_, _), months in shares.group_by("ID", "MEASURE", maintain_order=True):
        if touching in (None, id_):
            yield from _jumps(datasets[str(id_)], months)


def _jumps(dataset: Dataset, months: pl.DataFrame) -> Iterable[Finding]:
    """The first month of each run in which the share of the residual stands far above the year before."""
    shares = {
        period(row["PERIOD"]): (100 * row["RESIDUAL"] / row["WHOLE"], row["RESIDUAL"])
        for row in months.iter_rows(named=True)
    }
    running = False
    for at, (part, count) in shares.items():
        before = [shares[at.plus(-back)][0] for back in range(1, MONTHS_BEFORE + 1) if at.plus(-back) in shares]
        usual = median(before) if len(before) >= MONTHS_NEEDED else None
        jumps = usual is not None and count >= JUMP_FROM and part >= JUMP_TIMES * usual and part - usual >= JUMP_POINTS
        if usual is not None and jumps and not running:
            name, when = short_name("reporter", dataset.reporter), month_name(at)
            yield Finding(
                rule="R8",
                severity=Severity.WARNING,
                message=Text(
                    es=f"{name.es}, {when.es}: el residual «Otras» es de {count:,} ({share(part, 'es')} de la "
                    f"tabla); la mediana de los meses anteriores era {share(usual, 'es')}. Lo que la fuente no "
                    "distingue ha cambiado de tamaño.",
                    en=f"{name.en}, {when.en}: the residual “Other” is {count:,} ({share(part, 'en')} of the "
                    f"table); the median of the months before was {share(usual, 'en')}. What the source does not "
                    "distinguish has changed in size.",
                ),
                column=dataset.id,
                value=str(at),
            )
        running = jumps


# F41: the list


def _lists(held: pl.DataFrame, datasets: Mapping[str, Dataset], touching: str | None) -> Iterable[Finding]:
    before: dict[tuple[str, str], tuple[int, set[str]]] = {}
    for id_, measure, year, codes in lists_by_year(monthly(held), datasets).iter_rows():
        last_year, old = before.get((id_, measure), (year, set(codes)))
        before[id_, measure] = year, set(codes)
        if last_year == year - 1 and old != set(codes) and touching in (None, id_):
            yield _list_change(datasets[id_], year, sorted(set(codes) - old), sorted(old - set(codes)))


def _list_change(dataset: Dataset, year: int, entered: list[str], left: list[str]) -> Finding:
    name = short_name("reporter", dataset.reporter)
    es = [f"entraron {', '.join(entered)}"] if entered else []
    en = [f"{', '.join(entered)} entered"] if entered else []
    if left:
        es.append(f"salieron {', '.join(left)}")
        en.append(f"{', '.join(left)} left")
    return Finding(
        rule="F41",
        severity=Severity.INFO,
        message=Text(
            es=f"{name.es}: en la lista de nacionalidades de {year} {' y '.join(es)}. Un código ausente no se "
            "distingue; no es cero.",
            en=f"{name.en}: in the list of nationalities of {year} {' and '.join(en)}. An absent code is not "
            "distinguished; it is not zero.",
        ),
        column=dataset.id,
        value=str(month(year, 1)),
    )


# R18a: one code here, another of its group there


@dataclass(frozen=True, slots=True)
class _Year:
    """What one reporter registered in a year by nationality code, and the dataset that it is read from."""

    dataset: Dataset
    counts: Mapping[str, int]


def _across(held: pl.DataFrame, datasets: Mapping[str, Dataset], touching: str | None) -> Iterable[Finding]:
    doubts: dict[tuple[str, str, str], dict[str, tuple[CandidateGroup, str]]] = {}
    years = _years(held, datasets, touching)
    for (a, year), here in years.items():
        for (b, other_year), there in years.items():
            if a == b or year != other_year or touching not in (None, here.dataset.id, there.dataset.id):
                continue
            for group, code, other in swapped_codes(here.counts, there.counts):
                doubts.setdefault((a, year, code), {})[b] = (group, other)
                doubts.setdefault((b, year, other), {})[a] = (group, code)
    for (reporter, year, code), others in sorted(doubts.items()):
        yield _doubt(years, reporter, year, code, others)


def _years(held: pl.DataFrame, datasets: Mapping[str, Dataset], touching: str | None) -> dict[tuple[str, str], _Year]:
    """By reporter and year, its corridor measure by nationality: of the dataset touched, else of the best ranked that
    has it.
    """
    corridor = [id_ for id_, one in datasets.items() if one.corridor]
    counts = _yearly(margin(held.filter(pl.col("ID").is_in(corridor)).drop("ID"), keep=("CITIZENSHIP",)))
    found: dict[tuple[str, str], _Year] = {}
    for (id_, year), codes in counts.items():
        one = datasets[id_]
        key = (one.reporter, year)
        if key not in found or _order(one, touching) < _order(found[key].dataset, touching):
            found[key] = _Year(one, codes)
    return found


def _order(dataset: Dataset, touching: str | None) -> tuple[bool, int]:
    return dataset.id != touching, dataset.rank


def _yearly(rows: pl.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    """Counts by dataset and year: of the months of a year, or of the year itself where the source has no months of
    it.
    """
    rows = with_dataset_id(rows).with_columns(
        YEAR=pl.col("PERIOD").str.slice(0, 4), ANNUAL=pl.col("PERIOD").str.len_chars() == 4
    )
    rows = rows.filter(pl.col("ANNUAL") == pl.col("ANNUAL").all().over("ID", "YEAR"), pl.col("OBS_VALUE").is_not_null())
    sums = rows.group_by("ID", "YEAR", pl.col("CITIZENSHIP").cast(pl.String)).agg(pl.col("OBS_VALUE").sum())
    result: dict[tuple[str, str], dict[str, int]] = {}
    for id_, year, code, value in sums.sort("ID", "YEAR", "CITIZENSHIP").iter_rows():
        result.setdefault((id_, year), {})[code] = value
    return result


def swapped_codes(here: Mapping[str, int], there: Mapping[str, int]) -> Iterable[tuple[CandidateGroup, str, str]]:
    """A group, its code that is frequent here and almost absent there, its code that is the other way round."""
    for group in candidate_groups():
        for code, other in permutations(group.codes, 2):
            if _missing_at(code, here, there) and _missing_at(other, there, here):
                yield group, code, other


def _missing_at(code: str, here: Mapping[str, int], there: Mapping[str, int]) -> bool:
    """Frequent here, and there with less than a fiftieth of its share here. Shares are compared without rounding."""
    count, whole, whole_there = here.get(code, 0), sum(here.values()), sum(there.values())
    if count < FREQUENT or whole_there == 0:
        return False
    return there.get(code, 0) * whole * ABSENT_BELOW < count * whole_there


def _doubt(
    years: Mapping[tuple[str, str], _Year],
    reporter: str,
    year: str,
    code: str,
    others: Mapping[str, tuple[CandidateGroup, str]],
) -> Finding:
    here = years[reporter, year]
    name, label = short_name("reporter", reporter), short_name("citizenship", code)
    part = 100 * here.counts[code] / sum(here.counts.values())
    groups = ", ".join(sorted({group.name for group, _ in others.values()}))
    there = enumeration(
        [_elsewhere(other, years[other, year], code, swapped) for other, (_, swapped) in sorted(others.items())]
    )
    return Finding(
        rule="R18a",
        severity=Severity.WARNING,
        message=Text(
            es=f"{name.es}, {year}: {code} ({label.es}) tiene {here.counts[code]:,} ({share(part, 'es')}), pero "
            f"{there.es}. Los códigos son del grupo {groups}: puede ser la misma etiqueta leída de dos maneras. El "
            "código no se cambia.",
            en=f"{name.en}, {year}: {code} ({label.en}) has {here.counts[code]:,} ({share(part, 'en')}), but "
            f"{there.en}. The codes are of the group {groups}: it may be one label read in two ways. The code is not "
            "changed.",
        ),
        column=here.dataset.id,
        value=f"{year} {code}",
        suggestion=groups,
    )


def _elsewhere(reporter: str, there: _Year, code: str, swapped: str) -> Text:
    """`Panamá no distingue TWN y tiene 25,565 de CHN`: what a fixed list does not hold is not zero (R17)."""
    name, count, other = in_prose("reporter", reporter), there.counts.get(code), there.counts.get(swapped, 0)
    if count is None and there.dataset.nationality_list == "fixed":
        return Text(
            es=f"{name.es} no distingue {code} y tiene {other:,} de {swapped}",
            en=f"{name.en} does not distinguish {code} and has {other:,} of {swapped}",
        )
    return Text(
        es=f"{name.es} tiene {count or 0:,} de {code} y {other:,} de {swapped}",
        en=f"{name.en} has {count or 0:,} of {code} and {other:,} of {swapped}",
    )


# R14: a new load against what is in force


def revision_checks(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """What a new load `after` does to the published months in `before`: months dropped, totals and cells changed."""
    return findings_frame([*_dropped(before, after), *_changed_totals(before, after), *_changed_cells(before, after)])


def _measure(code: str) -> Text:
    return codelist("measure")[code].name


def _dropped(before: pl.DataFrame, after: pl.DataFrame) -> Iterable[Finding]:
    for row in with_dataset_id(dropped_months(before, after)).iter_rows(named=True):
        at, what = month_name(period(row["PERIOD"])), _measure(row["MEASURE"])
        yield Finding(
            rule="R14",
            severity=Severity.WARNING,
            message=Text(
                es=f"La entrega no trae {at.es} de «{what.es}», que ya está publicado. La versión anterior "
                "sigue vigente para ese mes.",
                en=f"The load does not hold {at.en} of “{what.en}”, which is already published. The earlier "
                "vintage stays in force for that month.",
            ),
            column=row["ID"],
            value=row["PERIOD"],
        )


def _total_changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    found = changes(*(margin(of_states(monthly(frame))) for frame in (before, after)))
    return found.filter(pl.col("KIND") == "revised", pl.col("BEFORE").ne_missing(pl.col("AFTER")))


def _changed_totals(before: pl.DataFrame, after: pl.DataFrame) -> Iterable[Finding]:
    both = pl.col("BEFORE").is_not_null() & pl.col("AFTER").is_not_null()
    for row in with_dataset_id(_total_changes(before, after).filter(both)).iter_rows(named=True):
        at, old, new = month_name(period(row["PERIOD"])), row["BEFORE"], row["AFTER"]
        what = _measure(row["MEASURE"])
        yield Finding(
            rule="R14",
            severity=Severity.WARNING,
            message=Text(
                es=f"La entrega cambia el total publicado de «{what.es}» en {at.es}: de {old:,} a {new:,} "
                f"({change(new - old)}).",
                en=f"The load changes the published total of “{what.en}” in {at.en}: from {old:,} to {new:,} "
                f"({change(new - old)}).",
            ),
            column=row["ID"],
            value=row["PERIOD"],
        )


_SAME_TOTAL = ("; el total es el mismo", "; the total is the same")


def _changed_cells(before: pl.DataFrame, after: pl.DataFrame) -> Iterable[Finding]:
    """Months that both hold with the same total, but with other figures in their cells.

    What organisations publish is about many States and has no total: of theirs only figures that both hold are told.
    """
    keys = list(TABLE_MONTH)
    months = before.select(keys).unique().join(after.select(keys).unique(), on=keys)
    cells = (
        changes(before, after).filter(pl.col("BEFORE").ne_missing(pl.col("AFTER"))).join(months, on=keys, how="semi")
    )
    cells = cells.filter(~by_organisations() | (pl.col("KIND") == "revised"))
    cells = cells.join(_total_changes(before, after).select(keys), on=keys, how="anti")
    for row in with_dataset_id(cells.group_by(keys).len().sort(keys)).iter_rows(named=True):
        at, what, number = month_name(period(row["PERIOD"])), _measure(row["MEASURE"]), row["len"]
        cells_es = "1 celda" if number == 1 else f"{number:,} celdas"
        cells_en = "1 cell" if number == 1 else f"{number:,} cells"
        same_es, same_en = ("", "") if is_organisation(row["REPORTER"]) else _SAME_TOTAL
        yield Finding(
            rule="R14",
            severity=Severity.INFO,
            message=Text(
                es=f"La entrega cambia {cells_es} de «{what.es}» en {at.es}{same_es}.",
                en=f"The load changes {cells_en} of “{what.en}” in {at.en}{same_en}.",
            ),
            column=row["ID"],
            value=row["PERIOD"],
        )


# F40: punctuality


def late_or_silent(
    expected: Iterable[Dataset], *, month: Period, received: Mapping[str, date], on: date
) -> pl.DataFrame:
    """A finding for each expected dataset whose figures of `month` came after its due day, or have not come by `on`."""
    found = []
    for dataset in expected:
        due, day = dataset.due(month), received.get(dataset.id)
        if (day or on) > due:
            found.append(_late(dataset, month, due, day))
    return findings_frame(found)


def _late(dataset: Dataset, month: Period, due: date, received: date | None) -> Finding:
    name, at = short_name("reporter", dataset.reporter), month_name(month)
    if received is None:
        message = Text(
            es=f"{name.es}: {dataset.id} no ha informado {at.es}; el plazo era el {due.isoformat()}.",
            en=f"{name.en}: {dataset.id} has not reported {at.en}; it was due on {due.isoformat()}.",
        )
    else:
        days = (received - due).days
        late = Text(es="1 día", en="1 day") if days == 1 else Text(es=f"{days:,} días", en=f"{days:,} days")
        message = Text(
            es=f"{name.es}: {dataset.id} informó {at.es} el {received.isoformat()}, {late.es} después del plazo.",
            en=f"{name.en}: {dataset.id} reported {at.en} on {received.isoformat()}, {late.en} after it was due.",
        )
    return Finding(
        rule="F40",
        severity=Severity.WARNING if received is None else Severity.INFO,
        message=message,
        column=dataset.id,
        value=str(month),
    )
