"""Random networks of the whole vocabulary, for Hypothesis: small maps, oblong, and every node that a table may hold.

`networks` draws networks as they are written, `tables` draws resolved ones. What is drawn always resolves: a layer is
drawn for the map in front of it, and a window that would not fit gets a padding with which it does. The simplest choice
is always the first one, so that Hypothesis shrinks a counterexample to few layers with few settings.

    @given(tables())
    def test_three_frameworks_agree(table): ...
"""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from common import nets
from common.table.padding import SAME, Pad, conventional, output_size
from common.table.spec import (
    CLASSES,
    INHERIT,
    LRN,
    AdaptiveAvgPool,
    Aux,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Inception,
    MaxPool,
    Network,
    Residual,
    Stage,
)

SIDES = st.integers(8, 20)  # of an image, in pixels
WIDTHS = st.integers(1, 4)  # channels of a layer
NORMS = st.sampled_from([BatchNorm(), BatchNorm(1e-3, 0.99), BatchNorm(0.5, 0.3), BatchNorm(1e-5, 0.0)])
ACTIVATIONS = st.sampled_from(["relu", None])
SCALES = st.sampled_from([1.0, 0.17, -2.0])
RATES = st.sampled_from([0.5, 0.2, 0.0])
WEIGHTS = st.sampled_from([0.3, 1.0, 0.05])
LRNS = st.sampled_from([LRN(), LRN(3, 0.5), LRN(7, 2.0, 0.5, 2.0), LRN(1, 0.3, 1.5, 0.7)])
POOLS = (MaxPool, AvgPool)
DEPTH = 2  # blocks within blocks


@dataclass(frozen=True)
class Map:
    """What a layer is drawn for: a map of ``channels`` x ``size``, and what the network says for all layers."""

    channels: int
    size: tuple[int, int]
    convention: str
    normal: bool


def _pairs(draw, numbers):
    """(height, width), equal unless drawn otherwise."""
    first = draw(numbers)
    return (first, draw(numbers)) if draw(st.booleans()) else (first, first)


def _stated(draw, kernel):
    """A padding that a layer states for itself: any number of rows on each side that is smaller than the kernel."""
    before, after = (tuple(draw(st.integers(0, k - 1)) for k in kernel) for _ in range(2))
    return Pad(before, after, ceil=draw(st.booleans()))


def _may_inherit(kind, kernel, stride, convention):
    """Whether the network's convention gives this window a padding: see `common.table.padding.conventional`."""
    if convention == "same":
        return True
    if any(k % 2 == 0 for k in kernel):
        return convention == "ceil" and kind is MaxPool and max(stride) > 1
    return not (convention == "ceil" and kind is AvgPool and max(stride) > 1)


def _window(draw, kind, at, kernel, stride):
    """A padding with which a window fits the map, and (H, W) of what comes out."""
    choices = ["inherit"] if _may_inherit(kind, kernel, stride, at.convention) else []
    match draw(st.sampled_from([*choices, "same", "stated"])):
        case "inherit":
            padding, numbers = INHERIT, conventional(at.convention, kernel, stride, pool=kind is not Conv)
        case "same":
            padding = numbers = SAME
        case _:
            padding = numbers = _stated(draw, kernel)
            if kind is AvgPool:  # those that round up are not in the vocabulary
                padding = numbers = replace(numbers, ceil=False)
    if min(output_size(at.size, kernel, stride, numbers)) < 1:
        padding = numbers = SAME
    return padding, output_size(at.size, kernel, stride, numbers)


def _norm(draw, at):
    """What a convolution says of its normalisation: mostly what the network does."""
    if not at.normal:
        return INHERIT
    return draw(st.sampled_from([INHERIT, INHERIT, None])) if draw(st.booleans()) else draw(NORMS)


def _conv(draw, at, kernel, stride=(1, 1), padding=INHERIT, channels=None):
    return Conv(
        channels or draw(WIDTHS),
        kernel,
        stride,
        padding,
        bias=draw(st.sampled_from([INHERIT, True, False])),
        norm=_norm(draw, at),
        activation=draw(ACTIVATIONS),
    )


def _pool(draw, kind, kernel, stride, padding):
    if kind is AvgPool:
        return AvgPool(kernel, stride, padding, count_padding=draw(st.booleans()))
    return MaxPool(kernel, stride, padding)


def _windowed(draw, at):
    """A convolution or a pool of any kernel and stride, and the map behind it."""
    kind = draw(st.sampled_from([Conv, *POOLS]))
    kernel, stride = _pairs(draw, st.integers(1, 5)), _pairs(draw, st.integers(1, 3))
    padding, size = _window(draw, kind, at, kernel, stride)
    if kind is Conv:
        conv = _conv(draw, at, kernel, stride, padding)
        return conv, replace(at, size=size, channels=conv.channels)
    return _pool(draw, kind, kernel, stride, padding), replace(at, size=size)


def _keeping(draw, at):
    """A layer that keeps the size of the map, and the map behind it."""
    kind = draw(st.sampled_from([Conv, *POOLS, LRN, Dropout]))
    if kind is LRN:
        return draw(LRNS), at
    if kind is Dropout:
        return Dropout(draw(RATES)), at
    kernel = _pairs(draw, st.sampled_from([1, 3, 5, 2]))
    padding = SAME if any(k % 2 == 0 for k in kernel) else draw(st.sampled_from([INHERIT, SAME]))
    if kind is Conv:
        conv = _conv(draw, at, kernel, padding=padding)
        return conv, replace(at, channels=conv.channels)
    return _pool(draw, kind, kernel, (1, 1), padding), at


