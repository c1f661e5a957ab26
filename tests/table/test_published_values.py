"""Every table says what its source says, layer by layer, in numbers that no forward pass shows too.

`googlenet compare` builds all networks from the table, so it cannot know that the table itself is wrong, and what only
training uses (momentum, dropout, the weights of the heads' losses) it never sees move an output. Here each table is
held against a source that does not know it: the publishers' models, read from their own forward functions, or the
network written down by hand from paper, prototxt or book (support/literal_*.py, with the citations).
"""

import pytest
from support.published_sources import SOURCES
from support.rows import first_difference
from support.table_rows import of_table

from common import nets
from common.base.errors import ShapeError

EACH = pytest.mark.parametrize(
    "source",
    [
        pytest.param(s, id=f"{s.table}-{s.name}", marks=[pytest.mark.only(s.backend)] if s.backend else [])
        for s in SOURCES
    ],
)


def test_every_table_has_a_source_that_does_not_know_it():
    assert {source.table for source in SOURCES} == set(nets.names())


@EACH
def test_a_table_says_what_its_source_says(source):
    assert first_difference(of_table(nets.get(source.table)), source.read(None)) is None


def fits(table, shape):
    try:
        return bool(table.at(shape, aux=False))
    except ShapeError:
        return False


@EACH
def test_a_table_says_what_its_source_says_at_other_sizes(source):
    """Odd and oblong, without the heads: what rounds, and what is height and what width, shows there."""
    table = nets.get(source.table)
    channels, height, width = table.input
    shapes = [(channels, height + taller, width + wider) for taller, wider in ((5, 6), (-3, -6))]
    shapes = [shape for shape in shapes if fits(table, shape)]
    assert shapes
    for shape in shapes:
        assert first_difference(of_table(table, shape, aux=False), source.read(shape).without_heads()) is None


@EACH
def test_a_table_states_what_its_source_leaves_open(source):
    table = nets.get(source.table)
    text = " ".join((table.source, *table.departures))
    assert [sentence for sentence in source.read(None).sentences if sentence not in text] == []
