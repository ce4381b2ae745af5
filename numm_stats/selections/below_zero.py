"""Variations below zero: what a workspace may hold of them, and what is refused. Nothing is clipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from numm_stats.templates.templates import Template, Templates

    Array = NDArray[np.float64]

__all__ = ["REMEDY", "refuse_below_zero"]

ROUNDING: Final = 1e-9  # of the largest nominal count: bins without events have rounding of eigen-variations
SIDES: Final = ("up", "down")
REMEDY: Final = "state both sides, make bins wider, use modifier = 'normsys', or leave the sample out"


def refuse_below_zero(channel: str, templates: Templates, *, either_sign: Collection[str] = ()) -> None:
    """Refuse variations by one standard deviation that no counts follow from.

    A signal must not go below zero in any bin, nor the sum of all other samples to zero; one of these may, as samples
    of few simulated events do, where the others outweigh it.

    Args:
        channel: its name, for the message.
        templates: all samples of the channel.
        either_sign: samples that are interference, and may have any sign.

    Raises:
        InputError: naming systematic, sample and bin.
    """
    for name, signal in templates.signals.items():
        for systematic in signal.variations if name not in either_sign else ():
            for side, moved in _sides({name: signal}, systematic):
                low = np.flatnonzero(moved < -ROUNDING * np.abs(signal.counts).max())
                if low.size:
                    move = _move(templates, name, (systematic, side), low[0])
                    raise InputError(f"{channel}: {move}: {REMEDY}")
    others = templates.backgrounds
    for systematic in dict.fromkeys(key for one in others.values() for key in one.variations):
        for side, moved in _sides(others, systematic):
            low = np.flatnonzero(moved <= 0.0)
            if low.size:
                steps = {n: _moved(one, systematic, side)[low[0]] - one.counts[low[0]] for n, one in others.items()}
                move = _move(templates, min(steps, key=lambda name: steps[name]), (systematic, side), low[0])
                together = f"all background together to {moved[low[0]]:.4g}"
                raise InputError(f"{channel}: {move}, and {together}: {REMEDY}")


def _sides(samples: Mapping[str, Template], systematic: str) -> list[tuple[str, Array]]:
    """Counts of samples together (n,), up and down."""
    return [(side, np.sum([_moved(one, systematic, side) for one in samples.values()], axis=0)) for side in SIDES]


def _moved(template: Template, systematic: str, side: str) -> Array:
    if systematic not in template.variations:
        return template.counts
    return np.asarray(template.variations[systematic][SIDES.index(side)].values(), dtype=float)


def _move(templates: Templates, name: str, variation: tuple[str, str], number: int) -> str:
    """Say which bin a variation, by systematic and side, takes from where to where."""
    template, (low, high) = templates.samples[name], templates.edges[number : number + 2]
    observable = getattr(template.nominal.axes[0], "name", "the observable")
    place = f"bin {number} of {observable} ({low:g} to {high:g})"
    counts = f"from {template.counts[number]:.4g} to {_moved(template, *variation)[number]:.4g}"
    return f"systematic '{variation[0]}' {variation[1]} takes sample '{name}' in {place} {counts}"
