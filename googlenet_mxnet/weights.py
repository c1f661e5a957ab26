"""Canonical weights in and out of a Gluon net."""

from operator import attrgetter

from common.table.tensors import check
from common.weights.canonical import save
from googlenet_mxnet.framework import mx

# What Gluon calls the tensors of a layer.
NAMES = {
    "weight": "weight",
    "bias": "bias",
    "norm.weight": "norm.gamma",
    "norm.bias": "norm.beta",
    "norm.running_mean": "norm.running_mean",
    "norm.running_var": "norm.running_var",
}


def tensors(net):
    """Canonical name to the net's own parameter, in the order of the table."""
    places = net.table.tensors.items()
    return {name: attrgetter(f"{layer}.{NAMES[local]}")(net) for name, (layer, local, _) in places}


def from_array(x, dtype):
    """An array as MXNet's, of the kind in use."""
    return (mx.np if mx.util.is_np_array() else mx.nd).array(x, dtype=dtype)


def get_weights(net):
    """Canonical name to a copy of the array: OIHW, (out, in)."""
    return {name: parameter.data().asnumpy() for name, parameter in tensors(net).items()}


def set_weights(net, weights):
    """Put canonical weights into the net, in its own dtype.

    Raises:
        ValueError: a tensor is missing, extra or misshapen; names it. The net is then as it was.
    """
    check(weights, net.table.shapes, f"weights for {net.table.name!r}")
    for name, parameter in tensors(net).items():
        parameter.set_data(from_array(weights[name], parameter.dtype))


def save_weights(net, path):
    """Write the net's weights to a safetensors file that every backend loads."""
    save(path, get_weights(net), net.table)


def count_parameters(net):
    """(trainable, moving statistics) of each stage, the classifier and each head, as MXNet counts them."""
    counts = {}
    for name in (*net.table.trunk, *net.table.heads):
        parameters = getattr(net, name).collect_params().values()
        trainable = sum(p.data().size for p in parameters if p.grad_req != "null")
        counts[name] = (trainable, sum(p.data().size for p in parameters) - trainable)
    return counts
