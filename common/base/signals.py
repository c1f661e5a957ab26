"""Signals that ask the process to end: Ctrl-C, SIGTERM, SIGHUP."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import current_thread, main_thread
from typing import Any

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Ended(KeyboardInterrupt):
    """A signal asked the process to end. Like any exception it cleans up on its way.

    Attributes:
        number: of the signal; the exit code is 128 more.

    >>> Ended(15).number
    15
    """

    def __init__(self, number: int = signal.SIGINT):
        super().__init__()
        self.number = int(number)


class Stop:
    """Whether the process was asked to stop, and by which signal.

    Attributes:
        number: of the first signal that came, or None.

    >>> stop = Stop()
    >>> stop(), stop.number
    (False, None)
    """

    def __init__(self) -> None:
        self.number: int | None = None

    def __call__(self) -> bool:
        return self.number is not None


@contextmanager
def _handled(handler: Callable[[int, Any], None]) -> Iterator[None]:
    """Handle the signals in `ENDING`, save those that whoever started the process wants ignored, such as ``nohup``.

    Python handles signals in the main thread alone; elsewhere nothing changes.
    """
    before = {}
    try:
        if current_thread() is main_thread():
            for number in ENDING:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    before[number] = signal.signal(number, handler)
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was if was is not None else signal.SIG_DFL)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let signals raise `Ended`, so that what is open is closed and what is half written is removed."""

    def end(number: int, frame: Any) -> None:
        raise Ended(number)

    with _handled(end):
        yield


@contextmanager
def asked_to_stop(*, told: bool = True) -> Iterator[Stop]:
    """A `Stop` that the first signal sets, so that a loop may end between two steps; the second raises `Ended`.

    Args:
        told: say on stderr that the signal was heard.
    """
    stop = Stop()

    def note(number: int, frame: Any) -> None:
        if stop():
            raise Ended(number)
        stop.number = int(number)
        with suppress(OSError):  # a terminal that is gone; print is not for signal handlers
            if told:
                os.write(2, b"\nstopping after this step; once more ends it at once\n")

    with _handled(note):
        yield stop


def signal_name(number: int) -> str:
    """The name of a signal, or its number where it has none.

    >>> signal_name(11), signal_name(1000)
    ('SIGSEGV', 'signal 1000')
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
