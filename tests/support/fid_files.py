"""Weights of FID's Inception as they are published, with random numbers: a state dict, and a frozen graph.

The names of the graph's nodes are those of classify_image_graph_def.pb, written down here by hand: the code under test
has a list of its own. The state dict is that of pytorch-fid's and torch-fidelity's own modules.
"""

from functools import cache

EPS = 1e-3


def _tower(prefix, count):
    return [f"{prefix}/conv" + (f"_{i}" if i else "") for i in range(count)]


# The convolutions of each block of the graph in the order of torchvision's modules, by what those are called there.
A = {
    **{"branch1x1": "conv", "branch5x5_1": "tower/conv", "branch5x5_2": "tower/conv_1"},
    **{f"branch3x3dbl_{i}": name for i, name in enumerate(_tower("tower_1", 3), 1)},
    "branch_pool": "tower_2/conv",
}
B = {"branch3x3": "conv", **{f"branch3x3dbl_{i}": name for i, name in enumerate(_tower("tower", 3), 1)}}
C = {
    "branch1x1": "conv",
    **{f"branch7x7_{i}": name for i, name in enumerate(_tower("tower", 3), 1)},
    **{f"branch7x7dbl_{i}": name for i, name in enumerate(_tower("tower_1", 5), 1)},
    "branch_pool": "tower_2/conv",
}
D = {
    **{f"branch3x3_{i}": name for i, name in enumerate(_tower("tower", 2), 1)},
    **{f"branch7x7x3_{i}": name for i, name in enumerate(_tower("tower_1", 4), 1)},
}
E = {
    **{"branch1x1": "conv", "branch3x3_1": "tower/conv"},
    **{"branch3x3_2a": "tower/mixed/conv", "branch3x3_2b": "tower/mixed/conv_1"},
    **{"branch3x3dbl_1": "tower_1/conv", "branch3x3dbl_2": "tower_1/conv_1"},
    **{"branch3x3dbl_3a": "tower_1/mixed/conv", "branch3x3dbl_3b": "tower_1/mixed/conv_1"},
    "branch_pool": "tower_2/conv",
}
BLOCKS = {
    **{"Mixed_5b": ("mixed", A), "Mixed_5c": ("mixed_1", A), "Mixed_5d": ("mixed_2", A)},
    "Mixed_6a": ("mixed_3", B),
    **{f"Mixed_6{letter}": (f"mixed_{i}", C) for i, letter in enumerate("bcde", 4)},
    **{"Mixed_7a": ("mixed_8", D), "Mixed_7b": ("mixed_9", E), "Mixed_7c": ("mixed_10", E)},
}
STEM = dict(
    **{"Conv2d_1a_3x3": "conv", "Conv2d_2a_3x3": "conv_1", "Conv2d_2b_3x3": "conv_2"},
    **{"Conv2d_3b_1x1": "conv_3", "Conv2d_4a_3x3": "conv_4"},
)
CONVOLUTIONS = {
    **STEM,
    **{
        f"{module}.{ours}": f"{node}/{theirs}"
        for module, (node, kind) in BLOCKS.items()
        for ours, theirs in kind.items()
    },
}
PARTS = {
    "bn.weight": "batchnorm/gamma",
    "bn.bias": "batchnorm/beta",
    "bn.running_mean": "batchnorm/moving_mean",
    "bn.running_var": "batchnorm/moving_variance",
}


@cache
def state():
    """A state dict of pt_inception-2015-12-05 with random numbers, as arrays."""
    from support.published_models import stirred, torchvision

    model = torchvision().models.inception_v3(weights=None, init_weights=False, aux_logits=False, num_classes=1008)
    return {name: tensor.numpy() for name, tensor in stirred(model).state_dict().items()}


def save_state(path, arrays=None):
    """Write the state dict as its publishers do."""
    import torch

    torch.save({name: torch.from_numpy(array) for name, array in (arrays or state()).items()}, path)


def graph(arrays=None, *, scaled=True):
    """A GraphDef of TensorFlow with the weights of a state dict, that can be run from ``Mul`` to ``softmax/logits``."""
    from support.fid_graph import Graph

    return Graph(arrays or state(), scaled).built()


def module(name):
    """A module of torch-fidelity, pytorch-fid or clean-fid. All import torchvision, which may need its stubs."""
    from importlib import import_module

    from support.published_models import torchvision

    torchvision()
    return import_module(name)
