"""Adam and AdamW by the rule of docs/training.md, worked by hand, by PyTorch's own, and beside NumPy."""

import numpy as np
import pytest
from support.trainers import CERTAIN, START, table

from common.base.errors import InputError
from common.compare.roundoff import relative_error
from common.compare.trainer import ReferenceTrainer
from common.contract.recipe import Recipe
from common.data.images import random_images
from common.table.drawing import probing
from common.table.spec import CLASSES, Aux, BatchNorm, Conv, Dense, GlobalAvgPool, Stage

ADAMS = ("adam", "adamw")
HEADED = table(
    (2, 9, 8),
    4,
    norm=BatchNorm(momentum=0.9),
    bias=False,
    stages={"b1": Stage(conv=Conv(6, 3)), "b2": Stage(conv=Conv(8, 3, stride=2), pool=GlobalAvgPool())},
    aux={"aux1": Aux("b1.conv", Stage(pool=GlobalAvgPool(), fc=Dense(CLASSES)), 0.3)},
)


def begun(backend, recipe, weights=None):
    net = backend.build_net(HEADED, weights=probing(HEADED) if weights is None else weights, dtype="float64")
    return net, backend.Trainer(net, recipe)


def step(trainer, i):
    x, y = random_images(5 + i % 2, HEADED.input, i), np.random.default_rng(i).integers(4, size=5 + i % 2)
    settings = {} if isinstance(trainer, ReferenceTrainer) else {"seed": i}
    return trainer.step(x, y, lr=0.01 if i < 5 else 0.001, **settings)[0]


@pytest.mark.parametrize("decoupled", [False, True])
def test_a_weight_moves_as_worked_by_hand(decoupled, backend):
    """The gradient of the weights of `CERTAIN` is (x, -x) exactly; its biases have 1 and -1, and do not decay."""
    recipe = Recipe(optimizer=ADAMS[decoupled], momentum=0.5, beta2=0.75, epsilon=0.25, weight_decay=0.5)
    net = backend.build_net(CERTAIN, weights=START, dtype="float64")
    trainer = backend.Trainer(net, recipe)
    w, m, v = 1.0, 0.0, 0.0
    for t, (x, lr) in enumerate(((2.0, 0.125), (1.0, 0.125), (-3.0, 0.01)), 1):
        trainer.step(np.full((1, 1, 1, 1), x), np.array([1]), lr=lr, seed=0)
        g = x if decoupled else x + 0.5 * w
        m, v = 0.5 * m + 0.5 * g, 0.75 * v + 0.25 * g * g
        w -= lr * 0.5 * w if decoupled else 0
        w -= lr * (m / (1 - 0.5**t)) / (np.sqrt(v / (1 - 0.75**t)) + 0.25)
        state = trainer.velocities()
        assert backend.get_weights(net)["fc.weight"] == pytest.approx(np.array([[w], [-w]]), rel=1e-15)
        assert state["fc.weight"] == pytest.approx(np.array([[m], [-m]]), rel=1e-15)
        assert state["fc.weight.second"] == pytest.approx(np.array([[v], [v]]), rel=1e-15)
        assert state["steps"].tolist() == [t]
    # Of a gradient that stays 1 both moments, unbiased, are 1.
    assert backend.get_weights(net)["fc.bias"] == pytest.approx(np.array([50, 0]) - 0.26 / 1.25 * np.array([1, -1]))


@pytest.mark.parametrize("optimizer", ADAMS)
def test_ten_steps_are_those_of_numpy(optimizer, backend):
    recipe = Recipe(optimizer=optimizer, weight_decay=0.1, label_smoothing=0.1, clip=0.5, freeze="b2.conv")
    reference, (net, trainer) = ReferenceTrainer(HEADED, recipe, probing(HEADED)), begun(backend, recipe)
    for i in range(10):
        assert step(trainer, i) == pytest.approx(step(reference, i), rel=1e-10)
    weights, state = backend.get_weights(net), trainer.velocities()
    assert all(relative_error(weights[name], array) <= 1e-10 for name, array in reference.weights.items())
    assert state.keys() == reference.velocities.keys()
    assert all(relative_error(state[name], array) <= 1e-10 for name, array in reference.velocities.items())


@pytest.mark.only("torch")
@pytest.mark.parametrize("optimizer", ADAMS)
def test_numpy_is_pytorchs_own(optimizer):
    import torch

    weights = {name: array for name, array in probing(HEADED).items() if "running" not in name}
    own = {name: torch.nn.Parameter(torch.from_numpy(array.copy())) for name, array in weights.items()}
    kernels = [p for p in own.values() if p.ndim > 1]
    groups = [{"params": kernels}, {"params": [p for p in own.values() if p.ndim == 1], "weight_decay": 0.0}]
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[optimizer]
    theirs = kind(groups, lr=0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2)
    recipe = Recipe(optimizer=optimizer, momentum=0.8, beta2=0.95, epsilon=1e-3, weight_decay=0.2)
    ours = ReferenceTrainer(HEADED, recipe, probing(HEADED))
    rng = np.random.default_rng(0)
    for lr in (0.1, 0.1, 0.02):
        gradients = {name: rng.normal(size=array.shape) for name, array in weights.items()}
        for group in theirs.param_groups:
            group["lr"] = lr
        ours.velocities["steps"] = ours.velocities["steps"] + 1
        for name, gradient in gradients.items():
            own[name].grad = torch.from_numpy(gradient)
            ours.weights[name] = ours.weights[name] + ours.move(name, gradient, lr)
        theirs.step()
    assert all(relative_error(ours.weights[name], p.detach().numpy()) <= 1e-13 for name, p in own.items())


@pytest.mark.parametrize("optimizer", ADAMS)
def test_going_on_is_identical_to_the_last_bit(optimizer, backend):
    recipe = Recipe(optimizer=optimizer, weight_decay=0.1, momentum=0.0 if optimizer == "adam" else 0.9)
    net, trainer = begun(backend, recipe)
    for i in range(3):
        step(trainer, i)
    again, second = begun(backend, recipe, backend.get_weights(net))
    state = trainer.velocities()
    second.set_velocities(state)
    assert [step(trainer, i) for i in (3, 4)] == [step(second, i) for i in (3, 4)]
    one, other = ({**backend.get_weights(n), **t.velocities()} for n, t in ((net, trainer), (again, second)))
    assert all(np.array_equal(one[name], other[name]) for name in one)
    assert state["steps"].tolist() == [3]  # a copy
    del state["fc.bias.second"]
    with pytest.raises(ValueError, match=r"'fc\.bias\.second' is missing"):
        second.set_velocities(state)


def test_what_adam_cannot_be_is_refused():
    for settings, says in (
        ({"optimizer": "adan"}, "did you mean 'adam'"),
        ({"optimizer": "adam", "nesterov": True}, "nesterov is for the optimizer sgd, not for adam"),
        ({"beta2": 1.0}, "beta2 must be at least 0 and below 1"),
        ({"epsilon": 0.0}, "epsilon must be above 0"),
    ):
        with pytest.raises(InputError, match=says):
            Recipe(**settings)
