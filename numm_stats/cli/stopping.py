"""Commands that are stopped: by Ctrl-C, SIGTERM or a terminal that is closed, all take away what is half-made."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["stopping", "stops_with_its_master"]

SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
GRACE_SECONDS: Final = 10.0


@contextmanager
def stopping() -> Iterator[None]:
    """Let what ends a process end it as Ctrl-C does, through whatever has something to take away.

    A signal that is ignored, as by nohup, stays so. In another thread than the first, signals are not ours.
    """
    ours = [one for one in SIGNALS if signal.getsignal(one) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        ours = []
    try:
        for one in ours:
            signal.signal(one, _interrupt)
        yield
    finally:
        for one in ours:
            signal.signal(one, signal.SIG_DFL)


def stops_with_its_master() -> None:
    """Let a worker be stopped in good order by the process that it works for, which has the signal too; or end late.

    A worker that dies at once breaks the pool, whose futures may then never end.
    """
    for one in (signal.SIGINT, *SIGNALS):
        if signal.getsignal(one) is not signal.SIG_IGN:
            signal.signal(one, _end_late)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _end_late(*_: Any) -> None:
    signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)  # SIGALRM, which ends the process
