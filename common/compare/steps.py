"""Is training one function? Steps of a recipe in every backend beside NumPy; docs/training.md has the rule.

After each step the loss and every moving statistic, velocity and parameter of each backend are measured against
`common.compare.trainer`, and against those of the other backends. Nobody is put back on the path in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations, count
from math import ceil

import numpy as np

from common.base.errors import InputError
from common.compare.passes import compare
from common.compare.report import number, with_steps
from common.compare.roundoff import relative_errors, tolerance
from common.compare.trainer import ReferenceTrainer
from common.contract import backend
from common.contract.recipe import Recipe
from common.contract.schedules import Position
from common.data.images import random_images
from common.table.analysis import Table
from common.table.drawing import probing
from common.table.resolve import without_dropout
from common.table.tensors import parameters, statistics

Arrays = Mapping[str, np.ndarray]
Batch = tuple[np.ndarray, np.ndarray]
State = dict[str, Arrays]  # by what is compared, in the order in which a step makes it

UNIT = float(np.finfo(np.float64).eps)
# The largest relative errors that count as the same training, however far rounding may grow.
BOUNDS = {"loss": 1e-9, "statistic": 1e-8, "velocity": 1e-8, "parameter": 1e-8}
# What counts as one step's round-off, by the words of `common.compare.roundoff`.
ROUND_OFF = {"loss": "output", "statistic": "statistic", "velocity": "gradient", "parameter": "output"}
# A backend rounds in every layer of every step, the reference's twin once, by chance: where rounding grows, which it
# does with batch statistics, backends were up to 8 times as far from the reference. The limit leaves 4 times that.
FARTHER, MARGIN = 8, 4


def compare_steps(
    table: Table,
    batches: Iterable[Batch],
    recipe: Recipe,
    *,
    steps: int,
    backends: Sequence[str],
    gradients: bool = False,
    seed: int = 0,
    weights: Arrays | None = None,
    progress: Callable[[str], None] = lambda what: None,
) -> dict:
    """`passes.compare` in training mode on the first batch, then ``steps`` steps of training beside NumPy.

    Args:
        network: a resolved table (`common.nets.get`); its dropouts are set to 0.
        batches: (images N x C x H x W, labels) of each step, at least ``steps`` of them.
        recipe: what to follow; its epochs are spread evenly over the steps, so that its schedule is seen whole.
        weights: canonical weights to start from; None is `common.table.drawing.probing`.

    The others are those of `compare`.

    Returns:
        What ``googlenet compare --steps --json`` prints; see docs/json.md.

    Raises:
        InputError: images that the network does not take, an unknown or missing backend, a recipe with which NumPy
            finds no finite loss, or under which rounding alone grows beyond `BOUNDS`; a backend that fails.
    """
    table = without_dropout(recipe.applied(table))
    weights = probing(table, seed) if weights is None else weights
    batches = iter(batches)
    first = next(batches)
    settings = {"backends": backends, "gradients": gradients, "seed": seed, "weights": weights}
    found = compare(table, first[0], training=True, progress=progress, **settings)
    side_by_side, rows = SideBySide(table, recipe, weights, backends, seed), []
    for step, (x, y) in zip(range(steps), chain((first,), batches), strict=False):
        lr = recipe.rate(position(step, steps, recipe.epochs))
        rows.append(side_by_side.step(x, y, lr, lambda who, step=step: progress(f"step {step + 1} of {steps}: {who}")))
    return with_steps(found, recipe, rows)


def position(step: int, steps: int, epochs: int) -> Position:
    """Where ``step`` of ``steps`` stands in a run of ``epochs``, which are spread evenly over the steps.

    Steps that do not make whole epochs are spread over some more, so that they still reach the end of the schedule.
    """
    per_epoch = ceil(steps / epochs)
    return Position(step * per_epoch * epochs // steps, per_epoch, epochs)


def batches(
    images: np.ndarray | None, batch: int, shape: tuple[int, int, int], classes: int, seed: int
) -> Iterator[Batch]:
    """Without end, ``batch`` images and labels: those given, N x C x H x W, in turn, or random ones of ``shape``.

    Labels are random; each of the images given keeps its own.
    """
    rng = np.random.default_rng(seed)
    labels = None if images is None else rng.integers(classes, size=len(images))
    for start in count(0, batch):
        if images is None:
            yield random_images(batch, shape, int(rng.integers(2**32))), rng.integers(classes, size=batch)
        else:
            chosen = np.arange(start, start + batch) % len(images)
            yield images[chosen], labels[chosen]


def state(loss: float, weights: Arrays, velocities: Arrays) -> State:
    """Everything that a step leaves behind, as arrays."""
    return {
        "loss": {"loss": np.asarray(loss, np.float64)},
        "statistic": statistics(weights),
        "velocity": velocities,
        "parameter": parameters(weights),
    }


def worst(found: State, expected: State, scales: Mapping[str, Mapping[str, float]]) -> dict[str, tuple[float, str]]:
    """By what is compared, the largest relative error and the tensor that has it; nothing where there are no tensors.

    ``scales``: what a tensor is measured against, where that is not its own largest value.
    """
    errors = {what: relative_errors(found[what], expected[what], scales.get(what)) for what in expected}
    return {what: max((error, name) for name, error in by.items()) for what, by in errors.items() if by}


class SideBySide:
    """The reference, a twin of it that starts one rounding away, and every backend, all at the same step."""

    def __init__(self, table: Table, recipe: Recipe, weights: Arrays, backends: Sequence[str], seed: int):
        self.rng = np.random.default_rng(seed)
        self.done = 0
        self.moved: dict[str, float] = {}
        self.reference = ReferenceTrainer(table, recipe, weights)
        rounded = {name: self.rounded(array) for name, array in weights.items()}
        self.twin = ReferenceTrainer(table, recipe, rounded)
        self.runs = {}
        for name in backends:
            package = backend.load(name)
            net = package.build_net(table, weights=weights, dtype="float64")
            self.runs[name] = (package, net, package.Trainer(net, recipe))

    def rounded(self, array: np.ndarray) -> np.ndarray:
        """Each number moved by at most one rounding."""
        array = np.asarray(array, np.float64)
        return array * (1 + self.rng.uniform(-UNIT / 2, UNIT / 2, array.shape))

    def step(self, x: np.ndarray, y: np.ndarray, lr: float, progress: Callable[[str], None]) -> dict:
        """One step of everyone; returns a row of ``steps`` of docs/json.md.

        Raises:
            InputError: the reference finds no finite loss, rounding alone has grown beyond `BOUNDS`, a backend fails.
        """
        self.done += 1
        progress("NumPy reference")
        with np.errstate(over="ignore", invalid="ignore"):
            loss, _ = self.reference.step(x, y, lr=lr)
            twins_loss, _ = self.twin.step(self.rounded(x), y, lr=lr)
        if not np.isfinite(loss):
            raise InputError(
                f"step {self.done}: the loss is {loss} in NumPy already; a smaller learning rate is needed"
            )
        expected = state(loss, self.reference.weights, self.reference.velocities)
        scales = self.scales()
        limits = self.limits(worst(state(twins_loss, self.twin.weights, self.twin.velocities), expected, scales))

        states, losses = {}, {"numpy": loss}
        for name, (package, net, trainer) in self.runs.items():
            progress(package.FRAMEWORK)
            try:
                losses[name], _ = trainer.step(x, y, lr=lr, seed=self.done)
                states[name] = state(losses[name], package.get_weights(net), trainer.velocities())
            except InputError:
                raise
            except Exception as error:  # every framework has kinds of its own
                what = " ".join(f"{type(error).__name__}: {error}".split())
                raise InputError(f"step {self.done}: {package.FRAMEWORK} fails: {what}") from error
        errors = {name: worst(found, expected, scales) for name, found in states.items()}
        across = {(a, b): worst(states[a], states[b], scales) for a, b in combinations(states, 2)}
        return {
            "step": self.done,
            "lr": lr,
            "loss": {name: number(loss) for name, loss in losses.items()},
            "limits": limits,
            "backends": {name: told(found) for name, found in errors.items()},
            "across": [{"between": list(pair), **told(found)} for pair, found in across.items()],
            "max_rel_err": number(max(e for found in (*errors.values(), *across.values()) for e, _ in found.values())),
        }

    def scales(self) -> dict[str, dict[str, float]]:
        """What is measured against something else than itself: biases that a normalisation takes away again.

        Their gradients are nothing but round-off (`Reference.cancelled`), and so is all that comes of them.
        """
        against, weights = self.reference.cancelled, self.reference.weights
        values = {name: max(scale, float(np.abs(weights[name]).max())) for name, scale in against.items()}
        return {"velocity": against, "parameter": values}

    def limits(self, moves: Mapping[str, tuple[float, str]]) -> dict[str, float]:
        """How far a backend may be from the reference: round-off, or what has become of that of the twin by now.

        Raises:
            InputError: rounding alone may have brought a backend beyond the bounds.
        """
        limits = {}
        for what, bound in BOUNDS.items():
            move, where = moves.get(what, (0.0, what))
            # What rounding has once done to the path it does not take back, though two paths may cross.
            self.moved[what] = move = max(move, self.moved.get(what, 0.0))
            if FARTHER * move > bound:
                raise InputError(
                    f"step {self.done}: one rounding alone moves the {what} of {where} by {move:.1e} by now, so that "
                    "no difference can be told from it: fewer steps, a smaller learning rate or larger batches do"
                )
            once = tolerance(self.reference.table, "float64", ROUND_OFF[what])
            limits[what] = min(max(once, MARGIN * FARTHER * move), bound)
        return limits


def told(found: Mapping[str, tuple[float, str]]) -> dict[str, dict]:
    """`worst` as plain data."""
    return {what: {"rel_err": number(error), "where": where} for what, (error, where) in found.items()}
