"""Whole networks: stages b1 to b5 and a classifier, as the table says."""

from __future__ import annotations

from typing import Any

from common import nets
from common.base.errors import InputError
from common.table.analysis import Table
from googlenet_tf.blocks import build
from googlenet_tf.framework import keras, tf


@keras.saving.register_keras_serializable(package="googlenet")
class Net(keras.Model):
    """A network built from its table. Its ``layers`` are the stages in order, then the classifier.

    Calling it gives the logits, N x K; while training a network with auxiliary heads, a dict of the
    logits by name: ``fc`` and those of each head.
    """

    def __init__(self, table: Table, **kwargs: Any):
        # Keras would count the nets of this process, and write the count into their files.
        super().__init__(**{"name": "net", **kwargs})
        self.table = table
        for name, node in {**table.trunk, **table.heads}.items():
            setattr(self, name, build(node, name=name, dtype=self.dtype_policy))
        self.build((None, *table.input[1:], table.input[0]))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Nothing left to make: the table knew every shape. A summary counts what is marked as built."""
        for layer in self._flatten_layers():
            layer.built = True

    @property
    def layers(self) -> list[keras.layers.Layer]:
        """The stages in order, then the classifier."""
        return [getattr(self, name) for name in self.table.trunk]

    def call(self, x: tf.Tensor, training: bool | None = None, aux: bool = False) -> tf.Tensor | dict[str, tf.Tensor]:
        """See the class; with ``aux`` the heads run in evaluation mode too."""
        return self.with_heads(x) if (training and self.table.aux) or aux else self.trunk(x)

    def trunk(self, x: tf.Tensor) -> tf.Tensor:
        """Logits of the classifier alone, in either mode."""
        for layer in self.layers:
            x = layer(x)
        return x

    def with_heads(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """Logits of the classifier and of each head by name, in either mode."""
        heads = {}
        for stage, node in self.table.stages.items():
            for block in node.nodes:
                x = getattr(getattr(self, stage), block)(x)
                for name in self.table.taps.get(f"{stage}.{block}", ()):
                    heads[name] = getattr(self, name)(x)
        return {"fc": self.fc(x), **heads}

    def summary(self, *args: Any, expand_nested: bool = True, **kwargs: Any) -> None:
        """Keras' own summary; unless told otherwise with the layers and blocks of each stage."""
        super().summary(*args, expand_nested=expand_nested, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """What a ``.keras`` file says of the net: the name of its table, and with what it was resolved.

        Raises:
            ValueError: a table that is not one of `common.nets`, so that its name does not tell it.
        """
        table = self.table
        settings: dict[str, Any] = {
            "in_channels": table.input[0],
            "num_classes": table.num_classes,
            "aux": bool(table.aux),
        }
        # repr, because equal dicts of stages may be in another order.
        if table.name not in nets.names() or repr(table) != repr(nets.get(table.name, **settings)):
            raise InputError(f"this {table.name!r} is a table of your own, which .keras cannot hold: use .weights.h5")
        return {"network": table.name, **settings, "dtype": self.dtype_policy.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Net:
        """The net that `get_config` told of, to be given its weights."""
        settings = {name: config[name] for name in ("in_channels", "num_classes", "aux")}
        return cls(nets.get(config["network"], **settings), dtype=config["dtype"])

    def __dir__(self) -> list[str]:
        """All but ``layers``: Keras' files would number the stages behind it in the alphabet, and name the others."""
        return [name for name in super().__dir__() if name != "layers"]
