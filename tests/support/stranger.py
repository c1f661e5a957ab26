"""A stranger in a network: ``stranger.py SEED SECONDS`` knocks at whatever listens here, and talks rubbish.

Prints a line for each port that it found: the port, and how often it was let in.
"""

import random
import socket
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

LISTENING, MOST = "0A", 200  # the state, in Linux' tables; connections to one port


def listening():
    """(address, port) of each TCP socket that listens in this network."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        if state == LISTENING:
            address, port = local.split(":")
            yield socket.inet_ntoa(bytes.fromhex(address)[::-1]).replace("0.0.0.0", "127.0.0.1"), int(port, 16)
    for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        if state == LISTENING:
            yield "::1", int(local.split(":")[1], 16)


def rubbish(dice):
    """What it says once it is let in."""
    said = [b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, bytes(4096), b"\0\0\0\2{}", b"\x7f\xff\xff\xff" * 8]
    return dice.choice([*said, dice.randbytes(4096), dice.randbytes(8), (1 << 62).to_bytes(8, "little")])


def main(seed, seconds):
    """Knock for so long; some connections stay open, others end at once."""
    dice, until, met, kept = random.Random(int(seed)), monotonic() + float(seconds), Counter(), []
    while monotonic() < until:
        for host, port in set(listening()):
            if met[port] >= MOST:
                continue
            with suppress(OSError):
                visitor = socket.create_connection((host, port), timeout=1)
                met[port] += 1
                visitor.sendall(rubbish(dice))
                kept.append(visitor) if dice.random() < 0.3 else visitor.close()
        sleep(0.01)
    for port, count in sorted(met.items()):
        print(port, count)


if __name__ == "__main__":
    main(*sys.argv[1:])
