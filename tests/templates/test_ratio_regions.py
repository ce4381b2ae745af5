"""Regions of constant ratio against published shares and a sum over a fine grid."""

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.physics.angles import dynamical_zero
from numm_stats.physics.beta import antineutrino_spectrum
from numm_stats.physics.kinematics import cos_theta, inside_kinematic_range
from numm_stats.physics.magnetic import magnetic_cross_section, total_magnetic_cross_section
from numm_stats.physics.weak import CouplingScheme, total_weak_cross_section, weak_cross_section
from numm_stats.sources.isodar import isodar
from numm_stats.sources.lines import monoenergetic
from numm_stats.sources.normalisation import ShapeOnly
from numm_stats.sources.source import Component, Continuum, Source
from numm_stats.templates.ratio_regions import magnetic_to_weak, ratio_boundaries_mev, ratio_region

STRONTIUM_MEV, YTTRIUM_MEV, MOMENT = 0.5459, 2.2787, 6e-11


def density(energy):
    strontium = antineutrino_spectrum(energy, STRONTIUM_MEV, 39, 90, "unique")
    return 0.5 * (strontium + antineutrino_spectrum(energy, YTTRIUM_MEV, 40, 90, "unique"))


PANELS = np.concatenate([np.linspace(0, STRONTIUM_MEV, 11), np.linspace(STRONTIUM_MEV, YTTRIUM_MEV, 11)[1:]])
SOURCE = Source("90Sr-90Y", (Component("nu_e_bar", continuum=Continuum(PANELS, density)),), ShapeOnly())


@pytest.mark.parametrize(
    ("ratio", "weak", "magnetic"),
    [(0.2, 1.638, 0.823), (0.5, 0.584, 0.489), (0.7, 0.332, 0.340), (1.0, 0.107, 0.152), (4.0, 0.0017, 0.0108)],
)
def test_strontium_yttrium_regions(ratio, weak, magnetic):
    region = ratio_region(SOURCE, ratio, MOMENT, threshold_mev=0.1)
    assert [1e45 * region.weak, 1e45 * region.magnetic] == pytest.approx([weak, magnetic], rel=1e-2)
    assert [1e45 * region.all_weak, 1e45 * region.all_magnetic] == pytest.approx([2.015, 0.887], rel=1e-2)


def test_comparable_region_is_not_thirty_percent_of_anything():
    region = ratio_region(SOURCE, 0.7, MOMENT, threshold_mev=0.1)
    assert [region.of_weak, region.of_all, region.of_magnetic] == pytest.approx([0.165, 0.23, 0.38], rel=2e-2)
    assert ratio_region(SOURCE, 0.5, MOMENT, threshold_mev=0.1).of_weak == pytest.approx(0.29, rel=2e-2)


def test_region_is_a_sum_over_a_grid():
    energy, recoil = np.linspace(0.0, YTTRIUM_MEV, 1601)[1:-1:2, None], np.linspace(0.1, 2.1, 2001)[1::2]
    weights = density(energy) * (energy[1] - energy[0]) * (recoil[1] - recoil[0])
    weak = weights * weak_cross_section(energy, recoil, "nu_e_bar")
    magnetic = weights * magnetic_cross_section(energy, recoil, MOMENT)
    inside = inside_kinematic_range(energy, recoil) & (magnetic > 0.5 * weak)
    region = ratio_region(SOURCE, 0.5, MOMENT, threshold_mev=0.1)
    # midpoints of 2.8 keV in E and 2 keV in T, blind to where in a cell the boundary runs
    assert [region.weak, region.magnetic] == pytest.approx([weak[inside].sum(), magnetic[inside].sum()], rel=3e-3)


@pytest.mark.parametrize("flavour", ["nu_e", "nu_e_bar", "nu_mu", "nu_tau_bar"])
@pytest.mark.parametrize("scheme", [CouplingScheme(), CouplingScheme(radiative=True)])
@pytest.mark.parametrize("ratio", [0.1, 0.7, 3.0])
def test_boundaries_have_the_ratio(flavour, scheme, ratio):
    recoil = np.geomspace(0.01, 2.0, 60)
    energies = ratio_boundaries_mev(recoil, ratio, flavour, MOMENT, scheme)
    columns = np.broadcast_to(recoil[:, None], energies.shape)
    inside = inside_kinematic_range(np.nan_to_num(energies), columns)
    energies, columns = energies[inside], columns[inside]
    found = magnetic_cross_section(energies, columns, MOMENT) / weak_cross_section(energies, columns, flavour, scheme)
    assert found.size
    assert found == pytest.approx(np.full(found.size, ratio), rel=1e-8)


def test_ratio_in_the_plane_diverges_at_the_dynamical_zero():
    zero = dynamical_zero()
    at = magnetic_to_weak(zero.recoil_mev, np.array([1.0, 0.99, 0.9, 0.1]), "nu_e_bar", MOMENT)
    assert at[0] > 1e6
    assert at[1] > at[2]
    assert np.isnan(at[3])
    expected = magnetic_cross_section(1.0, 0.2, MOMENT) / weak_cross_section(1.0, 0.2, "nu_e_bar")
    found = magnetic_to_weak(0.2, cos_theta(1.0, 0.2), "nu_e_bar", MOMENT)
    assert float(found) == pytest.approx(float(expected), rel=1e-10)


def test_a_small_ratio_holds_everything_but_the_end_of_a_line():
    region = ratio_region(monoenergetic(0.747, 1.0), 1e-9, MOMENT, threshold_mev=0.1)
    weak = float(total_weak_cross_section(0.747, "nu_e", threshold_mev=0.1))
    magnetic = float(total_magnetic_cross_section(0.747, 0.1, moment_bohr_magneton=MOMENT))
    assert [region.all_weak, region.all_magnetic] == pytest.approx([weak, magnetic], rel=1e-9)
    assert [region.weak, region.magnetic] == pytest.approx([weak, magnetic], rel=1e-9)
    assert region.of_all == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("source", "ratio", "moment", "threshold", "message"),
    [
        (SOURCE, 0.0, MOMENT, 0.1, "ratio = 0"),
        (SOURCE, 0.7, float("nan"), 0.1, "moment = nan"),
        (SOURCE, 0.7, MOMENT, 0.0, "threshold_mev = 0"),
        (SOURCE, 0.7, MOMENT, 5.0, "below 2.04"),
    ],
)
def test_refused_numbers(source, ratio, moment, threshold, message):
    with pytest.raises(InputError, match=message):
        ratio_region(source, ratio, moment, threshold_mev=threshold)


def test_two_flavours_have_no_one_ratio():
    both = Source("both", (*isodar().components, *monoenergetic(0.8, 1.0).components), ShapeOnly())
    with pytest.raises(InputError, match="nu_e, nu_e_bar"):
        ratio_region(both, 0.7, MOMENT, threshold_mev=0.1)
