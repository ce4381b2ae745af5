"""Toys by evermore: its templates, effects and probability densities, minimised by optimistix, many at a time by jax.

evermore has no minimiser and sets no limits; this is the program that its users write around it. Parameters are one
flat array, as that is what jax vectorises best.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Evermore"]

TOLERANCE = 1e-6
MOST_STEPS = 500
LOWEST_BATCH = 16  # toys with mu_hat below zero that are fitted again at zero, at a time


@dataclass(frozen=True)
class Fits:
    """Compiled minima of -ln L: free (theta, value) and with the parameter of interest held (value)."""

    free: Callable[..., Any]
    held: Callable[..., Any]
    poi: int


@dataclass(frozen=True)
class Evermore:
    """evermore with the BFGS of optimistix, for normfactor, normsys and histosys."""

    requires: tuple[str, ...] = ("evermore", "optimistix", "jax")
    most_parameters: ClassVar[float] = 100
    draws_auxiliary: ClassVar[bool] = True
    batch: ClassVar[int] = 64  # the fastest of 64, 256 and 1,024

    def load(self, text: str) -> Fits:
        """Return the compiled fits of a workspace; its order of parameters and data is pyhf's."""
        import jax  # noqa: PLC0415
        import pyhf  # noqa: PLC0415

        jax.config.update("jax_enable_x64", val=True)
        pyhf.set_backend("numpy", "scipy")
        workspace = json.loads(text)
        config = pyhf.Workspace(workspace).model().config
        return _compiled(_negative_log_likelihood(workspace, config), config.npars, config.poi_index)

    def q_mu_tilde(self, model: Fits, mu: float, main: Array, auxiliary: Array) -> Array:
        """Return q~ of a batch; where mu_hat is below zero its fit is repeated at zero."""
        theta, lowest = model.free(main, auxiliary)
        best = np.array(theta)[:, model.poi]
        lowest, held = np.array(lowest), np.array(model.held(main, auxiliary, mu))
        below = np.flatnonzero(best < 0.0)
        for start in range(0, len(below), LOWEST_BATCH):
            rows = below[start : start + LOWEST_BATCH]
            padded = np.resize(rows, LOWEST_BATCH)
            lowest[rows] = np.array(model.held(main[padded], auxiliary[padded], 0.0))[: len(rows)]
        return np.where(best > mu, 0.0, np.maximum(2.0 * (held - lowest), 0.0))


def _compiled(function: Callable[..., Any], parameters: int, poi: int) -> Fits:
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415
    import optimistix  # noqa: PLC0415

    solver = optimistix.BFGS(rtol=TOLERANCE, atol=TOLERANCE)
    others = np.delete(np.arange(parameters), poi)

    def minimum(objective: Callable[..., Any], start: Any) -> tuple[Any, Any]:
        at = optimistix.minimise(objective, solver, start, max_steps=MOST_STEPS, throw=False).value
        return at, objective(at, None)

    def free(main: Any, auxiliary: Any) -> tuple[Any, Any]:
        return minimum(lambda theta, _: function(theta, main, auxiliary), jnp.zeros(parameters).at[poi].set(1.0))

    def held(main: Any, auxiliary: Any, mu: Any) -> Any:
        def objective(nuisances: Any, _: Any) -> Any:
            return function(jnp.zeros(parameters).at[others].set(nuisances).at[poi].set(mu), main, auxiliary)

        return minimum(objective, jnp.zeros(parameters - 1))[1]

    return Fits(jax.jit(jax.vmap(free)), jax.jit(jax.vmap(held, in_axes=(0, 0, None))), poi)


def _negative_log_likelihood(workspace: dict[str, Any], config: Any) -> Callable[..., Any]:
    import evermore as evm  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    order = {name: k for k, name in enumerate(config.par_names)}
    constrained = np.array([order[name] for name in config.auxdata_order])
    channels = {channel["name"]: channel["samples"] for channel in workspace["channels"]}
    samples = [[_sample(sample, order) for sample in channels[name]] for name in config.channels]

    def value(theta: Any, main: Any, auxiliary: Any) -> Any:
        expected = jnp.concatenate([sum(counts(theta) for counts in channel) for channel in samples])
        constraint = evm.pdf.Normal(mean=theta[constrained], width=jnp.ones(len(constrained)))
        return -evm.pdf.PoissonContinuous(expected).log_prob(main).sum() - constraint.log_prob(auxiliary).sum()

    return value


def _sample(sample: dict[str, Any], order: dict[str, int]) -> Callable[[Any], Any]:
    import jax.numpy as jnp  # noqa: PLC0415

    nominal = jnp.array(sample["data"])
    effects = [(order[modifier["name"]], _effect(modifier)) for modifier in sample["modifiers"]]

    def counts(theta: Any) -> Any:
        offset, scale = 0.0, 1.0
        for k, effect in effects:
            change = effect(value=theta[k], hist=nominal)
            offset, scale = offset + change.offset, scale * change.scale
        return scale * (nominal + offset)

    return counts


def _effect(modifier: dict[str, Any]) -> Any:
    """The effect that does what the modifier does in pyhf; evermore's morphing is its code4p."""
    import evermore as evm  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    kind, data = modifier["type"], modifier["data"]
    if kind == "normfactor":
        return evm.effect.Linear(offset=0.0, slope=1.0)
    if kind == "histosys":
        return evm.effect.VerticalTemplateMorphing(jnp.array(data["hi_data"]), jnp.array(data["lo_data"]))
    if kind != "normsys":
        raise NotImplementedError(f"evermore: modifiers of type {kind} are not translated")
    inside, up, down = jnp.array(_code4(data["hi"], data["lo"])), np.log(data["hi"]), np.log(data["lo"])

    def factor(value: Any, nominal: Any) -> Any:
        outside = jnp.exp(jnp.abs(value) * jnp.where(value > 0.0, up, down))
        return nominal * jnp.where(jnp.abs(value) < 1.0, jnp.polyval(inside, value), outside)

    return evm.effect.Lambda(factor, normalize_by="scale")


def _code4(high: float, low: float) -> Array:
    """The polynomial of degree six that continues high^x and low^-x inside |x| < 1, highest power first."""
    power, side = np.arange(1, 7), np.array([[1.0], [-1.0]])
    ends = np.array([high, low])
    slope = side[:, 0] * np.log(ends)
    matrix = np.concatenate(
        [side**power, power * side ** (power - 1), power * (power - 1) * side ** (power - 2)]
    )  # value, first and second derivative at both ends
    return np.array([*np.linalg.solve(matrix, np.concatenate([ends - 1.0, slope * ends, slope**2 * ends]))[::-1], 1.0])
