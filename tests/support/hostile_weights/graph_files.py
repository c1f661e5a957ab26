"""Graphs of TensorFlow that are wrong: nodes, attributes and tensors of protobuf."""

from support.hostile_weights.hostile import HUGE, contents
from support.weight_files import field, graph_def, graph_node, graph_tensor, varint


def graph(*nodes):
    return contents(graph_def(graph_node("x", "Placeholder"), *nodes))


def constant(dtype, dims, numbers=b"", name="c"):
    return graph_node(name, value=graph_tensor(dtype, dims, numbers))


def of_graph():
    one = field(4, bytes(4))
    for size in HUGE:
        yield f"shape-{size}", graph(constant(1, (size,), one)), "cannot be meant for"
        yield f"filled-{size}", graph(constant(1, (size,), field(5, bytes(4)))), "cannot be meant for"
    yield "below-0", graph(constant(1, (-1,), one)), "below 0"
    yield "shape-of-2^64", graph(constant(1, (1 << 32, 1 << 32), one)), "cannot be meant for"
    yield "0-times-huge", graph(constant(1, (0, 1 << 62))), "cannot be meant for"
    yield "100-axes", graph(constant(1, (1,) * 100, one)), "100 axes"
    yield "300000-axes", graph(constant(1, (1,) * 300_000, one)), "it is damaged"
    yield "unknown-rank", graph(graph_node("c", value=field(8, field(1, 1) + field(2, field(3, 1))))), "it is damaged"
    yield "300000-nodes", graph(*[graph_node("n", "N")] * 300_000), ""
    yield "300000-attributes", graph(graph_node("n", "N") + field(5, b"") * 300_000), "it is damaged"
    yield "300000-inputs", graph(graph_node("n", "N", ["x"] * 300_000)), "it is damaged"
    yield "38000-constants", graph(*[constant(1, (1,), one, f"c{i}") for i in range(38_000)]), "it is damaged"
    yield "filled-60-MB-twice", graph(*[constant(1, (15 << 20,), name=name) for name in "ab"]), "cannot be meant for"
    yield "3-MB-of-integers", graph(constant(3, (3_000_000,), field(7, bytes([1]) * 3_000_000))), "it is damaged"
    yield "a-long-list", graph(graph_node("n", "N", k=field(1, field(3, bytes([1]) * 3_000_000)))), "it is damaged"
    yield "odd-bytes", graph(constant(1, (1,), field(4, bytes(7)))), "it is damaged"
    yield "odd-floats", graph(constant(1, (1,), field(5, bytes(7)))), "it is damaged"
    yield "too-many", graph(constant(1, (1,), field(4, bytes(8)))), "not those of its shape"
    yield "too-few", graph(constant(1, (3,), field(4, bytes(8)))), "not those of its shape"
    yield "short-float", graph(graph_node("n", "N", k=varint(4 << 3 | 5) + bytes(2))), "it is damaged"
    yield "quantised", graph(constant(12, (1,), field(4, bytes(1)))), "TensorFlow's type 12"
    yield "no-type", graph(constant(0, (1,), one)), "TensorFlow's type 0"
    yield "name-no-text", graph(graph_node(b"\xff")), "it is damaged"
    yield "no-name", graph(field(2, "Const")), "it is damaged"
    yield "no-op", graph(field(1, "c")), "it is damaged"
    yield "twice", graph(constant(1, (1,), one), constant(1, (1,), one)), "two nodes are called 'c'"
    yield "long-name", graph(constant(1, (2,), one, "n" * 100_000)), "not those of its shape"
    yield "no-constants", graph(graph_node("y", "Relu", ("x",))), "no tensors in it"
    yield "texts-alone", graph(constant(7, (), field(8, "text"))), "no tensors in it"
    yield "length-beyond", contents(graph_def(graph_node("x", "N")) + varint(1 << 3 | 2) + varint(1 << 40)), "cut short"
    yield "inner-length-beyond", graph(varint(1 << 3 | 2) + varint(99) + b"x"), "it is damaged"
    yield "long-varint", graph(graph_node("n", "N", k=varint(3 << 3) + b"\x80" * 20 + b"\1")), "it is damaged"
