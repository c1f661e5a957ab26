"""Single edits of a table: the same table with one field of one node changed."""

from copy import copy
from dataclasses import replace

from common import nets
from common.base.errors import InputError
from common.compare.mistakes import with_node
from common.table.padding import Pad
from common.table.resolve import transform_network
from common.table.spec import (
    LRN,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    MaxPool,
    Residual,
    Window,
)


def distinct(table):
    """The same table, in which no two places share one node, so that each can be changed alone."""
    return transform_network(table, copy)


def _with(node, **fields):
    changed = copy(node)
    for name, value in fields.items():
        object.__setattr__(changed, name, value)
    return changed


def _changed(node, **fields):
    """The node with other fields; None where it would be none, as with a padding as large as the kernel."""
    try:
        return replace(node, **fields)
    except InputError:
        return None


def _window_edits(node):
    (kh, kw), (sh, sw), padding = node.window
    yield "kernel", _changed(node, kernel=(kh + 1, kw))
    yield "stride", _changed(node, stride=(sh, sw + 1))
    if kh != kw:
        yield "kernel swapped", _changed(node, kernel=(kw, kh))
    if sh != sw:
        yield "stride swapped", _changed(node, stride=(sw, sh))
    if isinstance(padding, Pad):
        (top, left), (bottom, right) = padding.before, padding.after
        if bottom:
            yield (
                "padding side",
                _changed(node, padding=replace(padding, before=(top + 1, left), after=(bottom - 1, right))),
            )
        yield "padding less", _changed(node, padding=replace(padding, after=(bottom, max(right - 1, 0))))
        if not isinstance(node, AvgPool):
            yield "ceil", _changed(node, padding=replace(padding, ceil=not padding.ceil))
    else:
        yield "no padding", _changed(node, padding=Pad())


def _conv_edits(node):
    yield "activation", replace(node, activation=None if node.activation else "relu")
    yield "bias", replace(node, bias=not node.bias)
    if isinstance(node.norm, BatchNorm):
        yield "eps", replace(node, norm=replace(node.norm, eps=node.norm.eps + 0.1))
        yield "momentum", replace(node, norm=replace(node.norm, momentum=(node.norm.momentum + 0.25) % 1))
        yield "norm", replace(node, norm=None)


def node_edits(node):
    """(name of the edit, the changed node, or None where there is none) of every edit of one node."""
    if isinstance(node, Window):
        yield from _window_edits(node)
    match node:
        case Conv():
            yield from _conv_edits(node)
        case MaxPool() if not (isinstance(node.padding, Pad) and node.padding.ceil):
            yield "pool kind", AvgPool(node.kernel, node.stride, node.padding)
        case AvgPool():
            yield "pool kind", MaxPool(node.kernel, node.stride, node.padding)
            yield "count_padding", replace(node, count_padding=not node.count_padding)
        case AdaptiveAvgPool():
            yield "size", replace(node, size=node.size + 1)
        case LRN():
            yield from (("size", replace(node, size=node.size + 2)), ("alpha", replace(node, alpha=node.alpha + 0.5)))
            yield from (("beta", replace(node, beta=node.beta + 0.5)), ("k", replace(node, k=node.k + 1)))
        case Dropout():
            yield "dropout", Dropout(0.5)
        case Dense():
            yield "activation", replace(node, activation=None if node.activation else "relu")
        case Residual():
            yield "scale", _with(node, scale=node.scale * 1.5)
            yield "activation", _with(node, activation=None if node.activation else "relu")
        case Concat() if len(node.paths) > 1:
            yield "order of paths", _with(node, paths=dict(reversed(node.paths.items())))


def edits(table):
    """(name of the edit, canonical name of the node or head, the edited network) of every edit of a `distinct` table.

    Some of the networks are none that a table can be: `resolved` tells.
    """
    for name, layer in table.layers.items():
        for what, node in node_edits(layer.node):
            if node is not None:
                yield what, name, with_node(table, layer.node, node)
    blocks = [f"{stage}.{block}" for stage, node in table.stages.items() for block in node.nodes]
    for name, aux in table.aux.items():
        heads = {"loss weight": replace(aux, loss_weight=aux.loss_weight + 0.5)}
        heads |= {f"after {block}": replace(aux, after=block) for block in blocks if block != aux.after}
        for what, head in heads.items():
            yield what, name, replace(table, aux={**table.aux, name: head})


def resolved(network):
    """The table of an edited network, or None where its numbers do not fit together."""
    try:
        return nets.get(network)
    except InputError:
        return None
