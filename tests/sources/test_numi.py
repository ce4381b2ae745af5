"""The NuMI flux: its integrals, and events in the NOvA near detector."""

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.physics.magnetic import total_magnetic_cross_section
from numm_stats.physics.weak import total_weak_cross_section
from numm_stats.sources.lines import monoenergetic
from numm_stats.sources.normalisation import fluence_per_cm2
from numm_stats.sources.numi import both_modes, numi

POT, ELECTRONS_PER_TONNE = 3.62e20, 3.29e29
WINDOW_MEV = (300.0, 900.0)


@pytest.mark.parametrize(
    ("flavour", "per_m2_1e6_pot"),
    [("nu_mu", 118.48), ("nu_mu_bar", 10.00), ("nu_e", 1.595), ("nu_e_bar", 0.277)],
)
def test_integral_of_the_flux(flavour, per_m2_1e6_pot):
    (component,) = [c for c in numi().components if c.flavour == flavour]
    _, weights = component.quadrature([0.0])
    assert weights.sum() * 1e4 * 1e6 == pytest.approx(per_m2_1e6_pot, rel=2e-3, abs=0)
    assert component.maximum_energy_mev == pytest.approx(20e3)


def per_tonne(cross_section):
    source = numi()
    total = 0.0
    for component in source.components:
        energies, weights = component.quadrature([WINDOW_MEV[0]])
        total += float((weights * cross_section(energies, component.flavour)).sum())
    return total * fluence_per_cm2(source.normalisation, pot=POT) * ELECTRONS_PER_TONNE


def test_weak_events_per_tonne():
    def in_window(energies, flavour):
        low, high = (total_weak_cross_section(energies, flavour, threshold_mev=t) for t in WINDOW_MEV)
        return low - high

    assert per_tonne(in_window) == pytest.approx(1.578, rel=3e-2, abs=0)


def test_magnetic_events_per_tonne():
    events = per_tonne(lambda energies, _: total_magnetic_cross_section(energies, *WINDOW_MEV, 1.58e-9))
    assert events == pytest.approx(0.711, rel=3e-2, abs=0)


def test_flux_is_constant_in_bins():
    muon = numi().components[0].continuum
    assert muon.density(np.array([700.0, 799.0])).tolist() == pytest.approx([16.17e-13, 16.17e-13])


@pytest.mark.parametrize(
    ("flavour", "per_m2_1e6_pot"),
    [("nu_mu", 11.235), ("nu_mu_bar", 96.253), ("nu_e", 0.34702), ("nu_e_bar", 1.10516)],
)
def test_integral_of_the_reverse_flux(flavour, per_m2_1e6_pot):
    (component,) = [c for c in numi("reverse").components if c.flavour == flavour]
    _, weights = component.quadrature([0.0])
    assert weights.sum() * 1e4 * 1e6 == pytest.approx(per_m2_1e6_pot, rel=5e-4, abs=0)  # four digits in each bin


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_both_modes_add_up(share):
    def integral(source, flavour):
        return sum(c.quadrature([500.0])[1].sum() for c in source.components if c.flavour == flavour)

    both = both_modes(numi("forward"), numi("reverse"), forward_share=share)
    for flavour in ("nu_mu", "nu_mu_bar", "nu_e", "nu_e_bar"):
        forward, reverse = integral(numi("forward"), flavour), integral(numi("reverse"), flavour)
        assert integral(both, flavour) == pytest.approx(share * forward + (1.0 - share) * reverse, rel=1e-12)


def test_only_shares_of_beams_are_mixed():
    with pytest.raises(InputError, match=r"share of forward horn current: 1.5; allowed: 0 to 1"):
        both_modes(numi(), numi("reverse"), forward_share=1.5)
    with pytest.raises(InputError, match="'lines' is no histogram per proton on target"):
        both_modes(numi(), monoenergetic([1.0], [1.0]), forward_share=0.5)


def test_unknown_horn_current():
    with pytest.raises(InputError, match="'revers', did you mean 'reverse'\\?; allowed: forward, reverse"):
        numi("revers")
