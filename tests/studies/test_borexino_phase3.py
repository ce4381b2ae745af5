"""Borexino Phase-III: a published spectrum as data, another response, how well the spectrum is described, limits."""

import numpy as np
import pytest

from numm_stats.analyses.analysis import Analysis
from numm_stats.analyses.published_spectrum import read_published_spectrum
from numm_stats.assembly.assembling import assemble_couplings, assemble_signal, observed_counts
from numm_stats.assembly.borexino_samples import borexino_templates, edges_hits_of
from numm_stats.detectors.borexino import HitsResponse, borexino_response
from numm_stats.errors import InputError
from numm_stats.studies.phase_three import description, phase_three, study, variants
from numm_stats.verbs.loading import load
from numm_stats.verbs.pipeline import build_templates, fit

ENTRY = "borexino-phase3"


def lines_of(counts, first=137):
    """Rows of a file: 2.5 keV a hit, no residuals."""
    return [
        f"{i + 1} {first + i} {320.0 + 2.5 * i:g} 2.5 {n:g} {np.sqrt(n):.6g} 0.0"
        for i, n in enumerate(map(int, counts))
    ]


@pytest.fixture(scope="module")
def expected():
    """Counts that the analysis expects in bins of one hit, rounded so that their running sum is."""
    analysis = load(ENTRY)
    signal, scheme = assemble_signal(analysis, 5e-11), assemble_couplings(analysis)
    samples = borexino_templates(analysis, signal, scheme, np.arange(137.0, 881.0)).samples
    counts = sum(template.counts for name, template in samples.items() if not name.startswith("signal"))
    return np.diff(np.round(np.concatenate([[0.0], np.cumsum(counts)])))


@pytest.fixture
def synthetic(tmp_path, expected):
    path = tmp_path / "spectrum.txt"
    path.write_text("\n".join(lines_of(expected)))
    return path


@pytest.fixture(scope="module")
def published(shared):
    return shared / "data" / "borexino-phase3" / "tfc_subtracted_spectrum.txt"


def test_numbers_of_the_response_replace_the_estimators():
    stated = load(ENTRY, ("detector.estimator=within_400_ns", "detector.response={polonium_width_hits=20.5}"))
    response = stated.detector.hits_response()
    assert response.polonium_width_hits == 20.5
    assert response.electron_fraction == 0.984
    assert response.polonium_position_hits == 178.5
    straight = load(ENTRY, ("detector.response={coefficients=[0.0, 400.0]}",)).detector.hits_response()
    assert straight.mean_hits(0.5) == pytest.approx(200.0)
    assert load("borexino-phase2").detector.hits_response() == borexino_response("within_230_ns")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("detector.response.width=1", r"unknown key 'detector\.response\.width'"),
        ("detector.response.polonium_width_hits=0", r"polonium_width_hits' = 0"),
        ("detector.response.coefficients=[1.0]", r"detector\.response\.coefficients'.*at least 2"),
        ("detector.response_steps={C11_start=0.1}", r"response_steps: 'C11_start' is not among free_response"),
        ("detector.response_steps.light_yield=0", r"response_steps\.light_yield' = 0"),
        ("data.kind=published-spectrum", r"kind = 'published-spectrum' needs file"),
    ],
)
def test_what_makes_no_sense_is_refused(override, message):
    with pytest.raises(InputError, match=message):
        load(ENTRY, (override,))


def test_hits_that_fall_with_energy_are_refused():
    with pytest.raises(InputError, match="hits must grow"):
        load(ENTRY, ("detector.response={coefficients=[0.0, 400.0, -100.0]}",)).detector.hits_response()


def test_a_spectrum_in_hits_is_none_for_energies():
    with pytest.raises(InputError, match="published-spectrum' is in hits"):
        load("isodar-juno-1mev", ("data.kind=published-spectrum", "data.file=x.txt"))


def test_resolution_is_wider_as_polonium_is():
    phase_two, response = HitsResponse(), load(ENTRY).detector.hits_response()
    wider = response.polonium_width_hits / phase_two.polonium_width_hits
    assert float(response.sigma_hits(187.0) / phase_two.sigma_hits(187.0)) == pytest.approx(wider, rel=0.03)


def test_exposure_is_that_of_the_paper():
    assert load(ENTRY).exposure.days == pytest.approx(1431.6 * 0.6397, abs=0.05)


def test_krypton_is_that_of_phase_two_after_five_years():
    (krypton,) = (table for table in load(ENTRY).background if table.nuclide == "Kr85")
    (before,) = (table for table in load("borexino-phase2").background if table.nuclide == "Kr85")
    assert krypton.rate == pytest.approx(before.rate * 0.5 ** (5.25 / 10.74), abs=0.05)
    assert krypton.uncertainty == pytest.approx(1.8 / 6.8, abs=0.01)


