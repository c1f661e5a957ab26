"""What each layer means, in NumPy: its value and, right below, its derivative.

Every function takes arrays in NCHW and returns ``(y, pull)``; ``pull(dy)`` gives the gradient of the input
first, then those of the parameters, for a gradient ``dy`` of the output (a vector-Jacobian product).
Nothing here is fast on purpose, or shares code with a framework.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from common.table.padding import adaptive, sides
from common.table.spec import LRN, AvgPool, Conv, MaxPool

Array = np.ndarray
Pull = Callable[..., tuple[Array, ...]]  # takes the gradient of the output
Result = tuple[Array, Pull]
Windowed = Conv | MaxPool | AvgPool


def _pad(x: Array, node: Windowed, value: float) -> tuple[Array, Callable[[Array], Array]]:
    (top, bottom), (left, right) = sides((x.shape[2], x.shape[3]), *node.window)
    padded = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=value)

    def crop(dpadded: Array) -> Array:
        return dpadded[:, :, top : top + x.shape[2], left : left + x.shape[3]]

    return padded, crop


def _windows(x: Array, node: Windowed) -> Array:
    """(N, C, H', W', kh, kw): every window, without copying."""
    kernel, stride, _ = node.window
    return sliding_window_view(x, kernel, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]  # type: ignore[call-overload]


def _unwindow(dwindows: Array, shape: tuple[int, ...], node: Windowed) -> Array:
    """Add what each window gives to each of its pixels: the transpose of `_windows`."""
    dx = np.zeros(shape, dwindows.dtype)
    ((kh, kw), (sh, sw), _), (h, w) = node.window, dwindows.shape[2:4]
    for i in range(kh):
        for j in range(kw):
            dx[:, :, i : i + sh * h : sh, j : j + sw * w : sw] += dwindows[..., i, j]
    return dx


def conv(x: Array, weight: Array, bias: Array | None = None, *, node: Conv) -> Result:
    """y[n,o,h,w] = bias[o] + Σ weight[o,c,i,j] · x[n,c,h·s+i,w·s+j]: cross-correlation, weight OIHW."""
    padded, crop = _pad(x, node, 0)
    windows = _windows(padded, node)
    y = np.moveaxis(np.tensordot(windows, weight, axes=([1, 4, 5], [1, 2, 3])), 3, 1)
    if bias is not None:
        y = y + bias[:, None, None]

    def pull(dy: Array) -> tuple[Array, ...]:
        dwindows = np.moveaxis(np.tensordot(dy, weight, axes=([1], [0])), 3, 1)
        dweight = np.tensordot(dy, windows, axes=([0, 2, 3], [0, 2, 3]))
        dbias = () if bias is None else (dy.sum((0, 2, 3)),)
        return crop(_unwindow(dwindows, padded.shape, node)), dweight, *dbias

    return y, pull


def max_pool(x: Array, *, node: MaxPool) -> Result:
    """Largest element of each window; of equal ones the first gets the gradient."""
    padded, crop = _pad(x, node, -np.inf)
    windows = _windows(padded, node)
    flat = windows.reshape(*windows.shape[:4], -1)
    first = flat.argmax(-1)

    def pull(dy: Array) -> tuple[Array, ...]:
        chosen = np.arange(flat.shape[-1]) == first[..., None]
        return (crop(_unwindow((dy[..., None] * chosen).reshape(windows.shape), padded.shape, node)),)

    return flat.max(-1), pull


def avg_pool(x: Array, *, node: AvgPool) -> Result:
    """Mean of each window, over all of its elements or only those of the image."""
    padded, crop = _pad(x, node, 0)
    inside, _ = _pad(np.ones_like(x), node, float(node.count_padding))
    count = _windows(inside, node).sum((4, 5))

    def pull(dy: Array) -> tuple[Array, ...]:
        dwindows = np.broadcast_to((dy / count)[..., None, None], (*dy.shape, *node.window[0]))
        return (crop(_unwindow(dwindows, padded.shape, node)),)

    return _windows(padded, node).sum((4, 5)) / count, pull


def global_avg_pool(x: Array) -> Result:
    """Mean over H and W, which stay as 1 x 1."""
    n = x.shape[2] * x.shape[3]
    return x.mean((2, 3), keepdims=True), lambda dy: (np.broadcast_to(dy / n, x.shape),)


def adaptive_avg_pool(x: Array, *, size: int) -> Result:
    """Means of size x size windows that cover the map (`common.table.padding.adaptive`)."""
    rows, columns = (adaptive(n, size) for n in x.shape[2:])
    cells = [(i, j, slice(*a), slice(*b)) for i, a in enumerate(rows) for j, b in enumerate(columns)]
    y = np.empty((*x.shape[:2], size, size))
    for i, j, a, b in cells:
        y[..., i, j] = x[..., a, b].mean((2, 3))

    def pull(dy: Array) -> tuple[Array, ...]:
        dx = np.zeros_like(x)
        for i, j, a, b in cells:
            dx[..., a, b] += dy[..., i, j, None, None] / x[0, 0, a, b].size
        return (dx,)

    return y, pull


def flatten(x: Array) -> Result:
    """N x (C·H·W), in the order C, H, W."""
    return x.reshape(len(x), -1), lambda dy: (dy.reshape(x.shape),)


def _neighbours(x: Array, size: int) -> Array:
    """Sum over the ``size`` channels around each one."""
    half = size // 2
    padded = np.pad(x, ((0, 0), (half, half), (0, 0), (0, 0)))
    return sliding_window_view(padded, size, axis=1).sum(-1)


def lrn(x: Array, *, node: LRN) -> Result:
    """x / s^beta with s = k + alpha/size · Σ x² over neighbouring channels."""
    s = node.k + node.alpha / node.size * _neighbours(x**2, node.size)
    y = x * s**-node.beta

    def pull(dy: Array) -> tuple[Array, ...]:
        through_s = _neighbours(dy * x * s ** (-node.beta - 1), node.size)
        return (dy * s**-node.beta - 2 * node.beta * node.alpha / node.size * x * through_s,)

    return y, pull


def batch_norm(x: Array, scale: Array, shift: Array, *, mean: Array | None, var: Array | None, eps: float) -> Result:
    """(x - mean) / sqrt(var + eps) · scale + shift; with no ``mean``, by the batch's own mean and biased variance."""
    axes, column = (0, 2, 3), (slice(None), None, None)
    by_batch = mean is None or var is None
    if mean is None or var is None:
        mean, var = x.mean(axes), x.var(axes)
    std = np.sqrt(var + eps)[column]
    normal = (x - mean[column]) / std

    def pull(dy: Array) -> tuple[Array, ...]:
        dscale, dshift = (dy * normal).sum(axes), dy.sum(axes)
        dnormal = dy * scale[column]
        if by_batch:  # the batch's mean and variance depend on x as well
            dnormal = dnormal - dnormal.mean(axes, keepdims=True)
            dnormal = dnormal - normal * (dnormal * normal).mean(axes, keepdims=True)
        return dnormal / std, dscale, dshift

    return normal * scale[column] + shift[column], pull


