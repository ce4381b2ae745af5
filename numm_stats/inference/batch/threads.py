"""One thread of linear algebra for each worker: many small products lose more to the traffic than they gain."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

__all__ = ["one_thread"]


def one_thread() -> Any:
    """Return a context in which numpy's linear algebra runs on one thread."""
    return _controller().limit(limits=1, user_api="blas")


@lru_cache(maxsize=1)
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415  finds the libraries that are loaded, once

    return ThreadpoolController()
