"""A framework that learns nothing, in no time: for what a run does between the steps.

Its weights after a step depend on everything that a step is given (images, labels, rate, seed), on its velocities and
on the table's dropout, so that whatever a run gets wrong shows in them. It notes what each step was given.
"""

import hashlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from support.small_network import network_of

from common import nets
from common.contract.recipe import Recipe
from common.data.dataset import ArrayImages, Dataset, Split
from common.data.preprocessing import Preprocessing
from common.runs import folder as run_folder
from common.runs import training
from common.runs.run import Run
from common.table.spec import (
    CLASSES,
    Aux,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    GlobalAvgPool,
    MaxPool,
    Stage,
)

NETWORK = network_of(
    "dice",
    (1, 8, 8),
    3,
    {
        "b1": Stage(conv=Conv(2, 3), pool=MaxPool(3, stride=2)),
        "b2": Stage(pool=GlobalAvgPool(), dropout=Dropout(0.4)),
    },
    norm=BatchNorm(momentum=0.9),
    aux={"aux1": Aux("b1.conv", Stage(pool=GlobalAvgPool(), dropout=Dropout(0.5), fc=Dense(CLASSES)), 0.3)},
)
GREY = Preprocessing(8, (8, 8), order="L", mean=(0.4,), std=(0.3,))


def number(*parts):
    """A number from -1 to 1 that depends on every part."""
    text = "|".join(part.tobytes().hex() if isinstance(part, np.ndarray) else repr(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / (1 << 47) - 1


class Dice:
    """The package of the framework; ``steps`` has what each step of each trainer was given."""

    FRAMEWORK = "dice 1.0"

    def __init__(self):
        self.steps = []
        self.Trainer = lambda net, recipe, *, bfloat16: Thrower(self, net, recipe, bfloat16)

    def build_net(self, table, *, weights, dtype):
        return SimpleNamespace(table=table, weights={n: np.array(a, dtype) for n, a in weights.items()}, training=False)

    def get_weights(self, net):
        return {name: array.copy() for name, array in net.weights.items()}

    def set_weights(self, net, weights):
        net.weights = {name: np.array(array, net.weights[name].dtype) for name, array in weights.items()}

    def predict(self, net, x):
        assert not net.training, "evaluation in training mode"
        weight = number(*(net.weights[name] for name in sorted(net.weights)))
        return np.array([[number(weight, image, k) for k in range(net.table.num_classes)] for image in x])


class Thrower:
    """The trainer."""

    def __init__(self, package, net, recipe, bfloat16):
        self.package, self.net, self.recipe, self.bfloat16 = package, net, recipe, bfloat16
        moving = ("running_mean", "running_var")
        own = {name: array for name, array in net.weights.items() if not name.endswith(moving)}
        self.velocity = {name: np.zeros_like(array) for name, array in own.items()} if recipe.momentum else {}

    def step(self, x, y, *, lr, seed):
        self.package.steps.append(SimpleNamespace(x=x, y=y, lr=lr, seed=seed, recipe=self.recipe))
        table = self.net.table
        masks = [layer.node.p for layer in table.layers.values() if isinstance(layer.node, Dropout)]
        heads = [head.loss_weight for head in table.aux.values()]
        for name, array in self.net.weights.items():
            push = np.asarray(lr * number(name, x, y, seed, masks, heads, self.bfloat16, self.recipe), array.dtype)
            if name in self.velocity:
                self.velocity[name] = np.asarray(self.recipe.momentum * self.velocity[name] - push, array.dtype)
                push = -self.velocity[name]
            self.net.weights[name] = np.asarray(array - push, array.dtype)
        loss = number("loss", *(self.net.weights[name] for name in sorted(self.net.weights)))
        return abs(loss), int(seed) % (len(y) + 1)

    def velocities(self):
        return {name: array.copy() for name, array in self.velocity.items()}

    def set_velocities(self, velocities):
        assert set(velocities) == set(self.velocity)
        self.velocity = {name: array.copy() for name, array in velocities.items()}


def use_dice(monkeypatch):
    """Let runs train with a new `Dice`, and let `NETWORK` be known by its name; returns the former."""
    package = Dice()
    monkeypatch.setattr(training.backend, "load", lambda name: package)
    monkeypatch.setitem(nets.tables(), NETWORK.name, NETWORK)
    return package


def images(count, seed):
    """Grey pictures of three classes."""
    pixels = np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 1), np.uint8)
    return Split(ArrayImages(pixels), np.arange(count) % 3)


DATA = Dataset("noise", ("cat", "dog", "owl"), 1, images(20, 0), images(6, 1), images(5, 2))  # 3 steps of 8 an epoch


RECIPE = Recipe(image_size=8, batch=8, epochs=3, lr=0.1)


def make_run(folder, recipe=RECIPE, *, dtype="float32", seed=3):
    """A run of `NETWORK` on `DATA`, its folder made."""
    size = recipe.image_size or NETWORK.input[1]
    run = Run(
        folder=folder,
        table=recipe.applied(nets.get(NETWORK)),
        recipe=recipe,
        preprocessing=replace(GREY, resize=size, crop=(size, size)),
        data="digits",
        data_dir=None,
        classes=DATA.classes,
        images=DATA.counts,
        backend="torch",
        dtype=dtype,
        seed=seed,
    )
    run_folder.create(run)
    return run
