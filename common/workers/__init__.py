"""Several processes that train one network: what they are to each other, how they share a batch, how they meet.

`group` is what an engine offers and the one that needs no engine, `shares` who gets which part, `environment` what a
process is told by whoever started it. docs/workers.md has the rule, and how to start workers.

>>> from common.workers import share
>>> share(7, rank=0, size=2), share(7, rank=1, size=2)
(slice(0, 4, None), slice(4, 7, None))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.base.faces import face

if TYPE_CHECKING:
    from common.workers.environment import Place, place
    from common.workers.group import Alone, Group, WorkerLost
    from common.workers.shares import seed_of, share

__all__ = ["Alone", "Group", "Place", "WorkerLost", "place", "seed_of", "share"]

__getattr__ = face(
    __name__,
    {
        "environment": ("Place", "place"),
        "group": ("Alone", "Group", "WorkerLost"),
        "shares": ("seed_of", "share"),
    },
)
