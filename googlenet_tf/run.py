"""Using a Keras net on NumPy arrays: logits, gradients, and the loss that training makes smaller."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from common.contract.loss import by_name, check_batch, targets, weighted_loss
from common.table.sizes import check_input
from googlenet_tf.framework import tf
from googlenet_tf.weights import tensors, to_canonical

if TYPE_CHECKING:
    from googlenet_tf.net import Net


def tensor(net: Net, x: np.ndarray) -> tf.Tensor:
    """An array as a tensor of the net's own dtype; images N x C x H x W become N x H x W x C."""
    return tf.convert_to_tensor((x.transpose(0, 2, 3, 1) if x.ndim == 4 else x).astype(net.variable_dtype))


def array(x: tf.Tensor) -> np.ndarray:
    """A tensor as an array of the same dtype; maps N x H x W x C become N x C x H x W."""
    return x.numpy().transpose(0, 3, 1, 2) if len(x.shape) == 4 else x.numpy()


def predict(net: Net, x: np.ndarray) -> np.ndarray:
    """Logits, N x K, of images N x C x H x W in evaluation mode.

    Raises:
        ValueError: images too small, or of other channels than the net's.

    >>> from googlenet_tf import build_net
    >>> predict(build_net("d2l"), np.zeros((2, 1, 96, 96))).shape
    (2, 10)
    """
    check_input(net.table, x.shape[1:], aux=False)
    return array(net(tensor(net, x), training=False))


def gradients(net: Net, x: np.ndarray, y: np.ndarray, *, training: bool = False) -> dict[str, np.ndarray]:
    """Gradients of the mean cross-entropy by every parameter it depends on, and by ``input``.

    They have the canonical names and layouts of the parameters, and that of the images the shape of the images. While
    training the losses of the heads count with their weights, dropout is random, and the moving statistics move, as in
    any step of training. Frozen parameters have none.

    Args:
        x: images, N x C x H x W.
        y: the class of each image, N whole numbers.

    Raises:
        ValueError: images that the net, or while training its heads, do not take, or labels that do not fit.
    """
    check_batch(net.table, x, y, training=training)
    x = tensor(net, x)
    wanted = tensor(net, targets(y, net.table.num_classes))
    parameters = {name: v for name, v in tensors(net).items() if v.trainable}
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss, _ = loss_of(net, net(x, training=training), wanted)
    *found, of_input = tape.gradient(loss, [*(v.value for v in parameters.values()), x])
    named = {name: to_canonical(g.numpy()) for name, g in zip(parameters, found, strict=True) if g is not None}
    return {**named, "input": array(of_input)}


def loss_of(net: Net, logits: tf.Tensor | dict[str, tf.Tensor], wanted: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """(mean cross-entropy with distributions, that of the heads included; the classifier's logits, N x K).

    Args:
        logits: what calling the net gave.
        wanted: the distribution to learn for each image, N x K; all is computed in its dtype.
    """
    heads = {name: tf.cast(y, wanted.dtype) for name, y in by_name(logits).items()}
    return weighted_loss(net.table, heads, partial(cross_entropy, wanted=wanted)), heads["fc"]


def cross_entropy(logits: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy of logits, N x K, with distributions, N x K; Keras' own loss computes in float32."""
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))
