"""Priors of the Bayesian constructions: what they are flat in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from numm_stats.errors import InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numm_stats.workspace.poi import PointOfInterest

__all__ = ["PRIORS", "different_priors", "power_of_prior", "refuse_without_bayes"]

PRIORS: Final = ("parameter", "quantity")


def different_priors(meaning: PointOfInterest) -> tuple[str, ...]:
    """Return the priors worth quoting: flat in the parameter and, where that is another thing, in the quantity."""
    return PRIORS if meaning.power > 1 else PRIORS[:1]


def power_of_prior(meaning: PointOfInterest, prior: str) -> tuple[int, str]:
    """Return the power for which the prior is flat in mu^(1/power), and the prior in words.

    Raises:
        InputError: for an unknown prior.
    """
    if prior not in PRIORS:
        raise InputError(f"prior '{prior}' is unknown{nearest(prior, PRIORS)}; it is flat in {' or '.join(PRIORS)}")
    power = meaning.power if prior == "quantity" else 1
    return power, f"flat in {meaning.quantity if power > 1 else meaning.quantity_to_the_power}"


def refuse_without_bayes(constructions: Sequence[str], prior: str | None, likelihood: str | None) -> None:
    """Refuse a prior or a kind of likelihood where no Bayesian construction is asked for.

    Raises:
        InputError: for either, unless "bayes" is among the constructions.
    """
    for key, value in (("prior", prior), ("likelihood", likelihood)):
        if value is not None and "bayes" not in constructions:
            raise InputError(f"{key} = {value} belongs to the construction bayes, not to '{', '.join(constructions)}'")
