"""Training a network, as the command line does it."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from rich.text import Text

from common import nets
from common.base.errors import InputError, choose
from common.cli.launch import train_runs
from common.cli.monitor import percent
from common.cli.pictures import objective, titled
from common.cli.show import curves
from common.cli.show.plain import table
from common.contract import devices
from common.contract.recipe import Recipe
from common.data import arrays
from common.data.dataset import Dataset
from common.runs import events
from common.runs.folder import open_run
from common.runs.history import read_history
from common.runs.opened import runs_of
from common.runs.preparing import prepare_runs, read_data, recipe_asked
from common.runs.training import CHECKPOINT
from common.table.spec import Network
from common.workers.environment import place
from googlenet.arguments import Path, in_python, watcher
from googlenet.judging import Data
from googlenet.plots import shown
from googlenet.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType

SETTINGS = tuple(field.name for field in fields(Recipe))  # of a recipe, that may be changed


@dataclass(frozen=True, repr=False)
class Training(Result):
    """Runs: one, or one for each framework. It stands for its folder wherever a path is asked for.

    Attributes:
        folder: where the run is kept, or the runs of several frameworks.
    """

    folder: pathlib.Path = field(default=pathlib.Path(), compare=False)

    def __fspath__(self) -> str:
        return str(self.folder)

    @property
    def finished(self) -> bool:
        """Whether the last epoch of every run is over. Ctrl-C stops a run after its step; ``resume=`` goes on."""
        return self.report["finished"]

    @property
    def runs(self) -> dict[str, pathlib.Path]:
        """The folder of each run by the name of its backend."""
        return {run["settings"]["backend"]: pathlib.Path(run["run"]) for run in self.report["runs"]}

    @property
    def epochs(self) -> dict[str, list[dict[str, Any]]]:
        """By the name of the backend, a dict for each epoch: ``loss``, ``validation_accuracy`` and so on."""
        return {run["settings"]["backend"]: run["epochs"] for run in self.to_dict()["runs"]}

    @property
    def test(self) -> dict[str, float | None]:
        """By the name of the backend, the accuracy on the test images; None where there are none, or not yet."""
        tests = {run["settings"]["backend"]: run["test"] for run in self.report["runs"]}
        return {name: test and test["accuracy"] for name, test in tests.items()}

    def _line(self) -> str:
        settings = self.report["runs"][0]["settings"]
        epochs = sum(len(run["epochs"]) for run in self.report["runs"]) // len(self.report["runs"])
        tests = ", ".join(f"{name} {percent(test)}" for name, test in self.test.items() if test is not None)
        words = "finished" if self.finished else "stopped"
        judged = f", test {tests}" if tests else ""
        return f"{settings['network']} on {settings['data']}: {words} after {epochs} epochs{judged}, in {self.folder}"

    def _parts(self) -> Sequence[RenderableType]:
        rows = table(
            "backend", ">epoch", ">loss", ">accuracy", ">validation loss", ">validation accuracy", "?>images/s"
        )
        for name, epochs in self.epochs.items():
            for epoch in epochs:
                loss, right = epoch["validation_loss"], epoch["validation_accuracy"]
                judged = ("", "") if loss is None else (f"{loss:.4f}", percent(right))
                mean, speed = f"{epoch['loss']:.4f}", f"{epoch['images_per_second']:,.0f}"
                rows.add_row(name, str(epoch["epoch"] + 1), mean, percent(epoch["accuracy"]), *judged, speed)
        return [Text(self._line(), style="bold"), rows]

    def plot(self) -> Figure:
        """Loss, accuracy and learning rate over the steps.

        Returns:
            A Matplotlib figure; a notebook shows it.
        """
        histories = {name: read_history(folder) for name, folder in self.runs.items()}
        run = open_run(next(iter(self.runs.values())))
        return shown(curves.drawn(histories, titled(run), objective(run.recipe, run.table)))


@in_python
def train(
    net: str | Network | None = None,
    data: Data | None = None,
    *,
    backend: str | None = None,
    recipe: str | None = None,
    weights: Path | None = None,
    out: Path | None = None,
    classes: Sequence[str] | None = None,
    data_dir: Path | None = None,
    dtype: str | None = None,
    seed: int | None = None,
    steps: int | None = None,
    checkpoint_every: int = CHECKPOINT,
    resume: Path | None = None,
    tensorboard: bool = False,
    device: str = "cpu",
    progress: bool = False,
    **settings: Any,
) -> Training:
    """Train a network. Ctrl-C stops it after a step, ``resume=`` goes on to the last bit as if nothing had been.

    This process trains alone. With several there are ``googlenet train`` and docs/workers.md.

    Args:
        net: a name, ``mytable.py:NET``, or a table; None is ``d2l_bn``, or the network of the weights.
        data: ``digits``, ``fashion-mnist``, ``cifar10``, a folder or archive of class folders; or (images, labels),
            images N x C x H x W of bytes, or those of ``train``, ``validation`` and ``test`` by name. None is
            ``digits``.
        backend: one of the frameworks, or ``all``; None is the first installed.
        recipe: by name; None is ``quick``.
        weights: a file or a run to start from; for other classes the classifier is drawn anew, with a warning.
        out: the folder of the run; None is one in ``runs``, called by network, data and backend.
        classes: the names of the classes of arrays; None calls them by their numbers.
        data_dir: a folder with the official files; None downloads them.
        dtype: what to compute in: ``float32``, ``bfloat16`` or ``float64``; None is ``float32``.
        seed: of all that is random; None is 0.
        steps: stop once the run has made so many.
        checkpoint_every: steps.
        resume: a run to go on with. It keeps its settings, so that these are left out; arrays are given again, and a
            table of your own too.
        tensorboard: write event files for TensorBoard into the run's folder ``events``.
        device: where to compute: ``cpu``, ``cuda``, ``cuda:1``, ``mps`` or ``auto``.
        progress: show how far it has come.
        settings: of the recipe, changed, as the options of ``googlenet train``: ``epochs=5``, ``lr=0.01``,
            ``freeze="all-but-fc"``, ``schedule="cosine"`` and so on.

    Returns:
        A `Training`.

    Raises:
        InputError: anything of this that cannot be, before anything is written; a loss that is no number; or an
            environment that says that a launcher has started several such processes.

    >>> train("d2l_bn", "digits", epochs=3).test  # doctest: +SKIP
    {'torch': 0.9944}
    """
    for name in settings:
        choose("setting of a recipe", name, SETTINGS)
    if tensorboard:
        events.require()
    if (here := place()) is not None:
        raise InputError(
            f"this is one of {here.size} workers by the environment, and this function trains alone: start the command "
            "googlenet train in its place, see docs/workers.md"
        )
    watching = watcher(progress)
    given = _data(data, classes)
    with devices.using(device):
        if resume is None:
            runs, dataset = prepare_runs(
                watching,
                nets.add(net) if isinstance(net, Network) else net,
                data="digits" if given is None else given,
                data_dir=data_dir,
                backend_name=backend,
                recipe=recipe_asked(recipe or "quick", **settings),
                dtype=dtype or "float32",
                seed=seed or 0,
                folder=None if out is None else pathlib.Path(out),
                weights=weights,
                image_size=settings.get("image_size"),
            )
        else:
            others = {
                "backend": backend,
                "recipe": recipe,
                "weights": weights,
                "out": out,
                "dtype": dtype,
                "seed": seed,
            }
            _require_none({**others, **settings, "data": None if isinstance(given, Dataset) else given}, resume)
            runs = runs_of(os.fspath(resume), net)
            dataset = read_data(watching, given if isinstance(given, Dataset) else runs[0].data, runs[0].data_dir)
        report, _ = train_runs(
            watching, runs, dataset, most_steps=steps, checkpoint_every=checkpoint_every, tensorboard=tensorboard
        )
    return Training(report, runs[0].folder.parent if len(runs) > 1 else runs[0].folder)


def _data(data: Data | None, classes: Sequence[str] | None) -> str | Dataset | None:
    """A name or a path as text, arrays as a data set."""
    if data is None or isinstance(data, str | os.PathLike):
        if classes is not None:
            raise InputError("classes are for arrays: a data set has its own names")
        return None if data is None else os.fspath(data)
    return arrays.dataset(data, classes)


def _require_none(given: Mapping[str, Any], resume: Path) -> None:
    """Require that nothing is said of a run that goes on."""
    for name, value in given.items():
        if value is not None:
            raise InputError(f"resume= goes on as {os.fspath(resume)} was begun: leave out {name}=")
