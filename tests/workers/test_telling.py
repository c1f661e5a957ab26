"""What rank 0 tells the others, over an engine: bytes of any length, arrays to the last bit, and why it cannot."""

import socket

import numpy as np
import pytest
from support.at_once import at_once

from common.base.errors import InputError
from common.workers import telling
from common.workers.environment import Place
from common.workers.group import Alone, Refused
from googlenet_torch import join


def groups(*acts):
    """What each act makes of the group, which are two workers in threads."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return at_once(*(lambda r=r, act=act: act(join(Place(r, 2, "127.0.0.1", port), seconds=20)) for r, act in acts))


def both(act):
    return groups((0, act), (1, act))


def test_bytes_of_any_length_arrive_whole(monkeypatch):
    monkeypatch.setattr(telling, "PIECE", 2)  # 16 bytes
    data = [bytes(range(1, n + 1)) for n in (0, 1, 7, 8, 9, 16, 17, 100)]
    own, told = both(lambda group: [telling.tell(group, each if group.rank == 0 else b"mine") for each in data])
    assert own == told == data


def test_arrays_arrive_to_the_last_bit():
    arrays = {
        "scalar": np.array(-0.0),
        "fc.weight": np.array([[np.nan, 1e-310], [-np.inf, 0.1]]),
        "single": np.float32([0.1, np.nan]),
        "counts": np.arange(3, dtype=np.int64),
        "turned": np.arange(6.0).reshape(2, 3).T,
    }
    _, told = both(lambda group: telling.tell_arrays(group, arrays if group.rank == 0 else {"other": np.ones(1)}))
    assert list(told) == list(arrays)
    for name, array in arrays.items():
        assert told[name].dtype == array.dtype and told[name].shape == array.shape
        assert told[name].tobytes() == array.tobytes() and told[name].flags.writeable


def test_what_rank_0_cannot_do_all_hear_of():
    def refuse():
        raise InputError("a full disk")

    own, told = both(lambda group: telling.led(group, refuse))
    assert type(own) is InputError and type(told) is Refused and str(own) == str(told) == "a full disk"
    assert told.rank == 0


def test_rank_0_alone_does_it():
    done = []
    assert both(lambda group: telling.led(group, lambda: done.append(group.rank) or 5)) == [5, None]
    assert done == [0]


def test_one_alone_is_told_nothing():
    assert telling.led(Alone(), lambda: 3) == 3
    with pytest.raises(InputError, match="no"):
        telling.led(Alone(), lambda: (_ for _ in ()).throw(InputError("no")))
