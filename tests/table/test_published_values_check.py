"""What holds tables against their sources finds whatever is changed in a table, and names it (support/rows.py)."""

from dataclasses import fields, replace

import pytest
from support.changed_values import CHANGES, FOLLOWS
from support.rows import Graph, first_difference
from support.table_rows import of_table

from common import nets
from common.base.errors import ShapeError
from common.table.padding import Pad
from common.table.resolve import transform_network
from common.table.spec import (
    LRN,
    AdaptiveAvgPool,
    AvgPool,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Residual,
    Stage,
    leaves,
)


def test_the_changes_are_those_of_the_whole_vocabulary():
    kinds = (Conv, MaxPool, AvgPool, GlobalAvgPool, AdaptiveAvgPool, LRN, Dropout, Dense, Flatten)
    wanted = {(kind, f.name) for kind in kinds for f in fields(kind) if f.name not in FOLLOWS}
    assert wanted == set(CHANGES)


def changed(table, number, field):
    """The table with one field of its leaf ``number`` changed; what follows from it is resolved again."""
    count = iter(range(10**6))

    def leaf(node):
        here = next(count) == number
        forgotten = {f.name: None for f in fields(node) if f.name in FOLLOWS - {"classes"}}
        return replace(node, **forgotten, **({field: CHANGES[type(node), field](node)} if here else {}))

    return transform_network(table, leaf)


def first_of_each_kind(table):
    """(number, node) of the first leaf of each kind, and of the first average pool that is padded."""
    nodes = [n for tree in (*table.trunk.values(), *table.heads.values()) for n in leaves(tree)]
    found = {}
    for number, node in enumerate(nodes):
        padded = isinstance(node, AvgPool) and node.padding != Pad()
        found.setdefault((type(node), padded), (number, node))
    return found.values()


@pytest.mark.parametrize("name", ["paper", "torchvision", "inception_v3", "inception_resnet_v2"])
def test_every_change_of_a_layer_is_found(name):
    table = nets.get(name)
    untouched = of_table(table, aux=True)
    tried = set()
    for number, node in first_of_each_kind(table):
        for field in (f.name for f in fields(node) if f.name not in FOLLOWS):
            if field == "count_padding" and node.padding == Pad():
                continue  # nothing to count
            tried.add((type(node), field))
            try:
                other = of_table(changed(table, number, field), aux=True)
            except ShapeError:
                continue  # found even before
            assert first_difference(other, untouched) is not None, (name, node, field)
    assert tried


def test_every_kind_of_change_is_tried_somewhere():
    names = ["paper", "torchvision", "inception_v3", "inception_resnet_v2"]
    assert {kind for kind, _ in CHANGES} <= {type(n) for x in names for _, n in first_of_each_kind(nets.get(x))}


def test_the_first_difference_is_told_with_both_names_and_both_values():
    table = nets.get("caffe")
    heads = {name: replace(aux, loss_weight=0.5) for name, aux in table.aux.items()}
    there = of_table(table)
    assert first_difference(of_table(replace(table, aux=heads)), there) == (
        "caffe, the loss of aux1 (caffe: the loss of aux1): weight of the loss is 0.5 here, 0.3 there"
    )
    moved = {"aux1": replace(table.aux["aux1"], after="b4.4b"), "aux2": table.aux["aux2"]}
    assert first_difference(of_table(replace(table, aux=moved)), there) == (
        "caffe, aux1.pool (caffe: aux1.pool): average takes b4.4b here, b4.4a there"
    )


def blocks(table, change):
    """The table with each of its blocks changed."""
    stages = {
        name: Stage(**{block: change(node) for block, node in stage.nodes.items()})
        for name, stage in table.stages.items()
    }
    return replace(table, stages=stages)


def backwards(node):
    """The same block with its paths in the other order; they keep their names."""
    if not isinstance(node, Concat):
        return node
    paths = {name: tuple(nodes.values()) for name, nodes in reversed(node.paths.items())}
    return Concat(**paths)


def scaled(node):
    """The same residual block, otherwise scaled."""
    if not isinstance(node, Residual):
        return node
    return Residual(*(tuple(path.values()) for path in node.paths.values()), scale=0.3, activation=node.activation)


def test_the_order_of_paths_is_found():
    table = nets.get("d2l")
    told = first_difference(of_table(blocks(table, backwards)), of_table(table))
    assert told.startswith("d2l, b3.3a.p4_1 (d2l: b3.3a.p1_1): maximum here, convolution there")


def test_the_scale_of_a_residual_is_found():
    table = nets.get("inception_resnet_v2")
    told = first_difference(of_table(blocks(table, scaled)), of_table(table))
    assert told.endswith("b3.3b (inception_resnet_v2: b3.3b): scale of the sum is 0.3 here, 0.17 there")


@pytest.mark.parametrize(("field", "value"), [("eps", 1e-4), ("momentum", 0.1)])
def test_the_numbers_of_a_normalisation_are_found(field, value):
    table = nets.get("torchvision")
    norm = replace(nets.tables()["torchvision"].norm, **{field: value})
    other = transform_network(table, lambda n: replace(n, norm=norm) if isinstance(n, Conv) else n)
    told = first_difference(of_table(other), of_table(table))
    assert f"b1.conv1 (torchvision: b1.conv1): {field} of the normalisation is {value} here" in told


def test_a_layer_too_many_is_found():
    table = nets.get("d2l")
    other = replace(table, stages={**table.stages, "b6": Stage(dropout=Dropout(0.5))})
    assert "dropout here, dense there" in first_difference(of_table(other), of_table(table))


def test_a_head_too_many_is_found():
    table = nets.get("caffe")
    there = of_table(table, aux=False)
    assert first_difference(of_table(table), there) == "caffe: average aux1.pool is only here (caffe)"


def test_a_concatenation_within_another_is_the_same_as_one():
    nested, flat = Graph("nested"), Graph("flat")
    for graph in (nested, flat):
        x = graph.image((4, 8, 8))
        pools = [graph.maximum(f"pool {k}", x, k, 1, k // 2) for k in (3, 5, 7)]
        parts = [pools[0], graph.concat("inner", pools[1:])] if graph is nested else pools
        graph.end("fc", graph.concat("outer", parts))
    assert first_difference(nested, flat) is None


@pytest.mark.only("torch")
@pytest.mark.parametrize("rounding_up", [False, True])
def test_the_arithmetic_of_windows_is_pytorchs(rounding_up):
    import torch

    for size in range(3, 24):
        for kernel, stride, pad in ((2, 2, 0), (3, 2, 0), (3, 2, 1), (3, 1, 1), (5, 3, 0), (2, 3, 1), (3, 3, 1)):
            if kernel > size + 2 * pad:
                continue
            graph = Graph("arithmetic")
            x = graph.maximum("pool", graph.image((1, size, size)), kernel, stride, pad, rounding_up=rounding_up)
            with torch.device("meta"):
                pool = torch.nn.MaxPool2d(kernel, stride, pad, ceil_mode=rounding_up)
                assert graph.shape(x) == tuple(pool(torch.zeros(1, size, size)).shape)
