"""Every drawing, measured: nothing overlaps, texts fit, and arrows lead from box to box."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from support.drawings import faults
from support.random_tables import tables

from common import nets
from common.drawn.whole import drawing
from common.table.spec import Aux, Concat, Conv, Dense, GlobalAvgPool, MaxPool, Network, Residual, Stage

NAMES = list(nets.tables())


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_drawn_without_a_fault(name):
    assert next(faults(drawing(nets.get(name))), None) is None


@pytest.mark.parametrize("name", ["imagenet_aux", "inception_v3", "inception_resnet_v1", "nin"])
def test_columns_and_blocks_that_are_not_folded_too(name):
    assert next(faults(drawing(nets.get(name), columns=1, fold=False)), None) is None


@settings(max_examples=40, deadline=None)
@given(tables())
def test_random_tables_too(table):
    assert next(faults(drawing(table)), None) is None
    assert next(faults(drawing(table, columns=1, fold=False)), None) is None


def test_long_names_and_large_sizes_have_room():
    rest = "x" * 59
    block, side = Residual((Conv(4, 3),), scale=-0.123456789), 1 << 20
    network = Network(
        *("m" * 60, "A title " * 40, "nobody", (4, side, side), 3, "floor"),
        stages={
            f"s{rest}": Stage(**{f"a{rest}": block, f"b{rest}": block, "c": Conv(123_456_789, (1, 17), (1, 2))}),
            "b2": Stage(mixed=Concat(a=(), b=(MaxPool(3), Conv(1_000_000, 1)), c=()), pool=GlobalAvgPool()),
        },
        aux={f"h{rest}": Aux(f"s{rest}.b{rest}", Stage(pool=GlobalAvgPool(), fc=Dense("classes")))},
    )
    assert list(faults(drawing(nets.get(network)))) == []
    alone = replace(network, name="alone", stages={f"z{rest}": Stage(pool=GlobalAvgPool())}, aux={})
    assert list(faults(drawing(nets.get(alone)))) == []


def test_heads_of_one_block_stand_below_one_another():
    head = Stage(pool=GlobalAvgPool(), fc=Dense("classes"))
    for after in ("b1.first", "b1.last"):
        network = Network(
            *("two heads", "", "", (3, 8, 8), 3, "floor"),
            stages={"b1": Stage(first=Conv(4, 3), last=Conv(4, 3)), "b2": Stage(conv=Conv(4, 3))},
            aux={"aux1": Aux(after, head), "aux2": Aux(after, head), "aux3": Aux("b2.conv", head)},
        )
        for columns in (1, 2):
            assert list(faults(drawing(nets.get(network), columns=columns))) == []
