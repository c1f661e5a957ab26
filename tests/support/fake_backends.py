"""Backends made of the NumPy reference behind the contract: they agree to the bit until a number is spoilt."""

from math import nan, prod
from types import SimpleNamespace

import numpy as np

from common.compare.moved import moved_statistics
from common.compare.reference import Reference
from common.compare.trainer import ReferenceTrainer
from common.contract.moving import Moving


class Fake:
    """A backend made of the reference. ``spoil`` may change its counts, outputs, gradients or statistics."""

    MOVING = Moving(unbiased=False)

    def __init__(self, name, **spoil):
        self.FRAMEWORK = f"{name} 1.0"
        self.spoil = lambda what, found: spoil[what](found) if what in spoil else found

    def build_net(self, network, *, weights, dtype):
        return SimpleNamespace(table=network, weights=dict(weights), dtype=dtype)

    def get_weights(self, net):
        return dict(net.weights)

    def count_parameters(self, net):
        counts = {name: [0, 0] for name in (*net.table.trunk, *net.table.aux)}
        for name, array in net.weights.items():
            counts[name.split(".")[0]]["running" in name] += prod(array.shape)
        return self.spoil("counts", {name: tuple(count) for name, count in counts.items()})

    def layer_outputs(self, net, x, *, training, aux):
        run = Reference(net.table, net.weights, x, training=training, aux=aux)
        return self.spoil("outputs", {name: array.astype(net.dtype) for name, array in run.outputs.items()})

    def predict(self, net, x):
        run = Reference(net.table, net.weights, x, aux=False)
        return self.spoil("logits", {"fc": run.outputs["fc"].astype(net.dtype)})["fc"]

    def outputs_and_gradients(self, net, x, y, *, training):
        outputs = self.layer_outputs(net, x, training=training, aux=training)
        run = Reference(net.table, net.weights, x, training=training, aux=training)
        if training:
            net.weights.update(self.spoil("statistics", moved_statistics(run, self.MOVING)))
        return self.spoil("outputs of the step", outputs), self.spoil("gradients", run.gradients(y))


class Runner:
    """The reference behind the contract of a trainer; what it shows is spoilt at the steps ``at``."""

    def __init__(self, net, recipe, at, what, change):
        self.reference = ReferenceTrainer(net.table, recipe, net.weights)
        self.net, self.done, self.at, self.what, self.change = net, 0, at, what, change

    def spoil(self, what, value):
        return self.change(value) if self.done in self.at and self.what == what else value

    def step(self, x, y, *, lr, seed):
        loss, right = self.reference.step(x, y, lr=lr)
        self.done += 1
        self.net.weights = self.spoil("weights", self.reference.weights)
        return self.spoil("loss", loss), right

    def velocities(self):
        return self.spoil("velocities", self.reference.velocities)


class FakeTrainer(Fake):
    """A backend made of the reference; at the steps ``at``, ``change`` spoils its ``what``."""

    def __init__(self, name, at=(), what="", change=None):
        super().__init__(name)
        self.Trainer = lambda net, recipe: Runner(net, recipe, at, what, change)


def scaled(name, factor):
    """Multiply one tensor."""
    return lambda found: {**found, name: found[name] * factor}


def with_nan(name):
    """Fill one tensor with what is no number."""
    return lambda found: {**found, name: np.full_like(found[name], nan)}
