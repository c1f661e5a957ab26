"""Canonical weights in and out of a Keras net."""

from operator import attrgetter

from common.table.tensors import check
from common.weights.canonical import save

# What Keras calls the tensors of a layer.
NAMES = {
    "weight": "kernel",
    "bias": "bias",
    "norm.weight": "norm.gamma",
    "norm.bias": "norm.beta",
    "norm.running_mean": "norm.moving_mean",
    "norm.running_var": "norm.moving_variance",
}

# By the number of axes: HWIO to OIHW, (in, out) to (out, in); and back.
TO_CANONICAL = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}
TO_KERAS = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}


def tensors(net):
    """Canonical name to the net's own variable, in the order of the table."""
    places = net.table.tensors.items()
    return {name: attrgetter(f"{layer}.{NAMES[local]}")(net) for name, (layer, local, _) in places}


def to_canonical(array):
    """An array of Keras' layout as a contiguous one of the canonical layout."""
    return array.transpose(TO_CANONICAL[array.ndim]).copy()


def get_weights(net):
    """Canonical name to a copy of the array: OIHW, (out, in)."""
    return {name: to_canonical(variable.numpy()) for name, variable in tensors(net).items()}


def set_weights(net, weights):
    """Put canonical weights into the net, in its own dtype.

    Raises:
        ValueError: a tensor is missing, extra or misshapen; names it. The net is then as it was.
    """
    check(weights, net.table.shapes, f"weights for {net.table.name!r}")
    for name, variable in tensors(net).items():
        variable.assign(weights[name].transpose(TO_KERAS[weights[name].ndim]))


def save_weights(net, path):
    """Write the net's weights to a safetensors file that every backend loads."""
    save(path, get_weights(net), net.table)


def count_parameters(net):
    """(trainable, moving statistics) of each stage, the classifier and each head, as Keras counts them."""
    return {
        name: (
            sum(v.numpy().size for v in getattr(net, name).trainable_weights),
            sum(v.numpy().size for v in getattr(net, name).non_trainable_weights),
        )
        for name in (*net.table.trunk, *net.table.heads)
    }
