"""Using a Gluon net on NumPy arrays: logits, gradients, and the loss that training makes smaller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from common.contract.inputs import check_images
from common.contract.loss import by_name, check_batch, targets, weighted_loss
from googlenet_mxnet.arrays import from_array
from googlenet_mxnet.framework import mx
from googlenet_mxnet.layers import BatchNorm, Dropout
from googlenet_mxnet.weights import tensors

if TYPE_CHECKING:
    from googlenet_mxnet.net import Net


def tensor(net: Net, x: np.ndarray) -> mx.nd.NDArray:
    """A copy of an array of any shape, of the kind in use and of the net's own dtype; images stay N x C x H x W.

    >>> from googlenet_mxnet import build_net
    >>> tensor(build_net("d2l"), np.array([1, 2])).asnumpy()
    array([1., 2.], dtype=float32)
    """
    return from_array(x, next(iter(net.collect_params().values())).dtype)


def array(x: mx.nd.NDArray) -> np.ndarray:
    """A copy of MXNet's array as NumPy's, of the same shape and dtype.

    >>> array(mx.nd.ones(2))
    array([1., 1.], dtype=float32)
    """
    return x.asnumpy()


@contextmanager
def changed(net: Net, change: Callable[[mx.gluon.Block], dict[str, Any]]) -> Iterator[None]:
    """The net with the attributes that ``change(block)`` gives for each of its blocks; afterwards as before."""
    blocks: list[mx.gluon.Block] = []
    net.apply(blocks.append)
    changes = [change(block) for block in blocks]
    before = [{name: vars(block)[name] for name in new} for block, new in zip(blocks, changes, strict=True)]
    try:
        for block, new in zip(blocks, changes, strict=True):
            vars(block).update(new)
        yield
    finally:
        for block, old in zip(blocks, before, strict=True):
            vars(block).update(old)


def imperative(block: mx.gluon.Block) -> dict[str, Any]:
    """For `changed`: without its compiled graph, inside of which there are no hooks and no settings."""
    return {"_active": False} if isinstance(block, mx.gluon.HybridBlock) else {}


def frozen(block: mx.gluon.Block) -> dict[str, Any]:
    """For `changed`: dropout off, moving statistics used and left alone, even in MXNet's training mode.

    MXNet has derivatives in training mode only: what is recorded with ``train_mode=False`` lacks what the
    backward passes of batch normalisation and of float32 pooling need, and they return garbage.
    """
    match block:
        case BatchNorm():
            return {**imperative(block), "_kwargs": {**block._kwargs, "use_global_stats": True}}
        case Dropout():
            return {**imperative(block), "_rate": 0}
        case _:
            return imperative(block)


def predict(net: Net, x: np.ndarray) -> np.ndarray:
    """Logits, N x K, of images N x C x H x W in evaluation mode.

    Raises:
        InputError: images that `common.contract.inputs.check_images` refuses.

    >>> from googlenet_mxnet import build_net
    >>> predict(build_net("d2l"), np.zeros((2, 1, 32, 32))).shape
    (2, 10)
    """
    check_images(net.table, x, aux=False)
    with mx.autograd.pause(train_mode=False):
        return array(net(tensor(net, x)))


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

    >>> from googlenet_mxnet import build_net
    >>> gradients(build_net("d2l"), np.zeros((1, 1, 32, 32)), np.array([3]))["fc.bias"].shape
    (10,)
    """
    check_batch(net.table, x, y, training=training)
    distributions = targets(y, net.table.num_classes)
    parameters = {name: p for name, p in tensors(net).items() if p.grad_req != "null"}
    if not training:  # MXNet refuses parameters that the loss does not depend on
        parameters = {name: p for name, p in parameters.items() if name.split(".")[0] not in net.table.aux}
    images = tensor(net, x)
    with changed(net, imperative if training else frozen), mx.autograd.record():
        images.attach_grad()
        logits = net(images) if training else net.trunk(images)
        loss, _ = loss_of(net, logits, tensor(net, distributions))
    # Not backward, which would write into the net's own gradients.
    slopes = mx.autograd.grad(loss, [*(p.data() for p in parameters.values()), images])
    return {name: array(slope) for name, slope in zip((*parameters, "input"), slopes, strict=True)}


def loss_of(
    net: Net, logits: mx.nd.NDArray | dict[str, mx.nd.NDArray], wanted: mx.nd.NDArray
) -> tuple[mx.nd.NDArray, mx.nd.NDArray]:
    """(mean cross-entropy with distributions, that of the heads included; the classifier's logits, N x K).

    Args:
        logits: what calling the net gave.
        wanted: the distribution to learn for each image, N x K.
    """
    heads = by_name(logits)
    return weighted_loss(net.table, heads, partial(cross_entropy, wanted=wanted)), heads["fc"]


def cross_entropy(logits: mx.nd.NDArray, wanted: mx.nd.NDArray) -> mx.nd.NDArray:
    """Mean cross-entropy of logits, N x K, with distributions, N x K.

    >>> round(float(cross_entropy(mx.nd.zeros((1, 4)), mx.nd.array([[1, 0, 0, 0]])).asscalar()), 4)  # log 4
    1.3863
    """
    return mx.gluon.loss.SoftmaxCrossEntropyLoss(sparse_label=False)(logits, wanted).mean()
