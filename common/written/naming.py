"""What the classes of blocks are called in a file."""

from __future__ import annotations

from collections.abc import Iterable

from common.table.spec import Inception, Residual
from common.written.blocks import BlockClass
from common.written.names import lettered


def name_classes(classes: Iterable[BlockClass], taken: Iterable[str]) -> None:
    """Give each class its name: by what it is, with a letter where there are several of a kind.

    Args:
        taken: names of other classes of the file.
    """
    kinds: dict[str, list[BlockClass]] = {}
    for block in sorted(classes, key=_first):
        kinds.setdefault(_kind(block), []).append(block)
    for kind, blocks in kinds.items():
        for block, name in zip(blocks, lettered(kind, len(blocks)), strict=True):
            block.name = name
    used = set(taken)
    for blocks in kinds.values():
        for block in blocks:
            if block.owner is not None and isinstance(block.owner.node, Residual) and block.name.startswith("Branches"):
                block.name = block.owner.name.replace("Residual", "Branches", 1)
            while block.name in used:
                block.name += "Block"
            used.add(block.name)


def _first(block: BlockClass) -> int:
    return block.order


def _kind(block: BlockClass) -> str:
    """What a class is called before letters tell those of a kind apart."""
    node, layer = block.node, block.members[0].layer
    if isinstance(node, Residual):
        return "Residual"
    if block.owner is not None and not isinstance(node, Inception):
        return "Branches" if isinstance(block.owner.node, Residual) else "Split"
    name = block.members[0].name.rpartition(".")[2]
    if len(block.members) == 1 and len(name) > 2 and name[0].isalpha() and name.isidentifier():
        return name[0].upper() + name[1:]
    return "Reduction" if layer.output[1:] != layer.input[1:] else "Inception"
