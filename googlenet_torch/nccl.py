"""Sums over workers of tensors on GPUs: NCCL carries the numbers, and workers add them up in the order of ranks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

import numpy as np
import torch
from torch import distributed

from common.base.errors import InputError
from common.workers.group import JOINING, Group


def carries(x: torch.Tensor) -> bool:
    """Whether NCCL carries this tensor: one on a GPU, where PyTorch is built with it.

    >>> carries(torch.zeros(2))
    False
    """
    return x.is_cuda and distributed.is_nccl_available()


def require_own_gpu(group: Group, store: distributed.Store, device: torch.device) -> None:
    """Require that no other worker of a group is on the same GPU; all of them ask at once.

    Args:
        store: that the workers share.
        device: of this worker.

    Raises:
        InputError: two are, in all workers.
    """
    identity = torch.cuda.get_device_properties(device).uuid
    shared = store.add(f"gpu {identity}", 1) > 1
    if group.sum(np.array([float(shared)])).item():
        raise InputError("several workers are on one GPU: LOCAL_RANK or SLURM_LOCALID tells each which is its own")


class Nccl:
    """The engine of the workers' GPUs, one each; all workers make one at once.

    NCCL itself tells nothing of a worker that is gone, so that every wait has a limit here.
    """

    def __init__(self, store: distributed.Store, rank: int, size: int, limit: float):
        self.size, self.limit = size, limit
        options = distributed.ProcessGroupNCCL.Options()
        options._timeout = timedelta(seconds=JOINING + limit)  # after it PyTorch ends the process; ours comes before
        self.engine = distributed.ProcessGroupNCCL(distributed.PrefixStore("nccl", store), rank, size, options)

    def sum(self, x: torch.Tensor) -> torch.Tensor:
        """The sum of a tensor over the workers, on its GPU.

        Raises:
            RuntimeError: another worker did not come within the time limit, or NCCL failed.
        """
        return in_order(self.engine, x, self.size, self._done)

    def _done(self, exchange: Any) -> None:
        until = monotonic() + self.limit
        while not exchange.is_completed():
            if monotonic() > until:
                raise RuntimeError(f"no answer by NCCL for {self.limit:.0f} seconds")
        exchange.wait()  # what follows on this GPU comes after it; raises what NCCL met

    def close(self) -> None:
        """Leave, without a wait for others who may be gone."""
        self.engine.abort()


def in_order(engine: Any, x: torch.Tensor, size: int, done: Callable[[Any], None]) -> torch.Tensor:
    """The sum of a tensor over the workers: each adds up a piece of it in the order of ranks, and tells all of it.

    So the order depends on neither the machines nor the engine, and each sends no more than by a ring.

    Args:
        engine: of torch.distributed.
        size: how many workers there are.
        done: waits for an exchange of the engine.
    """
    pieces = x.new_zeros(size, -(-x.numel() // size))
    pieces.view(-1)[: x.numel()] = x.reshape(-1)
    told = torch.empty_like(pieces)
    done(engine.alltoall_base(told, pieces, [], []))
    total, *others = told
    for other in others:
        total += other
    done(engine._allgather_base(pieces.view(-1), total))
    return pieces.view(-1)[: x.numel()].view(x.shape)
