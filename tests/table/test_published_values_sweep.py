"""Whatever is changed in any of the tables, what holds them against their sources notices: value by value.

test_published_values.py shows that each table has the very rows of its source. Here each value of each table is changed
in turn, and must show in a row; so no value of a table differs from its source unseen.
"""

from dataclasses import fields, replace

import pytest
from support.changed_values import CHANGES, FOLLOWS
from support.rows import first_difference
from support.table_rows import layer_rows, of_table

from common import nets
from common.base.errors import InputError
from common.table.padding import Pad
from common.table.spec import Residual, Stage

EACH = pytest.mark.parametrize("name", nets.names())


def shows(layer, **change):
    """Whether a layer with another value has other rows, for the map it takes in its table, or is no layer at all."""
    try:
        return layer_rows(replace(layer.node, **change), layer.input) != layer_rows(layer.node, layer.input)
    except InputError:
        return True


@EACH
def test_every_value_of_every_layer_shows(name):
    layers = [layer for layer in nets.get(name).layers.values() if layer.leaf]
    assert not any(shows(layer) for layer in layers)
    for layer in layers:
        for field in (f.name for f in fields(layer.node) if f.name not in FOLLOWS):
            if field == "count_padding" and layer.node.padding == Pad():
                continue  # nothing to count
            value = CHANGES[type(layer.node), field](layer.node)
            assert shows(layer, **{field: value}), f"{layer.name}: {field} {value}"


@EACH
@pytest.mark.parametrize("change", [{"eps": 0.0123}, {"momentum": 0.123}], ids=str)
def test_every_number_of_every_normalisation_shows(name, change):
    table = nets.get(name)
    for layer in (table.layers[norm] for norm in table.norms):
        assert shows(layer, norm=replace(layer.node.norm, **change)), layer.name


def with_block(table, where, block):
    """The table with another block at its place in a stage."""
    stage, here = where.split(".")
    nodes = {**table.stages[stage].nodes, here: block}
    return replace(table, stages={**table.stages, stage: Stage(**nodes)})


@EACH
def test_every_scale_and_activation_of_a_sum_shows(name):
    """Of the first and the last sum of each stage: those between them are made by the same function."""
    table = nets.get(name)
    sums = {layer.name: layer.node for layer in table.layers.values() if isinstance(layer.node, Residual)}
    assert bool(sums) == ("resnet" in name or "residual" in name)
    stages = {where.split(".")[0]: where for where in sums}, {where.split(".")[0]: where for where in reversed(sums)}
    for where in {where for ends in stages for where in ends.values()}:
        node = sums[where]
        paths = [tuple(path.values()) for path in node.paths.values()]
        scaled = Residual(*paths, scale=node.scale + 0.01, activation=node.activation)
        activated = Residual(*paths, scale=node.scale, activation=None if node.activation else "relu")
        for other in (scaled, activated):
            assert first_difference(of_table(with_block(table, where, other)), of_table(table)), where


@EACH
def test_the_place_and_the_weight_of_every_head_show(name):
    table = nets.get(name)
    for head, aux in table.aux.items():
        stage, _ = aux.after.split(".")
        places = [f"{stage}.{block}" for block in table.stages[stage].nodes]
        shape = table.layers[aux.after].output
        moved = [replace(aux, after=x) for x in places if x != aux.after and table.layers[x].output == shape]
        for other in (*moved, replace(aux, loss_weight=aux.loss_weight + 0.1), replace(aux, loss_weight=0)):
            changed = replace(table, aux={**table.aux, head: other})
            assert first_difference(of_table(changed), of_table(table)), (head, other.after, other.loss_weight)


@EACH
def test_the_channels_of_the_images_and_the_classes_show(name):
    table = nets.get(name)
    for settings in ({"num_classes": table.num_classes + 1}, {"in_channels": table.input[0] + 1}):
        assert first_difference(of_table(nets.get(name, **settings)), of_table(table)), settings
