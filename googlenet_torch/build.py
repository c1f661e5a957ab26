"""From a name to a whole net with its weights."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
import torch

from common.table.spec import Network
from common.weights.start import start
from googlenet_torch.device import placed
from googlenet_torch.net import Net
from googlenet_torch.weights import set_weights


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
    """The network called ``name`` as a PyTorch module, in evaluation mode.

    Args:
        name: one of `common.nets.names`, or a table of your own; None is that of the weights' file, or ``d2l``.
        in_channels, num_classes: None is the file's, or the table's own. For other classes than the file's, the
            classifier and the heads are drawn anew.
        seed: draws the same weights in every framework; None draws fresh ones.
        weights: what to start from: canonical weights as a mapping, a file that ``googlenet convert`` reads, or the
            folder of a run.
        dtype: "float32" or "float64"; None is PyTorch's default, float32 unless ``torch.set_default_dtype`` was called.
        aux: whether to keep the auxiliary heads; None is as the file or the table has it.
        device: "cpu", "cuda", "cuda:1", "mps" or "auto"; None is PyTorch's default, as a rule the CPU.

    Raises:
        InputError: an unknown name or option, with the choices; weights that do not fit; no such device here.

    Warns:
        AdaptedWeights: layers are drawn that the file has not for these classes, or heads are left out that it lacks.

    >>> net = build_net("d2l", in_channels=3)
    >>> net(torch.zeros(2, 3, 96, 96)).shape
    torch.Size([2, 10])
    """
    dtype = dtype or str(torch.get_default_dtype()).removeprefix("torch.")
    begun = start(
        name, in_channels=in_channels, num_classes=num_classes, aux=aux, seed=seed, weights=weights, dtype=dtype
    )
    net = Net(begun.table).to(placed(device, dtype), getattr(torch, dtype)).eval()
    set_weights(net, begun.weights)
    net.preprocessing, net.labels = begun.preprocessing, begun.labels
    begun.warn()
    return net
