"""Training a Keras net by the one rule of docs/training.md."""

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
from common.table.tensors import check, decays
from common.workers.group import Alone
from common.workers.shares import counted, seed_of, whole
from googlenet_tf.adam import Adam
from googlenet_tf.device import on_device
from googlenet_tf.framework import keras, tf
from googlenet_tf.group import lost, of_the_whole_batch
from googlenet_tf.layers import Dropout
from googlenet_tf.learning import learning
from googlenet_tf.run import array, loss_of, tensor
from googlenet_tf.weights import TO_KERAS, tensors, to_canonical

if TYPE_CHECKING:
    from common.contract.recipe import Recipe
    from googlenet_tf.group import Collectives
    from googlenet_tf.net import Net


@contextmanager
def computing_in(net: Net, policy: str | keras.DTypePolicy) -> Iterator[None]:
    """The net with all its layers computing by the dtype policy ``policy``; afterwards as they were."""
    layers = net._flatten_layers()
    before = [(layer, layer.dtype_policy) for layer in layers]
    try:
        for layer, _ in before:
            layer.dtype_policy = policy
        yield
    finally:
        for layer, own in before:
            layer.dtype_policy = own


def trained(net: Net, freeze: str) -> dict[str, keras.Variable]:
    """Canonical name to each parameter that is trained; what a recipe freezes is no longer trainable.

    So is what was frozen before, by ``trainable``.
    """
    names = frozen(net.table, freeze)
    for name, variable in tensors(net).items():
        if name in names:
            variable.trainable = False
    return {name: variable for name, variable in tensors(net).items() if variable.trainable}


