"""The fastest way that Keras has here to compute what ``predict`` does: the same function, for images of one size."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from common.contract.predicting import BATCH, Compute, Predictor, Shape, portion, shape_for
from common.table.sizes import Side
from googlenet_tf.device import on_device
from googlenet_tf.framework import tf
from googlenet_tf.run import array, tensor

if TYPE_CHECKING:
    from googlenet_tf.net import Net


def predictor(net: Net, *, image_size: Side | None = None, batch: int = BATCH) -> Predictor:
    """`predict` of one net for many batches, the fastest way, with copies of the weights that the net has now.

    The net is one graph for images of one size and any number of them. The weights are constants in it, so that
    TensorFlow lays the kernels out once, and folds what it can into them. A processor computes at a time as many images
    as its caches hold.

    Args:
        net: as it is, it stays.
        image_size: (H, W) of the images, or the side of a square; None is the table's own.
        batch: at most how many images are computed at a time.

    Raises:
        InputError: a size that the network does not take, or fewer than one image at a time.

    >>> from googlenet_tf import build_net
    >>> predictor(build_net("d2l"), image_size=32)(np.zeros((2, 1, 32, 32))).shape
    (2, 10)
    """
    shape = shape_for(net.table, image_size, batch)
    if "CPU" in net.variables[0].value.device:
        batch = portion(net.table, shape, batch, tf.as_dtype(net.variable_dtype).size, _threads())
    compute, how = _computing(net, shape, batch)
    return Predictor(net.table, shape, batch, how, compute)


def _threads() -> int:
    """How many threads TensorFlow gives one operation: as many as it was told, or one for each processor."""
    own = getattr(os, "sched_getaffinity", None)
    return tf.config.threading.get_intra_op_parallelism_threads() or (len(own(0)) if own else os.cpu_count() or 1)


def _computing(net: Net, shape: Shape, batch: int) -> tuple[Compute, str]:
    """From at most ``batch`` images to their logits, and how, in words."""
    channels, *size = shape
    images = tf.TensorSpec((None, *size, channels), net.variable_dtype)
    with on_device(net):
        traced = tf.function(lambda x: net(x, training=False), input_signature=[images])
        frozen = convert_variables_to_constants_v2(traced.get_concrete_function())

    def compute(x: np.ndarray) -> np.ndarray:
        with on_device(net):
            (logits,) = frozen(tensor(net, x))
            return array(logits)

    return compute, "one graph, weights frozen"
