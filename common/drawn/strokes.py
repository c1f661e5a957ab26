"""Wires as strokes: straight ones, round corners, and arrowheads. The same for every way to draw."""

from __future__ import annotations

from math import dist

from common.drawn.shapes import Point, Wire

RADIUS = 6.0  # of corners
LENGTH, HALF = 6.0, 3.2  # of an arrowhead, and half of its width
CENTRE = 0.35  # of the size of a font: from the middle of a line of text down to where letters stand

Stroke = tuple[str, tuple[Point, ...]]  # M, L or Q, as in SVG, with its points


def strokes(wire: Wire) -> list[Stroke]:
    """A wire as moves, lines and quadratic curves; it ends where the arrowhead begins.

    >>> from common.drawn.shapes import Wire
    >>> strokes(Wire(((0, 0), (0, 10)), arrow=False))
    [('M', ((0, 0),)), ('L', ((0, 10),))]
    """
    points = list(wire.points)
    if wire.arrow:
        points[-1] = _toward(points[-1], points[-2], LENGTH - 1)
    found: list[Stroke] = [("M", (points[0],))]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(RADIUS, dist(before, corner) / 2, dist(corner, after) / 2)
        found.append(("L", (_toward(corner, before, radius),)))
        found.append(("Q", (corner, _toward(corner, after, radius))))
    return [*found, ("L", (points[-1],))]


def head(wire: Wire) -> tuple[Point, Point, Point]:
    """The corners of the arrowhead, the tip first.

    >>> from common.drawn.shapes import Wire
    >>> head(Wire(((0, 0), (0, 10))))
    ((0, 10), (-3.2, 4.0), (3.2, 4.0))
    """
    tip, before = wire.points[-1], wire.points[-2]
    x, y = _toward(tip, before, LENGTH)
    if tip[0] == before[0]:
        return tip, (x - HALF, y), (x + HALF, y)
    return tip, (x, y - HALF), (x, y + HALF)


def _toward(start: Point, end: Point, length: float) -> Point:
    """The point that is so far from one point on the way to another; no farther than the way."""
    whole = dist(start, end)
    part = min(length / whole, 1) if whole else 0
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