class Trainer:
    """Steps of stochastic gradient descent, or Adam, on a net, in place.

    Keras moves the statistics by the rule on its own.

    Args:
        net: of `build_net`; it learns in the dtype it was built in.
        recipe: how to train: the rule is that of docs/training.md. What it freezes stays marked as frozen in the net.
        bfloat16: compute in it what may be; weights and sums stay in float32.
        group: the workers that make each step together, of `googlenet_tf.group.join`; None is this process alone.

    Attributes:
        DTYPES: what the framework trains in.

    Raises:
        InputError: bfloat16 for a net that is not in float32.

    >>> import numpy as np
    >>> from common.contract.recipe import Recipe
    >>> from googlenet_tf import build_net
    >>> trainer = Trainer(build_net("d2l", seed=0), Recipe(lr=0.01))
    >>> loss, right = trainer.step(np.zeros((2, 1, 32, 32)), np.array([0, 1]), lr=0.01, seed=0)
    """

    DTYPES = ("float32", "float64", "bfloat16")

    def __init__(self, net: Net, recipe: Recipe, *, bfloat16: bool = False, group: Collectives | None = None):
        if bfloat16 and net.variable_dtype != "float32":
            raise InputError("bfloat16 is for the products of a net in float32: its weights and sums stay there")
        self.net, self.recipe = net, recipe
        self.group = Alone() if group is None else group
        self.several = group if group is not None and group.size > 1 else None
        self.policy = "mixed_bfloat16" if bfloat16 else net.dtype_policy
        self.parameters = trained(net, recipe.freeze)
        self.still = still_norms(net.table, self.parameters)
        for layer in self.still:
            attrgetter(f"{layer}.norm")(net).trainable = False
        # Keras keeps its learning rate in float32, whatever the net: so it is given the gradient times the learning
        # rate, and its own rate is 1. A momentum that is no NumPy number would go through float32 as well.
        self.optimizer = keras.optimizers.SGD(1.0, momentum=np.float64(recipe.momentum), nesterov=recipe.nesterov)
        with on_device(net):
            self.adam = Adam(self.parameters, recipe) if recipe.adaptive else None
            self.optimizer.build(list(self.parameters.values()))
        self.compiled = tf.function(self.learn, autograph=False)

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
        with self.seeded(seed_of(seed, self.group.rank)), on_device(self.net), lost(self.group):
            wanted = tensor(self.net, distributions)
            rate, part = tensor(self.net, np.array(lr)), tensor(self.net, np.array(share))
            loss, logits = self.compiled(tensor(self.net, x), wanted, rate, part)
        right = (share > 0) * (array(logits).argmax(1) == y).sum()
        total = self.group.sum(np.array([share * array(loss).item(), right]))
        return float(total[0]), int(total[1])

    @contextmanager
    def seeded(self, seed: int) -> Iterator[None]:
        """Dropout draws what follows from ``seed``, in each layer something else."""
        for i, layer in enumerate(self.net._flatten_layers()):
            if isinstance(layer, Dropout) and layer.rate:
                layer.seed_generator.state.assign([seed, i << 16])
        yield

    def learn(self, x: tf.Tensor, wanted: tf.Tensor, lr: tf.Tensor, share: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Forward, backward and descend; returns what `forward` does.

        Args:
            share: of the whole batch, how much these images are.
        """
        if self.several is not None:
            self.several.trace()
        variables = [v.value for v in self.parameters.values()]
        with tf.GradientTape() as tape:
            loss, logits = self.forward(x, wanted, counted=tf.sign(share))
            of_share = loss if self.several is None else share * loss
        gradients = dict(zip(self.parameters, tape.gradient(of_share, variables), strict=True))
        self.descend(self.summed(gradients), lr)
        return loss, logits

    def summed(self, gradients: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """The sum of the gradients over the workers, exchanged as one flat tensor."""
        if self.several is None:
            return gradients
        total = self.several.add_up(tf.concat([tf.reshape(g, [-1]) for g in gradients.values()], 0))
        parts = tf.split(total, [g.shape.num_elements() for g in gradients.values()])
        return {name: tf.reshape(part, g.shape) for part, (name, g) in zip(parts, gradients.items(), strict=True)}

    def forward(self, x: tf.Tensor, wanted: tf.Tensor, *, counted: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """(loss, logits of the classifier) in training mode, of images and the distributions to learn, N x K.

        Args:
            counted: 1 where these images count in the statistics of the whole batch, or else 0.
        """
        together = nullcontext() if self.several is None else of_the_whole_batch(self.net, self.several, counted)
        with computing_in(self.net, self.policy), learning(self.net), together:
            logits = self.net(x, training=True)
        return loss_of(self.net, logits, wanted)

    def descend(self, gradients: dict[str, tf.Tensor], lr: tf.Tensor) -> None:
        """Clip the gradients together, decay, and let the optimizer step."""
        if self.recipe.clip is not None:
            # The squares of float32 may be beyond it.
            length = tf.linalg.global_norm([tf.cast(g, tf.float64) for g in gradients.values()])
            scale = tf.cast(tf.minimum(self.recipe.clip / length, 1), lr.dtype)
            gradients = {name: scale * g for name, g in gradients.items()}
        for name, g in gradients.items():
            if self.recipe.weight_decay and decays(name):
                if self.recipe.decoupled:
                    parameter = self.parameters[name]
                    parameter.assign(parameter.value * (1 - lr * tf.constant(self.recipe.weight_decay, lr.dtype)))
                    continue
                gradients[name] = g + self.recipe.weight_decay * self.parameters[name].value
        if self.adam:
            self.adam.step(gradients, lr)
            return
        self.optimizer.apply([lr * g for g in gradients.values()])

    def velocities(self) -> dict[str, np.ndarray]:
        """Copies of what a step changes beside the weights, named as in `common.contract.protocols.Trainer`."""
        return {name: to_canonical(v.numpy()) for name, v in self.momentums().items()}

    def set_velocities(self, velocities: Mapping[str, np.ndarray]) -> None:
        """Restore what `velocities` returned.

        Raises:
            InputError: a velocity is missing, extra or misshapen; names it.
        """
        own = self.momentums()
        check(velocities, {name: to_canonical(v.numpy()).shape for name, v in own.items()}, "velocities")
        for name, velocity in velocities.items():
            copied = plain(velocity, own[name].dtype)
            own[name].assign(copied.transpose(TO_KERAS[copied.ndim]))

    def momentums(self) -> dict[str, keras.Variable]:
        """Keras' own velocity of each parameter, by its canonical name. Or `Adam.state`.

        None where there is no momentum.
        """
        if self.adam:
            return self.adam.state()
        if not self.recipe.momentum:
            return {}
        return dict(zip(self.parameters, self.optimizer.momentums, strict=True))
