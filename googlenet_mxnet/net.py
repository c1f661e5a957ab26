"""Whole networks: stages b1 to b5 and a classifier, as the table says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from common.table.analysis import Table
from googlenet_mxnet.blocks import build
from googlenet_mxnet.framework import mx


class Net(mx.gluon.Block):
    """A network built from its table. Iterating over it gives the stages in order, then the classifier.

    Calling it gives the logits, N x K; while training a network with auxiliary heads, a dict of the
    logits by name: ``fc`` and those of each head.
    """

    def __init__(self, table: Table, **kwargs: Any):
        super().__init__(**kwargs)
        self.table = table
        with self.name_scope():
            for name, node in {**table.trunk, **table.heads}.items():
                setattr(self, name, build(node))

    def __iter__(self) -> Iterator[mx.gluon.HybridBlock]:
        return (getattr(self, name) for name in self.table.trunk)

    def forward(self, x: mx.nd.NDArray) -> mx.nd.NDArray | dict[str, mx.nd.NDArray]:
        return self.with_heads(x) if mx.autograd.is_training() and self.table.aux else self.trunk(x)

    def trunk(self, x: mx.nd.NDArray) -> mx.nd.NDArray:
        """Logits of the classifier alone, in either mode."""
        for layer in self:
            x = layer(x)
        return x

    def with_heads(self, x: mx.nd.NDArray) -> dict[str, mx.nd.NDArray]:
        """Logits of the classifier and of each head by name, in either mode."""
        heads = {}
        for stage, node in self.table.stages.items():
            for block in node.nodes:
                x = getattr(getattr(self, stage), block)(x)
                for name in self.table.taps.get(f"{stage}.{block}", ()):
                    heads[name] = getattr(self, name)(x)
        return {"fc": self.fc(x), **heads}
