"""What decays in atmospheric argon: activities and numbers of decays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from numm_stats.backgrounds.nuclides import nuclide
from numm_stats.errors import InputError, nearest
from numm_stats.physics.constants import SECONDS_PER_YEAR
from numm_stats.physics.decay_chains import decays_of_activity

__all__ = ["ACTIVITIES", "Activity", "argon_decays"]


@dataclass(frozen=True)
class Activity:
    """A measured activity of argon from the atmosphere.

    Attributes:
        nuclide: what decays.
        bq_per_kg: [Bq/kg].
        up: uncertainty upwards [Bq/kg].
        down: uncertainty downwards [Bq/kg].
        source: where it was published.
    """

    nuclide: str
    bq_per_kg: float
    up: float
    down: float
    source: str


# The two of 42Ar are recalled from their papers: the papers were found, the numbers not read in them
ACTIVITIES: Final = {
    "Ar42-gerda": Activity("Ar42", 92e-6, 22e-6, 46e-6, "GERDA, Eur. Phys. J. C 74, 2764 (2014)"),
    "Ar42-deap": Activity("Ar42", 40.4e-6, 5.9e-6, 5.9e-6, "DEAP-3600, arXiv:1905.05811"),
    "Ar39-warp": Activity("Ar39", 1.01, 0.08, 0.08, "WARP, astro-ph/0603131, recalled"),
    "Ar39-deap": Activity("Ar39", 0.964, 0.024, 0.024, "DEAP-3600, arXiv:2302.14639"),
}


def argon_decays(
    measurement: str, tonnes: float, years: float, *, decaying: bool = False, depletion: float = 1.0
) -> float:
    """Return the number of decays of 42Ar (as many of 42K) or of 39Ar in argon.

    Args:
        measurement: of `ACTIVITIES`.
        tonnes: of argon.
        years: of running.
        decaying: whether the activity falls from its value at the start with the half-life, or is constant.
        depletion: of the argon: atmospheric over true activity.

    Returns:
        Decays.

    >>> f"{argon_decays('Ar42-gerda', 1e4, 5.0):.3g}"
    '1.45e+11'
    """
    if measurement not in ACTIVITIES:
        raise InputError(
            f"argon activity '{measurement}' is unknown{nearest(measurement, ACTIVITIES)}; "
            f"known are {', '.join(ACTIVITIES)}"
        )
    for name, value in (("tonnes", tonnes), ("years", years), ("depletion", depletion)):
        if not value > 0.0:
            raise InputError(f"{name} = {value}: must be above zero")
    known = ACTIVITIES[measurement]
    becquerel = known.bq_per_kg * 1e3 * tonnes / depletion
    half_life = nuclide(known.nuclide).half_life_s if decaying else float("inf")
    return decays_of_activity(becquerel, years * SECONDS_PER_YEAR, half_life)
