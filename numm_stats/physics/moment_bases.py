"""Matrices of neutrino magnetic moments: Dirac and Majorana, between mass states and between flavours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from numm_stats.errors import InputError, nearest

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from numm_stats.physics.mixing import Mixing

__all__ = [
    "KINDS",
    "MomentKind",
    "checked_kind",
    "dirac_moments",
    "flavour_basis",
    "majorana_moments",
    "mass_basis",
]

MomentKind = Literal["dirac", "majorana"]
KINDS: tuple[MomentKind, ...] = get_args(MomentKind)


def checked_kind(kind: str) -> MomentKind:
    """Return the name as a kind of neutrino, or say which there are.

    >>> checked_kind("majorana")
    'majorana'
    """
    if kind not in KINDS:
        raise InputError(f"kind of neutrino '{kind}'{nearest(kind, KINDS)}; allowed: {', '.join(KINDS)}")
    return kind


def dirac_moments(magnetic: ArrayLike, electric: ArrayLike = 0.0) -> NDArray[np.complex128]:
    """Transition matrix of Dirac neutrinos from magnetic and electric dipole moments.

    lambda = mu - i epsilon: its element jk takes a left-handed state k to a right-handed state j. Both matrices
    are hermitian, so any complex matrix can be written so (Giunti and Studenikin, arXiv:1403.6344).

    Args:
        magnetic: Magnetic moments mu [Bohr magnetons], (3, 3), hermitian.
        electric: Electric dipole moments epsilon in the same unit, (3, 3), hermitian, or zero.

    Returns:
        lambda [Bohr magnetons], (3, 3).

    Raises:
        InputError: A matrix is not hermitian.

    >>> dirac_moments(np.diag([1e-11, 0.0, 0.0]))[0, 0]
    np.complex128(1e-11+0j)
    """
    mu, epsilon = _square(magnetic), _square(electric)
    for name, matrix in (("magnetic", mu), ("electric", epsilon)):
        if not _equal(matrix, matrix.conj().T):
            raise InputError(f"the matrix of {name} moments of Dirac neutrinos must be hermitian")
    return np.asarray(mu - 1j * epsilon)


def majorana_moments(matrix: ArrayLike) -> NDArray[np.complex128]:
    """Transition matrix of Majorana neutrinos: antisymmetric, so that only transitions have moments.

    Its real part is the electric, its imaginary part the magnetic dipole moment, each up to a sign (Giunti and
    Studenikin, arXiv:1403.6344): CPT leaves no Majorana neutrino a diagonal moment.

    Args:
        matrix: lambda = mu - i epsilon [Bohr magnetons], (3, 3).

    Returns:
        The same matrix, complex.

    Raises:
        InputError: The matrix is not antisymmetric.

    >>> majorana_moments([[0, 1e-11, 0], [-1e-11, 0, 0], [0, 0, 0]])[1, 0]
    np.complex128(-1e-11+0j)
    """
    moments = _square(matrix)
    if not _equal(moments, -moments.T):
        raise InputError("the matrix of moments of Majorana neutrinos must be antisymmetric, its diagonal zero")
    return moments


def flavour_basis(moments: NDArray[np.complex128], mixing: Mixing, kind: str) -> NDArray[np.complex128]:
    """Moments between flavours from moments between mass states.

    Dirac: U lambda U^+, the right-handed states turned like the left-handed ones. Majorana: U^* lambda U^+, which
    stays antisymmetric (Grimus and Schwetz, hep-ph/0006028). Both leave the sum of squares as it is.

    Args:
        moments: lambda in the mass basis [Bohr magnetons], (3, 3).
        mixing: Mixing parameters; Majorana phases matter for Majorana neutrinos.
        kind: "dirac" or "majorana".

    Returns:
        lambda in the flavour basis e, mu, tau [Bohr magnetons], (3, 3).

    Raises:
        InputError: The kind is neither.
    """
    u = mixing.matrix()
    left = u if checked_kind(kind) == "dirac" else u.conj()
    return np.asarray(left @ moments @ u.conj().T)


def mass_basis(moments: NDArray[np.complex128], mixing: Mixing, kind: str) -> NDArray[np.complex128]:
    """Moments between mass states from moments between flavours: the inverse of `flavour_basis`.

    Args:
        moments: lambda in the flavour basis [Bohr magnetons], (3, 3).
        mixing: Mixing parameters.
        kind: "dirac" or "majorana".

    Returns:
        lambda in the mass basis [Bohr magnetons], (3, 3).

    Raises:
        InputError: The kind is neither.
    """
    u = mixing.matrix()
    left = u.conj().T if checked_kind(kind) == "dirac" else u.T
    return np.asarray(left @ moments @ u)


def _square(matrix: ArrayLike) -> NDArray[np.complex128]:
    square = np.asarray(matrix, dtype=np.complex128)
    square = np.zeros((3, 3), dtype=np.complex128) if square.shape == () and square == 0 else square
    if square.shape != (3, 3) or not np.all(np.isfinite(square)):
        raise InputError(f"a matrix of moments has the shape {square.shape}; allowed: (3, 3), finite numbers")
    return square


def _equal(one: NDArray[np.complex128], other: NDArray[np.complex128]) -> bool:
    return bool(np.all(np.abs(one - other) <= 1e-12 * np.max(np.abs(one))))  # rounding of a change of basis
