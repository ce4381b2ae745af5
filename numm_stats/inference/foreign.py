"""A pyhf model that is not compiled: pyhf counts, differences give the derivatives.

Slower than `compiled.CompiledModel`, which it stands in for, and as right: modifiers of one's own, clipped or batched
models are evaluated by pyhf, with its numpy backend in 64 bits whatever backend the caller has chosen; that choice is
kept. Auxiliary measurements are the same arrays as in a compiled model.
"""

from __future__ import annotations

import pickle
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from numm_stats.inference.compiling import (
    Ties,
    compile_constraints,
    compile_model,
    first_bins,
    refuse_wrong,
    why_not_compiled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyhf
    from numpy.typing import NDArray

    from numm_stats.inference.compiled import CompiledModel, Constraints, Parameters

    Array = NDArray[np.float64]

__all__ = ["ForeignChannel", "ForeignModel", "PyhfCounts", "foreign_model", "model_of"]

# Step over a parameter's own scale: five points leave step^4 / 30 of a fifth derivative and 1e-16 / step of rounding.
STEP: Final = 1.0 / 256.0
# Fourth-order differences on nodes of one step: both sides, or forward where a bound is near (backward: mirrored).
CENTRAL: Final = {-2: 1.0 / 12.0, -1: -8.0 / 12.0, 1: 8.0 / 12.0, 2: -1.0 / 12.0}
FORWARD: Final = {0: -25.0 / 12.0, 1: 48.0 / 12.0, 2: -36.0 / 12.0, 3: 16.0 / 12.0, 4: -3.0 / 12.0}
BACKWARD: Final = {-node: -weight for node, weight in FORWARD.items()}

_BACKEND_LOCK = RLock()  # pyhf's backend belongs to the process: threads must not restore it under one another


@dataclass(frozen=True)
class PyhfCounts:
    """Expected counts by pyhf itself.

    Attributes:
        model: of pyhf.
        index: where each of pyhf's parameters is found here.
        powers: what it is raised to, as long as `index`.
    """

    model: pyhf.Model
    index: NDArray[np.intp]
    powers: Array

    def __reduce__(self) -> tuple[Any, ...]:
        # a copy in another process no longer hears of backends: it must leave with the arrays that it will be used with
        with numpy_in_64_bits():
            return _unpacked, (pickle.dumps(self.model), self.index, self.powers)

    def total(self, theta: Array) -> Array:
        """Return the expected main counts (b,)."""
        return self._evaluate(theta, by_sample=False)

    def by_sample(self, theta: Array) -> Array:
        """Return the expected main counts of each of the model's samples (s, b), in the order of `config.samples`."""
        return self._evaluate(theta, by_sample=True)

    def _evaluate(self, theta: Array, *, by_sample: bool) -> Array:
        parameters = theta[self.index] ** self.powers
        batch = self.model.batch_size
        with numpy_in_64_bits():
            given = np.tile(parameters, (batch, 1)) if batch else parameters
            counts = np.asarray(self.model.main_model.expected_data(given, return_by_sample=by_sample), dtype=float)
        return counts[0] if batch else counts


def _unpacked(model: bytes, index: NDArray[np.intp], powers: Array) -> PyhfCounts:
    return PyhfCounts(pickle.loads(model), index, powers)  # noqa: S301  part of a pickle itself


@dataclass(frozen=True)
class ForeignChannel:
    """One channel of a foreign model, with the nominal counts (r, b) of its specification."""

    name: str
    samples: tuple[str, ...]
    bins: slice
    nominal: Array
    counts: PyhfCounts

    def yields(self, theta: Array) -> Array:
        """Return the counts of each sample in each bin, shape (r, b)."""
        known = self.counts.model.config.samples
        rows = [known.index(sample) for sample in self.samples]
        return self.counts.by_sample(theta)[rows, self.bins]

    def expected(self, theta: Array) -> Array:
        """Return the expected counts, shape (b,)."""
        return self.counts.total(theta)[self.bins]


@dataclass(frozen=True, eq=False)
class ForeignModel:
    """A pyhf model evaluated by pyhf, with the interface of `compiled.CompiledModel`.

    Attributes:
        parameters: names, initial values, bounds and which are held fixed.
        channels: in pyhf's order.
        constraints: the auxiliary measurements.
        nominal_auxiliary: pyhf's auxiliary data, shape (a,).
        counts: what evaluates the expected counts.
        scales: how far each parameter moves for one unit of -2 ln L, others held, shape (p,).
        note: why the model is not compiled.
    """

    parameters: Parameters
    channels: tuple[ForeignChannel, ...]
    constraints: Constraints
    nominal_auxiliary: Array
    counts: PyhfCounts
    scales: Array
    note: str

    @property
    def is_polynomial(self) -> bool:
        """Whether some yields are powers of a parameter, so that a profile may have two minima."""
        return bool((self.counts.powers != 1.0).any())

    @property
    def bin_count(self) -> int:
        """Number of bins of all channels together."""
        return int(self.channels[-1].bins.stop)

    def expected(self, theta: Array) -> Array:
        """Return the expected main counts at theta (p,), shape (b,)."""
        return self.counts.total(theta)

    def expected_and_jacobian(self, theta: Array) -> tuple[Array, Array]:
        """Return the expected main counts (b,) and their derivatives (p, b), by differences inside the bounds."""
        with numpy_in_64_bits():
            slopes = _slopes(self.counts.total, theta, self.parameters.bounds, self.scales)
            return self.expected(theta), slopes


def model_of(model: pyhf.Model, powers: Mapping[str, tuple[str, int]] | None = None) -> CompiledModel | ForeignModel:
    """Return a pyhf model compiled; where that cannot be, as pyhf evaluates it, with the reason as its `note`.

    Args:
        model: any model of pyhf 0.7.
        powers: normfactors tied to powers of another parameter, see `compile_model`.

    Raises:
        InputError: where the model is wrong in itself, or a tie is.
    """
    reason = why_not_compiled(model)
    return compile_model(model, powers) if reason is None else foreign_model(model, reason, powers)


def foreign_model(model: pyhf.Model, reason: str, powers: Mapping[str, tuple[str, int]] | None = None) -> ForeignModel:
    """Return a model that pyhf evaluates; `model_of` tells whether there is need to.

    Args:
        model: any model of pyhf 0.7.
        reason: why it is not compiled.
        powers: normfactors tied to powers of another parameter, see `compile_model`.

    Raises:
        InputError: where the model is wrong in itself, or a tie is.
    """
    refuse_wrong(model)
    tie = Ties(model, dict(powers or {}))
    exponents = np.array([float(tie.power.get(name, 1)) for name in model.config.par_names])
    counts = PyhfCounts(model, tie.index, exponents)
    constraints = compile_constraints(model, tie)
    return ForeignModel(
        parameters=tie.parameters,
        channels=_channels(model, counts),
        constraints=constraints,
        nominal_auxiliary=np.array(model.config.auxdata, dtype=float),
        counts=counts,
        scales=_scales(counts, tie.parameters, constraints),
        note=f"{reason}; pyhf itself evaluates the model, which is slower",
    )


@contextmanager
def numpy_in_64_bits() -> Iterator[None]:
    """Let pyhf count with numpy in 64 bits, and give the caller's backend and optimiser back afterwards."""
    import pyhf  # noqa: PLC0415  half a second that only those who infer pay

    with _BACKEND_LOCK:
        backend, optimiser = pyhf.get_backend()
        if (backend.name, backend.precision) == ("numpy", "64b"):
            yield
            return
        pyhf.set_backend("numpy", optimiser, precision="64b")
        try:
            yield
        finally:
            pyhf.set_backend(backend, optimiser)


def _channels(model: pyhf.Model, counts: PyhfCounts) -> tuple[ForeignChannel, ...]:
    specs = {channel["name"]: channel["samples"] for channel in model.spec["channels"]}
    return tuple(
        ForeignChannel(
            name=name,
            samples=tuple(sample["name"] for sample in specs[name]),
            bins=slice(first, first + model.config.channel_nbins[name]),
            nominal=np.array([sample["data"] for sample in specs[name]], dtype=float),
            counts=counts,
        )
        for name, first in first_bins(model).items()
    )


def _scales(counts: PyhfCounts, parameters: Parameters, constraints: Constraints) -> Array:
    """Return 1 / sqrt of each parameter's own Fisher information at the initial values.

    The slopes that it takes come from a first guess: the initial value, where it is not zero, or one.
    """
    theta = parameters.initial
    guess = np.where(theta != 0.0, np.abs(theta), 1.0)
    slopes = _slopes(counts.total, theta, parameters.bounds, guess)
    expected = counts.total(theta)
    information = slopes**2 @ np.where(expected > 0.0, 1.0 / np.where(expected > 0.0, expected, 1.0), 0.0)
    np.add.at(information, constraints.gaussian_parameters, 1.0 / constraints.sigma**2)
    np.add.at(information, constraints.poisson_parameters, constraints.tau)
    known = np.isfinite(information) & (information > 0.0)
    return np.where(known, 1.0 / np.sqrt(np.where(known, information, 1.0)), guess)


def _slopes(function: Callable[[Array], Array], theta: Array, bounds: Array, scales: Array) -> Array:
    """Return the derivatives (p, b) of a function of theta (p,) from five points of each parameter in its bounds."""
    # steps are powers of two, so that the nodes are where they are said to be, and leave room for four in the bounds
    steps = np.exp2(np.floor(np.log2(np.minimum(STEP * scales, (bounds[:, 1] - bounds[:, 0]) / 8.0))))
    rows = []
    for i, step in enumerate(steps.tolist()):
        weights = CENTRAL
        if theta[i] - 2.0 * step < bounds[i, 0]:
            weights = FORWARD
        elif theta[i] + 2.0 * step > bounds[i, 1]:
            weights = BACKWARD
        moved = [weight * function(_shifted(theta, i, node * step)) for node, weight in weights.items()]
        rows.append(np.sum(moved, axis=0) / step)
    return np.array(rows)


def _shifted(theta: Array, i: int, shift: float) -> Array:
    moved = theta.copy()
    moved[i] += shift
    return moved