def relu(x: Array, *, y: Array | None = None) -> Result:
    """max(x, 0), with derivative 0 at 0; ``y`` stands in for the value if it is known already."""
    y = np.maximum(x, 0) if y is None else y
    return y, lambda dy: (dy * (y > 0),)


def dense(x: Array, weight: Array, bias: Array) -> Result:
    """x flattened in the order C, H, W, times weight (out, in) transposed, plus bias: N x out."""
    flat = x.reshape(len(x), -1)

    def pull(dy: Array) -> tuple[Array, ...]:
        return (dy @ weight).reshape(x.shape), dy.T @ flat, dy.sum(0)

    return flat @ weight.T + bias, pull


def concat(*xs: Array) -> Result:
    """Along the channels."""
    ends = np.cumsum([x.shape[1] for x in xs])
    return np.concatenate(xs, axis=1), lambda dy: tuple(np.split(dy, ends[:-1], axis=1))


def scaled_sum(body: Array, shortcut: Array, *, scale: float) -> Result:
    """shortcut + scale · body."""
    return shortcut + scale * body, lambda dy: (scale * dy, dy)


def cross_entropy(logits: Array, *, labels: Array, smoothing: float = 0.0) -> Result:
    """Mean over the images of -Σ q · log softmax(logits), q = 1 - ε + ε/K for the label, ε/K else; logits N x K."""
    shifted = logits - logits.max(1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    classes = logits.shape[1]
    q = smoothing / classes + (1 - smoothing) * (np.arange(classes) == np.asarray(labels)[:, None])

    def pull(dloss: Array | float) -> tuple[Array, ...]:
        return (dloss * (np.exp(log_p) - q) / len(labels),)

    return -(q * log_p).sum(1).mean(), pull
