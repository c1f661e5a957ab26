"""An error that comes from another process ends a command as it would have at home, and says where it was raised."""

import pickle

import pytest

from common.base.errors import InputError, MissingBackend
from common.base.machine import out_of_memory
from common.base.sent import Sent


def came(error, cause=None):
    """What arrives of an error that is raised, and sent to another process."""
    try:
        raise error from cause
    except BaseException as raised:
        return pickle.loads(pickle.dumps(Sent.of(raised))).received()


class Demanding(Exception):
    """What `pickle` writes of it cannot be read again."""

    def __init__(self, code, where):
        super().__init__(f"{code} at {where}")


class Mute(Exception):
    def __str__(self):
        raise ValueError

    def __reduce__(self):
        raise ValueError


@pytest.mark.parametrize("error", [InputError("no such file"), MissingBackend("pip install it"), KeyError("b1")])
def test_an_error_arrives_as_it_was_and_with_its_traceback(error):
    arrived = came(error, ZeroDivisionError("first"))
    assert (type(arrived), arrived.args) == (type(error), error.args)
    assert "in came" in str(arrived.__cause__)
    assert "ZeroDivisionError: first" in str(arrived.__cause__)


def test_what_cannot_be_sent_arrives_as_its_words():
    arrived = came(Demanding(3, "b1"))
    assert type(arrived) is RuntimeError
    assert str(arrived).endswith("Demanding: 3 at b1")
    assert "in came" in str(arrived.__cause__)
    assert type(came(Mute())) is RuntimeError


def test_memory_that_did_not_suffice_is_told_though_its_cause_stays_behind():
    assert out_of_memory(came(KeyError("b1"), MemoryError()))
    assert out_of_memory(came(RuntimeError("std::bad_alloc")))
    assert type(came(InputError("the file"), MemoryError())) is InputError
    assert not out_of_memory(came(KeyError("b1"), ZeroDivisionError()))
