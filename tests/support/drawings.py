"""What is wrong with the geometry of a drawing, found without asking how it was made."""

from itertools import combinations

from common.drawn.looks import KINDS, ROLES, TEXT
from common.drawn.measures import width
from common.drawn.shapes import Box, Group, Wire, Words

NEAR = 1e-6
ROOM = 4  # pixels that a text keeps from each side of its box at least


def rectangle(item):
    """(left, top, right, bottom) of a box, a frame or words."""
    if isinstance(item, Words):
        role = ROLES[item.role]
        wide = width(item.text, role.size, bold=role.bold)
        left = item.x - wide if item.right else item.x
        return left, item.y - 0.8 * role.size, left + wide, item.y + 0.25 * role.size
    box = item.frame if isinstance(item, Group) else item
    return box.x, box.y, box.x + box.width, box.y + box.height


def overlap(a, b):
    """Whether two rectangles have more than a border in common."""
    return all(a[i] < b[i + 2] - NEAR and b[i] < a[i + 2] - NEAR for i in (0, 1))


def within(a, b):
    """Whether the first rectangle is in the second."""
    return all(a[i] >= b[i] - NEAR and a[i + 2] <= b[i + 2] + NEAR for i in (0, 1))


def segments(wire):
    """The straight parts of a wire, as rectangles without an area."""
    for (x, y), (u, v) in zip(wire.points, wire.points[1:], strict=False):
        yield min(x, u), min(y, v), max(x, u), max(y, v)


def on(point, rectangles):
    """Whether a point lies on one of the segments."""
    x, y = point
    return any(a - NEAR <= x <= c + NEAR and b - NEAR <= y <= d + NEAR for a, b, c, d in rectangles)


def holds(frame, point):
    """Whether a point is within a frame."""
    left, top, right, bottom = rectangle(frame)
    return left - NEAR <= point[0] <= right + NEAR and top - NEAR <= point[1] <= bottom + NEAR


def faults(drawing):
    """Everything that is wrong, in words."""
    items = list(drawing.flat())
    boxes = [item for item in items if isinstance(item, Box)]
    wires = [item for item in items if isinstance(item, Wire)]
    words = [item for item in items if isinstance(item, Words)]
    groups = [item for item in items if isinstance(item, Group)]
    yield from outside(drawing, items)
    yield from texts(boxes, words)
    yield from frames(drawing.items)
    for one, other in combinations(boxes, 2):
        if overlap(rectangle(one), rectangle(other)):
            yield f"{one} lies on {other}"
    yield from ways(wires, boxes, words)
    yield from ends(wires, boxes)
    yield from crossed(wires, groups)


def outside(drawing, items):
    """What is not within the whole."""
    whole = (0, 0, drawing.width, drawing.height)
    for item in items:
        places = segments(item) if isinstance(item, Wire) else [rectangle(item)]
        if not all(within(place, whole) for place in places):
            yield f"{item} is outside"


def texts(boxes, words):
    """Texts that are wider than their boxes, or lie on boxes or on one another."""
    for box in boxes:
        if box.text and (width(box.text, TEXT) > box.width - 2 * ROOM or box.height < 1.4 * TEXT):
            yield f"{box}: its text has no room"
        assert box.kind in KINDS
    for one, other in combinations([*words, *boxes], 2):
        if isinstance(one, Words) and overlap(rectangle(one), rectangle(other)):
            yield f"{one} lies on {other}"


def frames(items, outer=None):
    """Boxes, words and frames that are not in their group's, and frames of neighbours that lie on one another."""
    groups = [item for item in items if isinstance(item, Group)]
    for item in items:
        if outer and not isinstance(item, Wire) and not within(rectangle(item), rectangle(outer)):
            yield f"{item} is not in {outer.part}"
    for group in groups:
        for card in group.behind:
            if outer and not within(rectangle(card), rectangle(outer)):
                yield f"{card} is not in {outer.part}"
    places = [(rectangle(group), group.part) for group in groups]
    places += [(rectangle(item), item) for item in items if isinstance(item, Box | Words)]
    for (one, a), (other, b) in combinations(places, 2):
        if overlap(one, other):
            yield f"{a} lies on {b}"
    for group in groups:
        yield from frames(group.items, group)


def ways(wires, boxes, words):
    """Wires that cross boxes or words."""
    for wire in wires:
        for segment in segments(wire):
            for item in (*boxes, *words):
                if overlap(segment, rectangle(item)):
                    yield f"{wire} crosses {item}"


def ends(wires, boxes):
    """Wires that begin neither below a box nor on another, or whose arrow does not end on top of a box."""
    tops = [(box.x, box.y, box.x + box.width, box.y) for box in boxes if box.text]
    bottoms = [(box.x, box.y + box.height, box.x + box.width, box.y + box.height) for box in boxes if box.text]
    starts = {wire.points[0] for wire in wires}
    for wire in wires:
        others = [segment for other in wires if other is not wire for segment in segments(other)]
        if not on(wire.points[0], [*bottoms, *others]):
            yield f"{wire} begins nowhere"
        if wire.arrow and not on(wire.points[-1], tops):
            yield f"{wire} ends at no box"
        if not wire.arrow and not any(abs(x - u) + abs(y - v) < NEAR for x, y in starts for u, v in [wire.points[-1]]):
            yield f"{wire} ends nowhere"
        if any(x != u and y != v for (x, y), (u, v) in zip(wire.points, wire.points[1:], strict=False)):
            yield f"{wire} is not straight"


def crossed(wires, groups):
    """Wires that cross a frame in which they neither begin nor end."""
    for wire in wires:
        for group in groups:
            if holds(group, wire.points[0]) or holds(group, wire.points[-1]) or group.part.kind == "path":
                continue
            left, top, right, bottom = rectangle(group)
            for a, b, c, d in segments(wire):
                if a < right and c > left and b < bottom and d > top:
                    yield f"{wire} crosses {group.part}"
