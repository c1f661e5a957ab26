"""What ``googlenet draw`` and `googlenet.draw` work out."""

from __future__ import annotations

from common.base.errors import choose
from common.drawn.looks import THEMES
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
