"""What a step of training costs on many workers, by arithmetic: computing, exchanging gradients, and statistics.

The model knows the table and a few numbers of the machines, which it does not measure. docs/scaling.md compares it with
what was measured, and goes on from there.

Times are seconds, sizes bytes. All workers send and receive at once, each over a link of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, log2, sqrt
from typing import NamedTuple

from common.base.errors import InputError
from common.table.analysis import Table
from common.table.memory import BYTES, to_train

PASSES = 3  # products of a step for each of a forward pass: that pass, the slopes of the inputs and of the weights
BACKWARD = (PASSES - 1) / PASSES  # of the time of a step, during which gradients become known


@dataclass(frozen=True)
class Link:
    """What one worker sends over.

    Attributes:
        bandwidth: bytes a second, one way.
        latency: seconds until the first byte of a message is there, with all that software adds.

    Raises:
        InputError: a bandwidth that is not above 0, or a latency below 0.

    >>> Link(bandwidth=1e9, latency=1e-4).seconds(1e6)
    0.0011
    """

    bandwidth: float
    latency: float

    def __post_init__(self) -> None:
        if not (self.bandwidth > 0 and self.latency >= 0):
            raise InputError("a link has a bandwidth above 0 and a latency of at least 0")

    def seconds(self, size: float) -> float:
        """How long one message of ``size`` bytes takes."""
        return self.latency + size / self.bandwidth


def ring(workers: int, size: float, link: Link) -> float:
    """Seconds to sum ``size`` bytes over a ring, so that every worker has the sum.

    The bytes are cut into as many pieces as there are workers. Each piece goes round twice: once to be added up, once
    to be known. What a worker sends hardly grows with their number; the number of messages behind each other does.

    Patarasuk & Yuan 2009, "Bandwidth optimal all-reduce algorithms for clusters of workstations".

    >>> ring(4, 4e6, Link(bandwidth=1e9, latency=0.0))
    0.006
    """
    return 2 * (workers - 1) * link.seconds(size / workers)


def tree(workers: int, size: float, link: Link) -> float:
    """Seconds to sum ``size`` bytes up a binary tree and tell the sum down again, in one piece.

    Few messages are behind each other, so it is for small sizes; NCCL cuts large ones in pieces that follow each other.

    >>> tree(8, 0.0, Link(bandwidth=1e9, latency=0.5))
    3.0
    """
    return 2 * ceil(log2(workers)) * link.seconds(size)


@dataclass(frozen=True)
class Cluster:
    """Machines alike, with so many workers in each.

    Attributes:
        per_machine: workers in a machine.
        inside: the link of a worker to others of its machine.
        between: its link to the other machines.

    Raises:
        InputError: fewer than one worker a machine.
    """

    per_machine: int
    inside: Link
    between: Link

    def __post_init__(self) -> None:
        if self.per_machine < 1:
            raise InputError(f"a machine has at least one worker, not {self.per_machine!r}")

    def exchange(self, workers: int, size: float) -> float:
        """Seconds until every worker has the sum of ``size`` bytes.

        The workers of a machine add up by a ring, then each sums its part with those of the other machines, by a ring
        or a tree, whichever is faster, and then the machine shares the parts.

        >>> cluster = Cluster(8, inside=Link(1e11, 1e-6), between=Link(1e10, 1e-5))
        >>> cluster.exchange(1, 1e6), cluster.exchange(8, 8e6) == ring(8, 8e6, cluster.inside)
        (0.0, True)
        """
        here = min(self.per_machine, workers)
        machines = ceil(workers / self.per_machine)
        within = min(ring(here, size, self.inside), tree(here, size, self.inside))
        return within + min(ring(machines, size / here, self.between), tree(machines, size / here, self.between))


class Traffic(NamedTuple):
    """What is summed over the workers in one step.

    Attributes:
        gradients: bytes of the gradients of all parameters and of the loss, in one sum.
        statistics: bytes of each sum that batch statistics over all workers need, one behind the other.
    """

    gradients: int
    statistics: tuple[int, ...]


def traffic(table: Table, dtype: str = "float32") -> Traffic:
    """What a step of training sums, by the rule of docs/workers.md.

    A normalisation of C channels sums C numbers for the mean and C for the variance going forward, and 2 C backward.

    Args:
        table: a resolved table, with its heads.
        dtype: that the net is trained in; of bfloat16 too the weights and sums are float32.

    >>> from common import nets
    >>> traffic(nets.get("d2l"))
    Traffic(gradients=23910124, statistics=())
    >>> len(traffic(nets.get("inception_v3")).statistics)  # 96 layers
    288
    """
    number = BYTES[dtype]
    channels = [table.layers[layer].output[0] for layer in table.norms]
    forward = [number * c for c in channels for _ in range(2)]
    backward = [number * 2 * c for c in reversed(channels)]
    return Traffic(number * (table.layers.totals().params + 1), (*forward, *backward))


class Step(NamedTuple):
    """Where the time of a step goes, in seconds.

    Attributes:
        computing: what one worker takes for its share of the batch, alone.
        gradients: their exchange, as far as computing does not hide it.
        statistics: the exchanges of batch statistics: the next layer waits for each.
    """

    computing: float
    gradients: float
    statistics: float

    @property
    def seconds(self) -> float:
        """The whole step."""
        return sum(self)

    @property
    def efficiency(self) -> float:
        """Images a second and worker, beside those of one worker alone.

        >>> Step(computing=0.5, gradients=0.25, statistics=0.25).efficiency
        0.5
        """
        return self.computing / self.seconds


def exposed(exchange: float, backward: float, buckets: int) -> float:
    """Seconds that a step waits for the exchange of gradients.

    They are sent in so many equal parts, each as soon as the backward pass has its part, one behind the other. With
    one bucket, which is what the engines here do, nothing is hidden.

    Li et al. 2020, "PyTorch Distributed: Experiences on Accelerating Data Parallel Training", section 3.2.

    >>> exposed(0.4, 1.0, buckets=1), exposed(0.4, 1.0, buckets=8), exposed(4.0, 1.0, buckets=4)
    (0.4, 0.05, 3.25)
    """
    if buckets < 1:
        raise InputError(f"the gradients are sent in at least one part, not {buckets!r}")
    return max(exchange / buckets, exchange - backward * (buckets - 1) / buckets)


def compute_seconds(table: Table, batch: int, flops: float) -> float:
    """Seconds of one worker for a step on ``batch`` images, without any exchange.

    Args:
        flops: operations a second that it does in training, of the two of each multiply-add.

    >>> from common import nets
    >>> compute_seconds(nets.get("d2l"), batch=64, flops=1e11)  # 64 images of 0.276 GMAC
    1.06...
    """
    return PASSES * 2 * table.layers.totals().macs * batch / flops


def step(
    table: Table,
    workers: int,
    cluster: Cluster,
    *,
    computing: float,
    buckets: int = 1,
    local_statistics: bool = False,
    dtype: str = "float32",
) -> Step:
    """What a step costs on so many workers.

    Args:
        computing: seconds of one worker for its share, measured or by `compute_seconds`.
        buckets: see `exposed`.
        local_statistics: whether each worker normalises by its own share, which is another function.

    Raises:
        InputError: fewer than one worker or bucket.

    >>> from common import nets
    >>> cluster = Cluster(1, inside=Link(1e10, 0.0), between=Link(1e9, 5e-5))
    >>> step(nets.get("d2l"), 2, cluster, computing=0.9)
    Step(computing=0.9, gradients=0.024..., statistics=0)
    """
    if workers < 1:
        raise InputError(f"there is at least one worker, not {workers!r}")
    sums = traffic(table, dtype)
    exchange = cluster.exchange(workers, sums.gradients)
    waited = 0 if local_statistics else sum(cluster.exchange(workers, size) for size in sums.statistics)
    return Step(computing, exposed(exchange, computing * BACKWARD, buckets), waited)


def largest_share(table: Table, memory: float, dtype: str = "float32") -> int:
    """How many images a step on one worker may have, by `common.table.memory.to_train`; 0 where none fits.

    >>> from common import nets
    >>> largest_share(nets.get("inception_v3"), memory=80e9)
    630
    """
    none, one = (to_train(table, table.input, batch, dtype) for batch in (0, 1))
    return max(0, int((memory - none) // (one - none)))


def slowest(workers: int, spread: float) -> float:
    """By how much of a step the slowest of the workers is behind the mean, and so all of them: a bound.

    The times of the workers are taken as normal and independent; the greatest of n is then at most √(2 ln n) times
    their standard deviation above the mean, on average (Boucheron, Lugosi & Massart 2013, section 2.5).

    Args:
        spread: standard deviation of one worker's time, as a share of a step.

    >>> round(slowest(1024, spread=0.02), 4)
    0.0745
    """
    return spread * sqrt(2 * log(workers))


def checkpoint_every(workers: int, write: float, between_failures: float) -> float:
    """Seconds between checkpoints with which the least time is lost to writing them and to doing steps again.

    Young 1974, "A first order approximation to the optimum checkpoint interval".

    Args:
        write: seconds that a checkpoint takes.
        between_failures: mean seconds until one worker fails, of each by itself.

    >>> round(checkpoint_every(1024, write=2.0, between_failures=5e8))  # 5e8 s: 16 years
    1398
    """
    return sqrt(2 * write * between_failures / workers)
