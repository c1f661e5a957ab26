"""A table of ours as a graph of rows, at one size of image."""

from support.rows import Graph

from common.table.layers import walk
from common.table.padding import sides
from common.table.spec import (
    LRN,
    AdaptiveAvgPool,
    AvgPool,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Residual,
    Stage,
)


class _FromTable(Graph):
    """A resolved table of ours, at one size of image."""

    def __init__(self, table, shape, aux):
        super().__init__(table.name)
        self.layers = table.at(shape, aux=aux)
        x = self.image(shape or table.input)
        taps = {}
        for name, node in table.trunk.items():
            x = self.node(node, name, x, taps)
        self.end("fc", x)
        for name, head in table.aux.items() if aux else ():
            self.end(name, self.node(head.head, name, taps[head.after], {}), head.loss_weight)

    def node(self, node, name, x, taps):
        """Add a tree of the table; ``taps`` remembers the row that each block ends in."""
        taps[name] = self.block(node, name, x, taps) if isinstance(node, Stage | Concat | Residual) else None
        taps[name] = self.leaf(node, name, x) if taps[name] is None else taps[name]
        return taps[name]

    def block(self, node, name, x, taps):
        def chain(nodes):
            last = x
            for child, child_node in nodes.items():
                last = self.node(child_node, f"{name}.{child}", last, taps)
            return last

        if isinstance(node, Stage):
            return chain(node.nodes)
        ends = {path: chain(nodes) for path, nodes in node.paths.items()}
        if isinstance(node, Concat):
            return self.concat(name, ends.values())
        y = self.sum(name, ends["shortcut"], ends["body"], node.scale)
        return y if node.activation is None else self.activation(name, y, node.activation)

    def leaf(self, node, name, x):
        match node:
            case Conv():
                x = self.windowed(node, name, x, "convolution", channels=node.channels, bias=node.bias)
                x = x if node.norm is None else self.norm(name, x, node.norm.eps, node.norm.momentum)
                return x if node.activation is None else self.activation(name, x, node.activation)
            case MaxPool():
                return self.windowed(node, name, x, "maximum")
            case AvgPool():
                return self.windowed(node, name, x, "average", counts_padding=node.count_padding)
            case GlobalAvgPool():
                return self.global_average(name, x)
            case AdaptiveAvgPool():
                return self.adaptive_average(name, x, node.size)
            case LRN():
                return self.lrn(name, x, node.size, node.alpha, node.beta, node.k)
            case Dropout():
                return self.dropout(name, x, node.p)
            case Dense():
                x = self.dense(name, x, node.units)
                return x if node.activation is None else self.activation(name, x, node.activation)
            case Flatten():
                return x  # the map as a vector: every dense layer does this
        raise TypeError(f"{name}: {node}")

    def windowed(self, node, name, x, kind, **facts):
        (top, _), (left, _) = sides(self.shape(x)[1:], node.kernel, node.stride, node.padding)
        out = self.layers[name].output[1:]
        return self.window(name, kind, x, node.kernel, node.stride, (top, left), out, **facts)


def of_table(table, shape=None, *, aux=True):
    """The `Graph` of a resolved table for images of ``shape``; None is its own."""
    return _FromTable(table, shape, aux)


def layer_rows(node, shape):
    """(kind, facts) of the rows of one layer that takes a map of ``shape`` (C, H, W)."""
    graph = _FromTable.__new__(_FromTable)
    Graph.__init__(graph, "one layer")
    graph.layers = {layer.name: layer for layer in walk(node, shape, "layer")}
    graph.leaf(node, "layer", graph.image(shape))
    return [(row.kind, row.facts) for row in graph.rows[1:]]
