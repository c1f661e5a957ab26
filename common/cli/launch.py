"""Runs that are trained one after the other, watched and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote
from typing import Any

from common import nets
from common.base.progress import Watcher
from common.base.signals import asked_to_stop
from common.cli.pictures import drawn, overlaid
from common.contract import backend
from common.data.dataset import Dataset
from common.runs import workers as processes
from common.runs.run import Run
from common.runs.together import train_in_group
from common.runs.training import Diverged, train
from common.workers.environment import Place


def train_runs(
    watcher: Watcher,
    runs: Sequence[Run],
    dataset: Dataset,
    *,
    most_steps: int | None,
    checkpoint_every: int,
    tensorboard: bool = False,
    workers: int | None = None,
    places: Sequence[Place] | None = None,
) -> tuple[dict[str, Any], int | None]:
    """Train the runs one after the other, or go on with them, and draw their curves.

    Args:
        workers: processes that train each of them together; None is this one alone.
        places: where the group of each run meets of which this process is rank 0; None is this process alone.

    Returns:
        What ``googlenet train --json`` prints, see docs/json.md; and the signal that asked it to stop, or None.

    Raises:
        InputError: data of other classes than the runs', and what `common.runs.training.train` raises.
        KeyboardInterrupt: somebody asked twice.
    """
    found, histories = [], {}
    together = runs[0].folder.parent if len(runs) > 1 else runs[0].folder
    own = "" if runs[0].table.name in nets.tables() else "FILE.py:TABLE "  # a run does not know where its table is from
    how = f"googlenet train {own}--resume {quote(str(together))}"
    backend.require([run.backend for run in runs], training=True, workers=workers is not None)
    with asked_to_stop() as asked:
        for i, run in enumerate(runs):
            run.check_data(dataset)
            package = backend.load(run.backend)
            watcher.say(f"{run.table.name} on {run.data} with {package.FRAMEWORK}, {run.dtype}: {run.folder}")
            try:
                with watcher.training(run) as report:
                    options: dict[str, Any] = {"most_steps": most_steps, "checkpoint_every": checkpoint_every}
                    options |= {"asked": asked, "report": report, "tensorboard": tensorboard}
                    if workers is not None:
                        finished = processes.train(run, workers=workers, say=watcher.say, **options)
                    elif places is not None:
                        finished = train_in_group(places[i], run, dataset, asked, options)
                    else:
                        finished = train(run, dataset, **options)
            except Diverged:
                drawn(watcher, run, package.FRAMEWORK)  # which shows how it came to that
                raise
            except KeyboardInterrupt:
                watcher.say(f"ended at once; go on from the last checkpoint with: {how}", whole=True)
                raise
            histories[run.backend] = drawn(watcher, run, package.FRAMEWORK)
            found.append(described(run, package.FRAMEWORK, histories[run.backend], finished))
            if asked():
                break
        if len(runs) > 1:
            overlaid(watcher, runs, histories)
        over = all(one["finished"] for one in found) and len(found) == len(runs)
        if not over:
            watcher.say(f"stopped; go on with: {how}", whole=True)
        return {"finished": over, "runs": found}, asked.number


def described(run: Run, framework: str, history: list[dict[str, Any]], finished: bool) -> dict[str, Any]:
    """A run as JSON tells of it."""
    tests = [record for record in history if record["kind"] == "test"]
    return {
        "run": str(run.folder),
        "framework": framework,
        "finished": finished,
        "settings": run.settings,
        "epochs": [record for record in history if record["kind"] == "epoch"],
        "test": tests[-1] if tests else None,
    }
