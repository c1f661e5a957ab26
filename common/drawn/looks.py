"""How things look: the size of each kind of text, and the shape and colours of each kind of box, light and dark.

Each kind of layer says in words what it is, and has a shape of its own, so that a drawing reads without colours too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

THEMES = ("auto", "light", "dark")
FONTS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", "DejaVu Sans", sans-serif'


class Colours(NamedTuple):
    """Of a kind of box."""

    fill: str
    line: str
    text: str


@dataclass(frozen=True)
class Kind:
    """What a box looks like.

    Attributes:
        words: what the legend calls it; empty of what is not in the legend.
        radius: of its corners; half its height makes round ends.
        dashed: its border.
        light, dark: its colours.
    """

    words: str
    radius: float
    dashed: bool
    light: Colours
    dark: Colours


@dataclass(frozen=True)
class Role:
    """What text outside of boxes looks like; ``size`` in pixels."""

    size: float
    bold: bool
    light: str
    dark: str


PAPER = {"light": "#ffffff", "dark": "#14181f"}
LINES = {"light": "#7b8794", "dark": "#8a96a5"}

_INK, _PALE = ("#1f2933", "#e4e8ee"), ("#5a6673", "#a3afbd")
ROLES = {
    "title": Role(20, True, *_INK),
    "subtitle": Role(12, False, *_PALE),
    "stage": Role(13, True, *_INK),
    "block": Role(11, True, *_INK),
    "times": Role(12, True, "#9c3d10", "#f2b48f"),
    "size": Role(10, False, *_PALE),
    "note": Role(11, False, *_PALE),
}
TEXT = 12  # of boxes, in pixels


def _kind(words: str, radius: float, light: tuple[str, str], dark: tuple[str, str], *, dashed: bool = False) -> Kind:
    return Kind(words, radius, dashed, Colours(*light, _INK[0]), Colours(*dark, _INK[1]))


KINDS = {
    "conv": _kind("convolution", 3, ("#e3edfa", "#5d86bd"), ("#20344f", "#6d98d1")),
    "max": _kind("max pool", 12, ("#fae6d9", "#c27b4e"), ("#4a2f1f", "#d99669")),
    "average": _kind("average pool", 12, ("#fbf2d3", "#ad8a2c"), ("#443a19", "#cfae55"), dashed=True),
    "norm": _kind("local response normalisation", 0, ("#e0f1e6", "#559a72"), ("#1e3d2c", "#6fb58c"), dashed=True),
    "dropout": _kind("dropout", 0, ("#f4f5f7", "#929cab"), ("#262c35", "#7d8897"), dashed=True),
    "dense": _kind("dense", 0, ("#ebe4f7", "#8467b8"), ("#352a4d", "#a78bdb")),
    "flatten": _kind("flatten", 0, ("#ffffff", "#8467b8"), ("#14181f", "#a78bdb"), dashed=True),
    "concat": _kind("concatenation", 3, ("#dbe2ea", "#9aa9b8"), ("#3a4553", "#66758a")),
    "sum": _kind("residual sum", 12, ("#ffffff", "#3e4c59"), ("#14181f", "#cbd2d9")),
    "end": _kind("", 12, ("#ffffff", "#b8c1cc"), ("#14181f", "#55606e")),
    "stage": _kind("", 10, ("#f6f8fa", "#e1e6ec"), ("#1a1f28", "#2a323e")),
    "head": _kind("", 10, ("#f6f8fa", "#c3ccd6"), ("#1a1f28", "#465263"), dashed=True),
    "block": _kind("", 8, ("#ffffff", "#cbd4de"), ("#222935", "#3b4655")),
    "inner": _kind("", 6, ("none", "#dbe1e8"), ("none", "#36414f"), dashed=True),
    "path": _kind("", 4, ("none", "none"), ("none", "none")),
}
