"""Weights from one format into another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from common.cli.show.conversion import conversion
from common.table.spec import Network
from common.weights.convert import convert_file
from googlenet.arguments import Path, Size, in_python, size_of, watcher
from googlenet.result import Result

if TYPE_CHECKING:
    from rich.console import RenderableType


class Conversion(Result):
    """What was read, and what was written."""

    @property
    def network(self) -> str:
        """The name of the network that the weights are of."""
        return self.report["network"]

    @property
    def source(self) -> str:
        """Who publishes such files."""
        return self.report["source"]

    def _line(self) -> str:
        return (
            f"{self.report['in']}: {self.network}, {self.report['tensors']:,} tensors, written to {self.report['out']}"
        )

    def _parts(self) -> Sequence[RenderableType]:
        return conversion(self.report)


@in_python
def convert(
    source_path: Path,
    target_path: Path,
    *,
    net: str | Network | None = None,
    source: str | None = None,
    preprocessing: str | None = None,
    dtype: str | None = None,
    image_size: Size = None,
    in_channels: int | None = None,
    num_classes: int | None = None,
    progress: bool = False,
) -> Conversion:
    """Bring weights from one format into another: published ones into ours, ours into the frameworks' and ONNX.

    Args:
        source_path: weights, our own or published ones.
        target_path: its suffix says the format: ``.safetensors``, ``.pth``, ``.weights.h5``, ``.onnx`` and so on.
        net: the network, where the file does not tell: a name or a table.
        source: who published it, such as ``timm_inception_v3``; None is found from the file.
        preprocessing: that of a source, or ``plain``; None is the file's.
        dtype: what to write, ``float32`` or ``float64``; None is as in the file.
        image_size: of ONNX; None is the network's own.
        in_channels, num_classes: what the file must be for.
        progress: show what is being done.

    Returns:
        A `Conversion`.

    Raises:
        InputError: a file that cannot be read or written, or that is of another network; names the tensor.

    >>> convert("bvlc_googlenet.caffemodel", "caffe.safetensors").network  # doctest: +SKIP
    'caffe'
    """
    with watcher(progress).progress() as doing:
        report = convert_file(
            source_path,
            target_path,
            net=net,
            source=source,
            preprocessing=preprocessing,
            to=dtype,
            size=size_of(image_size),
            in_channels=in_channels,
            num_classes=num_classes,
            progress=doing,
        )
    return Conversion(report)
