"""Workers meet: everyone learns what all have said; strangers, late workers and wrong ones are told off in time."""

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from time import monotonic, sleep

import pytest

from common.base.errors import InputError
from common.workers.meeting import meet


@pytest.fixture
def at():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()


def join(rank, size, at, token=b"token", seconds=20.0):
    return meet(rank, size, at, lambda host: f"{host}:{7000 + rank}", token=token, seconds=seconds)


def together(*calls):
    """What each call returns, or the error it raises; all at once."""

    def caught(call):
        try:
            return call()
        except InputError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(caught, calls))


@pytest.mark.parametrize("size", [1, 2, 5])
def test_everyone_learns_what_all_have_said(size, at):
    answers = together(*(lambda r=r: join(r, size, at) for r in reversed(range(size))))
    assert answers == [[f"127.0.0.1:{7000 + r}" for r in range(size)]] * size


def test_rank_0_may_come_last(at):
    def late():
        sleep(0.4)
        return join(0, 2, at)

    assert together(lambda: join(1, 2, at), late)[0] == ["127.0.0.1:7000", "127.0.0.1:7001"]


def knock(at, *messages):
    """A stranger who says something, or nothing, and stays."""
    until = monotonic() + 5
    while monotonic() < until:
        try:
            stranger = socket.create_connection(at, timeout=5)
            break
        except OSError:
            sleep(0.01)
    for message in messages:
        stranger.sendall(message)
    return stranger


@pytest.mark.parametrize("message", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, os.urandom(4096), b"\0\0\0\2{}"])
def test_a_stranger_neither_joins_nor_harms(message, at):
    strangers = []
    Thread(target=lambda: strangers.extend(knock(at, message) for _ in range(20)), daemon=True).start()

    def after():
        sleep(0.3)
        return join(1, 2, at)

    begun = monotonic()
    answers = together(lambda: join(0, 2, at), after)
    assert answers == [["127.0.0.1:7000", "127.0.0.1:7001"]] * 2
    assert monotonic() - begun < 12
    for stranger in strangers:
        stranger.close()


def test_another_token_does_not_join(at):
    host, guest = together(lambda: join(0, 2, at, seconds=1.0), lambda: join(1, 2, at, token=b"other", seconds=1.0))
    assert "1 of 2 workers did not come" in str(host) and "rank 1" in str(host)
    assert isinstance(guest, InputError) and "token" in str(guest)


def test_who_does_not_come_is_named_in_time(at):
    begun = monotonic()
    answers = together(lambda: join(0, 3, at, seconds=1.0), lambda: join(1, 3, at, seconds=1.5))
    assert 0.9 < monotonic() - begun < 6
    assert str(answers[0]).endswith("rank 2") and isinstance(answers[1], InputError)


def test_nobody_listens(at):
    begun = monotonic()
    with pytest.raises(InputError, match="rank 1 did not meet the others at 127"):
        join(1, 2, at, seconds=0.5)
    assert monotonic() - begun < 4


def test_a_rank_comes_once_and_of_this_group_only(at):
    def late(rank, size):
        sleep(0.3)
        return join(rank, size, at)

    def last():
        sleep(0.8)
        return join(2, 3, at)

    calls = (lambda: join(0, 3, at), lambda: join(1, 3, at), lambda: late(1, 3), lambda: late(2, 4), last)
    host, first, twin, foreign, late_one = together(*calls)
    assert host == first == late_one == [f"127.0.0.1:{7000 + r}" for r in range(3)]
    assert "a worker of rank 1 already" in str(twin)
    assert "rank 2 of 4 is not of this group of 3" in str(foreign)


def test_rank_0_listens_at_the_given_interface_only(at):
    def look():
        sleep(0.3)
        with socket.socket() as other:
            refused = other.connect_ex(("127.0.0.2", at[1]))
        join(1, 2, at)
        return refused

    assert together(lambda: join(0, 2, at), look)[1] != 0


def test_an_address_that_is_taken_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(InputError, match="cannot listen at 127"):
        join(0, 2, server.getsockname())
