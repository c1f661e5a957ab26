"""The fastest way that Keras has here to compute what ``predict`` does: the same function, for images of one size."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from common.base.machine import usable_cores
from common.contract.predicting import (
    BATCH,
    Compute,
    Layers,
    Predictor,
    Shape,
    before_classifier,
    portion,
    refuse_compiled,
    require_finite,
    require_float32,
    shape_for,
)
from common.contract.watching import replaced
from common.table.padding import SAME, sides
from common.table.sizes import Side
from googlenet_tf.device import on_device
from googlenet_tf.framework import ops, tf
from googlenet_tf.layers import MaxPool
from googlenet_tf.measure import layer_outputs
from googlenet_tf.run import array
from googlenet_tf.weights import arrays

if TYPE_CHECKING:
    from googlenet_tf.net import Net


def predictor(
    net: Net, *, image_size: Side | None = None, batch: int = BATCH, bfloat16: bool = False, compiled: bool = False
) -> Predictor:
    """`predict` of one net for many batches, the fastest way, with copies of the weights that the net has now.

    The net is one graph for images of one size and any number of them. The weights are constants in it, so that
    TensorFlow lays the kernels out once, and folds what it can into them. It pads max pools by itself where that is the
    same for images of this size. A processor computes large maps in portions of the batch.

    Args:
        net: as it is, it stays.
        image_size: (H, W) of the images, or the side of a square; None is the table's own.
        batch: at most how many images are computed at a time.
        bfloat16: compute in it up to the classifier, which stays in float32; see docs/speed.md for what that costs.
        compiled: only PyTorch's predictor is.

    Raises:
        InputError: a size that the network does not take, fewer than one image at a time, weights that are not finite,
            bfloat16 for a net that is not in float32, or compiled.

    >>> from googlenet_tf import build_net
    >>> predictor(build_net("d2l"), image_size=32)(np.zeros((2, 1, 32, 32))).shape
    (2, 10)
    """
    refuse_compiled("Keras", compiled)
    shape = shape_for(net.table, image_size, batch)
    require_finite(arrays(net, before_classifier(net.table)))
    if "CPU" in net.variables[0].value.device:
        width = 2 if bfloat16 else tf.as_dtype(net.variable_dtype).size
        batch = portion(net.table, shape, batch, width, _threads())
    return Predictor(net.table, shape, batch, *_computing(net, shape, batch, bfloat16))


def _threads() -> int:
    """How many threads TensorFlow gives one operation: as many as it was told, or one for each processor."""
    return tf.config.threading.get_intra_op_parallelism_threads() or len(usable_cores())


def _in_bfloat16(net: Net) -> Net:
    """A copy of the net that computes in bfloat16 up to the classifier, with its weights as they are."""
    require_float32(net.variable_dtype)
    with on_device(net):
        fast = copy.deepcopy(net)
    for layer in fast._flatten_layers():
        layer.dtype_policy = "mixed_bfloat16"
    fast.fc.dtype_policy = "float32"  # so logits keep all their digits
    return fast


def _computing(net: Net, shape: Shape, batch: int, bfloat16: bool) -> tuple[str, Compute, Layers | None]:
    """How, in words; from at most ``batch`` images to their logits; and to every layer, where that is in bfloat16."""
    fast = _in_bfloat16(net) if bfloat16 else net
    images = tf.TensorSpec((None, *shape), net.variable_dtype)

    def logits_of(x: tf.Tensor) -> tf.Tensor:
        return fast(tf.transpose(x, (0, 2, 3, 1)), training=False)  # faster than NumPy has it

    with on_device(net), _padding_itself(fast):
        traced = tf.function(logits_of, input_signature=[images], autograph=False)
        frozen = convert_variables_to_constants_v2(traced.get_concrete_function())

    def compute(x: np.ndarray) -> np.ndarray:
        with on_device(net):
            (logits,) = frozen(tf.convert_to_tensor(np.asarray(x, net.variable_dtype)))
            return array(logits)

    ways = ("bfloat16" * bfloat16, "one graph, weights frozen")
    return ", ".join(filter(None, ways)), compute, partial(layer_outputs, fast) if bfloat16 else None


@contextmanager
def _padding_itself(net: Net) -> Iterator[None]:
    """TensorFlow pads each max pool by itself, where its SAME is the table's padding for the size of the maps."""
    with ExitStack() as pools:
        for layer in net._flatten_layers():
            if isinstance(layer, MaxPool):
                pools.enter_context(replaced(layer, "call", partial(_max_pool, layer)))
        yield


def _max_pool(layer: MaxPool, x: tf.Tensor) -> tf.Tensor:
    size, (kernel, stride, padding) = x.shape[1:3], layer.node.window
    if sides(size, kernel, stride, padding) == sides(size, kernel, stride, SAME):
        return ops.max_pool(x, kernel, stride, "same", "channels_last")
    return MaxPool.call(layer, x)
