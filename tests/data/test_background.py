"""What runs ahead runs in a thread of its own, not too far, and no longer than somebody listens."""

import gc
import threading
import time
import tracemalloc

import numpy as np
import pytest

from common.data.background import in_background
from common.data.batches import Batches
from common.data.dataset import ArrayImages, Split
from common.data.preprocessing import Preprocessing


def workers():
    return [thread for thread in threading.enumerate() if thread.name == "batches"]


def until(condition):
    """Wait for something that another thread does, for at most ten seconds."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.001)


@pytest.fixture(autouse=True)
def nobody_stays():
    until(lambda: not workers())
    yield
    until(lambda: not workers())


def test_the_same_items_in_the_same_order():
    assert list(in_background(range(100), 3)) == list(range(100))
    assert list(in_background([], 3)) == []
    assert list(in_background([None, None], 1)) == [None, None]


def test_they_are_made_by_another_thread_while_nobody_asks():
    made = []

    def items():
        for i in range(10):
            made.append((i, threading.current_thread()))
            yield i

    stream = in_background(items(), 3)
    assert next(stream) == 0
    until(lambda: len(made) == 4)  # the three that may wait, while this thread does something else
    assert {thread for _, thread in made}.isdisjoint({threading.current_thread()})
    assert len({thread for _, thread in made}) == 1
    stream.close()


@pytest.mark.parametrize("ahead", [1, 2, 5])
def test_it_runs_no_further_ahead_than_it_may(ahead):
    made = []
    stream = in_background((made.append(i) or i for i in range(100)), ahead)
    for asked in range(1, 20):
        next(stream)
        until(lambda asked=asked: len(made) == asked + ahead)
        time.sleep(0.002)
        assert len(made) == asked + ahead
    stream.close()


def test_an_error_comes_where_its_item_would_have_come():
    def items():
        yield 1
        yield 2
        raise ValueError("the third")

    stream = in_background(items(), 5)
    assert next(stream) == 1
    until(lambda: not workers())  # it failed long before anybody asks
    assert next(stream) == 2
    with pytest.raises(ValueError, match="the third"):
        next(stream)
    assert list(stream) == []


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("how", ["close", "forget", "break", "error"])
def test_the_thread_ends_with_the_interest_in_it(how, waits):
    """Whether it waits for room at that moment, or is making an item."""
    go_on = threading.Event()
    made = []

    def items():
        for i in range(1000):
            made.append(i)
            if i == 2 and not waits:
                go_on.wait(10)
            yield i

    stream = in_background(items(), 2)
    if how == "close":
        next(stream)
        stream.close()
    elif how == "forget":
        next(stream)
        del stream
        gc.collect()
    elif how == "break":
        for _ in in_background(items(), 2):
            break
    else:
        with pytest.raises(KeyError):
            failing(stream)
        del stream
        gc.collect()
    go_on.set()
    until(lambda: not workers())
    assert len(made) < 10


def failing(stream):
    for _ in stream:
        raise KeyError


def test_a_finished_stream_leaves_no_thread():
    stream = in_background(range(3), 2)
    assert [next(stream), next(stream), next(stream)] == [0, 1, 2]
    until(lambda: not workers())
    assert list(stream) == []


def test_two_streams_at_once_do_not_disturb_each_other():
    first, second = in_background(range(50), 2), in_background(range(50, 100), 2)
    assert list(zip(first, second, strict=True)) == [(i, 50 + i) for i in range(50)]


def test_batches_are_made_in_the_background():
    class Watched(ArrayImages):
        def _open(self, item):
            threads.add(threading.current_thread().name)
            return super()._open(item)

    split = Split(Watched(np.zeros((5, 2, 2, 1), np.uint8)), np.zeros(5, np.int64))
    batches = Batches(split, Preprocessing(2, (2, 2), order="L", mean=(0.5,), std=(0.5,)), batch=2, seed=0)
    for stream in (batches.epoch(0), batches.in_order()):
        threads = set()
        assert len(list(stream)) == 3
        assert threads == {"batches"}


def test_memory_does_not_grow_with_the_data():
    """What batches need at once: those that wait, the one in hand on either side, and no copy of the data."""
    made = Preprocessing(64, (64, 64), order="L", mean=(0.5,), std=(0.5,))

    def peak(count):
        split = Split(ArrayImages(np.zeros((count, 2, 2, 1), np.uint8)), np.zeros(count, np.int64))
        tracemalloc.start()
        for x, _ in Batches(split, made, batch=16, seed=0).epoch(0):
            one = x.nbytes
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found / one

    assert peak(16 * 40) < 7
    assert peak(16 * 160) < 7
