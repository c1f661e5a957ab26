"""The fastest way that a framework package has to compute the logits of many batches: its ``predictor(net)``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, prod

import numpy as np

from common.base.errors import InputError
from common.contract.inputs import check_images
from common.table.analysis import Table
from common.table.sizes import Side, check_input, pair

BATCH = 32
THREAD_BYTES = 2**26  # of the largest map that a processor computes at a time for each of its threads
STAGE_BYTES = 2**23  # the same, where each stage is computed by itself
Shape = tuple[int, int, int]
BFLOAT16 = "bfloat16"
COMPILED = "compiled"
Fast = bool | str  # whether to take the fast path; "bfloat16" takes it in bfloat16, "compiled" the compiled one
Compute = Callable[[np.ndarray], np.ndarray]
Layers = Callable[[np.ndarray], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Predictor:
    """What ``predict`` computes of one net, the fastest way, for images of one size: from N x C x H x W to N x K.

    It has copies of the weights that the net had when it was made: what becomes of the net changes nothing about it.
    Any number of images will do; they are computed ``batch`` at a time. An image with a NaN or an infinity has logits
    of NaN, whatever ``compute`` makes of it.

    Attributes:
        table: of the net.
        shape: C, H and W of the images.
        batch: at most how many images are computed at a time.
        how: by which way of the framework, in words.
        compute: from at most ``batch`` images to their logits, in memory of their own.
        layers: of a predictor in bfloat16: from images to the output of every layer, block and stage by its name, so
            that its error can be told layer by layer. None of those that are exact but for round-off.

    >>> from common import nets
    >>> sums = lambda images: images.sum((2, 3))
    >>> predictor = Predictor(nets.get("d2l"), (1, 32, 32), 2, "sums, two images at a time", sums)
    >>> predictor(np.ones((3, 1, 32, 32))).tolist()
    [[1024.0], [1024.0], [1024.0]]
    """

    table: Table
    shape: Shape
    batch: int
    how: str
    compute: Compute
    layers: Layers | None = None

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """The logits of images, N x C x H x W.

        Raises:
            InputError: images that `common.contract.inputs.check_images` refuses, or of another size.
        """
        check_images(self.table, images, aux=False)
        if images.shape[1:] != self.shape:
            raise InputError(
                f"this predictor of {self.table.name} takes images of {'x'.join(map(str, self.shape[1:]))}, not "
                f"{'x'.join(map(str, images.shape[2:]))}: make another with image_size="
            )
        starts = range(0, len(images), self.batch)
        logits = np.concatenate([self.compute(images[start : start + self.batch]) for start in starts])
        logits[not_finite(images)] = np.nan
        return logits


def not_finite(images: np.ndarray) -> list[int]:
    """Which of the images, N x C x H x W, have a NaN or an infinity.

    A ReLU that oneDNN computes along with a convolution makes 0 of a NaN, so that the logits do not tell.

    >>> not_finite(np.array([1.0, np.nan, 3e38, -np.inf], "float32").reshape(4, 1, 1, 1))
    [1, 3]
    """
    if images.dtype.kind != "f":
        return []
    with np.errstate(over="ignore", invalid="ignore"):
        sums = images.sum((1, 2, 3))  # one pass over them; the sum of finite numbers is infinite only if they are huge
    return [int(i) for i in np.flatnonzero(~np.isfinite(sums)) if not np.isfinite(images[i]).all()]


def before_classifier(table: Table) -> list[str]:
    """The canonical names of the tensors that the logits depend on, but for those of the classifier.

    >>> from common import nets
    >>> before_classifier(nets.get("imagenet_aux"))[-1]
    'b5.5b.p4_2.bias'
    """
    others = ("fc", *table.aux)
    return [name for name, tensor in table.tensors.items() if tensor.layer.split(".")[0] not in others]


def require_finite(weights: Mapping[str, np.ndarray]) -> None:
    """Require weights that are of use, where a ReLU may hide what becomes of them (`not_finite`).

    Args:
        weights: by their canonical names, of `before_classifier`.

    Raises:
        InputError: names the first tensor with a NaN or an infinity, or a variance that is negative.

    >>> require_finite({"b1.conv1.bias": np.array([0.0, np.nan])})
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: b1.conv1.bias is not finite: these weights are of no use
    """
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise InputError(f"{name} is not finite: these weights are of no use")
        if name.endswith(".running_var") and array.min() < 0:
            raise InputError(f"{name} is a variance below 0: these weights are of no use")


def shape_for(table: Table, image_size: Side | None, batch: int) -> Shape:
    """C, H and W of the images that a predictor is asked for.

    Args:
        image_size: (H, W), or the side of a square; None is the table's own.
        batch: how many images at a time.

    Raises:
        InputError: a size that the network does not take, or fewer than one image at a time.

    >>> from common import nets
    >>> shape_for(nets.get("d2l"), None, 8), shape_for(nets.get("d2l"), 32, 8)
    ((1, 96, 96), (1, 32, 32))
    """
    sides = table.input[1:] if image_size is None else pair(image_size)
    numbers = (*sides, batch) if isinstance(sides, tuple | list) and len(sides) == 2 else ()
    if not numbers or not all(type(number) is int and number > 0 for number in numbers):
        raise InputError(
            f"image_size is a number of pixels or (height, width), and batch a number of images, "
            f"not {image_size!r:.60} and {batch!r:.60}"
        )
    shape = (table.input[0], sides[0], sides[1])
    check_input(table, shape, aux=False)
    return shape


def require_float32(dtype: str) -> None:
    """Require it of a net whose predictor is to compute in bfloat16.

    Args:
        dtype: of its weights.

    Raises:
        InputError: another one.
    """
    if dtype != "float32":
        raise InputError("bfloat16 is for the products of a net in float32: build it with dtype='float32'")


def refuse_compiled(framework: str, compiled: bool) -> None:
    """Refuse to compile, for a framework whose predictor is not.

    Raises:
        InputError: it is asked for.
    """
    if compiled:
        raise InputError(f"the predictor of {framework} is not compiled into machine code: leave compiled out")


def portion(table: Table, shape: Shape, batch: int, number_bytes: int, threads: int) -> int:
    """How many images of a batch a processor computes at a time: beyond some size larger maps bring no speed.

    The portions of a batch are as even as can be.

    Args:
        table: of the net.
        shape: C, H and W of the images.
        batch: how many images there are.
        number_bytes: of one number of a map.
        threads: that compute; each wants images to compute.

    >>> from common import nets
    >>> [portion(nets.get("imagenet_aux"), (3, 224, 224), batch, 4, threads=2) for batch in (1, 32, 64)]
    [1, 32, 32]
    >>> portion(nets.get("imagenet_aux"), (3, 2240, 2240), 32, 4, threads=1)
    1
    """
    maps = [shape, *(layer.shape for layer in table.at(shape, aux=False).values())]
    return even(batch, threads * THREAD_BYTES // (number_bytes * max(map(prod, maps))))


def stage_portions(
    table: Table, shape: Shape, batch: int, number_bytes: int, threads: int
) -> tuple[int, dict[str, int]]:
    """`portion` where stages are computed one by one: the first, whose maps are largest, of fewer images at a time.

    Args:
        table, shape, batch, number_bytes, threads: as those of `portion`.

    Returns:
        How many images at a time, so that what one stage hands on to the next stays in the cache; and how many of these
        each stage computes at a time.

    >>> from common import nets
    >>> stage_portions(nets.get("imagenet_aux"), (3, 224, 224), 32, 4, threads=2)
    (16, {'b1': 4, 'b2': 6, 'b3': 8, 'b4': 16, 'b5': 16})
    """
    layers = table.at(shape, aux=False)
    most = threads * STAGE_BYTES // number_bytes
    batch = even(batch, most // max(map(prod, [shape, *(layers[stage].shape for stage in table.stages)])))
    largest = {
        stage: max(prod(layer.shape) for name, layer in layers.items() if name.split(".")[0] == stage)
        for stage in table.stages
    }
    return batch, {stage: even(batch, most // numbers) for stage, numbers in largest.items()}


def even(batch: int, most: int) -> int:
    """The largest of as few portions as there can be of at most ``most`` images, or of one.

    >>> even(16, 7), even(4, 0)
    (6, 1)
    """
    return ceil(batch / ceil(batch / max(1, most)))
