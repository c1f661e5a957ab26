"""One worker of a run that several machines train: ``networked_run.py FOLDER SECONDS STEPS``, and its place around it.

The folder is this worker's own. Rank 0 tells the steps it has made, a line each.
"""

import sys
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # run as a script

from support.small_runs import TINY

from common import data as datasets
from common import nets
from common.base.errors import InputError
from common.contract import backend
from common.runs import training
from common.runs.folder import runs_in
from common.workers import place
from common.workers.quiet import quiet


def main(folder, seconds, steps):
    """Train the run in the folder, or go on with it, until so many steps are made."""
    quiet()
    nets.add(TINY)
    (run,) = runs_in(folder)
    package, dataset = backend.load(run.backend), datasets.load(run.data)
    with closing(package.join(place(), seconds=float(seconds))) as group:
        print("joined", flush=True)
        options = {"most_steps": int(steps), "checkpoint_every": 2, "report": told, "group": group}
        training.train(run, dataset, **options)


def told(record):
    """Tell of a step."""
    if record["kind"] == "step":
        print("step", record["step"], flush=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
