"""What a cell counts is never divided among the nationalities of its list, nor counted under one of them."""

import io

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from istmo.intake.profiles import builtin_profiles
from istmo.intake.run import intake

PROFILE = builtin_profiles()["IOM.MMP.incidents"]
CODES = ("HTI", "VEN", "COD", "MEX", "UNK")
INCIDENTS = st.lists(
    st.tuples(
        st.sampled_from(["2016-08-01", "2016-09-01"]),
        st.sampled_from(["MEX", "PAN"]),
        st.integers(0, 60),
        st.lists(st.sampled_from(CODES), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=150, deadline=None)
@given(incidents=INCIDENTS)
def test_each_code_has_what_the_source_gives_it_alone_and_a_list_all_of_its_number(incidents: list[tuple]) -> None:
    lines = [
        f'{month},Central American Route,{country},{dead},"{",".join(codes)}"'
        for month, country, dead, codes in incidents
    ]
    text = "\n".join(["m,route,geo,dead,nat", *lines])
    frame = intake(io.BytesIO(text.encode()), filename="mmp.csv", profile=PROFILE).observations
    for month in ("2016-08", "2016-09"):
        for country in ("MEX", "PAN"):
            held = frame.filter(pl.col("PERIOD") == month, pl.col("COUNTERPART") == country)
            found = dict(held.select(pl.col("CITIZENSHIP").cast(pl.String), "OBS_VALUE").rows())
            of_cell = [each for each in incidents if each[0][:7] == month and each[1] == country]
            alone = {
                "_U" if code == "UNK" else code: sum(dead for _, _, dead, codes in of_cell if set(codes) == {code})
                for code in CODES
                if any(set(codes) == {code} for _, _, _, codes in of_cell)
            }
            lists = [(dead, codes) for _, _, dead, codes in of_cell if len(set(codes)) > 1]
            expected = alone | ({"_MULTI": sum(dead for dead, _ in lists)} if lists else {})
            assert found == expected
            notes = " ".join(held.filter(pl.col("CITIZENSHIP") == "_MULTI")["NOTE"])
            assert all(", ".join("_U" if code == "UNK" else code for code in codes) in notes for _, codes in lists)
