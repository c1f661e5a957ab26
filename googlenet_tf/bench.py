"""What ``googlenet bench`` measures beside this package: a user's own loop, networks of others, and matrix products."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np

from common.contract.watching import hooked, waiting
from common.table.padding import is_same
from googlenet_tf import blocks, layers
from googlenet_tf.framework import keras, tf
from googlenet_tf.run import array, tensor

if TYPE_CHECKING:
    from common.contract.recipe import Recipe
    from googlenet_tf.net import Net


def loop(net: Net, recipe: Recipe, x: np.ndarray, y: np.ndarray, *, bfloat16: bool = False) -> Callable[[], float]:
    """A step as a user of Keras writes it, on one batch that lies ready; it returns the loss before the step.

    Args:
        net: that learns.
        recipe: its rate and momentum are taken.
        x: images, N x C x H x W.
        y: the class of each image, N whole numbers.
        bfloat16: compute products in it.
    """
    images, labels = tensor(net, x), tf.convert_to_tensor(y)
    optimizer = keras.optimizers.SGD(recipe.lr, momentum=recipe.momentum)
    net.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    for layer in net._flatten_layers() if bfloat16 else ():
        layer.dtype_policy = "mixed_bfloat16"
    return lambda: float(net.train_on_batch(images, labels, return_dict=True)["loss"])


def _network(name: str, network: str, shape: tuple[int, int, int], classes: int) -> keras.Model:
    """A network of others for such images, with fresh weights."""
    made = keras.applications.InceptionV3 if network == "inception_v3:keras" else keras.applications.InceptionResNetV2
    settings: dict[str, Any] = {"classes": classes, "classifier_activation": None}
    return made(weights=None, input_shape=(*shape[1:], shape[0]), **settings)


def other(name: str, network: str, shape: tuple[int, int, int], classes: int) -> Callable[[np.ndarray], np.ndarray]:
    """A network of others with fresh weights, as a function from images, N x C x H x W, to logits.

    Args:
        name: whose it is, of those that `common.bench.others` lists for this framework.
        network: the table that it is.
        shape: (C, H, W) of the images.
        classes: how many logits an image has.
    """
    net = _network(name, network, shape, classes)

    def predict(x: np.ndarray) -> np.ndarray:
        return net.predict_on_batch(x.transpose(0, 2, 3, 1))

    return predict


def wait() -> None:
    """Wait until all is computed that was asked for: TensorFlow may compute behind the back of its caller."""
    tf.test.experimental.sync_devices()


def watching(net: Net, watch: Callable[[str], AbstractContextManager[None]]) -> AbstractContextManager[None]:
    """Each layer of a net is computed within ``watch``, until the end; then the net is as before.

    Args:
        net: that computes in evaluation mode, layer by layer, and not as one graph.
        watch: is given the canonical name of each layer and block, and that of a normalisation: ``b1.conv1.norm``. What
            a layer does beside has a name that begins with a dot: ``.padding``, where the framework cannot pad by
            itself, and ``.activation``. All is computed when it ends.
    """
    return hooked(net, "call", (layers, blocks), waiting(watch, wait), by_itself=is_same)


def product(size: int, dtype: str) -> Callable[[], float]:
    """The product of two square matrices of ``size`` rows, which returns one of its numbers when it is done.

    >>> product(2, "float32")()
    2.0
    """
    matrix = tf.ones((size, size), dtype)
    return lambda: float(array(tf.matmul(matrix, matrix)[0, 0]))
