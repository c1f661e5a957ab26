"""A table is checked when it is made: no field of any node can hold what it must not, and the error says where.

Every field of every class of the vocabulary is tried with values of every wrong type, and with those just outside of
its range; `RULES_OF` says which values are right, and is compared with the vocabulary's own fields.
"""

from dataclasses import fields, replace
from math import inf, nan

import numpy as np
import pytest
from support.small_network import NETWORK, ROW, STAGE

from common.base.errors import InputError
from common.table.checks import LARGEST, Checked
from common.table.padding import SAME, VALID, Pad
from common.table.spec import (
    CLASSES,
    INHERIT,
    LRN,
    AdaptiveAvgPool,
    Aux,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Inception,
    MaxPool,
    Network,
    PublishedRow,
    Residual,
    Stage,
)

# What may be in which field, written down without the vocabulary: right values, and wrong ones of the same type.
WHOLE = ([1, 3, LARGEST], [0, -1, LARGEST + 1])
PAIRS = ([1, 7, (1, 7)], [0, -3, (0, 3), (3, -1), (3,), (3, 3, 3), (3.0, 3), (True, 3), [3, 3]])
WINDOW = {
    "kernel": PAIRS,
    "stride": PAIRS,
    "padding": ([INHERIT, SAME, VALID, Pad((0, 0), (0, 0))], ["same", "", "Inherit"]),
}
FLAGS = ([True, False], [])
ACTIVATIONS = ([None, "relu"], ["relu6", "ReLU", "Relu", "tanh", "none", ""])
TEXTS = (["", "words"], [])
ABOVE_ZERO = ([1e-30, 1e-5, 1, 1e30], [0, 0.0, -1e-5, nan, inf, -inf, 1e-31, 1e31])
FROM_ZERO = ([0, 0.0, 1e-4, 2, 1e30], [-1e-9, nan, inf, -inf, 1e31])
TREES = ({"b1": STAGE}, {"b1": Conv(2, 3), "b2": None})
RULES_OF = {
    Pad: {
        **dict.fromkeys(("before", "after"), ([(0, 0), (3, 1)], [(0, -1), (1,), 1, [0, 0], (0.0, 0)])),
        "ceil": FLAGS,
    },
    BatchNorm: {"eps": ABOVE_ZERO, "momentum": ([0, 0.9, 1], [-0.1, 1.01, nan, inf])},
    Conv: {
        **WINDOW,
        "channels": ([1, CLASSES, LARGEST], [0, -8, LARGEST + 1, "class", INHERIT]),
        "bias": ([True, False, INHERIT], [CLASSES, "yes"]),
        "norm": ([None, INHERIT, BatchNorm()], [CLASSES, "batch", BatchNorm]),
        "activation": ACTIVATIONS,
        "in_channels": ([None, 1, 8], [0, -1]),
        "classes": FLAGS,
    },
    MaxPool: WINDOW,
    AvgPool: {**WINDOW, "count_padding": FLAGS},
    GlobalAvgPool: {},
    AdaptiveAvgPool: {"size": WHOLE},
    LRN: {
        "size": ([1, 5, 7], [0, -5]),
        "alpha": FROM_ZERO,
        "beta": FROM_ZERO,
        "k": ABOVE_ZERO,
    },
    Dropout: {"p": ([0, 0.0, 0.7], [1, 1.0, -0.1, 1.5, nan, inf])},
    Dense: {
        "units": ([1, CLASSES], [0, -1, INHERIT]),
        "activation": ACTIVATIONS,
        "in_features": ([None, 1], [0, -1]),
        "classes": FLAGS,
    },
    Flatten: {},
    Aux: {"after": (["b1.conv", ""], []), "head": ([STAGE], [Conv(2, 3), Concat(p=())]), "loss_weight": FROM_ZERO},
    PublishedRow: {
        "layers": ([(), ("b1",)], [("b1", 1), ["b1"], "b1"]),
        "params": (["2.7K", "1072K"], ["2.7M", "K", "-1K", "1e3K", "2.7", "1.K", "1K\n"]),
        "macs": (["34M"], ["34K", "M", "nan"]),
    },
    Network: {
        "name": (
            ["mynet", "one block", "v3:keras", "A-1.b_2"],
            ["", "../x", " a", "a:b:c", "a:", ":a", "-a", "x" * 61, "a\n", "é"],
        ),
        "title": TEXTS,
        "source": TEXTS,
        "input": (
            [(1, 8, 9), (3, 20, 10)],
            [(1, 8), (0, 8, 9), (1, 8, 0), (1, -8, 9), (1.0, 8, 9), [1, 8, 9], (1, 8, 9, 1)],
        ),
        "num_classes": WHOLE,
        "convention": (["floor", "ceil", "same"], ["flor", "SAME", "valid", ""]),
        "stages": ([{"b1": STAGE}], [{}, {"b1": Conv(2, 3)}, {"b1": None}, [STAGE]]),
        "norm": ([None, BatchNorm()], [INHERIT, "batch"]),
        "bias": FLAGS,
        "aux": ([{}], [{"aux1": STAGE}, {"aux1": None}]),
        "departures": ([(), ("A sentence.",)], ["A sentence.", ["A sentence."], (1,)]),
        "published": ([(), (ROW,)], [[ROW], ("2.7K",), ROW]),
        "classifier": ([Dense(CLASSES), Flatten()], [Conv(CLASSES, 1), STAGE, Dense]),
    },
}
EXAMPLES = {
    Conv: Conv(2, 3),
    MaxPool: MaxPool(3),
    AvgPool: AvgPool(3),
    AdaptiveAvgPool: AdaptiveAvgPool(2),
    Dropout: Dropout(0.5),
    Dense: Dense(2),
    Aux: Aux("b1.conv", STAGE),
    PublishedRow: ROW,
    Network: NETWORK,
}
OF_EVERY_TYPE = [
    None,
    True,
    False,
    0,
    1,
    0.5,
    3.5,
    "",
    "word",
    (),
    (1, 2),
    [],
    {},
    {"a": 1},
    object(),
    1j,
    b"relu",
    Conv,
    np.int64(3),
]


