"""How a nuisance parameter moves a yield: the interpolation codes of HistFactory, with their derivatives.

A shape variation (`histosys`) is always `alpha S + a(alpha) A` with the half difference
`S = (up - down) / 2`, the asymmetry `A = (up + down - 2 nominal) / 16` and an even function `a` that depends
on the code. A normalisation variation (`normsys`) is a factor. The codes are defined in the HistFactory note
CERN-OPEN-2012-016, section 4.1; pyhf's documentation numbers them as here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = [
    "HISTOSYS_CODES",
    "NORMSYS_CODES",
    "code4_coefficients",
    "even_part",
    "even_part_curvature",
    "normalisation_curvature",
    "normalisation_factor",
]

HISTOSYS_CODES: Final = ("code0", "code2", "code4p")
NORMSYS_CODES: Final = ("code1", "code4")

_EXPONENTS: Final = np.arange(7)


def even_part(alpha: Array, code: str) -> tuple[Array, Array]:
    """Return the even function a(alpha) that multiplies the asymmetry of a shape variation, and its derivative.

    code0 (piecewise linear): 8 |alpha|; code2 (quadratic): 8 alpha^2; code4p (polynomial):
    alpha^2 (15 - 10 alpha^2 + 3 alpha^4). The latter two hold for |alpha| < 1 and continue linearly beyond.

    Args:
        alpha: nuisance parameters, any shape.
        code: one of `HISTOSYS_CODES`.

    Returns:
        a and da/dalpha, shaped as alpha.

    >>> even_part(np.array([0.5, 1.0, 2.0]), "code4p")[0]
    array([ 3.171875,  8.      , 16.      ])
    """
    size = np.abs(alpha)
    square = alpha * alpha
    if code == "code0":
        return 8.0 * size, 8.0 * np.sign(alpha)
    if code == "code2":
        inside = size <= 1.0
        value = np.where(inside, 8.0 * square, 8.0 * (2.0 * size - 1.0))
        return value, np.where(inside, 16.0 * alpha, 16.0 * np.sign(alpha))
    inside = size <= 1.0
    value = np.where(inside, square * (15.0 + square * (-10.0 + 3.0 * square)), 8.0 * size)
    slope = np.where(inside, alpha * (30.0 + square * (-40.0 + 18.0 * square)), 8.0 * np.sign(alpha))
    return value, slope


def even_part_curvature(alpha: Array, code: str) -> Array:
    """Return the second derivative of `even_part`, shaped as alpha; the kink of code0 has none.

    >>> even_part_curvature(np.array([0.0, 0.5, 2.0]), "code4p")
    array([30.   ,  5.625,  0.   ])
    """
    if code == "code0":
        return np.zeros_like(alpha)
    square = alpha * alpha
    inside = np.full_like(alpha, 16.0) if code == "code2" else 30.0 + square * (90.0 * square - 120.0)
    return np.where(square <= 1.0, inside, 0.0)


def code4_coefficients(high: Array, low: Array) -> Array:
    """Return the coefficients a_1 ... a_6 of code4's polynomial 1 + sum_i a_i alpha^i inside |alpha| < 1.

    Value, slope and curvature join the exponentials high^alpha and low^-alpha at alpha = +1 and -1.

    Args:
        high: factors at +1 sigma, shape (k,).
        low: factors at -1 sigma, shape (k,).

    Returns:
        Coefficients, shape (6, k).

    >>> code4_coefficients(np.array([1.1]), np.array([1 / 1.1]))[0].round(6)
    array([0.09531])
    """
    powers = np.arange(1, 7)
    rows = [
        sign ** (powers - order) * np.prod([powers - i for i in range(order)], axis=0)
        for order in range(3)
        for sign in (1.0, -1.0)
    ]
    log_high, log_low = np.log(high), np.log(low)
    target = [high - 1.0, low - 1.0, high * log_high, -low * log_low, high * log_high**2, low * log_low**2]
    solution: Array = np.linalg.solve(np.array(rows), np.array(target))
    return solution


def normalisation_factor(alpha: Array, high: Array, low: Array, polynomial: Array | None) -> tuple[Array, Array]:
    """Return the factor of a normalisation variation and its derivative.

    code1: high^alpha for alpha > 0, low^-alpha otherwise. code4: the same for |alpha| >= 1 and a polynomial inside.

    Args:
        alpha: nuisance parameter of each variation, shape (k,).
        high: factor at +1 sigma, shape (k,).
        low: factor at -1 sigma, shape (k,).
        polynomial: `code4_coefficients(high, low)`, or None for code1.

    Returns:
        Factor and d factor / d alpha, shape (k,).

    >>> normalisation_factor(np.array([2.0]), np.array([1.1]), np.array([0.9]), None)[0].round(6)
    array([1.21])
    """
    base = np.where(alpha >= 0.0, np.log(high), -np.log(low))
    factor = np.exp(alpha * base)
    slope = base * factor
    if polynomial is None:
        return factor, slope
    inside = np.abs(alpha) < 1.0
    monomials = np.power.outer(alpha, _EXPONENTS)
    value = 1.0 + np.einsum("ik,ki->k", polynomial, monomials[:, 1:])
    derivative = np.einsum("ik,ki->k", polynomial, _EXPONENTS[1:] * monomials[:, :-1])
    return np.where(inside, value, factor), np.where(inside, derivative, slope)


def normalisation_curvature(alpha: Array, high: Array, low: Array, polynomial: Array | None) -> Array:
    """Return the second derivative of `normalisation_factor`, shape (k,), of the same arguments.

    >>> normalisation_curvature(np.array([2.0]), np.array([1.1]), np.array([0.9]), None).round(6)
    array([0.010992])
    """
    base = np.where(alpha >= 0.0, np.log(high), -np.log(low))
    outside: Array = base**2 * np.exp(alpha * base)
    if polynomial is None:
        return outside
    monomials = np.power.outer(alpha, _EXPONENTS[:5])
    inside = np.einsum("ik,ki->k", polynomial[1:], _EXPONENTS[2:] * _EXPONENTS[1:6] * monomials)
    return np.where(np.abs(alpha) < 1.0, inside, outside)
