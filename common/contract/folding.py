"""What is folded into the convolution before it, exact but for round-off: normalisation in evaluation mode, a scale."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def folded(
    tensors: Mapping[str, np.ndarray], eps: float | None, scale: float = 1.0
) -> tuple[np.ndarray, np.ndarray | None]:
    """The kernel, and the bias, with which a convolution alone computes what it computes with its normalisation.

    With moving statistics normalisation is a line for each channel: its slope goes into the kernel, and the rest into
    the bias (Jacob et al. 2018, section 3.2). All is worked out in float64, and rounded once.

    Args:
        tensors: of the layer, by their canonical names within it: ``weight``, OIHW; ``bias``, O, where there is one;
            and ``norm.weight``, ``norm.bias``, ``norm.running_mean``, ``norm.running_var``, O each.
        eps: what the normalisation adds to the variance; None where there is none.
        scale: by which all that the layer computes is multiplied, where it has no activation.

    Returns:
        (weight, bias), of the weight's dtype; no bias where there is neither one nor a normalisation.

    >>> ones = np.ones(1)
    >>> norm = {"norm.weight": 6 * ones, "norm.bias": ones, "norm.running_mean": 2 * ones, "norm.running_var": 3 * ones}
    >>> weight, bias = folded({"weight": np.ones((1, 1, 1, 1)), **norm}, 1.0)
    >>> weight.item(), bias.item()  # (x - 2) / sqrt(3 + 1) * 6 + 1
    (3.0, -5.0)
    >>> [array.item() for array in folded({"weight": np.ones((1, 1, 1, 1)), "bias": 6 * ones}, None, 0.5)]
    [0.5, 3.0]
    """
    weight = tensors["weight"]
    wide = {name: np.asarray(array, np.float64) for name, array in tensors.items()}
    slope, shift = np.ones(len(weight)), wide.get("bias")
    if eps is not None:
        slope = wide["norm.weight"] / np.sqrt(wide["norm.running_var"] + eps)
        shift = wide["norm.bias"] + (wide.get("bias", 0.0) - wide["norm.running_mean"]) * slope
    kernel = (wide["weight"] * (scale * slope)[:, None, None, None]).astype(weight.dtype)
    return kernel, None if shift is None else (scale * shift).astype(weight.dtype)
