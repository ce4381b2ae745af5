"""Capture on gallium: the table, the averages published with it, and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics import gallium
from numm_stats.physics.gallium import THRESHOLD_MEV, capture_cross_section, capture_rate_snu


def test_table_is_met():
    np.testing.assert_allclose(capture_cross_section(gallium._ENERGY_MEV), np.array(gallium._SIGMA) * 1e-46, rtol=1e-12)


def test_no_capture_below_the_threshold():
    assert capture_cross_section([0.0, 0.1, THRESHOLD_MEV - 1e-6]).tolist() == [0.0, 0.0, 0.0]
    assert 1.2e-45 < float(capture_cross_section(THRESHOLD_MEV)) < 1.31e-45


def test_lines_of_beryllium_7():
    # 71.7 (and pep: 204) x 1e-46 cm2 in Bahcall, Phys. Rev. C 56, 3391 (1997); recalled, not looked up
    beryllium = 0.8952 * capture_cross_section(0.8613) + 0.1048 * capture_cross_section(0.3843)
    assert float(beryllium) == pytest.approx(71.7e-46, rel=2e-3, abs=0)
    assert float(capture_cross_section(1.442)) == pytest.approx(204e-46, rel=1e-2, abs=0)


@given(st.floats(THRESHOLD_MEV, 19.0), st.floats(THRESHOLD_MEV, 19.0))
def test_grows_with_energy(one, other):
    low, high = sorted((one, other))
    assert float(capture_cross_section(low)) <= float(capture_cross_section(high)) * (1 + 1e-12)


@pytest.mark.parametrize("energy", np.geomspace(0.24, 17.9, 23).tolist())
def test_straight_lines_between_the_points_are_near(energy):
    straight = np.interp(np.log(energy), np.log(gallium._ENERGY_MEV), np.log(gallium._SIGMA))
    assert float(capture_cross_section(energy)) == pytest.approx(1e-46 * np.exp(straight), rel=2e-2, abs=0)


def test_rate_is_a_sum():
    energies, fluxes = np.array([[0.3, 1.0], [0.2, 5.0]]), np.array([1e10, 1e8])
    rates = capture_rate_snu(energies, fluxes, 0.5)
    assert rates.shape == (2,)
    assert rates[1] == pytest.approx(0.5e8 * 4380e-46 * 1e36)
    assert capture_rate_snu(energies, fluxes)[0] == pytest.approx(2 * rates[0])


def test_errors():
    with pytest.raises(InputError, match="fluxes on gallium"):
        capture_rate_snu([1.0], [-1.0])
    with pytest.raises(InputError, match="survival probabilities"):
        capture_rate_snu([1.0], [1.0], 1.5)
