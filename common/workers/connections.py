"""Connections of a meeting: how one is made, how long it waits, and when a machine counts as gone."""

from __future__ import annotations

import socket
import struct
from multiprocessing.connection import Connection
from time import monotonic, sleep

Address = tuple[str, int]
AGAIN = 0.05  # seconds until an address is tried again at which nobody listens yet
ALIVE = 6  # seconds of silence, and so many questions so often, until a machine counts as gone


def reached(at: Address, until: float) -> socket.socket:
    """A connection to rank 0, which may start later than others."""
    while True:
        try:
            return socket.create_connection(at, timeout=max(0.1, until - monotonic()))
        except OSError:
            if monotonic() > until:
                raise
            sleep(AGAIN)


def connected_for(connected: socket.socket, seconds: float) -> Connection:
    """The same connection; the system ends every wait after so long, and sooner if the other machine is gone."""
    connected.settimeout(None)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"):
        if hasattr(socket, name):  # Linux; elsewhere the system asks less often
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), ALIVE)
    connection = Connection(connected.detach())
    set_limit(connection, seconds)
    return connection


def set_limit(connection: Connection, seconds: float) -> None:
    """Let the system end every wait on a connection after so long."""
    packed = struct.pack("ll", int(max(0.1, seconds)), int(max(0.1, seconds) % 1 * 1e6))
    borrowed = socket.socket(fileno=connection.fileno())
    try:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            borrowed.setsockopt(socket.SOL_SOCKET, option, packed)
    finally:
        borrowed.detach()


def shown(at: Address) -> str:
    """An address for a message."""
    return f"{at[0]}:{at[1]}"[:120]
