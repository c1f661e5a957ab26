"""What a Keras net computes on its way to the logits: the output of every layer, as arrays in NCHW."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from common.contract.outputs import as_arrays, of_stages
from common.table.sizes import check_input
from googlenet_tf.framework import tf
from googlenet_tf.run import array, gradients, tensor
from googlenet_tf.weights import get_weights, set_weights

if TYPE_CHECKING:
    from googlenet_tf.net import Net


@contextmanager
def recording(net: Net, names: Iterable[str]) -> Iterator[dict[str, tf.Tensor]]:
    """A dict that the outputs of the layers called ``names`` go to, until the end."""
    recorded: dict[str, tf.Tensor] = {}

    def recorder(name, call):
        def record(*args, **kwargs):
            recorded[name] = call(*args, **kwargs)
            return recorded[name]

        return record

    layers = {name: attrgetter(name)(net) for name in names}
    for name, layer in layers.items():
        layer.call = recorder(name, layer.call)  # Keras has no hooks
    try:
        yield recorded
    finally:
        for layer in layers.values():
            del layer.call


def layer_outputs(net: Net, x: np.ndarray, *, training: bool = False, aux: bool = False) -> dict[str, np.ndarray]:
    """Output of every layer, block and stage by its canonical name, in the order of computation.

    Maps are N x C x H x W, what a dense layer makes is N x K.

    Args:
        x: images, N x C x H x W.
        training: normalise by the batch and run the heads; the moving statistics are put back afterwards.
        aux: run the auxiliary heads in evaluation mode too.

    Raises:
        ValueError: images that the net, or its heads if they are run, do not take.
    """
    check_input(net.table, x.shape[1:], aux=aux or training)
    names = list(net.table.at(aux=aux or training))
    before = get_weights(net)
    with recording(net, names) as recorded:
        if aux and not training:
            net.with_heads(tensor(net, x))
        else:
            net(tensor(net, x), training=training)
    set_weights(net, before)
    return as_arrays(net.table, recorded, names, array)


def stage_outputs(net: Net, x: np.ndarray, *, training: bool = False, aux: bool = False) -> dict[str, np.ndarray]:
    """Of `layer_outputs`, those of the stages, the classifier and the heads.

    Raises:
        ValueError: images that the net, or its heads if they are run, do not take.

    >>> from googlenet_tf import build_net
    >>> {name: y.shape for name, y in stage_outputs(build_net("d2l"), np.zeros((1, 1, 96, 96))).items()}["b3"]
    (1, 480, 6, 6)
    """
    return of_stages(layer_outputs(net, x, training=training, aux=aux))


def outputs_and_gradients(
    net: Net, x: np.ndarray, y: np.ndarray, *, training: bool = False
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """`gradients`, and before them the output of every layer in the very pass that they were taken in.

    In float32 another pass may round otherwise, and a ReLU near 0 then decides otherwise.

    Raises:
        ValueError: images that the net, or while training its heads, do not take, or labels that do not fit.
    """
    names = list(net.table.at(aux=training))
    with recording(net, names) as recorded:
        found = gradients(net, x, y, training=training)
    return as_arrays(net.table, recorded, names, array), found
