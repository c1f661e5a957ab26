"""The form in which a Gluon net learns: the same layers and parameters, with the ReLU that oneDNN has."""

from __future__ import annotations

import copy
from collections import OrderedDict
from functools import partial
from types import ModuleType
from typing import Any, TypeVar

from googlenet_mxnet.arrays import Array
from googlenet_mxnet.framework import mx

Block = TypeVar("Block", bound=mx.gluon.HybridBlock)


def learning(block: Block) -> Block:
    """A copy of a block with the very same parameters, which have ``Activation`` for a ReLU.

    MXNet's operator ``relu`` wants maps as N x C x H x W, so whatever lies before and behind it is brought there and
    back from the layout that oneDNN computes in. ``Activation`` stays in it, forward and backward. In float32 it makes
    0 of a NaN, where ``relu`` leaves one; so it is for learning, whose loss and weights tell when they are no numbers,
    and the block itself keeps ``relu``.

    Args:
        block: of this package, with all that is in it; it stays as it is. Blocks of others in it are not copied, and
            hooks of its layers are called in the copy too.
    """
    if not any(kind.__module__.startswith(f"{__package__}.") for kind in type(block).__mro__):
        return block  # of others, who may keep what is in it in places of their own
    twin = copy.copy(block)
    children = {id(child): learning(child) for child in block._children.values()}
    own = {name: children[id(part)] for name, part in vars(block).items() if id(part) in children}
    twins = OrderedDict((name, children[id(child)]) for name, child in block._children.items())
    vars(twin).update(own, _children=twins)
    vars(twin)["hybrid_forward"] = partial(_forward, twin)
    twin._clear_cached_op()
    return twin


def _forward(twin: Block, F: ModuleType, x: Array, **parameters: Any) -> Array:
    return type(twin).hybrid_forward(twin, Operators(F), x, **parameters)


class Operators(ModuleType):
    """MXNet's operators, of ``mx.nd`` or ``mx.sym``, whose ``relu`` is ``Activation``."""

    def __init__(self, F: ModuleType):
        super().__init__(F.__name__)
        self.own = F

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    def relu(self, x: Array) -> Array:
        """Where x is below 0, 0."""
        return self.own.Activation(x, act_type="relu")
