"""What a user would pick instead: networks of the same kind by others, and where they are not the same network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from common.table.analysis import Table

GOOGLENETS = ("paper", "caffe", "imagenet_aux", "torchvision")
V3 = ("inception_v3", "inception_v3:keras")


@dataclass(frozen=True)
class Other:
    """A published network.

    Attributes:
        name: whose it is.
        backend: the framework that it is for.
        needs: the package that has it.
        instead_of: the tables that it is of the kind of.
        table: the table that it is, which says how many MACs it has.
        side: the only size of its images, in pixels; None is no such limit.
    """

    name: str
    backend: str
    needs: str
    instead_of: tuple[str, ...]
    table: str
    side: int | None = None


OTHERS = (
    Other("torchvision", "torch", "torchvision", GOOGLENETS, "torchvision"),
    Other("torchvision", "torch", "torchvision", V3, "inception_v3"),
    Other("timm", "torch", "timm", V3, "inception_v3"),
    Other("timm", "torch", "timm", ("inception_v4",), "inception_v4"),
    Other("timm", "torch", "timm", ("inception_resnet_v2",), "inception_resnet_v2"),
    Other("applications", "tf", "keras", V3, "inception_v3:keras"),
    Other("applications", "tf", "keras", ("inception_resnet_v2",), "inception_resnet_v2"),
    Other("model_zoo", "mxnet", "mxnet", V3, "inception_v3", side=299),
)


def others(table: Table, shape: tuple[int, int, int]) -> Iterator[Other]:
    """The others that can be measured beside a table here: installed, and for such images.

    Args:
        shape: (C, H, W) of the images. Theirs have three channels.

    >>> from common import nets
    >>> list(others(nets.get("d2l"), (1, 96, 96)))
    []
    """
    for other in OTHERS:
        if table.name not in other.instead_of or shape[0] != 3:
            continue
        if other.side is not None and shape[1:] != (other.side, other.side):
            continue
        if find_spec(other.needs) is not None:
            yield other
