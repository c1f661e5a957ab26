"""A table is checked when it is made: the error is one line that names the network and the node.

tests/table/test_checks_fields.py has every field of every node.
"""

import pickle
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from math import inf, nan

import numpy as np
import pytest
from support.small_network import NETWORK, ROW, STAGE
from support.tables import family, tiny

from common import nets
from common.base.errors import InputError, ShapeError
from common.table import names
from common.table.blocks import DEEPEST
from common.table.checks import FARTHEST, LARGEST
from common.table.padding import VALID, Pad
from common.table.resolve import resolve_block, with_aux_weight, with_dropout
from common.table.spec import (
    CLASSES,
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
    Residual,
    Stage,
)

EVEN = "an even kernel (2, 2) has no centre: the table must state its padding"
ROUNDS_UP = "AvgPool: an average pool that rounds up is not in the vocabulary: state its padding"


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    "value", ["x" * 10**6, [0] * 10**5, 10**5000, Unprintable()], ids=["text", "list", "int", "object"]
)
def test_a_hostile_value_is_cut_short(value):
    with pytest.raises(InputError) as caught:
        Conv(2, 3, activation=value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv(4, 3, activation="relu6"), "Conv: activation must be None or 'relu', not 'relu6'"),
        (lambda: Residual((Conv(4, 3),), activation="relu6"), "Residual: activation must be None or 'relu', not"),
        (lambda: Residual((Conv(4, 3),), scale=inf), "Residual: scale must be a number that float32 holds, not inf"),
        (lambda: Residual((Conv(4, 3),), scale="1"), "Residual: scale must be a number that float32 holds, not '1'"),
        (lambda: LRN(size=4), "LRN: a sum over 4 channels has no centre: size must be an odd number"),
        (lambda: Inception(0, (1, 2), (1, 2), 1), "Inception: c1 must be a whole number of at least 1, not 0"),
        (lambda: Inception(1, 2, (1, 2), 1), "Inception: c2 must be a tuple of 2, each a whole number of at least"),
        (lambda: Inception(1, (1, 2), (1,), 1), "Inception: c3 must be a tuple of 2, each a whole number"),
        (lambda: AvgPool(3, padding=Pad((3, 0), (0, 0))), "AvgPool: padding must be smaller than the kernel (3, 3)"),
        (
            lambda: MaxPool((1, 5), padding=Pad((0, 0), (1, 4))),
            "MaxPool: padding must be smaller than the kernel (1, 5)",
        ),
        (lambda: AvgPool(3, padding=Pad(ceil=True)), ROUNDS_UP),
        (Stage, "Stage: it has no nodes"),
        (Concat, "Concat: it has no paths"),
        (lambda: Residual(()), "Residual: a body or a shortcut is needed, or both, and nothing else"),
        (lambda: Concat(p1=Conv(4, 3)), "Concat: path 'p1' must be of type tuple or list, not Conv(channels=4"),
        (
            lambda: Concat(p1=("conv",)),
            "Concat: p1_1: a node of type str cannot be built: the types of nodes are Conv, MaxPool",
        ),
        (lambda: Stage(conv=Conv), "Stage: conv: a node of type type cannot be built"),
        (lambda: Stage(bn=BatchNorm()), "Stage: bn: a node of type BatchNorm cannot be built"),
        (lambda: Stage(norm=Conv(4, 3)), "Stage: the name 'norm' is reserved for what every network or layer calls so"),
        (lambda: Stage(half=Conv(4, 3)), "Stage: the name 'half' is reserved: modules of a framework"),
        (lambda: Stage(**{"3.a": Conv(4, 3)}), "Stage: '3.a' is no name: a name has up to 60 letters, digits and _"),
        (lambda: Stage(**{"": Conv(4, 3)}), "Stage: '' is no name"),
        (lambda: Stage(**{"a b": Conv(4, 3)}), "Stage: 'a b' is no name"),
        (lambda: Stage(_a=Conv(4, 3)), "Stage: '_a' is no name"),
        (lambda: Stage(**{"ä": Conv(4, 3)}), "Stage: 'ä' is no name"),
        (lambda: Stage(**{"a" * 61: Conv(4, 3)}), f"Stage: '{'a' * 59} … is no name"),
        (lambda: Concat(**{"p.1": ()}), "Concat: 'p.1' is no name"),
        (lambda: Concat(path=()), "Concat: the name 'path' is reserved"),
    ],
)
def test_a_lone_node_says_its_own_kind(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value).startswith(message)


def nested(depth):
    block = Conv(2, 3)
    for _ in range(depth):
        block = Concat(p=(block,))
    return block


def test_blocks_within_blocks_have_a_limit():
    assert nets.get(replace(NETWORK, stages={"b1": Stage(conv=Conv(2, 3), a=nested(DEEPEST - 1))}))
    with pytest.raises(InputError, match=f"Concat: more than {DEEPEST} blocks lie within one another"):
        nested(5000)


