"""XENONnT and LZ: the catalogue's numbers against the published files, and limits against independent ones."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from numm_stats.assembly.assembling import assemble_detector, assemble_scattering, observed_counts
from numm_stats.reproduction import reproduce
from numm_stats.reproduction.xenonnt import BACKGROUND, EVENTS, LZ, PUBLISHED, RISES, SIGNAL, flavour_shares
from numm_stats.verbs.limiting import limits
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import analysis_of, build_templates

ENTRY = "xenonnt-sr0"
REFERENCE = "signal.reference=1e-11"
RUNS = {"lz-ws2022": ("WS2022", 0.903), "lz-ws2024": ("WS2024", 3.313)}


@pytest.fixture(scope="module")
def values(shared):
    return tomllib.loads((shared / "figures" / "reference_values.toml").read_text())["xenon"]


@pytest.fixture(scope="module")
def files(shared):
    return shared / "data" / "xenonnt-sr0"


def by_path(files):
    """The same analysis, every number of the published files read from them."""
    background = f'{{kind="counts",name="B0",file="{files}/background_model.txt",unit="keV",per="tonne-year"'
    return load(
        ENTRY,
        (
            f'data={{kind="events",file="{files}/data_unbinned_1to30kev.txt",unit="keV"}}',
            f'detector.efficiency={{file="{files}/efficiency.txt",unit="keV",against="visible"}}',
            f"background=[{background},free=true,includes_weak=true}}]",
            REFERENCE,
        ),
    )


def rises(target):
    return {found.label: found.value for found in limits(target, constructions=("delta-chi2",))}


def test_events_are_those_of_the_file(files):
    typed = analysis_of(ENTRY).data.values
    assert typed == observed_counts(by_path(files))
    assert (len(typed), sum(typed)) == (290, EVENTS)


def test_background_is_that_of_the_file(files):
    typed, read = (build_templates(target)["B0"].values() for target in (load(ENTRY), by_path(files)))
    assert typed == pytest.approx(read, rel=5e-5)  # five digits are typed


def test_efficiency_is_that_of_the_file_to_what_was_thinned(files):
    energies, published = np.loadtxt(files / "efficiency.txt").T
    ours = assemble_detector(analysis_of(ENTRY)).response.efficiency
    above = energies >= 0.91
    assert ours(1e-3 * energies[above]) == pytest.approx(published[above], abs=2.1e-3)
    typed, read = (build_templates(target)["signal"].values() for target in (load(ENTRY), by_path(files)))
    assert typed.sum() == pytest.approx(read.sum(), rel=1e-4)
    assert typed == pytest.approx(read, rel=4e-3)


def test_the_background_shows_what_the_efficiency_is_against(files):
    """Over the efficiency at the measured energy B0 is flat down to 1 keV; over one that is smeared it is not."""
    analysis, edges = load(ENTRY), 1e-3 * np.linspace(1.0, 3.0, 21)
    density = np.loadtxt(files / "background_model.txt")[10:30, 1]
    recoil = np.linspace(1e-5, 8e-3, 4000)
    spread = {}
    for against in ("visible", "recoil"):
        response = assemble_detector(load(ENTRY, (f"detector.efficiency.against={against}",))).response
        over = density / response.bin_probabilities(recoil, edges).sum(axis=1)
        spread[against] = over.max() / over.min()
    assert analysis.detector.efficiency.against == "visible"
    assert spread["visible"] < 1.06
    assert spread["recoil"] > 2.0


@pytest.mark.parametrize("entry", RUNS)
def test_numbers_of_lz_are_those_of_the_files(shared, entry):
    run, tonne_years = RUNS[entry]
    folder = shared / "data" / "lz-2025"
    background = f'{{kind="counts",file="{folder}/BKG_FIT_{run}.csv",unit="keV",uncertainty=0.05,includes_weak=true}}'
    read = load(
        entry,
        (
            f'data={{kind="histogram",file="{folder}/{run}_data_hist_data.txt",unit="keV"}}',
            f'detector.efficiency={{file="{folder}/{run}_1DROI_eff_data.txt",unit="keV"}}',
            f"background=[{background}]",
            REFERENCE,
        ),
    )
    typed = load(entry)
    assert typed.data.values == observed_counts(read)
    # centres of WS2024 were read from a figure: 0.99974 keV apart
    background, by_path_too = build_templates(typed)["background"].values(), build_templates(read)["counts"].values()
    assert background == pytest.approx(by_path_too, rel=3e-4)
    assert build_templates(typed)["signal"].values() == pytest.approx(
        build_templates(read)["signal"].values(), rel=2e-3
    )
    assert typed.exposure.live_years * assemble_detector(typed).tonnes == pytest.approx(tonne_years, rel=1e-3)


def test_events_of_the_independent_calculation(values):
    assert values["xenonnt_events"] == EVENTS
    templates = build_templates(load(ENTRY, (f"signal.reference={PUBLISHED}",)))
    for name, sample, ours in (
        ("xenonnt_background_events", "B0", BACKGROUND),
        ("xenonnt_signal_events_at_6p4e12", "signal", SIGNAL),
    ):
        assert values[name]["value"] == ours
        assert templates[sample].sum() == pytest.approx(ours, rel=values[name]["tolerance"])


def test_limits_of_the_independent_calculation(values):
    moments, lz = values["xenonnt_moment"], values["lz_ws2022_moment"]
    assert list(RISES.values()) == [moments["delta_chi2_1p64"], moments["delta_chi2_2p71"]]
    found = rises(ENTRY)
    for label, value in RISES.items():
        assert found[label] == pytest.approx(value, rel=moments["tolerance"])
    assert rises("lz-ws2022")["delta-chi2 1.642"] == pytest.approx(lz["delta_chi2_1p64"], rel=lz["tolerance"])


def test_free_electrons_see_more(values):
    """The limit without binding is stronger, as the square root of the signal at a few keV is larger."""
    bound, free = rises(ENTRY), rises(load(ENTRY, ("detector.binding=none", REFERENCE)))
    assert free["delta-chi2 2.706"] / bound["delta-chi2 2.706"] == pytest.approx(0.894, abs=0.005)
    assert values["xenonnt_moment"]["delta_chi2_2p71"] > free["delta-chi2 2.706"]


def test_a_shell_with_two_digits_exchanged_does_not_matter():
    """3d5/2 at 0.6499 keV, printed, or 0.6949, which 3d3/2 at 0.7081 asks for: only what is smeared above 1 keV."""
    scattering = assemble_scattering(analysis_of(ENTRY), 1e-11)
    shells = tuple((0.6949 if energy == 0.6499 else energy, n) for energy, n in scattering.detector.atom.shells)
    moved = replace(
        scattering, detector=replace(scattering.detector, atom=replace(scattering.detector.atom, shells=shells))
    )
    assert moved.counts()[1].sum() == pytest.approx(scattering.counts()[1].sum(), rel=3e-4)


def test_shares_of_the_families():
    shares = flavour_shares()
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares["e"] == pytest.approx(0.55, abs=0.01)  # P_ee of pp and 7Be


def test_limit_is_an_observed_one_and_asimov_blinds_it(numm_stats):
    seen = numm_stats("limit", ENTRY, "--json").json["limits"][0]
    blind = numm_stats("limit", ENTRY, "--data", "asimov", "--json").json["limits"][0]
    assert seen["observed"] is not None
    assert seen["expected"][1] > seen["observed"] > seen["expected"][0]
    assert blind["observed"] is None
    assert blind["expected"][2] == pytest.approx(seen["expected"][2], rel=0.02)


def test_rows():
    rows = {row.row: row for row in reproduce("xenonnt")}
    assert rows["events"].ratio == 1.0
    assert rows["clsb"].ours == 0.0
    assert rows["feldman-cousins"].entry == "world.XENONnT.moment"
    assert rows["feldman-cousins"].ratio == pytest.approx(1.0, abs=0.08)  # 2.5 % from its toys
    assert 0.05 < rows["goodness of fit"].ours < 0.5
    for name in ("background", "signal at 6.4e-12", "recipe, delta-chi2 1.642", "recipe, delta-chi2 2.706"):
        assert rows[name].note.startswith("not in print, calculated independently")
    assert rows["mu_e"].ours < rows["mu_tau"].ours < rows["mu_mu"].ours
    assert {f"LZ {run}, cls" for run in LZ} <= set(rows)
