"""Trained weights as they are named on the command line: the folder of a run, or a file."""

from __future__ import annotations

import os

from common import nets
from common.base.errors import InputError, choose
from common.contract import backend as backends
from common.contract.predicting import BFLOAT16, COMPILED, Fast
from common.runs.folder import Run, runs_in
from common.runs.prediction import check_trained
from common.table.spec import Network
from common.weights import convert
from common.weights.bundle import Bundle


def open_trained(
    path: str | os.PathLike, *, net: str | Network | None = None, preprocessing: str | None = None
) -> tuple[Bundle, Run | None]:
    """(weights with their preprocessing, the run they are the best of or None).

    Args:
        path: the folder of a run, or a file that `common.weights.convert.read` reads.
        net: of a file that does not tell it; of a run, if it is a table of your own.
        preprocessing: of a file.

    Raises:
        InputError: a folder without a run or with several, a run without weights, no such file, damaged weights, or
            some that do not say how images are prepared.
    """
    if not os.path.isdir(path):
        trained, run = convert.read(path, net=net, preprocessing=preprocessing).bundle, None
    else:
        for option, value in (("--net", None if is_outside(net) else net), ("--preprocessing", preprocessing)):
            if value is not None:
                raise InputError(f"{path}: a run has its own network and preprocessing: leave out {option}")
        runs = runs_of(path, net)
        if len(runs) > 1:
            raise InputError(f"{path}: holds several runs: name one of {', '.join(str(run.folder) for run in runs)}")
        (run,) = runs
        trained = run.best()
    try:
        check_trained(trained)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return trained, run


def is_outside(net: str | Network | None) -> bool:
    """Whether a network is none of ours: a table of your own, or the name of one.

    >>> is_outside("mytable.py:NET"), is_outside("d2l"), is_outside(None)
    (True, False, False)
    """
    name = net.name if isinstance(net, Network) else net
    return name is not None and name not in nets.tables()


def runs_of(path: str | os.PathLike, net: str | Network | None) -> list[Run]:
    """The runs in a folder, as `common.runs.folder.runs_in` finds them.

    Args:
        net: a table of your own that they are of; None if they are of one that is known.

    Raises:
        InputError: they are of another one, or what `runs_in` raises.
    """
    if net is None:
        return runs_in(path)
    own = nets.add(net) if isinstance(net, Network) else nets.get(net)
    runs = runs_in(path)
    if runs[0].table.name != own.name:
        raise InputError(f"{path}: a run of {runs[0].table.name}, not of {own.name}")
    return runs


def computing(backend: str | None, run: Run | None, dtype: str, *, fast: Fast = False) -> str:
    """The name of the backend that computes with trained weights: the one asked for, that of their run, or the first.

    Args:
        fast: it is to have a fast path; ``bfloat16``: in that; ``compiled``: that one.

    Raises:
        InputError: there is none of that name, it does not compute in that dtype, or it has no such fast path.
    """
    if not isinstance(fast, bool):
        choose("fast", fast, [BFLOAT16, COMPILED])
    name = backends.name_of(backend) if backend else run.backend if run else backends.first()
    backends.require([name], dtype=dtype, fast=bool(fast), bfloat16=fast == BFLOAT16, compiled=fast == COMPILED)
    return name
