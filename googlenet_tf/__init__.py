"""GoogLeNet and its family in Keras (TensorFlow), built from the tables of `common.nets`."""

import googlenet.ours  # noqa: F401  (first of all: is `common` ours?)
from googlenet_tf.blocks import Inception
from googlenet_tf.build import build_net
from googlenet_tf.device import devices, full_precision
from googlenet_tf.fast import predictor
from googlenet_tf.framework import keras, tf
from googlenet_tf.group import join
from googlenet_tf.layers import MOVING
from googlenet_tf.measure import layer_outputs, outputs_and_gradients, stage_outputs
from googlenet_tf.net import Net
from googlenet_tf.run import gradients, predict
from googlenet_tf.train import Trainer
from googlenet_tf.weights import count_parameters, get_weights, save_weights, set_weights

FRAMEWORK = f"Keras {keras.__version__} on TensorFlow {tf.__version__}"

__all__ = [
    "FRAMEWORK",
    "MOVING",
    "Inception",
    "Net",
    "Trainer",
    "build_net",
    "count_parameters",
    "devices",
    "full_precision",
    "get_weights",
    "gradients",
    "join",
    "layer_outputs",
    "outputs_and_gradients",
    "predict",
    "predictor",
    "save_weights",
    "set_weights",
    "stage_outputs",
]
