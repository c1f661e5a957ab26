"""Training a PyTorch net by the one rule of docs/training.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.optim.sgd import sgd

from common.base.errors import InputError
from common.contract.freezing import frozen, still_norms
from common.contract.inputs import plain
from common.contract.loss import check_batch, targets
from common.contract.moving import corrections
from common.table.tensors import check, decays
from common.workers.group import Alone
from common.workers.shares import counted, seed_of, whole
from googlenet_torch.adam import Adam
from googlenet_torch.group import of_the_whole_batch, total
from googlenet_torch.layers import MOVING
from googlenet_torch.run import array, loss_of, mode, tensor
from googlenet_torch.weights import tensors

if TYPE_CHECKING:
    from common.contract.recipe import Recipe
    from common.workers.group import Group
    from googlenet_torch.net import Net


def trained(net: Net, freeze: str) -> dict[str, torch.nn.Parameter]:
    """Canonical name to each parameter that is trained; what a recipe freezes no longer asks for gradients.

    So is what was frozen before, by ``requires_grad``.
    """
    names = frozen(net.table, freeze)
    for name, parameter in net.named_parameters():
        if name in names:
            parameter.requires_grad_(False)
    return {name: parameter for name, parameter in net.named_parameters() if parameter.requires_grad}


class Trainer:
    """Steps of stochastic gradient descent, or Adam, on a net, in place.

    Args:
        net: of `build_net`; it learns in the dtype it was built in.
        recipe: how to train: the rule is that of docs/training.md. What it freezes stays marked as frozen in the net.
        bfloat16: compute in it what may be; weights and sums stay in float32.
        group: the workers that make each step together; None is this process alone.

    Attributes:
        DTYPES: what the framework trains in.

    Raises:
        InputError: bfloat16 for a net that is not in float32.

    >>> import numpy as np
    >>> from common.contract.recipe import Recipe
    >>> from googlenet_torch import build_net
    >>> trainer = Trainer(build_net("d2l", seed=0), Recipe(lr=0.01))
    >>> loss, right = trainer.step(np.zeros((2, 1, 32, 32)), np.array([0, 1]), lr=0.01, seed=0)
    """

    DTYPES = ("float32", "float64", "bfloat16")

    def __init__(self, net: Net, recipe: Recipe, *, bfloat16: bool = False, group: Group | None = None):
        if bfloat16 and next(net.parameters()).dtype != torch.float32:
            raise InputError("bfloat16 is for the products of a net in float32: its weights and sums stay there")
        self.net, self.recipe, self.bfloat16 = net.to(memory_format=torch.channels_last), recipe, bfloat16
        self.group = Alone() if group is None else group
        self.parameters = trained(net, recipe.freeze)
        self.still = still_norms(net.table, self.parameters)
        self.adam = Adam(self.parameters, recipe) if recipe.adaptive else None
        self.buffers: dict[str, torch.Tensor] = {}  # PyTorch's velocities, which point uphill
        if recipe.momentum and not recipe.adaptive:
            self.buffers = {name: torch.zeros_like(parameter) for name, parameter in self.parameters.items()}

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
        statistics, moving = tensors(self.net), corrections(self.net.table, (count, *x.shape[1:]), MOVING, self.still)
        with self.seeded(seed_of(seed, self.group.rank)), torch.inference_mode(False), torch.enable_grad():
            before = {name: statistics[name].clone() for name in moving}
            wanted = tensor(self.net, distributions)
            loss, logits = self.learn(tensor(self.net, x), wanted, lr, share)
            for name, (a, b) in moving.items():
                statistics[name].mul_(a).add_(before[name], alpha=b)
        right = (share > 0) * (array(logits).argmax(1) == y).sum()
        told = self.group.sum(np.array([share * array(loss).item(), right]))
        return float(told[0]), int(told[1])

    @contextmanager
    def seeded(self, seed: int) -> Iterator[None]:
        """Dropout draws what follows from ``seed``; PyTorch's own random numbers go on as if it had drawn none."""
        with torch.random.fork_rng(range(torch.cuda.device_count())):  # by itself it warns of several GPUs
            torch.manual_seed(seed)
            yield

    def learn(
        self, x: torch.Tensor, wanted: torch.Tensor, lr: float, share: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Forward, backward and descend; returns what `forward` does.

        Args:
            share: of the whole batch, how much these images are.
        """
        loss, logits = self.forward(x, wanted, counted=share > 0)
        self.net.zero_grad()
        of_share = loss if self.group.size == 1 else share * loss
        of_share.backward()
        gradients = {name: p.grad for name, p in self.parameters.items()}
        self.descend(self.summed(gradients), lr)
        return loss, logits

    def summed(self, gradients: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """The same gradients, each changed in place to its sum over the workers; exchanged as one flat array."""
        if self.group.size == 1:
            return gradients
        flat = torch.cat([g.reshape(-1) for g in gradients.values()])
        summed = total(self.group, flat)
        for g, part in zip(gradients.values(), summed.split([g.numel() for g in gradients.values()]), strict=True):
            g.copy_(part.view(g.shape))
        return gradients

    def forward(self, x: torch.Tensor, wanted: torch.Tensor, *, counted: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """(loss, logits of the classifier) in training mode, of images and the distributions to learn, N x K.

        Args:
            counted: whether these images count in the statistics of the whole batch.
        """
        bfloat16 = torch.autocast(x.device.type, torch.bfloat16, enabled=self.bfloat16)
        with mode(self.net, True), bfloat16:
            for layer in self.still:
                self.net.get_submodule(f"{layer}.norm").eval()
            with nullcontext() if self.group.size == 1 else of_the_whole_batch(self.net, self.group, counted):
                logits = self.net(x.contiguous(memory_format=torch.channels_last))
        return loss_of(self.net, logits, wanted)

    @torch.no_grad()
    def descend(self, gradients: dict[str, torch.Tensor], lr: float) -> None:
        """Clip the gradients together, decay, and let PyTorch's own function of the step move the parameters."""
        if self.recipe.clip is not None:
            # In float32 PyTorch loses digits of a sum of millions of squares, and of large ones everything.
            lengths = [torch.linalg.vector_norm(g, dtype=torch.float64) for g in gradients.values()]
            length = torch.linalg.vector_norm(torch.stack(lengths))
            torch._foreach_mul_(list(gradients.values()), (self.recipe.clip / length).clamp(max=1))
        for name, g in gradients.items():
            if self.recipe.weight_decay and decays(name):
                if self.recipe.decoupled:
                    self.parameters[name].mul_(1 - lr * self.recipe.weight_decay)
                    continue
                g.add_(self.parameters[name], alpha=self.recipe.weight_decay)
        if self.adam:
            self.adam.step(gradients, lr)
            return
        # The class torch.optim.SGD calls the same function; making one takes as long as importing PyTorch, for it
        # imports the compiler of torch.compile. The rule's velocity holds the learning rate, torch's does not: so torch
        # is given the gradient times the learning rate, and its own rate is 1.
        lists = [list(named.values()) for named in (self.parameters, gradients, self.buffers)]
        rule = {"momentum": self.recipe.momentum, "nesterov": self.recipe.nesterov}
        torch._foreach_mul_(lists[1], lr)
        sgd(*lists, lr=1.0, weight_decay=0.0, dampening=0.0, maximize=False, **rule)

    def velocities(self) -> dict[str, np.ndarray]:
        """Copies of what a step changes beside the weights, named as in `common.contract.protocols.Trainer`."""
        return {name: array(v) if self.adam else -array(v) for name, v in self.momentums().items()}

    def set_velocities(self, velocities: Mapping[str, np.ndarray]) -> None:
        """Restore what `velocities` returned.

        Raises:
            InputError: a velocity is missing, extra or misshapen; names it.
        """
        own = self.momentums()
        check(velocities, {name: v.shape for name, v in own.items()}, "velocities")
        for name, velocity in velocities.items():
            copied = torch.from_numpy(plain(velocity, "float64"))
            own[name].copy_(copied if self.adam else -copied)

    def momentums(self) -> dict[str, torch.Tensor]:
        """PyTorch's own velocity of each parameter, by its canonical name; it points uphill. Or `Adam.state`.

        None where there is no momentum.
        """
        return self.adam.state() if self.adam else self.buffers
