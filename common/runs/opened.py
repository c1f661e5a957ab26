"""Trained weights as they are named on the command line: the folder of a run, or a file."""

from __future__ import annotations

import os

from common.base.errors import InputError
from common.runs.folder import Run, runs_in
from common.runs.prediction import check_trained
from common.weights import convert
from common.weights.bundle import Bundle


def open_trained(
    path: str | os.PathLike, *, net: str | None = None, preprocessing: str | None = None
) -> tuple[Bundle, Run | None]:
    """(weights with their preprocessing, the run they are the best of or None).

    Args:
        path: the folder of a run, or a file that `common.weights.convert.read` reads; the other arguments are for a
            file.

    Raises:
        InputError: a folder without a run or with several, a run without weights, no such file, damaged weights, or
            some that do not say how images are prepared.
    """
    if not os.path.isdir(path):
        trained, run = convert.read(path, net=net, preprocessing=preprocessing).bundle, None
    else:
        for option, value in (("--net", net), ("--preprocessing", preprocessing)):
            if value is not None:
                raise InputError(f"{path}: a run has its own network and preprocessing: leave out {option}")
        runs = runs_in(path)
        if len(runs) > 1:
            raise InputError(f"{path}: holds several runs: name one of {', '.join(str(run.folder) for run in runs)}")
        (run,) = runs
        trained = run.best()
    try:
        check_trained(trained)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return trained, run
