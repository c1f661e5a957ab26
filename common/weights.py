"""Canonical weights: their names and shapes, two ways to draw them, and the files they live in.

Names follow from the table (`b3.3a.p2_2.weight`), layouts are OIHW and (out, in). A file is safetensors
with metadata that says which network it belongs to, and a digest of its tensors.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from zlib import crc32

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from common.analysis import is_statistic, walk_network, weight_shapes
from common.errors import InputError, choose
from common.files import replacing
from common.preprocessing import Preprocessing
from common.spec import Conv, Dense, Network

FORMAT = "1"
DTYPES = ("float32", "float64")
Weights = dict[str, np.ndarray]


def shapes(network: Network) -> dict[str, tuple[int, ...]]:
    """Canonical name to shape of every tensor of a resolved table, moving statistics included, in order."""
    return {f"{layer}.{local}": shape for layer, local, shape in _tensors(network)}


def places(network: Network) -> dict[str, tuple[str, str]]:
    """Canonical name to (layer, name within the layer): ``("b3.3a.p2_2", "norm.weight")``."""
    return {f"{layer}.{local}": (layer, local) for layer, local, _ in _tensors(network)}


def _tensors(network: Network) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    for layer in walk_network(network):
        for local, shape in weight_shapes(layer.node, layer.input[0], prod(layer.input)).items():
            yield layer.name, local, shape


def check(weights: Mapping[str, np.ndarray], expected: Mapping[str, tuple[int, ...]], where: str) -> None:
    """Require exactly the expected names and shapes: nothing missing, extra or reshaped.

    Raises:
        InputError: names the first tensor that does not fit.
    """
    for name, shape in expected.items():
        if name not in weights:
            raise InputError(f"{where}: tensor {name!r} is missing")
        if tuple(np.shape(weights[name])) != tuple(shape):
            raise InputError(f"{where}: tensor {name!r} has shape {np.shape(weights[name])}, not {tuple(shape)}")
    for name in weights:
        if name not in expected:
            raise InputError(f"{where}: tensor {name!r} is not part of the network")


def _draw(network: Network, seed: int | None, dtype: str, rules) -> Weights:
    """One independent stream for each tensor, so that a tensor does not depend on what else there is."""
    entropy = np.random.SeedSequence(seed).entropy
    followed_by_relu = {
        f"{layer.name}.weight": layer.node.activation == "relu"
        for layer in walk_network(network)
        if isinstance(layer.node, Conv | Dense)
    }
    drawn = {}
    for name, shape in shapes(network).items():
        rng = np.random.default_rng([entropy, crc32(name.encode())])
        drawn[name] = rules(rng, name, shape, followed_by_relu.get(name, False)).astype(dtype)
    return drawn


def _he(rng, shape: tuple[int, ...], relu: bool) -> np.ndarray:
    return rng.normal(0, np.sqrt((2 if relu else 1) / prod(shape[1:])), shape)


def _xavier(rng, shape: tuple[int, ...], relu: bool) -> np.ndarray:
    fan_out, fan_in = (shape[axis] * prod(shape[2:]) for axis in (0, 1))
    bound = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, shape)


# He et al. 2015, "Delving Deep into Rectifiers", section 2.2: normal, variance 2/fan_in before a ReLU, 1/fan_in
# elsewhere. Glorot & Bengio 2010, equation 16: uniform within √(6/(fan_in + fan_out)), as the book has it.
INITIAL = {"he": _he, "xavier": _xavier}


def initial(network: Network, seed: int | None = None, dtype: str = "float32", rule: str = "he") -> Weights:
    """Weights to start training from. Biases and means are 0, scales and variances 1.

    Args:
        seed: the same seed gives the same numbers everywhere; None draws fresh ones.
        rule: ``he`` or ``xavier``, of convolutions and dense layers.

    Raises:
        InputError: an unknown rule.
    """
    draw = INITIAL[choose("initialisation", rule, INITIAL)]

    def rules(rng, name, shape, relu):
        if len(shape) > 1:
            return draw(rng, shape, relu)
        return np.full(shape, float(name.endswith(("norm.weight", "running_var"))))

    return _draw(network, seed, dtype, rules)


def probing(network: Network, seed: int = 0, dtype: str = "float64") -> Weights:
    """Weights that let no difference hide: He-scaled, with biases and normalisation statistics of every size.

    With the small weights of common defaults the logits hardly depend on the image, and a shifted
    padding shows only in the fifth digit.
    """

    def rules(rng, name, shape, relu):
        if len(shape) > 1:
            return _he(rng, shape, relu)
        if name.endswith(("norm.weight", "running_var")):
            return rng.uniform(0.5, 1.5, shape)
        return rng.normal(0, 0.2, shape)

    return _draw(network, seed, dtype, rules)


def digest(weights: Mapping[str, np.ndarray]) -> str:
    """The sha256 of tensors with their names, dtypes and shapes, in hexadecimal."""
    found = hashlib.sha256()
    for name in sorted(weights):
        array = np.ascontiguousarray(weights[name])
        found.update(f"{name} {array.dtype} {array.shape}\n".encode())
        found.update(array.data)
    return found.hexdigest()


def save(
    path: str | os.PathLike,
    weights: Mapping[str, np.ndarray],
    network: Network,
    preprocessing: Preprocessing | None = None,
) -> None:
    """Write canonical weights to a safetensors file, whole or not at all.

    ``preprocessing``, where it is known, goes into the metadata.

    Raises:
        InputError: the weights are not those of ``network``, or the file cannot be written.
    """
    check(weights, shapes(network), f"weights for {network.name!r}")
    weights = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    metadata = {
        "format_version": FORMAT,
        "network": network.name,
        "in_channels": str(network.input[0]),
        "num_classes": str(network.num_classes),
        "aux": json.dumps(list(network.aux)),
        "sha256": digest(weights),
    }
    if preprocessing:
        metadata["preprocessing"] = preprocessing.dumps()
    with replacing(path) as temporary:
        try:
            save_file(weights, temporary, metadata)
        except SafetensorError as error:  # such as a full disk
            raise InputError(f"{path}: cannot be written: {error}") from None


def load(path: str | os.PathLike, network: Network) -> Weights:
    """Read the weights of ``network`` from a file that `save` wrote.

    Raises:
        InputError: not there, truncated, altered, of another network, of other channels or classes.
    """
    metadata, weights = _read(path)
    wanted = {
        "format_version": FORMAT,
        "network": network.name,
        "in_channels": str(network.input[0]),
        "num_classes": str(network.num_classes),
        "aux": json.dumps(list(network.aux)),
    }
    for key, value in wanted.items():
        if metadata.get(key) != value:
            raise InputError(f"{path}: made for {key} {metadata.get(key, 'unknown')}, not {value}")
    check(weights, shapes(network), str(path))
    if metadata.get("sha256") != digest(weights):
        raise InputError(f"{path}: the tensors do not match the file's own sha256: it was altered or damaged")
    return weights


def metadata(path: str | os.PathLike) -> dict[str, str]:
    """What a safetensors file says about itself.

    Raises:
        InputError: not there, or not a whole safetensors file.
    """
    with _opened(path) as file:
        return file.metadata() or {}


def _read(path: str | os.PathLike) -> tuple[dict[str, str], Weights]:
    with _opened(path) as file:
        return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


@contextmanager
def _opened(path: str | os.PathLike) -> Iterator:
    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, SafetensorError, struct.error, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a whole safetensors file: {error}") from None


def starting(
    network: Network,
    *,
    seed: int | None = None,
    weights: Mapping[str, np.ndarray] | str | os.PathLike | None = None,
    dtype: str = "float32",
) -> Mapping[str, np.ndarray]:
    """The weights a new net starts with: those given, as a mapping or a file, else `initial` ones.

    Raises:
        InputError: both a seed and weights, an unknown dtype, or weights that do not fit.
    """
    choose("dtype", dtype, DTYPES)
    if seed is not None and (not isinstance(seed, int) or seed < 0):
        raise InputError(f"seed must be a whole number of at least 0, or None, not {seed!r}")
    if weights is None:
        return initial(network, seed, dtype)
    if seed is not None:
        raise InputError("give either seed or weights, not both: weights leave nothing to draw")
    if isinstance(weights, Mapping):
        check(weights, shapes(network), f"weights for {network.name!r}")
        return weights
    return load(weights, network)


def parameters(weights: Mapping[str, np.ndarray]) -> Weights:
    """The trainable tensors of canonical weights."""
    return {name: array for name, array in weights.items() if not is_statistic(name)}


def decays(name: str) -> bool:
    """Whether weight decay acts on the tensor: on kernels, not on biases nor on a normalisation's scales."""
    return name.endswith(".weight") and not name.endswith("norm.weight")


def statistics(weights: Mapping[str, np.ndarray]) -> Weights:
    """The moving means and variances of canonical weights."""
    return {name: array for name, array in weights.items() if is_statistic(name)}
