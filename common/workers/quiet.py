"""Engines that keep their own logs to themselves."""

from __future__ import annotations

import os

LEVELS = {"TF_CPP_MIN_LOG_LEVEL": ("2", "3"), "TORCH_CPP_LOG_LEVEL": ("WARNING", "ERROR")}  # the usual one, and ours


def quiet() -> None:
    """Let what engines log of a worker that is lost not stand beside the one line that is told of it.

    For a process that is a worker, before it imports a framework: they read these variables then. Other levels than
    the usual ones are the user's, and stay.

    >>> quiet()
    >>> os.environ["TORCH_CPP_LOG_LEVEL"]
    'ERROR'
    """
    for name, (usual, ours) in LEVELS.items():
        if os.environ.get(name, usual) == usual:
            os.environ[name] = ours
