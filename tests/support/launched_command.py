"""``googlenet`` as one of several processes; what the first argument, an object of JSON, says happens to it.

    python launched_command.py '{"forbidden": "/run", "killed": [1, 3]}' train tiny ...

forbidden  every rank but 0 ends with 99 where it touches a path that begins so
unused     a module: whoever imports it ends with 98
killed     (rank, step): that rank ends by SIGKILL once it has made the step, unless it was started again
other      every rank but 0 has other pixels in its data
"""

import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # run as a script

from support.small_runs import add_tiny

from common import cli
from common import data as datasets
from common.runs import training

RANK = int(os.environ.get("RANK", os.environ.get("SLURM_PROCID", "0")))
record = training.Training.record
load = datasets.load


def forbid(beginning):
    def look(event, arguments):
        named = event in ("open", *(f"os.{call}" for call in ("listdir", "scandir", "mkdir", "remove"))) and arguments
        if (
            named
            and isinstance(arguments[0], str | os.PathLike)
            and os.path.abspath(arguments[0]).startswith(beginning)
        ):
            os._exit(99)

    sys.addaudithook(look)


def refuse(module):
    def look(event, arguments):
        if event == "import" and arguments[0] == module:
            os._exit(98)

    sys.addaudithook(look)


def kill(step):
    def recording(self, *times, **about):
        record(self, *times, **about)
        if about.get("step") == step:
            os.kill(os.getpid(), signal.SIGKILL)

    training.Training.record = recording


def other_pixels(*where, **how):
    dataset = load(*where, **how)
    dataset.train.images.source[7] ^= 1
    return dataset


def main(about, arguments):
    add_tiny()
    if RANK and "forbidden" in about:
        forbid(about["forbidden"])
    if "unused" in about:
        refuse(about["unused"])
    if "killed" in about and os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0":
        rank, step = about["killed"]
        if rank == RANK:
            kill(step)
    if RANK and "other" in about:
        datasets.load = other_pixels
    sys.argv = ["googlenet", *arguments]
    cli.main()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
