"""Penetrability and shift: closed forms without charge, and the Milne equation as a twin."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from numm_stats.errors import ComputationError
from numm_stats.physics import coulomb
from numm_stats.physics.constants import ALPHA_MASS_MEV
from numm_stats.physics.coulomb import penetrability_and_shift, sommerfeld_and_rho


def milne(orbital, eta, rho, far=400.0):
    """P and S from y = sqrt(F^2 + G^2), y'' + k^2 y = 1/y^3, integrated inward from its WKB value."""

    def local(r):
        return 1 - 2 * eta / r - orbital * (orbital + 1) / r**2

    slope = 2 * eta / far**2 + 2 * orbital * (orbital + 1) / far**3
    start = [local(far) ** -0.25, -0.25 * local(far) ** -1.25 * slope]
    solution = solve_ivp(
        lambda r, y: [y[1], y[0] ** -3 - local(r) * y[0]],
        (far, rho),
        start,
        rtol=1e-11,
        atol=1e-13,
        method="DOP853",
    )
    amplitude, derivative = solution.y[:, -1]
    return rho / amplitude**2, rho * derivative / amplitude


@pytest.mark.parametrize("rho", [0.3, 1.0, 5.0])
def test_closed_forms_without_charge(rho):
    p0, s0 = penetrability_and_shift(0, 0.0, rho)
    p2, s2 = penetrability_and_shift(2, 0.0, rho)
    denominator = 9 + 3 * rho**2 + rho**4
    assert (float(p0), float(s0)) == pytest.approx((rho, 0.0), abs=1e-12)
    assert float(p2) == pytest.approx(rho**5 / denominator, rel=1e-9, abs=0)
    assert float(s2) == pytest.approx(-(18 + 3 * rho**2) / denominator, rel=1e-9, abs=0)


@pytest.mark.parametrize("energy_mev", [0.5, 1.0, 3.122, 8.0, 15.0])
def test_two_alphas_agree_with_the_milne_equation(energy_mev):
    eta, rho = sommerfeld_and_rho(energy_mev, ALPHA_MASS_MEV / 2, 4, 4.5)
    assert penetrability_and_shift(2, eta, rho) == pytest.approx(milne(2, float(eta), float(rho)), rel=2e-5)


def test_broadcasting():
    p, s = penetrability_and_shift(1, np.zeros((3, 1)), np.array([1.0, 2.0]))
    assert p.shape == s.shape == (3, 2)


def test_failure_to_converge_is_reported(monkeypatch):
    monkeypatch.setattr(coulomb, "_MAX_TERMS", 10)
    with pytest.raises(ComputationError, match="did not converge"):
        penetrability_and_shift(2, 3.0, 0.05)
