"""What ``googlenet bench`` measures, shows and draws for each of its tasks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from common.base.errors import InputError
from common.bench.asked import LAYERS_BATCH, bench
from common.bench.layers import layers
from common.bench.scale import scale
from common.cli.show import bench as speeds_shown
from common.cli.show import figures, roofline, scaling, speeds
from common.cli.show import layers as layers_shown
from common.cli.show import scale as scale_shown
from common.cli.show.plain import written

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType

    from common.cli.show.output import Output

Report = dict[str, Any]


class Task(NamedTuple):
    """How a task is measured, shown and drawn: ``measure(**settings)`` is its report."""

    measure: Callable[..., Report]
    show: Callable[[Report], list[RenderableType]]
    drawn: Callable[[Report], AbstractContextManager[Figure]]


def tasks(**asked: bool) -> str:
    """Which of several tasks is asked for; ``speeds`` where none is.

    Raises:
        InputError: more than one.

    >>> tasks(layers=False, train=False), tasks(layers=True, train=False)
    ('speeds', 'layers')
    """
    chosen = [name for name, given in asked.items() if given]
    if len(chosen) > 1:
        raise InputError(f"{' and '.join(f'--{name}' for name in chosen)} exclude each other: give one of them")
    return chosen[0] if chosen else "speeds"


def measured(task: str, out: str | None, output: Output, *, rounds: int | None, **settings: Any) -> Report:
    """Measure, show and draw.

    Args:
        task: of `TASKS`.
        out: a path for the picture, or None.
        output: is told how far it has come, and shows the result.
        rounds: None is what the task takes by itself.
        settings: others of `common.bench.bench`, without ``train`` and ``watcher``; and ``budget``, the seconds after
            which ``scale`` begins no more.

    Returns:
        The report.

    Raises:
        InputError: anything that cannot be, before anything takes time.
    """
    measure, show, drawn = TASKS[task]
    if out is not None:
        figures.check(out)
    report = measure(watcher=output, **settings, **({} if rounds is None else {"rounds": rounds}))
    if out is not None:
        with drawn(report) as figure:
            figures.save(figure, out)
        output.print(written([out])[1:])
    output.print(show(report))
    return report


def _speeds(budget: float, **settings: Any) -> Report:
    """Passes of inference, or with ``train`` steps of training, however long they take."""
    return bench(**settings)


def _layers(budget: float, batch: list[int] | None, others: bool, compiled: bool, **settings: Any) -> Report:
    """Layer by layer, with one size of batch; networks of others have other layers, and play no part."""
    _refuse("--layers", compiled)
    if batch is not None and len(batch) != 1:
        raise InputError("--layers measures one size of batch: give one number to --batch")
    return layers(batch=batch[0] if batch else LAYERS_BATCH, **settings)


def _scale(batch: list[int] | None, others: bool, compiled: bool, **settings: Any) -> Report:
    """How the cost grows, with the batches that it chooses itself."""
    _refuse("--scale", compiled)
    if batch is not None:
        raise InputError("--scale chooses the batches: leave --batch out")
    return scale(**settings)


def _refuse(task: str, compiled: bool) -> None:
    if compiled:
        raise InputError(f"{task} does not measure compiled fast paths: leave --compiled out")


TASKS = {
    "speeds": Task(_speeds, speeds_shown.bench, speeds.drawn),
    "train": Task(partial(_speeds, train=True), speeds_shown.bench, speeds.drawn),
    "layers": Task(_layers, layers_shown.layers, roofline.drawn),
    "scale": Task(_scale, scale_shown.scale, scaling.drawn),
}
