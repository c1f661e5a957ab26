"""Normalisation that is folded into the convolution before it: exact in evaluation mode, and one pass less."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def folded(tensors: Mapping[str, np.ndarray], eps: float | None) -> tuple[np.ndarray, np.ndarray | None]:
    """The kernel, and the bias, with which a convolution alone computes what it computes with its normalisation.

    With moving statistics normalisation is a line for each channel: its slope goes into the kernel, and the rest into
    the bias (Jacob et al. 2018, section 3.2). All is worked out in float64, and rounded once.

    Args:
        tensors: of the layer, by their canonical names within it: ``weight``, OIHW; ``bias``, O, where there is one;
            and ``norm.weight``, ``norm.bias``, ``norm.running_mean``, ``norm.running_var``, O each.
        eps: what the normalisation adds to the variance; None where there is none.

    Returns:
        (weight, bias), of the weight's dtype; no bias where there is neither one nor a normalisation.

    >>> ones = np.ones(1)
    >>> norm = {"norm.weight": 6 * ones, "norm.bias": ones, "norm.running_mean": 2 * ones, "norm.running_var": 3 * ones}
    >>> weight, bias = folded({"weight": np.ones((1, 1, 1, 1)), **norm}, 1.0)
    >>> weight.item(), bias.item()  # (x - 2) / sqrt(3 + 1) * 6 + 1
    (3.0, -5.0)
    """
    weight, bias = tensors["weight"], tensors.get("bias")
    if eps is None:
        return weight, bias
    wide = {name: np.asarray(array, np.float64) for name, array in tensors.items()}
    slope = wide["norm.weight"] / np.sqrt(wide["norm.running_var"] + eps)
    shift = wide["norm.bias"] + (wide.get("bias", 0.0) - wide["norm.running_mean"]) * slope
    return (wide["weight"] * slope[:, None, None, None]).astype(weight.dtype), shift.astype(weight.dtype)
