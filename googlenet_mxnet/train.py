"""Training a Gluon net by the one rule of docs/training.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from common.base.errors import InputError
from common.contract.freezing import frozen, still_norms
from common.contract.inputs import plain
from common.contract.loss import check_batch, targets
from common.contract.moving import corrections
from common.table.tensors import check, decays
from common.workers.group import Alone
from common.workers.shares import counted, seed_of, whole
from googlenet_mxnet.adam import Adam
from googlenet_mxnet.framework import mx
from googlenet_mxnet.group import of_the_whole_batch
from googlenet_mxnet.layers import MOVING
from googlenet_mxnet.learning import learning
from googlenet_mxnet.run import array, loss_of, tensor
from googlenet_mxnet.weights import tensors

if TYPE_CHECKING:
    from common.contract.recipe import Recipe
    from common.workers.group import Group
    from googlenet_mxnet.net import Net


class SGD(mx.optimizer.Optimizer):
    """Momentum as MXNet's own ``sgd`` and ``nag`` have it; those keep rate and momentum in float32, whatever the net.

    Attributes:
        velocities: by the position of the parameter, once it has moved.
    """

    def __init__(self, momentum: float, nesterov: bool):
        super().__init__(learning_rate=1.0)
        self.momentum, self.nesterov = momentum, nesterov
        self.velocities: dict[int, mx.nd.NDArray | None] = {}

    def create_state(self, index: int, weight: mx.nd.NDArray) -> mx.nd.NDArray | None:
        """The velocity of the parameter at a position, 0 at first; None where there is no momentum."""
        # `update` gets classic arrays, also after npx.set_np().
        return self.velocities.setdefault(index, 0 * weight.as_nd_ndarray() if self.momentum else None)

    def update(self, index: int, weight: mx.nd.NDArray, grad: mx.nd.NDArray, state: mx.nd.NDArray | None) -> None:
        """Move a parameter and its velocity, in place."""
        step = -self.lr * grad
        if state is not None:
            state[:] = self.momentum * state + step
            step = self.momentum * state + step if self.nesterov else state
        weight += step


def trained(net: Net, freeze: str) -> dict[str, mx.gluon.Parameter]:
    """Canonical name to each parameter that is trained; what a recipe freezes has no gradients any more.

    So is what was frozen before, by ``grad_req``.
    """
    names = frozen(net.table, freeze)
    for name, parameter in tensors(net).items():
        if name in names:
            parameter.grad_req = "null"
    return {name: parameter for name, parameter in tensors(net).items() if parameter.grad_req != "null"}


class Trainer:
    """Steps of stochastic gradient descent, or Adam, on a net, in place.

    Args:
        net: of `build_net`; it learns in the dtype it was built in.
        recipe: how to train: the rule is that of docs/training.md. What it freezes stays marked as frozen in the net.
        bfloat16: MXNet 1.9.1 trains in float32 and float64 only.
        group: the workers that make each step together, of `googlenet_mxnet.group.join`; None is this process alone.

    Attributes:
        DTYPES: what the framework trains in.

    Raises:
        InputError: bfloat16.

    >>> import numpy as np
    >>> from common.contract.recipe import Recipe
    >>> from googlenet_mxnet import build_net
    >>> trainer = Trainer(build_net("d2l", seed=0), Recipe(lr=0.01))
    >>> loss, right = trainer.step(np.zeros((2, 1, 32, 32)), np.array([0, 1]), lr=0.01, seed=0)
    """

    DTYPES = ("float32", "float64")

    def __init__(self, net: Net, recipe: Recipe, *, bfloat16: bool = False, group: Group | None = None):
        if bfloat16:
            raise InputError("MXNet 1.9.1 does not train in bfloat16: the choices are float32 and float64")
        self.net, self.recipe = net, recipe
        self.group = Alone() if group is None else group
        self.parameters = trained(net, recipe.freeze)
        self.still = still_norms(net.table, self.parameters)
        for layer, norm in ((layer, attrgetter(f"{layer}.norm")(net)) for layer in net.table.norms):
            norm._kwargs["use_global_stats"] = layer in self.still
        self.adam = Adam(self.parameters, recipe) if recipe.adaptive else None
        self.optimizer = SGD(recipe.momentum, recipe.nesterov)
        self.trainer = mx.gluon.Trainer(list(self.parameters.values()), self.optimizer)
        together = self.group.size > 1 and len(self.still) < len(net.table.norms)  # exchanges have no place in graphs
        self.learning = learning(net)
        self.learning.hybridize(not together, static_alloc=True, static_shape=True)

    def step(self, x: np.ndarray, y: np.ndarray, *, lr: float, seed: int) -> tuple[float, int]:
        """One step on a batch: forward, backward, descend. Returns (loss before the step, right answers).

        Args:
            x: images, N x C x H x W; in a group this worker's share, which may be empty.
            y: the class of each image, N whole numbers.
            lr: the learning rate of this step, and of no other.
            seed: dropout follows from it and from nothing else.

        Raises:
            InputError: a batch that `common.contract.loss.check_batch` refuses, or a label that is no class. The net is
                then as it was.
            WorkerLost: another worker of the group did not come.
        """
        count = whole(self.group, x)
        x, y, share = counted(x, y, count)
        check_batch(self.net.table, x, y, training=True, count=count)
        distributions = targets(y, self.net.table.num_classes, self.recipe.label_smoothing)
        statistics, moving = tensors(self.net), {}
        if self.group.size == 1:  # several workers move the statistics by the rule
            moving = corrections(self.net.table, x.shape, MOVING, self.still)
        with self.seeded(seed_of(seed, self.group.rank)), mx.autograd.pause():
            before = {name: statistics[name].data().copy() for name in moving}
            wanted = tensor(self.net, distributions)
            loss, logits = self.learn(tensor(self.net, x), wanted, lr, share)
            for name, (a, b) in moving.items():
                statistics[name].set_data(a * statistics[name].data() + b * before[name])
        right = (share > 0) * (array(logits).argmax(1) == y).sum()
        total = self.group.sum(np.array([share * array(loss).item(), right]))
        return float(total[0]), int(total[1])

    @contextmanager
    def seeded(self, seed: int) -> Iterator[None]:
        """Dropout draws what follows from ``seed``; MXNet's random numbers cannot be put back."""
        mx.random.seed(seed)
        yield

    def learn(
        self, x: mx.nd.NDArray, wanted: mx.nd.NDArray, lr: float, share: float
    ) -> tuple[mx.nd.NDArray, mx.nd.NDArray]:
        """Forward, backward and descend; returns what `forward` does.

        Args:
            share: of the whole batch, how much these images are.
        """
        loss, logits = self.forward(x, wanted, counted=share > 0)
        for parameter in self.parameters.values():
            if parameter.grad_req == "add":
                parameter.zero_grad()
        with mx.autograd.record():
            of_share = loss if self.group.size == 1 else share * loss
        of_share.backward()
        gradients = {name: p.grad() for name, p in self.parameters.items()}
        self.descend(self.summed(gradients), lr)
        return loss, logits

    def summed(self, gradients: dict[str, mx.nd.NDArray]) -> dict[str, mx.nd.NDArray]:
        """The same gradients, each changed in place to its sum over the workers; exchanged as one flat array."""
        if self.group.size == 1:
            return gradients
        total = self.group.sum(np.concatenate([array(g).ravel() for g in gradients.values()]))
        ends = np.cumsum([g.size for g in gradients.values()])
        for g, part in zip(gradients.values(), np.split(total, ends[:-1]), strict=True):
            g[:] = part.reshape(g.shape)
        return gradients

    def forward(self, x: mx.nd.NDArray, wanted: mx.nd.NDArray, *, counted: bool) -> tuple[mx.nd.NDArray, mx.nd.NDArray]:
        """(loss, logits of the classifier) in training mode, of images and the distributions to learn, N x K.

        Args:
            counted: whether these images count in the statistics of the whole batch.
        """
        together = nullcontext() if self.group.size == 1 else of_the_whole_batch(self.learning, self.group, counted)
        with together, mx.autograd.record():
            return loss_of(self.net, self.learning(x), wanted)

    def descend(self, gradients: dict[str, mx.nd.NDArray], lr: float) -> None:
        """Clip the gradients together, decay, and let the optimizer step."""
        self.trainer.allreduce_grads()
        if self.recipe.clip is not None:
            # The squares of float32 may be beyond it; and MXNet takes ten times as long for their sum as NumPy.
            length = sum((array(g).astype("float64") ** 2).sum() for g in gradients.values()) ** 0.5
            scale = self.recipe.clip / max(length, self.recipe.clip)
            for g in gradients.values():
                g *= scale
        for name, g in gradients.items():
            if self.recipe.weight_decay and decays(name):
                if self.recipe.decoupled:
                    weight = self.parameters[name].data()
                    weight *= 1 - lr * self.recipe.weight_decay
                    continue
                g += self.recipe.weight_decay * self.parameters[name].data()
        if self.adam:
            self.adam.step(gradients, lr)
            return
        self.trainer.set_learning_rate(lr)
        self.trainer.update(1)

    def velocities(self) -> dict[str, np.ndarray]:
        """Copies of what a step changes beside the weights, named as in `common.contract.protocols.Trainer`."""
        return {name: array(v) for name, v in self.momentums().items()}

    def set_velocities(self, velocities: Mapping[str, np.ndarray]) -> None:
        """Restore what `velocities` returned.

        Raises:
            InputError: a velocity is missing, extra or misshapen; names it.
        """
        own = self.momentums()
        check(velocities, {name: v.shape for name, v in own.items()}, "velocities")
        for name, velocity in velocities.items():
            own[name][:] = plain(velocity, own[name].dtype)

    def momentums(self) -> dict[str, mx.nd.NDArray]:
        """The optimizer's velocity of each parameter, by its canonical name. Or `Adam.state`.

        None where there is no momentum.
        """
        if self.adam:
            return self.adam.state()
        if not self.recipe.momentum:
            return {}
        parameters = enumerate(self.parameters.items())
        return {name: self.optimizer.create_state(i, p.data()) for i, (name, p) in parameters}
