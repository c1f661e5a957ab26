"""Canonical weights in and out of a PyTorch net. Its ``state_dict`` keys are the canonical names."""

import torch

from common.table.layers import is_statistic
from common.table.tensors import check
from common.weights.canonical import save


def tensors(net):
    """Canonical name to the net's own tensor, in the order of the table."""
    state = net.state_dict()
    return {name: state[name] for name in net.table.shapes}


def get_weights(net):
    """Canonical name to a copy of the array: OIHW, (out, in)."""
    return {name: tensor.cpu().numpy().copy() for name, tensor in tensors(net).items()}


def set_weights(net, weights):
    """Put canonical weights into the net, in its own dtype.

    Raises:
        ValueError: a tensor is missing, extra or misshapen; names it. The net is then as it was.
    """
    check(weights, net.table.shapes, f"weights for {net.table.name!r}")
    for name, tensor in tensors(net).items():
        tensor.copy_(torch.as_tensor(weights[name]))


def save_weights(net, path):
    """Write the net's weights to a safetensors file that every backend loads."""
    save(path, get_weights(net), net.table)


def count_parameters(net):
    """(trainable, moving statistics) of each stage, the classifier and each head, as torch counts them."""
    return {
        name: (
            sum(p.numel() for p in child.parameters() if p.requires_grad),
            sum(b.numel() for key, b in child.named_buffers() if is_statistic(f".{key}")),
        )
        for name, child in net.named_children()
    }
