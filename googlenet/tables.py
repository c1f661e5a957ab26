"""The networks, and what one of them is made of: by arithmetic alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from common import nets as tables
from common.cli.show import side_by_side as showing_sizes
from common.cli.show import tables as showing
from common.table import overview, side_by_side
from common.table.spec import Network
from googlenet.arguments import Size, in_python, size_of
from googlenet.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType


class Nets(Result):
    """Every network there is; it is iterated by name."""

    @property
    def names(self) -> list[str]:
        """Their names, in the order of a reader."""
        return [row["name"] for row in self.report]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.report)

    def _line(self) -> str:
        return f"{len(self)} networks: {', '.join(self.names)}"

    def _parts(self) -> Sequence[RenderableType]:
        return showing.nets(self.report)


class Summary(Result):
    """Every layer of a network: its output, parameters, MACs and receptive field."""

    @property
    def params(self) -> int:
        """Trainable parameters, without heads."""
        return self.report["params"]

    @property
    def macs(self) -> int:
        """Multiply-adds of one image, without heads."""
        return self.report["total"]["macs"]

    @property
    def layers(self) -> list[dict[str, Any]]:
        """A dict for each layer, block and stage, in order: ``name``, ``output`` (C, H, W), ``params`` and so on."""
        return self.to_dict()["layers"]

    def _line(self) -> str:
        size = "x".join(map(str, self.report["input_shape"]))
        counts = f"{self.params:,} parameters, {self.macs:,} MACs at {size}"
        return f"{self.report['name']}: {counts}, depth {self.report['depth']}"

    def _parts(self) -> Sequence[RenderableType]:
        return showing.summary(self.report)

    def plot(self) -> Figure:
        """Where parameters and MACs sit: a bar for each stage.

        Returns:
            A Matplotlib figure; a notebook shows it.
        """
        from googlenet.plots import shares

        return shares(self.report)


class Sizes(Result):
    """The sizes and costs of networks beside each other."""

    @property
    def networks(self) -> list[dict[str, Any]]:
        """A dict for each: ``name``, ``params``, ``macs``, ``params_ratio`` and so on."""
        return self.to_dict()["networks"]

    def _line(self) -> str:
        return ", ".join(f"{net['name']} {net['params']:,}" for net in self.report["networks"])

    def _parts(self) -> Sequence[RenderableType]:
        return showing_sizes.against(self.report)

    def plot(self) -> Figure:
        """Parameters and MACs of each network as bars.

        Returns:
            A Matplotlib figure; a notebook shows it.
        """
        from googlenet.plots import sizes

        return sizes(self.report)


@in_python
def nets() -> Nets:
    """List the networks: parameters, MACs, depth, smallest image, source, departures.

    Those of a plug-in that cannot be used are left out, with a warning.

    >>> list(nets())[:2]
    ['d2l', 'd2l_same']
    """
    import warnings

    return Nets(tables.listed(lambda line: warnings.warn(line, stacklevel=2)))


@in_python
def summary(
    net: str | Network,
    *,
    against: Sequence[str | Network] | str | Network = (),
    image_size: Size = None,
    in_channels: int | None = None,
    num_classes: int | None = None,
) -> Summary | Sizes:
    """Every layer's output, parameters, MACs and receptive field, by arithmetic alone.

    Args:
        net: a name, ``mytable.py:NET``, or a table.
        against: compare sizes and costs with these instead.
        image_size: (H, W) in pixels, or one number for both; None is the network's own.
        in_channels, num_classes: None is the network's own.

    Returns:
        A `Summary`; with ``against``, `Sizes`.

    Raises:
        InputError: no such network, or images that it does not take.

    >>> summary("d2l", image_size=224).layers[0]["output"]
    [64, 112, 112]
    >>> summary("d2l", against=["alexnet"])
    <Sizes of d2l 5,977,530, alexnet 46,764,746>
    """
    others = [against] if isinstance(against, str | Network) else list(against)
    chosen = [tables.get(each, in_channels=in_channels, num_classes=num_classes) for each in (net, *others)]
    size = size_of(image_size)
    return Sizes(side_by_side.against(chosen, size)) if others else Summary(overview.summary(chosen[0], size))
