"""Features: what a network makes of pictures at one of its layers, to save or to compute with.

Faces: `features`, which gives them as an array; `Extractor`, which gives them batch by batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.base.faces import face

if TYPE_CHECKING:
    from common.features.extraction import Extractor
    from common.features.whole import Features, features

__all__ = ["Extractor", "Features", "features"]

__getattr__ = face(__name__, {"extraction": ("Extractor",), "whole": ("Features", "features")})
