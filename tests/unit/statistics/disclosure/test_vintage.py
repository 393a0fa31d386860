"""What leaves of a protected vintage: no small count, no sum that gives one, in any column that the file crosses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from istmo.model.errors import InvalidInput
from istmo.model.observations import COLUMNS, DEFAULTS, schema
from istmo.registry.datasets import datasets
from istmo.statistics.disclosure import vintage
from istmo.statistics.disclosure.arrived import check_rows, check_tables
from istmo.statistics.disclosure.attackers.propagation import bounds
from istmo.statistics.disclosure.register import Published, Register, append
from istmo.statistics.disclosure.rules import Rules, region_rules
from istmo.statistics.disclosure.union import attacked
from istmo.statistics.disclosure.vintage import Context, ProtectedVintage, protect_vintage
from istmo.statistics.disclosure.witness import Suppression

AT = datetime(2023, 9, 14, tzinfo=UTC)
OPEN = replace(datasets()["PAN.SNM.cuadro003"], nationality_list="open", public_at_source=False)
FIXED = replace(OPEN, nationality_list="fixed", nationality_codes=frozenset({"HTI", "CUB", "ERI", "_O"}))
AUGUST = {"HTI": 120, "CUB": 40, "VEN": 500, "SOM": 60, "KEN": 9, "ERI": 2, "IND": 3, "NPL": 2, "XXA": 2}
HEAD = {"REPORTER": "PAN", "AGENCY": "SNM", "DATASET": "cuadro003", "MEASURE": "TRA_IRR", "UNIT": "REGISTRATION"}
LOAD = {"VINTAGE": "2023-09-14.1591", "SOURCE_HASH": "0" * 64, "PROFILE": "x@1.0.0"}


def frame(rows: Sequence[Mapping[str, Any]], period: str = "2023-08") -> pl.DataFrame:
    types = {column: pl.Int64 if column == "OBS_VALUE" else pl.String for column in COLUMNS}
    full = [{**HEAD, "PERIOD": period, **DEFAULTS, **LOAD, **row} for row in rows]
    return pl.DataFrame(full, schema=types).cast(dict(schema()))  # type: ignore[arg-type]


def by_nationality(counts: Mapping[str, int], period: str = "2023-08") -> pl.DataFrame:
    return frame([{"CITIZENSHIP": code, "OBS_VALUE": n} for code, n in counts.items()], period)


def rules(id_: str, **changes: Any) -> Rules:
    return replace(region_rules()[id_], **changes)


def context(used: Rules, **changes: Any) -> Context:
    return replace(Context(used, bytes(range(32)), "2023-09-14.1591", AT), **changes)


def made(
    rows: pl.DataFrame,
    id_: str = "headline-flows",
    register: Register | None = None,
    dataset: Any = OPEN,
    **changes: Any,
) -> ProtectedVintage:
    return protect_vintage(rows, dataset, register or Register(), context(rules(id_, **changes)))


def shown(protected: ProtectedVintage, *columns: str) -> dict[Any, tuple[int | None, str]]:
    kept = protected.frame.filter((pl.col("OBS_VALUE") > 0) | (pl.col("OBS_STATUS").cast(pl.String) == "Q"))
    columns = columns or ("CITIZENSHIP",)
    rows = kept.select(*(pl.col(c).cast(pl.String) for c in columns), "OBS_VALUE", pl.col("OBS_STATUS").cast(pl.String))
    return {tuple(row[:-2]) if len(columns) > 1 else row[0]: (row[-2], row[-1]) for row in rows.iter_rows()}


def test_small_nationalities_stand_in_the_row_of_their_region_or_of_several() -> None:
    protected = made(by_nationality(AUGUST))
    assert shown(protected) == {
        "_T": (738, "A"),
        "HTI": (120, "A"),
        "CUB": (40, "A"),
        "VEN": (500, "A"),
        "SOM": (60, "A"),
        "X_AFRICA": (11, "W"),
        "X_MIXED": (7, "W"),
    }
    notes = dict(protected.frame.select("CITIZENSHIP", "NOTE").iter_rows())
    assert notes["KEN"] == "K(X_AFRICA) incluido en África / included in Africa"
    assert notes["X_AFRICA"].startswith("W(59) incluye 59")
    (told,) = protected.told
    assert [(row.code, row.count, row.holds) for row in told.rows] == [
        ("X_AFRICA", 11, (("ERI", 2), ("KEN", 9))),
        ("X_MIXED", 7, (("IND", 3), ("NPL", 2), ("XXA", 2))),
    ]
    assert told.as_json()["rows"][0] == {"code": "X_AFRICA", "count": 11, "holds": [["ERI", 2], ["KEN", 9]]}
    assert (told.withheld, told.revises) == ((), False)
    (entry,) = protected.entries
    assert attacked([entry], attack=bounds)[1] == ()


def test_every_combination_has_a_row_whoever_is_there() -> None:
    one, other = made(by_nationality(AUGUST), "monthly-flows"), made(by_nationality({"HTI": 900}), "monthly-flows")
    codes = set(one.frame["CITIZENSHIP"].to_list())
    assert set(other.frame["CITIZENSHIP"].to_list()) == codes
    assert {"FRA", "TGO", "_U"} <= codes


def test_rounded_figures_say_so_and_exact_totals_do_not() -> None:
    protected = made(by_nationality(AUGUST), "monthly-flows")
    notes = {
        code: (value, note) for code, value, note in protected.frame.select("CITIZENSHIP", "OBS_VALUE", "NOTE").rows()
    }
    assert notes["HTI"] == (120, "")
    for code in ("ERI", "IND", "FRA"):
        value, note = notes[code]
        assert value in (0, 5)
        assert note.startswith("ROUND(5) ")
    assert {row["OBS_STATUS"] for row in protected.frame.rows(named=True)} == {"A"}


def test_a_sensitive_table_prints_zero_and_small_alike() -> None:
    protected = made(by_nationality(AUGUST), "sensitive-flows")
    rows = {row["CITIZENSHIP"]: row for row in protected.frame.rows(named=True)}
    for code in ("ERI", "FRA"):
        assert (rows[code]["OBS_VALUE"], rows[code]["OBS_STATUS"], rows[code]["NOTE"][:10]) == (None, "Q", "RANGE(0-9)")
    assert rows["VEN"]["OBS_VALUE"] % 10 == 0
    assert rows["VEN"]["NOTE"].startswith("ROUND(10) ")


def test_a_member_whose_policy_is_the_nearest_ten_is_taken_as_it_is() -> None:
    used = region_rules()["usa-flows"]
    protected = protect_vintage(by_nationality(AUGUST), OPEN, Register(), context(used))
    values = dict(protected.frame.select("CITIZENSHIP", "OBS_VALUE").rows())
    assert (values["HTI"], values["CUB"], values["KEN"], values["ERI"]) == (120, 40, 10, 0)


def test_the_fixed_list_of_a_source_is_all_that_it_lists() -> None:
    protected = made(by_nationality({"HTI": 120, "CUB": 40, "ERI": 8, "_O": 6}), dataset=FIXED)
    assert set(protected.frame["CITIZENSHIP"].to_list()) == {"HTI", "CUB", "ERI", "_O", "_T"}


CROSSED = [
    *({"SEX": "F", "AGE": age, "OBS_VALUE": n} for age, n in (("Y0T4", 3), ("Y5T11", 30), ("Y_GE18", 80))),
    *({"SEX": "M", "AGE": age, "OBS_VALUE": n} for age, n in (("Y0T4", 12), ("Y5T11", 31), ("Y_GE18", 90))),
]


def sexes_and_ages(**changes: Any) -> Rules:
    dimensions = tuple(
        replace(region_rules()["monthly-flows"].dimensions[0], name=n) for n in ("SEX", "AGE", "CITIZENSHIP")
    )
    return rules("headline-flows", dimensions=dimensions, headline=(), **changes)


def test_columns_that_the_file_crosses_are_one_table_and_others_another() -> None:
    rows = frame([*CROSSED, *({"CITIZENSHIP": c, "OBS_VALUE": n} for c, n in {"HTI": 200, "CUB": 46}.items())])
    protected = protect_vintage(rows, OPEN, Register(), context(sexes_and_ages()))
    assert [one.table for one in protected.entries] == ["SEX+AGE", "CITIZENSHIP"]
    seen = shown(protected, "SEX", "AGE")
    assert seen["F", "Y0T4"] == (None, "Q")
    assert seen["_T", "Y_LT12"] == (76, "A")
    assert shown(protected.__class__(protected.frame.filter(pl.col("SEX") == "_T", pl.col("AGE") == "_T"), (), ()))[
        "HTI"
    ] == (
        200,
        "A",
    )
    assert any(one.small and one.count == 3 for one in protected.told[0].withheld)
    assert attacked(list(protected.entries), attack=bounds)[1] == ()


def test_margins_that_the_file_prints_must_be_the_sums_of_their_parts() -> None:
    printed = [{"SEX": "F", "OBS_VALUE": 113}, {"OBS_VALUE": 246}]
    assert protect_vintage(frame([*CROSSED, *printed]), OPEN, Register(), context(sexes_and_ages())).entries
    with pytest.raises(InvalidInput) as refused:
        protect_vintage(frame([*CROSSED, {"OBS_VALUE": 247}]), OPEN, Register(), context(sexes_and_ages()))
    assert refused.value.rule == "F115"
    assert refused.value.place.startswith("TRA_IRR 2023-08")


def test_a_total_alone_is_a_table_of_one_cell() -> None:
    protected = made(frame([{"OBS_VALUE": 246}]))
    assert [one.table for one in protected.entries] == ["_T"]
    assert shown(protected) == {"_T": (246, "A")}
    assert protected.told[0].rows == ()


def test_places_and_borders_are_listed_and_withheld() -> None:
    dimensions = tuple(replace(region_rules()["monthly-flows"].dimensions[0], name=n) for n in ("PLACE", "BORDER"))
    used = rules("headline-flows", dimensions=dimensions, headline=(), roll_up=())
    some = sorted(one.id for one in vintage.places().values() if one.member == "PAN")[:2]
    rows = frame(
        [
            *({"PLACE": place, "OBS_VALUE": n} for place, n in zip(some, (3, 90), strict=True)),
            {"BORDER": "NLB", "OBS_VALUE": 93},
        ]
    )
    protected = protect_vintage(rows, OPEN, Register(), context(used))
    assert [one.table for one in protected.entries] == ["BORDER", "PLACE"]
    assert shown(protected, "PLACE")[some[0]] == (None, "Q")


def test_months_that_were_not_reported_pass_and_half_reported_ones_do_not() -> None:
    missing = frame([{"OBS_VALUE": None, "OBS_STATUS": "O"}], "2023-07")
    protected = made(pl.concat([missing, by_nationality(AUGUST)]))
    assert protected.frame.filter(pl.col("PERIOD") == "2023-07")["OBS_STATUS"].to_list() == ["O"]
    with pytest.raises(InvalidInput, match="without a figure"):
        made(pl.concat([frame([{"CITIZENSHIP": "BRA", "OBS_VALUE": None, "OBS_STATUS": "L"}]), by_nationality(AUGUST)]))


def test_what_the_rules_do_not_provide_for_is_refused() -> None:
    with pytest.raises(InvalidInput, match="column ENTRY_MODE") as refused:
        made(frame([{"ENTRY_MODE": "INADM", "OBS_VALUE": 9}, {"OBS_VALUE": 9}]))
    assert refused.value.rule == "F110"
    used = rules("monthly-flows", method=vintage.Method.CELL_KEY, headline=())
    with pytest.raises(InvalidInput, match="method “cell_key”"):
        protect_vintage(by_nationality(AUGUST), OPEN, Register(), context(used))


def test_no_table_by_nationality_and_place_leaves_exact() -> None:
    some = sorted(one.id for one in vintage.places().values() if one.member == "PAN")[:2]
    crossed = [{"CITIZENSHIP": code, "PLACE": place, "OBS_VALUE": 40} for code in ("HTI", "CUB") for place in some]
    with pytest.raises(InvalidInput, match="CITIZENSHIP × PLACE is not published exact") as refused:
        made(frame(crossed))
    assert (refused.value.rule, refused.value.place) == ("F110", "2023-08")
    apart = [{"CITIZENSHIP": "HTI", "OBS_VALUE": 160}, *({"PLACE": one, "OBS_VALUE": 80} for one in some)]
    leaves = made(frame(apart))
    assert [one.table for one in leaves.entries] == ["CITIZENSHIP", "PLACE"]
    check_tables(leaves.entries, OPEN, region_rules()["headline-flows"])
    whole = rules("headline-flows", headline=())
    sent = protect_vintage(frame(crossed), OPEN, Register(), context(whole)).entries
    told = replace(sent[0], rules=region_rules()["headline-flows"].digest)
    with pytest.raises(InvalidInput, match="is not published exact"):
        check_tables([told], OPEN, region_rules()["headline-flows"])


def test_a_proof_that_fails_stops_the_release(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(cube: Any, *, threshold: int, required: Any, chance: Any) -> Suppression:
        true = (cube.counts > 0) & (cube.counts < threshold)
        return Suppression(true, true, ())

    monkeypatch.setattr(vintage, "suppress", nothing)
    with pytest.raises(InvalidInput, match="could not be proved"):
        made(by_nationality({"HTI": 120, "ERI": 2}), roll_up=())


def test_the_same_again_is_nothing_new_and_other_figures_are_a_revision() -> None:
    register = append(Register(), made(by_nationality(AUGUST)).entries)
    again = made(by_nationality(AUGUST), register=register)
    assert again.entries == ()
    assert shown(again)["HTI"] == (120, "A")
    late = made(by_nationality({**AUGUST, "HTI": 122}), register=register)
    (entry,) = late.entries
    assert (entry.state, entry.revises) == (1, True)
    assert shown(late)["HTI"] == (None, "Q")
    assert [one.small for one in late.told[0].withheld] == [False, False]
    register = append(register, late.entries)
    more = made(by_nationality({**AUGUST, "HTI": 180}), register=register)
    assert [one.state for one in more.entries] == [2]
    assert shown(more)["HTI"] == (None, "Q")


def test_a_correction_does_not_give_away_what_the_version_before_withheld() -> None:
    """Of 3 girls and a guard of 12 boys, 13 girls are left: were the 12 shown now, the first total less 12 is 3."""
    used = context(sexes_and_ages())
    first = protect_vintage(frame(CROSSED), OPEN, Register(), used)
    before = {cell for cell, (value, _) in shown(first, "SEX", "AGE").items() if value is None}
    assert ("F", "Y0T4") in before
    more = frame([{**row, "OBS_VALUE": row["OBS_VALUE"] + 10 * (row["OBS_VALUE"] == 3)} for row in CROSSED])
    (entry,) = first.entries
    second = protect_vintage(more, OPEN, append(Register(), first.entries), used)
    assert {cell for cell, (value, _) in shown(second, "SEX", "AGE").items() if value is None} >= before
    assert entry.protected.withheld.sum() >= 2
    alone = protect_vintage(more, OPEN, Register(), used)
    assert all(value is not None for value, _ in shown(alone, "SEX", "AGE").values())


@pytest.mark.parametrize("id_", ["headline-flows", "monthly-flows"])
def test_what_is_withheld_or_rounded_hangs_on_the_secret_of_the_node(id_: str) -> None:
    """With the same secret the same leaves, with others not always: nobody without it can make the pattern again."""
    used = rules(id_, headline=(), roll_up=())
    table = by_nationality({"HTI": 22, "CUB": 24, "VEN": 21, "COL": 23, "ERI": 2})
    made_with = [
        protect_vintage(table, OPEN, Register(), context(used, secret=bytes([number]) * 32)).frame
        for number in (0, 0, *range(1, 9))
    ]
    assert made_with[0].equals(made_with[1])
    assert any(not made_with[0].equals(other) for other in made_with[2:])


def test_two_tables_of_a_month_are_revised_in_one_state() -> None:
    used = context(sexes_and_ages())
    nations = [{"CITIZENSHIP": c, "OBS_VALUE": n} for c, n in {"HTI": 200, "CUB": 46}.items()]
    first = protect_vintage(frame([*CROSSED, *nations]), OPEN, Register(), used)
    register = append(Register(), first.entries)
    changed = [{**row, "OBS_VALUE": row["OBS_VALUE"] + 40} for row in CROSSED]
    nations = [{"CITIZENSHIP": c, "OBS_VALUE": n} for c, n in {"HTI": 360, "CUB": 126}.items()]
    second = protect_vintage(frame([*changed, *nations]), OPEN, register, used)
    assert [(one.table, one.state, one.revises) for one in second.entries] == [
        ("SEX+AGE", 1, True),
        ("CITIZENSHIP", 1, True),
    ]


# --- what arrives at the hub ---


def sent(id_: str = "headline-flows") -> tuple[ProtectedVintage, tuple[Published, ...], Rules]:
    protected = made(by_nationality({**AUGUST, "BRA": 3, "ARG": 7}), id_)
    return protected, protected.entries, region_rules()[id_]


@pytest.mark.parametrize("id_", ["headline-flows", "monthly-flows", "sensitive-flows", "usa-flows"])
def test_what_a_node_makes_is_what_the_hub_expects(id_: str) -> None:
    protected, tables, used = sent(id_)
    check_tables(tables, OPEN, used)
    missing = frame([{"OBS_VALUE": None, "OBS_STATUS": "O"}], "2023-07")
    check_rows(pl.concat([missing, protected.frame]), tables, OPEN)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: {**row, "OBS_VALUE": 121} if row["CITIZENSHIP"] == "HTI" else row,
        lambda row: {**row, "OBS_VALUE": 2, "OBS_STATUS": "A"} if row["CITIZENSHIP"] == "ERI" else row,
        lambda row: {**row, "OBS_VALUE": None, "OBS_STATUS": "Q"} if row["CITIZENSHIP"] == "HTI" else row,
        lambda row: {**row, "SEX": "F"},
        lambda row: {**row, "PERIOD": "2023-07"},
        lambda row: {**row, "MEASURE": "ENT_IRR"},
    ],
)
def test_a_row_that_the_table_does_not_show_is_refused(change: Any) -> None:
    protected, tables, _ = sent()
    changed = pl.DataFrame([change(row) for row in protected.frame.rows(named=True)], schema=schema())
    with pytest.raises(InvalidInput) as refused:
        check_rows(changed, tables, OPEN)
    assert refused.value.rule == "F85"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"population": "HND.INM.x/TRA_IRR/REGISTRATION"}, "of another dataset"),
        ({"rules": "other"}, "does not follow the rules"),
        ({"threshold": 3}, "does not follow the rules"),
        ({"strict": False}, "other than its cells"),
    ],
)
def test_a_table_that_the_rules_do_not_make_is_refused(changes: dict[str, Any], said: str) -> None:
    _, tables, used = sent()
    with pytest.raises(InvalidInput, match=said):
        check_tables([replace(one, **changes) for one in tables], OPEN, used)
    lower, upper = tables[0].bounds
    loose = replace(tables[0], reader=(lower * 0, upper))
    with pytest.raises(InvalidInput, match="other than its cells"):
        check_tables([loose], OPEN, used)
