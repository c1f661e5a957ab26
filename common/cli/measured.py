"""What ``googlenet bench`` measures, shows and draws for each of its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.base.errors import InputError

if TYPE_CHECKING:
    from common.cli.show.output import Output


def measured(task: str, out: str | None, output: Output, **settings: Any) -> dict[str, Any]:
    """Measure, show and draw.

    Args:
        task: ``speeds``, ``train`` or ``layers``.
        out: a path for the picture, or None.
        output: is told how far it has come, and shows the result.
        settings: of `common.bench.bench`, without ``train`` and ``watcher``.

    Returns:
        The report.

    Raises:
        InputError: anything that cannot be, before anything takes time.
    """
    from common.bench import asked
    from common.cli.show import bench as shown
    from common.cli.show import layers, roofline, speeds
    from common.cli.show.plain import written

    if out is not None:
        speeds.check(out)
    if task == "layers":
        show, draw = layers.layers, roofline.draw
        report = _layers(watcher=output, **settings)
    else:
        show, draw = shown.bench, speeds.draw
        report = asked.bench(watcher=output, train=task == "train", **settings)
    if out is not None:
        draw(report, out)
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
