"""What left protected is shown as it is: withheld, in another row, or rounded; never as zero, never in a sum."""

from dataclasses import replace
from datetime import date
from functools import cache

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.model.codes import codelist
from istmo.model.periods import Period, month
from istmo.model.text import Text
from istmo.registry.regions import region
from istmo.statistics.brief.cells import Notes, count, percent_change, share_of
from istmo.statistics.brief.compile import compile_brief
from istmo.statistics.brief.figures import letters, share, shown
from istmo.statistics.brief.protection import holds, protected, shows_protection, surely_first
from istmo.statistics.brief.values import Brief, Cell, CellKind
from istmo.statistics.checks import cross_checks
from istmo.statistics.comparability import Figure, Series, direction, taken_together, unknown_part
from istmo.statistics.comparability import share as share_value
from istmo.statistics.disclosure.notes import Disclosure, read_note, rounded_note
from istmo.statistics.explore.answer import Answer, answer
from istmo.statistics.explore.caveats import caveats, notes_of, protection_of
from istmo.statistics.explore.holdings import read_lines
from istmo.statistics.explore.question import Catalogue, read_question
from istmo.statistics.publication import observations_for_publication
from istmo.statistics.reconciliation.compare import reconcile
from istmo.statistics.reconciliation.table import as_json, as_table
from istmo.statistics.vintages import revisions
from istmo.statistics.wording import banned_words

from .frames import edition
from .protected import (
    AFRICA,
    ALL_WITHHELD,
    FIRST,
    IN_ITS_QUARTER,
    LAST,
    ROUNDED,
    WITHHELD,
    observations,
    protected_datasets,
)
from .reading import cells, rows, texts

SERIES = Series(protected_datasets()[ROUNDED], "ENT_IRR")
FIVES, TENS = Disclosure(method="round", base=5), Disclosure(method="nearest", base=10)
IN_AFRICA = Disclosure(rolled_up="X_AFRICA", name=AFRICA)


def five(value: int) -> Figure:
    return Figure(SERIES, value, told=FIVES)


def held(told: Disclosure = IN_AFRICA) -> Figure:
    return Figure(SERIES, None, "K", told)


def withheld() -> Figure:
    return Figure(SERIES, None, "Q")


@cache
def brief(at: Period = LAST) -> Brief:
    both = pl.concat([observations(WITHHELD), observations(ROUNDED)])
    return compile_brief(both, edition=edition(at), on=date(2023, 9, 20), datasets=protected_datasets())


# A figure and sums of figures


@pytest.mark.parametrize(
    ("now", "base", "told"),
    [
        (five(30), five(20), 1),
        (five(20), five(30), -1),
        (five(25), five(20), None),  # each may be up to 4 away
        (five(20), five(20), None),
        (Figure(SERIES, 7), Figure(SERIES, 7), 0),
        (withheld(), five(20), None),
        (Figure(SERIES, 40, told=Disclosure(method="small_count", base=5)), Figure(SERIES, 10), None),
        (Figure(SERIES, 31, told=TENS), Figure(SERIES, 20, told=TENS), 1),
        (Figure(SERIES, 40, told=Disclosure(method="cell_key", base=5)), Figure(SERIES, 36), None),
        (Figure(SERIES, 40, told=Disclosure(method="alike", base=10)), Figure(SERIES, 31), None),
    ],
)
def test_a_change_is_told_only_where_the_rounding_cannot_undo_it(now: Figure, base: Figure, told: int | None) -> None:
    assert direction(now, base) == told


@given(st.integers(0, 200), st.integers(0, 200), st.integers(2, 15), st.data())
def test_no_true_counts_contradict_a_change_that_is_told(a: int, b: int, base: int, data: st.DataObject) -> None:
    """Whatever multiples two counts were rounded to, the direction told is that of the counts."""

    def rounded(count_: int) -> Figure:
        below = count_ // base * base
        up = bool(count_ % base) and data.draw(st.booleans())
        return Figure(SERIES, below + base * up, told=Disclosure(method="round", base=base))

    told = direction(rounded(a), rounded(b))
    assert told in (None, (a > b) - (a < b))


def test_a_share_of_rounded_figures_needs_a_base_of_thirty() -> None:
    assert share_value(five(10), five(25)) is None
    assert share_value(five(10), five(40)) == 25
    assert share_of("x", five(10), five(25)).status == "M"
    assert share_value(Figure(SERIES, 10), Figure(SERIES, 25)) == 40


