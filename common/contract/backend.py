"""The contract of a framework package, and how to get one by name.

A backend *is* a package module: ``common.contract.backend.load("torch")`` returns ``googlenet_torch``. Other
distributions can add theirs by an entry point in the group ``googlenet.backends``.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from common.base.errors import InputError, MissingBackend, choose
from common.table.spec import Network

if TYPE_CHECKING:
    from common.contract.moving import Moving
    from common.contract.recipe import Recipe

PACKAGES = {"torch": "googlenet_torch", "tf": "googlenet_tf", "mxnet": "googlenet_mxnet"}
GROUP = "googlenet.backends"

Arrays = dict[str, np.ndarray]


class Trainer(Protocol):
    """Stochastic gradient descent on a net, in place, by the one rule of docs/training.md.

    A step works on the images it is given, and knows nothing of epochs, of the data set, or of how many processes
    there are: one that works on a share of a batch may average the gradients with others inside of `step`.

    Args:
        net: of the backend's own kind; its weights change, and its mode between steps does not.
        recipe: how to train.
        bfloat16: compute in it what may be; weights and sums stay in float32.

    Attributes:
        DTYPES: what the framework trains in: of float32, float64 and bfloat16.

    Raises:
        ValueError: bfloat16, where the framework does not train in it or the net is not in float32.
    """

    DTYPES: tuple[str, ...]

    def __init__(self, net: Any, recipe: Recipe, *, bfloat16: bool = False): ...

    def step(self, x: np.ndarray, y: np.ndarray, *, lr: float, seed: int) -> tuple[float, int]:
        """One step on images N x C x H x W and labels N; dropout follows ``seed`` alone. (loss, right answers).

        The loss is that of the classifier and of every head, before the step; right answers are the classifier's.

        Raises:
            ValueError: a batch that the net with its heads cannot learn from (`loss.check_batch`), or a label
                that is no class.
        """

    def velocities(self) -> Arrays:
        """Canonical name to a copy of the velocity of each parameter; none where the recipe has no momentum."""

    def set_velocities(self, velocities: Mapping[str, np.ndarray]) -> None:
        """The reverse; strict: nothing missing, extra or misshapen. With the weights it is all that a run needs."""


class Backend(Protocol):
    """What a framework package offers; ``Net`` is the framework's own kind of model.

    Images are N x C x H x W, labels N whole numbers, names and layouts of weights canonical.
    """

    FRAMEWORK: str  # its name and version, for people
    MOVING: Moving  # how its moving statistics follow the batch's

    Inception: type
    Trainer: type[Trainer]

    def build_net(
        self,
        name: str | Network = "d2l",
        *,
        in_channels: int | None = None,
        num_classes: int | None = None,
        seed: int | None = None,
        weights: Any = None,
        dtype: str = "float32",
        aux: bool | None = None,
    ) -> Any:
        """The framework's own model of a table; its children are the stages in order, then the classifier."""

    def get_weights(self, net: Any) -> Arrays:
        """Canonical name to array, a copy, in the order of the table."""

    def set_weights(self, net: Any, weights: Mapping[str, np.ndarray]) -> None:
        """The reverse; strict: nothing missing, extra or misshapen."""

    def save_weights(self, net: Any, path: Any) -> None:
        """Write `get_weights` to a safetensors file that every backend loads."""

    def count_parameters(self, net: Any) -> dict[str, tuple[int, int]]:
        """(trainable, moving statistics) of each stage, the classifier and each head, as the framework counts."""

    def layer_outputs(self, net: Any, x: np.ndarray, *, training: bool = False, aux: bool = False) -> Arrays:
        """Output of every layer, block and stage by its canonical name; leaves the net as it was."""

    def stage_outputs(self, net: Any, x: np.ndarray, *, training: bool = False, aux: bool = False) -> Arrays:
        """Those of the stages, the classifier and the heads alone."""

    def predict(self, net: Any, x: np.ndarray) -> np.ndarray:
        """Logits, N x K, in evaluation mode."""

    def gradients(self, net: Any, x: np.ndarray, y: np.ndarray, *, training: bool = False) -> Arrays:
        """The mean cross-entropy's gradients by every parameter it depends on, and by ``input``.

        While training the heads' losses count too, and the moving statistics move, as in any step of training. Frozen
        parameters have none.
        """

    def outputs_and_gradients(
        self, net: Any, x: np.ndarray, y: np.ndarray, *, training: bool = False
    ) -> tuple[Arrays, Arrays]:
        """`gradients`, and the output of every layer in the very pass that they were taken in."""


def packages() -> dict[str, str]:
    """Backend name to module name: our own, then those of installed entry points."""
    others = {point.name: point.value for point in entry_points(group=GROUP)}
    return {**others, **PACKAGES}


def load(name: str) -> Backend:
    """The package of the backend called ``name``.

    Raises:
        MissingBackend: its framework is not installed; says which extra to install.
        InputError: unknown name (says the nearest), or an installation that does not import.
    """
    module = packages()[choose("backend", name, packages())]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name == module:
            raise MissingBackend(f"backend {name!r}: the package {module!r} is not installed") from None
        raise MissingBackend(
            f"backend {name!r} needs {error.name!r}, which is not installed: pip install 'googlenet[{name}]' "
            "(README, Platforms, says where that works)"
        ) from None
    except (ImportError, OSError) as error:
        raise InputError(f"backend {name!r} is installed but does not import: {error}") from None


def none_installed() -> MissingBackend:
    """The error where no framework is."""
    return MissingBackend("no framework is installed: pip install 'googlenet[torch]', or [tf], or [mxnet]")


def first() -> str:
    """The first backend whose framework can be imported here. Imports it, and no other.

    Raises:
        MissingBackend: there is none.
    """
    for name in packages():
        try:
            load(name)
        except MissingBackend:
            continue
        return name
    raise none_installed()


def installed() -> list[str]:
    """The backends whose framework can be imported here. Imports them."""
    found = []
    for name in packages():
        try:
            load(name)
        except MissingBackend:
            continue
        found.append(name)
    return found
