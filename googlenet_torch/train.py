"""Training a PyTorch net by the one rule of docs/training.md."""

import torch

from common.base.errors import InputError
from common.contract.loss import check_batch, targets
from common.contract.moving import corrections
from common.table.tensors import check, decays
from googlenet_torch.layers import MOVING
from googlenet_torch.run import array, loss_of, mode, tensor
from googlenet_torch.weights import tensors


class Trainer:
    """Steps of stochastic gradient descent on a net, in place.

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
        if bfloat16 and next(net.parameters()).dtype != torch.float32:
            raise InputError("bfloat16 is for the products of a net in float32: its weights and sums stay there")
        self.net, self.recipe, self.bfloat16 = net.to(memory_format=torch.channels_last), recipe, bfloat16
        self.parameters = {name: p for name, p in net.named_parameters() if p.requires_grad}
        # The rule's velocity holds the learning rate, torch's does not: so torch is given the gradient times the
        # learning rate, and its own rate is 1.
        self.optimizer = torch.optim.SGD(
            self.parameters.values(), lr=1.0, momentum=recipe.momentum, nesterov=recipe.nesterov
        )

    def step(self, x, y, *, lr, seed):
        """One step on images N x C x H x W and labels; ``seed`` is that of dropout. Returns (loss, right answers).

        Raises:
            ValueError: a batch that the net with its heads cannot learn from, a label that is no class.
        """
        check_batch(self.net.table, x, y, training=True)
        statistics, moving = tensors(self.net), corrections(self.net.table, x.shape, MOVING)
        before = {name: statistics[name].clone() for name in moving}
        loss, logits = self.forward(x, y, seed)
        self.optimizer.zero_grad()
        loss.backward()
        self.descend(lr)
        for name, (a, b) in moving.items():
            statistics[name].mul_(a).add_(before[name], alpha=b)
        return array(loss).item(), int((array(logits).argmax(1) == y).sum())

    def forward(self, x, y, seed):
        """(loss, logits of the classifier) in training mode."""
        x = tensor(self.net, x).contiguous(memory_format=torch.channels_last)
        wanted = tensor(self.net, targets(y, self.net.table.num_classes, self.recipe.label_smoothing))
        with (
            torch.random.fork_rng(),
            mode(self.net, True),
            torch.autocast(x.device.type, torch.bfloat16, enabled=self.bfloat16),
        ):
            torch.manual_seed(seed)
            logits = self.net(x)
        return loss_of(self.net, logits, wanted)

    @torch.no_grad()
    def descend(self, lr):
        """Clip the gradients together, decay, and let the optimizer step."""
        gradients = [p.grad for p in self.parameters.values()]
        if self.recipe.clip is not None:
            # In float32 PyTorch loses digits of a sum of millions of squares, and of large ones everything.
            lengths = [torch.linalg.vector_norm(g, dtype=torch.float64) for g in gradients]
            length = torch.linalg.vector_norm(torch.stack(lengths))
            torch._foreach_mul_(gradients, (self.recipe.clip / length).clamp(max=1))
        for name, p in self.parameters.items():
            if self.recipe.weight_decay and decays(name):
                p.grad.add_(p, alpha=self.recipe.weight_decay)
        torch._foreach_mul_(gradients, lr)
        self.optimizer.step()

    def velocities(self):
        """Canonical name to a copy of the velocity of each parameter; none where there is no momentum."""
        if not self.recipe.momentum:
            return {}
        return {name: -array(self.momentum(p)).copy() for name, p in self.parameters.items()}

    def set_velocities(self, velocities):
        """The reverse.

        Raises:
            ValueError: a velocity is missing, extra or misshapen; names it.
        """
        own = self.parameters if self.recipe.momentum else {}
        check(velocities, {name: p.shape for name, p in own.items()}, "velocities")
        for name, velocity in velocities.items():
            self.momentum(own[name]).copy_(-torch.as_tensor(velocity))

    def momentum(self, parameter):
        """Torch's own velocity of a parameter, which points uphill."""
        return self.optimizer.state[parameter].setdefault("momentum_buffer", torch.zeros_like(parameter))
