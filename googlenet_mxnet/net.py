"""Whole networks: stages b1 to b5 and a classifier, as the table says."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.table import spec
from common.table.analysis import Table
from common.table.padding import fixed
from common.weights.start import Preprocessing
from googlenet_mxnet.arrays import Array, from_array
from googlenet_mxnet.blocks import build
from googlenet_mxnet.framework import mx
from googlenet_mxnet.layers import flat


class Net(mx.gluon.HybridBlock):
    """A network built from its table. Iterating over it gives the stages in order, then the classifier.

    Calling it gives the logits, N x K; while training a network with auxiliary heads, a dict of the
    logits by name: ``fc`` and those of each head. ``build_net(..., aux=False)`` leaves the heads out, and `trunk`
    passes them by. The classifier ``fc`` may be replaced by a layer of Gluon's own, which gets what `features`
    returns.

    Attributes:
        table: resolved.
        preprocessing: of the images that its weights were trained on; None where it is not known.
        labels: the names of the classes; None where they are not known.
    """

    preprocessing: Preprocessing | None = None
    labels: tuple[str, ...] | None = None

    def __init__(self, table: Table, **kwargs: Any):
        super().__init__(**kwargs)
        self.table = table
        with self.name_scope():
            for name, node in {**table.trunk, **table.heads}.items():
                setattr(self, name, build(node))

    def __setattr__(self, name: str, value: Any) -> None:
        """As in every block of Gluon; but another classifier, of any type, may take the place of ``fc``."""
        if name == "fc" and isinstance(value, mx.gluon.Block):
            self.__dict__.pop(name, None)
        super().__setattr__(name, value)

    def __iter__(self) -> Iterator[mx.gluon.HybridBlock]:
        return (getattr(self, name) for name in self.table.trunk)

    def hybridize(self, active: bool = True, **kwargs: Any) -> None:
        """Compile the stages, the classifier and the heads, each by itself, wherever that can be."""
        super().hybridize(active, **kwargs)
        self._active = False

    def forward(self, x: Array) -> Array | dict[str, Array]:
        return self.with_heads(x) if mx.autograd.is_training() and self.table.aux else self.trunk(x)

    def hybrid_forward(self, F: ModuleType, x: Array) -> Array:
        """What `export` writes: the logits of the classifier alone."""
        return self.trunk(x)

    def trunk(self, x: Array) -> Array:
        """Logits of the classifier alone, in either mode."""
        return self.fc(self.features(x))

    def features(self, x: Array) -> Array:
        """What the classifier gets, N x C: the output of the last stage, pooled and flattened."""
        *_, last = self.stage_features(x).values()
        return flat(last)

    def stage_features(self, x: Array) -> dict[str, Array]:
        """The output of each stage by its name, in order, such as ``b3``: maps N x C x H x W."""
        maps = {}
        for name in self.table.stages:
            x = maps[name] = getattr(self, name)(x)
        return maps

    def with_heads(self, x: Array) -> dict[str, Array]:
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

    def export(self, path: str, epoch: int = 0, remove_amp_cast: bool = True) -> None:
        """Gluon's own, of the classifier's logits: ``path-symbol.json`` and ``path-0000.params``, for SymbolBlock.

        The net needs neither ``hybridize()`` nor a call before.

        Raises:
            InputError: a layer pads by the size of the image, which the symbols that are written do not have.
        """
        for name, layer in self.table.layers.items():
            window = layer.node.window if isinstance(layer.node, spec.Window) else None
            if window and name.split(".")[0] in self.table.stages and fixed(*window) is None:
                raise InputError(f"{self.table.name!r} cannot be exported: {name} pads by the size of the image")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Parameter .* is not used", UserWarning)  # those of the heads
            self._build_cache(from_array(np.zeros((1, *self.table.input)), "float32"))
        super().export(path, epoch, remove_amp_cast)
        self._clear_cached_op()  # which could not be copied
