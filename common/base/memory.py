"""Memory that is freed, and asked for again at once: it can go back to the system meanwhile, or stay.

The C library gives large blocks back. A framework that computes batch after batch then gets the same memory anew each
time, and the system fills it with zeros first: a pass of 32 images of GoogLeNet by PyTorch took 300,000 page faults
and a quarter of its time for them (docs/speed.md). Only who owns the whole process may decide that, which the command
line does; for a program that imports a package of ours everything is as it has it.
"""

from __future__ import annotations

import ctypes
import os

TRIM_THRESHOLD, MMAP_MAX = -1, -4  # of glibc's malloc.h
MOST = 2**31 - 1  # bytes of free memory at the end of the heap that stay: the largest number mallopt takes
SETTINGS = ("GLIBC_TUNABLES", "MALLOC_MMAP_MAX_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")


def keep_freed_memory() -> bool:
    """Let this process keep the memory that it frees, up to 2 GiB of it, and use it again.

    It is for the whole process and for good, so a library should leave it to the program. Nothing is changed where the
    user has set glibc's malloc by variables. See https://man7.org/linux/man-pages/man3/mallopt.3.html.

    Returns:
        Whether it does: only glibc can, the C library of most Linux systems.

    >>> keep_freed_memory() in (True, False)
    True
    """
    if any(name in os.environ for name in SETTINGS):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # other systems have none, or no library without a name
        return False
    return bool(mallopt(MMAP_MAX, 0) and mallopt(TRIM_THRESHOLD, MOST))
