"""Are the backends one function? The NumPy reference, the limits of round-off, the comparison, and its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.base.faces import face

if TYPE_CHECKING:
    from common.compare.passes import compare
    from common.compare.reference import Reference
    from common.compare.steps import compare_steps

__all__ = ["Reference", "compare", "compare_steps"]

__getattr__ = face(
    __name__,
    {
        "passes": ("compare",),
        "reference": ("Reference",),
        "steps": ("compare_steps",),
    },
)
