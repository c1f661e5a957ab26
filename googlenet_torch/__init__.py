"""GoogLeNet and its family in PyTorch, built from the tables of `common.nets`."""

import torch

import googlenet.ours  # noqa: F401  (first of all: is `common` ours?)
from googlenet_torch.blocks import Inception
from googlenet_torch.build import build_net
from googlenet_torch.device import devices, full_precision
from googlenet_torch.fast import predictor
from googlenet_torch.group import join
from googlenet_torch.layers import MOVING
from googlenet_torch.measure import layer_outputs, outputs_and_gradients, stage_outputs
from googlenet_torch.net import Net
from googlenet_torch.run import gradients, predict
from googlenet_torch.train import Trainer
from googlenet_torch.weights import count_parameters, get_weights, save_weights, set_weights

FRAMEWORK = f"PyTorch {torch.__version__}"

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
