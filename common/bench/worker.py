"""The process that computes one entrant: ``python -m common.bench.worker``. It talks JSON, a line each way at a time.

In: the job, then ``{"do": "turn", "calls": n, "untimed": m}``, ``{"do": "without", "calls": n, "untimed": m}``,
``{"do": "product"}``, ``{"do": "layers"}``, ``{"do": "errors"}``, ``{"do": "copy"}`` or ``{"do": "end"}``. Out:
``{"phase": ...}`` before each phase of the start, then ``{"ready": ...}``, then an answer to each line; and
``{"error": ...}`` in place of any of these, after which the process ends. What libraries print goes nowhere.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from common.base.memory import keep_freed_memory

FIRST = 1000  # numbers of the first image's logits that are told


def main() -> None:
    """Serve the process at the other end of standard input and output, until it says ``end`` or is gone."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no answer

    def answer(message: dict[str, Any]) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    keep_freed_memory()  # as the commands do
    lines = iter(sys.stdin.readline, "")
    try:
        serve(lines, answer)
    except Exception as error:
        answer({"error": _told(error)})
        sys.exit(1)


def serve(lines: Iterable[str], answer: Callable[[dict[str, Any]], None]) -> None:
    """Start by the first line, and do what the others ask for.

    Args:
        lines: of JSON, as above.
        answer: takes each message out.

    Raises:
        Exception: whatever a framework raises.
    """
    asked = iter(lines)
    first = next(asked, None)
    if first is None:
        return
    from common.bench.conditions import keep_to

    fields = json.loads(first)
    keep_to(fields["threads"])  # before NumPy starts its threads
    from common.bench.calls import Clock, prepare
    from common.bench.copies import COPIES, copied, copying
    from common.bench.jobs import Job

    job = Job.from_json(fields)
    clock = Clock(lambda phase: answer({"phase": phase}))
    prepared = prepare(job, clock)
    with clock("first"):
        value = prepared.call()
    seconds = {f"{phase}_s": clock.seconds.get(phase, 0.0) for phase in ("import", "build", "first")}
    answer({"ready": {"framework": prepared.framework, "library": prepared.library, **seconds, **_logits(value)}})
    for line in asked:
        request = json.loads(line)
        if request["do"] == "end":
            answer({"peak_memory": peak_memory()})
            return
        if request["do"] == "product":
            answer({"seconds": timed(prepared.product, 1)})
        elif request["do"] == "layers" and prepared.layers is not None:
            answer({"layers": prepared.layers()})
        elif request["do"] == "errors" and prepared.errors is not None:
            answer({"errors": prepared.errors()})
        elif request["do"] == "copy":
            answer({"seconds": timed(copying(job.threads), COPIES), "bytes": copied(job.threads)})
        elif request["do"] == "without" and prepared.without is not None:
            answer(turn(prepared.without, request))
        else:
            answer(turn(prepared.call, request))


def turn(call: Callable[[], Any], request: dict[str, Any]) -> dict[str, list[float]]:
    """The seconds of so many calls as are asked for, after those that do not count.

    >>> len(turn(lambda: None, {"calls": 3, "untimed": 1})["seconds"])
    3
    """
    timed(call, request["untimed"])
    return {"seconds": timed(call, request["calls"])}


def timed(call: Callable[[], Any], times: int) -> list[float]:
    """The seconds of each of so many calls, one after the other.

    >>> len(timed(lambda: None, 3))
    3
    """
    seconds = []
    for _ in range(times):
        start = perf_counter()
        call()
        seconds.append(perf_counter() - start)
    return seconds


def _logits(value: Any) -> dict[str, Any]:
    """The logits of the first image, where the call gave logits: they are compared with those of the others."""
    import numpy as np

    if not isinstance(value, np.ndarray) or value.ndim != 2:
        return {"logits": None}
    return {"logits": [float(x) for x in value[0, :FIRST]]}


def peak_memory() -> int | None:
    """The most bytes of memory that this process has had at once; None where the system does not tell.

    >>> peak_memory() is None or peak_memory() > 1 << 20
    True
    """
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) << 10
    except (OSError, ValueError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10


def _told(error: Exception) -> dict[str, str]:
    """An error as the other end is told of it."""
    from common.base.errors import MissingBackend
    from common.base.machine import out_of_memory
    from common.base.printable import as_line

    if isinstance(error, MissingBackend):
        return {"kind": "missing", "message": as_line(str(error))}
    if out_of_memory(error):
        return {"kind": "memory", "message": "memory does not suffice: take a smaller --batch or --image-size"}
    named = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    return {"kind": "error", "message": as_line(named)}


if __name__ == "__main__":
    main()
