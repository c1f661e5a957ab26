"""Two networks of their own, with a wire between them that delays, loses and can be cut.

Started as a script this is the wire: it makes two network namespaces, a tun device in each, and carries packets between
them until its standard input ends. Nothing outside the two can be reached from them; with the wire, and the
processes in them, they are gone. It needs root and /dev/net/tun.
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import struct
import subprocess
import sys
from contextlib import contextmanager, suppress
from time import monotonic

ADDRESSES = ("10.203.7.1", "10.203.7.2")  # exist in these two networks only
NEW_NETWORK, SET_DEVICE, TUN, NO_PREFIX = 0x40000000, 0x400454CA, 0x0001, 0x1000  # of the kernel's headers


def missing():
    """Why there can be no networks here; empty where there can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "network namespaces need root"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "no /dev/net/tun"
    tried = subprocess.run(["unshare", "-n", "ip", "tuntap", "add", "dev", "tun0", "mode", "tun"], capture_output=True)
    return tried.stderr.decode().strip()[:200]


class Wire:
    """The wire, as a test sees it.

    >>> with joined() as wire:  # doctest: +SKIP
    ...     wire.set(delay=0.05, loss=0.05)
    ...     worker = subprocess.Popen(wire.inside(1, "ping", "10.203.7.1"))
    """

    def __init__(self, process):
        self.process, self.networks = process, json.loads(process.stdout.readline())

    def inside(self, side, *command):
        """The command, to be run in the network of a side, 0 or 1."""
        return ["nsenter", f"--net=/proc/{self.process.pid}/fd/{self.networks[side]}", *map(str, command)]

    def set(self, **about):
        """Change ``delay`` (seconds), ``loss`` (share of packets), ``cut``; returns how many packets went, and not."""
        self.process.stdin.write(json.dumps(about) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def joined(seed=0):
    """Two networks with a wire, of which nothing is left afterwards."""
    command = [sys.executable, __file__, str(seed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Wire(process)
        finally:
            process.kill()


def network(address):
    """(a handle of a new network, a handle of its tun device); this process is in it afterwards."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "no new network")
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, SET_DEVICE, struct.pack("16sH22x", b"tun0", TUN | NO_PREFIX))
    for words in (f"addr add {address}/30 dev tun0", "link set lo up", "link set tun0 up"):
        subprocess.run(["ip", *words.split()], check=True)
    return os.open("/proc/self/ns/net", os.O_RDONLY), device


class Carrier:
    """Carries packets between two devices."""

    def __init__(self, devices, seed):
        self.devices, self.dice = devices, random.Random(seed)
        self.about = {"delay": 0.0, "loss": 0.0, "cut": False}
        self.counts = {"carried": 0, "lost": 0}
        self.waiting = []  # (when, number, where to, packet)

    def run(self):
        """Until standard input ends."""
        while True:
            left = max(0.0, self.waiting[0][0] - monotonic()) if self.waiting else None
            ready, _, _ = select.select([sys.stdin, *self.devices], [], [], left)
            if sys.stdin in ready:
                line = sys.stdin.readline()
                if not line:
                    return
                self.about.update(json.loads(line))
                print(json.dumps(self.counts), flush=True)
            for device in self.devices:
                if device in ready:
                    self.take(device)
            self.deliver()

    def take(self, device):
        """What a device has sent; some of it is lost."""
        to = self.devices[1 - self.devices.index(device)]
        with suppress(BlockingIOError):
            for _ in range(64):
                packet = os.read(device, 1 << 16)
                lost = self.about["cut"] or self.dice.random() < self.about["loss"]
                self.counts["lost" if lost else "carried"] += 1
                if not lost:
                    number = sum(self.counts.values())
                    heapq.heappush(self.waiting, (monotonic() + self.about["delay"], number, to, packet))

    def deliver(self):
        """What has waited long enough."""
        while self.waiting and self.waiting[0][0] <= monotonic():
            _, _, to, packet = heapq.heappop(self.waiting)
            with suppress(OSError):  # a full queue loses packets, as on any wire
                os.write(to, packet)


if __name__ == "__main__":
    (first, one), (second, other) = (network(address) for address in ADDRESSES)
    print(json.dumps([first, second]), flush=True)
    Carrier([one, other], int(sys.argv[1])).run()
