"""Where a Gluon net lives: on the processor, for which the wheels of MXNet are built."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from common.contract import declaration
from common.contract.devices import chosen
from googlenet_mxnet.framework import mx

DECLARED = declaration.of(__package__)


def devices() -> dict[str, int]:
    """How many devices of each kind MXNet sees here.

    >>> devices()
    {'cpu': 1}
    """
    return {"cpu": 1}


def placed(name: str | None, dtype: str) -> mx.Context:
    """MXNet's own context of that name: the processor.

    Args:
        name: of `common.contract.devices`; None is what its `using` says.
        dtype: what the net computes in.

    Raises:
        InputError: what `common.contract.devices.chosen` raises.

    >>> placed("auto", "float32")
    cpu(0)
    """
    chosen(name, DECLARED, devices(), dtype)
    return mx.cpu()


@contextmanager
def full_precision() -> Iterator[None]:
    """As it is: processors have no TensorFloat-32."""
    yield
