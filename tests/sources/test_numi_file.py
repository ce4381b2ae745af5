"""NuMI fluxes from ROOT histograms: the published files, and files that are wrong in one place."""

import tomllib

import boost_histogram as bh
import numpy as np
import pytest
import uproot

from numm_stats.detectors.known import known_detector
from numm_stats.errors import InputError
from numm_stats.physics.magnetic import total_magnetic_cross_section
from numm_stats.physics.weak import total_weak_cross_section
from numm_stats.sources.normalisation import fluence_per_cm2
from numm_stats.sources.numi import both_modes, numi
from numm_stats.sources.numi_file import flux_uncertainties, numi_from_file

EDGES = np.array([0.0, 1.0, 2.0, 5.0])
KEYS = ("numu", "numubar", "nue", "nuebar")


def along(values, title="Neutrino energy (GeV)", edges=EDGES):
    filled = bh.Histogram(bh.axis.Variable(edges, __dict__={"label": title}))
    filled.view()[:] = values
    return filled


def written(path, **changes):
    fluxes = {f"flux_{key}": along([1.0 * n, 4.0, 2.0]) for n, key in enumerate(KEYS, start=1)}
    errors = {f"fractional_uncertainty_{key}": along([0.1, 0.2, 0.5]) for key in KEYS}
    with uproot.recreate(path) as out:
        for key, value in (fluxes | errors | changes).items():
            if value is not None:
                out[key] = value
    return path


def per_tonne(source, cross_section, pot=3.62e20):
    total = 0.0
    for component in source.components:
        energies, weights = component.quadrature([300.0])
        total += float((weights * cross_section(energies, component.flavour)).sum())
    return total * fluence_per_cm2(source.normalisation, pot=pot) * known_detector("nova-near").electrons_per_tonne


def weak_in_window(energies, flavour):
    low, high = (total_weak_cross_section(energies, flavour, threshold_mev=t) for t in (300.0, 900.0))
    return low - high


def test_events_per_tonne_of_the_published_flux(shared):
    with (shared / "figures/reference_values.toml").open("rb") as stream:
        reference = tomllib.load(stream)["counting"]["nova_per_tonne"]
    source = numi_from_file(shared / "data/nova-flux/FHC_Flux_NOvA_ND_2017.root")
    weak = per_tonne(source, weak_in_window, reference["pot"])
    magnetic = per_tonne(
        source, lambda energies, _: total_magnetic_cross_section(energies, 300.0, 900.0, 1.58e-9), reference["pot"]
    )
    assert weak == pytest.approx(reference["weak_0p3_0p9_gev"], rel=reference["tolerance"], abs=0)
    assert magnetic == pytest.approx(reference["magnetic_0p3_0p9_gev_at_1p58e9"], rel=reference["tolerance"], abs=0)


@pytest.mark.parametrize(("mode", "file"), [("forward", "FHC"), ("reverse", "RHC")])
def test_published_files_are_what_is_tabulated(shared, mode, file):
    read = numi_from_file(shared / f"data/nova-flux/{file}_Flux_NOvA_ND_2017.root")
    for component, tabulated in zip(read.components, numi(mode).components, strict=True):
        assert component.flavour == tabulated.flavour
        assert component.continuum.panels_mev == pytest.approx(tabulated.continuum.panels_mev, rel=1e-12)
        values, digits = component.continuum.density.values, tabulated.continuum.density.values
        assert values == pytest.approx(digits, rel=5.5e-4, abs=0)  # four digits are kept


def test_published_uncertainties(shared):
    found = flux_uncertainties(shared / "data/nova-flux/FHC_Flux_NOvA_ND_2017.root")
    edges_mev, relative = found["nu_mu"]
    peak = np.searchsorted(edges_mev, 1700.0) - 1
    assert relative[peak] == pytest.approx(0.09, abs=5e-3)  # as inputs.toml states it
    assert all(values.min() > 0.05 and values.max() < 0.4 for _, values in found.values())


def test_units_and_flavours(tmp_path):
    source = numi_from_file(written(tmp_path / "flux.root"))
    assert [c.flavour for c in source.components] == ["nu_mu", "nu_mu_bar", "nu_e", "nu_e_bar"]
    for number, component in enumerate(source.components, start=1):
        _, weights = component.quadrature([0.0])
        per_m2_1e6_pot = number + 4.0 + 3.0 * 2.0
        assert weights.sum() * 1e4 * 1e6 == pytest.approx(per_m2_1e6_pot)
        assert component.maximum_energy_mev == 5000.0


@pytest.mark.parametrize("shift", [1.0, -1.5])
def test_shifts_move_by_the_uncertainty_of_each_bin(tmp_path, shift):
    path = written(tmp_path / "flux.root")
    nominal, moved = numi_from_file(path), numi_from_file(path, shift=shift)
    for one, other in zip(nominal.components, moved.components, strict=True):
        ratio = other.continuum.density.values / one.continuum.density.values
        assert ratio == pytest.approx(1.0 + shift * np.array([0.1, 0.2, 0.5]))


def test_modes_of_files_mix(tmp_path):
    source = numi_from_file(written(tmp_path / "flux.root"))
    both = both_modes(source, source, forward_share=0.25)
    assert per_tonne(both, weak_in_window) == pytest.approx(per_tonne(source, weak_in_window), rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"flux_nue": None}, r"no 'flux_nue' in the file, did you mean 'flux_nuebar'\?"),
        ({"flux_nue": along([0.0, 0.0, 0.0])}, "'flux_nue' is empty"),
        ({"flux_nue": along([1.0, np.nan, 0.0])}, "'flux_nue' has content nan in bin 2; allowed: finite"),
        ({"flux_nue": along([1.0, -2.0, 0.0])}, "'flux_nue' has an energy or a content below zero"),
        ({"flux_nue": along([1.0, 2.0, 1.0], edges=EDGES - 1.0)}, "'flux_nue' has an energy or a content below zero"),
        ({"flux_nue": along([1.0, 2.0, 1.0], "E [MeV]")}, r"'flux_nue' is against 'E \[MeV\]'; allowed: energy in GeV"),
        ({"flux_nue": (np.ones((2, 2)), EDGES[:3], EDGES[:3])}, "'flux_nue' has 2 axes; allowed: one"),
        ({"flux_nue": "text"}, "'flux_nue' is a TObjString; allowed: TH1C"),
        ({"fractional_uncertainty_nue": None}, "no 'fractional_uncertainty_nue' in the file"),
        ({"fractional_uncertainty_nue": along([1.0] * 3, edges=EDGES * 2.0)}, "has other bins than the flux beside it"),
        ({"fractional_uncertainty_nue": along([1.0, 0.0, -0.1])}, "has an energy or a content below zero"),
        (
            {"fractional_uncertainty_nue": along([1.0, 0.5, 0.2])},
            "a shift of -2 standard deviations makes the flux -1 ",
        ),
    ],
)
def test_refused(tmp_path, changes, message):
    with pytest.raises(InputError, match=rf"flux.root.*{message}"):
        numi_from_file(written(tmp_path / "flux.root", **changes), shift=-2.0)


def test_uncertainties_are_needed_only_for_a_shift(tmp_path):
    path = written(tmp_path / "flux.root", fractional_uncertainty_nue=None)
    assert len(numi_from_file(path).components) == 4
    with pytest.raises(InputError, match="no 'fractional_uncertainty_nue' in the file"):
        flux_uncertainties(path)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match=r"flux.root: no such file"):
        numi_from_file(tmp_path / "flux.root")
