"""What ``googlenet bench`` measures, shows and draws for each of its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.base.errors import InputError

if TYPE_CHECKING:
    from common.cli.show.output import Output


def measured(
    task: str, out: str | None, output: Output, *, rounds: int | None, budget: float, **settings: Any
) -> dict[str, Any]:
    """Measure, show and draw.

    Args:
        task: ``speeds``, ``train``, ``layers`` or ``scale``.
        out: a path for the picture, or None.
        output: is told how far it has come, and shows the result.
        rounds: None is what the task takes by itself.
        budget: seconds after which ``scale`` begins no more.
        settings: others of `common.bench.bench`, without ``train`` and ``watcher``.

    Returns:
        The report.

    Raises:
        InputError: anything that cannot be, before anything takes time.
    """
    from common.bench import asked
    from common.cli.show import bench as shown
    from common.cli.show import figures, layers, roofline, scale, scaling, speeds
    from common.cli.show.plain import written

    given = settings if rounds is None else {**settings, "rounds": rounds}
    if out is not None:
        figures.check(out)
    if task == "layers":
        show, drawn = layers.layers, roofline.drawn
        report = _layers(watcher=output, **given)
    elif task == "scale":
        show, drawn = scale.scale, scaling.drawn
        report = _scale(watcher=output, budget=budget, **given)
    else:
        show, drawn = shown.bench, speeds.drawn
        report = asked.bench(watcher=output, train=task == "train", **given)
    if out is not None:
        with drawn(report) as figure:
            figures.save(figure, out)
        output.print(written([out])[1:])
    output.print(show(report))
    return report


def _layers(batch: list[int] | None, others: bool, **settings: Any) -> dict[str, Any]:
    """Layer by layer, with one size of batch; networks of others have other layers, and play no part."""
    from common.bench.asked import LAYERS_BATCH
    from common.bench.layers import layers

    if batch is not None and len(batch) != 1:
        raise InputError("--layers measures one size of batch: give one number to --batch")
    return layers(batch=batch[0] if batch else LAYERS_BATCH, **settings)


def _scale(batch: list[int] | None, others: bool, **settings: Any) -> dict[str, Any]:
    """How the cost grows, with the batches that it chooses itself."""
    from common.bench.scale import scale

    if batch is not None:
        raise InputError("--scale chooses the batches: leave --batch out")
    return scale(**settings)
