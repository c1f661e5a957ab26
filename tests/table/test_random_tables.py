"""Random tables resolve, run in the reference, and use the whole vocabulary: what is shown with them says something."""

from collections import Counter
from typing import get_args

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from support.random_tables import networks

from common import nets
from common.compare.reference import Reference
from common.data.images import random_images
from common.table.drawing import probing
from common.table.padding import CONVENTIONS, Pad, Same
from common.table.resolve import without_dropout
from common.table.spec import BatchNorm, Conv, Dense, Node, Paths, Window

REPEATED = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SETTINGS = ("norm", "same", "ceil", "uneven", "oblong", "nested", "heads", "flattening classifier")


def note(seen, network, table):
    """Count the kinds of nodes and the settings of a network."""
    for layer in table.layers.values():
        seen[type(layer.node).__name__] += 1
        seen["norm"] += isinstance(layer.node, Conv) and isinstance(layer.node.norm, BatchNorm)
        match layer.node:
            case Window(padding=Same()):
                seen["same"] += 1
            case Window(padding=Pad(before, after, ceil)):
                seen["ceil"] += ceil
                seen["uneven"] += before != after
        seen["oblong"] += layer.output[1] != layer.output[2]
        seen["nested"] += isinstance(layer.node, Paths) and layer.name.count(".") > 1
    seen[network.convention] += 1
    seen["heads"] += bool(network.aux)
    seen["flattening classifier"] += not isinstance(network.classifier, Dense)


def test_random_tables_resolve_run_and_hold_every_node_of_the_vocabulary():
    seen: Counter[str] = Counter()

    @REPEATED
    @given(networks())
    def drawn(network):
        table = nets.get(network)
        note(seen, network, table)
        assert all(8 <= side <= 20 for side in table.input[1:])
        images = random_images(2, table.input)
        outputs = Reference(without_dropout(table), probing(table), images, training=True).outputs
        shapes = {name: layer.shape for name, layer in table.layers.items()}
        assert {name: array.shape[1:] for name, array in outputs.items()} == shapes
        assert outputs["fc"].shape == (2, table.num_classes)
        assert all(np.isfinite(array).all() for array in outputs.values())

    drawn()
    wanted = {kind.__name__ for kind in get_args(Node)} | {*CONVENTIONS, *SETTINGS}
    assert wanted - {name for name, times in seen.items() if times >= 5} == set()
