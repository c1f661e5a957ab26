"""A process that has imported the command line once and forks a child for each command: a few milliseconds each.

It reads one JSON object a line from standard input and answers with one. Run as a script by `hostile.driver`.
"""

import json
import os
import resource
import signal
import sys
import time
import traceback


def child(asked: dict) -> None:
    """Become the command: streams, folder and limits as asked, then `common.cli.main`. Never returns."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setpgid(0, 0)
    os.chdir(asked["cwd"])
    os.environ.update(asked["environ"])
    for number, name in (0, asked["stdin"]), (1, asked["stdout"]), (2, asked["stderr"]):
        if name is None:
            os.close(number)
            continue
        opened = os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    # As the interpreter would have made them: None where the descriptor is closed.
    for name, number in ("stdout", 1), ("stderr", 2):
        stream = None if asked[name] is None else os.fdopen(number, "w", closefd=False, errors="backslashreplace")
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    resource.setrlimit(resource.RLIMIT_AS, (asked["address_space"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.argv = ["googlenet", *asked["arguments"]]
    code = 70  # something but an exit has left main
    try:
        from common.cli import main

        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                if stream is not None:
                    stream.flush()
            except (OSError, ValueError):
                code = code or 120  # what the interpreter makes of a stream that cannot be flushed
        os._exit(code)


def wait(pid: int, seconds: float) -> tuple[int, int, float]:
    """(wait status, peak KiB, seconds) of a child, which is killed when its time is over."""
    start = time.monotonic()
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        spent = time.monotonic() - start
        if done:
            return status, usage.ru_maxrss, spent
        if spent > seconds:
            os.killpg(pid, signal.SIGKILL)
            _, status, usage = os.wait4(pid, 0)
            return status, usage.ru_maxrss, spent
        time.sleep(0.002 if spent < 0.2 else 0.02)


def main() -> None:
    """Answer commands until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    import torch

    torch.set_num_threads(1)
    from hostile.warm import warm

    warm()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"ready": own}), file=answers)
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            child(asked)
        status, peak, seconds = wait(pid, asked["seconds"])
        answer = {"status": os.waitstatus_to_exitcode(status), "peak": peak * 1024, "seconds": seconds}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
