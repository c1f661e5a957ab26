"""A name that a table may have is free in every framework: no module of a net has an attribute called so already."""

import pytest

from common import nets
from common.table.names import FRAMEWORKS_OWN, LAYERS_OWN, NETWORKS_OWN
from common.table.spec import CLASSES, Aux, Concat, Conv, Dense, Inception, Network, Residual, Stage


def table(**settings):
    """A net with every kind of block."""
    stages = {"s": Stage(c=Conv(2, 3), i=Inception(1, (1, 2), (1, 2), 1), k=Concat(p=()), r=Residual((Conv(6, 3),)))}
    aux = {"h": Aux("s.c", Stage(d=Dense(CLASSES)))}
    return nets.get(Network("t", "", "", (1, 8, 8), 2, "floor", **{"stages": stages, "aux": aux, **settings}))


def test_the_attributes_of_a_frameworks_modules_are_reserved(backend):
    net = backend.build_net(table(), seed=0)
    modules = [net, net.s, net.s.i, net.s.k, net.s.r]
    attributes = {name for module in modules for name in (*dir(type(module)), *vars(module)) if name[0] != "_"}
    own = {*table().stages, *table().heads, *table().stages["s"].nodes}
    own |= {child for node in table().stages["s"].nodes.values() for child in getattr(node, "children", {})}
    assert len(attributes) > 20
    assert attributes - own - FRAMEWORKS_OWN - LAYERS_OWN - NETWORKS_OWN == set()


@pytest.mark.parametrize("name", ["3a", "conv", "Conv", "pool_5", "x" * 60, "T", "0"])
def test_other_names_can_be_built(name, backend):
    net = backend.build_net(table(stages={name: Stage(**{name: Conv(2, 3)})}, aux={}), seed=0)
    assert f"{name}.{name}.weight" in backend.get_weights(net)
