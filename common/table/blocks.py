"""The blocks of the vocabulary: layers put together one after the other, side by side, or around a shortcut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, get_args

from common.base.errors import InputError
from common.table.checks import Checked, Rules, instance, real, require, row, within
from common.table.frozen import Frozen
from common.table.names import LAYERS_OWN, check_names
from common.table.nodes import (
    ACTIVATION,
    COUNT,
    LRN,
    AdaptiveAvgPool,
    AvgPool,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
)

N = TypeVar("N")
S = TypeVar("S", bound="Stage")
P = TypeVar("P", bound="Paths")
DEEPEST = 16  # blocks within one another


@dataclass(frozen=True, init=False)
class Stage(Checked):
    """Named nodes, one after the other.

    >>> list(Stage(conv=Conv(8, 3), pool=MaxPool(2)).children)
    ['conv', 'pool']
    """

    nodes: dict[str, Node]

    def __init__(self, **nodes: Node):
        object.__setattr__(self, "nodes", Frozen(nodes))
        self.check()

    def check(self) -> None:
        """Require at least one node, and names that every framework can keep.

        Raises:
            InputError: says which node it is, by name.
        """
        _check_children(self)
        if not self.nodes:
            raise InputError("Stage: it has no nodes")

    @property
    def children(self) -> dict[str, Node]:
        """The nodes directly inside, by name, in the order of computation."""
        return self.nodes

    def rebuilt(self: S, change: Callable[[Node], Node]) -> S:
        """The same stage with ``change(child)`` in place of each child."""
        return _with(self, nodes=Frozen({name: change(child) for name, child in self.nodes.items()}))


@dataclass(frozen=True, init=False)
class Paths(Checked):
    """Parallel paths from one input, each a sequence; what becomes of their ends is the subclass's matter.

    Nodes are named by path and position: ``p2_1``, ``p2_2``. An empty path passes the input on. A path may hold
    another block: branches that split again.
    """

    paths: dict[str, dict[str, Node]]

    def __init__(self, **paths: tuple[Node, ...]):
        kind = type(self).__name__
        for path, nodes in paths.items():
            require(f"{kind}: path {path!r}", nodes, instance(tuple, list))
        named = {path: {f"{path}_{i}": node for i, node in enumerate(nodes, 1)} for path, nodes in paths.items()}
        object.__setattr__(self, "paths", _frozen(named))
        self.check()

    def check(self) -> None:
        """Require at least one path, and names that every framework can keep.

        Raises:
            InputError: says which path or node it is, by name.
        """
        super().check()
        with within(type(self).__name__):
            check_names(self.paths)
        _check_children(self)
        if not self.paths:
            raise InputError(f"{type(self).__name__}: it has no paths")

    @property
    def children(self) -> dict[str, Node]:
        """The nodes directly inside, by name, path after path."""
        return {name: child for path in self.paths.values() for name, child in path.items()}

    def rebuilt(self: P, change: Callable[[Node], Node]) -> P:
        """The same block, of the same type, with ``change(child)`` in place of each child.

        >>> Inception(1, (1, 2), (1, 2), 1).rebuilt(lambda child: child) == Inception(1, (1, 2), (1, 2), 1)
        True
        """
        paths = {path: {name: change(child) for name, child in nodes.items()} for path, nodes in self.paths.items()}
        return _with(self, paths=_frozen(paths))


@dataclass(frozen=True, init=False)
class Concat(Paths):
    """Parallel paths, concatenated on the channels in the order of the paths."""


@dataclass(frozen=True, init=False)
class Inception(Concat):
    """The Inception block: four parallel paths, concatenated (Szegedy et al. 2015, Figure 2b).

    The paths are 1x1; 1x1, 3x3; 1x1, 5x5; 3x3 max pool, 1x1. A block with other paths is a `Concat`.

    Args:
        c1: channels of the first path's 1x1.
        c2: channels of the second path's 1x1 and 3x3.
        c3: channels of the third path's 1x1 and 5x5.
        c4: channels of the fourth path's 1x1, behind its pool.

    >>> list(Inception(64, (96, 128), (16, 32), 32).children)
    ['p1_1', 'p2_1', 'p2_2', 'p3_1', 'p3_2', 'p4_1', 'p4_2']
    """

    def __init__(self, c1: int, c2: tuple[int, int], c3: tuple[int, int], c4: int):
        for name, channels in {"c1": c1, "c4": c4}.items():
            require(f"Inception: {name}", channels, COUNT)
        for name, both in {"c2": c2, "c3": c3}.items():
            require(f"Inception: {name}", both, row(COUNT, 2))
        super().__init__(
            p1=(Conv(c1, 1),),
            p2=(Conv(c2[0], 1), Conv(c2[1], 3)),
            p3=(Conv(c3[0], 1), Conv(c3[1], 5)),
            p4=(MaxPool(3), Conv(c4, 1)),
        )


@dataclass(frozen=True, init=False)
class Residual(Paths):
    """``activation(shortcut(x) + scale · body(x))``; an empty shortcut passes x on.

    Szegedy et al. 2016 (Inception-v4), section 3.2 and Figure 20; nodes are named ``body_1``, ...
    """

    scale: float
    activation: str | None

    rules: ClassVar[Rules] = {"scale": real(), "activation": ACTIVATION}

    def __init__(
        self,
        body: tuple[Node, ...],
        shortcut: tuple[Node, ...] = (),
        *,
        scale: float = 1.0,
        activation: str | None = "relu",
    ):
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "activation", activation)
        super().__init__(body=body, shortcut=shortcut)

    def check(self) -> None:
        """`Paths.check`, for the two paths that there are, of which one may be empty.

        Raises:
            InputError: says which path, node or field it is.
        """
        super().check()
        if list(self.paths) != ["body", "shortcut"] or not self.children:
            raise InputError("Residual: a body or a shortcut is needed, or both, and nothing else")


def depth(node: Node | Paths) -> int:
    """How many blocks lie within one another.

    >>> depth(Conv(8, 3)), depth(Concat(a=(Conv(8, 3), Concat(b=(Conv(8, 3),)))))
    (0, 2)
    """
    return 1 + max(map(depth, node.children.values()), default=0) if isinstance(node, Stage | Paths) else 0


def _check_children(block: Stage | Paths) -> None:
    """Require nodes of the vocabulary, names that a framework can keep, and blocks that are not too deep."""
    kind = type(block).__name__
    with within(kind):
        for name, child in block.children.items():
            if not isinstance(child, KINDS):
                known = ", ".join(known.__name__ for known in KINDS)
                raise InputError(
                    f"{name}: a node of type {type(child).__name__} cannot be built: the types of nodes are {known}"
                )
            check_names([name], LAYERS_OWN if isinstance(child, WITH_TENSORS) else frozenset())
    if depth(block) > DEEPEST:
        raise InputError(f"{kind}: more than {DEEPEST} blocks lie within one another")


def _frozen(paths: dict[str, dict[str, Node]]) -> Frozen[str, Frozen[str, Node]]:
    return Frozen({path: Frozen(nodes) for path, nodes in paths.items()})


def _with(node: N, **fields: Any) -> N:
    """The node with other fields: `dataclasses.replace` where the arguments of a node are not its fields."""
    changed = copy(node)
    for name, value in fields.items():
        object.__setattr__(changed, name, value)
    return changed


def leaves(node: Node) -> Iterator[Node]:
    """The layers of a tree, in the order of computation.

    >>> [type(leaf).__name__ for leaf in leaves(Residual((Conv(8, 3), MaxPool(3))))]
    ['Conv', 'MaxPool']
    """
    if isinstance(node, Stage | Paths):
        for child in node.children.values():
            yield from leaves(child)
    else:
        yield node


Node = (
    Conv
    | MaxPool
    | AvgPool
    | GlobalAvgPool
    | AdaptiveAvgPool
    | LRN
    | Dropout
    | Dense
    | Flatten
    | Stage
    | Inception
    | Concat
    | Residual
)

KINDS: tuple[type, ...] = get_args(Node)
WITH_TENSORS = (Conv, Dense, Stage, Paths)
