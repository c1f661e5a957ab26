"""The layers of a table at one size of image, by arithmetic alone: shapes, parameters, MACs, receptive fields."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, prod

from common.base.errors import ShapeError
from common.table.checks import within
from common.table.padding import Pair, output_size
from common.table.spec import (
    LRN,
    AdaptiveAvgPool,
    Concat,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    Network,
    Node,
    Paths,
    Residual,
    Stage,
    Window,
)

Shape = tuple[int, int, int]  # C, H, W of one image's map
NORM_TENSORS = ("weight", "bias", "running_mean", "running_var")
WHOLE = (inf, inf)  # the receptive field of what has seen the whole image
OF_MAPS = (Window, GlobalAvgPool, AdaptiveAvgPool, LRN)  # layers that need rows and columns


@dataclass(frozen=True)
class Layer:
    """One named node of a table, at one size of image.

    >>> from common import nets
    >>> layer = nets.get("d2l").layers["b1.conv1"]
    >>> layer.kind, layer.input, layer.output, layer.params, layer.field
    ('Conv 7x7/2', (1, 96, 96), (64, 48, 48), 3200, (7, 7))

    Attributes:
        name: canonical, such as ``b3.3a.p2_2``; blocks and stages are listed after their own nodes.
        input, output: (C, H, W).
        field, jump: receptive field and distance between neighbouring outputs, in input pixels (H, W).
        depth: layers with parameters on the longest way from the input to here.
        flat: whether the output is a vector, made by a dense layer or by flattening, rather than a map.
    """

    name: str
    node: Node
    input: Shape
    output: Shape
    field: tuple[float, float] = (1, 1)
    jump: Pair = (1, 1)
    depth: int = 0
    flat: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The output of one image as a framework has it: (C, H, W), or (K,) behind a dense or flattening layer."""
        return self.output[:1] if self.flat else self.output

    @property
    def leaf(self) -> bool:
        """Whether this is a layer rather than a block or a stage."""
        return not isinstance(self.node, Stage | Paths)

    @cached_property
    def _sizes(self) -> dict[str, int]:
        """Local name to how many numbers, of each tensor of a layer; none of a block or a stage."""
        shapes = weight_shapes(self.node, self.input[0], prod(self.input)) if self.leaf else {}
        return {name: prod(shape) for name, shape in shapes.items()}

    @property
    def statistics(self) -> int:
        """Moving means and variances."""
        return sum(size for name, size in self._sizes.items() if is_statistic(f".{name}"))

    @property
    def params(self) -> int:
        """Trainable numbers."""
        return sum(self._sizes.values()) - self.statistics

    @property
    def macs(self) -> int:
        """Multiply-adds of a convolution or a dense layer for one image."""
        return prod(self.output[1:]) * self._sizes.get("weight", 0)

    @property
    def kind(self) -> str:
        """Short description, such as ``Conv 3x3/2``."""
        # Whatever concatenates is called so: whether it is the paper's block is a question for its node.
        kind = "Concat" if isinstance(self.node, Concat) else type(self.node).__name__
        if not isinstance(self.node, Window):
            return kind
        (kh, kw), (sh, sw) = self.node.moved
        stride = "" if (sh, sw) == (1, 1) else f"/{sh}" if sh == sw else f"/{sh}x{sw}"
        return f"{kind} {kh}x{kw}{stride}"


def out_shape(node: Node, shape: Shape) -> Shape:
    """(C, H, W) that a single layer makes of a map of ``shape``.

    Raises:
        ShapeError: the window does not fit, or the layer was made for another number of inputs.

    >>> from common.table.spec import MaxPool
    >>> from common.table.padding import Pad
    >>> out_shape(MaxPool(3, stride=2, padding=Pad((1, 1), (1, 1))), (8, 9, 6))
    (8, 5, 3)
    """
    channels, h, w = shape
    match node:
        case Window():
            if isinstance(node, Conv) and node.in_channels not in (None, channels):
                raise ShapeError(f"takes {node.in_channels} channels, not {channels}")
            out = output_size((h, w), *node.window)
            if min(out) < 1:
                kh, kw = node.window[0]
                raise ShapeError(f"a {kh}x{kw} window does not fit a {h}x{w} map")
            return (node.out_channels if isinstance(node, Conv) else channels, *out)
        case GlobalAvgPool():
            return (channels, 1, 1)
        case AdaptiveAvgPool():
            return (channels, node.size, node.size)
        case Flatten():
            return (prod(shape), 1, 1)
        case Dense():
            if node.in_features not in (None, prod(shape)):
                raise ShapeError(f"takes {node.in_features} inputs, not {prod(shape)} ({'x'.join(map(str, shape))})")
            return (node.out_features, 1, 1)
        case _:
            return shape


def weight_shapes(node: Node, channels: int, features: int) -> dict[str, tuple[int, ...]]:
    """Shapes of the tensors of one layer by their local names: OIHW, (out, in), and a norm's four vectors.

    Args:
        channels: of the map in front of the layer.
        features: numbers in that map, C * H * W, for a dense layer.

    >>> weight_shapes(Dense(10), 4, 4 * 9 * 9)
    {'weight': (10, 324), 'bias': (10,)}
    """
    match node:
        case Conv():
            vectors = ["bias"] if node.bias else []
            vectors += [f"norm.{name}" for name in NORM_TENSORS] if node.norm else []
            kernel = {"weight": (node.out_channels, channels, *node.window[0])}
            return {**kernel, **dict.fromkeys(vectors, (node.out_channels,))}
        case Dense():
            return {"weight": (node.out_features, features), "bias": (node.out_features,)}
        case _:
            return {}


