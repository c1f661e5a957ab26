"""GoogLeNet and its family in MXNet Gluon, built from the tables of `common.nets`."""

import googlenet.ours  # noqa: F401  (first of all: is `common` ours?)
from googlenet_mxnet.blocks import Inception
from googlenet_mxnet.build import build_net
from googlenet_mxnet.device import devices, full_precision
from googlenet_mxnet.fast import predictor
from googlenet_mxnet.framework import mx
from googlenet_mxnet.group import join
from googlenet_mxnet.layers import MOVING
from googlenet_mxnet.measure import layer_outputs, outputs_and_gradients, stage_outputs
from googlenet_mxnet.net import Net
from googlenet_mxnet.run import gradients, predict
from googlenet_mxnet.train import Trainer
from googlenet_mxnet.weights import count_parameters, get_weights, save_weights, set_weights

FRAMEWORK = f"MXNet Gluon {mx.__version__}"

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
