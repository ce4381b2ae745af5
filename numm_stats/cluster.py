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
        _knock(address)
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


def _knock(address: str) -> None:
    """Raise what a connection to an address raises; a `Client` that finds none complains once more when it is deleted.

    Raises:
        OSError: if nobody answers.
        ValueError: if it is no address.
    """
    import asyncio  # noqa: PLC0415
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    from distributed.comm.core import connect  # noqa: PLC0415
    from distributed.security import Security  # noqa: PLC0415

    async def knock() -> None:
        secrets = Security().get_connection_args("client")  # type: ignore[no-untyped-call]
        comm = await connect(address, timeout=SECONDS_TO_ANSWER, **secrets)  # type: ignore[no-untyped-call]
        await comm.close()

    with ThreadPoolExecutor(1) as elsewhere:  # a notebook's thread has an event loop already
        elsewhere.submit(asyncio.run, knock()).result()
