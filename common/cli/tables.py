"""What the tables say by themselves: ``googlenet nets`` and ``googlenet summary``."""

from __future__ import annotations

from typing import Annotated

import typer

from common.cli import complete
from common.cli.app import app
from common.cli.options import Channels, Classes, Json, Net, Size, parse_size


@app.command()
def nets(json: Json = None) -> None:
    """List the tables: parameters, MACs, depth, smallest image, source, departures.

    Example: googlenet nets
    """
    from common import nets as tables
    from common.cli.show import tables as show
    from common.cli.show.output import Output

    out = Output(json)
    with out.progress() as progress:
        progress("counting")
        found = tables.listed(out.say)
    out.print(show.nets(found))
    out.json(found)


@app.command()
def summary(
    net: Net,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NET...", autocompletion=complete.nets, help="Compare sizes and costs with these tables instead."
        ),
    ] = None,
    image_size: Size = None,
    in_channels: Channels = None,
    num_classes: Classes = None,
    json: Json = None,
) -> None:
    """Show every layer's output, parameters, MACs and receptive field, by arithmetic alone.

    Example: googlenet summary d2l --against alexnet vgg11 vgg16 nin
    """
    from common import nets as tables
    from common.cli.show import side_by_side
    from common.cli.show import tables as show
    from common.cli.show.output import Output
    from common.table import overview
    from common.table import side_by_side as comparing

    out, size = Output(json), parse_size(image_size)
    chosen = [tables.get(name, in_channels=in_channels, num_classes=num_classes) for name in (net, *(against or ()))]
    if against:
        found = comparing.against(chosen, size)
        out.print(side_by_side.against(found))
    else:
        found = overview.summary(chosen[0], size)
        out.print(show.summary(found))
    out.json(found)
