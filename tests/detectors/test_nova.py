"""What the selections of the NOvA near detector keep, and what it is made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numm_stats.detectors.known import known_detector
from numm_stats.detectors.nova import ELECTRON_SCATTERING, SINGLE_BIN, ElectronSelection
from numm_stats.errors import InputError
from numm_stats.physics.kinematics import recoil_theta_squared_mev

# Mass fraction, charge and atomic weight of the elements (scintillator in PVC cells), as NOvA's papers on cross
# sections state them to a per cent, recalled
ELEMENTS = [(0.667, 6, 12.011), (0.161, 17, 35.45), (0.108, 1, 1.008), (0.032, 22, 47.867), (0.030, 8, 15.999)]


def test_electrons_follow_from_the_composition():
    per_tonne = 1e6 * 6.02214076e23 * sum(part * charge / weight for part, charge, weight in ELEMENTS)
    assert known_detector("nova-near").electrons_per_tonne == pytest.approx(per_tonne, rel=1e-2)


@given(energy_mev=st.floats(1e3, 2e4), part=st.floats(0.05, 0.95))
def test_every_recoil_in_the_window_is_in_the_signal_region(energy_mev, part):
    recoil = part * energy_mev
    theta2 = float(recoil_theta_squared_mev(energy_mev, recoil)) / recoil
    for selection in (ELECTRON_SCATTERING, SINGLE_BIN):
        inside = selection.lowest_mev < recoil < selection.highest_mev
        assert selection.in_signal(recoil, theta2) == inside


def test_signal_and_sideband_share_the_window():
    shower, theta2 = np.array([400.0, 600.0, 600.0, 600.0, 6000.0]), np.array([1e-3, 1e-3, 9e-3, 1e-1, 1e-4])
    assert ELECTRON_SCATTERING.in_signal(shower, theta2).tolist() == [False, True, False, False, False]
    side = ELECTRON_SCATTERING.in_sideband(shower, theta2, highest_recoil_theta2_mev=10.0)
    assert side.tolist() == [False, False, True, False, False]


def test_impossible_selections_are_refused():
    with pytest.raises(InputError, match="shower energies from 5 to 2 MeV"):
        ElectronSelection(5.0, 2.0, 1.0)
    with pytest.raises(InputError, match=r"T theta\^2 below nan"):
        ElectronSelection(1.0, 2.0, float("nan"))
    with pytest.raises(InputError, match="above 5, where the signal ends"):
        ELECTRON_SCATTERING.in_sideband(600.0, 0.0, highest_recoil_theta2_mev=4.0)
