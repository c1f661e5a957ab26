"""Whole and random numbers, and derivatives by steps: what hand-written gradients are tested with."""

import numpy as np

EPS = float(np.finfo(np.float64).eps)


def whole(*shape, seed=0, low=-9, high=9):
    return np.random.default_rng(seed).integers(low, high + 1, shape).astype(float)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def slope(f, x, v, size):
    """Derivative of ``f`` at ``x`` along ``v`` by steps h and h/2, and a bound on its error.

    The error of a central difference falls with h², so half a step is off by a third of what the two differ;
    round-off adds the spacing of ``size``, the sum of the magnitudes of f's terms, a few of them, over the step.
    """
    h = 1e-4
    wide, narrow = ((f(x + s * v) - f(x - s * v)) / (2 * s) for s in (h, h / 2))
    return narrow, abs(wide - narrow) + 16 * EPS * size / h


def check_pull(op, arguments, seed=1):
    """The pull of ``op`` is its derivative by every argument, along a random direction each."""
    y, pull = op(*arguments)
    dy = noise(*np.shape(y), seed=seed)
    pulled = pull(dy)
    assert len(pulled) == len(arguments)
    for i, gradient in enumerate(pulled):
        assert gradient.shape == arguments[i].shape
        v = noise(*gradient.shape, seed=seed + 1 + i)

        def along(x, i=i):
            return np.sum(dy * op(*arguments[:i], x, *arguments[i + 1 :])[0])

        expected, bound = slope(along, arguments[i], v, np.abs(dy * y).sum() + np.abs(dy).sum())
        assert bound < 1e-5 * abs(expected)  # else the test would be blind
        assert abs(np.sum(gradient * v) - expected) <= bound, i
