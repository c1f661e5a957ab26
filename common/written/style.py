"""How modules are put together in each framework: words for classes, calls and ends of paths."""

from __future__ import annotations

from dataclasses import dataclass

from common.written.dialect import Dialect
from common.written.in_gluon import Gluon
from common.written.in_keras import Keras
from common.written.in_torch import Torch
from common.written.loading import INTO_GLUON, INTO_KERAS, OWN_STATE, Loading
from common.written.templates import lines


@dataclass(frozen=True)
class Words:
    """The words of modules.

    Attributes:
        block: the base class of a block, ``stage`` of stages, ``net`` of a network.
        method: the first line of the method that computes.
        concat: paths, put together along the channels; ``<paths>`` stands for them.
        relu: with ``<x>`` for what is rectified.
    """

    block: str
    stage: str
    net: str
    method: str
    concat: str
    relu: str


@dataclass(frozen=True)
class Style:
    """How a framework's modules are written.

    Attributes:
        dialect: how its layers are written.
        loading: how its files load weights.
        compiled: the words of modules.
        sized: those of a module which must see the size of its maps, or has heads: it is not compiled.
        stages: the text of the class of stages; ``iterated`` of one whose layers a network goes through itself.
        net_method: the first line of the method of a network with heads.
        training: whether the network trains, as code.
        blocks: the names and layers of a stage, with ``<stage>`` for it.
        makes_variables: the end of the constructor of a network, where variables are made by an image; with ``<size>``
            for the image, and ``<heads>`` for what runs the heads too.
    """

    dialect: type[Dialect]
    loading: Loading
    compiled: Words
    sized: Words
    stages: str
    iterated: str
    net_method: str
    training: str
    blocks: str
    makes_variables: str = ""

    def words(self, sized: bool) -> Words:
        """Those of a module that must see the size of its maps, or of any other."""
        return self.sized if sized else self.compiled


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


    class Stage(Block):
        """Layers by their names, one after the other."""

        def __init__(self, *named):
            super().__init__()
            self._names = [name for name, _ in named]
            for name, layer in named:
                setattr(self, name, layer)
'''
KERAS_STAGE = (
    KERAS_BLOCK
    + """
        def call(self, x):
            for name in self._names:
                x = getattr(self, name)(x)
            return x
"""
)
KERAS_ITERATED = (
    KERAS_BLOCK
    + """
        def __iter__(self):
            return ((name, getattr(self, name)) for name in self._names)

        def call(self, x):
            for _, layer in self:
                x = layer(x)
            return x
"""
)


def stage_class(style: Style, *, sized: bool, iterated: bool) -> list[str]:
    """The lines of the class of stages.

    Args:
        sized: whether one of their layers must see the size of its map.
        iterated: whether the network goes through the layers of a stage itself.

    >>> stage_class(STYLES["torch"], sized=False, iterated=False)[0]
    'class Stage(nn.Sequential):'
    """
    return lines(style.iterated if iterated else style.stages, base=style.words(sized).stage)


TORCH = Words(
    block="nn.Module",
    stage="nn.Sequential",
    net="nn.Module",
    method="def forward(self, x):",
    concat="torch.cat(<paths>, dim=1)",
    relu="F.relu(<x>)",
)
KERAS = Words(
    block="Block",
    stage="Block",
    net="keras.Model",
    method="def call(self, x):",
    concat="ops.concatenate(<paths>, axis=-1)",
    relu="ops.relu(<x>)",
)
GLUON = Words(
    block="nn.HybridBlock",
    stage="nn.HybridSequential",
    net="nn.HybridBlock",
    method="def hybrid_forward(self, F, x):",
    concat="F.concat(*<paths>, dim=1)",
    relu="F.relu(<x>)",
)
GLUON_SIZED = Words(
    block="nn.Block",
    stage="nn.Sequential",
    net="nn.Block",
    method="def forward(self, x):",
    concat="mx.nd.concat(*<paths>, dim=1)",
    relu="mx.nd.relu(<x>)",
)
STYLES = {
    "torch": Style(
        dialect=Torch,
        loading=OWN_STATE,
        compiled=TORCH,
        sized=TORCH,
        stages=STAGE,
        iterated=STAGE,
        net_method="def forward(self, x):",
        training="self.training",
        blocks="<stage>.named_children()",
    ),
    "tf": Style(
        dialect=Keras,
        loading=INTO_KERAS,
        compiled=KERAS,
        sized=KERAS,
        stages=KERAS_STAGE,
        iterated=KERAS_ITERATED,
        net_method="def call(self, x, training=False):",
        training="training",
        blocks="<stage>",
        makes_variables="self(keras.Input(<size>)<heads>)  # makes the variables",
    ),
    "mxnet": Style(
        dialect=Gluon,
        loading=INTO_GLUON,
        compiled=GLUON,
        sized=GLUON_SIZED,
        stages=STAGE,
        iterated=STAGE,
        net_method="def forward(self, x):",
        training="autograd.is_training()",
        blocks="<stage>._children.items()",
    ),
}
