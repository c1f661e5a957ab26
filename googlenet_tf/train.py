"""Training a Keras net by the one rule of docs/training.md."""

from contextlib import contextmanager

import numpy as np

from common.base.errors import InputError
from common.contract.loss import check_batch, targets
from common.table.tensors import check, decays
from googlenet_tf.framework import keras, tf
from googlenet_tf.layers import Dropout
from googlenet_tf.run import loss_of, tensor
from googlenet_tf.weights import TO_KERAS, tensors, to_canonical


@contextmanager
def computing_in(net, policy):
    """The net with all its layers computing by the dtype policy called ``policy``; afterwards as they were."""
    layers = net._flatten_layers()
    before = [(layer, layer.dtype_policy) for layer in layers]
    try:
        for layer, _ in before:
            layer.dtype_policy = policy
        yield
    finally:
        for layer, own in before:
            layer.dtype_policy = own


class Trainer:
    """Steps of stochastic gradient descent on a net, in place. Keras moves the statistics by the rule on its own.

    Args:
        recipe: a `common.contract.recipe.Recipe`.
        bfloat16: compute in it what may be; weights and sums stay in float32.

    Attributes:
        DTYPES: what the framework trains in.

    Raises:
        ValueError: bfloat16 for a net that is not in float32.
    """

    DTYPES = ("float32", "float64", "bfloat16")

    def __init__(self, net, recipe, *, bfloat16=False):
        if bfloat16 and net.variable_dtype != "float32":
            raise InputError("bfloat16 is for the products of a net in float32: its weights and sums stay there")
        self.net, self.recipe = net, recipe
        self.policy = "mixed_bfloat16" if bfloat16 else net.dtype_policy
        self.parameters = {name: v for name, v in tensors(net).items() if v.trainable}
        # Keras keeps its learning rate in float32, whatever the net: so it is given the gradient times the learning
        # rate, and its own rate is 1. A momentum that is no NumPy number would go through float32 as well.
        self.optimizer = keras.optimizers.SGD(1.0, momentum=np.float64(recipe.momentum), nesterov=recipe.nesterov)
        self.optimizer.build(list(self.parameters.values()))
        self.compiled = tf.function(self.descend)

    def step(self, x, y, *, lr, seed):
        """One step on images N x C x H x W and labels; ``seed`` is that of dropout. Returns (loss, right answers).

        Raises:
            ValueError: a batch that the net with its heads cannot learn from, a label that is no class.
        """
        check_batch(self.net.table, x, y, training=True)
        self.seed_dropout(seed)
        dtype = self.net.variable_dtype
        wanted = tf.convert_to_tensor(targets(y, self.net.table.num_classes, self.recipe.label_smoothing), dtype)
        loss, logits = self.compiled(tensor(self.net, x), wanted, tf.convert_to_tensor(lr, dtype))
        return float(loss), int((logits.numpy().argmax(1) == y).sum())

    def seed_dropout(self, seed):
        """Make the masks of the next step follow from ``seed``, another for each layer."""
        for i, layer in enumerate(self.net._flatten_layers()):
            if isinstance(layer, Dropout) and layer.rate:
                layer.seed_generator.state.assign([seed, i << 16])

    def forward(self, x, wanted):
        """(loss, logits of the classifier) in training mode."""
        with computing_in(self.net, self.policy):
            logits = self.net(x, training=True)
        return loss_of(self.net, logits, wanted)

    def descend(self, x, wanted, lr):
        """Clip the gradients together, decay, and let the optimizer step; returns what `forward` does."""
        variables = [v.value for v in self.parameters.values()]
        with tf.GradientTape() as tape:
            loss, logits = self.forward(x, wanted)
        gradients = tape.gradient(loss, variables)
        if self.recipe.clip is not None:
            # The squares of float32 may be beyond it.
            length = tf.linalg.global_norm([tf.cast(g, tf.float64) for g in gradients])
            scale = tf.cast(tf.minimum(self.recipe.clip / length, 1), lr.dtype)
            gradients = [scale * g for g in gradients]
        if self.recipe.weight_decay:
            decay = [self.recipe.weight_decay if decays(name) else 0 for name in self.parameters]
            gradients = [g + d * w if d else g for g, d, w in zip(gradients, decay, variables, strict=True)]
        self.optimizer.apply([lr * g for g in gradients])
        return loss, logits

    def velocities(self):
        """Canonical name to a copy of the velocity of each parameter; none where there is no momentum."""
        return {name: to_canonical(v.numpy()) for name, v in self.momentums().items()}

    def set_velocities(self, velocities):
        """The reverse.

        Raises:
            ValueError: a velocity is missing, extra or misshapen; names it.
        """
        own = self.momentums()
        check(velocities, {name: to_canonical(v.numpy()).shape for name, v in own.items()}, "velocities")
        for name, velocity in velocities.items():
            own[name].assign(velocity.transpose(TO_KERAS[velocity.ndim]))

    def momentums(self):
        """Keras' own velocity of each parameter, by its canonical name."""
        return dict(zip(self.parameters, self.optimizer.momentums, strict=False))
