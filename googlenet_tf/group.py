"""A group of workers by TensorFlow's own collectives, and the statistics of a batch that they share."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from common.workers.group import JOINING, SECONDS, WorkerLost
from common.workers.meeting import meet, secret_of
from googlenet_tf.framework import keras, quiet, tf

if TYPE_CHECKING:
    from common.workers.environment import Place
    from common.workers.group import Group
    from googlenet_tf.net import Net

BITS = {4: np.int32, 8: np.int64}
WHERE = re.compile(r"Graph execution error|Detected at|\d+ root error|\s|$")  # lines of an error that do not say why


def join(place: Place, *, seconds: float = SECONDS) -> Collectives:
    """Come to the group that a place is in, once its other workers do; before TensorFlow has computed anything.

    Args:
        place: of this worker.
        seconds: time limit of each exchange; of coming together it is `common.workers.group.JOINING`.

    Raises:
        WorkerLost: the others did not come.
        InputError: the address is not to be had here.
    """
    return Collectives(place, seconds)


class Collectives:
    """A `common.workers.group.Group` by ``CollectiveReduceV2``, in the cluster of a MultiWorkerMirroredStrategy.

    Nothing is left to the strategy but its cluster: inside its scope optimizers would sum what is summed already.

    TensorFlow's server listens on all interfaces and knows no token: whoever can reach its port can disturb.
    """

    def __init__(self, place: Place, seconds: float):
        self.rank, self.size, self.limit, self.seconds = place.rank, place.size, seconds, 0.0
        self.keys: dict[tuple[object, ...], int] = {}
        self.traced = 0
        at = (place.host, place.port + place.listening)  # torchrun itself listens at the port
        addresses = meet(place.rank, place.size, at, _free_address, token=secret_of(place), seconds=JOINING)
        cluster = tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec({"worker": addresses}), task_type="worker", task_id=place.rank, rpc_layer="grpc"
        )
        with _told("the workers did not come together"), quiet():
            tf.distribute.MultiWorkerMirroredStrategy(cluster)
        with tf.device("/CPU:0"):
            # From when to when each sum within a step was under way: TensorFlow computes other paths meanwhile.
            self.spans = tf.Variable(np.zeros((0, 2)), trainable=False, shape=(None, 2))
        self.barrier(JOINING)

    def sum(self, array: np.ndarray) -> np.ndarray:
        """See `common.workers.group.Group.sum`; a ring adds up by an order that depends on the size alone."""
        return self._exchange(np.asarray(array), self.limit)

    def broadcast(self, array: np.ndarray) -> np.ndarray:
        """See `common.workers.group.Group.broadcast`: a sum of bits, of which only rank 0 has any that are set."""
        array = np.array(array, order="C")
        bits = array.reshape(-1).view(BITS[array.itemsize])
        told = self._exchange(bits if self.rank == 0 else 0 * bits, self.limit)
        return told.view(array.dtype).reshape(array.shape)

    def barrier(self, seconds: float | None = None) -> None:
        """See `common.workers.group.Group.barrier`."""
        self._exchange(np.zeros(1), seconds or self.limit)

    def close(self) -> None:
        """See `common.workers.group.Group.close`; TensorFlow leaves its cluster when the process ends."""

    def trace(self) -> None:
        """A step is about to be traced: its sums have the same keys in every trace, and in every worker."""
        self.traced = 0

    def add_up(self, x: tf.Tensor) -> tf.Tensor:
        """`sum` of a tensor within a step that is compiled; the next one of the step has the next key."""
        self.traced += 1
        with tf.control_dependencies([x]):
            began = tf.timestamp()
        with tf.control_dependencies([began]):
            total = self._reduce(x, self.traced, self.limit)
        with tf.control_dependencies([total]):
            self.spans.assign(tf.concat([self.spans, [[began, tf.timestamp()]]], 0))
        return total

    def _reduce(self, x: tf.Tensor, key: int, seconds: float) -> tf.Tensor:
        total = tf.raw_ops.CollectiveReduceV2(
            input=tf.reshape(x, [-1]),
            group_size=self.size,
            group_key=1,
            instance_key=key,
            ordering_token=[],
            merge_op="Add",
            final_op="Id",
            communication_hint="ring",
            timeout_seconds=float(seconds),
        )
        return tf.reshape(total, x.shape)

    def _exchange(self, array: np.ndarray, seconds: float) -> np.ndarray:
        """Sum arrays outside of a step. Each kind of array has a key of its own, below those of steps."""
        key = self.keys.setdefault((array.shape, array.dtype, seconds), -1 - len(self.keys))
        began = monotonic()
        with lost(self), tf.device("/CPU:0"):
            total = self._reduce(tf.convert_to_tensor(array), key, seconds).numpy()
            self.seconds += monotonic() - began + _covered(self.spans.numpy())
            self.spans.assign(np.zeros((0, 2)))
        return np.array(total)


def _covered(spans: np.ndarray) -> float:
    """The seconds that lie in any of several spans of time; where some overlap they count once.

    Args:
        spans: N x 2, the begin and the end of each, in any order.

    >>> _covered(np.array([[4.0, 5.0], [0.0, 2.0], [1.0, 3.0], [1.5, 1.75]])), _covered(np.zeros((0, 2)))
    (4.0, 0.0)
    """
    total, until = 0.0, -np.inf
    for begin, end in sorted(spans.tolist()):
        total += max(0.0, end - max(begin, until))
        until = max(until, end)
    return total


@contextmanager
def lost(group: Group) -> Iterator[None]:
    """What TensorFlow raises where a worker of a group is missing, as `WorkerLost`; of one worker alone as it is."""
    if group.size == 1:
        yield
        return
    with _told("another worker ended, hangs or cannot be reached"):
        yield


@contextmanager
def _told(line: str) -> Iterator[None]:
    errors = tf.errors
    missing = (errors.UnavailableError, errors.DeadlineExceededError, errors.AbortedError, errors.CancelledError)
    try:
        yield
    except (*missing, errors.InternalError, errors.UnknownError) as error:
        lines = [line for line in re.sub(r"\{\{.*?\}\} ", "", str(error)).splitlines() if not WHERE.match(line)]
        reason = (lines or [type(error).__name__])[0]
        raise WorkerLost(f"{line}: {reason:.120}") from error


def _free_address(host: str) -> str:
    """An address at which nobody listens yet, for TensorFlow's own server."""
    with socket.create_server((host, 0)) as server:
        return f"{host}:{server.getsockname()[1]}"


