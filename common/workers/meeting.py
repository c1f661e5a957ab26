"""How workers learn each other's addresses before an engine starts that must know all of them.

The worker of rank 0 listens at the group's address for a limited time, and tells everyone what each has said. It is
Python's ``multiprocessing.connection``: both sides prove that they know the group's token before anything else is read.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from common.base.errors import InputError
from common.workers.connections import Address, connected_for, reached, set_limit, shown
from common.workers.group import SECONDS, Refused

if TYPE_CHECKING:
    from common.workers.environment import Place

TOKEN = "GOOGLENET_TOKEN"  # the variable with the secret of a group
LONGEST = 1 << 20  # bytes of what one worker says
MOST = 1 << 28  # bytes of what all have said
GUESTS = 256  # strangers that are listened to at once, beside the workers
TELLING = 5.0  # seconds that rank 0 stays to tell everyone


def secret_of(place: Place, environ: Mapping[str, str] | None = None) -> bytes:
    """The token of the group that a place is in: what the user has set, and what no other group has.

    Args:
        environ: the environment; None is that of the process.

    >>> from common.workers.environment import Place
    >>> secret_of(Place(1, 2, "node1", 29500), {"GOOGLENET_TOKEN": "s3cret"})
    b's3cret/node1:29500/0'
    """
    given = (os.environ if environ is None else environ).get(TOKEN, "")
    return f"{given}/{place.host}:{place.port}/{place.attempt}".encode()


def meet(
    rank: int,
    size: int,
    at: Address,
    say: Callable[[str], str],
    *,
    token: bytes,
    seconds: float,
    preparing: float = 0.0,
) -> list[str]:
    """What each worker of a group says, by rank; every worker gets the same list.

    Args:
        rank: of this worker, from 0.
        size: how many workers there are.
        at: host and port at which rank 0 listens: on that interface, and on no other.
        say: gets the host under which the others reach this worker, and returns what they are told. It is called once
            rank 0 listens, or is reached, so that a worker which ends meanwhile is missed at once.
        token: the secret of the group. Who does not have it is not heard, and does no harm.
        seconds: time limit until all are there.
        preparing: seconds more that any of them may take to say its word.

    Raises:
        Refused: `say` raised an `InputError` in another worker: rank 0, or else the first one.
        InputError: what `say` raises here, if it raised none in rank 0; not everyone came in time, or one ended; rank 0
            cannot listen there; a rank came twice, or of another group.

    >>> meet(0, 1, ("127.0.0.1", 0), lambda host: f"{host}:2222", token=b"secret", seconds=5)
    ['127.0.0.1:2222']
    """
    limits = Limits(seconds, preparing)
    if rank == 0:
        return _Host(size, at, token, limits).gathered(say)
    return _guest(rank, size, at, say, token, limits)


class Limits(NamedTuple):
    """Seconds until all are there, and more for them to say their words."""

    coming: float
    preparing: float


def _word(say: Callable[[], str]) -> tuple[dict[str, str], InputError | None]:
    """(what a worker says, or why it cannot take part; that as it was raised)."""
    try:
        return {"said": say()}, None
    except InputError as error:
        return {"refused": str(error)}, error


def _heard(words: Mapping[int, Mapping[str, str]], rank: int, own: InputError | None) -> list[str]:
    """What everyone has said.

    Raises:
        Refused, InputError: see `meet`.
    """
    refused = sorted(each for each, word in words.items() if "refused" in word)
    if own is not None and (rank == 0 or 0 not in refused):
        raise own
    for first in refused[:1]:
        raise Refused(words[first]["refused"], first)
    return [words[each]["said"] for each in sorted(words)]


class _Host:
    """Rank 0 while the workers gather."""

    def __init__(self, size: int, at: Address, token: bytes, limits: Limits):
        self.size, self.at, self.token, self.limits = size, at, token, limits
        self.here: set[int] = set()  # those who came; their words follow
        self.words: dict[int, dict[str, str]] = {}
        self.over = False
        self.talking = 0
        self.changed = Condition()

    def gathered(self, say: Callable[[str], str]) -> list[str]:
        """Listen until everyone is here, has spoken, and has been told."""
        try:
            server = socket.create_server(self.at, backlog=self.size + GUESTS)
        except OSError as error:
            raise InputError(f"rank 0 cannot listen at {shown(self.at)}: {error.strerror or error}") from None
        with server:
            Thread(target=self._accept, args=(server,), daemon=True).start()
            word, own = _word(lambda: say(self.at[0]))
            coming = min(self.limits.coming, SECONDS) if own else self.limits.coming
            speaking = TELLING if own else self.limits.preparing + coming
            with self.changed:
                self.words[0] = word
                self.changed.notify_all()
                self.changed.wait_for(lambda: len(self.here) == self.size - 1, coming)
                self.changed.wait_for(self._all_said, 0 if self._missing() else speaking)
                self.over = True
                self.changed.notify_all()
                self.changed.wait_for(lambda: self.talking == 0, 0 if self._missing() else TELLING)
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)  # closing alone does not wake the thread that accepts
        if (missing := self._missing()) and own is None:
            ranks = ", ".join(map(str, missing[:8]))
            raise InputError(f"{len(missing)} of {self.size} workers did not come to {shown(self.at)}: rank {ranks}")
        return _heard(self.words, 0, own)

    def _missing(self) -> list[int]:
        return [rank for rank in range(1, self.size) if rank not in self.words and (rank not in self.here or self.over)]

    def _all_said(self) -> bool:
        return len(self.words) == self.size

    def _accept(self, server: socket.socket) -> None:
        """A thread for each who comes, until the server is closed."""
        with suppress(OSError):
            while True:
                visitor, _ = server.accept()
                if self.talking < self.size + GUESTS:
                    self.talking += 1
                    Thread(target=self._talk, args=(visitor,), daemon=True).start()
                else:
                    visitor.close()

    def _talk(self, visitor: socket.socket) -> None:
        try:
            with connected_for(visitor, self.limits.coming) as connection:
                deliver_challenge(connection, self.token)
                answer_challenge(connection, self.token)
                connection.send_bytes(json.dumps(self._answer(connection)).encode())
        except (OSError, EOFError, AuthenticationError, ValueError, TypeError, KeyError):
            pass  # a stranger, or a worker that is gone: it is missed, if it was one
        finally:
            with self.changed:
                self.talking -= 1
                self.changed.notify_all()

    def _answer(self, connection: Connection) -> dict[str, object]:
        """What a worker is told, once everyone has spoken: what all have said, or why it cannot join."""
        told = json.loads(connection.recv_bytes(LONGEST))
        rank, size = int(told["rank"]), int(told["size"])
        with self.changed:
            if size != self.size or not 0 < rank < size:
                return {"error": f"rank {rank} of {size} is not of this group of {self.size}"}
            if rank in self.here:
                return {"error": f"there is a worker of rank {rank} already"}
            self.here.add(rank)
            self.changed.notify_all()
        set_limit(connection, sum(self.limits))
        try:
            word = {str(key): str(text) for key, text in json.loads(connection.recv_bytes(LONGEST)).items()}
        except (OSError, EOFError):
            word = {"refused": "it ended, or cannot be reached any more"}
        with self.changed:
            self.words[rank] = word
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.over or "refused" in self.words.get(0, ()), sum(self.limits) + TELLING)
            if not self._all_said() and "refused" not in self.words.get(0, ()):
                return {"error": "not all workers came in time"}
            return {"words": list(self.words.items())}


def _guest(rank: int, size: int, at: Address, say: Callable[[str], str], token: bytes, limits: Limits) -> list[str]:
    """Every other rank: come, say, and wait for what all have said."""
    own = None
    try:
        with reached(at, monotonic() + limits.coming) as visitor:
            host = visitor.getsockname()[0]
            with connected_for(visitor, limits.coming) as connection:
                answer_challenge(connection, token)
                deliver_challenge(connection, token)
                connection.send_bytes(json.dumps({"rank": rank, "size": size}).encode())
                word, own = _word(lambda: say(host))
                connection.send_bytes(json.dumps(word).encode())
                set_limit(connection, 2 * sum(limits))
                told = json.loads(connection.recv_bytes(MOST))
    except AuthenticationError:
        raise InputError(f"who listens at {shown(at)} has another token than this worker") from None
    except (OSError, EOFError, ValueError) as error:
        if own is not None:
            raise own from None
        raise InputError(f"rank {rank} did not meet the others at {shown(at)} in time: {error or 'cut off'}") from None
    if "error" in told:
        raise InputError(f"{shown(at)}: {told['error']}")
    return _heard({int(each): word for each, word in told["words"]}, rank, own)
