"""Majorana neutrinos have three transition moments, so the moments of the three flavours form a triangle."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError
from numm_stats.physics.flavours import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["largest_third_moment", "majorana_transition_sizes", "triangle_slack"]


def triangle_slack(flavour_moments: Sequence[float]) -> NDArray[np.float64]:
    """How far each triangle inequality mu_a^2 <= mu_b^2 + mu_c^2 is from being violated.

    With mu_e^2 = |mu_e_mu|^2 + |mu_e_tau|^2 and so on, mu_b^2 + mu_c^2 - mu_a^2 = 2 |mu_bc|^2, which cannot be
    negative (Frere, Heeck, Mollet, Phys. Rev. D 92, 053002 (2015), arXiv:1506.02964).

    Args:
        flavour_moments: Short-baseline moments mu_e, mu_mu, mu_tau [any unit], shape (3,).

    Returns:
        mu_b^2 + mu_c^2 - mu_a^2 for a = e, mu, tau [unit squared], shape (3,); negative only for Dirac neutrinos.

    >>> print(triangle_slack([3.0, 4.0, 5.0]))
    [32. 18.  0.]
    """
    squares = np.asarray(flavour_moments, dtype=np.float64) ** 2
    return np.asarray(squares.sum() - 2.0 * squares)


def majorana_transition_sizes(flavour_moments: Sequence[float]) -> dict[str, float]:
    """Sizes of the transition moments between flavours from the moments of the three flavours.

    |mu_bc|^2 = (mu_b^2 + mu_c^2 - mu_a^2) / 2 (arXiv:1506.02964).

    Args:
        flavour_moments: Short-baseline moments mu_e, mu_mu, mu_tau [any unit], shape (3,).

    Returns:
        |mu_ab| in the same unit, keys "e_mu", "e_tau", "mu_tau".

    Raises:
        InputError: A triangle inequality is violated: the neutrinos cannot be Majorana.

    >>> majorana_transition_sizes([3.0, 4.0, 5.0])
    {'e_mu': 0.0, 'e_tau': 3.0, 'mu_tau': 4.0}
    """
    slack = triangle_slack(flavour_moments)
    rounding = 1e-12 * float(np.sum(np.asarray(flavour_moments, dtype=np.float64) ** 2))
    if slack.min() < -rounding:
        side = FAMILIES[int(slack.argmin())]
        value = flavour_moments[int(slack.argmin())]
        rule = "for Majorana neutrinos its square is at most the sum of the squares of the other two"
        raise InputError(f"mu_{side} is {value}; {rule}")
    halves = np.sqrt(np.maximum(slack, 0.0) / 2.0)
    return {f"{FAMILIES[b]}_{FAMILIES[c]}": float(halves[3 - b - c]) for b, c in itertools.combinations(range(3), 2)}


def largest_third_moment(one: float, other: float) -> float:
    """Largest moment of the third flavour of Majorana neutrinos, sqrt(mu_b^2 + mu_c^2) (arXiv:1506.02964).

    >>> largest_third_moment(3.0, 4.0)
    5.0
    """
    return math.hypot(one, other)
