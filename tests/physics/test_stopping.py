"""Collision stopping power of electrons against ICRU Report 90 and laws."""

from dataclasses import replace

import numpy as np
import pytest

from numm_stats.errors import InputError
from numm_stats.physics.stopping import PSEUDOCUMENE, WATER, collision_stopping_power, density_effect

# ICRU 90, table A.3: liquid water, I = 78 eV, 0.998 g/cm3 [MeV cm2/g], and delta
ICRU_90 = {1e-3: 118.1, 1e-2: 22.39, 0.1: 4.093, 0.5: 2.025, 0.6: 1.956, 0.8: 1.880, 1.0: 1.845, 10.0: 1.967}


@pytest.mark.parametrize(("kinetic", "published"), ICRU_90.items())
def test_water(kinetic, published):
    # the last of four digits below 0.5 MeV, where there is no density effect; above, the general form of it instead of
    # water's own is good to 1.5 % in the stopping power
    tolerance = 5e-4 if kinetic < 0.5 else 1.5e-2 if kinetic > 1.0 else 2e-3
    assert float(collision_stopping_power(kinetic, WATER)) == pytest.approx(published, rel=tolerance)


def test_density_effect_of_water():
    assert float(density_effect(0.8, WATER)) == pytest.approx(0.1005, abs=0.02)
    assert float(density_effect(0.1, WATER)) == 0.0
    # far above, delta grows as 2 ln(p / m_e) - C whatever the material: ICRU 90 has 11.58 at 1 GeV
    assert float(density_effect(1000.0, WATER)) == pytest.approx(11.58, rel=5e-3)


def test_the_formula_is_continuous_where_it_is_damped():
    below, above = collision_stopping_power([1e-3 * (1 - 1e-9), 1e-3 * (1 + 1e-9)], WATER)
    assert below == pytest.approx(above, rel=1e-7)


def test_positive_and_finite_down_to_zero():
    stopping = collision_stopping_power(np.geomspace(1e-9, 50.0, 400), PSEUDOCUMENE)
    assert np.isfinite(stopping).all()
    assert (stopping > 0).all()


def test_a_larger_excitation_energy_stops_less():
    kinetic = np.geomspace(1e-3, 1.0, 20)
    harder = replace(PSEUDOCUMENE, excitation_ev=1.1 * PSEUDOCUMENE.excitation_ev)
    ratio = collision_stopping_power(kinetic, harder) / collision_stopping_power(kinetic, PSEUDOCUMENE)
    assert (ratio < 1).all()
    assert ratio[kinetic > 0.01].min() > 0.98


def test_density_matters_only_through_the_density_effect():
    # a tenth of the density: the same per g/cm2 below the density effect
    thin = replace(WATER, density_g_per_cm3=0.1)
    assert collision_stopping_power(0.1, thin) == pytest.approx(collision_stopping_power(0.1, WATER), rel=1e-12)
    assert collision_stopping_power(5.0, thin) > collision_stopping_power(5.0, WATER)


def test_no_energy_no_stopping_power():
    with pytest.raises(InputError, match="above zero"):
        collision_stopping_power([0.1, 0.0], WATER)
