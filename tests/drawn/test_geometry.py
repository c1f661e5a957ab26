"""Every drawing, measured: nothing overlaps, texts fit, and arrows lead from box to box."""

import pytest
from hypothesis import given, settings
from support.drawings import faults
from support.random_tables import tables

from common import nets
from common.drawn.whole import drawing
from common.table.spec import Aux, Concat, Conv, Dense, GlobalAvgPool, MaxPool, Network, Residual, Stage

NAMES = list(nets.tables())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", [{}, {"columns": 1}], ids=["page", "column"])
def test_every_table_is_drawn_without_a_fault(name, how):
    assert next(faults(drawing(nets.get(name), **how)), None) is None


@pytest.mark.parametrize("name", ["inception_v3", "inception_resnet_v1"])
def test_unfolded_ones_too(name):
    assert next(faults(drawing(nets.get(name), fold=False)), None) is None


@settings(max_examples=60, deadline=None)
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