def test_a_share_of_rounded_figures_has_no_decimals_and_is_never_nothing() -> None:
    cell = share_of("x", five(10), five(235))
    assert (cell.value, shown(cell, "es"), letters(cell)) == (4.0, "4\xa0%", "a")
    assert shown(share_of("x", five(5), five(5000)), "en") == "< 1%"
    assert share(0.04, "en") == "< 0.1%"


def test_a_change_in_per_cent_of_rounded_figures_says_so() -> None:
    cell = percent_change("x", five(40), five(30))
    assert (cell.value, letters(cell)) == (33.0, "a")
    assert percent_change("x", five(40), five(25)).value is None


def test_parts_are_taken_together_without_counting_anybody_twice() -> None:
    together = taken_together(SERIES, [Figure(SERIES, 23, "W"), held(), Figure(SERIES, 60)], ["X_AFRICA", "SEN", "HTI"])
    assert (together.value, together.status) == (83, "A")
    assert taken_together(SERIES, [five(20), five(25)]).told == FIVES


@pytest.mark.parametrize(
    ("parts", "status", "row"),
    [
        ([held(), held()], "K", "X_AFRICA"),
        ([held(), Figure(SERIES, 60)], "Q", ""),
        ([withheld(), Figure(SERIES, 60)], "Q", ""),
        ([Figure(SERIES, None, "Q", Disclosure(least=0, greatest=9)), five(20)], "Q", ""),
        ([Figure(SERIES, None, "O"), held()], "O", ""),
    ],
)
def test_a_sum_over_what_is_not_known_has_no_value(parts: list[Figure], status: str, row: str) -> None:
    together = taken_together(SERIES, parts)
    assert (together.value, together.status, together.told.rolled_up) == (None, status, row)
    assert not together.told.range
    assert unknown_part(parts) is not None


def test_a_single_range_stays_one() -> None:
    range_ = Figure(SERIES, None, "Q", Disclosure(least=0, greatest=9))
    assert taken_together(SERIES, [range_]).told.range == "0–9"
    assert shown(count("x", range_), "es") == "0–9"


# The brief


def test_the_corridor_shows_a_withheld_month_a_month_in_its_quarter_and_rounded_ones() -> None:
    found = rows(brief().table("T2"))
    assert [found[str(at)][1] for at in (LAST, ALL_WITHHELD, IN_ITS_QUARTER)] == ["308", "s", "incl."]
    assert found[str(LAST)][2] == "235a"


def test_a_month_that_is_withheld_has_been_reported_and_no_sentence_gives_its_figure() -> None:
    found = brief(ALL_WITHHELD)
    assert found.reported == ("CRI", "NIC")
    assert not any("Costa Rica" in sentence.text.es for sentence in found.sentences)


def test_who_is_withheld_has_no_place_in_an_order_and_does_not_disappear() -> None:
    table = brief().table("T3")
    assert [row.id for row in table.rows if row.reporter == "CRI"] == [
        "CRI.VEN",
        "CRI.HTI",
        "CRI.X_AFRICA",
        "CRI.X_ASIA",
        "CRI._T",
    ]
    said = " ".join(note.text.es for note in table.notes)
    for words in ("Colombia, Ecuador y Asia (reunidas)", "reúne Camerún, Eritrea y Senegal", "reúne Ghana y Senegal"):
        assert words in said


def test_a_table_says_in_which_row_a_nationality_is_counted_and_leads_there() -> None:
    both = pl.concat([observations(WITHHELD), observations(ROUNDED)])
    more = both.filter(pl.col("REPORTER") == "CRI", pl.col("CITIZENSHIP") == "VEN").with_columns(
        *(pl.lit(value).alias(name) for name, value in (("AGENCY", "INM"), ("DATASET", "flujo"))),
        REPORTER=pl.lit("HND").cast(both.schema["REPORTER"]),
        CITIZENSHIP=pl.lit("SEN").cast(both.schema["CITIZENSHIP"]),
    )
    made = compile_brief(
        pl.concat([both, more]), edition=edition(), on=date(2023, 9, 20), datasets=protected_datasets()
    )
    table = made.table("T3B")
    assert {"SEN", "X_AFRICA"} <= {row.id for row in table.rows}
    cell = cells(made)["T3B.CRI.SEN"]
    assert (shown(cell, "es"), cell.row, cell.text) == (
        "incl.",
        "X_AFRICA",
        Text(es="incluido en África", en="included in Africa"),
    )
    assert f"T3B.CRI.{cell.row}" in cells(made)


