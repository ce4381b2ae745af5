"""Light mediators: the polynomial against shifted couplings, limits and laws."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from numm_stats.errors import InputError
from numm_stats.physics.constants import ELECTRON_MASS_MEV, FERMI_CONSTANT_PER_MEV2, HBAR_C_MEV_CM
from numm_stats.physics.flavours import FLAVOURS, is_antineutrino
from numm_stats.physics.kinematics import maximum_recoil_mev
from numm_stats.physics.mediators import flavour_charge, mediator_terms, vector_cross_section
from numm_stats.physics.weak import (
    CouplingScheme,
    chiral_cross_section,
    neutrino_frame_couplings,
    weak_cross_section,
)

ANY_FLAVOUR = st.sampled_from(FLAVOURS)
KINDS = ["vector", "axial", "scalar", "pseudoscalar"]


@given(
    st.floats(0.05, 1e3), st.floats(1e-3, 0.999), ANY_FLAVOUR, st.floats(1e-7, 1e-5), st.floats(0.0, 100.0),
    st.sampled_from([1.0, -1.0, -1 / 3]), st.booleans(),
)  # fmt: skip
def test_vector_polynomial_is_shifted_couplings(  # noqa: PLR0917
    energy, fraction, flavour, coupling, mass, charge, radiative
):
    recoil = fraction * float(maximum_recoil_mev(energy))
    scheme = CouplingScheme(radiative=radiative)
    linear, quadratic = mediator_terms(energy, recoil, flavour, "vector", mass_mev=mass, charge=charge, scheme=scheme)
    standard = weak_cross_section(energy, recoil, flavour, scheme)
    polynomial = standard + linear * coupling**2 + quadratic * coupling**4
    full = vector_cross_section(energy, recoil, flavour, coupling, mass_mev=mass, charge=charge, scheme=scheme)
    scale = float(standard + quadratic * coupling**4)  # what cancels when the charge is negative
    assert float(full) == pytest.approx(float(polynomial), rel=1e-9, abs=1e-9 * scale + 1e-58)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_axial_polynomial_is_oppositely_shifted_couplings(flavour):
    energy, recoil, coupling = 6.4, np.linspace(0.1, 6.0, 13), 1.3e-6
    shift = coupling**2 / (2 * np.sqrt(2) * FERMI_CONSTANT_PER_MEV2 * (2 * ELECTRON_MASS_MEV * recoil + 4.0))
    left, right = neutrino_frame_couplings(flavour)
    pair = (left + shift, right - shift)
    reference = chiral_cross_section(energy, recoil, *(pair[::-1] if is_antineutrino(flavour) else pair))
    linear, quadratic = mediator_terms(energy, recoil, flavour, "axial", mass_mev=2.0)
    polynomial = weak_cross_section(energy, recoil, flavour) + linear * coupling**2 + quadratic * coupling**4
    np.testing.assert_allclose(polynomial, reference, rtol=1e-10)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_low_recoil_is_the_limit_of_exact(flavour):
    recoil = np.array([1e-5, 1e-4])
    exact = mediator_terms(1e4, recoil, flavour, "vector", mass_mev=0.3)
    low = mediator_terms(1e4, recoil, flavour, "vector", mass_mev=0.3, kinematics="low-recoil")
    np.testing.assert_allclose(exact, low, rtol=1e-6)


def test_massless_quadratic_term_falls_as_recoil_squared():
    recoil = np.array([1e-3, 1e-2, 1e-1])
    _, quadratic = mediator_terms(6.4, recoil, "nu_e", "vector", kinematics="low-recoil")
    expected = HBAR_C_MEV_CM**2 / (8 * np.pi * ELECTRON_MASS_MEV * recoil**2)
    np.testing.assert_allclose(quadratic, expected, rtol=1e-12)


def test_neutrino_and_antineutrino_interfere_with_one_sign():
    for flavour in FLAVOURS:
        linear, _ = mediator_terms(1e3, 1e-3, flavour, "vector")
        assert np.sign(linear) == (1 if "nu_e" in flavour else -1)  # g_V = 2 s2 +- 1/2


def test_spinless_terms_by_hand():
    energy, recoil, mass = 6.4, 3.0, 0.7
    me, denominator = ELECTRON_MASS_MEV, (2 * ELECTRON_MASS_MEV * 3.0 + 0.49) ** 2
    scalar = me**2 * recoil * (1 + recoil / 2 / me) / (4 * np.pi * energy**2 * denominator) * HBAR_C_MEV_CM**2
    pseudoscalar = me * recoil**2 / (8 * np.pi * energy**2 * denominator) * HBAR_C_MEV_CM**2
    for kind, value in (("scalar", scalar), ("pseudoscalar", pseudoscalar)):
        linear, quadratic = mediator_terms(energy, recoil, "nu_mu", kind, mass_mev=mass, charge=-2.0)
        assert float(linear) == 0.0
        assert float(quadratic) == pytest.approx(4 * value, rel=1e-12, abs=0)


def test_charge_scales_the_terms_and_interference_can_go():
    one = mediator_terms(6.4, 1.0, "nu_e", "vector")
    minus_three = mediator_terms(6.4, 1.0, "nu_e", "vector", charge=-3.0)
    assert [float(b / a) for a, b in zip(one, minus_three, strict=True)] == pytest.approx([-3.0, 9.0])
    linear, quadratic = mediator_terms(6.4, 1.0, "nu_e", "vector", interference=False)
    assert float(linear) == 0.0
    assert quadratic == one[1]


@given(st.floats(-1.0, 100.0), st.floats(-1.0, 200.0), ANY_FLAVOUR, st.sampled_from(KINDS))
def test_finite_and_zero_outside(energy, recoil, flavour, kind):
    assume(not 0 < recoil < 1e-30)  # 1/T^2 overflows
    linear, quadratic = mediator_terms(energy, recoil, flavour, kind)
    full = vector_cross_section(energy, recoil, flavour, 1e-6)
    assert np.isfinite([linear, quadratic, full]).all()
    assert quadratic >= 0
    if not 0 < recoil <= maximum_recoil_mev(energy):
        assert (linear, quadratic, full) == (0, 0, 0)


def test_broadcasting():
    linear, quadratic = mediator_terms(np.ones((4, 1)), np.array([0.1, 0.2]), "nu_tau", "vector")
    assert linear.shape == quadratic.shape == (4, 2)


def test_charges_by_family():
    charges = {"mu": 1.0, "tau": -1.0}
    assert [flavour_charge(f, charges) for f in FLAVOURS] == [0, 1, -1, 0, 1, -1]
    with pytest.raises(InputError, match="unknown family 'muon', did you mean 'mu'"):
        flavour_charge("nu_e", {"muon": 1.0})


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("vectr", {}, "unknown mediator 'vectr', did you mean 'vector'"),
        ("vector", {"kinematics": "low"}, "unknown kinematics 'low'"),
        ("scalar", {"kinematics": "low-recoil"}, "low-recoil.*scalar"),
        ("vector", {"mass_mev": -1.0}, "mass is -1.0 MeV"),
        ("vector", {"mass_mev": float("nan")}, "mass is nan MeV"),
    ],
)
def test_errors_say_what_is_allowed(kind, options, message):
    with pytest.raises(InputError, match=message):
        mediator_terms(1.0, 0.1, "nu_e", kind, **options)
