"""From a name to a whole net with its weights."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from common.base.errors import choose
from common.table.spec import Network
from common.table.tensors import DTYPES
from common.weights.start import start
from googlenet_tf.device import placed
from googlenet_tf.framework import keras, tf
from googlenet_tf.net import Net
from googlenet_tf.weights import set_weights


def policy_of(dtype: str | keras.DTypePolicy | None) -> keras.DTypePolicy:
    """Keras' policy by its name: in what to compute, and in what to keep the weights. None is the global one.

    Raises:
        InputError: another name; says the choices.

    >>> policy_of("mixed_bfloat16").compute_dtype
    'bfloat16'
    """
    if dtype is None:
        return keras.config.dtype_policy()
    if isinstance(dtype, keras.DTypePolicy):
        return dtype
    return keras.DTypePolicy(choose("dtype", dtype, (*DTYPES, "mixed_bfloat16", "mixed_float16")))


def build_net(
    name: str | Network | None = None,
    *,
    in_channels: int | None = None,
    num_classes: int | None = None,
    seed: int | None = None,
    weights: Mapping[str, np.ndarray] | str | os.PathLike | None = None,
    dtype: str | None = None,
    aux: bool | None = None,
    device: str | None = None,
) -> Net:
    """The network called ``name`` as a Keras model; images go in as N x H x W x C.

    Args:
        name: one of `common.nets.names`, or a table of your own; None is that of the weights' file, or ``d2l``.
        in_channels, num_classes: None is the file's, or the table's own. For other classes than the file's, the
            classifier and the heads are drawn anew.
        seed: draws the same weights in every framework; None draws fresh ones.
        weights: what to start from: canonical weights as a mapping, a file that ``googlenet convert`` reads, or the
            folder of a run.
        dtype: "float32", "float64", "mixed_bfloat16", "mixed_float16" or a policy of Keras; None is Keras' global
            policy, which is float32 unless ``keras.mixed_precision.set_global_policy`` was called.
        aux: whether to keep the auxiliary heads; None is as the file or the table has it.
        device: "cpu", "cuda", "cuda:1", "mps" or "auto"; None is TensorFlow's choice: a GPU where it sees one.

    Raises:
        InputError: an unknown name or option, with the choices; weights that do not fit; no such device here.

    Warns:
        AdaptedWeights: layers are drawn that the file has not for these classes, or heads are left out that it lacks.

    >>> net = build_net("d2l", in_channels=3)
    >>> net(np.zeros((2, 96, 96, 3))).shape
    TensorShape([2, 10])
    """
    policy = policy_of(dtype)
    begun = start(
        name,
        in_channels=in_channels,
        num_classes=num_classes,
        aux=aux,
        seed=seed,
        weights=weights,
        dtype=policy.variable_dtype,
    )
    where = placed(device, policy.variable_dtype)
    with tf.device(where):
        net = Net(begun.table, dtype=policy)
        set_weights(net, begun.weights)
    net._device = where
    net.preprocessing, net.labels = begun.preprocessing, begun.labels
    begun.warn()
    return net
