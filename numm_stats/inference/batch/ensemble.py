"""The honest ensemble: toys whose main counts and auxiliary measurements are both drawn.

Random numbers come from the counter-based generator Philox, keyed by (seed, hypothesis) with the number of a block of
1,024 toys in its counter: toy k is row k mod 1,024 of block k // 1,024, whoever computes it, in whatever order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numm_stats.inference.compiled import CompiledModel
    from numm_stats.inference.foreign import ForeignModel

    Array = NDArray[np.float64]

__all__ = ["BLOCK", "Hypothesis", "ToyData", "draw_block"]

BLOCK = 1024
HIGHEST_MEAN = 9e18  # of a Poisson number that fits into 64 bits


@dataclass(frozen=True)
class Hypothesis:
    """What toys are drawn from.

    Attributes:
        mu: parameter of interest; with the seed it is the key of the random numbers.
        theta: all parameters (p,), the parameter of interest among them.
    """

    mu: float
    theta: Array

    @property
    def key(self) -> int:
        """The 64 bits of mu as an integer; minus zero is zero."""
        return int(np.float64(self.mu + 0.0).view(np.uint64))


@dataclass(frozen=True)
class ToyData:
    """Pseudo-experiments: main counts (n, b) and auxiliary measurements (n, a)."""

    main: Array
    auxiliary: Array

    def __len__(self) -> int:
        return len(self.main)

    def take(self, rows: slice | NDArray[np.intp] | NDArray[np.bool_]) -> ToyData:
        """Return some of the toys."""
        return ToyData(self.main[rows], self.auxiliary[rows])


def draw_block(model: CompiledModel | ForeignModel, hypothesis: Hypothesis, *, seed: int, block: int) -> ToyData:
    """Return the 1,024 toys of one block.

    Main counts are Poisson; auxiliary measurements are Gaussian around, or Poisson with, what the hypothesis expects.

    Args:
        model: the compiled model, or one that stands in for it.
        hypothesis: true parameters.
        seed: of the campaign, 0 to 2^64 - 1.
        block: number of the block, from 0.
    """
    stream = np.random.Philox(key=np.array([seed, hypothesis.key], dtype=np.uint64), counter=[0, 0, 0, block])
    generator = np.random.Generator(stream)
    expected = np.maximum(model.expected(hypothesis.theta), 0.0)
    if not expected.max() < HIGHEST_MEAN:
        raise InputError(f"a bin expects {expected.max():.3g} counts: toys can be drawn up to {HIGHEST_MEAN:g}")
    main = generator.poisson(expected, size=(BLOCK, len(expected))).astype(np.float64)
    constraints = model.constraints
    centre = constraints.expected(hypothesis.theta)
    auxiliary = np.empty((BLOCK, len(centre)))
    gaussian, poisson = constraints.gaussian_data, constraints.poisson_data
    auxiliary[:, gaussian] = generator.normal(centre[gaussian], constraints.sigma, size=(BLOCK, len(gaussian)))
    auxiliary[:, poisson] = generator.poisson(centre[poisson], size=(BLOCK, len(poisson)))
    return ToyData(main, auxiliary)
