"""A table drawn: ``googlenet draw``."""

from __future__ import annotations

from typing import Annotated

import typer

from common.cli.app import app
from common.cli.options import Channels, Classes, Json, Net, Size, parse_size, whole


@app.command()
def draw(
    net: Net,
    out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Where to draw it: .svg, .png or .pdf. [default: SVG is printed]"),
    ] = None,
    theme: Annotated[
        str, typer.Option(metavar="NAME", help="light, dark, or auto: as the reader's screen; PNG and PDF light.")
    ] = "auto",
    image_size: Size = None,
    fold: Annotated[
        bool, typer.Option("--fold/--no-fold", help="Draw equal blocks in a row once, or each of them.")
    ] = True,
    columns: Annotated[
        int | None, whole("Columns of stages, at most. [default: as fit a page on its side]", min=1)
    ] = None,
    aux: Annotated[
        bool | None,
        typer.Option("--aux/--no-aux", help="With auxiliary heads, or without. [default: as the network has them]"),
    ] = None,
    in_channels: Channels = None,
    num_classes: Classes = None,
    json: Json = None,
) -> None:
    """Draw a network: its stages, blocks, paths and layers, and the sizes of the maps between them.

    Example: googlenet draw d2l --out d2l.svg
    """
    from common import nets as tables
    from common.base.errors import choose
    from common.cli.show import drawings
    from common.cli.show.output import Output
    from common.cli.show.plain import written
    from common.drawn.asked import report
    from common.drawn.looks import THEMES
    from common.drawn.whole import drawing

    output = Output(json)
    choose("theme", theme, THEMES)
    if out is not None:
        drawings.check(out)
    table = tables.get(net, in_channels=in_channels, num_classes=num_classes, aux=aux)
    drawn = drawing(table, image_size=parse_size(image_size), fold=fold, columns=columns)
    found = {**report(table, drawn, theme), "file": out}
    if out is None:
        output.write(found["svg"])
    else:
        drawings.save(drawn, found["svg"], out, theme)
        output.print(written([out])[1:])
    output.json(found)
