"""What ``googlenet bench`` measures beside this package: a user's own loop, networks of others, and matrix products."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import numpy as np

from common.base.errors import InputError
from common.contract.loss import by_name, weighted_loss
from common.contract.watching import hooked, waiting
from common.table.padding import symmetric
from googlenet_mxnet import blocks, layers
from googlenet_mxnet.framework import mx
from googlenet_mxnet.run import array, changed, imperative, tensor

if TYPE_CHECKING:
    from common.contract.recipe import Recipe
    from googlenet_mxnet.net import Net


def loop(net: Net, recipe: Recipe, x: np.ndarray, y: np.ndarray, *, bfloat16: bool = False) -> Callable[[], float]:
    """A step as a user of Gluon writes it, on one batch that lies ready; it returns the loss before the step.

    Args:
        net: that learns.
        recipe: its rate and momentum are taken.
        x: images, N x C x H x W.
        y: the class of each image, N whole numbers.
        bfloat16: MXNet 1.9.1 trains in float32 and float64 only.

    Raises:
        InputError: bfloat16.
    """
    if bfloat16:
        raise InputError("MXNet 1.9.1 does not train in bfloat16: the choices are float32 and float64")
    images, labels = tensor(net, x), tensor(net, y)
    settings = {"learning_rate": recipe.lr, "momentum": recipe.momentum}
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", settings)
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    net.hybridize()

    def step() -> float:
        with mx.autograd.record():
            logits = by_name(net(images))
            total = weighted_loss(net.table, logits, lambda each: loss(each, labels))
        total.backward()
        trainer.step(len(x))
        return float(array(total).mean())

    return step


def _network(name: str, network: str, shape: tuple[int, int, int], classes: int) -> mx.gluon.HybridBlock:
    """A network of others for such images, with fresh weights."""
    from mxnet.gluon.model_zoo import vision

    net = vision.inception_v3(classes=classes)
    net.initialize()
    net.hybridize()
    return net


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
        return array(net(mx.nd.array(x)))

    return predict


def wait() -> None:
    """Wait until all is computed that was asked for: MXNet computes behind the back of its caller."""
    mx.nd.waitall()


@contextmanager
def watching(net: Net, watch: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Each layer of a net is computed within ``watch``, until the end; then the net is as before.

    Args:
        net: that computes in evaluation mode, layer by layer, and not as one graph.
        watch: is given the canonical name of each layer and block, and that of a normalisation: ``b1.conv1.norm``. What
            a layer does beside has a name that begins with a dot: ``.padding``, where the framework cannot pad by
            itself, and ``.activation``. All is computed when it ends.
    """
    with changed(net, imperative), hooked(net, "forward", (layers, blocks), waiting(watch, wait), by_itself=symmetric):
        yield


def product(size: int, dtype: str) -> Callable[[], float]:
    """The product of two square matrices of ``size`` rows, which returns one of its numbers when it is done.

    >>> product(2, "float32")()
    2.0
    """
    matrix = mx.nd.ones((size, size), dtype=dtype)
    return lambda: float(array(mx.nd.dot(matrix, matrix))[0, 0])
