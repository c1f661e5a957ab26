"""Run commands with standard streams of every kind, each in a process forked from one that has imported it all.

    python forked_commands.py CASES.json FOLDER

CASES.json maps a name to {"arguments", "stdout", "stderr"}, where a stream is "file", "full", "closed" or "unread".
What each wrote to files lies in FOLDER as NAME.stdout and NAME.stderr; the exit codes by name go to standard output.
"""

import gc
import json
import os
import sys
from pathlib import Path

from common import cli, nets

# Imported once for all.
from common.cli import compare, draw, evaluate, features, page, scores, tables, train, weights, write  # noqa: F401
from common.cli.show import side_by_side  # noqa: F401
from common.cli.show import tables as shown  # noqa: F401
from common.table import overview


def redirect(descriptor, kind, path):
    """Make the descriptor a stream of a kind, and Python's own object for it what Python would have found."""
    name = {1: "stdout", 2: "stderr"}[descriptor]
    if kind == "closed":
        os.close(descriptor)
        stream = None
    else:
        if kind == "unread":
            unread, target = os.pipe()
            os.close(unread)
        else:
            target = os.open("/dev/full" if kind == "full" else path, os.O_WRONLY | os.O_CREAT)
        os.dup2(target, descriptor)
        os.close(target)
        stream = open(descriptor, "w", closefd=False)  # noqa: SIM115
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


def main(cases, folder):
    codes = {}
    gc.freeze()  # nothing of all this is collected when a child ends
    overview.summary(nets.get("alexnet"))
    for name, case in cases.items():
        child = os.fork()
        if child == 0:
            for descriptor, stream in ((1, "stdout"), (2, "stderr")):
                redirect(descriptor, case.get(stream, "file"), folder / f"{name}.{stream}")
            sys.argv = ["googlenet", *case["arguments"]]
            if "gone" in case:
                os.mkdir(folder / "gone")
                os.chdir(folder / "gone")
                os.rmdir(folder / "gone")
            cli.main()
        codes[name] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps(codes))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
