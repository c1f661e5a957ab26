"""A network as a drawing: stages, blocks with their paths side by side, layers, heads, and the sizes of maps.

===============  ====================================================================================
file             holds
===============  ====================================================================================
``asked``        what ``googlenet draw`` works out
``whole``        a whole drawing: columns of stages, with margins
``margins``      the title and the legend
``stages``       stages in a column, and the heads beside them
``pieces``       layers, and blocks with their paths side by side
``folding``      which blocks are drawn once for several
``labels``       what is written into a drawing
``measures``     how wide a text is
``looks``        shapes and colours of each kind of layer, light and dark
``shapes``       boxes, wires, words and groups
``strokes``      wires as lines, curves and arrowheads
``svg``          a drawing as SVG
===============  ====================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.base.faces import face

if TYPE_CHECKING:
    from common.drawn.asked import draw
    from common.drawn.shapes import Drawing
    from common.drawn.whole import drawing

__all__ = ["Drawing", "draw", "drawing"]

__getattr__ = face(__name__, {"asked": ("draw",), "shapes": ("Drawing",), "whole": ("drawing",)})
