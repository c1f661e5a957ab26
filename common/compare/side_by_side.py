"""The reference, a twin of it that starts one rounding away, and every backend, at the same step of training.

After each step the loss and every moving statistic, velocity and parameter of each backend are measured against
`common.compare.trainer`, and against those of the other backends. States are never re-synchronised between steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any, Protocol

import numpy as np

from common.base.errors import InputError
from common.compare.faults import Failed, Fault, ask
from common.compare.finite import require_finite
from common.compare.measure import named
from common.compare.roundoff import largest, relative_errors, tolerance
from common.compare.trainer import ReferenceTrainer
from common.compare.verdict import number
from common.contract import backend
from common.contract.protocols import Backend
from common.contract.recipe import Recipe
from common.table.analysis import Table
from common.table.tensors import parameters, statistics

Arrays = Mapping[str, np.ndarray]
State = dict[str, Arrays]  # by kind, in the order in which a step makes it
Largest = dict[str, tuple[float, str]]  # by kind, the largest relative error and the tensor that has it
Row = dict[str, Any]

UNIT = float(np.finfo(np.float64).eps)
# The largest relative errors that count as the same training, however far rounding may grow.
BOUNDS = {"loss": 1e-9, "statistic": 1e-8, "velocity": 1e-8, "parameter": 1e-8}
# What counts as one step's round-off, by the words of `common.compare.roundoff`.
ROUND_OFF = {"loss": "output", "statistic": "statistic", "velocity": "gradient", "parameter": "output"}
# A backend rounds in every layer of every step, the reference's twin once, by chance: where rounding grows, which it
# does with batch statistics, backends were up to 8 times as far from the reference. The limit leaves 4 times that.
FARTHER, MARGIN = 8, 4


def state(loss: float, weights: Arrays, velocities: Arrays) -> State:
    """Everything that a step leaves behind, as arrays by kind and name.

    >>> list(state(0.5, {"fc.bias": np.zeros(2)}, {}))
    ['loss', 'statistic', 'velocity', 'parameter']
    """
    return {
        "loss": {"loss": np.asarray(loss, np.float64)},
        "statistic": statistics(weights),
        "velocity": velocities,
        "parameter": parameters(weights),
    }


def largest_errors(reached: State, expected: State, scales: Mapping[str, Mapping[str, float]]) -> Largest:
    """By kind, the largest relative error and the tensor that has it; no entry where there are no tensors.

    Args:
        reached: the state of one.
        expected: the state that it is measured against.
        scales: by kind and name, what a tensor is measured against where that is not its own largest value.

    >>> largest_errors(state(1.5, {}, {}), state(1.0, {}, {}), {})
    {'loss': (0.5, 'loss')}
    """
    errors = {kind: relative_errors(reached[kind], expected[kind], scales.get(kind)) for kind in expected}
    return {kind: max((error, name) for name, error in by.items()) for kind, by in errors.items() if by}


class Runner:
    """One backend that trains: its net and its trainer, from the weights on.

    Raises:
        Failed: the backend has raised.
    """

    def __init__(self, package: Backend, table: Table, recipe: Recipe, weights: Arrays):
        self.package, self.table, self.framework = package, table, package.FRAMEWORK
        copies = {name: np.array(array) for name, array in weights.items()}
        self.net = ask("build", table, None, lambda: package.build_net(table, weights=copies, dtype="float64"))
        self.trainer = ask("build", table, self.net, lambda: package.Trainer(self.net, recipe))

    def step(self, x: np.ndarray, y: np.ndarray, lr: float, number: int) -> tuple[float, State]:
        """The loss before the step, and the state after it.

        Args:
            x: images, N x C x H x W.
            y: labels, N whole numbers.
            lr: the learning rate of this step.
            number: of the step, from 1.

        Raises:
            Failed: the backend has raised.
        """

        def call() -> tuple[float, State]:
            loss, _ = self.trainer.step(x.copy(), y.copy(), lr=lr, seed=number)
            weights, velocities = self.package.get_weights(self.net), self.trainer.velocities()
            return float(loss), state(float(loss), named(weights), named(velocities))

        return ask("step", self.table, self.net, call, number)

    def close(self) -> None:
        """Nothing to end."""


class Steps(Protocol):
    """Whoever makes steps: a `Runner`, or a `common.compare.grouped.GroupRunner`."""

    framework: str

    def step(self, x: np.ndarray, y: np.ndarray, lr: float, number: int) -> tuple[float, State]:
        """See `Runner.step`."""

    def close(self) -> None:
        """Make no more."""


class SideBySide:
    """The reference, a twin of it that starts one rounding away, and every backend, all at the same step.

    Args:
        more: by name, what makes others that make the same steps.
    """

    def __init__(
        self,
        table: Table,
        recipe: Recipe,
        weights: Arrays,
        backends: Sequence[str],
        seed: int,
        more: Mapping[str, Callable[[], Steps]] | None = None,
    ):
        self.rng = np.random.default_rng(seed)
        self.done = 0
        self.moved: dict[str, float] = {}
        self.reference = ReferenceTrainer(table, recipe, weights)
        rounded = {name: self.rounded(array) for name, array in weights.items()}
        self.twin = ReferenceTrainer(table, recipe, rounded)
        self.faults: dict[str, Fault] = {}
        self.runners: dict[str, Steps] = {}
        for name in backends:
            package = backend.load(name)
            self._unless_it_fails(name, partial(Runner, package, table, recipe, weights), self.runners)
        for name, make in (more or {}).items():
            self._unless_it_fails(name, make, self.runners)

    def rounded(self, array: np.ndarray) -> np.ndarray:
        """Each number moved by at most one rounding."""
        array = np.asarray(array, np.float64)
        return array * (1 + self.rng.uniform(-UNIT / 2, UNIT / 2, array.shape))

    def _unless_it_fails(self, name: str, call: Callable[[], Any], results: dict[str, Any]) -> None:
        """Put what ``call`` returns among the results; a backend that fails is out from here on."""
        try:
            results[name] = call()
        except Failed as failed:
            self.faults[name] = failed.fault
            self.runners.pop(name, None)

    def close(self) -> None:
        """End what makes steps in other processes."""
        for runner in self.runners.values():
            runner.close()

    def step(self, x: np.ndarray, y: np.ndarray, lr: float, progress: Callable[[str], None]) -> Row:
        """One step of everyone; returns a row of ``steps`` of docs/json.md.

        Args:
            x: images, N x C x H x W.
            y: labels, N whole numbers.
            lr: the learning rate of this step.
            progress: called with who is being stepped.

        Raises:
            InputError: the reference finds no finite loss or state, or rounding alone has grown beyond `BOUNDS`.
        """
        self.done += 1
        progress("NumPy reference")
        loss, expected, twin = self._expected(x, y, lr)
        scales = self.scales()
        limits = self.limits(largest_errors(twin, expected, scales))
        reached: dict[str, tuple[float, State]] = {}
        for name, runner in list(self.runners.items()):
            progress(runner.framework)
            self._unless_it_fails(name, partial(runner.step, x, y, lr, self.done), reached)
        errors = {name: largest_errors(own, expected, scales) for name, (_, own) in reached.items()}
        across = {(a, b): largest_errors(reached[a][1], reached[b][1], scales) for a, b in combinations(reached, 2)}
        every = [error for own in (*errors.values(), *across.values()) for error, _ in own.values()]
        return {
            "step": self.done,
            "lr": lr,
            "loss": {"numpy": loss, **{name: number(own) for name, (own, _) in reached.items()}},
            "limits": limits,
            "backends": {name: described(own) for name, own in errors.items()},
            "across": [{"between": list(pair), **described(own)} for pair, own in across.items()],
            "max_rel_err": number(max(every)) if every else None,
        }

    def _expected(self, x: np.ndarray, y: np.ndarray, lr: float) -> tuple[float, State, State]:
        """The reference's loss, its state after the step, and that of the twin."""
        with np.errstate(all="ignore"):
            loss, _ = self.reference.step(x, y, lr=lr)
            twins_loss, _ = self.twin.step(self.rounded(x), y, lr=lr)
        if not np.isfinite(loss):
            raise InputError(
                f"step {self.done}: the loss is {loss} in NumPy already; a smaller learning rate is needed"
            )
        expected = state(loss, self.reference.weights, self.reference.velocities)
        for kind, arrays in expected.items():
            require_finite(arrays, "float64", f"the {kind} {'' if kind == 'loss' else 'of '}after step {self.done}, ")
        return loss, expected, state(twins_loss, self.twin.weights, self.twin.velocities)

    def scales(self) -> dict[str, dict[str, float]]:
        """Scales, by kind and name, for biases whose true gradient is zero: a normalisation takes them away again.

        Their gradients are nothing but round-off (`Reference.cancelled`), and so is all that comes of them.
        """
        against, weights = self.reference.cancelled, self.reference.weights
        values = {name: max(scale, largest(weights[name])) for name, scale in against.items() if name in weights}
        return {"velocity": against, "parameter": values}

    def limits(self, moves: Largest) -> dict[str, float]:
        """How far a backend may be from the reference: round-off, or what has become of that of the twin by now.

        Args:
            moves: by kind, how far the twin is from the reference, and the tensor in which that shows.

        Raises:
            InputError: rounding alone may have brought a backend beyond the bounds.
        """
        limits = {}
        for kind, bound in BOUNDS.items():
            move, where = moves.get(kind, (0.0, kind))
            # What rounding has once done to the path it does not take back, though two paths may cross.
            self.moved[kind] = move = max(move, self.moved.get(kind, 0.0))
            if FARTHER * move > bound:
                raise InputError(
                    f"step {self.done}: one rounding alone moves the {kind} of {where} by {move:.1e} by now, so that "
                    "no difference can be told from it: fewer steps, a smaller learning rate or larger batches do"
                )
            once = tolerance(self.reference.table, "float64", ROUND_OFF[kind])
            limits[kind] = min(max(once, MARGIN * FARTHER * move), bound)
        return limits


def described(errors: Largest) -> Row:
    """`largest_errors` as plain data.

    >>> described({"loss": (0.5, "loss")})
    {'loss': {'rel_err': 0.5, 'where': 'loss'}}
    """
    return {kind: {"rel_err": number(error), "where": where} for kind, (error, where) in errors.items()}
