"""The Newton step of a batch of toys: local parameters eliminated as in `kernel`, the dense ones by L D L^T.

The last axis of every array runs over toys, also in the matrices: for thousands of small systems, a loop over columns
with all toys at once beats a call of LAPACK for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numm_stats.inference.batch.vectorised_model import contract, layered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.batch.vectorised_model import Point
    from numm_stats.inference.batch.vectorised_terms import ChannelTerms, Pairs, TermModel

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["changes", "newton_step", "solve"]

SMALLEST_PIVOT = 1e-13
RETRIES = (0.0, 1e-8, 1e-6)  # damping with the expected information, where the observed one is singular


def newton_step(m: TermModel, counts: Array, point: Point, free: Mask) -> tuple[Array, Mask]:
    """Return the step (p, n) of the free parameters, zero for the others, and which toys have one (n,).

    Bins without events have slope and no curvature; where that makes the observed information singular, the expected
    one serves.
    """
    step, fine = _step(m, point, free, _weight(point, counts), 0.0)
    for damping in RETRIES:
        if fine.all():
            break
        bad = np.flatnonzero(~fine)
        few = point.take(bad)
        step[:, bad], fine[bad] = _step(m, few, free[:, bad], 2.0 * few.inverse, damping)
    return step, fine


def _weight(point: Point, counts: Array) -> Array:
    weight = counts * point.inverse
    weight *= point.inverse
    weight *= 2.0
    return weight


def _step(m: TermModel, point: Point, free: Mask, weight: Array, damping: float) -> tuple[Array, Mask]:
    dense, d = free[: m.dense_count], m.dense_count
    entries = point.entries if dense.all() else point.entries * dense[m.entry_parameters]
    residue = np.zeros_like(weight)
    if d < len(free):
        over = point.slopes * free[d:] / point.stiffness[d:]
        weight, residue = _eliminate(m, point, over, weight)
    system = np.zeros((d + 1, d, weight.shape[1]))
    for channel in m.channels:
        _add_curvature(channel, point.gammas, entries, weight, system)
    np.einsum("iin->in", system[:d])[:] += np.where(dense, point.stiffness[:d], 1.0)
    system[d] = -point.gradient[:d] * dense
    step = np.zeros_like(point.gradient)
    if d < len(free):
        system[d] += m.by_parameter @ (entries * contract(m, point.gammas, residue)[m.entry_terms])
    step[:d], fine = solve(system, damping)
    if d < len(free):
        change = weight * changes(m, point.gammas, entries * step[m.entry_parameters]) - residue
        step[d:] = -point.gradient[d:] * free[d:] / point.stiffness[d:] - change[m.local_bins] * over
    return step, fine


def _eliminate(m: TermModel, point: Point, over: Array, weight: Array) -> tuple[Array, Array]:
    """Return what local parameters leave to the dense ones: weight w / (1 + w s) and residue w t / (1 + w s)."""
    s, t = np.zeros_like(weight), np.zeros_like(weight)
    gradient = point.gradient[m.dense_count :]
    for places, bins in m.local_slots:
        s[bins] += over[places] * point.slopes[places]
        t[bins] += over[places] * gradient[places]
    s *= weight
    s += 1.0
    weight = weight / s
    t *= weight
    return weight, t


def changes(m: TermModel, gammas: tuple[Array | None, ...], moved: Array) -> Array:
    """Return the change of the counts (b, n) when each entry's term moves so much (e, n)."""
    coefficients = m.by_term @ moved
    total = np.zeros((m.bin_count, moved.shape[1]))
    for group in m.groups:
        change, gamma = group.templates.T @ coefficients[group.terms], gammas[group.number]
        total[group.bins] += change if gamma is None else change * gamma
    return total


def _add_curvature(
    channel: ChannelTerms, gammas: tuple[Array | None, ...], entries: Array, weight: Array, system: Array
) -> None:
    """Add one channel's sum_kl (dC_k/dtheta_p)(dC_l/dtheta_q) sum_b (T_k T_l)_b w_b to the lower triangle."""
    own, terms, pairs = entries[channel.entries], channel.entry_terms, channel.pairs
    places = [p for p, *_ in channel.parameters]
    if pairs is None:
        jacobian = _jacobian(channel, gammas, own)
        weighted = jacobian * weight[channel.bins].T[:, None, :]
        system[np.ix_(places, places)] += np.moveaxis(weighted @ jacobian.transpose(0, 2, 1), 0, -1)
        return
    products = _products_of_terms(pairs, gammas, weight)[pairs.place]
    for i, (p, first, last, own_terms) in enumerate(channel.parameters):
        row = np.einsum("en,ekn->kn", own[first:last], products[own_terms])
        system[p, places[: i + 1]] += pairs.spread[: i + 1, :last] @ (own[:last] * row[terms[:last]])


def _jacobian(channel: ChannelTerms, gammas: tuple[Array | None, ...], own: Array) -> Array:
    """Return the derivatives of the channel's bins with respect to its dense parameters, (n, parameters, bins)."""
    total = np.zeros((own.shape[1], len(channel.parameters), channel.bins.stop - channel.bins.start))
    for i, group, places, templates in channel.columns:
        column, gamma = own[places].T @ templates, gammas[group.number]
        total[:, i] += column if gamma is None else column * gamma.T
    return total


def _products_of_terms(pairs: Pairs, gammas: tuple[Array | None, ...], weight: Array) -> Array:
    """Return sum_b (T_k T_l)_b gamma_b gamma'_b w_b for the pairs of terms, (pairs, n)."""
    total = np.empty((pairs.count, weight.shape[1]))
    used = 0
    for first, second, templates in pairs.blocks:
        layers, gamma = layered(first, gammas, weight), gammas[second.number]
        layers = layers if gamma is None else layers * gamma
        np.matmul(templates, layers, out=total[used : used + len(templates)])
        used += len(templates)
    return total


def solve(system: Array, damping: float = 0.0) -> tuple[Array, Mask]:
    """Solve n systems by L D L^T in place.

    Args:
        system: the lower triangle of the matrices, and the right side as one more row, (d + 1, d, n).
        damping: what to add to the diagonal, as a part of it.

    Returns:
        Solutions (d, n), and for which toys the matrix is positive definite (n,).
    """
    d = system.shape[1]
    diagonal = np.einsum("iin->in", system[:d])
    diagonal[(diagonal == 0.0) & (system[d] == 0.0)] = 1.0  # a parameter that moves nothing stays
    diagonal *= 1.0 + damping
    smallest = SMALLEST_PIVOT * diagonal
    fine = np.ones(system.shape[2], dtype=bool)
    scaled = np.empty(diagonal.shape)
    for k in range(d):
        np.multiply(system[k, :k], diagonal[:k], out=scaled[:k])
        system[k:, k] -= np.einsum("ijn,jn->in", system[k:, :k], scaled[:k])
        good = (diagonal[k] > smallest[k]) & (diagonal[k] > 0.0)
        if not good.all():
            fine &= good
            diagonal[k][~good] = 1.0
        system[k + 1 :, k] /= diagonal[k]
    solution = system[d]
    for k in range(d - 2, -1, -1):
        solution[k] -= np.einsum("in,in->n", system[k + 1 : d, k], solution[k + 1 :])
    return solution, fine
