"""Runs and what comes of them: the folder of a run, its checkpoints and history, training, evaluation, prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.base.faces import face

if TYPE_CHECKING:
    from common.runs.evaluation import evaluate
    from common.runs.opened import open_trained
    from common.runs.prediction import predict
    from common.runs.run import Run
    from common.runs.training import train

__all__ = ["Run", "evaluate", "open_trained", "predict", "train"]

__getattr__ = face(
    __name__,
    {
        "evaluation": ("evaluate",),
        "run": ("Run",),
        "opened": ("open_trained",),
        "prediction": ("predict",),
        "training": ("train",),
    },
)
