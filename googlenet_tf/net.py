"""Whole networks: stages b1 to b5 and a classifier, as the table says."""

from __future__ import annotations

from math import prod
from operator import attrgetter
from typing import Any

from common.table.analysis import Table
from common.weights.start import Preprocessing
from googlenet_tf.blocks import build
from googlenet_tf.copies import Copying, described, leave_untrained, table_of, untrained
from googlenet_tf.framework import keras, tf
from googlenet_tf.layers import Dense, Flatten, flat


@keras.saving.register_keras_serializable(package="googlenet")
class Net(Copying):
    """A network built from its table. Its ``layers`` are the stages in order, then the classifier.

    Calling it gives the logits, N x K; while training a network with auxiliary heads, a dict of the
    logits by name: ``fc`` and those of each head. ``build_net(..., aux=False)`` leaves the heads out, and `trunk`
    passes them by. The classifier ``fc`` may be replaced by a layer of Keras' own, which gets what `features`
    returns.

    Attributes:
        table: resolved.
        preprocessing: of the images that its weights were trained on; None where it is not known.
        labels: the names of the classes; None where they are not known.
    """

    preprocessing: Preprocessing | None = None
    labels: tuple[str, ...] | None = None
    _device: str | None = None  # TensorFlow's name of where it computes; None leaves that to TensorFlow

    def __init__(self, table: Table, **kwargs: Any):
        # Keras would count the nets of this process, and write the count into their files.
        super().__init__(**{"name": "net", **kwargs})
        self.table = table
        for name, node in {**table.trunk, **table.heads}.items():
            setattr(self, name, build(node, name=name, dtype=self.dtype_policy))
        self.build((None, *table.input[1:], table.input[0]))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Mark every layer as built, with the shapes that a summary shows; the table knew every variable before."""
        for name, layer in self.table.layers.items():
            built: keras.layers.Layer = attrgetter(name)(self)
            if not (built.built and built.weights):
                built.build(_batch_of(layer.input))
            built.output_shape = _batch_of(layer.shape)

    def __setattr__(self, name: str, value: Any) -> None:
        """As in every model of Keras; but another classifier may take the place of ``fc``."""
        if name == "fc" and getattr(self, "built", False) and isinstance(value, keras.layers.Layer):
            self._layers.remove(self.fc)
            self._tracker.unlock()
            super().__setattr__(name, value)
            self._tracker.lock()
            if not value.built:
                value.build((None, prod(self.table.layers["fc"].input)))
        else:
            super().__setattr__(name, value)

    @property
    def layers(self) -> list[keras.layers.Layer]:
        """The stages in order, then the classifier."""
        return [getattr(self, name) for name in self.table.trunk]

    def call(self, x: tf.Tensor, training: bool | None = None, aux: bool = False) -> tf.Tensor | dict[str, tf.Tensor]:
        """See the class; with ``aux`` the heads run in evaluation mode too."""
        heads = aux or ((training or self._evaluating) and self.table.aux)
        return self.with_heads(x) if heads else self.trunk(x)

    def trunk(self, x: tf.Tensor) -> tf.Tensor:
        """Logits of the classifier alone, in either mode."""
        return self.fc(self.features(x))

    def features(self, x: tf.Tensor) -> tf.Tensor:
        """What the classifier gets, N x C: the output of the last stage, pooled and flattened."""
        *_, last = self.stage_features(x).values()
        return flat(last)

    def stage_features(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """The output of each stage by its name, in order, such as ``b3``: maps N x H x W x C."""
        maps = {}
        for name in self.table.stages:
            x = maps[name] = getattr(self, name)(x)
        return maps

    def with_heads(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
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

    def summary(self, *args: Any, expand_nested: bool = True, **kwargs: Any) -> None:
        """Keras' own summary; unless told otherwise with the layers and blocks of each stage.

        The shapes are those for images of the table's own size.
        """
        super().summary(*args, expand_nested=expand_nested, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """What a ``.keras`` file, or a copy, says of the net: its table, another classifier, and what is not trained.

        A table that is not one of `common.nets` goes along with a copy; a file cannot hold it, and is refused.
        """
        other = {} if isinstance(self.fc, Dense | Flatten) else {"fc": keras.saving.serialize_keras_object(self.fc)}
        still = untrained(self)
        resting = {"frozen": still} if still else {}
        return {**described(self.table), "dtype": self.dtype_policy.name, **other, **resting}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Net:
        """The net that `get_config` told of, to be given its weights."""
        net = cls(table_of(config), dtype=config["dtype"])
        if "fc" in config:
            net.fc = keras.saving.deserialize_keras_object(config["fc"])
        if "frozen" in config:
            leave_untrained(net, config["frozen"])
        return net

    def __dir__(self) -> list[str]:
        """All but ``layers``: Keras' files would number the stages behind it in the alphabet, and name the others."""
        return [name for name in super().__dir__() if name != "layers"]


def _batch_of(shape: tuple[int, ...]) -> tuple[int | None, ...]:
    """Keras' shape of a batch: (C, H, W) as (None, H, W, C)."""
    return (None, *shape[1:], shape[0])