def with_nodes(**nodes):
    return lambda: replace(NETWORK, stages={"b1": Stage(conv=Conv(2, 3), **nodes)})


def tampered(node, **changes):
    """A node whose fields were changed behind its back, as no rule can forbid."""
    other = copy(node)
    for name, value in changes.items():
        object.__setattr__(other, name, value)
    return other


@dataclass(frozen=True)
class Careless(Conv):
    """A node of somebody else's, which is not checked when it is made."""

    def __post_init__(self):
        pass


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: replace(NETWORK, stages={"fc": STAGE}, aux={}), "the name 'fc' is reserved for what every network"),
        (lambda: replace(NETWORK, stages={"input": STAGE}, aux={}), "the name 'input' is reserved for what"),
        (lambda: replace(NETWORK, stages={"b1.x": STAGE}, aux={}), "'b1.x' is no name"),
        (lambda: replace(NETWORK, stages={"trunk": STAGE}, aux={}), "the name 'trunk' is reserved: modules"),
        (lambda: replace(NETWORK, stages={1: STAGE}, aux={}), "1 is no name"),
        (lambda: replace(NETWORK, aux={"fc": NETWORK.aux["aux1"]}), "the name 'fc' is reserved for what every network"),
        (lambda: replace(NETWORK, aux={"b1": NETWORK.aux["aux1"]}), "the name 'b1' is that of a stage and of a head"),
        (lambda: replace(NETWORK, aux={"a.b": NETWORK.aux["aux1"]}), "'a.b' is no name"),
        *(
            (
                lambda after=after: replace(NETWORK, aux={"aux1": replace(NETWORK.aux["aux1"], after=after)}),
                f"head 'aux1' branches off after {after!r}, which is no block of the table",
            )
            for after in ("b1", "fc", "", "b1.z", "b2.conv", "aux1.fc", "b1.conv.weight")
        ),
        (lambda: replace(NETWORK, stages={}), "it has no stages"),
        (
            lambda: replace(NETWORK, published=(replace(ROW, layers=("b1.conv2",)),)),
            "a published row names 'b1.conv2', which is no layer of the table",
        ),
        (with_nodes(pool=MaxPool(2)), f"b1.pool: {EVEN}"),
        (with_nodes(a=Concat(p1=(Conv(1, 1), Conv(1, 2)))), f"b1.a.p1_2: {EVEN}"),
        (lambda: replace(with_nodes(pool=AvgPool(3, 2))(), convention="ceil"), f"b1.pool: {ROUNDS_UP}"),
        (
            lambda: replace(NETWORK, aux={"aux1": Aux("b1.conv", Stage(pool=MaxPool(4), fc=Dense(CLASSES)))}),
            "aux1.pool: an even kernel (4, 4) has no centre",
        ),
        (with_nodes(a=Careless(2, (3, 3), (1, 1), activation="relu6")), "b1.a: Careless: activation must be None or"),
        (with_nodes(a=tampered(Conv(2, 3), activation="relu6")), "b1.a: Conv: activation must be None or 'relu', not"),
        (with_nodes(a=tampered(Dropout(0.5), p=2)), "b1.a: Dropout: p must be"),
        (with_nodes(a=Stage(b=tampered(LRN(), size=4))), "b1.a.b: LRN: a sum over 4 channels has no centre"),
        (with_nodes(a=tampered(Concat(p=()), paths={})), "b1.a: Concat: it has no paths"),
        (with_nodes(a=tampered(Concat(p=()), paths={"p": {"p_1": 3}})), "b1.a: Concat: p_1: a node of type int cannot"),
        (with_nodes(a=tampered(Residual((), (Conv(2, 3),)), scale=nan)), "b1.a: Residual: scale must be"),
        (lambda: replace(NETWORK, classifier=tampered(Dense(CLASSES), units=0)), "fc: Dense: units must be"),
        (
            lambda: replace(NETWORK, aux={"aux1": tampered(NETWORK.aux["aux1"], loss_weight=-1)}),
            "aux1: Aux: loss_weight must be a number that float32 holds, at least 0, not -1",
        ),
    ],
)
def test_a_network_says_its_name_and_that_of_the_node(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value).startswith(f"mynet: {message}")


def test_what_was_changed_in_place_is_noticed_when_the_table_is_asked_for():
    network = replace(NETWORK, stages={"b1": Stage(conv=Conv(2, 3))})
    dict.__setitem__(network.stages["b1"].nodes, "norm", Conv(2, 3))  # by force: see the next test
    with pytest.raises(InputError, match="mynet: b1: Stage: the name 'norm' is reserved"):
        nets.get(network)


