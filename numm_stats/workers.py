"""Work for others, on anything with the interface of `concurrent.futures.Executor`, results in order.

Work is handed out a window at a time, so that neither the list of what is to do nor that of results grows.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import BrokenExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

from numm_stats.errors import ComputationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor

__all__ = ["WINDOW", "in_order"]

WINDOW: Final = 64  # pieces of work that are handed out and not yet back

Result = TypeVar("Result")


def in_order(
    function: Callable[..., Result], arguments: Iterable[tuple[Any, ...]], executor: Executor | None
) -> Iterator[Result]:
    """Yield function(*a) for each of the arguments, in their order; what is not begun is called off if one fails.

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
            "a worker process died, for want of memory perhaps: what a campaign stored is kept, nothing else was "
            "written; run it again, with fewer --jobs"
        ) from error
    finally:
        for future in waiting:
            future.cancel()
