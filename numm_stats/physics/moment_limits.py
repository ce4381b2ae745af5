"""From a limit on an effective moment to limits on the moments of flavours and of mass states, one at a time."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.flavours import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from numm_stats.physics.mixing import Mixing

__all__ = [
    "composition_mass_weights",
    "dirac_mass_limits",
    "flavour_limits",
    "majorana_flavour_limits",
    "majorana_mass_limits",
    "solar_flavour_weights",
]

_PAIRS = tuple(itertools.combinations(range(3), 2))


def solar_flavour_weights(mixing: Mixing, p_ee: float) -> NDArray[np.float64]:
    """Weights of mu_e^2, mu_mu^2, mu_tau^2 in the effective moment of solar neutrinos, squared.

    P_ee, (1 - P_ee) c23^2, (1 - P_ee) s23^2: the Sun as a mixture of flavours (Borexino, arXiv:1707.09355). It
    leaves out the interference of flavours, which only the mass basis, with `incoherent_moment`, has in full.

    Args:
        mixing: Mixing parameters, of which sin^2(theta_23) is used.
        p_ee: Survival probability of electron neutrinos.

    Returns:
        Weights of e, mu, tau, shape (3,), sum 1.

    Raises:
        InputError: p_ee is no probability.

    >>> from numm_stats.physics.mixing import Mixing
    >>> print(np.round(solar_flavour_weights(Mixing(), 0.5), 3))
    [0.5   0.245 0.255]
    """
    if not 0.0 <= p_ee <= 1.0:
        raise InputError(f"P_ee is {p_ee}; allowed: a number from 0 to 1")
    return np.array([p_ee, (1.0 - p_ee) * (1.0 - mixing.sin2_23), (1.0 - p_ee) * mixing.sin2_23])


def composition_mass_weights(mixing: Mixing, composition: Mapping[str, float]) -> NDArray[np.float64]:
    """Weights of the mass states next to a source of several flavours: sum over l of c_l |U_lk|^2.

    Args:
        mixing: Mixing parameters; the phase delta matters for mu and tau.
        composition: Weight c_l of each family "e", "mu", "tau" that the source has.

    Returns:
        Weights of the mass states 1, 2, 3, shape (3,), their sum that of the composition.

    Raises:
        InputError: A family is unknown, or its weight negative or not finite.

    >>> from numm_stats.physics.mixing import Mixing
    >>> print(np.round(composition_mass_weights(Mixing(), {"e": 1.0, "mu": 1.0, "tau": 1.0}), 9))
    [1. 1. 1.]
    """
    total = np.zeros(3)
    for family, weight in composition.items():
        if family not in FAMILIES or not 0.0 <= weight < math.inf:
            raise InputError(f"composition {family}={weight}; allowed: {', '.join(FAMILIES)} with weights of 0 or more")
        total += weight * np.abs(mixing.matrix()[FAMILIES.index(family)]) ** 2
    return total


def flavour_limits(limit: float, weights: ArrayLike) -> dict[str, float]:
    """Limits on mu_e, mu_mu, mu_tau, each as if the other two were zero: mu_l < mu_eff / sqrt(w_l).

    Args:
        limit: Limit on the effective moment [Bohr magnetons].
        weights: Weights of the squared moments, shape (3,); (1, 0, 0) next to a reactor.

    Returns:
        Limits by flavour [Bohr magnetons]; infinite where the weight is zero.

    Raises:
        InputError: The limit is not above zero, or a weight is negative.

    >>> flavour_limits(2e-11, [0.25, 0.75, 0.0])["e"]
    4e-11
    """
    limit, weight = _checked(limit, weights)
    return {family: _limit(limit, float(weight[index])) for index, family in enumerate(FAMILIES)}


def majorana_flavour_limits(limit: float, weights: ArrayLike) -> dict[str, float]:
    """Limits on mu_e, mu_mu, mu_tau of Majorana neutrinos, which no choice of the other moments evades.

    mu_a^2 = |mu_ab|^2 + |mu_ac|^2, and |mu_ab|^2 enters the effective moment with w_a + w_b: the largest mu_a^2 is
    mu_eff^2 / min(w_a + w_b, w_a + w_c). Triangle inequalities make it stronger than `flavour_limits`.

    Args:
        limit: Limit on the effective moment [Bohr magnetons].
        weights: Weights of the squared moments, shape (3,).

    Returns:
        Limits by flavour [Bohr magnetons]; infinite where a transition is not seen.

    Raises:
        InputError: The limit is not above zero, or a weight is negative.

    >>> majorana_flavour_limits(2e-11, [0.25, 0.75, 0.0])["e"]
    4e-11
    """
    limit, weight = _checked(limit, weights)
    others = (sorted(set(range(3)) - {index}) for index in range(3))
    return {
        family: _limit(limit, float(weight[index] + min(weight[pair])))
        for index, (family, pair) in enumerate(zip(FAMILIES, others, strict=True))
    }


def dirac_mass_limits(limit: float, mass_weights: ArrayLike) -> dict[str, float]:
    """Limits on the moments of mass states of Dirac neutrinos, each as if it were the only one.

    mu_jj < mu_eff / sqrt(w_j); a transition moment comes with its hermitian partner, so that
    |mu_jk| < mu_eff / sqrt(w_j + w_k).

    Args:
        limit: Limit on the effective moment [Bohr magnetons].
        mass_weights: Shares of the mass states, shape (3,).

    Returns:
        Limits [Bohr magnetons] by "11", "22", "33", "12", "13", "23"; infinite where the weight is zero.

    Raises:
        InputError: The limit is not above zero, or a weight is negative.

    >>> dirac_mass_limits(2e-11, [0.25, 0.75, 0.0])["11"]
    4e-11
    """
    limit, weight = _checked(limit, mass_weights)
    diagonal = {f"{j + 1}{j + 1}": _limit(limit, float(weight[j])) for j in range(3)}
    return diagonal | majorana_mass_limits(limit, weight)


def majorana_mass_limits(limit: float, mass_weights: ArrayLike) -> dict[str, float]:
    """Limits on the transition moments of Majorana neutrinos, each as if it were the only one.

    |mu_jk| < mu_eff / sqrt(w_j + w_k). Borexino's printed limits follow with the shares in vacuum, |U_ek|^2, not
    with those after conversion in the Sun (arXiv:1707.09355).

    Args:
        limit: Limit on the effective moment [Bohr magnetons].
        mass_weights: Shares of the mass states, shape (3,).

    Returns:
        Limits [Bohr magnetons] by "12", "13", "23"; infinite where the weights are zero.

    Raises:
        InputError: The limit is not above zero, or a weight is negative.

    >>> majorana_mass_limits(2e-11, [0.25, 0.75, 0.0])["13"]
    4e-11
    """
    limit, weight = _checked(limit, mass_weights)
    return {f"{j + 1}{k + 1}": _limit(limit, float(weight[j] + weight[k])) for j, k in _PAIRS}


def _checked(limit: float, weights: ArrayLike) -> tuple[float, NDArray[np.float64]]:
    weight = np.asarray(weights, dtype=np.float64)
    if not 0.0 < limit <= 1.0:
        raise InputError(f"limit {limit}; allowed: above 0, at most 1 Bohr magneton")
    if weight.shape != (3,) or not np.all((weight >= 0.0) & np.isfinite(weight)):
        raise InputError(f"weights {weight.tolist()}; allowed: three numbers of 0 or more")
    return limit, weight


def _limit(limit: float, weight: float) -> float:
    return limit / math.sqrt(weight) if weight > 0.0 else math.inf
