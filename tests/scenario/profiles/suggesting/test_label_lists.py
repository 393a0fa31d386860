"""The labels of real systems, from UNTERM to misspellings that others collected: each is right, or a person decides.

A list is made into a file as an agency would export it, `suggest` drafts its profile, and the profile reads the file
with every decision left open (its labels in quarantine): what is then accepted must carry the code of the list.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
import pytest
import yaml

from istmo.intake.profiles import read_profile
from istmo.intake.run import intake
from istmo.intake.suggesting.answering import profile_text
from istmo.intake.suggesting.drafting import suggest
from istmo.intake.suggesting.labelling import citizenships
from istmo.intake.suggesting.values import Decision, Draft
from istmo.intake.suggesting.writing import option_text
from istmo.model.codes import codelist
from istmo.model.labels import clean

pytestmark = pytest.mark.reference

Labels = Mapping[str, str]  # label to ISO 3166 alpha-3
CHUNK = 250
# Codes of the lists that are no alpha-2 of ours: parts of a State, a former one, one that ISO leaves to users.
ELSEWHERE = {"GB-WLS": "GBR", "GB-SCT": "GBR", "GB-NIR": "GBR", "GB-ENG": "GBR", "ZR": "COD", "XK": "XKX"}
# What the lists have wrong: WF is Wallis and Futuna, MR is Mauritania.
THEIR_ERRORS = {("WLF", "Welsh"), ("MRT", "Mauritian")}
FORMS = (
    *("UNTERM Spanish Short", "UNTERM English Short", "UNTERM Spanish Formal", "UNTERM English Formal"),
    *("official_name_es", "official_name_en", "CLDR display name"),
)


def iso3() -> Mapping[str, str]:
    """Alpha-3 by alpha-2, and by what the lists write in its place."""
    return ELSEWHERE | {
        code.attributes["iso2"]: code.id for code in codelist("citizenship") if "iso2" in code.attributes
    }


def lists(names: Path) -> Iterator[tuple[str, Labels]]:
    """Each list by its name, labels that the list itself gives to two codes left out."""
    for path in sorted(names.glob("cldr48_territories_*.json")):
        language = path.stem.removeprefix("cldr48_territories_")
        content = json.loads(path.read_text(encoding="utf-8"))["main"][language]
        territories = content["localeDisplayNames"]["territories"]
        yield (
            path.stem,
            unique((name, iso3().get(code[:2], "")) for code, name in territories.items() if code.isupper()),
        )
    for language in ("es", "en"):
        content = json.loads((names / f"i18n-nationality_{language}.json").read_text(encoding="utf-8"))
        yield (
            f"nationality_{language}",
            unique((name, iso3().get(code, "")) for code, name in content["nationalities"].items()),
        )
    rows = list(csv.DictReader(io.StringIO((names / "datasets_country-codes.csv").read_text(encoding="utf-8"))))
    for form in FORMS:
        yield form, unique((row[form], row["ISO3166-1-Alpha-3"]) for row in rows if row[form])
    rows = list(
        csv.DictReader(io.StringIO((names / "ocha_countries_territories_taxonomy.csv").read_text(encoding="utf-8-sig")))
    )
    for form in ("Preferred Term", "English Short", "Spanish Short", "M49 Spanish", "M49 English", "RW Short Name"):
        yield f"ocha {form}", unique((row[form], row["ISO 3166-1 Alpha 3-Codes"]) for row in rows if row[form])


def unique(pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for label, code in pairs:
        if (code, label) not in THEIR_ERRORS:
            found.setdefault(clean(label), set()).add(code)
    return {label: next(iter(codes)) for label, codes in found.items() if label and len(codes) == 1}


def left_open(decision: Decision) -> str:
    """The answer that decides least: out of the draft where that is an option, else anything."""
    written = [option_text(option) for option in decision.options]
    if decision.id == "profile":
        return "PAN.X.labels"
    if not written:
        return "Prueba"
    return "" if "" in written else written[0]


def read_with_all_left_open(labels: Labels) -> tuple[Draft, pl.DataFrame, int]:
    header, day = ["Fecha", "Nacionalidad", "Casos"], "2016-06-01"
    stream = io.StringIO()
    csv.writer(stream).writerows([header, *([day, label, str(n)] for n, label in enumerate(labels, start=1))])
    data = stream.getvalue().encode()
    draft = suggest(io.BytesIO(data), filename="lista.csv")
    text = profile_text(draft, {decision.id: left_open(decision) for decision in draft.decisions})
    result = intake(io.BytesIO(data), filename="lista.csv", profile=read_profile(text.encode(), name="x.yaml"))
    assert result.read == len(labels)
    return draft, result.observations, result.quarantined


def test_every_label_of_a_list_that_our_languages_write_is_right_or_left_to_a_person(reference_data: Path) -> None:
    wrong: list[str] = []
    counts = {"labels": 0, "decided": 0, "asked": 0}
    for name, labels in lists(reference_data / "data" / "names"):
        reading = citizenships(list(labels))
        counts["labels"] += len(labels)
        counts["decided"] += len(reading.decided)
        counts["asked"] += len(reading.undecided)
        wrong += [f"{name}: {label} {code}" for label, code in reading.decided.items() if code != labels[label]]
        assert len(reading.decided) + len(reading.undecided) == len(labels)
    print(f"\n{counts}")
    assert wrong == []


def test_every_alias_that_others_collected_is_right_or_left_to_a_person(reference_data: Path) -> None:
    aliases = yaml.safe_load((reference_data / "data" / "names" / "countrynames_1.17.0_data.yaml").read_text("utf-8"))
    codes = iso3()
    wrong: list[str] = []
    decided = total = 0
    for code, labels in aliases.items():
        wanted = codes.get(str(code))
        reading = citizenships([clean(str(label)) for label in labels if label])
        decided += len(reading.decided)
        total += len(labels)
        wrong += [
            f"{label} {found} for {code}"
            for label, found in reading.decided.items()
            if found != wanted and (wanted, label) not in THEIR_ERRORS
        ]
    print(f"\n{decided} of {total} aliases are decided, the rest is asked")
    assert wrong == []


def test_a_file_of_real_labels_loses_no_row_and_gives_no_wrong_code(reference_data: Path) -> None:
    for name, labels in lists(reference_data / "data" / "names"):
        if not name.startswith(("cldr48_territories_es", "cldr48_territories_en", "nationality", "UNTERM", "ocha")):
            continue
        known = dict(list(labels.items())[:CHUNK])
        draft, frame, quarantined = read_with_all_left_open(known)
        asked = {decision.id for decision in draft.decisions}
        of_value = dict(enumerate(known.items(), start=1))
        for code, value, note in frame.select("CITIZENSHIP", "OBS_VALUE", "NOTE").iter_rows():
            label, wanted = of_value.get(value, ("", ""))
            if "suma de" not in note and f"CITIZENSHIP.{label}" not in asked:
                assert code == wanted, f"{name}: {label}"
        sums = frame.filter(frame["NOTE"].str.contains("suma de")).height
        assert frame.height + quarantined + sums >= len(known), name