def test_a_region_over_a_withheld_nationality_has_no_value_and_one_over_a_rolled_up_one_has() -> None:
    found = rows(brief().table("T4"))
    assert found["SOUTH_AM"][:2] == ["s", "s"]
    assert found["ASIA"][:2] == ["s", "s"]
    assert found["AFRICA"] == ["23", "7.5\xa0%", "15a", "6\xa0%a"]


def test_a_region_whose_nationality_is_counted_outside_of_it_leads_to_that_row() -> None:
    at = observations(WITHHELD).filter(~pl.col("CITIZENSHIP").is_in(["X_AFRICA", "CMR", "ERI"]))
    outside = "K(_O) incluido en otras / included in other"
    frame = at.with_columns(
        NOTE=pl.when(pl.col("CITIZENSHIP") == "SEN").then(pl.lit(outside)).otherwise(pl.col("NOTE"))
    )
    made = compile_brief(frame, edition=edition(), on=date(2023, 9, 20), datasets=protected_datasets())
    cell = cells(made)["T4.CRI.AFRICA"]
    assert (shown(cell, "en"), cell.row) == ("incl.", "OTHER")


def test_a_range_stands_as_text_and_no_sum_repeats_it() -> None:
    found = cells(brief())
    assert shown(found["T5.NIC.GIRLS"], "es") == "0–9"
    assert shown(found["T5.NIC.CHILDREN"], "es") == "s"


def test_gaps_of_a_chart_carry_their_sign_and_are_no_zero() -> None:
    panel = next(panel for panel in brief().chart("C1").panels if panel.reporter == "CRI")
    gaps = {point.x: point.status for point in panel.points if point.value is None}
    assert gaps == {str(ALL_WITHHELD): "Q", str(IN_ITS_QUARTER): "K"}
    rounded = next(panel for panel in brief().chart("C1").panels if panel.reporter == "NIC")
    assert rounded.unit.es.endswith("cifras redondeadas")


def test_no_sentence_tells_a_change_that_the_rounding_may_have_made() -> None:
    sentence = next(one for one in brief().sentences if "Nicaragua" in one.text.es)
    assert "sin cambio apreciable sobre julio" in sentence.text.es
    assert sentence.detail is not None
    assert "redondeadas a múltiplos de 5" in sentence.detail.es


def test_signs_and_method_are_told_only_where_they_are_used() -> None:
    assert [sign for sign, _ in brief().legend][-2:] == ["incl.", "a"]
    assert brief().methods[-1][0].es == "Cifras protegidas"
    plain = [table for table in brief().tables if table.id in ("T1", "TM")]
    assert not shows_protection(plain)


def test_a_protected_source_is_not_called_public() -> None:
    (line, *_more) = brief().table("T2").sources
    assert "Cifras protegidas antes de salir de la institución." in line.es
    assert "públicas" not in line.es


def test_no_text_of_a_protected_brief_stigmatises() -> None:
    assert not [word for text in texts(brief()) for one in (text.es, text.en) for word in banned_words(one)]


def test_a_first_place_is_told_only_where_nothing_leaves_it_open() -> None:
    large, small, hidden = Figure(SERIES, 60), Figure(SERIES, 20), withheld()
    whole = Figure(SERIES, 100)
    assert surely_first([large, small], [large, small], whole)
    assert surely_first([large, small], [large, small, hidden], whole)
    assert not surely_first([small], [small, hidden], whole)
    assert not surely_first([large], [large, hidden], withheld())
    assert not surely_first([five(25), five(20)], [], whole)


def test_a_row_that_holds_nobody_by_name_has_no_caveat() -> None:
    notes = Notes()
    assert holds(Figure(SERIES, 20, "W"), (), notes) == ()
    assert protected(held(Disclosure()), notes) == ()
    assert notes.all() == ()


def test_small_counts_that_are_rounded_give_no_bound_to_a_change() -> None:
    notes = Notes()
    protected(Figure(SERIES, 20, told=Disclosure(method="small_count", base=5)), notes)
    (note,) = notes.all()
    assert "puede apartarse" not in note.text.es


def test_a_cell_says_nothing_instead_of_a_value_where_nothing_is_known_of_it() -> None:
    assert count("x", withheld()).text is None
    assert shown(Cell("x", CellKind.COUNT, status="K"), "en") == "incl."


# Files


