"""Each profile of the program carries samples, and does what they say."""

import pytest

from istmo.intake.profiles import builtin_profiles
from istmo.intake.testing import run_samples

PROFILES = tuple(builtin_profiles())


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_does_what_its_samples_say(profile: str) -> None:
    failures = run_samples(builtin_profiles()[profile])
    assert [(failure.sample, failure.message.en) for failure in failures] == []


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_has_a_sample_and_a_title_of_its_own(profile: str) -> None:
    read = builtin_profiles()[profile]
    assert read.samples
    assert read.title.es != profile
    assert read.recognise.header or read.recognise.first_lines


def test_agency_is_who_counted_never_who_repackaged() -> None:
    agencies = {profile.reporter: set() for profile in builtin_profiles().values()}
    for profile in builtin_profiles().values():
        agencies[profile.reporter].add(profile.agency)
    assert agencies == {
        "PAN": {"SNM"},
        "HND": {"INM"},
        "MEX": {"UPMRIP"},
        "GTM": {"IGM"},
        "USA": {"CBP"},
        "CRI": {"DGME"},
        "UNHCR": {"UNHCR"},
        "IOM": {"MMP"},
    }
