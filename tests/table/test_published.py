"""The paper's Table 1 beside the arithmetic: the rows that disagree are marked, and only those."""

import pytest

from common import nets
from common.table import published


def test_the_rows_of_the_paper_that_disagree_are_the_known_ones():
    rows = published.rows(nets.get("paper"))
    wrong_params = [name for row in rows if not row.params_agree for name in row.layers]
    wrong_macs = [name for row in rows if not row.macs_agree for name in row.layers]
    assert wrong_params == ["b1.conv1", "b4.4a", "b4.4c", "b4.4d", "b4.4e", "b5.5a", "b5.5b"]
    assert wrong_macs == ["b1.conv1", "b5.5a"]


def test_every_layer_of_the_paper_with_weights_is_in_one_row():
    net = nets.get("paper")
    rows = [name for row in published.rows(net) for name in row.layers]
    from common.table.layers import walk_network

    layers = [layer.name for layer in walk_network(net, aux=False) if layer.macs]
    counts = [sum(layer == row or layer.startswith(f"{row}.") for row in rows) for layer in layers]
    assert set(counts) == {1}


def test_networks_without_a_published_table_have_no_rows():
    assert published.rows(nets.get("d2l")) == []


@pytest.mark.parametrize(
    ("printed", "value", "agrees"),
    [("2.7K", 2.75, True), ("2.7K", 2.9, False), ("159K", 159.9, True), ("159K", 161, False), ("1M", 1.024, True)],
)
def test_agreement_is_to_one_unit_of_the_last_printed_digit(printed, value, agrees):
    assert published.agrees(printed, value) is agrees
