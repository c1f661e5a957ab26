"""The form in which a Keras net learns on a processor: the same convolutions, by what oneDNN differentiates fastest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from common.contract.watching import replaced
from common.table.padding import VALID, fixed
from googlenet_tf.framework import ops, tf
from googlenet_tf.layers import Conv, activate, pad

if TYPE_CHECKING:
    from googlenet_tf.net import Net


@contextmanager
def learning(net: Net) -> Iterator[None]:
    """The convolutions of a net on a processor are computed in another way, until the end; then they are as before.

    - Those of 1x1 are products of matrices, and so are their gradients: oneDNN takes longer for the gradient of such a
      convolution by its kernel than for the product.
    - Their bias is added as numbers are. To a ``BiasAdd`` TensorFlow has oneDNN compute the gradient by the bias along
      with that by the kernel, which takes longer than one after the other.
    """
    with ExitStack() as layers:
        for layer in net._flatten_layers():
            if isinstance(layer, Conv) and "CPU" in layer.kernel.value.device:
                layers.enter_context(replaced(layer, "call", partial(_call, layer)))
        yield


def _call(layer: Conv, x: tf.Tensor) -> tf.Tensor:
    """What the layer's own ``call`` computes."""
    y = _product(layer, x) if _is_product(layer) else layer.convolution_op(pad(x, layer.node), layer.kernel)
    y = y + layer.bias if layer.use_bias else y
    return activate(y if layer.norm is None else layer.norm(y), layer.node.activation)


def _is_product(layer: Conv) -> bool:
    kernel, stride, padding = layer.node.window
    return kernel == stride == (1, 1) and fixed(kernel, stride, padding) == VALID


def _product(layer: Conv, x: tf.Tensor) -> tf.Tensor:
    """A 1x1 convolution of maps N x H x W x C: each pixel is a row of a matrix."""
    _, height, width, channels = x.shape
    rows = ops.matmul(ops.reshape(x, (-1, channels)), ops.reshape(layer.kernel, (channels, layer.filters)))
    return ops.reshape(rows, (-1, height, width, layer.filters))
