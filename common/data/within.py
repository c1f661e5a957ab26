"""Work that may never end, such as talking to a server, for a limited time."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from time import monotonic
from typing import Any

AHEAD = 8  # items that wait
LOOK = 0.1  # seconds after which a thread that waits for room looks whether anybody still listens


class TooSlow(Exception):
    """An item did not come in time."""


def within(work: Callable[[threading.Event], Iterable[Any]], *, each: float, total: float, name: str) -> Iterator[Any]:
    """The items of ``work``, made in a thread that is left behind when its time is over.

    Timeouts of sockets are for single reads: a server that sends a byte now and then keeps to them for ever, in names,
    headers and bodies alike. Nothing else bounds all of it.

    Args:
        work: called in the thread with an event, which is set when nobody waits any more; it should end then.
        each: seconds to wait for the next item.
        total: seconds for all items.
        name: of the thread.

    Raises:
        TooSlow: the time is over. What ``work`` raises is raised where its item would have come.

    >>> list(within(lambda given_up: [1, 2], each=5, total=5, name="numbers"))
    [1, 2]
    """
    items: Queue[tuple[Any, BaseException | None]] = Queue(AHEAD)
    given_up, end = threading.Event(), monotonic() + total

    def put(item: Any, error: BaseException | None) -> None:
        while not given_up.is_set():
            with suppress(Full):
                return items.put((item, error), timeout=LOOK)

    def run() -> None:
        try:
            for item in work(given_up):
                put(item, None)
                if given_up.is_set():
                    return
            put(None, StopIteration())
        except BaseException as error:
            put(None, error)

    threading.Thread(target=run, daemon=True, name=name).start()
    try:
        while True:
            item, error = items.get(timeout=max(min(each, end - monotonic()), 0.001))
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item
    except Empty:
        raise TooSlow from None
    finally:
        given_up.set()
