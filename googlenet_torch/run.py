"""Using a PyTorch net on NumPy arrays: logits, gradients, and the loss that training makes smaller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F

from common.contract.building import require_own_classifier
from common.contract.inputs import check_images
from common.contract.loss import by_name, check_batch, targets, weighted_loss
from googlenet_torch.arrays import from_array, to_array
from googlenet_torch.layers import Dense, Flatten

if TYPE_CHECKING:
    from googlenet_torch.net import Net


def tensor(net: Net, x: np.ndarray) -> torch.Tensor:
    """A copy of an array of any shape, of the net's own dtype and on its device; images stay N x C x H x W.

    >>> from googlenet_torch import build_net
    >>> tensor(build_net("d2l"), np.array([1, 2]))
    tensor([1., 2.])
    """
    return from_array(x, next(net.parameters()))


def array(x: torch.Tensor) -> np.ndarray:
    """A copy of a tensor as an array of the same shape and dtype; bfloat16 becomes float32.

    >>> array(torch.ones(2))
    array([1., 1.], dtype=float32)
    """
    return to_array(x)


@contextmanager
def mode(net: Net, training: bool) -> Iterator[Net]:
    """The net in training or evaluation mode, without autocast; afterwards each of its modules is as it was.

    >>> from googlenet_torch import build_net
    >>> with mode(build_net("d2l"), True) as net:
    ...     net.training
    True
    >>> net.training
    False
    """
    before = {module: module.training for module in net.modules()}
    try:
        with torch.autocast(next(net.parameters()).device.type, enabled=False):
            yield net.train(training)
    finally:
        for module, own in before.items():
            module.training = own


def predict(net: Net, x: np.ndarray) -> np.ndarray:
    """Logits, N x K, of images N x C x H x W in evaluation mode.

    Raises:
        InputError: images that `common.contract.inputs.check_images` refuses.

    >>> from googlenet_torch import build_net
    >>> predict(build_net("d2l"), np.zeros((2, 1, 32, 32))).shape
    (2, 10)
    """
    check_images(net.table, x, aux=False)
    with torch.no_grad(), mode(net, False):
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

    >>> from googlenet_torch import build_net
    >>> gradients(build_net("d2l"), np.zeros((1, 1, 32, 32)), np.array([3]))["fc.bias"].shape
    (10,)
    """
    require_own_classifier(net, (Dense, Flatten))
    check_batch(net.table, x, y, training=training)
    distributions = targets(y, net.table.num_classes)
    parameters = {name: p for name, p in net.named_parameters() if p.requires_grad}
    with torch.inference_mode(False), torch.enable_grad(), mode(net, training):
        images = tensor(net, x).requires_grad_()
        loss, _ = loss_of(net, net(images), tensor(net, distributions))
        slopes = torch.autograd.grad(loss, [*parameters.values(), images], allow_unused=True)
    by_parameter = zip((*parameters, "input"), slopes, strict=True)
    return {name: array(slope) for name, slope in by_parameter if slope is not None}


def loss_of(
    net: Net, logits: torch.Tensor | dict[str, torch.Tensor], wanted: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """(mean cross-entropy with distributions, that of the heads included; the classifier's logits, N x K).

    Args:
        logits: what calling the net gave.
        wanted: the distribution to learn for each image, N x K; all is computed in its dtype.
    """
    heads = {name: y.to(wanted.dtype) for name, y in by_name(logits).items()}
    return weighted_loss(net.table, heads, partial(cross_entropy, wanted=wanted)), heads["fc"]


def cross_entropy(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of logits, N x K, with distributions, N x K.

    >>> cross_entropy(torch.zeros(1, 4), torch.tensor([[1.0, 0.0, 0.0, 0.0]]))  # log 4
    tensor(1.3863)
    """
    return F.cross_entropy(logits, wanted)
