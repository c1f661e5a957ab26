"""Using a PyTorch net on NumPy arrays: logits, gradients, and the loss that training makes smaller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F

from common.contract.loss import by_name, check_batch, targets, weighted_loss
from common.table.sizes import check_input

if TYPE_CHECKING:
    from googlenet_torch.net import Net


def tensor(net: Net, x: np.ndarray) -> torch.Tensor:
    """An array of any shape as a tensor of the net's own dtype and device; images stay N x C x H x W."""
    own = next(net.parameters())
    return torch.as_tensor(x).to(own.device, own.dtype)


def array(x: torch.Tensor) -> np.ndarray:
    """A tensor as an array of the same shape and dtype."""
    return x.detach().cpu().numpy()


@contextmanager
def mode(net: Net, training: bool) -> Iterator[Net]:
    """The net in training or evaluation mode; afterwards as it was."""
    before = net.training
    try:
        yield net.train(training)
    finally:
        net.train(before)


def predict(net: Net, x: np.ndarray) -> np.ndarray:
    """Logits, N x K, of images N x C x H x W in evaluation mode.

    Raises:
        ValueError: images too small, or of other channels than the net's.

    >>> from googlenet_torch import build_net
    >>> predict(build_net("d2l"), np.zeros((2, 1, 96, 96))).shape
    (2, 10)
    """
    check_input(net.table, x.shape[1:], aux=False)
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

    Raises:
        ValueError: images that the net, or while training its heads, do not take, or labels that do not fit.
    """
    check_batch(net.table, x, y, training=training)
    x = tensor(net, x).requires_grad_()
    wanted = tensor(net, targets(y, net.table.num_classes))
    parameters = {name: p for name, p in net.named_parameters() if p.requires_grad}
    with mode(net, training):
        loss, _ = loss_of(net, net(x), wanted)
    *found, of_input = torch.autograd.grad(loss, [*parameters.values(), x], allow_unused=True)
    named = {name: array(g) for name, g in zip(parameters, found, strict=True) if g is not None}
    return {**named, "input": array(of_input)}


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
    """Mean cross-entropy of logits, N x K, with distributions, N x K."""
    return F.cross_entropy(logits, wanted)
