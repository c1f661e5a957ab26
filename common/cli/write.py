"""A table written out: ``googlenet write``."""

from __future__ import annotations

from typing import Annotated

import typer

from common.cli import complete
from common.cli.app import app
from common.cli.listed import Listed
from common.cli.options import Channels, Classes, Json, Net


@app.command(cls=Listed)
def write(
    net: Net,
    backend: Annotated[
        str,
        typer.Option(metavar="NAME", autocompletion=complete.backends, help="{backends}, or all, which needs --out."),
    ] = "torch",
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Where to write it; several have the backend in their names. [default: it is printed]",
        ),
    ] = None,
    aux: Annotated[
        bool | None,
        typer.Option("--aux/--no-aux", help="With auxiliary heads, or without. [default: as the network has them]"),
    ] = None,
    in_channels: Channels = None,
    num_classes: Classes = None,
    json: Json = None,
) -> None:
    """Write a table out as a file that imports the framework and nothing else, to read and to take away.

    Example: googlenet write d2l --backend all --out d2l.py
    """
    from common import nets as tables
    from common.base.errors import InputError
    from common.cli.show.code import code
    from common.cli.show.output import Output
    from common.cli.show.plain import written
    from common.written import asked

    output = Output(json)
    table = tables.get(net, in_channels=in_channels, num_classes=num_classes, aux=aux)
    if out is None and len(asked.chosen(backend)) > 1:
        raise InputError("several files are written, not printed: say where with --out FILE")
    found = asked.write(table, backend, out)
    output.print(code(found) if out is None else written([each["file"] for each in found["files"]])[1:])
    output.json(found)