def test_the_file_of_observations_carries_status_and_note_of_every_protected_row() -> None:
    both = pl.concat([observations(WITHHELD), observations(ROUNDED)])
    found = observations_for_publication(both, LAST, datasets=protected_datasets()).filter(
        pl.col("PERIOD") == str(LAST)
    )
    told = {
        (row["REPORTER"], row["CITIZENSHIP"], row["SEX"], row["AGE"]): (
            row["OBS_VALUE"],
            row["OBS_STATUS"],
            row["NOTE"],
        )
        for row in found.iter_rows(named=True)
    }
    assert told["CRI", "SEN", "_T", "_T"] == (None, "K", "K(X_AFRICA) incluido en África / included in Africa")
    assert told["CRI", "COL", "_T", "_T"] == (None, "Q", "")
    assert told["NIC", "VEN", "_T", "_T"] == (100, "A", rounded_note(5))
    assert read_note(told["NIC", "_T", "F", "Y_LT18"][2]).range == "0–9"
    assert read_note(told["NIC", "X_AFRICA", "_T", "_T"][2]).includes == 2


def test_a_dataset_that_is_neither_public_nor_protected_is_not_shown() -> None:
    private = {id_: replace(one, protection="") for id_, one in protected_datasets().items() if id_ == WITHHELD}
    assert observations_for_publication(observations(WITHHELD), LAST, datasets=private).is_empty()
    assert read_lines(observations(WITHHELD), private[WITHHELD]) == ()


def test_a_figure_that_is_withheld_later_is_a_revision_that_says_so() -> None:
    at = month(2023, 8)
    before = observations(WITHHELD, at, at)
    after = before.with_columns(
        OBS_VALUE=pl.when(pl.col("CITIZENSHIP") != "_T").then(pl.col("OBS_VALUE")),
        OBS_STATUS=pl.when(pl.col("CITIZENSHIP") == "_T")
        .then(pl.lit("Q").cast(before.schema["OBS_STATUS"]))
        .otherwise(pl.col("OBS_STATUS")),
    )
    (found,) = revisions(before, after)
    assert (found.before, found.after, found.status_after) == (308, None, "Q")
    assert revisions(after, after) == ()


def test_totals_of_rounded_parts_that_do_not_agree_are_no_finding() -> None:
    rounded = observations(ROUNDED).filter(pl.col("OBS_STATUS") == "A")
    exact = rounded.with_columns(NOTE=pl.lit(""))
    datasets_ = {ROUNDED: protected_datasets()[ROUNDED]}
    assert "R7" in cross_checks(exact, datasets=datasets_)["rule"].to_list()
    assert "R7" not in cross_checks(rounded, datasets=datasets_)["rule"].to_list()


# The explorer


def asked(id_: str, origin: str) -> Answer:
    dataset = protected_datasets()[id_]
    known = Catalogue((dataset,), FIRST, LAST)
    question = read_question({"origin": [origin]}, known)
    return answer(question, read_lines(observations(id_), dataset), known)


def test_a_nationality_says_month_by_month_in_which_row_it_is_counted() -> None:
    (column,) = asked(WITHHELD, "SEN").columns
    assert {at: figure.status for at, figure in column.figures.items() if figure.status != "K"} == {ALL_WITHHELD: "Q"}
    assert column.figures[IN_ITS_QUARTER].told.rolled_up == "2022-Q4"
    assert column.figures[LAST].told == IN_AFRICA
    assert protection_of(column, LAST) == "K(X_AFRICA) incluido en África / included in Africa"
    (caveat,) = [one for one in caveats(asked(WITHHELD, "SEN")) if "incluido en África" in one.title.es]
    assert "11 períodos de agosto de 2022 a agosto de 2023" in caveat.text.es


def test_the_row_that_holds_others_names_them() -> None:
    (caveat,) = [one for one in caveats(asked(WITHHELD, "X_AFRICA")) if "qué reúne" in one.title.es]
    assert caveat.text.en.startswith("Cameroon, Eritrea and Senegal (")


def test_a_withheld_nationality_says_so_in_each_cell_and_once_beside_the_figures() -> None:
    found = asked(WITHHELD, "COL")
    (column,) = found.columns
    assert [note.en for note in notes_of(column, LAST)] == [
        "Figure withheld to protect people; it is not zero and is not added."
    ]
    assert "Costa Rica: cifras retenidas" in [one.title.es for one in caveats(found)]


def test_one_month_that_is_withheld_is_named() -> None:
    (caveat,) = [one for one in caveats(asked(WITHHELD, "_T")) if "retenidas" in one.title.es]
    assert "febrero de 2023" in caveat.text.es


def test_rounded_figures_are_said_to_be_so() -> None:
    (caveat,) = [one for one in caveats(asked(ROUNDED, "VEN")) if "aproximadas" in one.title.es]
    assert "redondeadas a múltiplos de 5" in caveat.text.es


