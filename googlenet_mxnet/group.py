"""A group of workers for MXNet by PyTorch's gloo, and the statistics of a batch that they share.

MXNet's own parameter server sums in float32 whatever the arrays are: 1/3 + 1/7 is 3e-8 off, and the weights after five
steps 5.5e-8. It cannot keep the rule of docs/workers.md, so the sums go another declared way, which needs PyTorch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from common.base.errors import MissingBackend, MissingLibrary
from common.contract.backend import load
from common.workers.group import SECONDS
from googlenet_mxnet.framework import mx, nn
from googlenet_mxnet.run import array

if TYPE_CHECKING:
    from common.workers.environment import Place
    from common.workers.group import Group
    from googlenet_mxnet.net import Net


def join(place: Place, *, seconds: float = SECONDS) -> Group:
    """Come to the group that a place is in, once its other workers do.

    Args:
        place: of this worker.
        seconds: time limit of each exchange; of coming together it is `common.workers.group.JOINING`.

    Raises:
        MissingLibrary: PyTorch is not installed.
        WorkerLost: the others did not come.
        InputError: the address is not to be had here.
    """
    try:
        engine = load("torch")
    except MissingBackend:
        raise MissingLibrary(
            "several workers with MXNet need PyTorch, whose gloo adds up what MXNet's parameter server rounds to "
            "float32: pip install 'googlenet[torch]'"
        ) from None
    return engine.join(place, seconds=seconds)


class WholeBatch:
    """The normalisations of one step, by mean and variance over the images of all workers.

    Each hands a number, which is always 0, on to the next: backward passes then come in the reverse order in all
    workers, where MXNet would begin them in any, and exchanges of different layers would meet.

    Args:
        counted: whether the images of this worker count; they do not where its share is empty and it is given others.
    """

    def __init__(self, group: Group, counted: bool):
        self.group, self.counted = group, float(counted)
        self.turn = mx.nd.zeros(1)
        self.turn.attach_grad()

    def sum(self, *arrays: mx.nd.NDArray | float) -> np.ndarray:
        """The sum over the workers of small arrays in a row, in float64."""
        flat = [np.atleast_1d(array(x) if isinstance(x, mx.nd.NDArray) else x) for x in arrays]
        return self.group.sum(self.counted * np.concatenate(flat).astype(np.float64))

    def normalised(self, norm: nn.BatchNorm, x: mx.nd.NDArray) -> mx.nd.NDArray:
        """What a normalisation makes of this worker's maps, N x C x H x W; its moving statistics move by the rule."""
        function = Normalise(self, norm._kwargs["eps"])
        y, self.turn = function(x, norm.gamma.data(), norm.beta.data(), self.turn)
        keep = norm._kwargs["momentum"]
        with mx.autograd.pause():
            for moving, batch in ((norm.running_mean, function.mean), (norm.running_var, function.variance)):
                old = array(moving.data()).astype(np.float64)
                moving.set_data(mx.nd.array(keep * old + (1 - keep) * batch, dtype=moving.dtype))
        return y


class Normalise(mx.autograd.Function):
    """Batch normalisation of a share: two sums going forward and one backward, all in float64.

    First sum and count, then the squared deviations from the mean: E[x²] − mean² would lose digits.
    """

    def __init__(self, step: WholeBatch, eps: float):
        super().__init__()
        self.step, self.eps = step, eps

    def forward(
        self, x: mx.nd.NDArray, gamma: mx.nd.NDArray, beta: mx.nd.NDArray, turn: mx.nd.NDArray
    ) -> tuple[mx.nd.NDArray, mx.nd.NDArray]:
        """(y, whose turn is next)."""
        wide = x.astype("float64")
        *sums, n = self.step.sum(wide.sum((0, 2, 3)), x.shape[0] * x.shape[2] * x.shape[3])
        self.n, self.mean = n, np.array(sums) / n
        centred = wide - _over(self.mean)
        self.variance = self.step.sum((centred * centred).sum((0, 2, 3))) / n
        inverse = 1 / np.sqrt(self.variance + self.eps)
        self.ideal, self.factor = centred * _over(inverse), _over(array(gamma).astype(np.float64) * inverse)
        y = centred * self.factor + _over(array(beta))
        return y.astype(x.dtype), mx.nd.zeros_like(turn)

    def backward(self, slope: mx.nd.NDArray, turn: mx.nd.NDArray) -> tuple[mx.nd.NDArray, ...]:
        """Slopes of this worker's share; those of scale and shift are summed with all gradients of the step."""
        counted, wide = self.step.counted, slope.astype("float64")
        of_shift, of_scale = wide.sum((0, 2, 3)), (wide * self.ideal).sum((0, 2, 3))
        means, along = (_over(total / self.n) for total in np.split(self.step.sum(of_shift, of_scale), 2))
        of_x = counted * (wide - means - self.ideal * along) * self.factor
        slopes = (of_x, counted * of_scale, counted * of_shift)
        return (*(s.astype(slope.dtype) for s in slopes), mx.nd.zeros_like(turn))


def _over(channels: np.ndarray) -> mx.nd.NDArray:
    """Numbers of channels in float64, to be computed with maps N x C x H x W."""
    return mx.nd.array(channels.reshape(1, -1, 1, 1), dtype="float64")


@contextmanager
def of_the_whole_batch(net: Net, group: Group, counted: bool) -> Iterator[None]:
    """Let normalisations that do not stand still use the mean and variance over the images of all workers.

    The net is to be computed without compiling it: a compiled graph has no place for an exchange.
    """
    step, norms = WholeBatch(group, counted), []
    net.apply(lambda block: norms.append(block) if isinstance(block, nn.BatchNorm) else None)
    moving = [norm for norm in norms if not norm._kwargs["use_global_stats"]]
    try:
        for norm in moving:
            norm.forward = lambda x, norm=norm: step.normalised(norm, x)
        yield
    finally:
        for norm in moving:
            del norm.forward
