"""GoogLeNet and its family in programs and notebooks: what the command line does, as functions with plain arguments.

Each function returns a small result. It says in one line what came out, prints as the command does, is a table in a
notebook, draws itself with ``.plot()``, and is the JSON of the command with ``.to_dict()``. Nothing is printed unless
it is asked for with ``progress=True``. Bad input is an `InputError`, a ``ValueError`` of one line.

>>> import googlenet as g
>>> g.summary("d2l")
<Summary of d2l: 5,977,530 parameters, 276,066,304 MACs at 1x96x96, depth 22>
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import googlenet.ours  # noqa: F401  (first of all: is `common` ours?)
from common import __version__
from common.base.errors import InputError
from common.base.faces import face

if TYPE_CHECKING:
    from googlenet.benching import bench
    from googlenet.comparing import compare
    from googlenet.converting import convert
    from googlenet.drawing import draw
    from googlenet.judging import evaluate, predict
    from googlenet.looking import features, fid
    from googlenet.showing import page
    from googlenet.tables import nets, summary
    from googlenet.training import train
    from googlenet.writing import write

__all__ = [
    "InputError",
    "__version__",
    "bench",
    "compare",
    "convert",
    "draw",
    "evaluate",
    "features",
    "fid",
    "nets",
    "page",
    "predict",
    "summary",
    "train",
    "write",
]

__getattr__ = face(
    __name__,
    {
        "benching": ("bench",),
        "comparing": ("compare",),
        "converting": ("convert",),
        "drawing": ("draw",),
        "judging": ("evaluate", "predict"),
        "looking": ("features", "fid"),
        "showing": ("page",),
        "tables": ("nets", "summary"),
        "training": ("train",),
        "writing": ("write",),
    },
)


def __dir__() -> list[str]:
    return sorted(__all__)
