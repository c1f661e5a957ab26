"""Ctrl-C between two steps rather than within one."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """A function that says whether the process was asked to stop (SIGINT, SIGTERM); a second time ends it at once."""
    asked = []

    def note(number, frame):
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        os.write(2, b"\nstopping after this step; once more ends it at once\n")  # print is not for signal handlers

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
