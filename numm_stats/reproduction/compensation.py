"""How fitted rates answer to a moment: recoils of pp and 7Be at none and at a large one, fitted to the same data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numm_stats.assembly.sun import SUN_PARTS
from numm_stats.inference.fitting import fit
from numm_stats.verbs.pipeline import analysis_of, build_templates, statistical_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from numm_stats.verbs.pipeline import Target

    Array = NDArray[np.float64]

__all__ = ["Compensated", "compensation"]


@dataclass(frozen=True)
class Compensated:
    """The best fit at one moment.

    Attributes:
        moment: that is held [Bohr magnetons].
        rates: fitted over stated rate, by the part of the Sun.
        counts: weak and magnetic recoils of each part at its fitted rate (n,).
        rise: of -2 ln L above that of the first moment.
    """

    moment: float
    rates: dict[str, float]
    counts: dict[str, Array]
    rise: float


def compensation(target: Target, moments: Sequence[float] = (0.0, 5e-11)) -> tuple[Array, tuple[Compensated, ...]]:
    """Return bin edges [hits], and the best fit of one dataset at each moment.

    Args:
        target: an analysis of Borexino's spectrum with free rates.
        moments: that are held [Bohr magnetons].
    """
    templates = build_templates(analysis_of(target))
    model, meaning, _ = statistical_model(target)
    found: list[Compensated] = []
    lowest = None
    for moment in moments:
        strength = meaning.parameter(moment)
        best = fit(model, poi=strength)
        lowest = best.minus_two_log_likelihood if lowest is None else lowest
        values = dict(zip(best.names, best.values.tolist(), strict=True))
        rates = {part: values[f"{part}_rate"] for part in SUN_PARTS if f"{part}_rate" in values}
        counts = {
            part: rate * (templates[part].values() + strength * templates[f"signal_{part}"].values())
            for part, rate in rates.items()
        }
        found.append(Compensated(moment, rates, counts, best.minus_two_log_likelihood - lowest))
    return np.asarray(templates.edges, dtype=float), tuple(found)
