"""The layers of the vocabulary.

A layer leaves to its network what the network states once for all of them: the padding convention, the normalisation,
the bias (`INHERIT`), the number of classes (`CLASSES`), its input channels. `common.table.resolve` fills these in, so
that the packages only ever see explicit numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from common.base.errors import InputError
from common.table.checks import FLAG, Checked, Rules, instance, only, real, row, whole
from common.table.padding import Pad, Pair, Same

INHERIT = "inherit"  # as the network states
CLASSES = "classes"  # as many as the network has classes
ACTIVATIONS = (None, "relu")

ACTIVATION = only(*ACTIVATIONS)
COUNT = whole(1)
COUNT_OR_PAIR = COUNT | row(COUNT, 2)


def pair(value: int | Pair) -> Pair:
    """(height, width) from one number or two.

    Args:
        value: rows, columns or pixels.

    >>> pair(3), pair((1, 7))
    ((3, 3), (1, 7))
    """
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _count(node: Conv | Dense, value: int | str) -> int:
    if isinstance(value, str):
        raise ValueError(f"{node}: as many as the network has {value}, which is not resolved yet")
    return value


@dataclass(frozen=True)
class BatchNorm(Checked):
    """Batch normalisation over N, H and W (Ioffe & Szegedy 2015, Algorithm 1).

    ``momentum`` is the weight of the *old* running value, as in Keras and MXNet; torch's argument
    of the same name is one minus this.
    """

    eps: float = 1e-5
    momentum: float = 0.9

    rules: ClassVar[Rules] = {"eps": real(above=0), "momentum": real(0, 1)}


class Window(Checked):
    """What convolution and pooling share: a window of ``kernel``, moved by ``stride`` over a padded map.

    Numbers for both axes may be given as one. ``padding`` is left to the network unless the layer states its own.
    """

    kernel: int | Pair
    stride: int | Pair
    padding: Pad | Same | str

    rules: ClassVar[Rules] = {
        "kernel": COUNT_OR_PAIR,
        "stride": COUNT_OR_PAIR,
        "padding": instance(Pad, Same) | only(INHERIT),
    }

    def __post_init__(self) -> None:
        self.check()
        object.__setattr__(self, "kernel", pair(self.kernel))
        object.__setattr__(self, "stride", pair(self.stride))

    @property
    def window(self) -> tuple[Pair, Pair, Pad | Same]:
        """(kernel, stride, padding) of a resolved layer, as the functions of `common.table.padding` take them.

        Raises:
            ValueError: the padding is still left to the network.

        >>> MaxPool(3, stride=2, padding=Pad()).window
        ((3, 3), (2, 2), Pad(before=(0, 0), after=(0, 0), ceil=False))
        """
        if isinstance(self.padding, str):
            raise ValueError(f"{self}: its padding is not resolved yet")
        return *self.moved, self.padding

    @property
    def moved(self) -> tuple[Pair, Pair]:
        """(kernel, stride), each as (height, width).

        >>> Conv(8, (1, 7), stride=2).moved
        ((1, 7), (2, 2))
        """
        return pair(self.kernel), pair(self.stride)


@dataclass(frozen=True)
class Conv(Window):
    """Convolution unit: convolution, then normalisation, then activation, where the table has them.

    ``classes`` says of a resolved layer that it has a channel for each class.
    """

    channels: int | str
    kernel: int | Pair
    stride: int | Pair = 1
    padding: Pad | Same | str = INHERIT
    bias: bool | str = INHERIT
    norm: BatchNorm | str | None = INHERIT
    activation: str | None = "relu"
    in_channels: int | None = None
    classes: bool = False

    rules: ClassVar[Rules] = {
        **Window.rules,
        "channels": COUNT | only(CLASSES),
        "bias": FLAG | only(INHERIT),
        "norm": only(None, INHERIT) | instance(BatchNorm),
        "activation": ACTIVATION,
        "in_channels": COUNT | only(None),
        "classes": FLAG,
    }

    @property
    def out_channels(self) -> int:
        """The channels of a resolved layer.

        Raises:
            ValueError: they are still left to the network.
        """
        return _count(self, self.channels)


class Pool(Window):
    """What pools share: each of their windows holds a pixel of the map, of which there is a maximum and a mean."""

    def check(self) -> None:
        """Require the fields to be as the rules say, and a padding that is smaller than the kernel.

        Raises:
            InputError: names the field.
        """
        super().check()
        if isinstance(self.padding, Pad):
            widest = tuple(map(max, self.padding.before, self.padding.after))
            if any(rows >= side for rows, side in zip(widest, pair(self.kernel), strict=True)):
                raise InputError(
                    f"{type(self).__name__}: padding must be smaller than the kernel {pair(self.kernel)}, not {widest}"
                )


@dataclass(frozen=True)
class MaxPool(Pool):
    """Maximum over the window; padding counts as −inf."""

    kernel: int | Pair
    stride: int | Pair = 1
    padding: Pad | Same | str = INHERIT


@dataclass(frozen=True)
class AvgPool(Pool):
    """Mean over the window. ``count_padding``: whether zeros from the padding count as elements.

    torch and MXNet count them unless told not to, Keras never does, so a table that pads says which.
    """

    kernel: int | Pair
    stride: int | Pair = 1
    padding: Pad | Same | str = INHERIT
    count_padding: bool = False

    rules: ClassVar[Rules] = {**Window.rules, "count_padding": FLAG}

    def check(self) -> None:
        """`Pool.check`; and an average pool does not round up, which frameworks count in different ways.

        Raises:
            InputError: names the field.
        """
        super().check()
        if isinstance(self.padding, Pad) and self.padding.ceil:
            raise InputError("AvgPool: an average pool that rounds up is not in the vocabulary: state its padding")


@dataclass(frozen=True)
class GlobalAvgPool(Checked):
    """Mean over the whole map; the output is C x 1 x 1."""


@dataclass(frozen=True)
class AdaptiveAvgPool(Checked):
    """Means of ``size`` x ``size`` windows that cover a map of any size; they overlap where it does not divide.

    Row i is the mean of rows ⌊i·H/size⌋ to ⌈(i+1)·H/size⌉ - 1, as in ``torch.nn.AdaptiveAvgPool2d``.
    """

    size: int

    rules: ClassVar[Rules] = {"size": COUNT}


@dataclass(frozen=True)
class LRN(Checked):
    """Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3).

    x / (k + alpha/size · Σ x²)^beta, summed over the ``size`` channels around each one: the meaning of
    Caffe and torch. TensorFlow and MXNet spell the same function with other numbers.
    """

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0

    rules: ClassVar[Rules] = {"size": COUNT, "alpha": real(0), "beta": real(0), "k": real(above=0)}

    def check(self) -> None:
        """Require the fields to be as the rules say, and a channel in the middle of those that are summed.

        Raises:
            InputError: names the field.
        """
        super().check()
        if self.size % 2 == 0:
            raise InputError(f"LRN: a sum over {self.size} channels has no centre: size must be an odd number")


@dataclass(frozen=True)
class Dropout(Checked):
    """Zero each element with probability ``p`` while training, and scale the rest by 1/(1-p)."""

    p: float

    rules: ClassVar[Rules] = {"p": real(0, below=1)}


@dataclass(frozen=True)
class Dense(Checked):
    """Fully connected layer on the map flattened in the order C, H, W.

    ``classes`` says of a resolved layer that it has a unit for each class.
    """

    units: int | str
    activation: str | None = None
    in_features: int | None = None
    classes: bool = False

    rules: ClassVar[Rules] = {
        "units": COUNT | only(CLASSES),
        "activation": ACTIVATION,
        "in_features": COUNT | only(None),
        "classes": FLAG,
    }

    @property
    def out_features(self) -> int:
        """The units of a resolved layer.

        Raises:
            ValueError: they are still left to the network.
        """
        return _count(self, self.units)


@dataclass(frozen=True)
class Flatten(Checked):
    """The map as a vector, in the order C, H, W."""
