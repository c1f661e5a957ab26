"""Every drawing, measured: nothing overlaps, texts fit, and arrows lead from box to box."""

import pytest
from hypothesis import given, settings
from support.drawings import faults
from support.random_tables import tables

from common import nets
from common.drawn.whole import drawing

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