def example(kind):
    return EXAMPLES[kind] if kind in EXAMPLES else kind()


def each_field():
    return [
        pytest.param(kind, field, id=f"{kind.__name__}-{field}") for kind, rules in RULES_OF.items() for field in rules
    ]


def test_the_rules_are_those_of_the_whole_vocabulary():
    """A new class or field is not forgotten: neither here nor in the rules of its class."""
    found = [Checked]
    for kind in found:
        found += kind.__subclasses__()
    layers = {
        kind
        for kind in found
        if kind.__module__.startswith("common.") and kind.__name__ not in ("Checked", "Window", "Pool", "Table")
    }
    assert layers == {*RULES_OF, Stage, Concat, Inception, Residual, *(k for k in layers if k.__name__ == "Paths")}
    for kind, rules in RULES_OF.items():
        assert set(rules) == {field.name for field in fields(kind)}
        assert set(rules) - {"name"} == set(kind.rules)  # a network's name has a rule of its own


@pytest.mark.parametrize(("kind", "field"), each_field())
def test_a_field_takes_what_it_may_be(kind, field):
    for value in RULES_OF[kind][field][0]:
        assert getattr(replace(example(kind), **{field: value}), field) in (value, (value, value))


@pytest.mark.parametrize(("kind", "field"), each_field())
def test_a_field_takes_nothing_else_and_the_error_says_so_in_a_line(kind, field):
    right, wrong = RULES_OF[kind][field]
    kinds = {type(value) for value in right}
    numbers = {int, float} if float in kinds else set()
    others = [value for value in OF_EVERY_TYPE if type(value) not in kinds | numbers]
    assert others
    for value in [*wrong, *others]:
        with pytest.raises(InputError) as caught:
            replace(example(kind), **{field: value})
        message = str(caught.value)
        assert message.startswith(
            "mynet: " if kind is Network and field != "name" else (f"{kind.__name__}: {field}", repr(value)[:20])
        )
        assert "\n" not in message and len(message) < 250
