"""Workers meet: everyone learns what all have said; strangers, late workers and wrong ones are told off in time."""

import os
import socket
import subprocess
import sys
from functools import partial
from threading import Thread
from time import monotonic, sleep

import pytest
from support.at_once import at_once

from common.base.errors import InputError
from common.workers.group import Refused
from common.workers.meeting import meet


@pytest.fixture
def at():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()


def join(rank, size, at, token=b"token", seconds=20.0, preparing=0.0):
    def say(host):
        return f"{host}:{7000 + rank}"

    return meet(rank, size, at, say, token=token, seconds=seconds, preparing=preparing)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_everyone_learns_what_all_have_said(size, at):
    answers = at_once(*(lambda r=r: join(r, size, at) for r in reversed(range(size))))
    assert answers == [[f"127.0.0.1:{7000 + r}" for r in range(size)]] * size


def test_rank_0_may_come_last(at):
    def late():
        sleep(0.4)
        return join(0, 2, at)

    assert at_once(lambda: join(1, 2, at), late)[0] == ["127.0.0.1:7000", "127.0.0.1:7001"]


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
    answers = at_once(lambda: join(0, 2, at), after)
    assert answers == [["127.0.0.1:7000", "127.0.0.1:7001"]] * 2
    assert monotonic() - begun < 12
    for stranger in strangers:
        stranger.close()


def test_another_token_does_not_join(at):
    host, guest = at_once(lambda: join(0, 2, at, seconds=1.0), lambda: join(1, 2, at, token=b"other", seconds=1.0))
    assert "1 of 2 workers did not come" in str(host) and "rank 1" in str(host)
    assert isinstance(guest, InputError) and "token" in str(guest)


def test_who_does_not_come_is_named_in_time(at):
    begun = monotonic()
    answers = at_once(lambda: join(0, 3, at, seconds=1.0), lambda: join(1, 3, at, seconds=1.5))
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
    host, first, twin, foreign, late_one = at_once(*calls)
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

    assert at_once(lambda: join(0, 2, at), look)[1] != 0


def test_nobody_listens_there_afterwards(at):
    for _ in range(2):
        assert at_once(lambda: join(0, 2, at), lambda: join(1, 2, at)) == [["127.0.0.1:7000", "127.0.0.1:7001"]] * 2
        with socket.socket() as late:
            assert late.connect_ex(at) != 0


def test_an_address_that_is_taken_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(InputError, match="cannot listen at 127"):
        join(0, 2, server.getsockname())


ENDS = """
import os, sys, time
from common.workers.meeting import meet

def say(host):
    time.sleep(0.5)
    os._exit(9)

meet(0, 2, (sys.argv[1], int(sys.argv[2])), say, token=b"token", seconds=20)
"""


def refusing(host):
    raise InputError("no such data")


def test_who_cannot_take_part_ends_all_at_once_and_they_know_who_it_was(at):
    answers = at_once(
        lambda: join(0, 3, at), lambda: join(1, 3, at), lambda: meet(2, 3, at, refusing, token=b"token", seconds=20)
    )
    assert [type(answer) for answer in answers] == [Refused, Refused, InputError]
    assert [answer.rank for answer in answers[:2]] == [2, 2]
    assert {str(answer) for answer in answers} == {"no such data"}


@pytest.mark.parametrize("say", [refusing, lambda host: "here"])
def test_rank_0_that_cannot_is_heard_before_all_others(at, say):
    begun = monotonic()
    first, second = at_once(
        lambda: meet(0, 2, at, refusing, token=b"token", seconds=20),
        lambda: meet(1, 2, at, say, token=b"token", seconds=20),
    )
    assert type(first) is InputError and type(second) is Refused and second.rank == 0
    assert monotonic() - begun < 5


def test_the_others_wait_for_what_rank_0_prepares(at):
    def prepare(host):
        sleep(1.5)
        return "ready"

    def first(preparing):
        return meet(0, 2, at, prepare, token=b"token", seconds=0.5, preparing=preparing)

    second = partial(meet, 1, 2, at, lambda host: "here", token=b"token", seconds=0.5)
    assert at_once(lambda: first(9), lambda: second(preparing=9)) == [["ready", "here"]] * 2


def test_a_worker_that_ends_while_it_prepares_is_missed_at_once(at):
    def end(host):
        raise KeyboardInterrupt

    def ended():
        with pytest.raises(KeyboardInterrupt):
            meet(1, 2, at, end, token=b"token", seconds=20, preparing=20)

    begun = monotonic()
    answer, _ = at_once(lambda: join(0, 2, at, preparing=20), ended)
    assert isinstance(answer, Refused) and answer.rank == 1 and "it ended" in str(answer)
    assert monotonic() - begun < 5


def test_a_rank_0_that_ends_while_it_prepares_is_missed_at_once(at):
    process = subprocess.Popen([sys.executable, "-c", ENDS, *map(str, at)])
    begun = monotonic()
    with pytest.raises(InputError, match="rank 1 did not meet the others"):
        join(1, 2, at, preparing=60)
    assert monotonic() - begun < 10
    process.wait(10)
