"""What `suggest` drafts for the files that we have profiles of: nearly all of each profile, no wrong code, no row lost.

Each decision is answered as our own profile would; what the draft does not offer counts as missing. The figures are
printed by `pytest -s`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from istmo.app.demonstration import DemoFile, files
from istmo.intake.profiles import builtin_profiles

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "national"
SMALL: list[tuple[str, str, Mapping[str, str]]] = [
    ("pan_snm_cuadro003.csv", "PAN.SNM.cuadro003", {}),
    ("pan_snm_cuadro002.csv", "PAN.SNM.cuadro002", {"year": "2016"}),
    ("hnd_inm_flujo.csv", "HND.INM.flujo", {}),
    ("mex_upm_3_1_1.tsv", "MEX.UPM.3_1_1", {}),
    ("gtm_igm_rechazados.csv", "GTM.IGM.rechazados", {}),
    ("usa_cbp_nationwide.csv", "USA.CBP.nationwide", {}),
    ("cri_dgme_permisos.csv", "CRI.DGME.permisos", {}),
    ("mex_upmrip_bdsiomr.csv", "MEX.UPMRIP.bdsiomr", {}),
]
REAL = [
    ("flows/irreg_darien_nat.csv", "PAN.SNM.gdi_nat"),
    ("flows/irreg_darien_dmg.csv", "PAN.SNM.gdi_dmg"),
    ("flows/irreg_honduras.csv", "HND.INM.gdi_total"),
    ("flows/irreg_honduras_nat.csv", "HND.INM.gdi_nat"),
    ("flows/irreg_honduras_dmg.csv", "HND.INM.gdi_dmg"),
    ("flows/irreg_mexico_nat.csv", "MEX.UPMRIP.gdi_nat"),
    ("flows/irreg_mexico_dmg.csv", "MEX.UPMRIP.gdi_dmg"),
    ("flows/irreg_mexico_exp.csv", "MEX.UPMRIP.gdi_returns"),
    ("flows/irreg_guatemala.csv", "GTM.IGM.gdi_returns"),
    ("flows/irreg_usa.csv", "USA.CBP.gdi_sw"),
    ("us_cbp/cbp-nationwide-encounters-fy20-fy23-state.csv", "USA.CBP.nationwide_state"),
]
ENOUGH = 0.95


def judged(compared: Any, name: str) -> tuple[int, int]:
    """Prints how much of our profile is proposed, and holds what must hold for every file."""
    proposed, of = compared.fields
    print(
        f"\n{name}: {proposed} of {of} fields proposed, {len(compared.proposed)} of "
        f"{len(compared.proposed) + len(compared.missing)} with each label apart; {len(compared.draft.decisions)} "
        f"decisions give {len(compared.marked)} of these; missing: {', '.join(compared.missing) or '-'}"
    )
    assert (compared.lost, compared.wrong) == (0, 0)
    assert compared.failures == ()
    return proposed, of


def test_of_the_eight_layouts_nearly_every_field_is_proposed(compare: Callable[..., Any]) -> None:
    total = [0, 0]
    for name, profile, parameters in SMALL:
        data = (FIXTURES / name).read_bytes()
        compared = compare(data, filename=name, ours=builtin_profiles()[profile], parameters=parameters)
        proposed, of = judged(compared, name)
        total = [total[0] + proposed, total[1] + of]
    print(f"\n{total[0]} of {total[1]} fields: {total[0] / total[1]:.1%}")
    assert total[0] >= ENOUGH * total[1]


@pytest.mark.reference
def test_of_the_eleven_real_files_nearly_every_field_is_proposed(
    compare: Callable[..., Any], reference_data: Path
) -> None:
    total = [0, 0]
    for name, profile in REAL:
        data = (reference_data / "data" / name).read_bytes()
        compared = compare(data, filename=Path(name).name, ours=builtin_profiles()[profile], parameters={})
        proposed, of = judged(compared, name)
        total = [total[0] + proposed, total[1] + of]
    print(f"\n{total[0]} of {total[1]} fields: {total[0] / total[1]:.1%}")
    assert total[0] >= ENOUGH * total[1]


NATIONAL = ("PAN", "HND", "MEX", "GTM", "USA")


@pytest.mark.parametrize(
    "file", [file for file in files() if file.profile.startswith(NATIONAL)], ids=lambda file: file.name
)
def test_of_the_files_of_the_region_nearly_every_field_is_proposed(compare: Callable[..., Any], file: DemoFile) -> None:
    """Real files of more layouts than the fixtures: months to come, blank columns, merged cells, levels of measures."""
    ours = builtin_profiles()[file.profile]
    compared = compare(file.content(), filename=file.name, ours=ours, parameters=dict(file.parameters))
    proposed, of = judged(compared, file.name)
    assert proposed >= 0.9 * of
