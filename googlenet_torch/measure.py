"""What a PyTorch net computes on its way to the logits: the output of every layer, as arrays in NCHW."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch

from common.contract.inputs import check_images
from common.contract.loss import by_name
from common.contract.outputs import as_arrays, of_stages
from googlenet_torch.run import array, gradients, mode, tensor

if TYPE_CHECKING:
    from googlenet_torch.net import Net


@contextmanager
def recording(net: Net, names: Iterable[str]) -> Iterator[dict[str, torch.Tensor]]:
    """A dict that the outputs of the layers called ``names`` go to, until the end; then the net has no hook of it."""
    recorded: dict[str, torch.Tensor] = {}

    def recorder(name):
        return lambda module, args, output: recorded.update({name: output})

    with ExitStack() as hooks:
        for name in names:
            hooks.callback(net.get_submodule(name).register_forward_hook(recorder(name)).remove)
        yield recorded


@contextmanager
def unmoved(net: Net) -> Iterator[None]:
    """Afterwards the net's moving statistics, and whatever else a pass in training mode changes, are as before."""
    before = [(buffer, buffer.clone()) for buffer in net.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, own in before:
                buffer.copy_(own)


def layer_outputs(net: Net, x: np.ndarray, *, training: bool = False, aux: bool = False) -> dict[str, np.ndarray]:
    """Output of every layer, block and stage by its canonical name, in the order of computation.

    Maps are N x C x H x W, what a dense layer makes is N x K. The logits are those that the net returns.

    Args:
        x: images, N x C x H x W.
        training: normalise by the batch and run the heads; the moving statistics are put back afterwards.
        aux: run the auxiliary heads in evaluation mode too.

    Raises:
        InputError: images that `common.contract.inputs.check_images` refuses.

    >>> from googlenet_torch import build_net
    >>> layer_outputs(build_net("d2l"), np.zeros((2, 1, 32, 32)))["b3.3a.p2_2"].shape
    (2, 128, 4, 4)
    """
    check_images(net.table, x, aux=aux or training)
    names = list(net.table.at(aux=aux or training))
    with recording(net, names) as recorded, unmoved(net), torch.no_grad(), mode(net, training):
        forward = net.with_heads if aux and not training else net
        recorded.update(by_name(forward(tensor(net, x))))
    return as_arrays(net.table, recorded, names, array)


def stage_outputs(net: Net, x: np.ndarray, *, training: bool = False, aux: bool = False) -> dict[str, np.ndarray]:
    """Of `layer_outputs`, those of the stages, the classifier and the heads.

    Raises:
        InputError: images that `common.contract.inputs.check_images` refuses.

    >>> from googlenet_torch import build_net
    >>> {name: y.shape for name, y in stage_outputs(build_net("d2l"), np.zeros((1, 1, 32, 32))).items()}["b3"]
    (1, 480, 2, 2)
    """
    return of_stages(layer_outputs(net, x, training=training, aux=aux))


def outputs_and_gradients(
    net: Net, x: np.ndarray, y: np.ndarray, *, training: bool = False
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """`gradients`, and before them the output of every layer in the very pass that they were taken in.

    In float32 another pass may round otherwise, and a ReLU near 0 then decides otherwise.

    Raises:
        InputError: a batch that `common.contract.loss.check_batch` refuses, or a label that is no class.

    >>> from googlenet_torch import build_net
    >>> outputs, slopes = outputs_and_gradients(build_net("d2l"), np.zeros((2, 1, 32, 32)), np.array([0, 1]))
    >>> outputs["fc"].shape, slopes["fc.bias"].shape
    ((2, 10), (10,))
    """
    names = list(net.table.at(aux=training))
    with recording(net, names) as recorded:
        slopes = gradients(net, x, y, training=training)
    return as_arrays(net.table, recorded, names, array), slopes
