"""Blocks of a table: what they hold, and that they stay what they are when a table is resolved."""

from dataclasses import replace

import pytest

from common import nets
from common.table.layers import walk
from common.table.resolve import resolve_block, transform, with_dropout
from common.table.spec import Concat, Conv, Dropout, Inception, MaxPool, Residual, Stage, leaves

BOOK = Inception(64, (96, 128), (16, 32), 32)  # 3a of the book

# Tables whose blocks are the paper's, and those whose blocks are others.
PAPERS = ("d2l", "d2l_same", "d2l_bn", "d2l_residual", "paper", "caffe", "imagenet_aux", "cifar10_bn")
OTHERS = ("torchvision", "cifar100_bn", "inception_bn", "inception_v3", "inception_v4", "inception_resnet_v2")


def test_an_inception_block_is_four_paths():
    kinds = {name: (type(node), node.kernel) for name, node in BOOK.children.items()}
    assert kinds == {
        "p1_1": (Conv, (1, 1)),
        "p2_1": (Conv, (1, 1)),
        "p2_2": (Conv, (3, 3)),
        "p3_1": (Conv, (1, 1)),
        "p3_2": (Conv, (5, 5)),
        "p4_1": (MaxPool, (3, 3)),
        "p4_2": (Conv, (1, 1)),
    }
    channels = [node.channels for node in BOOK.children.values() if isinstance(node, Conv)]
    assert channels == [64, 96, 128, 16, 32, 32]
    assert list(walk(resolve_block(BOOK), (192, 7, 5)))[-1].output == (64 + 128 + 32 + 32, 7, 5)


@pytest.mark.parametrize("name", PAPERS)
def test_the_blocks_of_the_papers_network_are_inception_blocks(name):
    blocks = [x.node for x in nets.get(name).layers.values() if isinstance(x.node, Concat)]
    assert [type(block) for block in blocks] == [Inception] * 9


@pytest.mark.parametrize("name", OTHERS)
def test_no_other_block_is_called_so(name):
    assert not any(isinstance(layer.node, Inception) for layer in nets.get(name).layers.values())


class Own(Inception):
    """A block of somebody else's, which a table may hold."""


@pytest.mark.parametrize(
    "block",
    [
        BOOK,
        Own(1, (2, 3), (4, 5), 6),
        Concat(a=(Conv(2, 1), Inception(1, (1, 2), (1, 2), 1)), b=()),
        Residual((BOOK, Conv(3, 1, activation=None)), scale=0.5, activation=None),
        Stage(first=BOOK, second=Dropout(0.5)),
    ],
    ids=lambda block: type(block).__name__,
)
def test_a_block_keeps_its_type(block):
    """Where it stands in another too; and what a Residual says of itself stays as well."""
    resolved = resolve_block(block, 3)
    assert type(resolved) is type(block)
    before, after = (list(walk(b, (3, 9, 9))) for b in (resolve_block(block), resolved))
    assert [type(x.node) for x in before] == [type(x.node) for x in after]
    assert [x.name for x in before] == [x.name for x in after]
    assert transform(block, lambda leaf: leaf) == block
    if isinstance(block, Residual):
        assert (resolved.scale, resolved.activation) == (0.5, None)


def test_a_block_keeps_its_type_through_every_change_of_a_table():
    table = with_dropout(nets.get(nets.get("paper"), num_classes=3, in_channels=1, aux=False), 0.1)
    assert type(replace(table, aux={}).stages["b3"].nodes["3a"]) is Inception


def test_a_rebuilt_block_leaves_the_first_as_it_was():
    block = Inception(64, (96, 128), (16, 32), 32)
    wider = block.rebuilt(lambda node: replace(node, channels=2 * node.channels) if isinstance(node, Conv) else node)
    assert wider == Inception(128, (192, 256), (32, 64), 64)
    assert block == Inception(64, (96, 128), (16, 32), 32)


def test_leaves_come_in_the_order_of_computation():
    tree = Stage(a=Conv(1, 1), b=Concat(x=(Conv(2, 1), Concat(y=(Conv(3, 1),))), z=(Conv(4, 1),)), c=Conv(5, 1))
    assert [leaf.channels for leaf in leaves(tree)] == [1, 2, 3, 4, 5]
