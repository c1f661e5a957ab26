"""Work done ahead of the one who needs it."""

import threading
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from typing import Any


def in_background(items: Iterable, ahead: int) -> Iterator:
    """The same items in the same order, made by a thread that never has more than ``ahead`` of them waiting or in hand.

    An error in making an item is raised where that item would have come. The thread ends with the items, with an
    error, or when the iterator is closed or forgotten, at the latest after the item in hand.

    >>> list(in_background("abc", ahead=2))
    ['a', 'b', 'c']
    """
    ready: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
    room, closed = threading.Semaphore(ahead), threading.Event()
    end = object()

    def work() -> None:
        iterator = iter(items)
        try:
            item = None
            while item is not end and room.acquire() and not closed.is_set():
                item = next(iterator, end)
                ready.put((item, None))
        except BaseException as error:
            ready.put((end, error))

    threading.Thread(target=work, daemon=True, name="batches").start()
    try:
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            if item is end:
                return
            room.release()
            yield item
    finally:
        closed.set()
        room.release()  # for a thread that waits for it
