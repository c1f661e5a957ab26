"""Reads hostile files of weights one after the other, and says what that took: a process of its own, by `judge`."""

import json
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path

SECONDS = 30  # for one file, on a busy machine; the promise is 10


class TooLong(BaseException):
    pass


def peak():
    """The most memory of this process so far, in KiB. ru_maxrss begins with that of the process that started it."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1])


def stop(number, frame):
    raise TooLong


def main(kind, every, seed, edits):
    from support.hostile_weights import contents, hostile_files, of_edits  # noqa: F401
    from support.valid_weights import valid

    from common.base.errors import InputError
    from common.weights import convert

    signal.signal(signal.SIGALRM, stop)
    files = [*list(hostile_files(kind))[:: int(every)], *of_edits({kind: valid(kind)}, int(seed), int(edits))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "w")
        for file in files:
            file.write(path)
            start, before = time.monotonic(), peak()
            signal.alarm(SECONDS)
            try:
                convert.read(path)
                outcome = ""
            except InputError as error:
                outcome = f"refused: {error}".replace(str(path), "PATH")
            except BaseException as error:
                outcome = f"{type(error).__name__}: {error}"
            signal.alarm(0)
            after = max(peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            print(
                json.dumps(
                    {
                        "name": f"{kind}-{file.name}",
                        "says": file.says,
                        "outcome": outcome,
                        "seconds": time.monotonic() - start,
                        "kilobytes": after,
                        "grown": after - before,
                        "bytes": path.stat().st_size,
                    }
                ),
                flush=True,
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
