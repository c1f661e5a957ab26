"""The contract of a framework package, and how to get one by name.

A backend *is* a package module: ``common.backend.load("torch")`` returns ``googlenet_torch``. Other
distributions can add theirs by an entry point in the group ``googlenet.backends``.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from common.errors import InputError, MissingBackend, choose
from common.spec import Network

if TYPE_CHECKING:
    from common.moving import Moving

PACKAGES = {"torch": "googlenet_torch", "tf": "googlenet_tf", "mxnet": "googlenet_mxnet"}
GROUP = "googlenet.backends"

Arrays = dict[str, np.ndarray]


class Backend(Protocol):
    """What a framework package offers; ``Net`` is the framework's own kind of model.

    Images are N x C x H x W, labels N whole numbers, names and layouts of weights canonical.
    """

    FRAMEWORK: str  # its name and version, for people
    MOVING: Moving  # how its moving statistics follow the batch's

    Inception: type

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

        While training the heads' losses count too, and the moving statistics move, as in any step of training.
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
