"""The machine, and what it was doing: without these a measured time means nothing."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from common.base.machine import of_cpuinfo, usable_cores

CPUS, GROUP = Path("/sys/devices/system/cpu"), Path("/sys/fs/cgroup/cpu.max")
TOLD = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "asimd", "sve", "bf16")
VARIABLES = (
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
)


def with_threads(threads: int) -> dict[str, str]:
    """The settings that give every framework so many threads, for the environment of a process.

    >>> with_threads(2)["OMP_NUM_THREADS"]
    '2'
    """
    return dict.fromkeys(VARIABLES, str(threads))


def keep_to(threads: int) -> None:
    """Let this process, and the threads that it will start, use the first so many of its processors and no other."""
    with suppress(AttributeError, OSError):
        os.sched_setaffinity(0, usable_cores()[:threads])


def load() -> list[float] | None:
    """How many processes wanted to compute, on average over 1, 5 and 15 minutes; None where the system has no word."""
    with suppress(AttributeError, OSError):
        return [round(value, 2) for value in os.getloadavg()]
    return None


def conditions(threads: int) -> dict[str, Any]:
    """What the machine is, and how it is set.

    Args:
        threads: what every framework is given.

    >>> sorted(conditions(2))[:4]
    ['cores', 'cpu', 'features', 'governor']
    """
    flags = _flags()
    return {
        "cpu": of_cpuinfo("model name") or platform.processor() or platform.machine(),
        "cores": len(usable_cores()),
        "threads": threads,
        "features": [name for name in TOLD if name in flags],
        "governor": _text(CPUS / "cpu0" / "cpufreq" / "scaling_governor"),
        "quota": _text(GROUP),
        "system": platform.platform(),
        "python": platform.python_version(),
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def _flags() -> set[str]:
    return set((of_cpuinfo("flags") or of_cpuinfo("Features") or "").split())


def _text(path: Path) -> str | None:
    """The first line of a file of the kernel's; None without one."""
    with suppress(OSError, ValueError):
        return path.read_text().split("\n")[0].strip() or None
    return None
