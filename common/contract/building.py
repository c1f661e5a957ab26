"""Which of a package's layers and blocks builds a node of a table; what the package cannot build is refused.

Nothing of a table is ever left out in silence: a type of node, an activation or a normalisation that a package has
nothing for is an error, in every package alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from common.base.errors import InputError
from common.table.spec import BatchNorm, Conv, Node

Builder = TypeVar("Builder")
Activation = TypeVar("Activation")
VOCABULARY = get_args(Node)


def builder(node: Node, builders: Mapping[type, Builder], activations: Mapping[str | None, Any]) -> Builder:
    """What ``builders`` has for the type of a node or, if it has nothing for that, for the nearest type above it.

    A package without a block of its own for `Inception` so builds it as the `Concat` that it is. Somebody else's
    subclass of a node is refused: it may mean something else.

    Args:
        node: of a resolved table.
        builders: a package's layers and blocks, by the type of node that they are for.
        activations: a package's activations, by name; None is the name of none.

    Raises:
        InputError: a node of a type that is not in the vocabulary or that no builder is for, or with an activation or
            a normalisation that there is not; names it, and the choices.

    >>> from common.table.spec import Concat, Inception
    >>> builder(Inception(1, (1, 2), (1, 2), 1), {Conv: "a convolution", Concat: "parallel paths"}, {})
    'parallel paths'
    """
    for kind in type(node).__mro__ if type(node) in VOCABULARY else ():
        if kind in builders:
            if hasattr(node, "activation"):
                activation(node.activation, activations)
            if isinstance(node, Conv):
                normalisation(node)
            return builders[kind]
    known = ", ".join(kind.__name__ for kind in builders)
    raise InputError(f"a node of type {type(node).__name__} cannot be built: the types of nodes are {known}")


def activation(name: str | None, activations: Mapping[str | None, Activation]) -> Activation:
    """What ``activations`` has for a name.

    Raises:
        InputError: it has nothing; says the choices.

    >>> activation("relu6", {None: "x itself", "relu": "max(x, 0)"})
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: an activation 'relu6' cannot be built: the activations are None, 'relu'
    """
    if (name is None or isinstance(name, str)) and name in activations:  # others may not even be hashable
        return activations[name]
    known = ", ".join(map(repr, activations))
    raise InputError(f"an activation {name!r:.80} cannot be built: the activations are {known}")


def normalisation(node: Conv) -> BatchNorm | None:
    """The normalisation behind a resolved convolution; None where it has none.

    Raises:
        InputError: it is of another type than `BatchNorm`.

    >>> normalisation(Conv(8, 3, norm=BatchNorm(eps=1e-3)))
    BatchNorm(eps=0.001, momentum=0.9)
    """
    if node.norm is None or type(node.norm) is BatchNorm:
        return node.norm
    raise InputError(f"a normalisation {node.norm!r:.80} cannot be built: the normalisations are None, BatchNorm(...)")


def require_own_classifier(net: Any, kinds: tuple[type, ...]) -> None:
    """Require the classifier that the table has: of another the table knows neither weights nor classes.

    Args:
        net: of a package.
        kinds: the package's own types of classifier.

    Raises:
        InputError: the classifier is of another type; says what to do.
    """
    if not isinstance(net.fc, kinds):
        raise InputError(
            f"this net's classifier is a {type(net.fc).__name__} of your own, not that of table {net.table.name!r}: "
            "train and save the net as its framework does, or build it with num_classes="
        )
