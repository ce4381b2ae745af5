"""What is too large to be summed up: double precision holds squares of weights, and of their products, only so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from numm_stats.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LARGEST", "refuse_extremes"]

LARGEST: Final = 1e60  # four factors of this size still have a finite product


def refuse_extremes(what: str, values: NDArray[np.floating], each: str = "selected events") -> None:
    """Refuse finite values beyond `LARGEST` in size; those that are not finite are another's concern.

    Args:
        what: for the message: systematic, branch.
        values: numbers of events (n,) or (n, m).
        each: what n counts, for the message.

    Raises:
        InputError: naming the largest value.
    """
    sizes = np.abs(values)
    if (sizes <= LARGEST).all():
        return
    beyond = (sizes > LARGEST) & np.isfinite(sizes)
    if beyond.any():
        number = int(np.count_nonzero(beyond.reshape(len(beyond), -1).any(axis=1)))
        worst = float(values[beyond][np.argmax(sizes[beyond])])
        raise InputError(
            f"{what} is {worst:.4g}, and beyond {LARGEST:g} in size in {number} of {len(values)} {each}: sums of such "
            "numbers are not finite"
        )
