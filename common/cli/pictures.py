"""The curves of runs: titled, drawn beside the history, and never the end of a run that has trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from common import data as datasets
from common.base.errors import MissingLibrary
from common.base.progress import Watcher
from common.cli.show.curves import Rows, curves
from common.contract.recipe import Recipe
from common.runs.history import read_history
from common.runs.run import Run
from common.table.analysis import Table


def drawn(watcher: Watcher, run: Run, framework: str) -> list[dict[str, Any]]:
    """The history of a run, whose curves are in its folder now, if they can be drawn.

    Args:
        framework: with its version, for the title.

    Raises:
        InputError: the history cannot be read, or the files cannot be written.
    """
    history = read_history(run.folder)
    _draw(watcher, run, {run.backend: history}, run.folder, f": {framework}")
    return history


def overlaid(watcher: Watcher, runs: Sequence[Run], histories: Mapping[str, Rows]) -> None:
    """Draw several runs of one table on one data set into one picture, in the folder that holds theirs.

    Raises:
        InputError: the files cannot be written.
    """
    _draw(watcher, runs[0], histories, runs[0].folder.parent, "")


def _draw(watcher: Watcher, run: Run, histories: Mapping[str, Rows], folder: Path, words: str) -> None:
    try:
        curves(histories, folder / "curves", f"{titled(run)}{words}", objective(run.recipe, run.table))
    except MissingLibrary as error:
        watcher.say(f"no curves: {error}")


def titled(run: Run) -> str:
    """What was trained on what, and in what."""
    name = run.data if run.data in datasets.NAMES else Path(run.data).name
    return f"{run.table.name} on {name}, {run.dtype}"


def objective(recipe: Recipe, table: Table) -> str:
    """What the loss of training has in it beside the cross-entropy of the classifier; nothing if that is all.

    >>> from common import nets
    >>> from common.contract.recipe import named
    >>> objective(named("quick").changed(label_smoothing=0.1), nets.get("paper"))
    'label smoothing 0.1, heads x 0.3'
    """
    words = [f"label smoothing {recipe.label_smoothing:g}"] if recipe.label_smoothing else []
    weights = sorted({head.loss_weight for head in table.aux.values()} - {0})
    words += [f"heads x {' and '.join(f'{weight:g}' for weight in weights)}"] if weights else []
    return ", ".join(words)
