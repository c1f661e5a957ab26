"""Training a Gluon net by the one rule of docs/training.md."""

from common.base.errors import InputError
from common.contract.loss import check_batch, targets
from common.contract.moving import corrections
from common.table.tensors import check, decays
from googlenet_mxnet.framework import mx
from googlenet_mxnet.layers import MOVING
from googlenet_mxnet.run import array, loss_of, tensor
from googlenet_mxnet.weights import from_array, tensors


class SGD(mx.optimizer.Optimizer):
    """Momentum as MXNet's own ``sgd`` and ``nag`` have it; those keep rate and momentum in float32, whatever the net.

    Attributes:
        velocities: by the position of the parameter, once it has moved.
    """

    def __init__(self, momentum, nesterov):
        super().__init__(learning_rate=1.0)
        self.momentum, self.nesterov, self.velocities = momentum, nesterov, {}

    def create_state(self, index, weight):
        # `update` gets classic arrays, also after npx.set_np().
        return self.velocities.setdefault(index, 0 * weight.as_nd_ndarray() if self.momentum else None)

    def update(self, index, weight, grad, state):
        step = -self.lr * grad
        if state is not None:
            state[:] = self.momentum * state + step
            step = self.momentum * state + step if self.nesterov else state
        weight += step


class Trainer:
    """Steps of stochastic gradient descent on a net, in place.

    Args:
        recipe: a `common.contract.recipe.Recipe`.
        bfloat16: MXNet 1.9.1 trains in float32 and float64 only.

    Attributes:
        DTYPES: what the framework trains in.

    Raises:
        ValueError: bfloat16.
    """

    DTYPES = ("float32", "float64")

    def __init__(self, net, recipe, *, bfloat16=False):
        if bfloat16:
            raise InputError("MXNet 1.9.1 does not train in bfloat16: the choices are float32 and float64")
        self.net, self.recipe = net, recipe
        self.parameters = {name: p for name, p in tensors(net).items() if p.grad_req != "null"}
        self.optimizer = SGD(recipe.momentum, recipe.nesterov)
        self.trainer = mx.gluon.Trainer(list(self.parameters.values()), self.optimizer)
        net.hybridize(static_alloc=True, static_shape=True)

    def step(self, x, y, *, lr, seed):
        """One step on images N x C x H x W and labels; ``seed`` is that of dropout. Returns (loss, right answers).

        Raises:
            ValueError: a batch that the net with its heads cannot learn from, a label that is no class.
        """
        check_batch(self.net.table, x, y, training=True)
        statistics, moving = tensors(self.net), corrections(self.net.table, x.shape, MOVING)
        before = {name: statistics[name].data().copy() for name in moving}
        mx.random.seed(seed)
        loss, logits = self.forward(x, y)
        loss.backward()
        self.descend(lr)
        for name, (a, b) in moving.items():
            statistics[name].set_data(a * statistics[name].data() + b * before[name])
        return array(loss).item(), int((array(logits).argmax(1) == y).sum())

    def forward(self, x, y):
        """(loss, logits of the classifier) in training mode."""
        x = tensor(self.net, x)
        wanted = from_array(targets(y, self.net.table.num_classes, self.recipe.label_smoothing), x.dtype)
        with mx.autograd.record():
            return loss_of(self.net, self.net(x), wanted)

    def descend(self, lr):
        """Clip the gradients together, decay, and let the optimizer step."""
        self.trainer.allreduce_grads()
        gradients = {name: p.grad() for name, p in self.parameters.items()}
        if self.recipe.clip is not None:
            # The squares of float32 may be beyond it; and MXNet takes ten times as long for their sum as NumPy.
            length = sum((array(g).astype("float64") ** 2).sum() for g in gradients.values()) ** 0.5
            scale = self.recipe.clip / max(length, self.recipe.clip)
            for g in gradients.values():
                g *= scale
        for name, g in gradients.items():
            if self.recipe.weight_decay and decays(name):
                g += self.recipe.weight_decay * self.parameters[name].data()
        self.trainer.set_learning_rate(lr)
        self.trainer.update(1)

    def velocities(self):
        """Canonical name to a copy of the velocity of each parameter; none where there is no momentum."""
        return {name: array(v) for name, v in self.momentums().items()}

    def set_velocities(self, velocities):
        """The reverse.

        Raises:
            ValueError: a velocity is missing, extra or misshapen; names it.
        """
        own = self.momentums()
        check(velocities, {name: v.shape for name, v in own.items()}, "velocities")
        for name, velocity in velocities.items():
            own[name][:] = velocity

    def momentums(self):
        """The optimizer's velocity of each parameter, by its canonical name."""
        states = {name: self.optimizer.create_state(i, p.data()) for i, (name, p) in enumerate(self.parameters.items())}
        return {name: state for name, state in states.items() if state is not None}