def test_bins_of_the_file_are_merged(synthetic):
    analysis = phase_three(synthetic)
    assert isinstance(analysis, Analysis)
    spectrum, edges = read_published_spectrum(synthetic), edges_hits_of(analysis)
    counts = observed_counts(analysis)
    assert len(counts) == 92
    assert sum(counts) == spectrum.counts.sum()
    assert counts[:2] == [
        spectrum.counts[: int(edges[1] - 137)].sum(),
        spectrum.counts[int(edges[1] - 137) : int(edges[2] - 137)].sum(),
    ]


def test_glued_columns_and_faults_of_the_file_reach_the_command(numm_stats, tmp_path, expected):
    lines, path = lines_of(expected), tmp_path / "spectrum.txt"
    arguments = ("goodness", ENTRY, "--set", "data.kind=published-spectrum", "--set", f"data.file={path}")
    lines[3] = lines[3].removesuffix(" 0.0") + "-0.000936334"
    path.write_text("\n".join(lines))
    assert numm_stats(*arguments, "--json").code == 0
    lines[7] = lines[7].replace(" 2.5 ", " 2.5")
    path.write_text("\n".join(lines))
    failed = numm_stats(*arguments)
    assert failed.code == 2
    assert "spectrum.txt, line 8" in failed.err
    path.write_text("\n".join(lines_of(expected[:500])))
    failed = numm_stats(*arguments)
    assert failed.code == 2
    assert "must be one of the spectrum's, whole hits from 137 to 637" in failed.err


def test_what_was_put_in_is_found(synthetic):
    found = fit(phase_three(synthetic))
    rates = {name: value for name, value in zip(found.names, found.values, strict=True) if name.endswith("_rate")}
    # rounding moves the sums by less than one count: no more than a tenth of an error
    for name in ("Be7_rate", "CNO_rate", "Po210_rate", "C11_rate", "Bi214_rate", "Tl208_rate"):
        error = found.errors[found.names.index(name)]
        assert rates[name] == pytest.approx(1.0, abs=0.1 * error), name
    (region, *_) = description(synthetic)
    assert region.chi2 < 0.1 * region.bins


def test_degrees_of_freedom_are_bins_less_parameters_without_constraints(synthetic):
    bare = ("detector.free_response=[]", "detector.response_steps={}", "background=[]", "detector.pile_up.model=none")
    regions = description(synthetic, *bare)
    assert regions[0].ndf == pytest.approx(regions[0].bins - 3, rel=1e-6)  # 7Be, CNO, the moment
    assert sum(region.ndf for region in regions[1:]) == pytest.approx(regions[0].ndf)


def test_the_published_spectrum_is_described(published):
    regions = {region.region: region for region in description(published)}
    assert regions["7Be shoulder"].per_ndf < 1.5
    assert regions["CNO region"].per_ndf < 1.5
    assert regions["whole range"].per_ndf < 1.5
    assert regions["whole range"].chi2 < regions["whole range"].published_chi2
    assert min(observed_counts(phase_three(published))) >= 33.0


def test_the_fit_of_the_published_spectrum_is_near_what_is_known(published):
    found = fit(phase_three(published))
    value, error = dict(zip(found.names, found.values, strict=True)), dict(zip(found.names, found.errors, strict=True))
    assert found.valid
    assert 48.3 * value["Be7_rate"] == pytest.approx(48.3, abs=2.0 * np.hypot(1.1, 48.3 * error["Be7_rate"]))
    assert 6.7 * value["CNO_rate"] == pytest.approx(6.7, abs=2.5 * np.hypot(0.8, 6.7 * error["CNO_rate"]))
    assert 1.0 + 0.04 * value["light_yield"] == pytest.approx(1.0, abs=0.02)  # of Phase-II's scale


def test_limits_of_the_study(published):
    assert next(iter(variants(published))) == "as in the catalogue"
    limits = {found.variant: found for found in study(published)}
    ours = limits["as in the catalogue"]
    assert ours.p_value > 0.05
    assert 4e-11 < ours.one_sided < ours.two_sided < 7e-11
    assert ours.cls == pytest.approx(ours.one_sided, rel=0.1)
    assert ours.bayes == pytest.approx(ours.two_sided, rel=0.1)
    assert limits["85Kr free, zero or more"].two_sided > ours.two_sided
    assert all(2.5e-11 < found.one_sided < 8e-11 and found.p_value > 0.05 for found in limits.values())


def test_signal_is_in_all_parts_of_the_sun():
    names = [name for name in build_templates(load(ENTRY)).samples if name.startswith("signal")]
    assert names == ["signal_Be7", "signal_CNO", "signal_others"]