def _path(draw, at, depth, shortest=0):
    """Nodes that keep the size of the map, blocks among them, and the map behind them."""
    nodes = []
    for _ in range(draw(st.integers(shortest, 2))):
        node, at = _block(draw, at, depth) if depth and draw(st.integers(0, 3)) == 3 else _keeping(draw, at)
        nodes.append(node)
    return tuple(nodes), at


def _halving(draw, at):
    """Paths that end in windows with one stride, one kernel and one padding, so that their maps fit; as in v3's 6a."""
    kernel, stride = _pairs(draw, st.integers(1, 3)), _pairs(draw, st.integers(1, 3))
    padding, size = _window(draw, AvgPool, at, kernel, stride)  # what an average pool may have, all may
    paths, channels = {}, 0
    for name in ["p1", "p2", "p3"][: draw(st.integers(2, 3))]:
        nodes, end = _path(draw, at, 0)
        if draw(st.booleans()):
            last = _pool(draw, draw(st.sampled_from(POOLS)), kernel, stride, padding)
        else:
            last = _conv(draw, end, kernel, stride, padding)
        paths[name] = (*nodes, last)
        channels += last.channels if isinstance(last, Conv) else end.channels
    return Concat(**paths), replace(at, size=size, channels=channels)


def _inception(draw, at):
    c1, c4, *c = (draw(WIDTHS) for _ in range(6))
    return Inception(c1, (c[0], c[1]), (c[2], c[3]), c4), replace(at, channels=c1 + c[1] + c[3] + c4)


def _concat(draw, at, depth):
    """Parallel paths; one of them may pass the map on as it is."""
    ends = {name: _path(draw, at, depth - 1) for name in ["p1", "p2", "p3"][: draw(st.integers(1, 3))]}
    block = Concat(**{name: nodes for name, (nodes, _) in ends.items()})
    return block, replace(at, channels=sum(end.channels for _, end in ends.values()))


def _residual(draw, at, depth):
    """A sum whose shortcut is bare, or a convolution to the channels of the body."""
    body, end = _path(draw, at, depth - 1, shortest=1)
    bare = draw(st.booleans())
    if bare and end.channels != at.channels:
        body = (*body, _conv(draw, end, 1, channels=at.channels))
    shortcut = () if bare else (_conv(draw, at, 1, channels=end.channels),)
    block = Residual(body, shortcut, scale=draw(SCALES), activation=draw(ACTIVATIONS))
    return block, at if bare else replace(at, channels=end.channels)


def _block(draw, at, depth=DEPTH):
    match draw(
        st.sampled_from(["inception", "concat", "residual", "halving"] if depth == DEPTH else ["concat", "residual"])
    ):
        case "inception":
            return _inception(draw, at)
        case "halving":
            return _halving(draw, at)
        case "concat":
            return _concat(draw, at, depth)
        case _:
            return _residual(draw, at, depth)


def _node(draw, at):
    """Any node of a stage, and the map behind it."""
    match draw(st.sampled_from(["window", "keep", "block"])):
        case "window":
            return _windowed(draw, at)
        case "keep":
            return _keeping(draw, at)
        case _:
            return _block(draw, at)


def _end(draw):
    """What makes logits of any map: nodes with their names, the last of them flat."""
    match draw(st.sampled_from(["dense", "adaptive", "hidden", "convolution"])):
        case "dense":
            return {"fc": Dense(CLASSES)}
        case "adaptive":
            return {"pool": AdaptiveAvgPool(draw(st.integers(1, 4))), "fc": Dense(CLASSES)}
        case "hidden":
            hidden = Dense(draw(WIDTHS), activation=draw(ACTIVATIONS))
            return {"pool": GlobalAvgPool(), "fc1": hidden, "dropout": Dropout(draw(RATES)), "fc2": Dense(CLASSES)}
        case _:
            conv = Conv(CLASSES, 1, norm=None, activation=draw(ACTIVATIONS))
            return {"conv": conv, "pool": GlobalAvgPool(), "flat": Flatten()}


@st.composite
def networks(draw, *, heads=2, norms=True):
    """Networks as they are written, with at most so many ``heads``, and with normalisation or never."""
    channels, classes = draw(st.integers(1, 3)), draw(st.integers(2, 5))
    size = (draw(SIDES), draw(SIDES))
    convention = draw(st.sampled_from(["floor", "same", "ceil"]))
    norm = draw(st.one_of(st.none(), NORMS)) if norms else None
    at, stages = Map(channels, size, convention, norm is not None), {}
    for stage in ["b1", "b2", "b3"][: draw(st.integers(1, 3))]:
        nodes = {}
        for name in ["n1", "n2", "n3"][: draw(st.integers(1, 3))]:
            nodes[name], at = _node(draw, at)
        stages[stage] = Stage(**nodes)
    blocks = [f"{stage}.{block}" for stage, node in stages.items() for block in node.nodes]
    aux = {
        name: Aux(draw(st.sampled_from(blocks)), Stage(**_end(draw)), draw(WEIGHTS))
        for name in ["aux1", "aux2"][: draw(st.integers(0, heads))]
    }
    *last, (_, classifier) = _end(draw).items()
    if last:
        stages["end"] = Stage(**dict(last))
    return Network(
        name="random",
        title="A random network",
        source="tests/support/random_tables.py",
        input=(channels, *size),
        num_classes=classes,
        convention=convention,
        stages=stages,
        norm=norm,
        bias=draw(st.booleans()),
        aux=aux,
        classifier=classifier,
    )


def tables(**settings):
    """Resolved networks; arguments as of `networks`."""
    return networks(**settings).map(nets.get)
