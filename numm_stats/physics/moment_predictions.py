"""Moments that theory expects: the Standard Model with neutrino masses, and bounds from naturalness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.constants import (
    ELECTRON_MASS_MEV,
    FERMI_CONSTANT_PER_MEV2,
    FINE_STRUCTURE,
    MUON_MASS_MEV,
    TAU_MASS_MEV,
    W_MASS_MEV,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from numm_stats.physics.mixing import Mixing

__all__ = [
    "loop_function",
    "loop_suppression",
    "natural_dirac_moment",
    "natural_majorana_moments",
    "standard_model_dirac_moments",
    "standard_model_majorana_moments",
]

_LEPTON_MASSES_MEV = np.array([ELECTRON_MASS_MEV, MUON_MASS_MEV, TAU_MASS_MEV])
# e G_F / (4 sqrt(2) pi^2) for 1 eV, in Bohr magnetons e / (2 m_e)
_MOMENT_PER_EV = 2 * ELECTRON_MASS_MEV * FERMI_CONSTANT_PER_MEV2 / (4 * np.sqrt(2) * np.pi**2) * 1e-6
_NATURAL_MAJORANA = 1e-9  # mu_tau_mu, mu_tau_e at 1 TeV and 0.3 eV, Phys. Lett. B 642, 377 (2006)
_NATURAL_MASS_EV = 0.3


def loop_function(ratio: ArrayLike) -> NDArray[np.float64]:
    """The loop of a charged lepton and a W, f(a) with a = m_l^2 / m_W^2.

    f = (3/4) [1 + 1/(1-a) - 2a/(1-a)^2 - 2a^2 ln(a)/(1-a)^3], close to (3/2)(1 - a/2) for small a
    (Pal and Wolfenstein, Phys. Rev. D 25, 766 (1982)); here 3/2 minus `loop_suppression`, which keeps the digits.

    Args:
        ratio: a, above zero and below one, any shape.

    Returns:
        f(a), same shape.

    >>> round(float(loop_function(1e-12)), 6)
    1.5
    """
    return np.asarray(1.5 - loop_suppression(ratio))


def loop_suppression(ratio: ArrayLike) -> NDArray[np.float64]:
    """3/2 - f(a): all that the unitarity of mixing leaves of a transition moment.

    (3a / [4 (1-a)^2]) [1 + a + 2a ln(a)/(1-a)], close to 3a/4 for small a.

    Args:
        ratio: a = m_l^2 / m_W^2, above zero and below one, any shape.

    Returns:
        3/2 - f(a), same shape.

    Raises:
        InputError: a is not between zero and one.

    >>> f"{float(loop_suppression(4e-4)):.4e}"
    '2.9848e-04'
    """
    a = np.asarray(ratio, dtype=np.float64)
    if not np.all((a > 0.0) & (a < 1.0)):
        raise InputError(f"m_l^2 / m_W^2 is {a}; allowed: above 0 and below 1")
    return np.asarray(3 * a / (4 * (1 - a) ** 2) * (1 + a + 2 * a * np.log(a) / (1 - a)))


def standard_model_dirac_moments(mixing: Mixing, masses_ev: ArrayLike) -> NDArray[np.complex128]:
    """Moments of Dirac neutrinos in the Standard Model with right-handed neutrinos added.

    lambda_jk = e G_F / (4 sqrt(2) pi^2) m_j S_jk, S_jk = sum_l f(a_l) U_lj^* U_lk: the state that ends right-handed
    gives the mass. Its hermitian part is mu_jk = e G_F / (8 sqrt(2) pi^2) (m_j + m_k) S_jk, the rest, with
    m_j - m_k, the electric dipole; on the diagonal mu = 3 e G_F m / (8 sqrt(2) pi^2). Off the diagonal unitarity
    takes the 3/2 of f and leaves the masses of the charged leptons (Pal and Wolfenstein, Phys. Rev. D 25, 766
    (1982); Giunti and Studenikin, arXiv:1403.6344).

    Args:
        mixing: Mixing parameters.
        masses_ev: m_1, m_2, m_3 [eV], shape (3,).

    Returns:
        lambda in the mass basis [Bohr magnetons], (3, 3).

    Raises:
        InputError: A mass is negative, or there are not three.

    >>> from numm_stats.physics.mixing import Mixing
    >>> f"{standard_model_dirac_moments(Mixing(), [1.0, 1.0, 1.0])[0, 0].real:.3e}"
    '3.203e-19'
    """
    masses = _masses(masses_ev)
    return np.asarray(_MOMENT_PER_EV * masses[:, None] * _loop_sum(mixing))


def standard_model_majorana_moments(mixing: Mixing, masses_ev: ArrayLike) -> NDArray[np.complex128]:
    """Moments of Majorana neutrinos in the Standard Model, the mass itself left unexplained.

    The Dirac amplitude minus its transpose, because either neutrino may be the one that turns right-handed:
    lambda_jk = e G_F / (4 sqrt(2) pi^2) [(m_j - m_k) Re S_jk + i (m_j + m_k) Im S_jk], S as for Dirac neutrinos.
    Majorana phases in S make the difference between equal and opposite CP (Shrock, Nucl. Phys. B 206, 359 (1982);
    Giunti and Studenikin, arXiv:1403.6344).

    Args:
        mixing: Mixing parameters with Majorana phases.
        masses_ev: m_1, m_2, m_3 [eV], shape (3,).

    Returns:
        lambda in the mass basis [Bohr magnetons], (3, 3), antisymmetric.

    Raises:
        InputError: A mass is negative, or there are not three.

    >>> from numm_stats.physics.mixing import Mixing
    >>> f"{abs(standard_model_majorana_moments(Mixing(), [0.0, 0.0, 0.05])[1, 2]):.1e}"
    '1.8e-24'
    """
    dirac = standard_model_dirac_moments(mixing, masses_ev)
    return np.asarray(dirac - dirac.T)


def natural_dirac_moment(mass_ev: float = _NATURAL_MASS_EV, scale_tev: float = 1.0) -> float:
    """Largest Dirac moment from new physics at a scale that leaves the mass of the neutrino without fine-tuning.

    The loop that turns the moment into a mass, delta m ~ (alpha / 16 pi) (Lambda^2 / m_e) (mu / mu_B), is at most
    the mass itself (Bell et al., Phys. Rev. Lett. 95, 151802 (2005), hep-ph/0504134): about 1e-15 at 1 TeV and
    0.3 eV. An estimate, good to a factor of a few.

    Args:
        mass_ev: Neutrino mass [eV].
        scale_tev: Lambda, the scale of new physics [TeV].

    Returns:
        Bound [Bohr magnetons].

    Raises:
        InputError: Mass or scale is not above zero.

    >>> f"{natural_dirac_moment():.2e}"
    '1.06e-15'
    """
    _check_natural(mass_ev, scale_tev)
    return 16 * np.pi * ELECTRON_MASS_MEV * mass_ev * 1e-6 / (FINE_STRUCTURE * (scale_tev * 1e6) ** 2)


def natural_majorana_moments(mass_ev: float = _NATURAL_MASS_EV, scale_tev: float = 1.0) -> dict[str, float]:
    """Largest Majorana transition moments between flavours from new physics at a scale, without fine-tuning.

    1e-9 (m / 0.3 eV) (TeV / Lambda)^2 m_tau^2 / |m_a^2 - m_b^2|: an antisymmetric moment feeds the symmetric mass
    only through the Yukawa couplings of charged leptons (Bell et al., Phys. Lett. B 642, 377 (2006),
    hep-ph/0606248), so that mu_mu_e, 3e-7, is hardly bounded.

    Args:
        mass_ev: Size of the neutrino mass matrix [eV].
        scale_tev: Lambda, the scale of new physics [TeV].

    Returns:
        Bounds [Bohr magnetons] by "e_mu", "e_tau", "mu_tau".

    Raises:
        InputError: Mass or scale is not above zero.

    >>> {pair: f"{bound:.1e}" for pair, bound in natural_majorana_moments().items()}
    {'e_mu': '2.8e-07', 'e_tau': '1.0e-09', 'mu_tau': '1.0e-09'}
    """
    _check_natural(mass_ev, scale_tev)
    squares = dict(zip(("e", "mu", "tau"), _LEPTON_MASSES_MEV**2, strict=True))
    scale = _NATURAL_MAJORANA * mass_ev / _NATURAL_MASS_EV / scale_tev**2
    return {
        f"{a}_{b}": float(scale * squares["tau"] / abs(squares[a] - squares[b]))
        for a, b in (("e", "mu"), ("e", "tau"), ("mu", "tau"))
    }


def _loop_sum(mixing: Mixing) -> NDArray[np.complex128]:
    """S_jk = (3/2) delta_jk - sum_l (3/2 - f(a_l)) U_lj^* U_lk, unitarity used so that nothing cancels."""
    u = mixing.matrix()
    lost = loop_suppression(_LEPTON_MASSES_MEV**2 / W_MASS_MEV**2)
    return np.asarray(1.5 * np.eye(3) - u.conj().T @ (lost[:, None] * u))


def _masses(masses_ev: ArrayLike) -> NDArray[np.float64]:
    masses = np.asarray(masses_ev, dtype=np.float64)
    if masses.shape != (3,) or not np.all((masses >= 0.0) & (masses <= 1e6)):
        raise InputError(f"neutrino masses {masses.tolist()} eV; allowed: three numbers from 0 to 1e6")
    return masses


def _check_natural(mass_ev: float, scale_tev: float) -> None:
    for name, value, unit in (("mass", mass_ev, "eV"), ("scale of new physics", scale_tev, "TeV")):
        if not 0.0 < value <= 1e16:
            raise InputError(f"{name} is {value} {unit}; allowed: above 0, at most 1e16")
