"""How modules are put together in each framework: words for classes, calls and ends of paths."""

from __future__ import annotations

from dataclasses import dataclass

from common.written.dialect import Dialect
from common.written.in_gluon import Gluon
from common.written.in_keras import Keras
from common.written.in_torch import Torch
from common.written.templates import lines


@dataclass(frozen=True)
class Style:
    """The words of a framework.

    Attributes:
        dialect: how its layers are written.
        module: the base class of a block.
        imperative: that of a block which must see the size of its maps, where it is another one.
        method: the first line of the method that computes; ``imperative_method`` of such a block.
        concat: paths, put together along the channels; ``<paths>`` stands for them.
        relu: with ``<x>`` for what is rectified.
        stage: the base class of stages; ``imperative_stage`` of those with such a block.
        net: the base class of a network; ``net_with_heads`` of one with auxiliary heads.
        net_method: the first line of the method of a network with heads.
        training: whether the network trains, as code.
        blocks: the names and layers of a stage, with ``<stage>`` for it.
    """

    dialect: type[Dialect]
    module: str
    imperative: str
    method: str
    imperative_method: str
    concat: str
    imperative_concat: str
    relu: str
    imperative_relu: str
    stage: str
    imperative_stage: str
    net: str
    net_imperative: str
    net_method: str
    training: str
    blocks: str


STAGE = '''
    class Stage(<base>):
        """Layers by their names, one after the other."""

        def __init__(self, *named):
            super().__init__()
            for name, layer in named:
                setattr(self, name, layer)
'''
KERAS_BLOCK = '''
    class Block(layers.Layer):
        """Holds layers, each of which is built when it is first called."""

        def build(self, shape):
            pass
'''
KERAS_STAGE = '''
    class Stage(Block):
        """Layers by their names, one after the other."""

        def __init__(self, *named):
            super().__init__()
            self._names = [name for name, _ in named]
            for name, layer in named:
                setattr(self, name, layer)

        def call(self, x):
            for name in self._names:
                x = getattr(self, name)(x)
            return x
'''
KERAS_ITERATED = '''
    class Stage(Block):
        """Layers by their names, one after the other."""

        def __init__(self, *named):
            super().__init__()
            self._names = [name for name, _ in named]
            for name, layer in named:
                setattr(self, name, layer)

        def __iter__(self):
            return ((name, getattr(self, name)) for name in self._names)

        def call(self, x):
            for _, layer in self:
                x = layer(x)
            return x
'''


def stage_class(style: Style, *, imperative: bool, iterated: bool) -> list[str]:
    """The lines of the class of stages.

    Args:
        imperative: whether one of their layers must see the size of its map.
        iterated: whether the network goes through the layers of a stage itself.

    >>> stage_class(STYLES["torch"], imperative=False, iterated=False)[0]
    'class Stage(nn.Sequential):'
    """
    if style.dialect is Keras:
        return [*lines(KERAS_BLOCK), "", "", *lines(KERAS_ITERATED if iterated else KERAS_STAGE)]
    return lines(STAGE, base=style.imperative_stage if imperative else style.stage)


STYLES = {
    "torch": Style(
        dialect=Torch,
        module="nn.Module",
        imperative="nn.Module",
        method="def forward(self, x):",
        imperative_method="def forward(self, x):",
        concat="torch.cat(<paths>, dim=1)",
        imperative_concat="torch.cat(<paths>, dim=1)",
        relu="F.relu(<x>)",
        imperative_relu="F.relu(<x>)",
        stage="nn.Sequential",
        imperative_stage="nn.Sequential",
        net="nn.Module",
        net_imperative="nn.Module",
        net_method="def forward(self, x):",
        training="self.training",
        blocks="<stage>.named_children()",
    ),
    "tf": Style(
        dialect=Keras,
        module="Block",
        imperative="Block",
        method="def call(self, x):",
        imperative_method="def call(self, x):",
        concat="ops.concatenate(<paths>, axis=-1)",
        imperative_concat="ops.concatenate(<paths>, axis=-1)",
        relu="ops.relu(<x>)",
        imperative_relu="ops.relu(<x>)",
        stage="layers.Layer",
        imperative_stage="layers.Layer",
        net="keras.Model",
        net_imperative="keras.Model",
        net_method="def call(self, x, training=False):",
        training="training",
        blocks="<stage>",
    ),
    "mxnet": Style(
        dialect=Gluon,
        module="nn.HybridBlock",
        imperative="nn.Block",
        method="def hybrid_forward(self, F, x):",
        imperative_method="def forward(self, x):",
        concat="F.concat(*<paths>, dim=1)",
        imperative_concat="mx.nd.concat(*<paths>, dim=1)",
        relu="F.relu(<x>)",
        imperative_relu="mx.nd.relu(<x>)",
        stage="nn.HybridSequential",
        imperative_stage="nn.Sequential",
        net="nn.HybridBlock",
        net_imperative="nn.Block",
        net_method="def forward(self, x):",
        training="autograd.is_training()",
        blocks="<stage>._children.items()",
    ),
}
