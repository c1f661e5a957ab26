"""How far apart two sets of pictures are, by their features: Fréchet distance, kernel distance, Inception score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.base.faces import face

if TYPE_CHECKING:
    from common.scores.frechet import frechet_distance
    from common.scores.inception import inception_score
    from common.scores.kernel import kernel_distance
    from common.scores.moments import Moments
    from common.scores.scoring import fid
    from common.scores.statistics import Statistics

__all__ = ["Moments", "Statistics", "fid", "frechet_distance", "inception_score", "kernel_distance"]

__getattr__ = face(
    __name__,
    {
        "frechet": ("frechet_distance",),
        "inception": ("inception_score",),
        "kernel": ("kernel_distance",),
        "moments": ("Moments",),
        "scoring": ("fid",),
        "statistics": ("Statistics",),
    },
)