@contextmanager
def of_the_whole_batch(net: Net, group: Collectives, counted: tf.Tensor) -> Iterator[None]:
    """Let normalisations that are in training mode use the mean and variance over the images of all workers.

    Args:
        counted: 1 where the images of this worker count, and 0 where its share is empty and it is given others.
    """
    norms = [layer for layer in net._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    try:
        for norm in norms:
            norm.call = partial(normalised, norm, group=group, counted=tf.cast(counted, tf.float64))
        yield
    finally:
        for norm in norms:
            del norm.call


def normalised(
    norm: keras.layers.BatchNormalization,
    x: tf.Tensor,
    training: bool | None = None,
    mask: tf.Tensor | None = None,
    *,
    group: Collectives,
    counted: tf.Tensor,
) -> tf.Tensor:
    """What a normalisation makes of this worker's maps, N x H x W x C, by the statistics of the whole batch.

    Its moving statistics move as Keras' own do.
    """
    if not (training and norm.trainable):
        return type(norm).call(norm, x, training=training, mask=mask)
    y, mean, variance = _whole_batch(x, norm.gamma.value, norm.beta.value, norm.epsilon, group, counted)
    for moving, batch in ((norm.moving_mean, mean), (norm.moving_variance, variance)):
        old = tf.cast(moving.value, tf.float64)
        moving.assign(tf.cast(norm.momentum * old + (1 - norm.momentum) * batch, moving.dtype))
    return y


def _whole_batch(
    x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, eps: float, group: Collectives, counted: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """(y, the mean, the biased variance), by two sums going forward and one backward, all in float64.

    First sum and count, then the squared deviations from the mean: E[x²] − mean² would lose digits.
    """

    @tf.custom_gradient
    def normalise(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor):  # type: ignore[no-untyped-def]
        wide, scale, shift = (tf.cast(v, tf.float64) for v in (x, gamma, beta))
        size = tf.cast(tf.size(x[..., 0]), tf.float64)
        total = group.add_up(counted * tf.concat([tf.reduce_sum(wide, (0, 1, 2)), [size]], 0))
        n = total[-1]
        mean = total[:-1] / n
        centred = wide - mean
        variance = group.add_up(counted * tf.reduce_sum(centred * centred, (0, 1, 2))) / n
        inverse = tf.math.rsqrt(variance + eps)
        ideal = centred * inverse

        def slopes(slope: tf.Tensor, *_: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            """Of this worker's share; those of scale and shift are summed with all gradients of the step."""
            slope = tf.cast(slope, tf.float64)
            of_shift, of_scale = tf.reduce_sum(slope, (0, 1, 2)), tf.reduce_sum(slope * ideal, (0, 1, 2))
            means, along = tf.split(group.add_up(counted * tf.concat([of_shift, of_scale], 0)) / n, 2)
            of_x = counted * scale * inverse * (slope - means - ideal * along)
            return (
                tf.cast(of_x, x.dtype),
                tf.cast(counted * of_scale, gamma.dtype),
                tf.cast(counted * of_shift, beta.dtype),
            )

        return (tf.cast(ideal * scale + shift, x.dtype), mean, variance), slopes

    return normalise(x, gamma, beta)
