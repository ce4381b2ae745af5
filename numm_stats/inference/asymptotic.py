"""Asymptotic distributions of q~_mu: CLs, CLs+b and their expected bands (arXiv:1007.1727, sections 3.7 and 4.3).

With s = sqrt(q~_mu) of the data and a = sqrt(q~_mu,A) of the background-only Asimov set,

    CLs+b = 1 - Phi(s),           CLb = 1 - Phi(s - a)           for s <= a
    CLs+b = 1 - Phi((s^2 + a^2) / (2 a)),  CLb = 1 - Phi((s^2 - a^2) / (2 a))   for s > a

(eqs. 65 and 66 with a = mu / sigma; s > a is a best fit at mu-hat = 0 that would rather be negative).
"""

from __future__ import annotations

import math

from scipy.special import log_ndtr, ndtr, ndtri

__all__ = [
    "BAND",
    "cls",
    "clsb",
    "root_asimov_at_clsb_limit",
    "root_asimov_at_limit",
    "threshold_one_sided",
    "threshold_two_sided",
]

BAND = (-2, -1, 0, 1, 2)


def cls(root_q: float, root_asimov: float) -> float:
    """Return CLs from sqrt(q~_mu) of the data and of the background-only Asimov set.

    >>> round(cls(1.6448536, 1.6448536), 6)
    0.1
    """
    if root_asimov <= 0.0:
        return 1.0
    signal, background = _deviates(root_q, root_asimov)
    return math.exp(float(log_ndtr(-signal)) - float(log_ndtr(-background)))


def clsb(root_q: float, root_asimov: float) -> float:
    """Return CLs+b = p_mu from sqrt(q~_mu) of the data and of the background-only Asimov set (eq. 67).

    >>> round(clsb(1.2815516, 1.5), 6)
    0.1
    """
    if root_asimov <= 0.0:
        return 0.5
    return float(ndtr(-_deviates(root_q, root_asimov)[0]))


def _deviates(root_q: float, root_asimov: float) -> tuple[float, float]:
    """Return the standard deviates of which CLs+b and CLb are the upper tails; p_mu is zero for impossible data."""
    if math.isinf(root_q):
        return math.inf, 0.0
    if root_q <= root_asimov:
        return root_q, root_q - root_asimov
    below = (root_q**2 - root_asimov**2) / (2.0 * root_asimov)
    return below + root_asimov, below


def root_asimov_at_limit(sigmas: float, alpha: float) -> float:
    """Return sqrt(q~_A) at the CLs limit that background fluctuating by `sigmas` would give (eq. 89 solved for it).

    CLs = Phi(k - sqrt(q_A)) / Phi(k) = alpha for a fluctuation of k sigma, hence sqrt(q_A) = k - Phi^-1(alpha Phi(k)).

    >>> round(root_asimov_at_limit(0.0, 0.1), 6)
    1.644854
    """
    background = math.exp(float(log_ndtr(sigmas)))
    return sigmas - float(ndtri(alpha * background))


def root_asimov_at_clsb_limit(sigmas: float, alpha: float) -> float:
    """Return sqrt(q~_A) at the CLs+b limit that background fluctuating by `sigmas` would give.

    CLs+b = Phi(k - sqrt(q_A)) = alpha, hence sqrt(q_A) = k - Phi^-1(alpha). Negative where such a fluctuation excludes
    every signal, down to none at all.

    >>> round(root_asimov_at_clsb_limit(-1.0, 0.1), 6), round(root_asimov_at_clsb_limit(-2.0, 0.1), 6)
    (0.281552, -0.718448)
    """
    return sigmas - float(ndtri(alpha))


def threshold_one_sided(confidence_level: float) -> float:
    """Return the rise of -2 ln L of a one-sided limit, Phi^-1(CL)^2: 1.642 at 90 %.

    >>> round(threshold_one_sided(0.9), 4)
    1.6424
    """
    return float(ndtri(confidence_level)) ** 2


def threshold_two_sided(confidence_level: float) -> float:
    """Return the rise of -2 ln L of a two-sided interval, Phi^-1((1 + CL)/2)^2: 2.706 at 90 %.

    >>> round(threshold_two_sided(0.9), 4)
    2.7055
    """
    return float(ndtri((1.0 + confidence_level) / 2.0)) ** 2
