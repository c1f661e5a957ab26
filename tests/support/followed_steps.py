"""Steps of training beside NumPy, of small tables."""

import json

from common import nets
from common.compare.steps import batches, compare_steps
from common.contract.recipe import named
from common.table.spec import (
    CLASSES,
    Aux,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    GlobalAvgPool,
    MaxPool,
    Network,
    Stage,
)

# Biases in front of normalisations, heads, dropout: everything a step has a rule for.
BLOCK = Concat(p1=(Conv(3, 1),), p2=(Conv(2, 1), Conv(4, 3)), p3=(MaxPool(3), Conv(2, 1)))
TABLE = nets.get(
    Network(
        *("tiny", "", "", (2, 12, 11), 5, "floor"),
        norm=BatchNorm(momentum=0.9),
        stages={
            "b1": Stage(conv=Conv(4, 3, stride=2), pool=MaxPool(3)),
            "b2": Stage(block=BLOCK, pool=GlobalAvgPool(), dropout=Dropout(0.4)),
        },
        aux={"aux1": Aux("b1.pool", Stage(pool=GlobalAvgPool(), dropout=Dropout(0.5), fc=Dense(CLASSES)), 0.3)},
    )
)
BARE = nets.get(Network("bare", "", "", (1, 6, 6), 3, "floor", stages={"b1": Stage(conv=Conv(2, 3))}))
PARITY = named("parity")


def follow(recipe, backends, *, network=TABLE, steps=6, batch=8, **settings):
    """What `compare_steps` finds, through strict JSON."""
    given = batches(None, batch, network.input, network.num_classes, 0)
    found = compare_steps(network, given, recipe, steps=steps, backends=backends, **settings)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found
