"""Fits of many toys: the fastest engine there is, iminuit for what it cannot do, and a count of both.

`numba` compiles kernels for one toy; `numpy` fits in batches; `iminuit` sends every toy through Minuit, the slow
reference. A toy that its engine leaves unconverged goes to iminuit; what fails there too is kept as NaN and counted.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import ComputationError, InputError, nearest
from numm_stats.inference.compiled import CompiledModel
from numm_stats.inference.fitting import find_minimum, run_minuit, starting_point
from numm_stats.inference.likelihood import Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.batch.ensemble import ToyData
    from numm_stats.inference.statmodel import StatisticalModel

    Array = NDArray[np.float64]

__all__ = ["ENGINES", "BatchFit", "ToyEngine", "available_engine", "by_kernels"]

REFERENCE_TOLERANCE: Final = 1e-5  # Minuit stops at an estimated distance of 2e-8 in -2 ln L
ENGINES: Final = ("numba", "numpy", "iminuit")
STARTS_OF_REFERENCE: Final = 64


@dataclass(frozen=True)
class BatchFit:
    """Minima of n toys.

    Attributes:
        thetas: parameters (n, p); NaN where a fit failed.
        deviances: -2 ln L relative to the saturated model (n,); NaN where a fit failed.
        fallbacks: how many went to iminuit.
        failures: how many failed there too.
    """

    thetas: Array
    deviances: Array
    fallbacks: int
    failures: int


def available_engine(name: str = "auto") -> str:
    """Return the engine to use: the one asked for, or numba where it is installed, else numpy."""
    installed = importlib.util.find_spec("numba") is not None
    if name == "auto":
        return "numba" if installed else "numpy"
    if name not in ENGINES:
        raise InputError(f"engine '{name}' is unknown{nearest(name, ENGINES)}; there are auto, {', '.join(ENGINES)}")
    if name == "numba" and not installed:
        raise InputError("engine 'numba': numba is not installed; install the extra 'fast', or use 'numpy'")
    return name


@dataclass(frozen=True)
class ToyEngine:
    """Fits batches of toys of one statistical model.

    Attributes:
        model: the model; its own data are not used.
        name: one of `ENGINES`.
    """

    model: StatisticalModel
    name: str

    def fit(self, toys: ToyData, starts: Array, *, poi: float | None = None) -> BatchFit:
        """Return the minima of toys, free or at a fixed parameter of interest.

        Args:
            toys: n pseudo-experiments.
            starts: first guesses, (p,) for all or (n, p).
            poi: value to hold the parameter of interest at.
        """
        held = self.model.model.parameters.fixed.copy()
        guesses = np.array(np.broadcast_to(starts, (len(toys), len(held))))
        if poi is not None:
            held[self.model.poi_index] = True
            guesses[:, self.model.poi_index] = poi
        thetas, deviances, stuck = self._batch(toys, guesses, held)
        failures = 0
        for k in np.flatnonzero(stuck):
            try:
                thetas[k], deviances[k] = self._by_minuit(toys, int(k), poi, guesses[k])
            except ComputationError:
                thetas[k], deviances[k] = np.nan, np.nan
                failures += 1
        expected = self.name == "iminuit" or not isinstance(self.model.model, CompiledModel)  # there is no other engine
        return BatchFit(thetas, deviances, 0 if expected else int(stuck.sum()), failures)

    def _batch(self, toys: ToyData, starts: Array, held: NDArray[np.bool_]) -> tuple[Array, Array, NDArray[np.bool_]]:
        count, model = len(toys), self.model.model
        if self.name == "iminuit" or not isinstance(model, CompiledModel):
            return np.empty_like(starts), np.empty(count), np.ones(count, dtype=bool)
        if self.name == "numpy":
            from numm_stats.inference.batch.vectorised import fit_batch  # noqa: PLC0415

            thetas, deviances, states = fit_batch(model, toys.main, toys.auxiliary, starts, held)
            return thetas, deviances, states != 0
        return by_kernels(model, toys, starts, held)

    def _by_minuit(self, toys: ToyData, k: int, poi: float | None, guess: Array) -> tuple[Array, float]:
        """Minuit from the guess; for a toy that an engine left, the whole chain of `find_minimum`."""
        model = self.model.with_data(Dataset(toys.main[k], toys.auxiliary[k]))
        if self.name != "iminuit":
            minimum = find_minimum(model, poi=poi, start=guess)
            return minimum.theta, minimum.deviance
        fixed = starting_point(model, poi)[1]
        minuit, _ = run_minuit(model.likelihood, guess, fixed, strategy=1)
        minuit.tol = REFERENCE_TOLERANCE
        minuit.migrad()
        if not minuit.valid:
            raise ComputationError("Minuit found no valid minimum of a toy")
        theta = np.array(minuit.values)
        return theta, model.likelihood.deviance(theta)


def by_kernels(
    model: CompiledModel, toys: ToyData, starts: Array, held: NDArray[np.bool_]
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return minima, -2 ln L and which toys are stuck, by the kernels of numba; arguments as of `fit_batch`.

    Most toys are fitted by chords, with the curvature where the first of them start; the others by Newton's method,
    and what that leaves by the batches of numpy.
    """
    from numm_stats.inference.batch.flat import flatten  # noqa: PLC0415
    from numm_stats.inference.batch.flat_bins import single_bins  # noqa: PLC0415
    from numm_stats.inference.batch.kernel import CONVERGED, fit_many  # noqa: PLC0415
    from numm_stats.inference.batch.kernel_chord import LEFT, fit_by_chords  # noqa: PLC0415
    from numm_stats.inference.batch.vectorised import fit_batch  # noqa: PLC0415

    flat, bins, count = flatten(model), single_bins(model), len(toys)
    thetas, deviances, states = np.empty_like(starts), np.empty(count), np.full(count, LEFT, dtype=np.int64)
    if bins is not None and count:
        reference = starts[:STARTS_OF_REFERENCE].mean(axis=0)
        fit_by_chords(flat, bins, toys.main, toys.auxiliary, starts, held, reference, thetas, deviances, states)
    if (states == LEFT).any():
        fit_many(flat, toys.main, toys.auxiliary, starts, held, thetas, deviances, states)
    stuck = np.flatnonzero(states != CONVERGED)
    if stuck.size:  # at a kink of an interpolation, say, where other steps may arrive
        main, auxiliary = toys.main[stuck], toys.auxiliary[stuck]
        thetas[stuck], deviances[stuck], states[stuck] = fit_batch(model, main, auxiliary, starts[stuck], held)
    return thetas, deviances, states != CONVERGED
