"""A network of the vocabulary: stages in order, a classifier, auxiliary heads, and what all layers share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar

from common.base.errors import InputError
from common.table.blocks import Node, Paths, Stage
from common.table.checks import (
    FLAG,
    TEXT,
    Checked,
    Rule,
    Rules,
    instance,
    mapping,
    only,
    real,
    row,
    shown,
    within,
)
from common.table.frozen import Frozen
from common.table.names import NETWORKS_OWN, check_names, check_network_name
from common.table.nodes import CLASSES, COUNT, INHERIT, BatchNorm, Conv, Dense, Flatten, Window
from common.table.padding import CONVENTIONS, conventional


def printed(unit: str) -> Rule:
    """A number as a paper prints it, in a unit: ``2.7K``, ``34M``.

    >>> printed("K").holds("2.7K"), printed("K").holds("2.7M")
    (True, False)
    """
    number = re.compile(rf"[0-9]{{1,9}}(\.[0-9]{{1,9}})?{unit}")
    return Rule(
        f"a printed number such as '2.7{unit}'",
        lambda value: isinstance(value, str) and number.fullmatch(value) is not None,
    )


def names(root: str, node: Node) -> Iterator[str]:
    """Canonical names of a node called ``root`` and of all nodes inside it.

    >>> list(names("b1", Stage(conv=Conv(8, 3))))
    ['b1', 'b1.conv']
    """
    yield root
    if isinstance(node, Stage | Paths):
        for name, child in node.children.items():
            yield from names(f"{root}.{name}", child)


@dataclass(frozen=True)
class Aux(Checked):
    """An auxiliary classifier: ``head`` branches off ``after`` a block while training.

    ``after`` is the canonical name of a block of a stage, such as ``b4.4a``. ``loss_weight`` is the weight of its loss
    in the sum (Szegedy et al. 2015, section 5: 0.3).
    """

    after: str
    head: Stage
    loss_weight: float = 0.3

    rules: ClassVar[Rules] = {"after": TEXT, "head": instance(Stage), "loss_weight": real(0)}


@dataclass(frozen=True)
class PublishedRow(Checked):
    """A row of a paper's own table: ``params`` and ``macs`` as printed there, for the layers it names.

    >>> PublishedRow(("b1.conv1",), params="2.7K", macs="34M").params
    '2.7K'
    """

    layers: tuple[str, ...]
    params: str
    macs: str

    rules: ClassVar[Rules] = {"layers": row(TEXT), "params": printed("K"), "macs": printed("M")}


@dataclass(frozen=True)
class Network(Checked):
    """A table: the stages in order, the classifier, and what all layers share.

    It is checked when it is made, as each of its nodes was. An `InputError` names the network and the node.

    ``name`` is followed by a colon and a word where several versions of a table are published:
    ``inception_v3`` and ``inception_v3:keras``. ``input`` is (C, H, W); ``departures`` says, in sentences,
    where the table leaves its source. The ``classifier``, called ``fc``, makes the logits, N x K.
    """

    name: str
    title: str
    source: str
    input: tuple[int, int, int]
    num_classes: int
    convention: str
    stages: dict[str, Stage]
    norm: BatchNorm | None = None
    bias: bool = True
    aux: dict[str, Aux] = field(default_factory=dict)
    departures: tuple[str, ...] = ()
    published: tuple[PublishedRow, ...] = ()
    classifier: Dense | Flatten = Dense(CLASSES)  # noqa: RUF009  (it never changes)

    rules: ClassVar[Rules] = {
        "title": TEXT,
        "source": TEXT,
        "input": row(COUNT, 3),
        "num_classes": COUNT,
        "convention": only(*CONVENTIONS),
        "stages": mapping(instance(Stage)),
        "norm": only(None) | instance(BatchNorm),
        "bias": FLAG,
        "aux": mapping(instance(Aux)),
        "departures": row(TEXT),
        "published": row(instance(PublishedRow)),
        "classifier": instance(Dense, Flatten),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("stages", "aux"):
            object.__setattr__(self, name, Frozen(getattr(self, name)))

    @property
    def trunk(self) -> dict[str, Node]:
        """The stages in order, then the classifier, ``fc``."""
        return {**self.stages, "fc": self.classifier}

    @property
    def heads(self) -> dict[str, Stage]:
        """The auxiliary heads, by name."""
        return {name: aux.head for name, aux in self.aux.items()}

    def check(self) -> None:
        """Require all that a table needs to be built, but that its maps fit, which `common.table.layers` knows.

        Raises:
            InputError: names the network, and the node or the field.
        """
        check_network_name(self.name)
        with within(self.name):
            super().check()
            if not self.stages:
                raise InputError("it has no stages")
            check_names([*self.stages, *self.aux], NETWORKS_OWN)
            both = [name for name in self.aux if name in self.stages]
            if both:
                raise InputError(f"the name {both[0]!r} is that of a stage and of a head")
            for name, node in {**self.trunk, **self.heads}.items():
                self._check_node(name, node)
            self._check_references()

    def _check_node(self, name: str, node: Node) -> None:
        with within(name):
            node.check()
            if isinstance(node, Window) and node.padding == INHERIT:
                padding = conventional(self.convention, *node.moved, pool=not isinstance(node, Conv))
                replace(node, padding=padding)  # which the node may refuse
        if isinstance(node, Stage | Paths):
            for child, child_node in node.children.items():
                self._check_node(f"{name}.{child}", child_node)

    def _check_references(self) -> None:
        """Require that heads branch off after blocks, and that published rows name layers, that there are."""
        blocks = [f"{name}.{block}" for name, stage in self.stages.items() for block in stage.nodes]
        for name, aux in self.aux.items():
            with within(name):
                aux.check()
            if aux.after not in blocks:
                raise InputError(f"head {name!r} branches off after {shown(aux.after)}, which is no block of the table")
        known = {name for root, node in self.trunk.items() for name in names(root, node)}
        for published in self.published:
            published.check()
            unknown = [name for name in published.layers if name not in known]
            if unknown:
                raise InputError(f"a published row names {shown(unknown[0])}, which is no layer of the table")
