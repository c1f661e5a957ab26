"""Random numbers that a seed and the number of an epoch decide, and nothing else."""

import numpy as np

HOLDING, EPOCHS = 0, 1  # streams of a seed: what is held out has its own; epoch e has EPOCHS + e


def draws(seed: int, stream: int, count: int) -> np.ndarray:
    """Four independent draws for each of ``count`` samples: 4 x count, uint64, of all 64 bits.

    They are the raw words of PCG64, which NumPy promises to keep; what its distributions make of them may change
    with a version, and a run that is resumed must not notice.
    """
    return np.random.PCG64([seed, stream]).random_raw(4 * count).reshape(4, count)
