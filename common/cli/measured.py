"""What ``googlenet bench`` measures, shows and draws for each of its tasks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple

from common.base.errors import InputError

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


def task_of(name: str) -> Task:
    """The task called ``name``: ``speeds``, ``train``, ``layers`` or ``scale``."""
    from common.cli.show import bench, layers, roofline, scale, scaling, speeds

    if name == "layers":
        return Task(_layers, layers.layers, roofline.drawn)
    if name == "scale":
        return Task(_scale, scale.scale, scaling.drawn)
    return Task(_trained if name == "train" else _speeds, bench.bench, speeds.drawn)


def measured(task: str, out: str | None, output: Output, *, rounds: int | None, **settings: Any) -> Report:
    """Measure, show and draw.

    Args:
        task: for `task_of`.
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
    from common.cli.show import figures
    from common.cli.show.plain import written

    measure, show, drawn = task_of(task)
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
    """Passes of inference."""
    from common.bench.asked import bench

    return bench(**settings)


def _trained(budget: float, **settings: Any) -> Report:
    """Steps of training."""
    from common.bench.asked import bench

    return bench(train=True, **settings)


def _layers(budget: float, batch: list[int] | None, others: bool, **settings: Any) -> Report:
    """Layer by layer, with one size of batch; networks of others have other layers, and play no part."""
    from common.bench.asked import LAYERS_BATCH
    from common.bench.layers import layers

    if batch is not None and len(batch) != 1:
        raise InputError("--layers measures one size of batch: give one number to --batch")
    return layers(batch=batch[0] if batch else LAYERS_BATCH, **settings)


def _scale(batch: list[int] | None, others: bool, **settings: Any) -> Report:
    """How the cost grows, with the batches that it chooses itself."""
    from common.bench.scale import scale

    if batch is not None:
        raise InputError("--scale chooses the batches: leave --batch out")
    return scale(**settings)
