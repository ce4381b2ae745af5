"""Statistical models on their way to workers: pickled once, and unpickled once by each worker.

It keeps the model with what the engines compiled of it.
"""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numm_stats.inference.statmodel import StatisticalModel

__all__ = ["packed", "unpacked"]


def packed(model: StatisticalModel) -> bytes:
    """Return a model for the way to a worker, see `unpacked`."""
    return pickle.dumps(model, protocol=pickle.HIGHEST_PROTOCOL)


@lru_cache(maxsize=4)
def unpacked(model: bytes) -> StatisticalModel:
    """Return the model that `packed` made: the same object for the same bytes, as long as it is in use.

    The bytes come from the process that asked for the work, never from a file.
    """
    found: StatisticalModel = pickle.loads(model)  # noqa: S301
    return found
