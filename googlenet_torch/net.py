"""Whole networks: stages b1 to b5 and a classifier, as the table says."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from common.table.analysis import Table
from common.weights.start import Preprocessing
from googlenet_torch.blocks import build
from googlenet_torch.layers import flat


class Net(nn.Module):
    """A network built from its table. Iterating over it gives the stages in order, then the classifier.

    Calling it gives the logits, N x K; while training a network with auxiliary heads, a dict of the
    logits by name: ``fc`` and those of each head. ``build_net(..., aux=False)`` leaves the heads out, and `trunk`
    passes them by. The classifier ``fc`` may be replaced by a layer of PyTorch's own, which gets what `features`
    returns.

    Attributes:
        table: resolved.
        preprocessing: of the images that its weights were trained on; None where it is not known.
        labels: the names of the classes; None where they are not known.
    """

    preprocessing: Preprocessing | None = None
    labels: tuple[str, ...] | None = None

    def __init__(self, table: Table):
        super().__init__()
        self.table = table
        for name, node in {**table.trunk, **table.heads}.items():
            self.add_module(name, build(node))

    def __iter__(self) -> Iterator[nn.Module]:
        return (getattr(self, name) for name in self.table.trunk)

    def forward(self, x: torch.Tensor) -> torch.Tensor | dict[str, torch.Tensor]:
        return self.with_heads(x) if self.training and self.table.aux else self.trunk(x)

    def trunk(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of the classifier alone, in either mode."""
        return self.fc(self.features(x))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """What the classifier gets, N x C: the output of the last stage, pooled and flattened."""
        *_, last = self.stage_features(x).values()
        return flat(last)

    def stage_features(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """The output of each stage by its name, in order, such as ``b3``: maps N x C x H x W."""
        maps = {}
        for name in self.table.stages:
            x = maps[name] = getattr(self, name)(x)
        return maps

    def with_heads(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Logits of the classifier and of each head by name, in either mode."""
        heads = {}
        for stage, node in self.table.stages.items():
            for block in node.nodes:
                x = getattr(getattr(self, stage), block)(x)
                for name in self.table.taps.get(f"{stage}.{block}", ()):
                    heads[name] = getattr(self, name)(x)
        return {"fc": self.fc(flat(x)), **heads}

    @property
    def loss_weights(self) -> dict[str, float]:
        """How much the loss of each of the logits counts in training: the classifier's 1, and what the table says."""
        return self.table.loss_weights
