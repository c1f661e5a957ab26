"""Whole networks: stages b1 to b5 and a classifier, as the table says."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from common.table.analysis import Table
from googlenet_torch.blocks import build


class Net(nn.Module):
    """A network built from its table. Iterating over it gives the stages in order, then the classifier.

    Calling it gives the logits, N x K; while training a network with auxiliary heads, a dict of the
    logits by name: ``fc`` and those of each head.
    """

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
        for layer in self:
            x = layer(x)
        return x

    def with_heads(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Logits of the classifier and of each head by name, in either mode."""
        heads = {}
        for stage, node in self.table.stages.items():
            for block in node.nodes:
                x = getattr(getattr(self, stage), block)(x)
                for name in self.table.taps.get(f"{stage}.{block}", ()):
                    heads[name] = getattr(self, name)(x)
        return {"fc": self.fc(x), **heads}
