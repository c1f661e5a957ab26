"""Where a Keras net lives, and that a GPU keeps all digits of float32 where that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from common.contract import declaration
from common.contract.devices import chosen
from googlenet_tf.framework import tf

if TYPE_CHECKING:
    from googlenet_tf.net import Net

DECLARED = declaration.of(__package__)
NATIVE = {"cpu": "CPU", "cuda": "GPU"}


def devices() -> dict[str, int]:
    """How many devices of each kind TensorFlow sees here.

    >>> devices()["cpu"]
    1
    """
    return {kind: len(tf.config.list_physical_devices(native)) for kind, native in NATIVE.items()}


def placed(name: str | None, dtype: str) -> str | None:
    """TensorFlow's own name of a device; None, which leaves it to TensorFlow, where there is no name.

    Args:
        name: of `common.contract.devices`; None is what its `using` says.
        dtype: what the net computes in.

    Raises:
        InputError: what `common.contract.devices.chosen` raises.

    >>> placed("cpu", "float32")
    '/CPU:0'
    """
    device = chosen(name, DECLARED, devices(), dtype)
    return None if device is None else f"/{NATIVE[device[0]]}:{device[1]}"


def on_device(net: Net) -> AbstractContextManager:
    """In it TensorFlow computes where the net lives: it places operations, and not by their arguments."""
    return tf.device(net._device)


@contextmanager
def full_precision() -> Iterator[None]:
    """Without TensorFloat-32, which keeps ten bits of float32 in products on GPUs; afterwards as before.

    https://www.tensorflow.org/api_docs/python/tf/config/experimental/enable_tensor_float_32_execution

    >>> with full_precision():
    ...     tf.config.experimental.tensor_float_32_execution_enabled()
    False
    """
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    try:
        tf.config.experimental.enable_tensor_float_32_execution(False)
        yield
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)
