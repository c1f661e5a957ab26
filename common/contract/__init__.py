"""What a framework package offers, how it is found, and what it follows: the one contract of the three.

`declaration` is what a package says of itself without being imported, `protocols` what it offers, `backend` how to get
it by name. `inputs` says which arrays it takes, and `building` refuses what it cannot build. `recipe` and `schedules`
say how a network is trained, `loss` what a batch and its targets are, and `moving` how moving statistics follow a
batch's.

>>> from common.contract import named
>>> named("d2l").batch
128
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.base.faces import face

if TYPE_CHECKING:
    from common.contract.backend import load
    from common.contract.declaration import Declaration
    from common.contract.loss import check_batch, cross_entropy_sum, targets
    from common.contract.moving import Moving
    from common.contract.protocols import Backend, Trainer
    from common.contract.recipe import Recipe, named

__all__ = [
    "Backend",
    "Declaration",
    "Moving",
    "Recipe",
    "Trainer",
    "check_batch",
    "cross_entropy_sum",
    "load",
    "named",
    "targets",
]

__getattr__ = face(
    __name__,
    {
        "backend": ("load",),
        "declaration": ("Declaration",),
        "loss": ("check_batch", "cross_entropy_sum", "targets"),
        "moving": ("Moving",),
        "protocols": ("Backend", "Trainer"),
        "recipe": ("Recipe", "named"),
    },
)