@pytest.mark.parametrize(
    "mapping",
    [
        NETWORK.stages,
        NETWORK.aux,
        STAGE.nodes,
        Concat(p=(Conv(1, 1),)).paths,
        Concat(p=(Conv(1, 1),)).paths["p"],
        nets.get("paper").stages,
        nets.get("paper").tensors,
        nets.get("paper").shapes,
        nets.get("paper").taps,
        nets.get("d2l_bn").norms,
        nets.get("d2l").stages["b3"].nodes["3a"].paths["p1"],
    ],
)
def test_nothing_of_a_table_can_be_changed(mapping):
    before = dict(mapping)
    key, value = next(iter(mapping.items()))
    for change in (
        lambda: mapping.update({key: None}),
        lambda: mapping.__setitem__(key, None),
        lambda: mapping.__delitem__(key),
        lambda: mapping.__ior__({key: None}),
        lambda: mapping.setdefault("other", value),
        lambda: mapping.pop(key),
        mapping.popitem,
        mapping.clear,
    ):
        with pytest.raises(TypeError, match="a table never changes"):
            change()
    assert mapping == before == deepcopy(mapping) == pickle.loads(pickle.dumps(mapping))
    assert type(deepcopy(mapping)) is type(mapping)


def test_networks_of_one_name_are_not_taken_for_one_another():
    other = replace(NETWORK, stages={"b1": Stage(conv=Conv(3, 3))})
    assert nets.get(NETWORK).layers["b1.conv"].output[0] == 2
    assert nets.get(other).layers["b1.conv"].output[0] == 3
    assert nets.get(NETWORK) is nets.get(NETWORK)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (with_nodes(conv2=Conv(2, 9, padding=VALID)), "b1.conv2: a 9x9 window does not fit a 8x9 map"),
        (with_nodes(a=Residual((Conv(3, 3),))), "b1.a: its paths end in maps that do not fit together: 3x8x9, 2x8x9"),
        (with_nodes(fc1=Dense(3), pool=GlobalAvgPool()), "b1.pool: needs a map of rows and columns, not the vector"),
        (with_nodes(flat=Flatten(), conv2=Conv(3, 1)), "b1.conv2: needs a map of rows and columns, not the vector"),
        (with_nodes(flat=Flatten(), norm1=LRN()), "b1.norm1: needs a map of rows and columns, not the vector"),
        (with_nodes(flat=Flatten(), pool=AdaptiveAvgPool(1)), "b1.pool: needs a map of rows and columns, not"),
        (
            with_nodes(a=Concat(p=(Dense(3),), q=(GlobalAvgPool(),))),
            "b1.a: some of its paths end in maps and some in vectors",
        ),
        (lambda: replace(NETWORK, classifier=Dense(5)), "fc: makes 5 numbers, not one for each of the 2 classes"),
        (lambda: replace(NETWORK, classifier=Flatten()), "fc: makes 144 numbers, not one for each of the 2 classes"),
        (
            lambda: replace(NETWORK, aux={"aux1": Aux("b1.conv", Stage(fc=Dense(3)))}),
            "aux1: makes 3 numbers, not one for each of the 2 classes",
        ),
        (
            lambda: replace(NETWORK, aux={"aux1": Aux("b1.conv", Stage(c=Conv(CLASSES, 1), pool=GlobalAvgPool()))}),
            "aux1: makes 2x1x1 numbers, not one for each of the 2 classes",
        ),
        (
            lambda: replace(NETWORK, aux={"aux1": Aux("b1.conv", Stage(a=MaxPool(9, 1, VALID), fc=Dense(CLASSES)))}),
            "aux1.a: a 9x9 window does not fit a 8x9 map",
        ),
    ],
)
def test_a_table_whose_maps_do_not_fit_is_refused_by_the_names_of_network_and_node(make, message):
    with pytest.raises(ShapeError) as caught:
        nets.get(make())
    assert str(caught.value).startswith(f"mynet: {message}")


def test_what_makes_another_table_of_a_table_is_checked_too():
    with pytest.raises(InputError, match="Dropout: p must be"):
        with_dropout(nets.get("paper"), 1.0)
    with pytest.raises(InputError, match="Aux: loss_weight must be"):
        with_aux_weight(nets.get("paper"), nan)
    with pytest.raises(InputError, match="an even kernel"):
        resolve_block(Stage(pool=MaxPool(2)))
    with pytest.raises(InputError, match="in_channels must be a whole number of at least 1, not 0"):
        resolve_block(STAGE, 0)


def test_the_tables_and_those_of_the_tests_keep_every_rule():
    for network in (*nets.tables().values(), family(), tiny()):
        network.check()
        for stage in (*network.stages.values(), *network.heads.values()):
            names.check_names(stage.nodes)


def test_limits_are_those_of_the_frameworks():
    assert np.iinfo(np.int32).max == LARGEST
    assert 1 / np.finfo(np.float32).tiny > FARTHEST and np.finfo(np.float32).max > FARTHEST
