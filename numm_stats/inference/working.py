"""Work for others: blocks of toys on anything with the interface of `concurrent.futures.Executor`.

A statistical model is pickled once and unpickled once by each worker, which keeps it with what the engines compiled of
it. Work is handed out a window at a time, so that neither the list of what is to do nor that of results grows.
"""

from __future__ import annotations

import pickle
from collections import deque
from concurrent.futures import BrokenExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from numm_stats.errors import ComputationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor

    from numm_stats.inference.statmodel import StatisticalModel

__all__ = ["WINDOW", "in_order", "packed", "unpacked"]

WINDOW: Final = 64  # pieces of work that are handed out and not yet back

Result = TypeVar("Result")


def in_order(
    function: Callable[..., Result], arguments: Iterable[tuple[Any, ...]], executor: Executor | None
) -> Iterator[Result]:
    """Yield function(*a) for each of the arguments, in their order.

    Args:
        function: what to call; importable by its name where the workers are other processes.
        arguments: one tuple for each call.
        executor: does the work; this process without one.

    Raises:
        ComputationError: if a worker died, so that the executor cannot go on.
    """
    if executor is None:
        for given in arguments:
            yield function(*given)
        return
    waiting: deque[Any] = deque()
    try:
        for given in arguments:
            waiting.append(executor.submit(function, *given))
            if len(waiting) >= WINDOW:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenExecutor as error:
        raise ComputationError(
            "a worker process died, for want of memory perhaps: toys that a campaign stored are kept; run it again, "
            "with fewer --jobs"
        ) from error
    finally:
        for future in waiting:
            future.cancel()


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
