"""Are the backends one function? The NumPy reference, the limits of round-off, the comparison, and its verdict."""

from common.compare.passes import compare
from common.compare.reference import Reference
from common.compare.steps import compare_steps

__all__ = ["Reference", "compare", "compare_steps"]
