"""A group of workers by PyTorch's own engines, gloo and NCCL, and the statistics of a batch that they share."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import distributed, nn

from common.base.errors import InputError
from common.workers.group import JOINING, SECONDS, Group, WorkerLost
from googlenet_torch.nccl import Nccl, carries, require_own_gpu

if TYPE_CHECKING:
    from common.workers.environment import Place


def join(place: Place, *, seconds: float = SECONDS) -> Gloo:
    """Come to the group that a place is in, once its other workers do.

    Args:
        place: of this worker.
        seconds: time limit of each exchange; of coming together it is `common.workers.group.JOINING`.

    Raises:
        WorkerLost: the others did not come.
        InputError: the address is not to be had here.

    >>> from common.workers.environment import Place
    >>> group = join(Place(0, 1, "127.0.0.1", 0))
    >>> group.sum(np.array([1.0, 2.0]))
    array([1., 2.])
    """
    return Gloo(place, seconds)


class Gloo:
    """A `common.workers.group.Group` by torch.distributed, over the interface by which rank 0 is reached.

    Nothing of gloo listens on another interface. It knows no token: whoever can reach that interface can disturb.
    Tensors on GPUs go by NCCL, and everything else by gloo.
    """

    def __init__(self, place: Place, seconds: float):
        self.rank, self.size, self.limit, self.seconds = place.rank, place.size, seconds, 0.0
        self.nccl: Nccl | None = None
        own = _own_address(place)
        leading = place.rank == 0 and not place.listening
        self.listener = _listener(place) if leading else None
        port = self.listener.getsockname()[1] if self.listener else place.port
        with _told(f"the workers did not come together at {place.host}:{place.port}"):
            store = distributed.TCPStore(
                place.host,
                port,
                place.size,
                leading,
                timedelta(seconds=JOINING),
                wait_for_workers=False,
                master_listen_fd=self.listener.detach() if self.listener else None,
            )
            self.store = distributed.PrefixStore(f"googlenet/{place.attempt}", store)
            options = distributed.ProcessGroupGloo._Options()
            options._devices = [distributed.ProcessGroupGloo.create_device(hostname=own)]
            options._timeout = timedelta(seconds=JOINING)
            self.engine = distributed.ProcessGroupGloo(self.store, place.rank, place.size, options)
        self.barrier(JOINING)

    def sum(self, array: np.ndarray) -> np.ndarray:
        """See `common.workers.group.Group.sum`; gloo adds up by an order that depends on the size alone."""
        total = torch.from_numpy(np.array(array, order="C"))
        options = distributed.AllreduceOptions()
        options.reduceOp, options.timeout = distributed.ReduceOp.SUM, timedelta(seconds=self.limit)
        with self._exchange():
            self.engine.allreduce([total], options).wait()
        return total.numpy()

    def add_up(self, x: torch.Tensor) -> torch.Tensor:
        """`sum` of a tensor on a GPU, by NCCL.

        Raises:
            WorkerLost: a worker did not come within the time limit.
            InputError: two workers are on one GPU.
        """
        if self.nccl is None:
            require_own_gpu(self, self.store, x.device)
        torch.cuda.current_stream(x.device).synchronize()  # computing what is to be sent is no exchange
        with self._exchange():
            self.nccl = self.nccl or Nccl(self.store, self.rank, self.size, self.limit)
            return self.nccl.sum(x)

    def broadcast(self, array: np.ndarray) -> np.ndarray:
        """See `common.workers.group.Group.broadcast`."""
        told = torch.from_numpy(np.array(array, order="C"))
        options = distributed.BroadcastOptions()
        options.rootRank, options.timeout = 0, timedelta(seconds=self.limit)
        with self._exchange():
            self.engine.broadcast([told], options).wait()
        return told.numpy()

    def barrier(self, seconds: float | None = None) -> None:
        """See `common.workers.group.Group.barrier`."""
        options = distributed.AllreduceOptions()
        options.reduceOp, options.timeout = distributed.ReduceOp.SUM, timedelta(seconds=seconds or self.limit)
        with self._exchange():
            self.engine.allreduce([torch.zeros(1)], options).wait()

    @contextmanager
    def _exchange(self) -> Iterator[None]:
        began = monotonic()
        with _told("another worker ended, hangs or cannot be reached"):
            yield
        self.seconds += monotonic() - began

    def close(self) -> None:
        """See `common.workers.group.Group.close`."""
        if self.nccl is not None:
            self.nccl.close()
        del self.engine, self.store


@contextmanager
def _told(line: str) -> Iterator[None]:
    """What the engine raises, as `WorkerLost`."""
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        reason = re.sub(r"^\[\S+:\d+\] ", "", reason)  # where that is in its source
        raise WorkerLost(f"{line}: {reason:.120}") from error


def _listener(place: Place) -> socket.socket:
    """A socket on which rank 0 listens, on the interface of its address and on no other.

    Raises:
        InputError: the address is not one of this machine, or its port is taken.
    """
    try:
        return socket.create_server((place.host, place.port), backlog=2 * place.size)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"rank 0 cannot listen at {place.host:.80}:{place.port}: {reason}: choose another") from None


def _own_address(place: Place) -> str:
    """The address of this machine by which it reaches rank 0.

    Raises:
        InputError: there is no way to that host.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(place.host, place.port or 9, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(address)  # sends nothing
            return str(probe.getsockname()[0])
    except OSError as error:
        raise InputError(f"{place.host:.80}: no way to the host of rank 0: {error.strerror or error}") from None


@contextmanager
def of_the_whole_batch(net: nn.Module, group: Group, counted: bool) -> Iterator[None]:
    """Let normalisations that are in training mode use the mean and variance over the images of all workers.

    Args:
        counted: whether the images of this worker count; they do not where its share is empty and it is given others.
    """
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    try:
        for norm in norms:
            norm.forward = partial(normalised, norm, group=group, counted=counted)
        yield
    finally:
        for norm in norms:
            del norm.forward


def normalised(norm: nn.BatchNorm2d, x: torch.Tensor, *, group: Group, counted: bool) -> torch.Tensor:
    """What a normalisation makes of this worker's maps, N x C x H x W, by the statistics of the whole batch.

    Its moving statistics move as PyTorch's own do.
    """
    if not norm.training:
        return type(norm).forward(norm, x)
    y, mean, variance, n = WholeBatch.apply(x, norm.weight, norm.bias, norm.eps, group, counted)
    with torch.no_grad():
        momentum = norm.momentum
        norm.running_mean.mul_(1 - momentum).add_(mean.to(norm.running_mean), alpha=momentum)
        norm.running_var.mul_(1 - momentum).add_(variance.to(norm.running_var), alpha=momentum * n / (n - 1))
    return y


class WholeBatch(torch.autograd.Function):
    """Batch normalisation of a share, by mean and variance over all workers: two sums forward and one backward.

    First sum and count, then the squared deviations from the mean: E[x²] − mean² would lose digits.
    """

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float, group: Group, counted: bool
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, float]:
        """(y, the mean, the biased variance, elements per channel)."""
        wide = x.double()
        size = x.shape[0] * x.shape[2] * x.shape[3]
        *sums, n = _summed(group, counted, torch.cat([wide.sum((0, 2, 3)), wide.new_tensor([size])]))
        n = n.item()
        mean = torch.stack(sums) / n
        centred = wide - mean[:, None, None]
        variance = _summed(group, counted, (centred * centred).sum((0, 2, 3))) / n
        scale = (variance + eps).rsqrt()
        ideal = centred * scale[:, None, None]
        ctx.save_for_backward(x, mean, scale, weight)
        ctx.group, ctx.counted, ctx.n = group, counted, n
        ctx.set_materialize_grads(False)
        y = (ideal * weight.double()[:, None, None] + bias.double()[:, None, None]).to(x.dtype)
        ctx.mark_non_differentiable(mean, variance)
        return y, mean, variance, n

    @staticmethod
    def backward(ctx: Any, slope: torch.Tensor, *_: Any) -> tuple[torch.Tensor | None, ...]:
        """Slopes of this worker's share; those of weight and bias are summed with all gradients of the step."""
        x, mean, scale, weight = ctx.saved_tensors
        wide, slope = x.double(), slope.double()
        ideal = (wide - mean[:, None, None]) * scale[:, None, None]
        of_bias, of_weight = slope.sum((0, 2, 3)), (slope * ideal).sum((0, 2, 3))
        totals = _summed(ctx.group, ctx.counted, torch.cat([of_bias, of_weight])) / ctx.n
        means, along = totals.chunk(2)
        of_x = (slope - means[:, None, None] - ideal * along[:, None, None]) * (weight.double() * scale)[:, None, None]
        slopes = (of_x.to(x.dtype), of_weight.to(weight.dtype), of_bias.to(weight.dtype))
        return (*(ctx.counted * slope for slope in slopes), None, None, None)


def _summed(group: Group, counted: bool, x: torch.Tensor) -> torch.Tensor:
    """The sum of a small tensor over the workers, in float64."""
    return total(group, counted * x.detach())


def total(group: Group, x: torch.Tensor) -> torch.Tensor:
    """The sum of a tensor over the workers, on its device. By NCCL where that carries it, else by the processor."""
    if isinstance(group, Gloo) and carries(x):
        return group.add_up(x)
    return torch.from_numpy(group.sum(x.cpu().numpy())).to(x)
