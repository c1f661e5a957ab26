"""NumPy's arrays and PyTorch's tensors: copies from one to the other, of any dtype and on any device."""

from __future__ import annotations

import numpy as np
import torch

from common.contract.inputs import plain


def from_array(x: np.ndarray, like: torch.Tensor) -> torch.Tensor:
    """A copy of an array as a tensor of the dtype of ``like`` and on its device; NumPy has no bfloat16 of its own.

    >>> from_array(np.arange(3)[::-1], torch.zeros(1, dtype=torch.bfloat16))
    tensor([2., 1., 0.], dtype=torch.bfloat16)
    """
    dtype = torch.float32 if like.dtype == torch.bfloat16 else like.dtype
    return torch.from_numpy(plain(x, str(dtype).removeprefix("torch."))).to(like)


def to_array(x: torch.Tensor) -> np.ndarray:
    """A copy of a tensor as an array of the same shape and dtype; bfloat16 becomes float32, which is exact.

    >>> to_array(torch.ones(2)), to_array(torch.ones(2, dtype=torch.bfloat16))
    (array([1., 1.], dtype=float32), array([1., 1.], dtype=float32))
    """
    x = x.detach().cpu()
    return np.array((x.float() if x.dtype == torch.bfloat16 else x).numpy(), order="C")
