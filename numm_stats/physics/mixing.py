"""How flavours and mass states mix: the PMNS matrix, the masses, and what arrives from the Sun."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from numm_stats.errors import InputError, nearest
from numm_stats.physics.flavours import FAMILIES, lepton_family

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ORDERINGS",
    "Mixing",
    "Ordering",
    "mixing_of_ordering",
    "solar_mass_weights",
    "survival_probability",
    "two_flavour_survival",
    "vacuum_mass_weights",
]

Ordering = Literal["normal", "inverted"]
ORDERINGS: tuple[Ordering, ...] = get_args(Ordering)

_DM2_21_EV2 = 7.53e-5


@dataclass(frozen=True, slots=True)
class Mixing:
    """Mixing angles, phases and mass splittings of three neutrinos.

    The defaults are those of the Borexino analysis (PDG 2016, normal ordering); `mixing_of_ordering` gives both.

    Attributes:
        sin2_12: sin^2(theta_12).
        sin2_13: sin^2(theta_13).
        sin2_23: sin^2(theta_23).
        delta: Dirac phase [rad].
        alpha_21: Majorana phase of the second mass state [rad]: its column is multiplied by exp(i alpha_21 / 2).
        alpha_31: Majorana phase of the third mass state [rad].
        dm2_21_ev2: m_2^2 - m_1^2 [eV^2], positive.
        dm2_31_ev2: m_3^2 - m_1^2 [eV^2], negative for the inverted ordering.
    """

    sin2_12: float = 0.304
    sin2_13: float = 0.0219
    sin2_23: float = 0.51
    delta: float = 0.0
    alpha_21: float = 0.0
    alpha_31: float = 0.0
    dm2_21_ev2: float = _DM2_21_EV2
    dm2_31_ev2: float = _DM2_21_EV2 + 2.44e-3

    def __post_init__(self) -> None:
        for name in ("sin2_12", "sin2_13", "sin2_23"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InputError(f"{name} is {getattr(self, name)}; allowed: a number from 0 to 1")
        for name in ("delta", "alpha_21", "alpha_31"):
            if not math.isfinite(getattr(self, name)):
                raise InputError(f"{name} is {getattr(self, name)}; allowed: a finite angle")
        if not 0.0 < self.dm2_21_ev2 <= 1.0:
            raise InputError(f"dm2_21_ev2 is {self.dm2_21_ev2}; allowed: above 0, at most 1 eV^2")
        if not self.dm2_21_ev2 < abs(self.dm2_31_ev2) <= 1.0:
            raise InputError(
                f"dm2_31_ev2 is {self.dm2_31_ev2}; allowed: larger than dm2_21_ev2 in size, at most 1 eV^2"
            )

    @property
    def ordering(self) -> Ordering:
        """Which ordering of masses the sign of dm2_31 means.

        >>> Mixing().ordering
        'normal'
        """
        return "normal" if self.dm2_31_ev2 > 0.0 else "inverted"

    def matrix(self) -> NDArray[np.complex128]:
        """The PMNS matrix U with nu_l = sum_k U_lk nu_k.

        R_23 D R_13 D^* R_12 diag(1, e^(i alpha_21/2), e^(i alpha_31/2)) with D = diag(1, 1, e^(i delta)),
        so that U_e3 = s13 e^(-i delta) up to its Majorana phase (PDG review "Neutrino masses, mixing,
        and oscillations").

        Returns:
            Matrix (3, 3); rows e, mu, tau, columns the mass states 1, 2, 3.

        >>> print(np.round(abs(Mixing().matrix()) ** 2, 4)[0])
        [0.6808 0.2973 0.0219]
        """
        phase = np.diag([1.0, 1.0, np.exp(1j * self.delta)])
        majorana = np.diag([1.0, np.exp(0.5j * self.alpha_21), np.exp(0.5j * self.alpha_31)])
        r_23, r_13, r_12 = _rotation(self.sin2_23, 1, 2), _rotation(self.sin2_13, 0, 2), _rotation(self.sin2_12, 0, 1)
        return np.asarray(r_23 @ phase @ r_13 @ phase.conj() @ r_12 @ majorana, dtype=np.complex128)

    def squared_masses_ev2(self) -> NDArray[np.float64]:
        """Squared masses above that of the first state, m_k^2 - m_1^2 [eV^2], shape (3,)."""
        return np.array([0.0, self.dm2_21_ev2, self.dm2_31_ev2])

    def masses_ev(self, lightest_ev: float) -> NDArray[np.float64]:
        """The three masses for a mass of the lightest state.

        Args:
            lightest_ev: Mass of the lightest state [eV].

        Returns:
            Masses m_1, m_2, m_3 [eV], shape (3,).

        Raises:
            InputError: The mass is negative or not finite.

        >>> print(Mixing(dm2_21_ev2=9e-6, dm2_31_ev2=1.6e-5).masses_ev(0.0))
        [0.    0.003 0.004]
        """
        if not 0.0 <= lightest_ev <= 1e6:
            raise InputError(f"lightest mass is {lightest_ev} eV; allowed: from 0 to 1e6")
        squared = self.squared_masses_ev2()
        return np.asarray(np.sqrt(lightest_ev**2 + squared - squared.min()))


def mixing_of_ordering(ordering: str) -> Mixing:
    """Mixing parameters of PDG 2016, which the Borexino analysis used, by ordering of the masses.

    sin^2(theta_23) and the atmospheric splitting differ: 0.51 and m_3^2 - m_2^2 = 2.44e-3 eV^2 for normal, 0.50
    and -2.51e-3 eV^2 for inverted ordering (the splittings are recalled from the review, not looked up; no limit
    depends on them).

    Args:
        ordering: "normal" or "inverted".

    Returns:
        The parameters, all phases zero.

    Raises:
        InputError: The ordering is neither.

    >>> mixing_of_ordering("inverted").sin2_23
    0.5
    """
    if ordering not in ORDERINGS:
        raise InputError(f"ordering '{ordering}'{nearest(ordering, ORDERINGS)}; allowed: {', '.join(ORDERINGS)}")
    if ordering == "normal":
        return Mixing()
    return Mixing(sin2_23=0.50, dm2_31_ev2=_DM2_21_EV2 - 2.51e-3)


def vacuum_mass_weights(mixing: Mixing, flavour: str) -> NDArray[np.float64]:
    """Shares of the mass states in a neutrino of one flavour, |U_lk|^2.

    Args:
        mixing: Mixing parameters.
        flavour: One of `flavours.FLAVOURS`; an antineutrino has the same shares.

    Returns:
        Shares of the mass states 1, 2, 3, shape (3,), sum 1.

    >>> print(np.round(vacuum_mass_weights(Mixing(), "nu_e_bar"), 4))
    [0.6808 0.2973 0.0219]
    """
    row = mixing.matrix()[FAMILIES.index(lepton_family(flavour))]
    return np.asarray(np.abs(row) ** 2)


def solar_mass_weights(mixing: Mixing, p2nu: float) -> NDArray[np.float64]:
    """Shares of the mass states in solar neutrinos at the Earth by day, after conversion in the Sun.

    They arrive incoherently. With P_2nu = c12^2 p_1 + s12^2 p_2 and p_1 + p_2 = 1 the shares are
    (c13^2 p_1, c13^2 p_2, s13^2) (Borexino, arXiv:1707.09355, for P_2nu; Grimus et al., hep-ph/0208132).

    Args:
        mixing: Mixing parameters.
        p2nu: Survival probability of two flavours, P_2nu, between sin^2 and cos^2 of theta_12.

    Returns:
        Shares of the mass states 1, 2, 3, shape (3,), sum 1.

    Raises:
        InputError: No shares give this probability.

    >>> print(np.round(solar_mass_weights(Mixing(), 0.55), 4))
    [0.6138 0.3643 0.0219]
    """
    low, high = sorted((mixing.sin2_12, 1.0 - mixing.sin2_12))
    if not low - 1e-12 <= p2nu <= high + 1e-12:
        raise InputError(
            f"p2nu is {p2nu}; allowed: from {low:.4g} to {high:.4g}, what sin2_12 = {mixing.sin2_12} gives"
        )
    difference = 1.0 - 2.0 * mixing.sin2_12
    first = 0.5 if difference == 0.0 else (p2nu - mixing.sin2_12) / difference
    cos2_13 = 1.0 - mixing.sin2_13
    return np.array([cos2_13 * first, cos2_13 * (1.0 - first), mixing.sin2_13])


def survival_probability(mixing: Mixing, p2nu: float) -> float:
    """Survival probability of solar electron neutrinos, P_ee = s13^4 + c13^4 P_2nu (arXiv:1707.09355).

    Args:
        mixing: Mixing parameters.
        p2nu: Survival probability of two flavours.

    Returns:
        P_ee, at most 1.

    Raises:
        InputError: p2nu is no probability.

    >>> round(survival_probability(Mixing(), 0.55), 4)
    0.5267
    """
    if not 0.0 <= p2nu <= 1.0:
        raise InputError(f"p2nu is {p2nu}; allowed: a number from 0 to 1")
    return mixing.sin2_13**2 + (1.0 - mixing.sin2_13) ** 2 * p2nu


def two_flavour_survival(mixing: Mixing, p_ee: float) -> float:
    """P_2nu of a survival probability P_ee: the inverse of `survival_probability`.

    Raises:
        InputError: P_ee is outside of what a P_2nu from 0 to 1 can give.

    >>> round(two_flavour_survival(Mixing(), 0.526655), 4)
    0.55
    """
    lowest, highest = survival_probability(mixing, 0.0), survival_probability(mixing, 1.0)
    if not lowest <= p_ee <= highest or lowest == highest:
        raise InputError(f"P_ee is {p_ee}; allowed: from {lowest:.4g} to {highest:.4g} at sin2_13 = {mixing.sin2_13}")
    return (p_ee - lowest) / (highest - lowest)


def _rotation(sin2: float, first: int, second: int) -> NDArray[np.float64]:
    rotation = np.eye(3)
    sine, cosine = math.sqrt(sin2), math.sqrt(1.0 - sin2)
    rotation[first, first] = rotation[second, second] = cosine
    rotation[first, second], rotation[second, first] = sine, -sine
    return rotation
