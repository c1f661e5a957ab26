"""What a Gluon net computes on its way to the logits: the output of every layer, as arrays in NCHW."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from common.contract.inputs import check_images
from common.contract.loss import by_name
from common.contract.outputs import as_arrays, of_stages
from googlenet_mxnet.framework import mx
from googlenet_mxnet.run import array, changed, gradients, imperative, tensor

if TYPE_CHECKING:
    from googlenet_mxnet.net import Net


@contextmanager
def recording(net: Net, names: Iterable[str]) -> Iterator[dict[str, mx.nd.NDArray]]:
    """A dict that the outputs of the layers called ``names`` go to, until the end; then the net has no hook of it."""
    recorded: dict[str, mx.nd.NDArray] = {}

    def recorder(name):
        return lambda block, args, output: recorded.update({name: output})

    with ExitStack() as hooks:
        for name in names:
            hooks.callback(attrgetter(name)(net).register_forward_hook(recorder(name)).detach)
        yield recorded


@contextmanager
def unmoved(net: Net) -> Iterator[None]:
    """Afterwards the net's moving statistics, and whatever else a pass in training mode changes, are as before."""
    statistics = (p for p in net.collect_params().values() if p.name.endswith(("running_mean", "running_var")))
    before = [(p, p.data().copy()) for p in statistics]
    try:
        yield
    finally:
        for parameter, own in before:
            parameter.set_data(own)


def layer_outputs(net: Net, x: np.ndarray, *, training: bool = False, aux: bool = False) -> dict[str, np.ndarray]:
    """Output of every layer, block and stage by its canonical name, in the order of computation.

    Maps are N x C x H x W, what a dense layer makes is N x K. The logits are those that the net returns.

    Args:
        x: images, N x C x H x W.
        training: normalise by the batch and run the heads; the moving statistics are put back afterwards.
        aux: run the auxiliary heads in evaluation mode too.

    Raises:
        InputError: images that `common.contract.inputs.check_images` refuses.

    >>> from googlenet_mxnet import build_net
    >>> layer_outputs(build_net("d2l"), np.zeros((2, 1, 32, 32)))["b3.3a.p2_2"].shape
    (2, 128, 4, 4)
    """
    check_images(net.table, x, aux=aux or training)
    names = list(net.table.at(aux=aux or training))
    with (
        mx.autograd.pause(train_mode=training),
        recording(net, names) as recorded,
        unmoved(net),
        changed(net, imperative),
    ):
        forward = net.with_heads if aux and not training else net
        recorded.update(by_name(forward(tensor(net, x))))
    return as_arrays(net.table, recorded, names, array)


def stage_outputs(net: Net, x: np.ndarray, *, training: bool = False, aux: bool = False) -> dict[str, np.ndarray]:
    """Of `layer_outputs`, those of the stages, the classifier and the heads.

    Raises:
        InputError: images that `common.contract.inputs.check_images` refuses.

    >>> from googlenet_mxnet import build_net
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

    >>> from googlenet_mxnet import build_net
    >>> outputs, slopes = outputs_and_gradients(build_net("d2l"), np.zeros((2, 1, 32, 32)), np.array([0, 1]))
    >>> outputs["fc"].shape, slopes["fc.bias"].shape
    ((2, 10), (10,))
    """
    names = list(net.table.at(aux=training))
    with recording(net, names) as recorded:
        slopes = gradients(net, x, y, training=training)
    return as_arrays(net.table, recorded, names, array), slopes
