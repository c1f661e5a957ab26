"""What Keras' ``compile``, ``fit`` and ``evaluate`` need to know of a net with auxiliary heads: a loss for each.

``fit`` and ``evaluate`` then show the losses by name: ``fc_loss`` and those of the heads. A net without heads is as any
model of Keras.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from googlenet_tf.framework import keras, tf

if TYPE_CHECKING:
    from common.table.analysis import Table


class Fitting(keras.Model):
    """A model whose call gives a dict of logits by name while it learns or is evaluated, if its table has heads."""

    table: Table
    _evaluating = False  # within `test_step`

    def compile(
        self, optimizer: Any = "rmsprop", loss: Any = None, loss_weights: Any = None, metrics: Any = None, **kwargs: Any
    ) -> None:
        """Keras' own; with heads one loss is for the logits of each, and a list of metrics for the classifier's.

        Args:
            optimizer: see ``keras.Model.compile``, which takes ``kwargs`` too.
            loss: one for all, or by the names of ``table.loss_weights``.
            loss_weights: by the same names; None is what ``table.loss_weights`` says.
            metrics: a list, or by the same names.
        """
        if self.table.aux and loss is not None:
            loss = loss if isinstance(loss, dict) else dict.fromkeys(self.table.loss_weights, loss)
            loss_weights = loss_weights or {name: self.table.loss_weights[name] for name in loss}
            metrics = {"fc": metrics} if metrics and not isinstance(metrics, dict) else metrics
        super().compile(optimizer, loss, loss_weights, metrics, **kwargs)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile as the model in a file was compiled; Keras leaves this to who has a ``compile`` of their own."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, *args: Any, **kwargs: Any) -> tf.Tensor:
        """Keras' own; with heads the same labels are for the logits of each."""
        return super().compute_loss(x, _by_name(y, y_pred), y_pred, *args, **kwargs)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Keras' own; with heads the same labels are for the logits of each."""
        return super().compute_metrics(x, _by_name(y, y_pred), y_pred, *args, **kwargs)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Keras' own; heads run here too, so that the loss of ``evaluate`` is the loss of ``fit``."""
        self._evaluating = True
        try:
            return super().test_step(data)
        finally:
            self._evaluating = False


def _by_name(y: Any, logits: Any) -> Any:
    """The labels for each of the logits, if these are by name and the labels are not."""
    return dict.fromkeys(logits, y) if isinstance(logits, dict) and not isinstance(y, dict) else y
