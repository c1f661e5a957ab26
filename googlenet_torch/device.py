"""Where a PyTorch net lives, and that a GPU keeps all digits of float32 where that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from common.contract import declaration
from common.contract.devices import chosen

DECLARED = declaration.of(__package__)


def devices() -> dict[str, int]:
    """How many devices of each kind PyTorch sees here.

    >>> devices()["cpu"]
    1
    """
    return {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}


def placed(name: str | None, dtype: str) -> torch.device:
    """PyTorch's own device of that name; PyTorch's default where there is no name.

    Args:
        name: of `common.contract.devices`; None is what its `using` says.
        dtype: what the net computes in.

    Raises:
        InputError: what `common.contract.devices.chosen` raises.

    >>> placed("cpu", "float32")
    device(type='cpu')
    """
    device = chosen(name, DECLARED, devices(), dtype)
    if device is None:
        return torch.get_default_device()
    kind, number = device
    return torch.device(kind, number) if kind == "cuda" else torch.device(kind)


@contextmanager
def full_precision() -> Iterator[None]:
    """Without TensorFloat-32, which keeps ten bits of float32 in products on GPUs; afterwards as before.

    https://docs.pytorch.org/docs/stable/notes/cuda.html, "TensorFloat-32 (TF32) on Ampere".

    >>> with full_precision():
    ...     torch.backends.cudnn.allow_tf32
    False
    """
    products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
    before = products.allow_tf32, convolutions.allow_tf32
    try:
        products.allow_tf32 = convolutions.allow_tf32 = False
        yield
    finally:
        products.allow_tf32, convolutions.allow_tf32 = before
