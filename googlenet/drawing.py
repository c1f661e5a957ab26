"""Tables as drawings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from common import nets as tables
from common.base.errors import choose
from common.cli.show import drawings
from common.drawn.asked import report
from common.drawn.looks import THEMES
from common.drawn.whole import drawing
from common.table.spec import Network
from googlenet.arguments import Path, Size, in_python, size_of
from googlenet.result import Result

if TYPE_CHECKING:
    from rich.console import RenderableType


class Drawn(Result):
    """The drawing of a table, which a notebook shows."""

    @property
    def svg(self) -> str:
        """The text of the ``<svg>`` element, which can stand in a page or alone in a file."""
        return self.report["svg"]

    def _line(self) -> str:
        wide, high = (round(self.report[side]) for side in ("width", "height"))
        return f"{self.report['network']}: {wide} x {high} pixels"

    def _parts(self) -> Sequence[RenderableType]:
        return [Text(self._line())]

    def __str__(self) -> str:
        return self.svg.rstrip("\n")

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return f'<div style="overflow: auto">{self.svg}</div>'


@in_python
def draw(
    net: str | Network = "d2l",
    *,
    out: Path | None = None,
    theme: str = "auto",
    image_size: Size = None,
    fold: bool = True,
    columns: int | None = None,
    aux: bool | None = None,
    in_channels: int | None = None,
    num_classes: int | None = None,
) -> Drawn:
    """Draw a network: its stages, blocks, paths and layers, and the sizes of the maps between them.

    Args:
        net: a name, ``mytable.py:NET``, or a table.
        out: where to write it: .svg, .png or .pdf. None writes none.
        theme: ``light``, ``dark``, or ``auto``: as the reader's screen; PNG and PDF are light then.
        image_size: (H, W) in pixels, or one number for both; None is the network's own.
        fold: draw equal blocks in a row once.
        columns: of stages, at most; None is as many as fit a page on its side.
        aux: with auxiliary heads, or without; None is as the network has them.
        in_channels, num_classes: None is the network's own.

    Returns:
        A `Drawn`.

    Raises:
        InputError: no such network, theme or suffix, images that it does not take, or a file that cannot be written.

    >>> draw("d2l").svg.startswith("<svg ")
    True
    """
    choose("theme", theme, THEMES)
    if out is not None:
        drawings.check(out)
    table = tables.get(net, in_channels=in_channels, num_classes=num_classes, aux=aux)
    drawn = drawing(table, image_size=size_of(image_size), fold=fold, columns=columns)
    found = {**report(table, drawn, theme), "file": None if out is None else os.fspath(out)}
    if out is not None:
        drawings.save(drawn, found["svg"], out, theme)
    return Drawn(found)
