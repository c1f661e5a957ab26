"""What a package has nothing for is refused by its name, when the net is built: never left out, never something else.

`common.table` refuses most of these when a table is made. The packages do not rely on that: they get their nodes here
directly, made with force where they cannot be made otherwise.
"""

from copy import copy
from dataclasses import dataclass
from importlib import import_module

import pytest
from support.backends import PACKAGES

from common.contract.building import builder
from common.table.resolve import resolve_block
from common.table.spec import BatchNorm, Concat, Conv, Dense, Inception, MaxPool, Residual, Stage


class Doubled(Conv):
    """A convolution of somebody else's."""


class Strange:
    """A node that is not of the vocabulary."""


@dataclass(frozen=True)
class LayerNorm(BatchNorm):
    """A normalisation of somebody else's, with the same fields."""


def forced(node, **fields):
    """A resolved node with fields that it could not be made with."""
    changed = copy(resolve_block(node, in_channels=2))
    for name, value in fields.items():
        object.__setattr__(changed, name, value)
    return changed


CONV, DENSE, RESIDUAL = Conv(3, 1), Dense(3), Residual((Conv(2, 1, activation=None),))
ACTIVATIONS = "the activations are None, 'relu'"
REFUSED = {
    "relu6": (forced(CONV, activation="relu6"), f"an activation 'relu6' cannot be built: {ACTIVATIONS}"),
    "relu in capitals": (forced(CONV, activation="RELU"), f"an activation 'RELU' cannot be built: {ACTIVATIONS}"),
    "no name": (forced(CONV, activation=""), f"an activation '' cannot be built: {ACTIVATIONS}"),
    "a list": (forced(CONV, activation=["relu"]), rf"an activation \['relu'\] cannot be built: {ACTIVATIONS}"),
    "a function": (forced(CONV, activation=max), f"an activation <built-in .* cannot be built: {ACTIVATIONS}"),
    "False": (forced(CONV, activation=False), f"an activation False cannot be built: {ACTIVATIONS}"),
    "of a dense layer": (
        forced(DENSE, activation="softmax"),
        f"an activation 'softmax' cannot be built: {ACTIVATIONS}",
    ),
    "of a sum": (forced(RESIDUAL, activation="elu"), f"an activation 'elu' cannot be built: {ACTIVATIONS}"),
    "norm by name": (forced(CONV, norm="group"), "a normalisation 'group' cannot be built: the .* None, BatchNorm"),
    "norm not resolved": (forced(CONV, norm="inherit"), "a normalisation 'inherit' cannot be built"),
    "another norm": (forced(CONV, norm=LayerNorm()), r"a normalisation LayerNorm\(.*\) cannot be built"),
    "no norm": (forced(CONV, norm=0), "a normalisation 0 cannot be built"),
    "strange": (Strange(), "a node of type Strange cannot be built: the types of nodes are .*Inception, Concat"),
    "somebody else's": (Doubled(3, 1), "a node of type Doubled cannot be built"),
    "nothing": (None, "a node of type NoneType cannot be built"),
    "a norm alone": (BatchNorm(), "a node of type BatchNorm cannot be built"),
}


@pytest.mark.parametrize("within", ["alone", "in a stage", "in a block", "in a sum"])
def test_what_cannot_be_built_is_refused_wherever_it_stands(within, backend_name):
    build = import_module(f"{PACKAGES[backend_name]}.blocks").build
    wrap = {
        "alone": lambda node: node,
        "in a stage": lambda node: Stage(conv=resolve_block(CONV, 2), other=node),
        "in a block": lambda node: Concat(p1=(resolve_block(CONV, 2),), p2=(resolve_block(MaxPool(3)), node)),
        "in a sum": lambda node: Residual((resolve_block(MaxPool(3)),), shortcut=(node,)),
    }[within]
    for case, (node, says) in REFUSED.items():
        with pytest.raises(ValueError, match=says):
            build(wrap(node))
            pytest.fail(f"{case} is built")


def test_a_layer_that_is_made_by_itself_refuses_too(backend_name):
    """At the latest when it is called: `activate` is the only way to an activation."""
    layers = import_module(f"{PACKAGES[backend_name]}.layers")
    operators = (import_module("mxnet").nd,) if backend_name == "mxnet" else ()
    with pytest.raises(ValueError, match=f"an activation 'relu6' cannot be built: {ACTIVATIONS}"):
        layers.activate(*operators, None, "relu6")
    with pytest.raises(ValueError, match="a normalisation 'group' cannot be built"):
        layers.Conv(forced(CONV, norm="group"))


def test_a_node_is_built_as_the_nearest_type_of_the_vocabulary_that_the_package_knows():
    block = Inception(1, (1, 2), (1, 2), 1)
    assert builder(block, {Conv: "conv", Concat: "concat"}, {}) == "concat"
    assert builder(block, {Concat: "concat", Inception: "inception"}, {}) == "inception"
    with pytest.raises(ValueError, match=r"type Inception cannot be built: the types of nodes are Conv$"):
        builder(block, {Conv: "conv"}, {})
