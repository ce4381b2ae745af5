"""Programs that answer the same questions, behind one interface: load a workspace, set a limit, fit a toy.

Each is used as its manual says, with its default tolerances unless said. None is a dependency of ours.
"""

from __future__ import annotations

import importlib.util
import json
import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable
from unittest.mock import patch

import numpy as np
from evermore_toys import Evermore

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["PEERS", "Peer", "SetsLimits", "missing"]

LEVEL = 0.1  # 90 % CLs


class Peer(Protocol):
    """What a comparison needs of a program.

    Attributes:
        requires: the packages that must be installed.
        most_parameters: beyond which no answer comes in reasonable time.
        draws_auxiliary: whether a toy's auxiliary measurements can be given, so that the ensemble is the honest one.
        batch: how many toys it fits at a time.
    """

    requires: tuple[str, ...]
    most_parameters: ClassVar[float]
    draws_auxiliary: ClassVar[bool]
    batch: ClassVar[int]

    def load(self, text: str) -> Any:
        """Return a model ready for inference from a workspace's JSON."""

    def q_mu_tilde(self, model: Any, mu: float, main: Array, auxiliary: Array) -> Array:
        """Return q~ (n,) of a batch from main counts (n, b) and auxiliary measurements (n, a); NaN where it fails."""


@runtime_checkable
class SetsLimits(Peer, Protocol):
    """A program that has limits too."""

    def cls(self, model: Any, mu: float) -> None:
        """Evaluate CLs with its band once: compiles what is compiled, and tells what a limit will cost."""

    def limits(self, model: Any, highest: float) -> Array:
        """Return the observed and five expected limits (6,), all known to lie below `highest`."""


def missing(peer: Peer) -> list[str]:
    """Return the packages of a peer that are not installed."""
    return [name for name in peer.requires if importlib.util.find_spec(name) is None]


@dataclass(frozen=True)
class Pyhf:
    """pyhf with one of its backends and optimisers.

    `upper_limit` without a scan ignores `level` (pyhf#2563), hence `toms748_scan`.
    """

    backend: str
    optimizer: str
    requires: tuple[str, ...]
    most_parameters: ClassVar[float] = 100
    draws_auxiliary: ClassVar[bool] = True
    batch: ClassVar[int] = 1

    def load(self, text: str) -> Any:
        """Return model and data; the backend is set for all that follows."""
        import pyhf  # noqa: PLC0415

        pyhf.set_backend(self.backend, self.optimizer)
        workspace = pyhf.Workspace(json.loads(text))
        model = workspace.model()
        return model, workspace.data(model)

    def cls(self, model: Any, mu: float) -> None:
        """One `hypotest`."""
        import pyhf  # noqa: PLC0415

        pyhf.infer.hypotest(mu, model[1], model[0], test_stat="qtilde", return_expected_set=True)

    def limits(self, model: Any, highest: float) -> Array:
        """All six by `toms748_scan`, which needs floats for keys: what jax returns is made them."""
        from pyhf.infer.intervals import upper_limits  # noqa: PLC0415

        with patch.object(upper_limits, "hypotest", _in_floats(upper_limits.hypotest)):
            observed, expected = upper_limits.toms748_scan(model[1], model[0], 0.0, highest, level=LEVEL, rtol=1e-4)
        return np.array([observed, *expected], dtype=float)

    def q_mu_tilde(self, model: Any, mu: float, main: Array, auxiliary: Array) -> Array:
        """`qmu_tilde` of each from the suggested start, bounds and fixed parameters."""
        import pyhf  # noqa: PLC0415

        config, test = model[0].config, pyhf.infer.test_statistics.qmu_tilde
        settings = (config.suggested_init(), config.suggested_bounds(), config.suggested_fixed())
        values = np.full(len(main), np.nan)
        for k, toy in enumerate(np.hstack([main, auxiliary]).tolist()):
            with suppress(pyhf.exceptions.FailedMinimization):
                values[k] = float(test(mu, toy, model[0], *settings))
        return values


@dataclass(frozen=True)
class NextStat:
    """nextstat, whose fits take main counts only: auxiliary measurements of its toys stay at nominal.

    `smooth_bounds`, as without it one toy in 150 is up to 1e-2 off in q~.
    """

    requires: tuple[str, ...] = ("nextstat",)
    most_parameters: ClassVar[float] = math.inf
    draws_auxiliary: ClassVar[bool] = False
    batch: ClassVar[int] = 1

    def load(self, text: str) -> Any:
        """Return its model of a pyhf workspace."""
        import nextstat  # noqa: PLC0415

        return nextstat.from_pyhf(text)

    def cls(self, model: Any, mu: float) -> None:
        """One `hypotest`."""
        import nextstat  # noqa: PLC0415

        nextstat.hypotest(mu, model, return_tail_probs=True)

    def limits(self, model: Any, highest: float) -> Array:
        """All six by `upper_limit`, method "root"."""
        import nextstat  # noqa: PLC0415

        observed, expected = nextstat.upper_limit(model, method="root", alpha=LEVEL, lo=0.0, hi=highest, rtol=1e-4)
        return np.array([observed, *expected])

    def q_mu_tilde(self, model: Any, mu: float, main: Array, auxiliary: Array) -> Array:  # noqa: ARG002
        """From two `fit_minimum` each: the free one, and one with the parameter of interest held."""
        return np.array([self._one(model, mu, counts) for counts in main.tolist()])

    def _one(self, model: Any, mu: float, counts: list[float]) -> float:
        import nextstat  # noqa: PLC0415

        fit = nextstat.MaximumLikelihoodEstimator(smooth_bounds=True).fit_minimum
        bounds, poi = model.suggested_bounds(), model.poi_index()
        free = fit(model, data=counts)
        if free.parameters[poi] > mu:
            return 0.0
        start = list(free.parameters)
        start[poi], bounds[poi] = mu, (mu, mu)
        held = fit(model, data=counts, init_pars=start, bounds=bounds)
        return max(2.0 * (held.nll - free.nll), 0.0)


def _in_floats(hypotest: Callable[..., Any]) -> Callable[..., tuple[float, list[float]]]:
    def cls_and_band(*args: Any, **kwargs: Any) -> tuple[float, list[float]]:
        observed, expected = hypotest(*args, **kwargs)
        return float(observed), [float(value) for value in expected]

    return cls_and_band


PEERS: dict[str, Peer] = {
    "numpy+minuit": Pyhf("numpy", "minuit", ("pyhf",)),
    "numpy+scipy": Pyhf("numpy", "scipy", ("pyhf",)),
    "jax+scipy": Pyhf("jax", "scipy", ("pyhf", "jax")),
    "evermore": Evermore(),
    "nextstat": NextStat(),
}