def test_a_group_of_regions_over_a_withheld_one_has_no_value() -> None:
    (column,) = asked(WITHHELD, "EXTRA").columns
    assert (column.figures[LAST].value, column.figures[LAST].status) == (None, "Q")


# Two reporters side by side


def test_a_comparison_tells_that_a_table_is_protected_and_leaves_its_figures_alone() -> None:
    both = pl.concat([observations(WITHHELD), observations(ROUNDED)])
    found = reconcile(both, "CRI", "NIC", datasets=protected_datasets(), calendar=())
    told = [one.text.es for one in found.reasons if one.code == "PROTECTION"]
    assert len(told) == 2
    assert "sus cifras (a) son aproximadas, redondeadas a múltiplos de 5" in told[1]
    senegal = next(row for row in found.nationalities if row.code == "SEN")
    assert senegal.first.figure.told.rolled_up == "X_AFRICA"
    assert "PROTECTION" in senegal.reasons
    table = as_table(found).filter(pl.col("CITIZENSHIP") == "SEN").row(0, named=True)
    assert (table["FIRST_STATUS"], table["FIRST_NOTE"]) == (
        "K",
        "K(X_AFRICA) incluido en África / included in Africa",
    )
    assert {"value": 235, "status": "A", "note": rounded_note(5)} in [one["second"] for one in as_json(found)["months"]]


def test_nothing_is_said_of_protection_where_no_figure_of_a_reporter_is_protected() -> None:
    exact = observations(ROUNDED).filter(pl.col("CITIZENSHIP") == "VEN").with_columns(NOTE=pl.lit(""))
    both = pl.concat([observations(WITHHELD), exact])
    found = reconcile(both, "CRI", "NIC", datasets=protected_datasets(), calendar=())
    assert len([one for one in found.reasons if one.code == "PROTECTION"]) == 1


def test_a_reporter_whose_months_are_all_withheld_is_not_called_silent() -> None:
    at = month(2023, 2)
    both = pl.concat([observations(WITHHELD, at, at), observations(ROUNDED, at, at)])
    found = reconcile(both, "CRI", "NIC", datasets=protected_datasets(), calendar=())
    assert (found.months[0].first.status, found.months[0].difference) == ("Q", None)


def test_a_row_of_nationalities_taken_together_cannot_exist_at_a_reporter_without_one() -> None:
    (column,) = asked(ROUNDED, "X_ASIA").columns
    assert (column.figures[LAST].value, column.figures[LAST].status) == (None, "M")


def test_a_region_that_a_rounded_table_does_not_list_is_a_rounded_zero() -> None:
    (column,) = asked(ROUNDED, "EUROPE").columns
    assert (column.figures[LAST].value, column.figures[LAST].told) == (0, FIVES)


def test_of_many_nationalities_in_one_row_the_first_are_named_and_the_rest_counted() -> None:
    notes = Notes()
    codes = ("AGO", "BDI", "BEN", "BFA", "BWA", "CAF", "CIV", "CMR", "CPV", "DJI")
    holds(Figure(SERIES, 20, "W"), codes, notes)
    assert notes.all()[0].text.en.startswith("Nicaragua: this row holds Angola, Burundi, Benin, Burkina Faso")
    assert "Cameroon and 2 more, without figures" in notes.all()[0].text.en


def test_a_row_that_holds_very_many_names_the_first_of_them() -> None:
    codes = [code.id for code in codelist("citizenship") if region(code.id) == "EUROPE" and code.id != "X_EUROPE"]
    held_rows = observations(ROUNDED, LAST, LAST).filter(pl.col("CITIZENSHIP") == "SEN")
    rows_ = pl.concat(
        [
            held_rows.with_columns(
                CITIZENSHIP=pl.lit(code).cast(held_rows.schema["CITIZENSHIP"]),
                NOTE=pl.lit("K(X_EUROPE) incluido en Europa / included in Europe"),
            )
            for code in codes
        ]
    )
    dataset = protected_datasets()[ROUNDED]
    known = Catalogue((dataset,), FIRST, LAST)
    question = read_question({"origin": ["X_EUROPE"]}, known)
    found = answer(question, read_lines(pl.concat([observations(ROUNDED, LAST, LAST), rows_]), dataset), known)
    (caveat,) = [one for one in caveats(found) if "qué reúne" in one.title.es]
    assert f"y {len(codes) - 20} nacionalidades más" in caveat.text.es
