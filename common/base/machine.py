"""What the machine is, and how much memory it has left for this process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from common.base.errors import InputError, causes

PROC, CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")
NO_LIMIT = 1 << 60  # control groups say so by numbers like this one
# What the frameworks' errors say where Python's MemoryError would say nothing.
SPENT = ("bad_alloc", "t allocate memory", "cannot allocate memory", "oom when allocating", "out of memory")


def usable_cores() -> list[int]:
    """The numbers of the processors that this process may use.

    >>> len(usable_cores()) >= 1
    True
    """
    with suppress(AttributeError, OSError):  # only Linux has it
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def of_cpuinfo(name: str) -> str | None:
    """What the kernel says of the first processor, such as its ``vendor_id``; None where it says nothing."""
    with suppress(OSError, ValueError):
        for line in (PROC / "cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return None


def available_memory() -> int | None:
    """Bytes that this process may still take; None where the system does not tell.

    The least of what the kernel calls available, of what the process' control groups (containers) leave, and of what
    ``ulimit -v`` leaves.

    >>> available_memory() is None or available_memory() > 0
    True
    """
    sources = (_available(), *_control_groups(), _address_space())
    return min((left for left in sources if left is not None), default=None)


def require_memory(needed: int, what: str, advice: str) -> None:
    """Require that so many bytes fit into memory.

    Args:
        needed: bytes, by an estimate.
        what: what needs them, in the plural.
        advice: what to do if they do not fit.

    Raises:
        InputError: they do not fit; gives both numbers.

    >>> require_memory(10**18, "10^9 images", "take a smaller --batch")
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: 10^9 images need about 888 PiB of memory, and ... left: take a smaller --batch
    """
    left = available_memory()
    if left is not None and needed > left:
        raise InputError(f"{what} need about {size(needed)} of memory, and {size(left)} are left: {advice}")


def size(count: int) -> str:
    """A number of bytes for people.

    >>> size(5 << 30), size(1536), size(10**400)
    ('5.0 GiB', '1.5 KiB', 'more than 1023 EiB')
    """
    for power, unit in enumerate(("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")):
        if count < 1000 << 10 * power:
            value = count / (1 << 10 * power)
            return f"{value:.0f} {unit}" if power == 0 or value >= 100 else f"{value:.1f} {unit}"
    return "more than 1023 EiB"


def out_of_memory(error: BaseException) -> bool:
    """Whether an error is, or came of, memory that was not to be had. Frameworks have errors of their own for that.

    >>> out_of_memory(MemoryError()), out_of_memory(RuntimeError("std::bad_alloc")), out_of_memory(ValueError("no"))
    (True, True, False)
    """
    return any(
        isinstance(cause, MemoryError) or any(words in _said(cause).lower() for words in SPENT)
        for cause in causes(error)
    )


def _said(error: BaseException) -> str:
    with suppress(Exception):  # of a foreign exception even this may fail
        return str(error)[:10_000]
    return ""


def _number(path: Path) -> int | None:
    """The number in a file of the kernel's, None without a file or a number."""
    with suppress(OSError, ValueError):
        return int(path.read_text())
    return None


def _available() -> int | None:
    """What the kernel calls available: free, or easily freed."""
    with suppress(OSError, ValueError):
        for line in (PROC / "meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    with suppress(OSError, ValueError, AttributeError):  # such as macOS, which has no /proc
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _control_groups() -> Iterator[int]:
    """What each control group that the process is in, of either version, leaves of its limit."""
    with suppress(OSError, ValueError):
        for line in (PROC / "self" / "cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers not in ("", "memory"):
                continue
            root = CGROUPS / controllers
            most, now = ("limit_in_bytes", "usage_in_bytes") if controllers else ("max", "current")
            own = root / path.lstrip("/")
            for group in (own, *own.parents):
                limit, used = _number(group / f"memory.{most}"), _number(group / f"memory.{now}")
                if limit is not None and used is not None and limit < NO_LIMIT:
                    yield max(limit - used + _cached(group), 0)
                if group == root:
                    break


def _cached(group: Path) -> int:
    """What a control group uses for files, and gives back when it is asked for memory."""
    with suppress(OSError, ValueError):
        for line in (group / "memory.stat").read_text().splitlines():
            name, _, count = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                return int(count)
    return 0


def _address_space() -> int | None:
    """What ``ulimit -v`` leaves."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    with suppress(OSError, ValueError):
        pages = int((PROC / "self" / "statm").read_text().split()[0])
        return max(limit - pages * os.sysconf("SC_PAGE_SIZE"), 0)
    return limit
