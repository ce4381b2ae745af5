"""A running dask cluster as an executor: the only place that knows dask."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from numm_stats.errors import ComputationError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

__all__ = ["dask_workers"]

SECONDS_TO_ANSWER = 10


@contextmanager
def dask_workers(address: str) -> Iterator[Executor]:
    """Give the workers of a running dask cluster, with the interface of `concurrent.futures.Executor`.

    What a worker had not finished when it died, dask gives to another one.

    Args:
        address: of its scheduler, such as "tcp://host:8786".

    Raises:
        InputError: if dask is not installed or no scheduler answers.
        ComputationError: if the same piece of work kills worker after worker.
    """
    try:
        from distributed import Client, KilledWorker  # noqa: PLC0415
    except ImportError:
        raise InputError(f"--dask {address}: dask is not installed; install the extra 'dask'") from None
    try:
        client: Any = Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"--dask {address}: no dask scheduler answers there ({error})") from None
    with client:
        try:
            yield client.get_executor(pure=False)
        except KilledWorker as error:
            raise ComputationError(
                f"the workers of {address} die: {error}; toys that a campaign stored are kept, run it again"
            ) from error
