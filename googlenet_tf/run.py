"""Using a Keras net on NumPy arrays: logits, gradients, and the loss that training makes smaller."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from common.contract.inputs import check_images, plain
from common.contract.loss import by_name, check_batch, targets, weighted_loss
from googlenet_tf.device import on_device
from googlenet_tf.framework import tf
from googlenet_tf.weights import tensors, to_canonical

if TYPE_CHECKING:
    from googlenet_tf.net import Net


def tensor(net: Net, x: np.ndarray) -> tf.Tensor:
    """A copy of an array, of the net's own dtype; images N x C x H x W become N x H x W x C.

    >>> from googlenet_tf import build_net
    >>> tensor(build_net("d2l"), np.zeros((2, 1, 32, 48))).shape
    TensorShape([2, 32, 48, 1])
    """
    return tf.convert_to_tensor(plain(x.transpose(0, 2, 3, 1) if x.ndim == 4 else x, net.variable_dtype))


def array(x: tf.Tensor) -> np.ndarray:
    """A copy of a tensor as an array of the same dtype; maps N x H x W x C become N x C x H x W, bfloat16 float32.

    >>> array(tf.zeros((2, 32, 48, 1))).shape
    (2, 1, 32, 48)
    """
    x = tf.cast(x, tf.float32) if x.dtype == tf.bfloat16 else x
    return np.array(x.numpy().transpose(0, 3, 1, 2) if len(x.shape) == 4 else x.numpy(), order="C")


def predict(net: Net, x: np.ndarray) -> np.ndarray:
    """Logits, N x K, of images N x C x H x W in evaluation mode.

    Raises:
        InputError: images that `common.contract.inputs.check_images` refuses.

    >>> from googlenet_tf import build_net
    >>> predict(build_net("d2l"), np.zeros((2, 1, 32, 32))).shape
    (2, 10)
    """
    check_images(net.table, x, aux=False)
    with on_device(net):
        return array(net(tensor(net, x), training=False))


def gradients(net: Net, x: np.ndarray, y: np.ndarray, *, training: bool = False) -> dict[str, np.ndarray]:
    """Gradients of the mean cross-entropy by every parameter it depends on, and by ``input``.

    They have the canonical names and layouts of the parameters, and that of the images the shape of the images. While
    training the losses of the heads count with their weights, dropout is random, and the moving statistics move, as in
    any step of training. Frozen parameters have none.

    Args:
        x: images, N x C x H x W.
        y: the class of each image, N whole numbers.
        training: in training mode, instead of evaluation mode.

    Raises:
        InputError: a batch that `common.contract.loss.check_batch` refuses, or a label that is no class.

    >>> from googlenet_tf import build_net
    >>> gradients(build_net("d2l"), np.zeros((1, 1, 32, 32)), np.array([3]))["fc.bias"].shape
    (10,)
    """
    check_batch(net.table, x, y, training=training)
    distributions = targets(y, net.table.num_classes)
    parameters = {name: v for name, v in tensors(net).items() if v.trainable}
    with on_device(net):
        images = tensor(net, x)
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss, _ = loss_of(net, net(images, training=training), tensor(net, distributions))
        *slopes, of_images = tape.gradient(loss, [*(v.value for v in parameters.values()), images])
    by_parameter = zip(parameters, slopes, strict=True)
    named = {name: to_canonical(slope.numpy()) for name, slope in by_parameter if slope is not None}
    return {**named, "input": array(of_images)}


def loss_of(net: Net, logits: tf.Tensor | dict[str, tf.Tensor], wanted: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """(mean cross-entropy with distributions, that of the heads included; the classifier's logits, N x K).

    Args:
        logits: what calling the net gave.
        wanted: the distribution to learn for each image, N x K; all is computed in its dtype.
    """
    heads = {name: tf.cast(y, wanted.dtype) for name, y in by_name(logits).items()}
    return weighted_loss(net.table, heads, partial(cross_entropy, wanted=wanted)), heads["fc"]


def cross_entropy(logits: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy of logits, N x K, with distributions, N x K; Keras' own loss computes in float32.

    >>> float(cross_entropy(tf.zeros((1, 4)), tf.constant([[1.0, 0.0, 0.0, 0.0]])))  # log 4
    1.386294...
    """
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))
