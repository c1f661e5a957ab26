"""Another value for every field of every layer of the vocabulary: one that makes another function of it."""

from dataclasses import replace

from common.table.padding import Pad, Same
from common.table.spec import LRN, AdaptiveAvgPool, AvgPool, BatchNorm, Conv, Dense, Dropout, MaxPool

CHANGES = {  # a type of the vocabulary, a field of it: another value
    (Conv, "channels"): lambda n: n.channels + 1,
    (Conv, "kernel"): lambda n: (n.kernel[0] + 2, n.kernel[1]),
    (Conv, "stride"): lambda n: (n.stride[0] + 1, n.stride[1]),
    (Conv, "padding"): lambda n: shifted(n.padding),
    (Conv, "bias"): lambda n: not n.bias,
    (Conv, "norm"): lambda n: None if n.norm else BatchNorm(),
    (Conv, "activation"): lambda n: None if n.activation else "relu",
    (MaxPool, "kernel"): lambda n: (n.kernel[0], n.kernel[1] + 2),
    (MaxPool, "stride"): lambda n: (n.stride[0], n.stride[1] + 1),
    (MaxPool, "padding"): lambda n: shifted(n.padding),
    (AvgPool, "kernel"): lambda n: (n.kernel[0], n.kernel[1] + 2),
    (AvgPool, "stride"): lambda n: (n.stride[0], n.stride[1] + 1),
    (AvgPool, "padding"): lambda n: shifted(n.padding),
    (AvgPool, "count_padding"): lambda n: not n.count_padding,
    (AdaptiveAvgPool, "size"): lambda n: n.size + 1,
    (LRN, "size"): lambda n: n.size + 2,
    (LRN, "alpha"): lambda n: n.alpha * 5,
    (LRN, "beta"): lambda n: n.beta / 2,
    (LRN, "k"): lambda n: n.k + 1,
    (Dropout, "p"): lambda n: n.p / 2,
    (Dense, "units"): lambda n: n.units + 1,
    (Dense, "activation"): lambda n: None if n.activation else "relu",
}
FOLLOWS = {"in_channels", "in_features", "classes"}  # from the rest of the table


def shifted(padding):
    """One row more before, one less behind."""
    numbers = Pad((1, 1), (1, 1)) if isinstance(padding, Same) else padding
    return replace(numbers, before=(numbers.before[0] + 1, numbers.before[1]))
