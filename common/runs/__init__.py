"""Runs and what comes of them: the folder of a run, its checkpoints and history, training, evaluation, prediction."""

from common.runs.evaluation import evaluate
from common.runs.folder import Run
from common.runs.opened import open_trained
from common.runs.prediction import predict
from common.runs.training import train

__all__ = ["Run", "evaluate", "open_trained", "predict", "train"]
