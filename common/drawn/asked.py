"""What ``googlenet draw`` and `googlenet.draw` work out."""

from __future__ import annotations

from typing import Any

from common.base.errors import choose
from common.drawn.looks import THEMES
from common.drawn.shapes import Box, Drawing, Group, Part
from common.drawn.svg import svg
from common.drawn.whole import drawing
from common.table.analysis import Table


def draw(
    table: Table,
    *,
    theme: str = "auto",
    image_size: tuple[int, int] | None = None,
    fold: bool = True,
    columns: int | None = None,
    prefix: str = "",
) -> str:
    """A network as the text of one ``<svg>`` element, which can stand in a page or alone in a file.

    Args:
        table: resolved.
        theme: ``light``, ``dark``, or ``auto``: what the reader prefers.
        image_size: (H, W) in pixels; None is the table's own.
        fold: draw equal blocks in a row once, with how many they are.
        columns: of stages, at most; None is as many as make the drawing a page on its side.
        prefix: in front of each ``id``, for pages with several drawings.

    Raises:
        InputError: no such theme, images that the table does not take, or no such number of columns.

    >>> from common import nets
    >>> 'data-name="b3.3a.p2_2"' in draw(nets.get("d2l"))
    True
    """
    chosen = choose("theme", theme, THEMES)
    return svg(drawing(table, image_size=image_size, fold=fold, columns=columns), chosen, prefix)


def report(table: Table, drawn: Drawing, theme: str) -> dict[str, Any]:
    """What ``googlenet draw --json`` writes, but for the file; docs/json.md lists the keys.

    Args:
        table: what is drawn.
        drawn: of the table, by `common.drawn.whole.drawing`.
        theme: see `draw`.

    Raises:
        InputError: no such theme.

    >>> from common import nets
    >>> table = nets.get("d2l")
    >>> report(table, drawing(table), "light")["parts"][1]["names"]
    ['b1.conv1']
    """
    text = svg(drawn, choose("theme", theme, THEMES))
    return {
        "network": table.name,
        "title": drawn.title,
        "input_shape": list(drawn.image),
        "theme": theme,
        "width": round(drawn.width, 1),
        "height": round(drawn.height, 1),
        "heads_left_out": list(drawn.left_out),
        "parts": [_part(item) for item in drawn.flat() if isinstance(item, Box | Group) and item.part],
        "svg": text,
    }


def _part(item: Box | Group) -> dict[str, Any]:
    box, part = (item.frame, item.part) if isinstance(item, Group) else (item, item.part)
    assert isinstance(part, Part)
    places = {key: round(getattr(box, key), 1) for key in ("x", "y", "width", "height")}
    return {"kind": part.kind, "names": list(part.names), "title": part.title, "text": box.text or None, **places}
