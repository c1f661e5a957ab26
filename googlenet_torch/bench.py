"""What ``googlenet bench`` measures beside this package: a user's own loop, networks of others, and matrix products."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from common.contract.loss import by_name, weighted_loss
from common.contract.watching import hooked, waiting
from common.table.padding import symmetric
from googlenet_torch import blocks, layers
from googlenet_torch.run import tensor

if TYPE_CHECKING:
    from common.contract.recipe import Recipe
    from googlenet_torch.net import Net


def loop(net: Net, recipe: Recipe, x: np.ndarray, y: np.ndarray, *, bfloat16: bool = False) -> Callable[[], float]:
    """A step as a user of PyTorch writes it, on one batch that lies ready; it returns the loss before the step.

    Args:
        net: that learns.
        recipe: its rate and momentum are taken.
        x: images, N x C x H x W.
        y: the class of each image, N whole numbers.
        bfloat16: compute products in it.
    """
    images, labels = tensor(net, x), torch.from_numpy(y).to(next(net.parameters()).device)
    optimizer = torch.optim.SGD(net.parameters(), lr=recipe.lr, momentum=recipe.momentum)
    loss = torch.nn.CrossEntropyLoss()
    net.train()

    def step() -> float:
        optimizer.zero_grad()
        with torch.autocast(images.device.type, torch.bfloat16, enabled=bfloat16):
            logits = by_name(net(images))
            total = weighted_loss(net.table, logits, lambda each: loss(each, labels))
        total.backward()
        optimizer.step()
        return total.item()

    return step


def torchvision() -> Any:
    """torchvision, whose models need none of its compiled operators: not every build of PyTorch fits those."""
    try:
        import torchvision
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision

        torchvision.kept = library  # its operators go when it does
    return torchvision


def _network(name: str, network: str, shape: tuple[int, int, int], classes: int) -> torch.nn.Module:
    """A network of others for such images, with fresh weights."""
    models = torchvision().models  # which timm imports
    if name == "timm":
        import timm

        return timm.create_model(network, pretrained=False, num_classes=classes)
    v3 = network == "inception_v3"
    settings: dict[str, Any] = {"num_classes": classes, "init_weights": False, "transform_input": False}
    return getattr(models, "inception_v3" if v3 else "googlenet")(weights=None, aux_logits=v3, **settings)


def other(name: str, network: str, shape: tuple[int, int, int], classes: int) -> Callable[[np.ndarray], np.ndarray]:
    """A network of others with fresh weights, as a function from images, N x C x H x W, to logits.

    Args:
        name: whose it is, of those that `common.bench.others` lists for this framework.
        network: the table that it is.
        shape: (C, H, W) of the images.
        classes: how many logits an image has.
    """
    net = _network(name, network, shape, classes).eval()

    def predict(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return net(torch.from_numpy(x)).numpy()

    return predict


def wait() -> None:
    """Wait until all is computed that was asked for: a GPU computes behind the back of its caller."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def watching(net: Net, watch: Callable[[str], AbstractContextManager[None]]) -> AbstractContextManager[None]:
    """Each layer of a net is computed within ``watch``, until the end; then the net is as before.

    Args:
        net: that computes in evaluation mode, layer by layer, and not as one graph.
        watch: is given the canonical name of each layer and block, and that of a normalisation: ``b1.conv1.norm``. What
            a layer does beside has a name that begins with a dot: ``.padding``, where the framework cannot pad by
            itself, and ``.activation``. All is computed when it ends.
    """
    return hooked(net, "forward", (layers, blocks), waiting(watch, wait), by_itself=symmetric)


def product(size: int, dtype: str) -> Callable[[], float]:
    """The product of two square matrices of ``size`` rows, which returns one of its numbers when it is done.

    >>> product(2, "float32")()
    2.0
    """
    matrix = torch.ones(size, size, dtype=getattr(torch, dtype))
    return lambda: (matrix @ matrix)[0, 0].item()