def is_statistic(name: str) -> bool:
    """Whether a canonical name is that of a moving statistic rather than a trainable parameter.

    >>> is_statistic("b1.conv1.norm.running_mean"), is_statistic("b1.conv1.norm.weight")
    (True, False)
    """
    return name.endswith((".running_mean", ".running_var"))


def _layer(node: Node, name: str, before: Layer) -> Layer:
    shape = before.output
    if before.flat and isinstance(node, OF_MAPS):
        raise ShapeError(f"{name}: needs a map of rows and columns, not the vector of a dense or flattening layer")
    with within(name):
        output = out_shape(node, shape)
    field, jump = before.field, before.jump
    if isinstance(node, Window):
        (kh, kw), (sh, sw), _ = node.window
        field = (field[0] + (kh - 1) * jump[0], field[1] + (kw - 1) * jump[1])
        jump = (jump[0] * sh, jump[1] * sw)
    elif isinstance(node, GlobalAvgPool | AdaptiveAvgPool | Dense | Flatten):
        field = WHOLE  # what a cell of an adaptive pool has seen depends on the size of the map: all of it at most
    return Layer(
        name=name,
        node=node,
        input=shape,
        output=output,
        field=field,
        jump=jump,
        depth=before.depth + isinstance(node, Conv | Dense),
        flat=before.flat or isinstance(node, Dense | Flatten),
    )


def _walk(node: Node, name: str, before: Layer) -> Generator[Layer, None, Layer]:
    def join(child: str) -> str:
        return f"{name}.{child}" if name else child

    def chain(nodes: dict[str, Node]) -> Generator[Layer, None, Layer]:
        last = before
        for child, child_node in nodes.items():
            last = yield from _walk(child_node, join(child), last)
        return last

    match node:
        case Stage():
            last = yield from chain(node.nodes)
        case Paths():
            ends = []
            for nodes in node.paths.values():
                ends.append((yield from chain(nodes)))
            last = _merge(node, name, ends)
        case _:
            layer = _layer(node, name, before)
            yield layer
            return layer
    last = replace(last, name=name, node=node, input=before.output)
    yield last
    return last


def _merge(node: Paths, name: str, ends: list[Layer]) -> Layer:
    """The layer behind parallel paths: the widest field and the longest way among them."""
    maps = {end.output[1:] for end in ends} if isinstance(node, Concat) else {end.output for end in ends}
    if len(maps) > 1:
        shapes = ", ".join("x".join(map(str, end.output)) for end in ends)
        raise ShapeError(f"{name}: its paths end in maps that do not fit together: {shapes}")
    if len({end.flat for end in ends}) > 1:
        raise ShapeError(f"{name}: some of its paths end in maps and some in vectors")
    channels = ends[0].output[0] if isinstance(node, Residual) else sum(end.output[0] for end in ends)
    rows, columns = (max(end.field[axis] for end in ends) for axis in (0, 1))
    return replace(
        ends[0],
        output=(channels, *ends[0].output[1:]),
        field=(rows, columns),
        depth=max(end.depth for end in ends),
    )


def walk(node: Node, shape: Shape, name: str = "", *, flat: bool = False) -> Iterator[Layer]:
    """Every node of a tree in the order of computation, given the (C, H, W) of its input.

    Args:
        flat: whether the input is a vector, of a dense or flattening layer.

    Raises:
        ShapeError: names the first layer that cannot take its map.

    >>> [layer.name for layer in walk(Concat(a=(Flatten(),), b=(Flatten(),)), (3, 2, 2), "block")]
    ['block.a_1', 'block.b_1', 'block']
    """
    yield from _walk(node, name, Layer("input", node, shape, shape, flat=flat))


def check_logits(layer: Layer, num_classes: int) -> None:
    """Require of the classifier, or of a head, one number for each class."""
    if layer.shape != (num_classes,):
        shape = "x".join(map(str, layer.shape))
        raise ShapeError(f"{layer.name}: makes {shape} numbers, not one for each of the {num_classes} classes")


def walk_network(network: Network, shape: Shape | None = None, *, aux: bool = True) -> Iterator[Layer]:
    """Every node of a network: stages and classifier first, then the auxiliary heads.

    Args:
        network: one whose numbers are explicit (`common.table.resolve`).
        shape: (C, H, W) of one image; None is the network's own input.
        aux: include the auxiliary heads; their dense layers take only some sizes of image.

    Raises:
        ShapeError: names the first layer that cannot take its map, or whose logits are not as many as the classes.

    >>> from common import nets
    >>> [layer.name for layer in walk_network(nets.get("d2l"))][:3]
    ['b1.conv1', 'b1.pool1', 'b1']
    """
    shape = shape or network.input
    last = Layer("input", network.classifier, shape, shape)
    taps: dict[str, Layer] = {}
    for name, node in network.trunk.items():
        for layer in _walk(node, name, last):
            taps[layer.name] = layer
            yield layer
        last = taps[name]
    check_logits(last, network.num_classes)
    for name, head in network.aux.items() if aux else ():
        logits = yield from _walk(head.head, name, taps[head.after])
        check_logits(logits, network.num_classes)
