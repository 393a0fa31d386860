"""Whatever the figures: no sentence offends, none is told of fewer than fifty, inside a band or across a break."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.statistics.frames import Row, frame, of
from tests.unit.statistics.reading import texts

from istmo.model.periods import month, months
from istmo.model.text import Text
from istmo.registry.datasets import dataset, datasets
from istmo.statistics.anomalies.review import AT_LEAST, MOVEMENT, review
from istmo.statistics.anomalies.values import Band, Direction, Kind, Subject, Why
from istmo.statistics.anomalies.words import OF_CHILDREN, RETURNS, needs, told, why_left_out
from istmo.statistics.checks import cross_checks
from istmo.statistics.comparability import Figure, Series
from istmo.statistics.wording import banned_words

AT = month(2023, 8)
IDS = (
    "PAN.SNM.cuadro003",
    "HND.INM.flujo",
    "MEX.UPMRIP.3.1.1",
    "MEX.UPMRIP.3.2.4",
    "GTM.IGM.retornados",
    "USA.CBP.nationwide",
)
CODES = ("VEN", "HTI", "SEN", "IND", "CHN", "TWN", "X_CONGO", "GIN", "_O", "_U", "XXA", "USA")
COUNTS = st.none() | st.integers(0, 400)
COLUMN = st.tuples(
    st.sampled_from(IDS),
    st.sampled_from(CODES),
    st.sampled_from(("_T", "Y_LT18")),
    st.lists(COUNTS, min_size=13, max_size=13),
    st.lists(COUNTS, max_size=4),
)


def rows_of(columns: list[tuple[str, str, str, list[int | None], list[int | None]]]) -> list[Row]:
    rows = []
    for id_, code, age, year, earlier in columns:
        where = {"BORDER": "SWB"} if id_.startswith("USA") else {}
        dims = {"CITIZENSHIP": code, "AGE": age, **where}
        rows += [of(id_, str(at), value, **dims) for at, value in zip(months(AT.plus(-12), AT), year, strict=True)]
        rows += [of(id_, str(AT.plus(-12 * (2 + back))), value, **dims) for back, value in enumerate(earlier)]
    return rows


@settings(deadline=None, max_examples=60)
@given(st.lists(COLUMN, max_size=6, unique_by=lambda column: column[:3]))
def test_what_is_told_is_outside_its_bands_counts_fifty_and_offends_nobody(
    columns: list[tuple[str, str, str, list[int | None], list[int | None]]],
) -> None:
    held = frame(*rows_of(columns))
    found = review(held, AT, datasets=datasets(), findings=cross_checks(held, datasets=datasets()))
    for one in found.anomalies:
        value = one.figure.value
        assert value is not None
        assert value >= AT_LEAST
        assert not one.of_year.holds(value)
        assert one.of_season is None or not one.of_season.holds(value)
        assert one.of_year.figures >= 9
        touching = [
            each.period
            for each in one.series.dataset.breaks_on("total", one.series.measure)
            if AT.plus(-12) < each.period <= AT
        ]
        assert all(one.of_year.figures <= (AT.year - at.year) * 12 + AT.number - at.number for at in touching)
        assert one.subject.code not in ("_O", "_U", "XXA")
    assert all((one.figure.value or 0) >= AT_LEAST for one in found.left_out)
    assert found.examined >= len(found.anomalies) + len(found.left_out)
    assert len({one.id for one in found.anomalies}) == len(found.anomalies)
    assert [banned_words(f"{text.es} {text.en}") for text in texts(found) if banned_words(f"{text.es} {text.en}")] == []


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(IDS),
    st.sampled_from((*MOVEMENT, *RETURNS, *OF_CHILDREN)),
    st.sampled_from(list(Kind)),
    st.sampled_from(CODES),
    st.sampled_from(list(Direction)),
    st.integers(50, 10**6),
    st.sampled_from("AP"),
    st.none() | st.integers(3, 9),
    st.integers(0, 9),
)
def test_every_sentence_names_who_registered_and_offends_nobody(
    id_: str,
    measure: str,
    kind: Kind,
    code: str,
    direction: Direction,
    value: int,
    status: str,
    season: int | None,
    years: int,
) -> None:
    series = Series(dataset(id_), dataset(id_).measures[0])
    subject = Subject(kind, code)
    usual = Band(value / 3, value / 50, 12)
    sentences = [
        told(
            Figure(series, value, status),
            subject,
            AT,
            direction,
            of_year=usual,
            of_season=None if season is None else Band(value / 4, 1, season),
            years=years,
        ),
        needs(measure, subject, direction),
        *(why_left_out(why, months=years, needed=9, since=AT) for why in Why),
    ]
    for sentence in sentences:
        assert isinstance(sentence, Text)
        assert banned_words(sentence.es) == banned_words(sentence.en) == ()
        assert sentence.es.endswith(".")
        assert sentence.en.endswith(".")
    assert f"{value:,}" in sentences[0].es
    assert f"{value:,}" in sentences[0].en


def test_the_words_that_offend_are_found_wherever_they_stand() -> None:
    found = ["migrantes ilegales", "una Oleada", "avalancha", "aliens", "the surge", "crisis", "vulnerable", "hindú"]
    assert all(banned_words(f"Se habla de {text} aquí.") for text in found)
    clean = "personas en situación migratoria irregular y en situación de vulnerabilidad; a flow of people in need"
    assert banned_words(clean) == ()
