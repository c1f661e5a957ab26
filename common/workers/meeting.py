"""How workers learn each other's addresses before an engine starts that must know all of them.

The worker of rank 0 listens at the group's address for a limited time, and tells everyone what each has said. It is
Python's ``multiprocessing.connection``: both sides prove that they know the group's token before anything else is read.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from threading import Condition, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING

from common.base.errors import InputError

if TYPE_CHECKING:
    from common.workers.environment import Place

Address = tuple[str, int]
TOKEN = "GOOGLENET_TOKEN"  # the variable with the secret of a group
LONGEST = 1 << 20  # bytes of one message
GUESTS = 256  # strangers that are listened to at once, beside the workers
AGAIN = 0.05  # seconds until an address is tried again at which nobody listens yet


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


def meet(rank: int, size: int, at: Address, say: Callable[[str], str], *, token: bytes, seconds: float) -> list[str]:
    """What each worker of a group says, by rank; every worker gets the same list.

    Args:
        rank: of this worker, from 0.
        size: how many workers there are.
        at: host and port at which rank 0 listens: on that interface, and on no other.
        say: gets the host under which the others reach this worker, and returns what they are told.
        token: the secret of the group. Who does not have it is not heard, and does no harm.
        seconds: time limit of it all.

    Raises:
        InputError: not everyone came in time; rank 0 cannot listen there; a rank came twice, or of another group.

    >>> meet(0, 1, ("127.0.0.1", 0), lambda host: f"{host}:2222", token=b"secret", seconds=5)
    ['127.0.0.1:2222']
    """
    until = monotonic() + seconds
    if rank == 0:
        return _Host(size, at, token, until).gathered(say(at[0]))
    return _guest(rank, size, at, say, token, until)


class _Host:
    """Rank 0 while the workers gather."""

    def __init__(self, size: int, at: Address, token: bytes, until: float):
        self.size, self.at, self.token, self.until = size, at, token, until
        self.said: dict[int, str] = {}
        self.talking = 0
        self.changed = Condition()

    def gathered(self, own: str) -> list[str]:
        """Listen until everyone is here and has been told."""
        self.said[0] = own
        if self.size == 1:
            return [own]
        try:
            server = socket.create_server(self.at, backlog=self.size + GUESTS)
        except OSError as error:
            raise InputError(f"rank 0 cannot listen at {_shown(self.at)}: {error.strerror or error}") from None
        with server:
            Thread(target=self._accept, args=(server,), daemon=True).start()
            with self.changed:
                self.changed.wait_for(lambda: len(self.said) == self.size, self.until - monotonic())
                missing = sorted({*range(self.size)} - self.said.keys())
                self.changed.wait_for(lambda: not missing and self.talking == 0, min(5, self.until - monotonic()))
        if missing:
            ranks = ", ".join(map(str, missing[:8]))
            raise InputError(f"{len(missing)} of {self.size} workers did not come to {_shown(self.at)}: rank {ranks}")
        return [self.said[rank] for rank in range(self.size)]

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
            with _connection(visitor, self.until) as connection:
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
        """What a worker is told, once everyone is here: what all have said, or why it cannot join."""
        told = json.loads(connection.recv_bytes(LONGEST))
        rank, size, said = int(told["rank"]), int(told["size"]), str(told["said"])
        with self.changed:
            if size != self.size or not 0 < rank < size:
                return {"error": f"rank {rank} of {size} is not of this group of {self.size}"}
            if rank in self.said:
                return {"error": f"there is a worker of rank {rank} already"}
            self.said[rank] = said
            self.changed.notify_all()
            if not self.changed.wait_for(lambda: len(self.said) == self.size, self.until - monotonic()):
                return {"error": "not all workers came in time"}
            return {"said": [self.said[rank] for rank in range(self.size)]}


def _guest(rank: int, size: int, at: Address, say: Callable[[str], str], token: bytes, until: float) -> list[str]:
    """Every other rank: come, say, and wait for what all have said."""
    try:
        with _reached(at, until) as visitor:
            host = visitor.getsockname()[0]
            with _connection(visitor, until) as connection:
                answer_challenge(connection, token)
                deliver_challenge(connection, token)
                connection.send_bytes(json.dumps({"rank": rank, "size": size, "said": say(host)}).encode())
                told = json.loads(connection.recv_bytes(LONGEST))
    except AuthenticationError:
        raise InputError(f"who listens at {_shown(at)} has another token than this worker") from None
    except (OSError, EOFError, ValueError) as error:
        raise InputError(f"rank {rank} did not meet the others at {_shown(at)} in time: {error or 'cut off'}") from None
    if "error" in told:
        raise InputError(f"{_shown(at)}: {told['error']}")
    return [str(said) for said in told["said"]]


def _reached(at: Address, until: float) -> socket.socket:
    """A connection to rank 0, which may start later than others."""
    while True:
        try:
            return socket.create_connection(at, timeout=max(0.1, until - monotonic()))
        except OSError:
            if monotonic() > until:
                raise
            sleep(AGAIN)


def _connection(connected: socket.socket, until: float) -> Connection:
    """The same connection, on which the system ends every wait when time is up."""
    left = max(0.1, until - monotonic())
    limit = struct.pack("ll", int(left), int(left % 1 * 1e6))
    connected.settimeout(None)
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        connected.setsockopt(socket.SOL_SOCKET, option, limit)
    return Connection(connected.detach())


def _shown(at: Address) -> str:
    return f"{at[0]}:{at[1]}"[:120]
