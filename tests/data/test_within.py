"""Work of others within a time: what does not end is left behind."""

import threading
import time

import pytest

from common.data import tars
from common.data.within import TooSlow, within


def test_work_that_does_not_end_is_left_behind():
    ended = threading.Event()

    def forever(given_up):
        try:
            while True:
                yield 1
                time.sleep(0.02)
        finally:
            ended.set()

    begun = time.monotonic()
    with pytest.raises(TooSlow):
        list(within(forever, each=5, total=0.2, name="forever"))
    assert time.monotonic() - begun < 3
    assert ended.wait(5)
    with pytest.raises(TooSlow):
        next(within(lambda given_up: given_up.wait(9) and [], each=0.1, total=50, name="hanging"))


def test_errors_of_work_come_where_its_item_would_have_come():
    def broken(given_up):
        yield 1
        raise KeyError("two")

    stream = within(broken, each=5, total=5, name="broken")
    assert next(stream) == 1
    with pytest.raises(KeyError, match="two"):
        next(stream)


def test_nobody_makes_items_ahead_of_a_slow_reader_without_end():
    made = []
    stream = within(lambda given_up: (made.append(i) or i for i in range(1000)), each=5, total=5, name="many")
    assert next(stream) == 0
    time.sleep(0.3)
    assert len(made) <= 12
    stream.close()
    assert tars.MOST_GLOBAL < tars.MOST_EXTENDED
